"""From a target revenue back to levers: the cheapest plan, or the best there is.

`Search` puts a question in the terms of `reach`, which fills it; `Plan` is what came of it. What else an owner may
choose, and what would bring a target that is out of reach, is in `choices` (K1.10, K1.22, K1.23, K1.25, K1.26).
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from studiolab.revenue_simulator import levers, reach
from studiolab.schema import LEVERS

BASES = ("last", "mean", "sum")
COSTS = ("money", "documents")
RAMPS = ("even", "at_once")
SURE = (0.5, 0.95)
SCALE_GUARD = 20
DOWN = np.array([-1.0 if lever == levers.EASED else 1.0 for lever in LEVERS])
UP = DOWN > 0
PRICE = LEVERS.index("avg_ticket_price")


def plan(model, studio_id, target_revenue, months, target_basis="last", limits=None, **how):
    """Cheapest levers whose predicted revenue reaches the target.

    model : RevenueModel; target_revenue : major units, None for the plan that earns most above its cost;
    target_basis : revenue of the "last" month, "mean" a month, or "sum" of all; limits : `max_..._increase` by the
    last month; how : as the fields of Search. Levers leave the data's support only if `extrapolate`. Returns Plan.
    Raises ValueError for a target that is no positive number, or in another unit, and for what Search refuses.
    """
    return Search.of(model, studio_id, target_revenue, months, target_basis, limits, **how).plan()


@dataclass(frozen=True)
class Search:
    """A question about a plan.

    base_month, members : as `RevenueModel.scenario`; current : dict of levers held now where they differ from the
    known ones; sure : wanted chance, SURE[0] to SURE[1], that revenue really comes to the target, None for the even
    chance of a prediction; cost_basis : "money" of the catalogue, or the weights of the "documents" for one per cent
    of each lever, which choose other levers; unit_costs : dict of the studio's own money a month for one unit;
    ramp : "even" monthly steps, or all "at_once" from the first month; extrapolate : whether levers may go
    beyond what the data covers. The arrays are (7,), in the order of LEVERS: held, room (signed), ends ("limit",
    "data" or "range": what ends each room), money (of a unit over all months), weight (that is compared).
    """

    model: object
    studio_id: str
    target: float | None
    months: int
    basis: str
    limits: dict
    base_month: object = None
    members: float | None = None
    sure: float | None = None
    cost_basis: str = "money"
    ramp: str = "even"
    asked: dict = None
    held: np.ndarray = None
    room: np.ndarray = None
    ends: tuple = ()
    money: np.ndarray = None
    weight: np.ndarray = None
    case: reach.Case = None

    @classmethod
    def of(cls, model, studio_id, target_revenue, months, target_basis="last", limits=None, base_month=None,
           current=None, members=None, sure=None, cost_basis="money", unit_costs=None, ramp="even",
           extrapolate=False):  # fmt: skip
        """Search with its arrays. Raises ValueError for what makes no sense."""
        for name, value, known in (("cost_basis", cost_basis, COSTS), ("ramp", ramp, RAMPS)):
            if value not in known:
                raise ValueError(f"{name} is {value!r}; known are {known}")
        if sure is not None and not SURE[0] <= sure <= SURE[1]:
            raise ValueError(f"sure is {sure}; it must be a chance from {SURE[0]} to {SURE[1]}")
        studio = model._index(studio_id)
        structural, origin = model._learn("structural")[0], int(model._origin(np.array([studio]), base_month)[0])
        held = levers.per_month(current or {}, 1, model.panel.plan[origin, studio])[0]
        steps, wide = levers.limits(limits), levers.HARD if extrapolate else model.support_bounds(studio)
        room, ends = _room(held, steps, wide, "range" if extrapolate else "data")
        size = model.panel.values["total_members"][origin, studio] if members is None else members
        part = np.arange(1, months + 1) / months if ramp == "even" else np.ones(months)
        money = levers.unit_costs(float(size), float(held[PRICE]), unit_costs) * part.sum()
        weight = money if cost_basis == "money" else levers.WEIGHTS / np.maximum(held, 0.1 * levers.limits())
        state = structural.state(studio, origin, members)
        counts = weights(target_basis, months)
        case = reach.case(structural.fitted, studio, state, held, room, weight * np.abs(room), part, counts)
        asked = {"base_month": base_month, "current": current, "members": members, "sure": sure,
                 "cost_basis": cost_basis, "unit_costs": unit_costs, "ramp": ramp,
                 "extrapolate": extrapolate}  # fmt: skip
        search = cls(model, studio_id, target_revenue, months, target_basis, limits or {}, base_month, members, sure,
                     cost_basis, ramp, asked, held, room, ends, money, weight, case)  # fmt: skip
        search._check_target()
        return search

    def with_room(self, room, ends=None):
        """The same question with other room (7,)."""
        case = self.case._replace(room=room, cost=self.weight * np.abs(room))
        return replace(self, room=room, ends=ends or self.ends, case=case)

    def again(self, **other):
        """The same question with another target_revenue, months, target_basis, limits or field."""
        same = {"target_revenue": self.target, "months": self.months, "target_basis": self.basis, "limits": self.limits}
        return Search.of(self.model, self.studio_id, **same | self.asked | other)

    def plan(self):
        """The cheapest Plan that reaches the target, or the one that brings most."""
        if self.target is None:
            every = self.case._replace(counts=np.ones(self.months), cost=self.money * np.abs(self.room))
            x = reach.cheapest(every, np.inf, 1.0)[0]
            return Plan(self, x, 0.0)
        needed = self.target
        x, now = reach.cheapest(self.case, needed, 0.0)
        for _ in range(3 if self.sure else 0):
            needed = self.needed(x)
            x, now = reach.cheapest(self.case, needed, 0.0)
        return Plan(self, x, needed, now)

    @cached_property
    def without(self):
        """Revenue in the target's basis if nothing changes."""
        return reach.revenue(self.case, np.zeros(len(LEVERS)))

    def needed(self, x):
        """Revenue to predict after changes x (7,), so that the target really comes with the chance `sure`."""
        return self.target / self._errors.factor(self.sure, self.noise(x), self.months) if self.sure else self.target

    def rows(self, x):
        """Levers (months, 7) after changes x (7,)."""
        return self.held + x * self.room * self.case.ramp[:, None]

    def noise(self, x):
        """Variance of the log of what the target is of, as chance brings it after changes x (7,)."""
        return self.of_target(self.model.noise(*self.at, self.rows(x)[None], self.members))

    def of_target(self, noise):
        """The number of a `chance.noise` that is of what the target is of."""
        return float(noise[0 if self.basis == "last" else 1][0, -1])

    @property
    def at(self):
        """(studio, origin) as arrays, the first arguments of `chance.noise`."""
        studio = np.array([self.model._index(self.studio_id)])
        return studio, self.model._origin(studio, self.base_month)

    @property
    def _errors(self):
        errors = self.model._learn("structural")[1][False]
        return errors if self.basis == "last" else errors.together

    def _check_target(self):
        if self.target is None:
            return
        if not np.isfinite(self.target) or self.target <= 0:
            raise ValueError(f"target_revenue is {self.target}; it must be a positive amount in major units")
        if self.target > SCALE_GUARD * self.without:
            raise ValueError(
                f"target_revenue {self.target:,.0f} is {self.target / self.without:.0f} times the {self.basis} revenue "
                f"of {self.without:,.0f} expected without any change; amounts are in major units (dollars, not cents)"
            )


class Plan:
    """Levers that came of a Search, and what they bring. Money in major units.

    change : (7,) of each lever by the last month; achievable_revenue, achievement_rate : in the target's basis;
    reached : bool; cost : money over all months; binds : dict of each lever that stands at its end to what ends it
    ("limit", "data" or "range").
    """

    def __init__(self, search, x, needed, achievable=None):
        self.search, self.studio_id = search, search.studio_id
        self.target_revenue, self.target_basis = search.target, search.basis
        self.share, self.change = x, x * search.room
        self.achievable_revenue = reach.revenue(search.case, x) if achievable is None else achievable
        self.achievement_rate = self.achievable_revenue / search.target if search.target else 1.0
        self.reached = self.achievable_revenue >= needed * reach.MET
        self.cost = float(search.money @ np.abs(self.change))
        self.binds = {lever: search.ends[i] for i, lever in enumerate(LEVERS) if search.room[i] and x[i] > 1 - 1e-6}

    @property
    def without(self):
        """Revenue in the target's basis if nothing changes."""
        return self.search.without

    @cached_property
    def levers(self):
        """DataFrame month and the seven levers."""
        rows = self.search.rows(self.share)
        return pd.DataFrame(rows, columns=LEVERS).assign(month=self.prediction["month"])[["month", *LEVERS]]

    @cached_property
    def prediction(self):
        """DataFrame as `RevenueModel.scenario`."""
        return pd.DataFrame(self.prediction_columns)

    @cached_property
    def prediction_columns(self):
        """As `RevenueModel.scenario_columns`."""
        asked = *self.search.at, self.search.rows(self.share)[None], "structural"
        return self.search.model._columns(*asked, held=False, members=self.search.members, noise=self._noise)

    @cached_property
    def _noise(self):
        search = self.search
        return search.model.noise(*search.at, search.rows(self.share)[None], search.members)

    @cached_property
    def impacts(self):
        """dict of each lever that moves to the revenue it adds on its own, in the target's basis."""
        moved = np.flatnonzero(np.abs(self.change) > 0)
        alone = {i: reach.revenue(self.search.case, np.eye(len(LEVERS))[i] * self.share[i]) for i in moved}
        return {LEVERS[i]: worth - self.without for i, worth in alone.items()}

    @cached_property
    def chance(self):
        """How likely revenue really comes to the target, 0 to 1; None without a target."""
        search = self.search
        if search.target is None:
            return None
        noise = search.of_target(self._noise)
        return search._errors.chance(self.achievable_revenue, noise, search.months, search.target)

    @property
    def net_gain(self):
        """Revenue that all months together bring more than without a change, less the cost."""
        case = self.search.case._replace(counts=np.ones(self.search.months))
        return reach.revenue(case, self.share) - reach.revenue(case, np.zeros(len(LEVERS))) - self.cost


def of_basis(revenue, basis):
    """(rows,) of revenue (rows, months)."""
    return revenue @ weights(basis, revenue.shape[1])


def weights(basis, months):
    """What each month (months,) counts. Raises ValueError for a basis that is none of BASES."""
    if basis not in BASES:
        raise ValueError(f"target_basis is {basis!r}; known are {BASES}")
    if basis == "last":
        counts = np.zeros(months)
        counts[-1] = 1.0
        return counts
    return np.full(months, 1 / months if basis == "mean" else 1.0)


def _room(held, steps, wide, outer):
    """How far each lever may move (7,), signed: utilisation goes down, others up; and what ends it."""
    low, high = wide
    far = np.maximum((np.where(UP, high, low) - held) * DOWN, 0.0)
    ends = tuple("limit" if closer else outer for closer in (steps <= far).tolist())
    return np.minimum(steps, far) * DOWN, ends
