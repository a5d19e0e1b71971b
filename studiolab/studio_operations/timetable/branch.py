"""The proof by parts: a class is with one instructor on one day, or it is not; each part has its own bound.

A part ends when its prices show that it holds nothing better, or when CP-SAT has searched the little it holds. What is
looked through on the way is often where a better timetable is found. Source: Land & Doig 1960; Fisher 1981 for bounds
by prices within it.
"""

import numpy as np

from studiolab.studio_operations.timetable import bound, certify, search

ROUNDS = 60  # of prices in a part
LOOK = 500  # rounds of ruin and recreate in a part
FEW = 60  # choices that CP-SAT searches to the end
STEP = 0.5  # share of a full step of prices that a part begins with
UNDECIDED = 0.1  # share of the time that an instructor's day is used, or is not
SETTLED = 0.02  # share of a class that may lie elsewhere where it counts as settled


def settle(run):
    """Go through all that may be better than the best known; whether nothing is left, which proves it.

    run : the run of `solve`, whose best timetable and bound are brought up to date
    """
    limit, alive, count = run.bound, run.alive(), np.floor(run.dual.days[3])
    parts = [(alive, run.dual._replace(days=np.array([0.0, count + more, sense, 0.0])))
             for more, sense in ((0, 1.0), (1, -1.0))]  # fmt: skip
    while parts:
        run.say(run.share)
        alive, dual = parts.pop()
        dual = dual._replace(**{name: getattr(dual, name).copy() for name in dual._fields if name != "watched"})
        value, left, use = _priced(run, alive, dual)
        if left is None:
            continue
        run.look_among(left, LOOK, run.share)
        goal = run.top + run.step
        if value < goal - 1e-3:
            continue
        divided = _halves(run, left, use, dual)
        if divided is None or left.sum() <= FEW:
            said, placed = certify.beyond(run.a, left, goal, value, run.seconds - run.used(), run.seed)
            if placed is not None:
                run.keep(search.restore(run.a, placed)[1], placed, "CP-SAT")
            if said in ("none", "best"):
                continue
            if divided is None:
                return False
        parts += divided
    run.bound = min(limit, float(run.top))
    return True


def _priced(run, alive, dual):
    """Bound of a part, what of it may be better, and where its classes were; None where nothing may."""
    bounds, row, worth, place = bound.chances(run.a, alive)
    goal = float(run.top + run.step)
    if not len(row) or not alive.any():
        return 0.0, None, None
    dual.pace[:] = STEP, 0.0, np.inf
    kept = bound.prices_of(dual)
    use = np.zeros((len(run.a.length) + 1, len(run.a.open_until), 7))
    value = bound.tighten(run.a, run.lengths, row, worth, bounds, dual, kept, use, goal - 1.0, ROUNDS)
    if value < goal - 1e-3:
        return value, None, None
    left = bound.surviving(run.a, run.lengths, row, worth, place, bounds, kept, dual.watched, dual.forced, value, goal)
    return value, (left if left.any() else None), use


def _halves(run, left, use, dual):
    """Two parts that hold all of a part between them: an instructor's day without and with classes, or a class on the
    day it is on most and elsewhere. None where nothing is undecided."""
    owner, start, person = run.choices
    on = start // run.a.day
    open_ = np.where(dual.forced, 1.0, use[-1])
    who, day = divmod(int(np.abs(open_ - 0.5).argmin()), 7)
    if UNDECIDED < open_[who, day] < 1 - UNDECIDED:
        forced = dual.forced.copy()
        forced[who, day] = True
        return [(left & ~((person == who) & (on == day)), dual), (left, dual._replace(forced=forced))]
    use = use[:-1]
    total, most = use.sum(axis=(1, 2)), use.reshape(len(use), -1).max(axis=1)
    elsewhere = np.where(total > SETTLED, 1 - most / np.maximum(total, SETTLED), 0.0)
    for c in np.argsort(-elsewhere):
        if elsewhere[c] <= SETTLED:
            return None
        who, day = divmod(int(use[c].argmax()), 7)
        mine, there = owner == c, (person == who) & (on == day)
        if (left & mine & there).any() and (left & mine & ~there).any():
            return [(left & ~(mine & there), dual), (left & (~mine | there), dual)]
    return None
