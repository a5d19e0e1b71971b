"""The structural model's months, compiled: one studio-month in a fraction of a microsecond.

The fitted flows of all studios lie in a `Fitted`; `rollout` walks rows of (studio, origin, plan) forward. `flows`
says what each flow depends on.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from studiolab.revenue_simulator import flows
from studiolab.revenue_simulator.flows import ATTENDANCE, CLASSES, COHORTS, JOINS, PRICE, RETENTION, UPSELL, UTILIZATION

FIGURES = ("revenue", "members", "retention", "joined", "visits", "fill", "upsell_rate", "membership_revenue",
           "class_pack_revenue", "intro_revenue", "retail_revenue", "upsell_revenue")  # fmt: skip

_joins, _stay, _visits, _retail, _upsell, _saturate = (
    njit(inline="always")(f)
    for f in (flows.joins, flows.stay, flows.visits, flows.retail, flows.upsell, flows.saturate)
)


class Fitted(NamedTuple):
    """What `Structural` has learned, of all studios.

    levels : (studios, 12, 5) linear predictors by calendar month, before their covariates, of joins, stay, visits,
        retail and upsell
    numbers : (studios, len(Own) - 1) the rest, in the order of `Own`
    """

    levels: np.ndarray
    numbers: np.ndarray


class Own(NamedTuple):
    """What is learned of one studio; a compiled call copies plain numbers faster than it counts arrays.

    levels : (12, 5), as `Fitted`; speed of getting used to a price, sharpness of full classes, memory of demand,
    farthest log price gap; usual_... : fill, log attendance, log classes a member, log price; slopes by the flow and
    covariate of `flows`; odds_... : by which recent joiners are less likely to stay; spots a class; money :
    realised share of the price, per drop-in visit, per join, retail 0 or 1, per add-on
    """

    levels: np.ndarray
    speed: float
    sharpness: float
    memory_of: float
    far: float
    usual_fill: float
    usual_attendance: float
    usual_classes: float
    usual_price: float
    joins_gap: float
    joins_level: float
    joins_memory: float
    stay_gap: float
    stay_memory: float
    stay_crowd: float
    stay_crowded: float
    stay_utilization: float
    odds_1: float
    odds_2: float
    odds_3: float
    spots: float
    visits_attendance: float
    visits_classes: float
    visits_memory: float
    retail_memory: float
    upsell_fill: float
    price_realised: float
    per_visit: float
    per_join: float
    sells_retail: float
    per_upsold: float


class Start(NamedTuple):
    """Where rows begin, each (rows,): studio index, next calendar month 0 to 11, members, recent joiners (rows,
    COHORTS), log price members are used to, last fill, latent demand expected for the next month."""

    studio: np.ndarray
    month: np.ndarray
    members: np.ndarray
    fresh: np.ndarray
    used_to: np.ndarray
    crowd: np.ndarray
    memory: np.ndarray


class State(NamedTuple):
    """Where one row begins: as `Start`."""

    month: int
    members: float
    fresh_1: float
    fresh_2: float
    fresh_3: float
    used_to: float
    crowd: float
    memory: float


@njit(inline="always")
def own_of(levels, n):
    """Own from its levels (12, 5) and numbers (len(Own) - 1,)."""
    return Own(
        levels, n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7], n[8], n[9],
        n[10], n[11], n[12], n[13], n[14], n[15], n[16], n[17], n[18], n[19],
        n[20], n[21], n[22], n[23], n[24], n[25], n[26], n[27], n[28], n[29],
    )  # fmt: skip


@njit(inline="always")
def state_of(start, row):
    """State of one row of `start`."""
    return State(
        start.month[row], start.members[row], start.fresh[row, 0], start.fresh[row, 1], start.fresh[row, 2],
        start.used_to[row], start.crowd[row], start.memory[row],
    )  # fmt: skip


@njit(inline="always")
def _sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


@njit(inline="always")
def _logit(p):
    p = min(max(p, 1e-4), 1 - 1e-4)
    return np.log(p / (1 - p))


@njit(inline="always")
def _odds(p, logit):
    """Odds of a share p that is moved by `logit`."""
    p = min(max(p, 1e-4), 1 - 1e-4)
    return p / (1 - p) * np.exp(logit)


@njit(cache=True, error_model="numpy")
def walk(own, state, plan, out):
    """One row's months: plan (months, 7), price in major units; out (months, len(FIGURES)) is filled."""
    month, before, used_to, crowd, memory = state.month, state.members, state.used_to, state.crowd, state.memory
    f1, f2, f3 = state.fresh_1, state.fresh_2, state.fresh_3
    for h in range(len(plan)):
        price = np.log(plan[h, PRICE])
        gap = min(max(price - used_to, -own.far), own.far)
        level = min(max(price - own.usual_price, -own.far), own.far)

        a, b, c = _joins(gap, level, memory)
        pull = own.levels[month, 0] + own.joins_gap * a + own.joins_level * b + own.joins_memory * c
        joined = max(plan[h, JOINS], 0.0) * np.exp(pull)

        a, b, c, d, e = _stay(gap, memory, crowd, own.usual_fill, plan[h, UTILIZATION])
        odds = _odds(
            plan[h, RETENTION],
            own.levels[month, 1] + own.stay_gap * a + own.stay_memory * b
            + own.stay_crowd * c + own.stay_crowded * d + own.stay_utilization * e,
        )  # fmt: skip
        p1, p2, p3 = odds / (odds + own.odds_1), odds / (odds + own.odds_2), odds / (odds + own.odds_3)
        kept = (before - f1 - f2 - f3) * odds / (odds + 1) + f1 * p1 + f2 * p2 + f3 * p3
        f1, f2, f3 = joined, f1 * p1, f2 * p2
        members = kept + joined

        a, b, c = _visits(
            plan[h, ATTENDANCE], own.usual_attendance, plan[h, CLASSES], before, own.usual_classes, memory
        )
        wish = own.levels[month, 2] + own.visits_attendance * a + own.visits_classes * b + own.visits_memory * c
        spots = plan[h, CLASSES] * own.spots
        visits = _saturate((before + members) / 2 * np.exp(wish), spots, own.sharpness)
        fill = visits / spots
        odds = _odds(plan[h, UPSELL], own.levels[month, 4] + own.upsell_fill * _upsell(fill, own.usual_fill)[0])
        upsold = odds / (odds + 1)

        out[h, 1] = members
        out[h, 2] = kept / before
        out[h, 3] = joined
        out[h, 4] = visits
        out[h, 5] = fill
        out[h, 6] = upsold
        out[h, 7] = members * plan[h, PRICE] * own.price_realised
        out[h, 8] = visits * own.per_visit
        out[h, 9] = joined * own.per_join
        retail = own.levels[month, 3] + own.retail_memory * _retail(memory)[0]
        out[h, 10] = members * np.exp(retail) * own.sells_retail
        out[h, 11] = members * upsold * own.per_upsold
        out[h, 0] = out[h, 7] + out[h, 8] + out[h, 9] + out[h, 10] + out[h, 11]

        used_to += own.speed * gap
        before, crowd, memory, month = members, fill, memory * own.memory_of, (month + 1) % 12


@njit(cache=True)
def rollout(fitted, start, plans):
    """(rows, months, len(FIGURES)) of plans (rows, months, 7)."""
    out = np.empty((plans.shape[0], plans.shape[1], 12))
    for row in range(plans.shape[0]):
        s = start.studio[row]
        walk(own_of(fitted.levels[s], fitted.numbers[s]), state_of(start, row), plans[row], out[row])
    return out


@njit(cache=True)
def coalitions(levels, numbers, start, held, asked, counts):
    """Revenue, weighted by `counts` (months,), under each set of levers of `asked` beside the others of `held`.

    levels, numbers : of one studio, as `Fitted`; start : Start of one row; held, asked : (months, 7)
    Returns (2**7,); the highest bit of an index is the first lever. Nothing comes after
    add-ons are sold, and a lever that does not move changes nothing, so at most half of the sets are walked.
    """
    own, state = own_of(levels, numbers), state_of(start, 0)
    months, levers = held.shape
    bit = 1 << (levers - 1 - UPSELL)
    worth = np.empty(1 << levers)
    plan, out = np.empty((months, levers)), np.empty((months, 12))
    moved = np.zeros(levers, np.bool_)
    for i in range(levers):
        for h in range(months):
            moved[i] |= held[h, i] != asked[h, i]
    for k in range(1 << levers):
        known = -1
        for i in range(levers):
            if (k >> (levers - 1 - i)) & 1:
                if not moved[i]:
                    known = k ^ (1 << (levers - 1 - i))
                for h in range(months):
                    plan[h, i] = asked[h, i]
            else:
                for h in range(months):
                    plan[h, i] = held[h, i]
        if known >= 0:
            worth[k] = worth[known]
        elif not k & bit:
            walk(own, state, plan, out)
            worth[k] = worth[k | bit] = 0.0
            for h in range(months):
                month = (state.month + h) % 12
                odds = _odds(asked[h, UPSELL], own.levels[month, 4]
                             + own.upsell_fill * _upsell(out[h, 5], own.usual_fill)[0])  # fmt: skip
                more = out[h, 1] * odds / (odds + 1) * own.per_upsold - out[h, 11]
                worth[k] += counts[h] * out[h, 0]
                worth[k | bit] += counts[h] * (out[h, 0] + more)
    return worth


@njit(cache=True, error_model="numpy")
def cohorts(members, joined, penalties):
    """Recent joiners and the logit of staying that explain what was kept.

    members, joined : (months, studios), NaN unknown. A month of the past is explained by one logit for all members,
    less `penalties` for those who joined one to three months before.
    Returns fresh (months, studios, 3), at the end of each month, and logit (months, studios), NaN unknown.
    """
    months, studios = members.shape
    fresh = np.full((months, studios, COHORTS), np.nan)
    logit = np.full((months, studios), np.nan)
    for s in range(studios):
        known = False
        f1 = f2 = f3 = 0.0
        for t in range(months):
            if not (np.isfinite(members[t, s]) and np.isfinite(joined[t, s])):
                known = False
                continue
            if known and members[t - 1, s] > 0:
                before = members[t - 1, s]
                kept = min(max((members[t, s] - joined[t, s]) / before, 0.02), 0.998)
                x = _logit(kept)
                old = before - f1 - f2 - f3
                for _ in range(25):
                    p0, p1 = _sigmoid(x), _sigmoid(x - penalties[0])
                    p2, p3 = _sigmoid(x - penalties[1]), _sigmoid(x - penalties[2])
                    off = (old * p0 + f1 * p1 + f2 * p2 + f3 * p3) / before - kept
                    slope = (
                        old * p0 * (1 - p0) + f1 * p1 * (1 - p1) + f2 * p2 * (1 - p2) + f3 * p3 * (1 - p3)
                    ) / before
                    step = off / max(slope, 1e-6)
                    x = min(max(x - step, -6.0), 8.0)
                    if abs(step) < 1e-9:
                        break
                logit[t, s] = x
                f1, f2, f3 = joined[t, s], f1 * _sigmoid(x - penalties[0]), f2 * _sigmoid(x - penalties[1])
            else:  # nothing is known of who joined before; as many as now, less those who left
                f1, f2, f3 = joined[t, s], 0.85 * joined[t, s], 0.75 * joined[t, s]
                excess = (f1 + f2 + f3) / max(members[t, s], 1e-9)
                if excess > 0.9:
                    f1, f2, f3 = f1 * 0.9 / excess, f2 * 0.9 / excess, f3 * 0.9 / excess
            known = True
            fresh[t, s, 0], fresh[t, s, 1], fresh[t, s, 2] = f1, f2, f3
    return fresh, logit
