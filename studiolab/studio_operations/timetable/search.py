"""Greedy insertion, and ruin-and-recreate above it: the compiled engines.

Some classes are taken out and put back where they are best now; what comes out a little worse is kept for a while, less
and less so. Source: Schrimpf et al. 2000, "Record breaking optimization results using the ruin and recreate
principle"; Christiaens & Vanden Berghe 2020 (blinks).
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from studiolab.studio_operations.timetable.problem import CONTINUED

OUT = -1
MOST_OUT = 64  # classes taken out at a time, at most
BLINK = 0.02  # probability to overlook a start
ENOUGH = 6  # equal places to choose from
UNPLACED_FIRST = 3  # draws in search of a class that is out of the week


class State(NamedTuple):
    """start, room, person, worth : (n,) of each class, -1 where it is not placed; worth of the three
    in_room, with_person : (r, u), (i, u) class that takes the unit, -1 for none; at_once : (s, u) classes
    days : (i, 7) classes of an instructor's day
    """

    start: np.ndarray
    room: np.ndarray
    person: np.ndarray
    worth: np.ndarray
    in_room: np.ndarray
    with_person: np.ndarray
    at_once: np.ndarray
    days: np.ndarray


def empty(arrays):
    """State without a placed class."""
    n, week = len(arrays.length), 7 * arrays.day
    return State(
        *(np.full(n, OUT, np.int64) for _ in range(4)),
        np.full((len(arrays.site_of), week), OUT, np.int32),
        np.full((len(arrays.open_until), week), OUT, np.int32),
        np.zeros((len(arrays.limit), week), np.int32),
        np.zeros((len(arrays.open_until), 7), np.int64),
    )


def mixed(arrays, rng, alive=None):
    """`arrays` with starts of equal worth in any order, so that not the first hours of a week are tried first.

    alive : (m,) bool, of `Arrays.able_choice`; who is not alive is left out, and starts with nobody are
    """
    of = np.repeat(np.arange(len(arrays.length)), np.diff(arrays.slots))
    left = np.diff(arrays.able)
    if alive is not None:
        running = np.concatenate([[0], np.cumsum(alive, dtype=np.int32)])
        left = running[arrays.able[1:]] - running[arrays.able[:-1]]
    order = np.lexsort((rng.random(len(of)), -arrays.slot_worth, of))
    order = order[left[order] > 0]
    able, choice = _gathered(arrays, order, left, np.empty(0, np.bool_) if alive is None else alive)
    slots = np.concatenate([[0], np.cumsum(np.bincount(of[order], minlength=len(arrays.length)))])
    return arrays._replace(
        slots=slots, slot_start=arrays.slot_start[order], slot_worth=arrays.slot_worth[order],
        able=able, able_choice=choice,
    )  # fmt: skip


@njit(cache=True, nogil=True)
def _gathered(a, order, left, alive):
    """`able` and `able_choice` for the rows of `order`."""
    able = np.zeros(len(order) + 1, np.int64)
    for n in range(len(order)):
        able[n + 1] = able[n] + left[order[n]]
    choice, at = np.empty(able[-1], np.uint16), 0
    for k in order:
        for j in range(a.able[k], a.able[k + 1]):
            if len(alive) == 0 or alive[j]:
                choice[at] = a.able_choice[j]
                at += 1
    return able, choice


@njit(inline="always")
def _bonus(a, count):
    """What one more class brings to an instructor's day of `count`."""
    return a.continuity if 0 < count <= CONTINUED else 0


@njit(cache=True, nogil=True)
def put(a, s, c, start, room, person, worth):
    """Place a class; what that brings, with the worth of its start, room and instructor as given."""
    for unit in range(start, min(start + a.held[c], s.in_room.shape[1])):
        s.in_room[room, unit] = c
    site, day = a.site_of[room], start // a.day
    for unit in range(start, start + a.length[c]):
        s.with_person[person, unit] = c
        s.at_once[site, unit] += 1
    s.start[c], s.room[c], s.person[c], s.worth[c] = start, room, person, worth
    s.days[person, day] += 1
    return a.placed[c] + worth + _bonus(a, s.days[person, day] - 1)


@njit(cache=True, nogil=True)
def put_if_free(a, s, c, start, room, person, worth):
    """`put` where room, site and instructor are free; what that brings, 0 where they are not."""
    site, ready = a.site_of[room], a.open_until[person, start] >= start + a.length[c]
    if not (ready and _room_is_free(a, s, c, start, room) and _person_is_free(a, s, c, start, person, site)):
        return 0
    return put(a, s, c, start, room, person, worth)


def worth_of(arrays, c, start, room, person):
    """Worth of a start, room and instructor for class c, -1 where one of them is not among its choices."""
    total = 0
    for bounds, what, worth, value in (
        (arrays.slots, arrays.slot_start, arrays.slot_worth, start),
        (arrays.rooms, arrays.room_of, arrays.room_worth, room),
        (arrays.people, arrays.person_of, arrays.person_worth, person),
    ):
        at = np.flatnonzero(what[bounds[c] : bounds[c + 1]] == value)
        if not len(at):
            return -1
        total += int(worth[bounds[c] + at[0]])
    return total


def possible(arrays):
    """Classes that have a start with somebody to teach, and a room."""
    return np.flatnonzero(
        (arrays.able[arrays.slots[1:]] > arrays.able[arrays.slots[:-1]]) & (np.diff(arrays.rooms) > 0)
    )


def restore(arrays, placed):
    """State of (4, n) start, room, person, worth, as `improve` keeps them, and its points."""
    state, total = empty(arrays), 0
    for c in np.flatnonzero(placed[0] != OUT):
        total += put(arrays, state, c, *placed[:, c])
    return state, total


@njit(cache=True, nogil=True)
def take(a, s, c):
    """Take a placed class out; what that costs."""
    start, room, person = s.start[c], s.room[c], s.person[c]
    for unit in range(start, min(start + a.held[c], s.in_room.shape[1])):
        s.in_room[room, unit] = OUT
    site, day = a.site_of[room], start // a.day
    for unit in range(start, start + a.length[c]):
        s.with_person[person, unit] = OUT
        s.at_once[site, unit] -= 1
    s.start[c], s.room[c], s.person[c] = OUT, OUT, OUT
    s.days[person, day] -= 1
    return a.placed[c] + s.worth[c] + _bonus(a, s.days[person, day])


@njit(cache=True, nogil=True)
def _room_is_free(a, s, c, start, room):
    for unit in range(start, min(start + a.held[c], s.in_room.shape[1])):
        if s.in_room[room, unit] != OUT:
            return False
    site = a.site_of[room]
    if a.limit[site] < len(a.site_of):
        for unit in range(start, start + a.length[c]):
            if s.at_once[site, unit] >= a.limit[site]:
                return False
    return True


@njit(cache=True, nogil=True)
def _person_is_free(a, s, c, start, person, site):
    end = start + a.length[c]
    for unit in range(start, end):
        if s.with_person[person, unit] != OUT:
            return False
    if a.travel:
        today = start // a.day * a.day
        for unit in range(max(today, start - a.travel), min(today + a.day, end + a.travel)):
            other = s.with_person[person, unit]
            if other != OUT and a.site_of[s.room[other]] != site:
                return False
    return True


@njit(cache=True, nogil=True)
def _best_person(a, s, c, k, site, by_chance, rng):
    """Worth and instructor that suit row k of starts best; -1 where nobody is free."""
    low, high, day = a.able[k], a.able[k + 1], a.slot_start[k] // a.day
    best, who = -1, OUT
    if low == high:
        return best, who
    first = a.people[c]
    most, turn = (
        a.person_worth[first + a.able_choice[low]] + a.continuity,
        rng.integers(low, high) if by_chance else low,
    )
    for j in range(turn, turn + high - low):
        j = j if j < high else j - (high - low)
        person = a.person_of[first + a.able_choice[j]]
        worth = a.person_worth[first + a.able_choice[j]] + _bonus(a, s.days[person, day])
        if worth > best and _person_is_free(a, s, c, a.slot_start[k], person, site):
            best, who = worth, person
            if worth == most:
                break
    return best, who


@njit(cache=True, nogil=True)
def insert(a, s, c, blink, rng):
    """Place class c where it brings most; what that brings, 0 where there is no place.

    blink : probability to overlook a start; above 0, equal places are chosen from by chance, else the first is taken
    """
    best, at, where, who, ties = -1, OUT, OUT, OUT, 0
    first_room, first_person = a.rooms[c], a.people[c]
    if first_room == a.rooms[c + 1] or first_person == a.people[c + 1]:
        return 0
    beside = a.room_worth[first_room] + a.person_worth[first_person] + a.continuity
    for k in range(a.slots[c], a.slots[c + 1]):
        if a.slot_worth[k] + beside < best or (blink == 0 and a.slot_worth[k] + beside == best):
            break
        if blink > 0 and rng.random() < blink:
            continue
        start, site = a.slot_start[k], OUT
        for m in range(first_room, a.rooms[c + 1]):
            room = a.room_of[m]
            most = a.slot_worth[k] + a.room_worth[m] + a.person_worth[first_person] + a.continuity
            if most < best:
                break
            if a.site_of[room] == site or not _room_is_free(a, s, c, start, room):
                continue
            site = a.site_of[room]
            worth, person = _best_person(a, s, c, k, site, blink > 0, rng)
            if person == OUT:
                continue
            worth += a.slot_worth[k] + a.room_worth[m]
            if worth > best:
                best, at, where, who, ties = worth, start, room, person, 1
            elif worth == best and blink > 0:
                ties += 1
                if rng.random() * ties < 1:
                    at, where, who = start, room, person
                if ties >= ENOUGH:
                    beside = -1  # worth less than anything: the search ends here
            if len(a.limit) == 1:
                break
    if best < 0:
        return 0
    return put(a, s, c, at, where, who, best - _bonus(a, s.days[who, at // a.day]))


@njit(cache=True, nogil=True)
def greedy(a, s, order, rng):
    """Place the classes of `order` one after the other where each brings most then, as the document's optimizer does.

    rng : Generator, not drawn from. Returns what they bring.
    """
    total = 0
    for c in order:
        if s.start[c] == OUT:
            total += insert(a, s, c, 0.0, rng)
    return total


@njit(cache=True, nogil=True)
def _take_out(a, s, c, out, count):
    """Note class c in the next free row of `out` and take it from the week; rows used then, and what that costs."""
    if count >= MOST_OUT:
        return count, 0
    for k in range(count):
        if out[k, 0] == c:
            return count, 0
    out[count, 0], out[count, 1], out[count, 2], out[count, 3], out[count, 4] = (
        c, s.start[c], s.room[c], s.person[c], s.worth[c],
    )  # fmt: skip
    return count + 1, take(a, s, c) if s.start[c] != OUT else 0


@njit(cache=True, nogil=True)
def _clear_for(a, s, c, out, count, rng):
    """Take out what stands in the way of one of the best starts of class c, in one room, with one instructor."""
    reach = 1 + int((a.slots[c + 1] - a.slots[c]) * rng.random() ** 2)
    start = a.slot_start[rng.integers(a.slots[c], min(a.slots[c + 1], a.slots[c] + reach))]
    room = a.room_of[rng.integers(a.rooms[c], a.rooms[c + 1])]
    person = a.person_of[rng.integers(a.people[c], a.people[c + 1])]
    lost = 0
    for unit in range(start, min(start + a.held[c], s.in_room.shape[1])):
        if s.in_room[room, unit] != OUT:
            count, cost = _take_out(a, s, s.in_room[room, unit], out, count)
            lost += cost
        if unit < start + a.length[c] and s.with_person[person, unit] != OUT:
            count, cost = _take_out(a, s, s.with_person[person, unit], out, count)
            lost += cost
    return count, lost


@njit(cache=True, nogil=True)
def _clear_day(a, s, person, day, out, count):
    """Take out an instructor's day."""
    lost = 0
    for unit in range(day * a.day, (day + 1) * a.day):
        if s.with_person[person, unit] != OUT:
            count, cost = _take_out(a, s, s.with_person[person, unit], out, count)
            lost += cost
    return count, lost


@njit(cache=True, nogil=True)
def _ruin(a, s, c, size, out, possible, rng):
    """Take out class c and what is near it, about `size` classes; how many, and what that costs."""
    count, lost = _take_out(a, s, c, out, 0)
    kind = rng.random()
    for _ in range(3 * size):
        if count >= size:
            break
        near = out[rng.integers(0, count), 0]
        if kind < 0.45:
            count, cost = _clear_for(a, s, near, out, count, rng)
        elif kind < 0.75:
            person = a.person_of[rng.integers(a.people[near], a.people[near + 1])]
            count, cost = _clear_day(a, s, person, rng.integers(0, 7), out, count)
        else:
            count, cost = _take_out(a, s, possible[rng.integers(0, len(possible))], out, count)
        lost += cost
    return count, lost


@njit(cache=True, nogil=True)
def _recreate(a, s, out, count, rng):
    """Put back what is out, the first first or in any order; what that brings."""
    order = rng.permutation(np.arange(count))
    if rng.random() < 0.5:
        first = np.flatnonzero(order == 0)[0]
        order[first], order[0] = order[0], 0
    brought = 0
    for k in order:
        brought += insert(a, s, out[k, 0], BLINK, rng)
    return brought


@njit(cache=True, nogil=True)
def _undo(a, s, out, count):
    """Bring the classes of `out` back to where they were."""
    for k in range(count):
        if s.start[out[k, 0]] != OUT:
            take(a, s, out[k, 0])
    for k in range(count):
        if out[k, 1] != OUT:
            put(a, s, out[k, 0], out[k, 1], out[k, 2], out[k, 3], out[k, 4])


@njit(cache=True, nogil=True)
def improve(a, s, now, best, top, possible, rounds, warm, cold, size, rng):
    """Ruin and recreate `rounds` times; `s` becomes what was kept last and `best` what was best.

    now, top : points of s and best, thousandths; best : (4, n) start, room, person and worth
    possible : (m,) classes that have a start, a room and an instructor at all, m > 0
    warm, cold : thousandths of points, how much worse an answer may be in the first and the last round
    size : classes taken out at a time, at most about twice that; rng : Generator
    Returns now and top.
    """
    out = np.empty((MOST_OUT, 5), np.int64)
    for turn in range(rounds):
        heat = warm * (cold / warm) ** (turn / rounds)
        c = possible[rng.integers(0, len(possible))]
        for _ in range(UNPLACED_FIRST):
            if s.start[c] != OUT:
                c = possible[rng.integers(0, len(possible))]
        count, lost = _ruin(a, s, c, rng.integers(2, 2 * size), out, possible, rng)
        change = _recreate(a, s, out, count, rng) - lost
        if change < heat * np.log(rng.random()):
            _undo(a, s, out, count)
            continue
        now += change
        if now > top:
            top = now
            best[0], best[1], best[2], best[3] = s.start, s.room, s.person, s.worth
    return now, top
