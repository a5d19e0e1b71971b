"""A studio's coming months as insights need them: what is expected, what else is possible, and what if.

Money in major units. Months ahead are counted from 0 in arrays.
"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from studiolab.revenue_simulator import said
from studiolab.revenue_simulator.tactics import WEEKS_A_MONTH, in_time, known
from studiolab.schema import LEVERS

YEAR = 12  # months
NORMAL_90 = 1.6449  # standard deviations on each side of 90 %
SHARES = (np.arange(400) + 0.5) / 400


@dataclass
class Finding:
    """Something to watch, to use or to do.

    kind : a word for programs; text : the sentence; at : month ahead that it is about; against : revenue of that month
    that it is measured by; plan : (months, 7) levers it proposes or None; actions : sentences; more : what the kind
    adds. Set by `weigh`: money : what is lost or gained in that month; chance : that it comes so.
    """

    kind: str
    text: str
    at: int
    against: float
    plan: np.ndarray | None = None
    actions: list = field(default_factory=list)
    more: dict = field(default_factory=dict)
    money: float = 0.0
    chance: float = 0.0


class Course:
    """The coming months of any studio, levers held, from its forecast."""

    levers = None

    def __init__(self, model, studio_id, months, base_month=None, currency=""):
        """model : RevenueModel; months : 1 to 12. Raises ValueError where there is nothing to predict from."""
        table = model.forecast([studio_id], months, base_month=base_month)
        if not np.isfinite(table["revenue"]).all() or not (table["revenue"] > 0).all():
            raise ValueError(
                f"{studio_id} cannot be predicted from here, so there is nothing to say of it: figures of the months "
                "before are missing or zero; give another base_month, or import what is missing"
            )
        self.model, self.studio_id, self.currency = model, studio_id, currency
        self.dates = list(table["month"])
        self.base = self.dates[0] - pd.DateOffset(months=1)
        self.revenue, self.low = table["revenue"].to_numpy(float), table["low"].to_numpy(float)
        self._reach = np.log(table["high"].to_numpy(float) / self.revenue)
        past = model.history(studio_id).set_index("month")["total_revenue"]
        self.past = past[past.index <= self.base]

    @property
    def untold(self):
        """Why the past tells nothing about risk, in a sentence; empty where it does."""
        if len(self.past) < YEAR:
            return f"Months of revenue known: {len(self.past)}, too few to judge risk by: it takes {YEAR}."
        year = self.past.tail(YEAR)
        if year.min() == year.max():
            same = self.cash(year.min())
            return f"Revenue was {same} in each of the last {YEAR} months: that tells no risk; are the figures real?"
        return ""

    def possible(self, at, revenue=None):
        """Equally likely revenues of month `at`, sorted, where `revenue` (the expected one) is predicted."""
        from scipy.stats import norm

        revenue = self.revenue[at] if revenue is None else revenue
        return revenue * np.exp(norm.ppf(SHARES) * self._reach[at] / NORMAL_90)

    def weigh(self, finding, up):
        """The finding with its chance and money: how likely the month's revenue is above (`up`) or below `against`,
        and by how much where it is."""
        planned = None if finding.plan is None else self.under(finding.plan)["revenue"][finding.at]
        revenue = self.revenue[finding.at] if planned is None else planned
        possible = self.possible(finding.at, planned)
        beyond = possible > finding.against if up else possible < finding.against
        finding.chance = (beyond.sum() + 0.5) / (len(possible) + 1)
        if finding.plan is not None or up:
            finding.money = float(revenue - finding.against)
        elif beyond.any():
            finding.money = float((possible[beyond] - finding.against).mean())
        return finding

    def year_ago(self, at):
        """Revenue of the same month last year, None where it is not known."""
        value = self.past.get(self.dates[at] - pd.DateOffset(years=1))
        return None if value is None or not np.isfinite(value) else float(value)

    def cash(self, amount, signed=False):
        """An amount in words, in the studio's currency."""
        return said.money(amount, self.currency, signed)

    def month(self, at):
        """Name of the month at place `at`."""
        return said.month_name(self.dates[at])


class Outlook(Course):
    """The coming months of a studio that levers can move.

    held : (7,) levers; expected, plain : dicts of (months,) figures as of `Structural.simulate`, with the calendar's
    season and in the mean of all calendars, which has none.
    """

    def __init__(self, model, studio_id, months, base_month=None, currency="", measured=None):
        """measured : as of `tactics.known`"""
        super().__init__(model, studio_id, months, base_month, currency)
        self.studio = model._index(studio_id)
        self.flows, (self.errors_planned, self.errors) = model._learn("structural")
        self.origin = int(model._origin(np.array([self.studio]), base_month)[0])
        self.held = model.panel.plan[self.origin, self.studio]
        self.levers = dict(zip(LEVERS, self.held.tolist(), strict=True))
        low, high = model.support_bounds(self.studio)
        self.low_levers, self.high_levers = np.minimum(low, self.held), np.maximum(high, self.held)
        self.measured, self.tactics = measured, known(measured)
        self.expected = self.under(self.held)
        at = np.array([self.studio]), np.array([self.origin])
        self.noise = self.model.noise(*at, self._plan(self.held)[None])[0][0]
        every = self._simulate(np.repeat(self._plan(self.held)[None], 12, axis=0), calendar=np.arange(1, 13))
        self.plain = {name: value.mean(axis=0) for name, value in every.items()}

    def possible(self, at, revenue=None):
        """As `Course.possible`; `revenue` is that under levers which are kept to, so its errors are a scenario's."""
        errors = self.errors if revenue is None else self.errors_planned
        revenue = self.revenue[at] if revenue is None else revenue
        return errors.possible(revenue, self.noise[at], at + 1)

    def under(self, plan, **instead):
        """dict of (months,) figures under levers (7,) or (months, 7); instead : as of `Structural.simulate`."""
        found = self._simulate(self._plan(plan)[None], **{name: np.array([value]) for name, value in instead.items()})
        return {name: value[0] for name, value in found.items()}

    def moved(self, lever, value):
        """(months, 7) levers with one set to `value` from next month on."""
        plan = self._plan(self.held).copy()
        plan[:, LEVERS.index(lever)] = value
        return plan

    def phased(self, *tactics):
        """(months, 7) levers with (lever, Tactic) pairs begun now: each works for the part of a month that is left
        when it is ready, no further than the data covers."""
        plan = self._plan(self.held).copy()
        for lever, tactic in tactics:
            ready = np.clip(np.arange(1, len(plan) + 1) - tactic.weeks / WEEKS_A_MONTH, 0, 1)
            plan[:, LEVERS.index(lever)] += tactic.effect * ready
        return np.clip(plan, self.low_levers, self.high_levers)

    def room(self, lever):
        """(down, up): how far a lever may move within what the data covers."""
        i = LEVERS.index(lever)
        return float(self.held[i] - self.low_levers[i]), float(self.high_levers[i] - self.held[i])

    def remedy(self, at, *levers):
        """A sentence on the tactic, of any of `levers`, that adds most in month `at` beyond its cost; empty where none
        pays in time."""
        ways = [(self.under(self.phased((lever, t)))["revenue"][at] - self.revenue[at], t)
                for lever in levers for t in self.tactics[lever] if in_time(t, at + 1)]  # fmt: skip
        gain, best = max(ways, key=lambda way: way[0] - way[1].cost, default=(0.0, None))
        if best is None or gain <= best.cost:
            return ""
        return f"{best.action}: about {self.cash(gain, signed=True)} in {self.month(at)}"

    def _plan(self, plan):
        plan = np.asarray(plan, float)
        return np.broadcast_to(plan, (len(self.dates), len(LEVERS))) if plan.ndim == 1 else plan

    def _simulate(self, plans, **instead):
        rows = np.full(len(plans), self.studio)
        return self.flows.simulate(rows, np.full(len(plans), self.origin), plans, **instead)
