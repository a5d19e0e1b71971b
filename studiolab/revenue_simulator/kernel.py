"""The structural model's months, compiled: one studio-month in a fraction of a microsecond.

The fitted flows of all studios lie in a `Fitted`; `rollout` walks rows of (studio, origin, plan) forward. `flows`
says what each flow depends on.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from studiolab.revenue_simulator import flows
from studiolab.revenue_simulator.flows import ATTENDANCE, CLASSES, COHORTS, JOINS, PRICE, RETENTION, UPSELL, UTILIZATION

N = 7
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
    """Where rows begin: studio index (rows,), and numbers (rows, len(State)) in the order of `State`."""

    studio: np.ndarray
    numbers: np.ndarray


class State(NamedTuple):
    """Where one row begins: next calendar month 0 to 11, members, those who joined one to three months ago, log price
    members are used to, last fill, latent demand expected for the next month."""

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
def state_of(n):
    """State from a row of `Start.numbers`."""
    return State(int(n[0]), n[1], n[2], n[3], n[4], n[5], n[6], n[7])


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


# one month: first what levers and calendar say, then what the studio's people make of it --------------
@njit(inline="always")
def _gaps(own, used_to, price):
    """Log price against what members are used to, and against the studio's usual."""
    price = np.log(price)
    return min(max(price - used_to, -own.far), own.far), min(max(price - own.usual_price, -own.far), own.far)


@njit(inline="always")
def _pull(own, month, gap, level, memory):
    """Factor on those who are to join."""
    a, b, c = _joins(gap, level, memory)
    return np.exp(own.levels[month, 0] + own.joins_gap * a + own.joins_level * b + own.joins_memory * c)


@njit(inline="always")
def _loyalty(own, month, gap, memory, retention, utilization):
    """Odds of staying where classes were as full as usual."""
    a, b, _, _, e = _stay(gap, memory, 0.0, 0.0, utilization)
    return _odds(retention, own.levels[month, 1] + own.stay_gap * a + own.stay_memory * b + own.stay_utilization * e)


@njit(inline="always")
def _wish(own, month, memory, attendance, classes):
    """Visits of a member who has all classes to himself."""
    a, b, c = _visits(attendance, own.usual_attendance, classes, 1.0, own.usual_classes, memory)
    return np.exp(own.levels[month, 2] + own.visits_attendance * a + own.visits_classes * b + own.visits_memory * c)


@njit(inline="always")
def _spending(own, month, memory):
    """Retail money of a member."""
    return np.exp(own.levels[month, 3] + own.retail_memory * _retail(memory)[0]) * own.sells_retail


@njit(inline="always")
def _kept(own, before, f1, f2, f3, crowd, loyalty):
    """Who stays of all, and of those who joined one and two months before."""
    c, d = _stay(0.0, 0.0, crowd, own.usual_fill, 0.0)[2:4]
    odds = loyalty * np.exp(own.stay_crowd * c + own.stay_crowded * d)
    one, two = f1 * odds / (odds + own.odds_1), f2 * odds / (odds + own.odds_2)
    three = f3 * odds / (odds + own.odds_3)
    return (before - f1 - f2 - f3) * odds / (odds + 1) + one + two + three, one, two


@njit(inline="always")
def _visited(own, before, members, wish, spots):
    """Visits of the members on average there, in `spots` places."""
    shared = np.exp(own.visits_classes * _visits(1.0, 0.0, 1.0, before, 0.0, 0.0)[1])
    return _saturate((before + members) / 2 * wish * shared, spots, own.sharpness)


@njit(inline="always")
def _appetite(own, month, fill):
    """Logit by which add-ons sell better than the lever says."""
    return own.levels[month, 4] + own.upsell_fill * _upsell(fill, own.usual_fill)[0]


@njit(cache=True, error_model="numpy")
def walk(own, state, plan, out):
    """One row's months: plan (months, 7), price in major units; out (months, len(FIGURES)) is filled."""
    month, before, used_to, crowd, memory = state.month, state.members, state.used_to, state.crowd, state.memory
    f1, f2, f3 = state.fresh_1, state.fresh_2, state.fresh_3
    for h in range(len(plan)):
        gap, level = _gaps(own, used_to, plan[h, PRICE])
        joined = max(plan[h, JOINS], 0.0) * _pull(own, month, gap, level, memory)
        loyalty = _loyalty(own, month, gap, memory, plan[h, RETENTION], plan[h, UTILIZATION])
        kept, f2, f3 = _kept(own, before, f1, f2, f3, crowd, loyalty)
        f1, members, spots = joined, kept + joined, plan[h, CLASSES] * own.spots
        wish = _wish(own, month, memory, plan[h, ATTENDANCE], plan[h, CLASSES])
        visits = _visited(own, before, members, wish, spots)
        crowd = visits / spots
        odds = _odds(plan[h, UPSELL], _appetite(own, month, crowd))
        upsold = odds / (odds + 1)

        out[h, 1] = members
        out[h, 2] = kept / before
        out[h, 3] = joined
        out[h, 4] = visits
        out[h, 5] = crowd
        out[h, 6] = upsold
        out[h, 7] = members * plan[h, PRICE] * own.price_realised
        out[h, 8] = visits * own.per_visit
        out[h, 9] = joined * own.per_join
        out[h, 10] = members * _spending(own, month, memory)
        out[h, 11] = members * upsold * own.per_upsold
        out[h, 0] = out[h, 7] + out[h, 8] + out[h, 9] + out[h, 10] + out[h, 11]

        used_to += own.speed * gap
        before, memory, month = members, memory * own.memory_of, (month + 1) % 12


@njit(cache=True)
def rollout(fitted, start, plans):
    """(rows, months, len(FIGURES)) of plans (rows, months, 7)."""
    out = np.empty((plans.shape[0], plans.shape[1], 12))
    for row in range(plans.shape[0]):
        s = start.studio[row]
        walk(own_of(fitted.levels[s], fitted.numbers[s]), state_of(start.numbers[row]), plans[row], out[row])
    return out


@njit(cache=True, error_model="numpy")
def coalitions(levels, numbers, state, held, asked, counts, share):
    """Revenue, weighted by `counts` (months,), under each set of levers of `asked` beside the others of `held`.

    levels, numbers : of one studio, as `Fitted`; state : (len(State),); held, asked : (months, 7)
    share : (7, 2**7), how much the revenue of each set counts, for or against a lever
    Returns (2**7,), the highest bit of an index is the first lever, and `share` times it. The sets share what levers
    say of a month, which is worked out once for each way that a lever or two may stand; only people are followed
    through every set.
    """
    own, state, months = own_of(levels, numbers), state_of(state), len(held)
    either = (held, asked)
    joined, loyalty = np.empty((months, 2, 2)), np.empty((months, 2, 2, 2))
    wish, spending = np.empty((months, 2, 2)), np.empty(months)
    memory = state.memory
    used_to = np.full(2, state.used_to)
    for h in range(months):
        month = (state.month + h) % 12
        spending[h] = _spending(own, month, memory)
        for p in range(2):
            gap, level = _gaps(own, used_to[p], either[p][h, PRICE])
            pull = _pull(own, month, gap, level, memory)
            for i in range(2):
                joined[h, p, i] = max(either[i][h, JOINS], 0.0) * pull
                wish[h, p, i] = _wish(own, month, memory, either[p][h, ATTENDANCE], either[i][h, CLASSES])
                for j in range(2):
                    loyalty[h, p, i, j] = _loyalty(
                        own, month, gap, memory, either[i][h, RETENTION], either[j][h, UTILIZATION]
                    )
            used_to[p] += own.speed * gap
        memory *= own.memory_of
    worth = np.zeros(1 << N)
    without = 1 << (N - 1 - UPSELL)
    for k in range(1 << N):
        if k & without:
            continue
        r, p, a, j, u, c = _bit(k, RETENTION), _bit(k, PRICE), _bit(k, ATTENDANCE), _bit(k, JOINS), \
            _bit(k, UTILIZATION), _bit(k, CLASSES)  # fmt: skip
        before, crowd = state.members, state.crowd
        f1, f2, f3 = state.fresh_1, state.fresh_2, state.fresh_3
        for h in range(months):
            kept, f2, f3 = _kept(own, before, f1, f2, f3, crowd, loyalty[h, p, r, u])
            f1 = joined[h, p, j]
            members, spots = kept + f1, either[c][h, CLASSES] * own.spots
            visits = _visited(own, before, members, wish[h, a, c], spots)
            crowd = visits / spots
            before = members
            if counts[h] != 0.0:
                rest = members * (either[p][h, PRICE] * own.price_realised + spending[h])
                rest += visits * own.per_visit + f1 * own.per_join
                more = np.exp(_appetite(own, (state.month + h) % 12, crowd))
                for i in range(2):
                    odds = _odds(either[i][h, UPSELL], 0.0) * more
                    worth[k | without * i] += counts[h] * (rest + members * odds / (odds + 1) * own.per_upsold)
    values = np.zeros(len(share))
    for i in range(len(share)):
        for k in range(1 << N):
            values[i] += share[i, k] * worth[k]
    return worth, values


@njit(inline="always")
def _bit(k, lever):
    return (k >> (N - 1 - lever)) & 1


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
