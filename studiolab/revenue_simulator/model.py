"""fit, forecast, scenario, plan: the four verbs of the revenue simulator. Money in major units."""

from functools import cached_property, partial
from hashlib import sha256

import numpy as np
import pandas as pd

from studiolab.revenue_simulator import chance, inverse, kernel, series
from studiolab.revenue_simulator import levers as rules
from studiolab.revenue_simulator.config import ModelConfig
from studiolab.revenue_simulator.ensemble import Ensemble
from studiolab.revenue_simulator.intervals import HELD_OUT, LONGEST, measure
from studiolab.revenue_simulator.panel import FEWEST_MONTHS, complete_studios, make_panel, tidy
from studiolab.revenue_simulator.stack import Stack
from studiolab.revenue_simulator.structural import Structural, teachers
from studiolab.schema import LEVERS

COLUMNS = ["studio_id", "month", "horizon", "revenue", "members", "retention", "low", "high", "confidence"]
METHODS = ("structural", "ensemble", "stack")
FEWEST_FOR_HOLD_OUT = 30
ENOUGH = 20  # studios whose shared slopes need no reference
NAME = "structural-2"  # bump the number when the same data would be answered differently


def fit(monthly_metrics, lever_plan=None, studios=None, seed=0, reference=None, config=None, near=None):
    """Learn how levers and seasons make revenue.

    monthly_metrics : table of `schema`, or month and revenue columns alone; with a `currency`
        column money is in minor units, without it in the caller's own unit
    lever_plan : table of `schema` or None; without it the held levers are filtered from history
    studios : ids to learn from, or a table with `studio_id`; None for all
    seed : int, fixes the draws of ensemble and stack; config : ModelConfig of both, the documents' settings by default
    reference : None, or a function that gives the monthly_metrics and lever_plan of other studios; fewer than
        ENOUGH complete studios take over what they have in common, where that serves their own last year better
    near : None, or a RevenueModel of earlier months to go on from (K1.34): what studios have in common stays as it
        learned it, only what tells them apart is learned from all months; boosters get more trees, other learners
        are fitted anew
    Returns RevenueModel. Raises ValueError naming what is missing or doubled.
    """
    frame = tidy(monthly_metrics)
    if studios is not None:
        wanted = set(studios["studio_id"] if isinstance(studios, pd.DataFrame) else studios)
        frame = frame[frame["studio_id"].isin(wanted)].reset_index(drop=True)
    if frame["total_revenue"].notna().sum() == 0:
        raise ValueError("monthly_metrics has no month with a revenue; import sales or monthly figures first")
    return RevenueModel(frame, lever_plan, seed, reference, config or ModelConfig(), near)


class RevenueModel:
    """A fitted panel of studios; answers forecasts, what-ifs and plans."""

    def __init__(self, frame, lever_plan, seed, reference, config, near=None):
        self.frame = frame.dropna(subset="total_revenue").reset_index(drop=True)
        self.studio_ids = sorted(self.frame["studio_id"].unique())
        self.complete = complete_studios(self.frame)
        self._places = {studio: place for place, studio in enumerate(self.complete)}
        self.seed, self.config, self._learned, self.taught, self._teacher = seed, config, {}, False, None
        self._before, self._went_on_from = (dict(near._learned), near.version) if near is not None else ({}, None)
        if self.complete:
            if reference is not None and not self._before and len(self.complete) < ENOUGH:
                self._teacher = _teacher(*reference())
            self.panel = make_panel(self.frame, lever_plan, self.complete)
            self._learn("structural")
            self._teacher = self._teacher if self.taught else None
        self.version = f"{NAME}-{self._fingerprint(seed)}"

    def _learn(self, method):
        """(model, its Errors as scenario and as forecast), fitted when first asked for.

        Fitted on all but the last year to see the errors, then on everything.
        """
        if method not in METHODS:
            raise ValueError(f"method is {method!r}; known are {METHODS}")
        if method not in self._learned and method in self._before and method != "stack":
            self._learned[method] = self._gone_on(method)
        if method not in self._learned:
            months = len(self.panel.months)
            first = months - 1 - min(HELD_OUT, months // 3)
            until = first + 1 if months >= FEWEST_FOR_HOLD_OUT else None
            shown = teachers(self.panel) if method == "structural" and until is not None else self.panel
            make = {
                "structural": self._structural,
                "ensemble": partial(Ensemble, self.panel, self.seed, config=self.config),
                "stack": partial(Stack, self.panel, self._member, self.seed, config=self.config),
            }[method]
            fitted = make(until=until)
            noise = partial(chance.noise, fitted if method == "structural" else self._learn("structural")[0])
            errors = [measure(_asked(fitted, held), noise, shown, first, held) for held in (False, True)]
            if until is not None:
                errors = [each.learned_from(until / months) for each in errors]
                fitted = make(weights=fitted.weights) if method == "ensemble" else make()
            self._learned[method] = fitted, errors
        return self._learned[method]

    def _gone_on(self, method):
        """As `_learn`, from where an earlier model stopped; its errors stand, as it has seen the months held out."""
        before, errors = self._before[method]
        if method == "structural":
            return Structural(self.panel, teacher=before), errors
        return Ensemble(self.panel, self.seed, weights=before.weights, config=self.config, near=before), errors

    def _structural(self, until=None):
        """Structural of these studios alone, or taught by the reference where it errs less on months held out."""
        if self._teacher is None:
            return Structural(self.panel if until is None else teachers(self.panel), until)
        if until is None:
            self.taught = self.taught or len(self.panel.months) < FEWEST_FOR_HOLD_OUT
            return Structural(self.panel, teacher=self._teacher if self.taught else None)
        taught = Structural(self.panel, until, self._teacher)
        alone = Structural(self.panel, until)
        off = [
            measure(m.simulate, partial(chance.noise, m), self.panel, until - 1, False).typical[:3].sum()
            for m in (taught, alone)
        ]
        self.taught = bool(off[0] <= off[1])
        return taught if self.taught else alone

    def _member(self, until):
        """Structural as a member of the stack: taught where the one that answers is."""
        return Structural(self.panel, until, self._teacher)

    def fitted(self, method):
        """The Structural, Ensemble or Stack that answers, learned when first asked for."""
        return self._learn(method)[0]

    def borrowed(self, studio_id):
        """Share, 0 to 1, of what tells studios apart that this one's own months leave open and others' fill in."""
        return self._learned["structural"][0].borrowed(self._index(studio_id))

    def _fingerprint(self, seed):
        """Hash of what was learned from, whatever the dtypes it came in."""
        digest = sha256(repr((seed, self.config, self.studio_ids, self.complete)).encode())
        digest.update((self._went_on_from or "").encode())
        digest.update(self.frame["month"].to_numpy("datetime64[D]").tobytes())
        parts = [self.frame["total_revenue"].to_numpy("float64")]
        if self.complete:
            parts += [*self.panel.values.values(), self.panel.plan]
        for part in parts:
            digest.update((np.nan_to_num(part, nan=-1.0) + 0.0).tobytes())
        return digest.hexdigest()[:12]

    # answers -----------------------------------------------------------------------------
    def forecast(self, studio_ids=None, months=3, method="structural", base_month=None):
        """The coming months if every studio holds the levers it holds now.

        studio_ids : list or None for all; months : 1 to 12; method : one of METHODS;
        base_month : last month to start from, None for the last one known
        Returns DataFrame of COLUMNS, a row per studio and month, low to high is 90 %. Studios known
        by revenue alone are forecast from it (`series`); their members and retention are empty.
        """
        months = _checked_months(months)
        ids = self.studio_ids if studio_ids is None else [self._known(i) for i in studio_ids]
        full = [i for i in ids if i in self.complete]
        parts = []
        if full:
            parts.append(pd.DataFrame(self.forecast_columns(full, months, method, base_month)))
        rest = [i for i in ids if i not in self.complete]
        if rest:
            known = self.frame[self.frame["studio_id"].isin(rest)]
            if base_month is not None:
                known = known[known["month"] <= pd.Timestamp(base_month)]
            known = known.rename(columns={"total_revenue": "revenue"})
            parts.append(series.forecast(known[["studio_id", "month", "revenue"]], months))
        answer = pd.concat(parts).reindex(columns=COLUMNS)
        order = {studio: i for i, studio in enumerate(ids)}
        return answer.sort_values(["studio_id", "horizon"], key=lambda c: c.map(order) if c.name == "studio_id" else c,
                                  ignore_index=True)  # fmt: skip

    def forecast_columns(self, studio_ids, months=3, method="structural", base_month=None):
        """As `forecast` of studios that all have flows, a dict of lists."""
        months = _checked_months(months)
        studio = np.array([self._index(studio_id) for studio_id in studio_ids])
        origin = self._origin(studio, base_month)
        plans = np.repeat(self.panel.plan[origin, studio][:, None], months, axis=1)
        return self._columns(studio, origin, plans, method, held=True)

    def scenario(self, studio_id, levers, months=3, method="structural", base_month=None, members=None):
        """The coming months of one studio if it sets these levers.

        levers : dict of LEVERS held for all months, or one row a month; a lever left out
            stays where it is. Prices in major units
        base_month : last month to start from, None for the last one known; members : how many the
            studio has at its end, None for the known number
        Returns DataFrame of COLUMNS.
        Raises ValueError for a lever, value or studio that is not known, or a studio without flows.
        """
        return pd.DataFrame(self.scenario_columns(studio_id, levers, months, method, base_month, members))

    def scenario_columns(self, studio_id, levers, months=3, method="structural", base_month=None, members=None):
        """As `scenario`, a dict of lists: a frame takes longer to make than the months to predict."""
        months = _checked_months(months)
        studio = np.array([self._index(studio_id)])
        origin = self._origin(studio, base_month)
        plans = rules.per_month(levers, months, self.panel.plan[origin, studio][0])
        return self._columns(studio, origin, plans[None], method, held=False, members=members)

    def plan(self, studio_id, target_revenue, months=3, target_basis="last", limits=None, **how):
        """The cheapest levers that reach a revenue: see `inverse.plan`. Returns inverse.Plan."""
        return inverse.plan(self, studio_id, target_revenue, _checked_months(months), target_basis, limits, **how)

    # what a face wants to show ---------------------------------------------------------------
    def held_levers(self, studio_id, base_month=None):
        """The levers the studio held in `base_month` (the last month known), dict of LEVERS."""
        studio = np.array([self._index(studio_id)])
        held = self.panel.plan[self._origin(studio, base_month), studio][0]
        return dict(zip(LEVERS, held.tolist(), strict=True))

    def support(self, studio_id):
        """What the data covers for a studio of this size and price: dict of lever to (low, high)."""
        low, high = self.support_bounds(self._index(studio_id))
        return {lever: (float(low[i]), float(high[i])) for i, lever in enumerate(LEVERS)}

    def support_bounds(self, studio):
        """(low, high), each (7,): the panel's 1st to 99th percentile, prices, joins and classes
        taken relative to each studio's own last year."""
        low, high = self._support
        return low[studio], high[studio]

    @cached_property
    def _support(self):
        """`support_bounds` of all studios, each (studios, 7)."""
        relative = np.array(
            [lever in ("avg_ticket_price", "new_members_monthly", "total_classes_held") for lever in LEVERS]
        )
        plan = self.panel.plan
        scaled = np.where(relative, plan / np.nanmean(plan, axis=0), plan)
        low, high = np.nanquantile(scaled, (0.01, 0.99), axis=(0, 1))
        scale = np.where(relative, np.nanmean(plan[-12:], axis=0), 1.0)
        held = plan[self._last, np.arange(len(self.complete))]
        return np.minimum(low * scale, held), np.maximum(high * scale, held)

    @cached_property
    def _last(self):
        return self.panel.last()

    def history(self, studio_id):
        """Known months of a studio: DataFrame studio_id, month, total_revenue and what else came."""
        return self.frame[self.frame["studio_id"] == self._known(studio_id)].reset_index(drop=True)

    def base(self, studio_id, month=None):
        """What a prediction starts from: dict month, revenue, members (empty where unknown) of `month`, YYYY-MM, the
        last one known by default. Raises ValueError for a studio or month that is not known."""
        known = self._past[self._known(studio_id)]
        last = next(reversed(known))
        if (month or last) not in known:
            raise ValueError(f"base_month is {month}; {studio_id} has history from {next(iter(known))} to {last}")
        return known[month or last]

    @cached_property
    def _past(self):
        """dict of studio to dict of YYYY-MM, in order, to its `base`."""
        members = self.frame["total_members"] if "total_members" in self.frame else pd.Series(None, self.frame.index)
        past = {}
        for studio, at, revenue, count in zip(
            self.frame["studio_id"], self.frame["month"], self.frame["total_revenue"], members, strict=True
        ):
            past.setdefault(studio, {})[f"{at:%Y-%m}"] = {"month": at, "revenue": revenue, "members": count}
        return past

    # parts --------------------------------------------------------------------------------
    def simulate(self, studio, plans, method="structural", origin=None, members=None, held=False):
        """Expected (rows, months) figures of studio index `studio` (one, or one a row) under
        (rows, months, 7) plans, from month index `origin` (the last known one) on; held : plans are the held levers."""
        rows = np.broadcast_to(studio, len(plans))
        origin = self._last[rows] if origin is None else np.broadcast_to(origin, len(plans))
        return _asked(self._learn(method)[0], held)(rows, origin, plans, members)

    def noise(self, studio, origin, plans, members=None, base=None):
        """As `chance.noise`."""
        return chance.noise(self._learn("structural")[0], studio, origin, plans, members, base)

    def coalitions(self, studio, origin, held, asked, counts, share, members=None):
        """Revenue (128,), weighted by `counts`, of studio index `studio`, and its shares: as `kernel.coalitions`."""
        structural = self._learn("structural")[0]
        state = structural.state(studio, origin, members)
        levels, numbers = structural.fitted.levels[studio], structural.fitted.numbers[studio]
        return kernel.coalitions(levels, numbers, state, held, asked, counts, share)

    def _columns(self, studio, origin, plans, method, held, members=None, noise=None):
        """dict of COLUMNS to lists, the months of a studio one after the other; noise : `noise` where it is known."""
        errors = self._learn(method)[1][held]
        figures = self.simulate(studio, plans, method, origin, members, held)
        months = plans.shape[1]
        horizon = np.tile(np.arange(1, months + 1), (len(studio), 1))
        if noise is None:
            noise = self.noise(studio, origin, plans, members, figures if method == "structural" else None)
        low, high, confidence = errors.band(figures["revenue"], noise[0], horizon)
        numbers = {"horizon": horizon, "revenue": figures["revenue"], "members": figures["members"],
                   "retention": figures["retention"], "low": low, "high": high, "confidence": confidence}  # fmt: skip
        return {
            "studio_id": [self.complete[i] for i in studio for _ in range(months)],
            "month": [self._calendar[o + h] for o in origin for h in range(1, months + 1)],
            **{name: column.ravel().tolist() for name, column in numbers.items()},
        }

    @cached_property
    def _calendar(self):
        """Timestamps of the panel's months and of as many after them as can be asked about."""
        return list(pd.date_range(self.panel.months[0], periods=len(self.panel.months) + LONGEST, freq="MS"))

    def _origin(self, studio, base_month):
        """Month index each of `studio` (rows,) starts from. Raises ValueError outside the history."""
        last = self._last[studio]
        if base_month is None:
            return last
        month, start = pd.Timestamp(base_month), self._calendar[0]
        index = 12 * (month.year - start.year) + month.month - start.month
        if not FEWEST_MONTHS - 1 <= index <= last.min():
            first, end = self._calendar[FEWEST_MONTHS - 1], self._calendar[last.min()]
            raise ValueError(f"base_month is {month:%Y-%m}; there is history from {first:%Y-%m} to {end:%Y-%m}")
        return np.full(len(studio), index)

    def _known(self, studio_id):
        if studio_id not in self.studio_ids:
            near = ", ".join(self.studio_ids[:5])
            raise ValueError(f"no studio {studio_id!r}; there are {len(self.studio_ids)}: {near} …")
        return studio_id

    def _index(self, studio_id):
        place = self._places.get(studio_id)
        if place is None:
            self._known(studio_id)
            raise ValueError(
                f"studio {studio_id!r} has no {FEWEST_MONTHS} months of member, visit and class figures, "
                "so levers have nothing to act on; import its members, visits and classes, "
                "or use forecast, which needs revenue only"
            )
        return place


def _asked(fitted, held):
    """The function that answers: a stack forecasts with other weights than it answers a what-if."""
    return getattr(fitted, "forecast", fitted.simulate) if held else fitted.simulate


def _teacher(monthly_metrics, lever_plan):
    frame = tidy(monthly_metrics)
    return Structural(make_panel(frame, lever_plan, complete_studios(frame)))


def _checked_months(months):
    if not isinstance(months, (int, np.integer)) or not 1 <= months <= LONGEST:
        raise ValueError(f"months is {months!r}; it must be a whole number from 1 to {LONGEST}")
    return int(months)
