"""One month of a studio's business. History, rollouts and mean-field all call `step`.

Shapes: every array holds one number a studio, (n,). Money is in minor units, rates are shares,
`demand` is in logs. Noise comes only from `draws`, so the same step runs at random or in the mean.
Source: SPEC B-18 to B-22 with K1.1 to K1.8; the effects and their sizes are this world's own.
"""

from dataclasses import dataclass, fields, replace

import numpy as np

LEVERS = ("retention", "price", "attendance", "joins", "utilization", "upsell", "classes")

FRESH_PENALTY = (0.9, 0.6, 0.3)  # on the logit of staying in the 1st, 2nd and 3rd month after joining
DEMAND_MEMORY = 0.75
DEMAND_NOISE = 0.02
JOIN_NOISE = 0.06
VISIT_NOISE = 0.06
CROWD_MEMORY = 0.5
REFERENCE_SPEED = 0.15
UPSELL_MEMORY = 0.6
CLASS_HOURS = 1.0

#                Jan   Feb    Mar   Apr    May    Jun    Jul    Aug    Sep   Oct    Nov    Dec
SEASON_JOINS = (0.22, 0.02, 0.00, 0.00, -0.02, -0.05, -0.06, -0.04, 0.09, 0.02, -0.01, -0.06)
SEASON_VISITS = (0.03, 0.01, 0.01, 0.00, -0.01, -0.125, -0.12, -0.115, 0.02, 0.01, 0.00, -0.08)
SEASON_STAY = (0.05, 0.02, 0.00, 0.00, -0.02, -0.05, -0.06, -0.04, 0.02, 0.02, 0.00, -0.03)
SEASON_RETAIL = (0.05, 0.00, 0.00, 0.00, 0.00, 0.00, 0.00, 0.00, 0.00, 0.05, 0.12, 0.22)


class Arrays:
    """A dataclass of equal-length arrays that can be cut and repeated together."""

    def take(self, index):
        """The same of the rows that `index` names."""
        return replace(self, **{f.name: getattr(self, f.name)[index] for f in fields(self)})


@dataclass
class State(Arrays):
    """What a studio carries from month to month; the last three matter in the variant world only."""

    settled: np.ndarray  # members of more than three months
    fresh: np.ndarray  # (n, 3) members who joined one, two, three months ago
    demand: np.ndarray  # log of local demand against normal
    reference_price: np.ndarray  # what members are used to paying
    crowding: np.ndarray  # recent share of spots taken
    price_shock: np.ndarray  # last month's price gap, not yet answered
    fatigue: np.ndarray  # work beyond what staff can carry, remembered
    upsold: np.ndarray  # share of members who bought an add-on, summed over recent months

    @property
    def members(self):
        """(n,) members, long-standing and new."""
        return self.settled + self.fresh.sum(axis=1)


@dataclass
class Traits(Arrays):
    """What makes a studio this studio; drawn once in `studios`."""

    spots_per_class: np.ndarray
    visits_per_member: np.ndarray
    usual_fill: np.ndarray
    usual_classes_per_member: np.ndarray
    usual_price: np.ndarray
    usual_upsell: np.ndarray
    join_amplitude: np.ndarray
    visit_amplitude: np.ndarray
    join_price_slope: np.ndarray
    stay_price_slope: np.ndarray
    stay_effect: np.ndarray
    upsell_effect: np.ndarray
    hours_per_instructor: np.ndarray
    drop_in_share: np.ndarray
    drop_in_price: np.ndarray
    intro_conversion: np.ndarray
    intro_price: np.ndarray
    retail_per_member: np.ndarray
    upsell_value: np.ndarray
    # zero in the standard world
    referral: np.ndarray
    delayed_price: np.ndarray
    workload: np.ndarray
    cannibalised: np.ndarray
    saturation: np.ndarray


@dataclass
class Event(Arrays):
    """What breaks a month: shifts in logs (logit for `stay`); all zero in a plain month."""

    joins: np.ndarray
    visits: np.ndarray
    stay: np.ndarray
    demand: np.ndarray
    classes: np.ndarray

    @classmethod
    def none(cls, n):
        """Of `n` plain months."""
        return cls(*(np.zeros(n) for _ in fields(cls)))


class Chance:
    """Draws at random from `rng`, whole people and classes."""

    def __init__(self, rng):
        self.rng = rng

    def poisson(self, mean):
        """A count with this mean."""
        return self.rng.poisson(mean).astype(float)

    def binomial(self, count, share):
        """How many of `count`, each with this chance."""
        return self.rng.binomial(count.astype(int), share).astype(float)

    def factor(self, sigma, n):
        """(n,) factors about 1, log-normal with this spread of their logs."""
        return np.exp(self.normal(sigma, n) - sigma**2 / 2)

    def normal(self, sigma, n):
        """(n,) deviations about 0 with this spread."""
        return sigma * self.rng.standard_normal(n)

    def whole(self, value):
        """The nearest whole number."""
        return np.rint(value)

    def enough(self, value):
        """The next whole number from `value` up."""
        return np.ceil(value)


class Expectation:
    """The mean of every draw: `step` becomes a deterministic mean-field map."""

    def poisson(self, mean):
        return mean

    def binomial(self, count, share):
        return count * share

    def factor(self, sigma, n):
        return np.ones(n)

    def normal(self, sigma, n):
        return np.zeros(n)

    def whole(self, value):
        return value

    def enough(self, value):
        return value


def sigmoid(x):
    """The share whose log-odds are `x`."""
    return 1 / (1 + np.exp(-x))


def logit(p):
    """Log-odds of a share, which is kept off 0 and 1."""
    p = np.clip(p, 1e-6, 1 - 1e-6)
    return np.log(p / (1 - p))


def soft_minimum(demand, limit, sharpness=8.0):
    """Demand that fades smoothly into `limit`; never above it."""
    ratio = demand / np.maximum(limit, 1e-9)
    return demand / (1 + ratio**sharpness) ** (1 / sharpness)


def step(state, plan, traits, month, event, draws):
    """Advance every studio by one month.

    state : State; plan : dict of LEVERS to (n,) as the studio sets out to hold them;
    month : calendar month 1 to 12; event : Event; draws : Chance or Expectation.
    Returns (State after the month, dict of outcomes (n,), money in minor units).
    """
    n, m = len(state.settled), month - 1
    demand = DEMAND_MEMORY * state.demand + event.demand + draws.normal(DEMAND_NOISE, n)
    gap = np.log(plan["price"] / state.reference_price)
    level = np.log(plan["price"] / traits.usual_price)

    before = state.members
    referred = traits.referral * before * (plan["retention"] - 0.9)
    pull = (
        demand + traits.join_amplitude * SEASON_JOINS[m] + event.joins - traits.join_price_slope * (gap + 0.3 * level)
    )
    joined = draws.poisson(np.maximum(plan["joins"] + referred, 0) * np.exp(pull) * draws.factor(JOIN_NOISE, n))

    stay = (
        logit(plan["retention"])
        + traits.stay_effect
        + SEASON_STAY[m]
        + 0.5 * demand
        + event.stay
        - traits.stay_price_slope * ((1 - traits.delayed_price) * gap + traits.delayed_price * state.price_shock)
        - 1.2 * np.logaddexp(0, 20 * (state.crowding - 0.85)) / 20
        - 0.8 * (plan["utilization"] - 0.8)
        - traits.workload * state.fatigue
    )
    kept_settled = draws.binomial(state.settled, sigmoid(stay))
    kept_fresh = draws.binomial(state.fresh, sigmoid(stay[:, None] - np.array(FRESH_PENALTY)))
    members = kept_settled + kept_fresh.sum(axis=1) + joined

    held = draws.whole(plan["classes"] * np.exp(event.classes) * draws.factor(0.01, n))
    spots = held * traits.spots_per_class
    wanted = (
        (before + members) / 2
        * traits.visits_per_member
        * np.exp(
            traits.visit_amplitude * SEASON_VISITS[m]
            + 0.7 * demand
            + event.visits
            + 0.8 * np.log(plan["attendance"] / traits.usual_fill)
            + 0.35 * np.log(held / np.maximum(before, 1) / traits.usual_classes_per_member)
            - 0.3 * traits.workload * state.fatigue
        )
        * draws.factor(VISIT_NOISE, n)
    )  # fmt: skip
    visits = draws.whole(soft_minimum(wanted, spots))
    fill = visits / spots

    carried = held * CLASS_HOURS / traits.hours_per_instructor
    staff = np.maximum(draws.whole(carried / plan["utilization"]), np.maximum(draws.enough(carried), 1))
    saturated = traits.saturation * (state.upsold - traits.usual_upsell / (1 - UPSELL_MEMORY))
    tempted = 1.5 * (fill - traits.usual_fill)
    upsell_share = sigmoid(logit(plan["upsell"]) + traits.upsell_effect + tempted - saturated)
    upsold = draws.binomial(members, upsell_share)
    grown = members / np.maximum(before, 1) - 1 + fill - 0.7
    drop_in_share = traits.drop_in_share * np.exp(-traits.cannibalised * grown)
    drop_ins = draws.binomial(visits, np.clip(drop_in_share, 0, 0.9))
    intros = draws.binomial(joined, traits.intro_conversion)
    ticket = draws.whole(plan["price"] * draws.factor(0.006, n))
    retail = draws.whole(
        members * traits.retail_per_member * 0.2 * np.exp(SEASON_RETAIL[m] + demand) * draws.factor(0.08, n)
    )

    outcome = {
        "joined": joined, "kept_settled": kept_settled, "kept_fresh": kept_fresh, "before": before, "members": members,
        "held": held, "spots": spots, "visits": visits, "wanted": wanted, "staff": staff, "upsold": upsold,
        "drop_ins": drop_ins, "intros": intros, "ticket": ticket,
        "membership_revenue": members * ticket, "class_pack_revenue": drop_ins * traits.drop_in_price,
        "intro_revenue": intros * traits.intro_price, "retail_revenue": retail,
        "upsell_revenue": upsold * traits.upsell_value,
    }  # fmt: skip
    after = State(
        settled=kept_settled + kept_fresh[:, -1],
        fresh=np.column_stack([joined, kept_fresh[:, 0], kept_fresh[:, 1]]),
        demand=demand,
        reference_price=state.reference_price * np.exp(REFERENCE_SPEED * gap),
        crowding=CROWD_MEMORY * state.crowding + (1 - CROWD_MEMORY) * fill,
        price_shock=gap,
        fatigue=0.7 * state.fatigue + np.maximum(plan["utilization"] - 0.82, 0),
        upsold=UPSELL_MEMORY * state.upsold + upsold / np.maximum(members, 1),
    )
    return after, outcome
