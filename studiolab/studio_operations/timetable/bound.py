"""What no timetable can exceed: an LP bound by its Lagrangian dual.

Classes are told prices for being held once, rooms and sites for each unit of time. Every instructor's day is then
planned by itself, exactly, by dynamic programming over its units and the classes before; what all days earn together
with the prices is a bound for any prices, and the best prices give the value of the linear programme over instructors'
days. Source: Held, Wolfe & Crowder 1974 (subgradient steps); Barnhart et al. 1998 for the programme over columns.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from studiolab.studio_operations.timetable import workday
from studiolab.studio_operations.timetable.problem import CONTINUED
from studiolab.studio_operations.timetable.workday import NONE, WATCHED

PATIENCE = 10  # rounds without a better bound until steps are shortened
SHORTER = 0.7
MEMORY = 0.8  # of the direction before, in each step


class Dual(NamedTuple):
    """Prices in thousandths of points, of classes (n,), of rooms (r, u) and of sites (s, u), and their last moves.

    watched : (i, 7, WATCHED) classes watched on each instructor's day, -1 for none
    pace : share of a full step, rounds without a better bound, the best bound so far; all are changed in place
    like : (r,) how many rooms each stands for
    """

    classes: np.ndarray
    rooms: np.ndarray
    sites: np.ndarray
    class_move: np.ndarray
    room_move: np.ndarray
    site_move: np.ndarray
    watched: np.ndarray
    pace: np.ndarray
    like: np.ndarray


class Lengths(NamedTuple):
    """distinct : (l,) units; kind : (n,) which of them each class has; c_of : (k,) class of each start."""

    distinct: np.ndarray
    kind: np.ndarray
    c_of: np.ndarray


def alike(arrays):
    """`Arrays` in which rooms that no class tells apart are one, and (r,) how many each of these stands for."""
    of = np.repeat(np.arange(len(arrays.length)), np.diff(arrays.rooms))
    worth = np.full((len(arrays.site_of), len(arrays.length) + 1), NONE)
    worth[arrays.room_of, of], worth[:, -1] = arrays.room_worth, arrays.site_of
    _, first, kind, like = np.unique(worth, axis=0, return_index=True, return_inverse=True, return_counts=True)
    room = kind.ravel()[arrays.room_of]
    once = np.sort(np.unique(np.column_stack([of, room]), axis=0, return_index=True)[1])
    bounds = np.concatenate([[0], np.cumsum(np.bincount(of[once], minlength=len(arrays.length)))])
    return arrays._replace(
        rooms=bounds, room_of=room[once], room_worth=arrays.room_worth[once], site_of=arrays.site_of[first]
    ), like


def begin(arrays, like):
    """`Lengths`, and the `Dual` whose bound is what each class earns at most by itself; arrays, like : of `alike`."""
    n, week = len(arrays.length), 7 * arrays.day
    distinct, kind = np.unique(arrays.length, return_inverse=True)
    prices = first_prices(arrays), np.zeros((len(like), week)), np.zeros((len(arrays.limit), week))
    watched = np.full((len(arrays.open_until), 7, WATCHED), NONE)
    dual = Dual(*prices, *map(np.zeros_like, prices), watched, np.array([1.0, 0.0, prices[0].sum()]), like)
    return Lengths(distinct, kind, np.repeat(np.arange(n), np.diff(arrays.slots))), dual


def prices_of(dual):
    """Copies of the prices of classes, rooms and sites."""
    return tuple(part.copy() for part in (dual.classes, dual.rooms, dual.sites))


@njit(cache=True, nogil=True)
def chances(a):
    """(i + 1,), (m,), (m,), (m,) bounds by instructor, rows of starts at which they may teach, worth of that choice,
    and its place in `Arrays.able_choice`."""
    bounds = np.zeros(a.open_until.shape[0] + 1, np.int64)
    fill, size = bounds[:-1].copy(), len(a.able_choice)
    row, worth, place = np.empty(size, np.int32), np.empty(size, np.int32), np.empty(size, np.int32)
    for write in (False, True):
        if write:
            bounds = np.cumsum(bounds)
            fill = bounds[:-1].copy()
        for c in range(len(a.length)):
            for k in range(a.slots[c], a.slots[c + 1]):
                for j in range(a.able[k], a.able[k + 1]):
                    choice = a.people[c] + a.able_choice[j]
                    person = a.person_of[choice]
                    if write:
                        row[fill[person]], worth[fill[person]], place[fill[person]] = k, a.person_worth[choice], j
                        fill[person] += 1
                    else:
                        bounds[person + 1] += 1
    return bounds, row, worth, place


@njit(cache=True, nogil=True)
def first_prices(a):
    """(n,) thousandths: the most each class can bring, with its share of a full day's continuity."""
    prices, shared = np.zeros(len(a.length)), a.continuity * CONTINUED / (CONTINUED + 1)
    for c in range(len(a.length)):
        if a.rooms[c] == a.rooms[c + 1]:
            continue
        for k in range(a.slots[c], a.slots[c + 1]):
            if a.able[k] < a.able[k + 1]:
                own = a.slot_worth[k] + a.room_worth[a.rooms[c]] + a.person_worth[a.people[c]]
                prices[c] = max(prices[c], a.placed[c] + own + shared)
    return prices


@njit(cache=True, nogil=True)
def _used(a, c_of, lengths, watched, choice, which, own_row, at, next_at, events, begins, begun, first, room_at,
          class_use, room_use, site_use):  # fmt: skip
    """Follow the choices of a day, add up what they use, and watch a class that they teach twice."""
    event, before, mask, count, twice = begins, 0, 0, 0, NONE
    seen = np.empty(a.day, np.int64)
    while event < events:
        option = choice[event, before, mask] if count else begun
        if option == NONE:
            event += 1
            continue
        seat, unit = option - len(lengths), at[event]
        k = which[option, first + unit] if seat < 0 else own_row[seat, first + unit]
        c, room = c_of[k], room_at[k]
        for earlier in range(count):
            if seen[earlier] == c:
                twice = c
        seen[count] = c
        count += 1
        class_use[c] += 1
        for u in range(first + unit, min(first + unit + a.held[c], room_use.shape[1])):
            room_use[room, u] += 1
        for u in range(first + unit, first + unit + a.length[c]):
            site_use[a.site_of[room], u] += 1
        event, before = next_at[unit + a.length[c]], min(before + 1, CONTINUED + 1)
        if seat >= 0:
            mask |= 1 << seat
    for w in range(WATCHED):
        if twice != NONE and watched[w] == NONE:
            watched[w] = twice
            break


@njit(cache=True, nogil=True)
def tighten(a, lengths, row, worth, bounds, dual, kept, goal, rounds):
    """The least bound so far after `rounds` more steps of prices, thousandths of points; `kept` gets its prices.

    row, worth, bounds : of `chances`; dual : where to go on; kept : prices of the least bound, as in dual
    goal : points of the best timetable known, where it ends
    """
    n, week = len(a.length), dual.rooms.shape[1]
    net, room_at = np.empty(len(a.slot_start)), np.empty(len(a.slot_start), np.int64)
    class_use, room_use, site_use = np.zeros(n), np.zeros(dual.rooms.shape), np.zeros(dual.sites.shape)
    offer, which = np.empty((len(lengths.distinct), week)), np.empty((len(lengths.distinct), week), np.int64)
    own, own_row = np.empty((WATCHED, week)), np.empty((WATCHED, week), np.int64)
    value = np.empty((a.day + 1, CONTINUED + 2, 1 << WATCHED))
    choice = np.empty((a.day + 1, CONTINUED + 2, 1 << WATCHED), np.int8)
    at, next_at = np.empty(a.day + 1, np.int64), np.empty(a.day + 1, np.int64)
    seat_of = np.full((n, 7), NONE, np.int8)
    for _ in range(rounds):
        workday.rooms_net(
            a, lengths.c_of, row, dual.classes, workday.running(dual.rooms), workday.running(dual.sites), net, room_at
        )
        class_use[:], room_use[:], site_use[:] = 0.0, 0.0, 0.0
        total = dual.classes.sum()
        for room in range(len(dual.like)):
            total += dual.like[room] * dual.rooms[room].sum()
        for site in range(len(a.limit)):
            total += a.limit[site] * dual.sites[site].sum()
        least = -2 * a.continuity
        for person in range(a.open_until.shape[0]):
            mine = slice(bounds[person], bounds[person + 1])
            workday.take_seats(dual.watched[person], seat_of, True)
            workday.offers(
                a, lengths.kind, lengths.c_of, row[mine], worth[mine], net, least, seat_of, offer, which, own, own_row
            )
            workday.take_seats(dual.watched[person], seat_of, False)
            for today in range(7):
                seats, first = dual.watched[person, today], today * a.day
                events, most, begins, begun = workday.plan(
                    a, lengths.distinct, seats, offer, own, first, value, choice, at, next_at
                )
                if most <= 0:
                    continue
                total += most
                _used(a, lengths.c_of, lengths.distinct, seats, choice, which, own_row, at, next_at, events, begins,
                      begun, first, room_at, class_use, room_use, site_use)  # fmt: skip
        if total <= goal:
            dual.pace[2] = total
            break
        if not _step(a, dual, kept, total, goal, class_use, room_use, site_use):
            break
    return dual.pace[2]


@njit(cache=True, nogil=True)
def _step(a, dual, kept, total, goal, class_use, room_use, site_use):
    """Move the prices towards what is asked for too much; False where nothing is."""
    dual.pace[1] += 1
    if total < dual.pace[2]:
        if total < dual.pace[2] - 1:
            dual.pace[1] = 0
        dual.pace[2] = total
        kept[0][:], kept[1][:], kept[2][:] = dual.classes, dual.rooms, dual.sites
    if dual.pace[1] >= PATIENCE:
        dual.pace[0], dual.pace[1] = dual.pace[0] * SHORTER, 0
    for site in range(len(a.limit)):
        site_use[site] -= a.limit[site] - 1
    for room in range(len(dual.like)):
        room_use[room] -= dual.like[room] - 1
    norm = 0.0
    for price, move, use in (
        (dual.classes.reshape(1, -1), dual.class_move.reshape(1, -1), class_use.reshape(1, -1)),
        (dual.rooms, dual.room_move, room_use),
        (dual.sites, dual.site_move, site_use),
    ):
        for x in range(price.shape[0]):
            for y in range(price.shape[1]):
                move[x, y] = MEMORY * move[x, y] + use[x, y] - 1
                if price[x, y] <= 0 and move[x, y] < 0:  # a price of nothing does not fall
                    move[x, y] = 0
                norm += move[x, y] ** 2
    if norm == 0:
        return False
    far = dual.pace[0] * (total - goal) / norm
    for price, move in ((dual.classes.reshape(1, -1), dual.class_move.reshape(1, -1)), (dual.rooms, dual.room_move),
                        (dual.sites, dual.site_move)):  # fmt: skip
        for x in range(price.shape[0]):
            for y in range(price.shape[1]):
                price[x, y] = max(0.0, price[x, y] + far * move[x, y])
    return True


@njit(cache=True, nogil=True)
def surviving(a, lengths, row, worth, place, bounds, kept, watched, bound, goal):
    """(m,) bool: starts and who may teach at them, as `Arrays.able_choice`, in a timetable of `goal` or more.

    row, worth, place, bounds : of `chances`; kept, watched : as of `tighten`; bound : what it returned
    """
    kind, c_of, lengths = lengths.kind, lengths.c_of, lengths.distinct
    week, full = 7 * a.day, CONTINUED + 1
    net, room_at = np.empty(len(a.slot_start)), np.empty(len(a.slot_start), np.int64)
    workday.rooms_net(a, c_of, row, kept[0], workday.running(kept[1]), workday.running(kept[2]), net, room_at)
    offer, which = np.empty((len(lengths), week)), np.empty((len(lengths), week), np.int64)
    own, own_row = np.empty((WATCHED, week)), np.empty((WATCHED, week), np.int64)
    value = np.empty((a.day + 1, full + 1, 1 << WATCHED))
    choice = np.empty((a.day + 1, full + 1, 1 << WATCHED), np.int8)
    reached, at, next_at = np.empty((a.day + 1, full + 1)), np.empty(a.day + 1, np.int64), np.empty(a.day + 1, np.int64)
    seat_of = np.full((len(a.length), 7), NONE, np.int8)
    alive = np.zeros(len(a.able_choice), np.bool_)
    least = -2 * a.continuity
    for person in range(a.open_until.shape[0]):
        mine = slice(bounds[person], bounds[person + 1])
        workday.take_seats(watched[person], seat_of, True)
        workday.offers(a, kind, c_of, row[mine], worth[mine], net, least, seat_of, offer, which, own, own_row)
        workday.take_seats(watched[person], seat_of, False)
        for today in range(7):
            seats, first = watched[person, today], today * a.day
            _, most, _, _ = workday.plan(a, lengths, seats, offer, own, first, value, choice, at, next_at)
            workday.reach(a, lengths, seats, offer, own, first, reached)
            spare = bound - max(0.0, most) - goal
            for j in range(bounds[person], bounds[person + 1]):
                k = row[j]
                c, unit, mask = c_of[k], a.slot_start[k] - first, 0
                if unit < 0 or unit >= a.day:
                    continue
                for w in range(WATCHED):
                    if seats[w] == c:
                        mask = 1 << w
                for before in range(full + 1):
                    through = reached[unit, before] + net[k] + worth[j]
                    through += a.continuity if 0 < before < full else 0
                    if through + value[next_at[unit + a.length[c]], min(before + 1, full), mask] + spare >= 0:
                        alive[place[j]] = True
    return alive
