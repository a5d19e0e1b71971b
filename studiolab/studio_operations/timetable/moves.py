"""The moves of `anneal`, compiled: ten million and more tried in a second of one core.

Arrays are those of `anneal.Week` and `anneal.State`, in their order; they are arguments one by one, since taking one
out of a tuple takes longer than a move.
"""

import numpy as np
from numba import njit

from studiolab.studio_operations.timetable.courses import TOO_FEW_DAYS

KEEP, OWN = 0.3, 0.6  # share of moves to the same room; up to here, to a room of the course; the rest to any
ONE = 1 << 32
SHUT = 1000 * ONE


@njit(inline="always")
def _count(by, lecture, course, period, room, day, bit, rivals, curricula, near, bits, on, uses):
    """A lecture comes (by = 1) to a place or goes (-1) from it."""
    for i in range(1, rivals[course, 0] + 1):
        near[rivals[course, i], period] += by * (ONE + lecture)
    for i in range(1, curricula[course, 0] + 1):
        bits[curricula[course, i], day[period]] ^= bit[period]
    held = on[course, day[period]]
    on[course, day[period]] = held + by
    on[course, -1] += by * (min(held, held + by) == 0)
    uses[course, room] += by


@njit(inline="always")
def _room_change(course, old, new, excess, uses):
    """Points of a lecture's going to another room: seats and stability."""
    rooms = (uses[course, new] == 0) - (uses[course, old] == 1)
    return (old != new) * (excess[course, new] - excess[course, old] + rooms)


@njit(inline="always")
def _period_change(course, old, new, day, bit, min_days, curricula, alone, bits, on):
    """Points of a lecture's going to another period: days and isolated lectures.

    A curriculum that is taught there already swaps two of its lectures, and nothing changes for it.
    """
    from_day, to_day = day[old], day[new]
    change = 0
    if from_day != to_day:
        short = min_days[course] - on[course, -1]
        after = short + (on[course, from_day] == 1) - (on[course, to_day] == 0)
        change = TOO_FEW_DAYS * (max(after, 0) - max(short, 0))
    for i in range(1, curricula[course, 0] + 1):
        curriculum = curricula[course, i]
        before, there = bits[curriculum, from_day], bits[curriculum, to_day]
        if there & bit[new]:
            continue
        if from_day == to_day:
            change += alone[before ^ bit[old] ^ bit[new]] - alone[before]
        else:
            change += alone[before ^ bit[old]] - alone[before] + alone[there ^ bit[new]] - alone[there]
    return change


@njit(inline="always")
def _any_room(here, course, draw, first, room, rooms):
    """A room by a draw from [0, 1): the lecture's own, one of its course, or any."""
    new = here
    if draw >= OWN:
        new = int((draw - OWN) / (1 - OWN) * rooms)
    elif draw >= KEEP:
        new = room[first[course] + int((draw - KEEP) / (OWN - KEEP) * (first[course + 1] - first[course]))]
    return new


@njit(cache=True, error_model="numpy", _nrt=False)  # counting references to arrays takes a third of the time
def walk(
    rng, chance, moves, points, best, best_period, best_room,
    course, first, min_days, excess, rivals, curricula, day, bit, alone, period, room, held, near, bits, on, uses,
):  # fmt: skip
    """Try moves; one that costs n points more is taken with chance[n]. Returns (points, best), and sets the best."""
    for _ in range(moves):
        draw = rng.random() * len(course)
        lecture = int(draw)
        to = int((draw - lecture) * near.shape[1])
        own, old, here = course[lecture], period[lecture], room[lecture]
        in_the_way = near[own, to]
        if in_the_way >= 2 * ONE:
            continue
        draw = rng.random()
        if in_the_way > 0 and to != old:
            other = in_the_way - ONE
            new, back = room[other], here
            if course[other] == own or near[course[other], old] >= 2 * ONE:
                continue
            if draw < KEEP:
                back = new if held[old, new] < 0 else back
                new = here if held[to, here] < 0 else new
        else:
            new, back = _any_room(here, own, draw, first, room, held.shape[1]), here
            other = np.int64(held[to, new])
            if other == lecture or (other >= 0 and to != old and near[course[other], old] > 0):
                continue
        change = _room_change(own, here, new, excess, uses)
        if to != old:
            change += _period_change(own, old, to, day, bit, min_days, curricula, alone, bits, on)
        if other >= 0:
            theirs, there = course[other], room[other]
            change += _room_change(theirs, there, back, excess, uses)
            if to != old:
                change += _period_change(theirs, to, old, day, bit, min_days, curricula, alone, bits, on)
        if change > 0 and (change >= len(chance) or rng.random() >= chance[change]):
            continue
        _count(-1, lecture, own, old, here, day, bit, rivals, curricula, near, bits, on, uses)
        held[old, here] = -1
        if other >= 0:
            _count(-1, other, theirs, to, there, day, bit, rivals, curricula, near, bits, on, uses)
            _count(1, other, theirs, old, back, day, bit, rivals, curricula, near, bits, on, uses)
            held[to, there], held[old, back] = -1, other
            period[other], room[other] = old, back
        _count(1, lecture, own, to, new, day, bit, rivals, curricula, near, bits, on, uses)
        held[to, new], period[lecture], room[lecture] = lecture, to, new
        points += change
        if points < best:
            best = points
            for i in range(len(period)):
                best_period[i], best_room[i] = period[i], room[i]
    return points, best


@njit(cache=True, error_model="numpy")
def settle(
    rng, queue, waiting, patience, moves,
    course, first, min_days, excess, rivals, curricula, day, bit, alone, period, room, held, near, bits, on, uses,
):  # fmt: skip
    """Give lectures that wait a place, where the least is in the way, and what was there waits. Returns how many do.

    queue : (lectures,) of which the first `waiting` wait; patience : (courses,) how often each has waited, which is how
    much it is in the way of others; kept up
    """
    for _ in range(moves):
        if waiting == 0:
            break
        drawn = int(rng.random() * waiting)
        lecture = queue[drawn]
        own = course[lecture]
        to, new = _easiest(rng, own, patience, course, rivals, held, near)
        if to < 0:
            continue
        patience[own] += 1
        waiting -= 1
        queue[drawn] = queue[waiting]
        for i in range(held.shape[1]):
            other = held[to, i]
            if other >= 0 and (i == new or _are_rivals(own, course[other], rivals)):
                _count(-1, other, course[other], to, i, day, bit, rivals, curricula, near, bits, on, uses)
                held[to, i] = -1
                queue[waiting] = other
                waiting += 1
        _count(1, lecture, own, to, new, day, bit, rivals, curricula, near, bits, on, uses)
        held[to, new], period[lecture], room[lecture] = lecture, to, new
    return waiting


@njit(error_model="numpy")
def _easiest(rng, own, patience, course, rivals, held, near):
    """(period, room) of a course with the least in the way, ties by lot; -1 where it can never be held."""
    to, new, least = -1, -1, np.inf
    for slot in range(len(held)):
        if near[own, slot] >= SHUT:
            continue
        rivalry, easiest, where = 0.0, np.inf, -1
        for i in range(held.shape[1]):
            other = held[slot, i]
            rival = other >= 0 and _are_rivals(own, course[other], rivals)
            price = patience[course[other]] if other >= 0 else 0.0
            rivalry += price * rival
            this_room = price * (not rival) + rng.random()
            if this_room < easiest:
                easiest, where = this_room, i
        if rivalry + easiest < least:
            to, new, least = slot, where, rivalry + easiest
    return to, new


@njit(error_model="numpy")
def _are_rivals(one, other, rivals):
    return (rivals[one, 1 : 1 + rivals[one, 0]] == other).any()
