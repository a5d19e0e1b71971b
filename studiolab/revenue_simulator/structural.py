"""The structural model: members flow, visits and purchases follow, revenue is their identity.

Each flow is a fitted regression with the lever plan as offset and shrunken studio effects
(`mixed`); what it depends on is in `flows`, and `kernel` walks it forward. Answers what-if questions outside the
data's centre, where trees cannot (ARCHITECTURE, "What the measurements already decided").
"""

import warnings
from dataclasses import replace
from functools import cached_property

import numpy as np
import pandas as pd

from studiolab.revenue_simulator import flows, kernel, mixed
from studiolab.revenue_simulator.flows import ATTENDANCE, CLASSES, JOINS, PRICE, RETENTION, UPSELL, UTILIZATION

SPEEDS = (0.05, 0.1, 0.15, 0.2, 0.3)
PENALTY, MOST_PENALTY = 0.5, 3.0  # the first guess; the logit from which hardly any joiner would stay
SHARPNESS = (4.0, 6.0, 8.0, 12.0)
WIDE = 2.0  # prior spread of a step
FIRST = 3
FAR = np.log(4)  # the documents' prices are within four times a usual one; beyond, people are taken to react no further
FADING = 1 - np.arange(flows.COHORTS) / flows.COHORTS  # joiners come to be like others in even steps
SHOCK = 5.0  # median absolute deviations of a month's median residual
TEACHERS = 400  # studios that shared slopes are learned from; more add time and no digit
FAMILY = {"joins": "poisson", "stay": "binomial", "visits": "gaussian", "retail": "gaussian", "upsell": "binomial"}
SLOPES = {"joins": ("shape", "pull"), "stay": ("gap",), "visits": ("shape",), "upsell": (), "retail": ()}
YIELDS = {"class_pack_revenue": "visits", "intro_revenue": "joined", "upsell_revenue": "upsold"}
RECENT = 0.85  # weight of a month against the next, where the level of all studios slides
FEW = 8  # studios below which what befell all in a month cannot be told from what befell one
SHARED = ("speed", "sharpness", "penalties", "seasons", "level_share", "demand_memory", "gain", "weights")


def teachers(panel):
    """Panel of at most TEACHERS of its studios, evenly picked."""
    count = len(panel.studios)
    return panel if count <= TEACHERS else panel.cut(np.linspace(0, count - 1, TEACHERS).round().astype(int))


class Structural:
    """Fitted flows of a panel of studios; `simulate` rolls any of them forward under any plan."""

    def __init__(self, panel, until=None, teacher=None):
        """panel : panel.Panel with at least FEWEST_MONTHS complete months a studio; until : int or None, learn from
        the first `until` months only (later ones may still be origins); teacher : Structural of other studios whose
        shared slopes are taken over, so that only what differs by studio is learned."""
        self.panel = panel
        self.until = len(panel.months) if until is None else until
        if teacher is None and len(panel.studios) > TEACHERS:
            teacher = Structural(teachers(panel), until)
        self.teacher = teacher
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # all-NaN months of a gap are expected
            self._prepare()
            self._learn() if teacher is None else self._take_over(teacher)
            self._fit_yields()
        self.fitted, self._near, self.teacher = self._pack(), {}, None
        self._last_fresh = np.nan_to_num(self.fresh)
        self._last_fill = np.where(np.isfinite(self.fill), self.fill, self.usual["usual_fill"])
        self._next_used_to = self.used_to + self.speed * self.gap

    def borrowed(self, studio):
        """Share, 0 to 1, of the spread among studios that this one's own months leave open, over all its effects."""
        return float(self._borrowed[studio])

    @cached_property
    def _borrowed(self):
        return np.concatenate([self.flow[name].borrowed for name in FAMILY], axis=1).mean(axis=1)

    # the past --------------------------------------------------------------------------------
    def _prepare(self):
        v, past = self.panel.values, slice(self.until)
        self.members, self.joined, self.visits = v["total_members"], v["new_members"], v["total_class_attendance"]
        self.before = _lag(self.members, 1)
        self.kept = np.clip((self.members - self.joined) / self.before, 0, 1)
        self.spots_per_class = np.nanmean((v["offered_spots"] / v["total_classes_held"])[past], axis=0)
        self.fill = v["total_class_attendance"] / v["offered_spots"]
        plan = self.panel.plan
        self.usual = {
            "usual_fill": np.nanmean(self.fill[past], axis=0),
            "usual_attendance": np.nanmean(np.log(plan[past, :, ATTENDANCE]), axis=0),
            "usual_classes": _known_mean(np.log(plan[:, :, CLASSES] / self.members)[past]),
            "usual_price": np.nanmean(np.log(plan[past, :, PRICE]), axis=0),
        }
        self.month = self.panel.months.month.to_numpy()
        self.memory = np.zeros_like(self.members)
        self.shocked = np.zeros(len(self.month), bool)
        self.flow, self._near, self.level_share = {}, {}, 0.0
        self.seasons = {"joins": np.zeros(12), "visits": np.zeros(12)}

    def _gaps(self, speed):
        """Sets how far each month's price is from what members are used to, at this speed of getting used."""
        self.speed, price = speed, np.log(self.panel.plan[:, :, PRICE])
        self.used_to = np.full_like(price, np.nan)
        for t in range(len(price)):
            previous = self.used_to[t - 1] + speed * (price[t - 1] - self.used_to[t - 1]) if t else price[0]
            self.used_to[t] = np.where(np.isfinite(previous), previous, price[t])
        self.gap = price - self.used_to

    # fitting ---------------------------------------------------------------------------------
    def _learn(self):
        """Everything from these studios."""
        self._gaps(SPEEDS[2])
        self._weigh_joiners(PENALTY)
        self.sharpness = SHARPNESS[-1]
        self._find_shocks(())
        self.sharpness = min(SHARPNESS, key=self._visits_noise)
        for _ in range(2):  # what demand explains is known the second time
            self._gaps(self._best_speed(SPEEDS, ("stay", "joins")))
            self._weigh_joiners(self._joiners_penalty())
            self._fit_flows()
            gap, level, _ = self.flow["joins"].coefficients[12:]
            self.level_share = float(np.clip(level / gap, 0, 1)) if gap else 0.0
            self.seasons = {name: self.flow[name].coefficients[:12] - self.flow[name].coefficients[:12].mean()
                            for name in self.seasons}  # fmt: skip
            self._fit_flows()
            self.weights = {name: self._noise(name) for name in ("joins", "visits", "retail")}
            plain = np.where(self.shocked[:, None], np.nan, self._demand())
            self.demand_memory, self.gain = _ar1_filter_gain(plain[: self.until])
            self._remember()
        self._fit_flows()

    def _take_over(self, teacher):
        """Shared slopes of `teacher`; effects of these studios."""
        for name in SHARED:
            setattr(self, name, getattr(teacher, name))
        self._gaps(self.speed)
        self._weigh_joiners(self.penalties[0])
        if teacher.panel.months.equals(self.panel.months):
            self.shocked = teacher.shocked
        else:
            self._find_shocks()
        self._fit_flows(self.weights)
        self._remember()
        self._fit_flows()

    def _find_shocks(self, slopes=None):
        """Months in which the whole panel broke: they teach nothing about plain months.

        A broken month also bends what its calendar month is thought to be, so the years beside it look broken the
        other way: of each calendar month only the worst is taken at a time, and the rest is looked at again.
        """
        for _ in range(3):
            found = np.zeros_like(self.shocked)
            for name in ("joins", "visits"):
                gap = self._unexplained(name, self._fit_one(name, slopes, common=()))[: self.until]
                typical = np.where(self.shocked[: self.until], 0, np.nan_to_num(np.nanmedian(gap, axis=1)))
                usual = 1.4826 * np.median(np.abs(typical - np.median(typical)))
                worst = pd.Series(np.abs(typical)).groupby(self.month[: self.until]).transform("max")
                found[: self.until] |= np.abs(typical) >= np.maximum(worst, max(SHOCK * usual, 0.08))
            if not found.any():
                return
            self.shocked |= found

    def _visits_noise(self, sharpness):
        self.sharpness = sharpness
        return self._fit_one("visits", ()).noise

    def _weigh_joiners(self, penalty):
        """Sets how much less likely those who just joined are to stay, on the logit."""
        self.penalties = penalty * FADING
        self.fresh, _ = kernel.cohorts(self.members, self.joined, self.penalties)

    def _joiners_penalty(self):
        """The penalty at which recent joiners explain no more of who stays: a Gauss-Newton step beside all else."""
        fit, shares = self._fit_one("stay"), self._target("stay")[3]
        t, s, x, z = self._rows("stay", SLOPES["stay"], self._usable(self.kept))
        eta = self._target("stay")[1][t, s] + fit.predict(x, z, s)
        joiners = mixed.sigmoid(eta[:, None] - self.penalties)
        felt = (shares[t, s] * joiners * (1 - joiners)) @ FADING
        beside = np.full_like(self.kept, np.nan)
        beside[t, s] = -felt / mixed.mixture(eta, (shares[t, s], self.penalties))[1]
        step = self._fit_one("stay", beside=beside).coefficients[-1]
        return float(np.clip(self.penalties[0] + step, 0, MOST_PENALTY))

    def _best_speed(self, grid, names):
        """The speed under which the flows `names` fit best, between the grid's points by a parabola."""
        tried = []
        for speed in grid:
            self._gaps(speed)
            tried.append(sum(self._fit_one(name).misfit for name in names))
        best = int(np.clip(np.argmin(tried), 1, len(grid) - 2))
        a, b, _ = np.polyfit(grid[best - 1 : best + 2], tried[best - 1 : best + 2], 2)
        return float(np.clip(-b / (2 * a), grid[0], grid[-1])) if a > 0 else grid[best]

    def _fit_flows(self, names=FAMILY):
        self.flow |= {name: self._fit_one(name) for name in names}

    def _fit_one(self, name, slopes=None, common=("joins", "stay"), beside=None):
        """mixed.Fit of one flow; beside : (months, studios) of one more covariate, whose coefficient comes last."""
        target, offset, trials, mix = self._target(name)
        usable = self._usable(target)
        usable[self.until :] = False
        usable[self.shocked] = False
        slopes = SLOPES[name] if slopes is None else slopes
        t, s, x, z = self._rows(name, slopes, usable)
        spread = np.r_[np.full(12 if name != "upsell" else 1, flows.MONTHS[name]), flows.PRIORS[name]]
        near = self._near.get(name)
        if beside is not None:
            x, spread = np.column_stack([x, beside[t, s]]), np.r_[spread, WIDE]
            near = near and replace(near, coefficients=np.r_[near.coefficients, 0.0])
        mix = None if mix is None else (mix[t, s], self.penalties)
        common = name in common and self.teacher is None and len(self.panel.studios) >= FEW
        fit = mixed.fit(
            x, target[t, s], z, s, len(self.panel.studios), FAMILY[name], spread, offset[t, s],
            None if trials is None else trials[t, s], mix, t if common else None,
            self.teacher and self.teacher.flow[name], near,
        )  # fmt: skip
        if beside is None:
            self._near[name] = fit
        if not common:
            return fit
        known = np.unique(t)
        lasting = np.average(fit.common[known], weights=RECENT ** (known[-1] - known))
        shift = np.r_[np.full(12, lasting), np.zeros(len(fit.coefficients) - 12)]
        return replace(fit, coefficients=fit.coefficients + shift)

    def _usable(self, target):
        usable = np.isfinite(target) & np.isfinite(_lag(self.fresh[:, :, 0], 1))
        usable[:FIRST] = False
        return usable

    def _rows(self, name, slopes, usable):
        """Studio-months (t, s), studio by studio, whose columns (x, z) are all known."""
        s, t = np.nonzero(usable.T)
        month, season = self.month[t] - 1, self.seasons.get(name)
        covariates = self._covariates(name, t, s)
        x = np.zeros((len(t), (12 if name != "upsell" else 1) + len(covariates)))
        x[np.arange(len(t)), month if name != "upsell" else 0] = 1.0
        for column, values in enumerate(covariates, x.shape[1] - len(covariates)):
            x[:, column] = values
        gap, level = self.gap[t, s], np.log(self.panel.plan[t, s, PRICE]) - self.usual["usual_price"][s]
        own = {"shape": 0 if season is None else season[month], "gap": gap, "pull": gap + self.level_share * level}
        z = np.column_stack([np.ones(len(t)), *(own[slope] * np.ones(len(t)) for slope in slopes)])
        known = np.isfinite(x[:, -len(covariates) :]).all(axis=1) & np.isfinite(z).all(axis=1)
        if known.all():
            return t, s, x, z
        return t[known], s[known], x[known], z[known]

    def _covariates(self, name, t, s):
        plan, usual, memory = self.panel.plan[t, s], {k: v[s] for k, v in self.usual.items()}, self.memory[t, s]
        if name == "joins":
            return flows.joins(self.gap[t, s], np.log(plan[:, PRICE]) - usual["usual_price"], memory)
        if name == "stay":
            crowd = self.fill[t - 1, s]
            return flows.stay(self.gap[t, s], memory, crowd, usual["usual_fill"], plan[:, UTILIZATION])
        if name == "visits":
            return flows.visits(plan[:, ATTENDANCE], usual["usual_attendance"], plan[:, CLASSES], self.before[t, s],
                                usual["usual_classes"], memory)  # fmt: skip
        return flows.retail(memory) if name == "retail" else flows.upsell(self.fill[t, s], usual["usual_fill"])

    def _target(self, name):
        """Target (T, n), offset from the plan, trials for shares, and the shares of recent joiners among them."""
        plan, v = self.panel.plan, self.panel.values
        if name == "joins":
            return self.joined, np.log(np.maximum(plan[:, :, JOINS], 0.5)), None, None
        if name == "stay":
            shares = np.concatenate([np.full_like(self.fresh[:1], np.nan), self.fresh[:-1]]) / self.before[:, :, None]
            return self.kept, mixed.logit(plan[:, :, RETENTION]), self.before, shares
        if name == "upsell":
            return v["upsell_rate"], mixed.logit(plan[:, :, UPSELL]), self.members, None
        none = np.zeros_like(self.members)
        if name == "visits":
            wanted = flows.unsaturate(self.visits, v["offered_spots"], self.sharpness)
            return np.log(wanted / ((self.before + self.members) / 2)), none, None, None
        return np.log(v["retail_revenue"] / self.members), none, None, None

    # demand that is remembered -----------------------------------------------------------------
    def _unexplained(self, name, fit):
        """(months, studios) logs by which a flow differed from what the fit expects, NaN unknown."""
        target, offset, _, _ = self._target(name)
        slopes = SLOPES[name][: fit.effects.shape[1] - 1]
        t, s, x, z = self._rows(name, slopes, self._usable(target))
        expected = offset[t, s] + fit.predict(x, z, s)
        gap = np.full_like(target, np.nan)
        seen = target[t, s]
        gap[t, s] = seen - expected if FAMILY[name] == "gaussian" else np.clip(seen / np.exp(expected) - 1, -1, 2)
        return gap

    def _noise(self, name):
        return float(np.nanmedian(np.abs(self._unexplained(name, self.flow[name])[: self.until])) / 0.6745)

    def _demand(self):
        """Latent demand as joins, visits and retail show it, each by its precision; NaN unknown."""
        signal, weight = np.zeros_like(self.members), np.zeros_like(self.members)
        for name, noise in self.weights.items():
            known_of = self.flow[name].coefficients[-1] * self.memory  # what memory explained is demand as well
            gap = self._unexplained(name, self.flow[name]) + known_of
            known = np.isfinite(gap)
            signal[known] += np.clip(gap[known], -4 * noise, 4 * noise) / noise**2
            weight[known] += 1 / noise**2
        return np.where(weight > 0, signal / np.maximum(weight, 1e-12), np.nan)

    def _remember(self):
        """Demand expected for each month and the next from the months before, by a steady Kalman filter."""
        seen = self._demand()
        ahead, now = np.zeros_like(seen), np.zeros(seen.shape[1])
        for t in range(len(seen)):
            ahead[t] = self.demand_memory * now
            now = ahead[t] + np.where(np.isfinite(seen[t]), self.gain * (seen[t] - ahead[t]), 0)
        self.memory, self.memory_next = ahead, np.vstack([ahead[1:], self.demand_memory * now])

    def _fit_yields(self):
        """Money per drop-in visit, join and add-on buyer; price realised of price planned."""
        v = {name: value[: self.until] for name, value in self.panel.values.items()}
        members, price = v["total_members"], self.panel.plan[: self.until, :, PRICE]
        counts = {"visits": v["total_class_attendance"], "joined": v["new_members"],
                  "upsold": v["upsell_rate"] * members}  # fmt: skip
        self.sells_retail = np.nansum(v["retail_revenue"], axis=0) > 0
        self.yields = {part: _shrunken_ratio(v[part], counts[per]) for part, per in YIELDS.items()}
        self.realised_price = _shrunken_ratio(v["membership_revenue"], members * price)

    # the future --------------------------------------------------------------------------------
    def _pack(self):
        """kernel.Fitted of all studios."""

        def level(name):
            fit = self.flow[name]
            months = fit.coefficients[:12] if name != "upsell" else np.repeat(fit.coefficients[:1], 12)
            own = fit.effects[:, :1] + np.log(fit.smear)
            return own + months + (fit.effects[:, 1:2] * self.seasons[name] if name in self.seasons else 0)

        def shared(name):
            return self.flow[name].coefficients[-len(flows.PRIORS[name]) :]

        joins, stay, visits, retail, upsell = map(shared, FAMILY)
        pull = self.flow["joins"].effects[:, 2:] * np.array([1, self.level_share])
        numbers = [
            self.speed, self.sharpness, self.demand_memory, FAR, *self.usual.values(),
            joins[0] + pull[:, 0], joins[1] + pull[:, 1], joins[2],
            stay[0] + self.flow["stay"].effects[:, 1], *stay[1:],
            *np.exp(self.penalties), self.spots_per_class, *visits, *retail, *upsell,
            self.realised_price, self.yields["class_pack_revenue"], self.yields["intro_revenue"],
            self.sells_retail, self.yields["upsell_revenue"],
        ]  # fmt: skip
        studios = len(self.panel.studios)
        return kernel.Fitted(
            np.ascontiguousarray(np.stack([level(name) for name in FAMILY], axis=2)),
            np.ascontiguousarray(np.stack([np.broadcast_to(number, studios) for number in numbers], axis=1), float),
        )

    def start(self, studio, origin, members_now=None, calendar=None, used_to=None):
        """kernel.Start after the known months `origin`, arguments as `simulate`."""
        t, s = origin, np.asarray(studio, np.int64)
        numbers = np.empty((len(s), len(kernel.State._fields)))
        numbers[:, 0] = (self.month[t] if calendar is None else calendar) % 12
        numbers[:, 1], numbers[:, 2:5] = self.members[t, s], self._last_fresh[t, s]
        if members_now is not None:
            numbers[:, 1:5] *= (members_now / numbers[:, 1])[:, None]
        numbers[:, 5] = self._next_used_to[t, s] if used_to is None else np.log(used_to)
        numbers[:, 6], numbers[:, 7] = self._last_fill[t, s], self.memory_next[t, s]
        return kernel.Start(s, numbers)

    def state(self, studio, origin, members_now=None):
        """kernel.State of one studio after one month, as an array (8,): a row of `start`, in a tenth of its time."""
        t, s, before = origin, studio, self.members[origin, studio]
        now = before if members_now is None else members_now
        first, second, third = self._last_fresh[t, s].tolist()
        return np.array([
            self.month[t] % 12, now, first * now / before, second * now / before, third * now / before,
            self._next_used_to[t, s], self._last_fill[t, s], self.memory_next[t, s],
        ])  # fmt: skip

    def simulate(self, studio, origin, plans, members_now=None, calendar=None, used_to=None):
        """Expected months after `origin` under `plans`.

        studio, origin : (rows,) indices of panel.studios and panel.months (the last known month);
        plans : (rows, months, 7) levers, prices in major units; members_now : members at the start;
        calendar : (rows,) month of the year of the origin; used_to : (rows,) price that members are used to;
        each of these None for the known one.
        Returns dict of (rows, months): revenue, members, retention, visits, fill, each revenue part.
        """
        start = self.start(studio, origin, members_now, calendar, used_to)
        figures = kernel.rollout(self.fitted, start, np.array(plans, float, order="C"))
        return dict(zip(kernel.FIGURES, figures.transpose(2, 0, 1), strict=True))


def _known_mean(matrix):
    return np.nanmean(np.where(np.isfinite(matrix), matrix, np.nan), axis=0)


def _lag(matrix, months):
    return np.vstack([np.full((months, matrix.shape[1]), np.nan), matrix[:-months]])


def _shrunken_ratio(money, count):
    """Money per unit of each studio, (n,): its recent months, pulled towards the panel's mean."""
    weight = 0.97 ** np.arange(len(money))[::-1][:, None] * np.isfinite(money * count)
    money, count = np.nansum(weight * np.nan_to_num(money), axis=0), np.nansum(weight * np.nan_to_num(count), axis=0)
    typical = money.sum() / max(count.sum(), 1e-9)
    own = count.mean() * 0.02
    return (money + own * typical) / np.maximum(count + own, 1e-9)


def _ar1_filter_gain(seen):
    """Memory of a latent AR(1) seen in noise, and the steady gain of its Kalman filter."""
    now, one, two = (np.nanmean(seen[2:] * _cut(seen, lag)) for lag in (0, 1, 2))
    memory = float(np.clip(two / one if one > 0 else 0.5, 0.3, 0.95))
    signal = float(np.clip(one / memory, 1e-8, 0.9 * now))
    noise, variance = now - signal, signal
    for _ in range(50):
        gain = variance / (variance + noise)
        variance = memory**2 * variance * (1 - gain) + signal * (1 - memory**2)
    return memory, gain


def _cut(matrix, lag):
    return matrix[2 - lag : len(matrix) - lag]
