"""The structural model's months, compiled: one studio-month in a fraction of a microsecond.

The fitted flows of all studios lie in a `Fitted` of plain arrays; `rollout` walks rows of (studio, origin, plan)
forward. `flows` says what each flow depends on.
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
    """What `Structural` has learned, as arrays.

    level_... : (studios, 12) a flow's linear predictor by calendar month before its covariates
    joins_price : (studios, 2) own slopes of joins on price gap and level; stay_gap : (studios,) of staying on the gap
    c_... : shared slopes in the order of `flows`; usual : (studios, 4) fill, log attendance, log classes a member,
        log price; spots : (studios,) places a class
    money : (studios, 5) realised share of the price, per drop-in visit, per join, retail 0 or 1, per add-on
    shared : speed of getting used to a price, sharpness, memory of demand, farthest log price gap
    penalties : (COHORTS,) of recent joiners on the logit of staying
    """

    level_joins: np.ndarray
    level_stay: np.ndarray
    level_visits: np.ndarray
    level_retail: np.ndarray
    level_upsell: np.ndarray
    joins_price: np.ndarray
    stay_gap: np.ndarray
    c_joins: np.ndarray
    c_stay: np.ndarray
    c_visits: np.ndarray
    c_retail: np.ndarray
    c_upsell: np.ndarray
    usual: np.ndarray
    spots: np.ndarray
    money: np.ndarray
    shared: np.ndarray
    penalties: np.ndarray


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


@njit(inline="always")
def _sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


@njit(inline="always")
def _logit(p):
    p = min(max(p, 1e-4), 1 - 1e-4)
    return np.log(p / (1 - p))


@njit(cache=True, error_model="numpy")
def walk(fitted, start, row, plan, out):
    """One row's months: plan (months, 7), price in major units; out (months, len(FIGURES)) is filled."""
    s, month = start.studio[row], start.month[row]
    before, used_to = start.members[row], start.used_to[row]
    crowd, memory = start.crowd[row], start.memory[row]
    f1, f2, f3 = start.fresh[row, 0], start.fresh[row, 1], start.fresh[row, 2]
    speed, sharpness, memory_of, far = fitted.shared
    usual_fill, usual_attendance, usual_classes, usual_price = fitted.usual[s]
    cj, cs, cv, cr, cu = fitted.c_joins, fitted.c_stay, fitted.c_visits, fitted.c_retail, fitted.c_upsell
    for h in range(len(plan)):
        price = np.log(plan[h, PRICE])
        gap = min(max(price - used_to, -far), far)
        level = min(max(price - usual_price, -far), far)

        a, b, c = _joins(gap, level, memory)
        pull = (
            fitted.level_joins[s, month]
            + (cj[0] + fitted.joins_price[s, 0]) * a
            + (cj[1] + fitted.joins_price[s, 1]) * b
            + cj[2] * c
        )
        joined = max(plan[h, JOINS], 0.0) * np.exp(pull)

        a, b, c, d, e = _stay(gap, memory, crowd, usual_fill, plan[h, UTILIZATION])
        stays = (_logit(plan[h, RETENTION]) + fitted.level_stay[s, month]
                 + (cs[0] + fitted.stay_gap[s]) * a + cs[1] * b + cs[2] * c + cs[3] * d + cs[4] * e)  # fmt: skip
        p1, p2, p3 = (_sigmoid(stays - fitted.penalties[0]), _sigmoid(stays - fitted.penalties[1]),
                      _sigmoid(stays - fitted.penalties[2]))  # fmt: skip
        kept = (before - f1 - f2 - f3) * _sigmoid(stays) + f1 * p1 + f2 * p2 + f3 * p3
        f1, f2, f3 = joined, f1 * p1, f2 * p2
        members = kept + joined

        a, b, c = _visits(plan[h, ATTENDANCE], usual_attendance, plan[h, CLASSES], before, usual_classes, memory)
        come = (before + members) / 2 * np.exp(fitted.level_visits[s, month] + cv[0] * a + cv[1] * b + cv[2] * c)
        spots = plan[h, CLASSES] * fitted.spots[s]
        visits = _saturate(come, spots, sharpness)
        fill = visits / spots
        upsold = _sigmoid(
            _logit(plan[h, UPSELL]) + fitted.level_upsell[s, month] + cu[0] * _upsell(fill, usual_fill)[0]
        )

        out[h, 1] = members
        out[h, 2] = kept / before
        out[h, 3] = joined
        out[h, 4] = visits
        out[h, 5] = fill
        out[h, 6] = upsold
        out[h, 7] = members * plan[h, PRICE] * fitted.money[s, 0]
        out[h, 8] = visits * fitted.money[s, 1]
        out[h, 9] = joined * fitted.money[s, 2]
        out[h, 10] = members * np.exp(fitted.level_retail[s, month] + cr[0] * _retail(memory)[0]) * fitted.money[s, 3]
        out[h, 11] = members * upsold * fitted.money[s, 4]
        out[h, 0] = out[h, 7] + out[h, 8] + out[h, 9] + out[h, 10] + out[h, 11]

        used_to += speed * gap
        before, crowd, memory, month = members, fill, memory * memory_of, (month + 1) % 12


@njit(cache=True)
def rollout(fitted, start, plans):
    """(rows, months, len(FIGURES)) of plans (rows, months, 7)."""
    out = np.empty((plans.shape[0], plans.shape[1], 12))
    for row in range(plans.shape[0]):
        walk(fitted, start, row, plans[row], out[row])
    return out


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
