"""The cheapest change of levers, compiled: the knapsack that `inverse` fills.

Costs are linear and revenue bends little, so the optimum fills one lever after the other in order of revenue per
money, nearly all of them to the brim (`_fill`). `cheapest` fills on a quadratic picture of revenue, corrects the
picture where that led, and fills again until it leads to the same place; `_fill` on revenue itself is the judge where
it does not settle. Changes of levers are shares, 0 to 1, of the room each has.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from studiolab.revenue_simulator.kernel import FIGURES, N, Own, State, own_of, state_of, walk

STEPS = 24  # of a lever's room, the finest that a choice between two levers looks at
CLOSE = 1e-6  # of the target
MET = 1 - 2 * CLOSE
GRID = 48  # of the way that `least` looks along
ROUNDS = 4
SETTLED = 1e-3  # of the cost


class Case(NamedTuple):
    """What is asked. levels, numbers : of the studio, as kernel.Fitted; state : (len(kernel.State),); held, room,
    cost : (7,) where the levers stand, how far each may go (negative for one that goes down, 0 for one that stays),
    money for all of its room; ramp, counts : (months,) share of a change made by each month, weight of its revenue in
    the target; plan (months, 7) and out (months, FIGURES) are scratch."""

    levels: np.ndarray
    numbers: np.ndarray
    state: np.ndarray
    held: np.ndarray
    room: np.ndarray
    cost: np.ndarray
    ramp: np.ndarray
    counts: np.ndarray
    plan: np.ndarray
    out: np.ndarray


class _Inside(NamedTuple):
    """A Case as compiled code hands it on: the studio in plain numbers, which are quick to pass there and slow here."""

    own: Own
    state: State
    held: np.ndarray
    room: np.ndarray
    cost: np.ndarray
    ramp: np.ndarray
    counts: np.ndarray
    plan: np.ndarray
    out: np.ndarray


class Picture(NamedTuple):
    """Revenue as slope @ x + x @ bend @ x + level[0]."""

    level: np.ndarray
    slope: np.ndarray
    bend: np.ndarray


def case(fitted, studio, state, held, room, cost, ramp, counts):
    """Case of the studio of this index, with its scratch space."""
    parts = (np.ascontiguousarray(part, float) for part in (held, room, cost, ramp, counts))
    of = fitted.levels[studio], fitted.numbers[studio], state
    return Case(*of, *parts, np.empty((len(ramp), N)), np.empty((len(ramp), len(FIGURES))))


@njit(inline="always")
def _inside(case):
    own, state = own_of(case.levels, case.numbers), state_of(case.state)
    return _Inside(own, state, case.held, case.room, case.cost, case.ramp, case.counts, case.plan, case.out)


@njit(cache=True)
def revenue(case, x):
    """Revenue, major units, of the months counted, after changes x (7,)."""
    return _revenue(_inside(case), x)


@njit(cache=True)
def _revenue(case, x):
    for h in range(len(case.ramp)):
        for i in range(N):
            case.plan[h, i] = case.held[i] + x[i] * case.room[i] * case.ramp[h]
    walk(case.own, case.state, case.plan, case.out)
    total = 0.0
    for h in range(len(case.ramp)):
        total += case.counts[h] * case.out[h, 0]
    return total


@njit(cache=True)
def cheapest(asked, target, least):
    """Changes (7,) that reach `target` at least cost, or those that bring most, and their revenue.

    target : in the unit of `revenue`, inf for as much as there is; least : revenue that a unit of money must bring
    to be spent, 0 for any.
    """
    case, needed = _inside(asked), target * MET if target < np.inf else 0.0
    picture, free, most = _picture(case), case.room != 0.0, -1.0
    x = _choose(case, picture, free, target, least)
    best = x
    if _at(picture, x) < needed:
        best, most = _highest(case, picture, x)
        if most < needed:
            return best, most
    x, now = _settle(case, picture, x, free, target, least)
    if now >= needed:
        return x, now
    if most < 0:
        best, most = _highest(case, picture, x)
    return (best, most) if most < needed else _back(case, x, best, target)


@njit(cache=True)
def _settle(case, picture, x, free, target, least):
    """Corrects the picture at x (7,), fills again, and so on until that leads to the same place; `_fill` if it never
    does."""
    spent = -1.0
    for k in range(ROUNDS):
        if k > 0:
            x, _ = _fill_picture(case, picture, free, target, least)
        now = _revenue(case, x)
        _correct(case, picture, x, now)
        before, spent = spent, (x * case.cost).sum()
        near = target == np.inf or now < target * 0.98 or abs(now - target) < 1e-3 * target
        if near and abs(spent - before) <= SETTLED * spent:
            if now < target * 1.02:
                x, now = _touch(case, picture, x, now, target)
            if now >= target or now < target * 0.98:
                return x, now
    return _fill(case, case.room != 0.0, target, least)


@njit(cache=True)
def least(asked, x, way, start, target):
    """The least part, `start` to 1, of `way` (7,) by which changes x (7,) must grow to bring `target`, looked for on a
    grid; NaN if none does."""
    case, before = _inside(asked), start
    for k in range(1, GRID + 1):
        part = start + (1.0 - start) * k / GRID
        if _revenue(case, x + part * way) >= target:
            for _ in range(20):
                middle = (before + part) / 2
                if _revenue(case, x + middle * way) >= target:
                    part = middle
                else:
                    before = middle
            return part
        before = part
    return np.nan


@njit(cache=True)
def _choose(case, picture, free, target, least):
    """The cheapest of fills on the picture that leave out one lever after the other, out of `free` (7,) as well: two
    levers that get in each other's way may cost more together than one of them alone."""
    best, now = _fill_picture(case, picture, free, target, least)
    if target == np.inf or now < target:
        return best
    better = True
    while better:
        better = False
        for i in range(N):
            if free[i] and best[i] > 0.0:
                free[i] = False
                x, now = _fill_picture(case, picture, free, target, least)
                better = now >= target and (x * case.cost).sum() < (best * case.cost).sum() * (1 - 1e-9)
                if better:
                    best = x
                    break
                free[i] = True
    return best


@njit(cache=True)
def _fill_picture(case, picture, free, target, least):
    """As `cheapest`, on the picture, one `free` (7,) lever after the other, each as far as it is worth most."""
    x, slope, now = np.zeros(N), picture.slope.copy(), picture.level[0]
    cost, bend = np.maximum(case.cost, 1e-12), picture.bend
    while now < target:
        best, most = -1, least
        for i in range(N):
            if free[i] and x[i] < 1 - 1e-9 and slope[i] / cost[i] > most:
                best, most = i, slope[i] / cost[i]
        if best < 0:
            break
        step, falls = 1.0 - x[best], 2 * bend[best, best] / cost[best]
        if falls < 0:
            step = min(step, max((least - most) / falls, 1.0 / STEPS))
        for j in range(N):
            if j != best and free[j] and x[j] < 1 - 1e-9:
                closer = 2 * bend[best, j] / cost[j] - falls
                if closer > 0:
                    step = min(step, max((most - slope[j] / cost[j]) / closer, 1.0 / STEPS))
        step = min(step, 1.0 - x[best])
        gain = slope[best] * step + bend[best, best] * step**2
        if now + gain >= target:
            wanted, curve = target - now, bend[best, best]
            step = min(step, 2 * wanted / (slope[best] + np.sqrt(max(slope[best] ** 2 + 4 * curve * wanted, 0.0))))
            gain = wanted
        x[best] += step
        slope += 2 * bend[best] * step
        now += gain
    return x, now


@njit(cache=True)
def _fill(case, free, target, least):
    """As `cheapest`, one `free` (7,) lever after the other, on revenue itself."""
    x, worth = np.zeros(N), np.empty(N)
    now = _revenue(case, x)
    _worths(case, free, x, now, worth)
    while now < target:
        best = int(np.argmax(worth))
        if not worth[best] > least:
            break
        at, step = x[best], 1.0 - x[best]
        while True:
            fine = step <= 1.0001 / STEPS
            x[best] = at + step
            then = _revenue(case, x)
            if then >= target:
                x[best], then = _land(case, x, best, at, now, then, target)
            if then > now or fine:
                _worths(case, free, x, then, worth)
                if fine or _last(case, x, best, then) >= max(worth.max(), least):
                    break
            step = min(max((x[best] - at) / 2, 1.0 / STEPS), 1.0 - at)
        now = then
    return x, now


@njit(cache=True)
def _at(picture, x):
    """Revenue as the picture has it."""
    total = picture.level[0]
    for i in range(N):
        if x[i] != 0.0:
            part = picture.slope[i]
            for j in range(N):
                part += picture.bend[i, j] * x[j]
            total += x[i] * part
    return total


@njit(cache=True)
def _worths(case, free, x, now, worth):
    """Revenue per money of the next small step of each lever, into `worth` (7,); -1 where there is none."""
    for i in range(N):
        at, worth[i] = x[i], -1.0
        if free[i] and at < 1 - 1e-9:
            x[i] = min(at + 1.0 / STEPS, 1.0)
            gain, part = _revenue(case, x) - now, x[i] - at
            x[i] = at
            worth[i] = gain / max(case.cost[i] * part, 1e-12)


@njit(cache=True)
def _last(case, x, i, now):
    """Revenue per money of the last small step of lever `i`."""
    at = x[i]
    x[i] = max(at - 1.0 / STEPS, 0.0)
    gain, part = now - _revenue(case, x), at - x[i]
    x[i] = at
    return gain / max(case.cost[i] * part, 1e-12)


@njit(cache=True)
def _land(case, x, i, low, short, beyond, target):
    """Where lever `i`, between `low` and x[i], just meets the target, and revenue there: regula falsi (Illinois)."""
    high, under, over, side, met = x[i], short - target, beyond - target, 0, beyond
    start = high
    for _ in range(40):
        if over <= CLOSE * target:
            break
        middle = low + (high - low) * under / (under - over)
        x[i] = middle
        off = _revenue(case, x) - target
        if off >= 0:
            under = under / 2 if side == 1 else under
            high, over, met, side = middle, off, off + target, 1
        else:
            over = over / 2 if side == -1 else over
            low, under, side = middle, off, -1
    x[i] = start
    return high, met


@njit(cache=True)
def _picture(case):
    """Picture through revenue at no change, at half and all of each lever, and at all of each two."""
    x, level, slope, bend = np.zeros(N), np.zeros(1), np.zeros(N), np.zeros((N, N))
    level[0] = _revenue(case, x)
    full = np.zeros(N)
    for i in range(N):
        if case.room[i] != 0.0:
            x[i] = 0.5
            half = _revenue(case, x) - level[0]
            x[i] = 1.0
            full[i] = _revenue(case, x) - level[0]
            x[i] = 0.0
            slope[i], bend[i, i] = 4 * half - full[i], 2 * full[i] - 4 * half
    for i in range(N):
        for j in range(i):
            if case.room[i] != 0.0 and case.room[j] != 0.0:
                x[i], x[j] = 1.0, 1.0
                both = _revenue(case, x) - level[0] - full[i] - full[j]
                x[i], x[j] = 0.0, 0.0
                bend[i, j] = bend[j, i] = both / 2
    return Picture(level, slope, bend)


@njit(cache=True)
def _correct(case, picture, x, now):
    """Gives the picture the level and slopes that revenue has at x."""
    for i in range(N):
        if case.room[i] != 0.0:
            at = x[i]
            low, high = max(at - 0.5 / STEPS, 0.0), min(at + 0.5 / STEPS, 1.0)
            x[i] = high
            gain = _revenue(case, x) if high > at else now
            x[i] = low
            gain -= _revenue(case, x) if low < at else now
            x[i] = at
            known = picture.slope[i]
            for j in range(N):
                known += 2 * picture.bend[i, j] * (x[j] if j != i else (low + high) / 2)
            picture.slope[i] += gain / (high - low) - known
    picture.level[0] += now - _at(picture, x)


@njit(cache=True)
def _touch(case, picture, x, now, target):
    """Moves the lever that is neither empty nor full until the target is just met."""
    if target == np.inf or target <= now <= target * (1 + CLOSE):
        return x, now
    best, rest = -1, 1e-9
    for i in range(N):
        inside = min(x[i], 1 - x[i])
        if case.room[i] != 0.0 and inside > rest:
            best, rest = i, inside
    if best < 0:
        return x, now
    at = x[best]
    slope = picture.slope[best] + 2 * (picture.bend[best] * x).sum()
    if not slope > 0:
        return x, now
    for k in range(4):
        step = (target - now) / slope
        x[best] = min(max(at + step * (1.5 if k else 1.2) ** (k + 1), 0.0), 1.0)
        then = _revenue(case, x)
        if (then - target) * (now - target) <= 0:
            if then >= target:
                x[best], then = _land(case, x, best, at, now, then, target)
            else:
                low, high = x[best], at
                x[best] = high
                x[best], then = _land(case, x, best, low, then, now, target)
            return x, then
        if x[best] == 0.0 or x[best] == 1.0:
            break
    x[best] = at
    return x, now


@njit(cache=True)
def _back(case, short, beyond, target):
    """The point between two plans at which the target is met, by bisection, and revenue there."""
    low, high = 0.0, 1.0
    for _ in range(25):
        middle = (low + high) / 2
        met = _revenue(case, short + middle * (beyond - short)) >= target
        low, high = (low, middle) if met else (middle, high)
    x = short + high * (beyond - short)
    return x, _revenue(case, x)


@njit(cache=True)
def _highest(case, picture, x):
    """Changes (7,) that bring most revenue, and it: compass search from the better of `x` and the corner that is best
    on the picture."""
    corner, high, top, best, most = np.zeros(N), x, -np.inf, x.copy(), _revenue(case, x)
    for k in range(2**N):
        for i in range(N):
            corner[i] = float((k >> i) & 1) if case.room[i] != 0.0 else 0.0
        seen = _at(picture, corner)
        if seen > top:
            top, high = seen, corner.copy()
    now = _revenue(case, high)
    if now > most:
        best, most = high, now
    step = 0.25
    while step > 2e-4:
        found = False
        for i in range(N):
            for side in (-step, step):
                at = best[i]
                best[i] = min(max(at + side, 0.0), 1.0)
                now = _revenue(case, best) if case.room[i] != 0.0 and best[i] != at else most
                if now > most * (1 + 1e-12):
                    most, found = now, True
                else:
                    best[i] = at
        step = step if found else step / 4
    return best, most
