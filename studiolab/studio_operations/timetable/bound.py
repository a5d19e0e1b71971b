"""What no timetable can exceed: an LP bound by its Lagrangian dual.

Classes are told prices for being held once, rooms and sites for each unit of time. Every instructor's day is then
planned by itself, exactly, by dynamic programming over its units and the classes before; what all days earn together
with the prices is a bound for any prices, and the best prices give the value of the linear programme over instructors'
days. Source: Held, Wolfe & Crowder 1974 (subgradient steps); Barnhart et al. 1998 for the programme over columns.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from studiolab.studio_operations.timetable.problem import CONTINUED

NONE = -1
WATCHED = 6  # classes of an instructor's day that are kept from being taught twice on it
PATIENCE = 10  # rounds without a better bound until steps are shortened
SHORTER = 0.85
MEMORY = 0.7  # of the direction before, in each step


class Dual(NamedTuple):
    """Prices in thousandths of points, of classes (n,), of rooms (r, u) and of sites (s, u).

    watched : (i, 7, WATCHED) classes watched on each instructor's day, -1 for none; step : share of a full step
    """

    classes: np.ndarray
    rooms: np.ndarray
    sites: np.ndarray
    watched: np.ndarray
    step: float


class Lengths(NamedTuple):
    """distinct : (l,) units; kind : (n,) which of them each class has; c_of : (k,) class of each start."""

    distinct: np.ndarray
    kind: np.ndarray
    c_of: np.ndarray


def begin(arrays):
    """`Lengths`, and the `Dual` whose bound is what each class can earn at most by itself."""
    n, week = len(arrays.length), 7 * arrays.day
    distinct, kind = np.unique(arrays.length, return_inverse=True)
    prices = first_prices(arrays), np.zeros((len(arrays.site_of), week)), np.zeros((len(arrays.limit), week))
    watched = np.full((len(arrays.open_until), 7, WATCHED), NONE)
    return Lengths(distinct, kind, np.repeat(np.arange(n), np.diff(arrays.slots))), Dual(*prices, watched, 1.0)


@njit(cache=True)
def chances(a, c_of):
    """(i + 1,), (m,), (m,) bounds by instructor, rows of slots at which they may teach, and worth of that choice."""
    bounds = np.zeros(a.open_until.shape[0] + 1, np.int64)
    for write in (False, True):
        if write:
            bounds = np.cumsum(bounds)
            fill, row, worth = bounds[:-1].copy(), np.empty(bounds[-1], np.int32), np.empty(bounds[-1], np.int32)
        for c in range(len(a.length)):
            for j in range(a.people[c], a.people[c + 1]):
                person = a.person_of[j]
                for k in range(a.slots[c], a.slots[c + 1]):
                    if a.open_until[person, a.slot_start[k]] < a.slot_start[k] + a.length[c]:
                        continue
                    if write:
                        row[fill[person]], worth[fill[person]] = k, a.person_worth[j]
                        fill[person] += 1
                    else:
                        bounds[person + 1] += 1
    return bounds, row, worth


@njit(cache=True)
def first_prices(a):
    """(n,) thousandths: the most each class can bring, with its share of a full day's continuity."""
    prices = np.zeros(len(a.length))
    for c in range(len(a.length)):
        if a.slots[c] < a.slots[c + 1] and a.rooms[c] < a.rooms[c + 1] and a.people[c] < a.people[c + 1]:
            own = a.slot_worth[a.slots[c]] + a.room_worth[a.rooms[c]] + a.person_worth[a.people[c]]
            prices[c] = a.placed[c] + own + a.continuity * CONTINUED / (CONTINUED + 1)
    return prices


@njit(cache=True)
def _rooms_net(a, class_price, room_price, site_price, net, room_at):
    """Worth of each class at each of its starts in its best room, less all prices; the room, -1 where none."""
    for c in range(len(a.length)):
        for k in range(a.slots[c], a.slots[c + 1]):
            start, best, where = a.slot_start[k], -np.inf, NONE
            held = min(start + a.held[c], room_price.shape[1] - 1)
            for m in range(a.rooms[c], a.rooms[c + 1]):
                room = a.room_of[m]
                if a.room_worth[m] <= best:
                    break
                site = a.site_of[room]
                worth = a.room_worth[m] - (room_price[room, held] - room_price[room, start])
                worth -= site_price[site, start + a.length[c]] - site_price[site, start]
                if worth > best:
                    best, where = worth, room
            net[k] = a.placed[c] + a.slot_worth[k] + best - class_price[c]
            room_at[k] = where


@njit(cache=True)
def _offers(a, kind, c_of, row, worth, net, seat_of, offer, which, own, own_row):
    """What one instructor can earn at each unit: the best of the classes of each length, and each watched class.

    seat_of : (n, 7) seat of a class among those watched on a day, -1 for none
    offer, which : (l, u) net worth and row of slots; own, own_row : (WATCHED, u) the same of the watched classes
    """
    offer[:], own[:] = -np.inf, -np.inf
    for j in range(len(row)):
        k = row[j]
        c, start, value = c_of[k], a.slot_start[k], net[k] + worth[j]
        seat = seat_of[c, start // a.day]
        if seat != NONE:
            own[seat, start], own_row[seat, start] = value, k
        elif value > offer[kind[c], start]:
            offer[kind[c], start], which[kind[c], start] = value, k


@njit(cache=True)
def _day(a, lengths, watched, offer, own, first, value, choice):
    """Plan a day: value[u, n, m] is the most from its unit u on, after n classes and the watched ones of bits m.

    choice : length begun then, or len(lengths) + seat of the watched class, or -1 to wait. Returns the first unit that
    matters; -1 where nothing can be earned.
    """
    full, seats, opens, last = CONTINUED + 1, 0, NONE, NONE
    while seats < WATCHED and watched[seats] != NONE:
        seats += 1
    masks = 1 << seats
    for unit in range(a.day - 1, -1, -1):
        begun = False
        for option in range(len(lengths) + seats):
            seat = option - len(lengths)
            gain = offer[option, first + unit] if seat < 0 else own[seat, first + unit]
            if gain == -np.inf:
                continue
            end = unit + (lengths[option] if seat < 0 else a.length[watched[seat]])
            if last == NONE:
                last = end
                for u in range(unit + 1, end + 1):
                    value[u, :, :masks], choice[u, :, :masks] = 0.0, NONE
            if end > last:
                for u in range(last + 1, end + 1):
                    value[u, :, :masks], choice[u, :, :masks] = 0.0, NONE
                last = end
            if not begun:
                begun = True
                value[unit, :, :masks], choice[unit, :, :masks] = value[unit + 1, :, :masks], NONE
            for before in range(full + 1):
                then, beside = min(before + 1, full), gain + (a.continuity if 0 < before < full else 0)
                for mask in range(masks):
                    if seat >= 0 and mask >> seat & 1:
                        continue
                    earned = beside + value[end, then, mask if seat < 0 else mask | 1 << seat]
                    if earned > value[unit, before, mask]:
                        value[unit, before, mask], choice[unit, before, mask] = earned, option
        if begun:
            opens = unit
        elif last != NONE:
            value[unit, :, :masks], choice[unit, :, :masks] = value[unit + 1, :, :masks], NONE
    return opens, last


@njit(cache=True)
def _used(
    a, c_of, lengths, watched, choice, which, own_row, opens, last, first, room_at, class_use, room_use, site_use
):
    """Follow the choices of a day, add up what they use, and watch a class that they teach twice."""
    unit, before, mask, count, twice = opens, 0, 0, 0, NONE
    seen = np.empty(a.day, np.int64)
    while unit < last:
        option = choice[unit, before, mask]
        if option == NONE:
            unit += 1
            continue
        seat = option - len(lengths)
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
        unit, before = unit + a.length[c], min(before + 1, CONTINUED + 1)
        if seat >= 0:
            mask |= 1 << seat
    for w in range(WATCHED):
        if twice != NONE and watched[w] == NONE:
            watched[w] = twice
            break


@njit(cache=True)
def tighten(a, lengths, dual, goal, rounds):
    """The least bound that `rounds` steps of prices find, thousandths of points, its Dual, and the Dual to go on from.

    goal : points of the best timetable known
    """
    kind, c_of, lengths = lengths.kind, lengths.c_of, lengths.distinct
    class_price, room_price, site_price = dual.classes, dual.rooms, dual.sites
    bounds, row, worth = chances(a, c_of)
    n, week, sites = len(a.length), 7 * a.day, len(a.limit)
    net, room_at = np.empty(len(a.slot_start)), np.empty(len(a.slot_start), np.int64)
    offer, which = np.empty((len(lengths), week)), np.empty((len(lengths), week), np.int64)
    own, own_row = np.empty((WATCHED, week)), np.empty((WATCHED, week), np.int64)
    watched, seat_of = dual.watched.copy(), np.full((n, 7), NONE, np.int8)
    value = np.empty((a.day + 1, CONTINUED + 2, 1 << WATCHED))
    choice = np.empty((a.day, CONTINUED + 2, 1 << WATCHED), np.int8)
    best, best_class, best_room, best_site = np.inf, class_price.copy(), room_price.copy(), site_price.copy()
    class_move, room_move, site_move = np.zeros(n), np.zeros(room_price.shape), np.zeros(site_price.shape)
    step, waited = dual.step, 0
    for _ in range(rounds):
        _rooms_net(a, class_price, _running(room_price), _running(site_price), net, room_at)
        class_use, room_use, site_use = np.zeros(n), np.zeros(room_price.shape), np.zeros(site_price.shape)
        total = class_price.sum() + room_price.sum()
        for site in range(sites):
            total += a.limit[site] * site_price[site].sum()
        for person in range(a.open_until.shape[0]):
            mine = slice(bounds[person], bounds[person + 1])
            _seat(watched[person], seat_of, True)
            _offers(a, kind, c_of, row[mine], worth[mine], net, seat_of, offer, which, own, own_row)
            _seat(watched[person], seat_of, False)
            for today in range(7):
                seats = watched[person, today]
                opens, last = _day(a, lengths, seats, offer, own, today * a.day, value, choice)
                if opens == NONE or value[opens, 0, 0] <= 0:
                    continue
                total += value[opens, 0, 0]
                _used(a, c_of, lengths, seats, choice, which, own_row, opens, last, today * a.day, room_at, class_use,
                      room_use, site_use)  # fmt: skip
        waited += 1
        if total < best - 1e-6:
            if total < best - 1.0:
                waited = 0
            best, best_class, best_room, best_site = total, class_price.copy(), room_price.copy(), site_price.copy()
        if waited >= PATIENCE:
            step, waited = step * SHORTER, 0
        for site in range(sites):
            site_use[site] -= a.limit[site]
        class_move = MEMORY * class_move + class_use - 1
        room_move = MEMORY * room_move + room_use - 1
        site_move = MEMORY * site_move + site_use
        # A price of nothing does not fall, so it takes no part of the step.
        for c in range(n):
            if class_price[c] <= 0 and class_move[c] < 0:
                class_move[c] = 0
        _still(room_price, room_move)
        _still(site_price, site_move)
        norm = (class_move**2).sum() + (room_move**2).sum() + (site_move**2).sum()
        if norm == 0 or total <= goal:
            break
        far = step * (total - goal) / norm
        class_price = np.maximum(0.0, class_price + far * class_move)
        room_price = np.maximum(0.0, room_price + far * room_move)
        site_price = np.maximum(0.0, site_price + far * site_move)
    then = Dual(class_price, room_price, site_price, watched, step)
    return best, Dual(best_class, best_room, best_site, watched, step), then


@njit(cache=True)
def _seat(watched, seat_of, there):
    """Note the seat of each watched class of an instructor's days, or forget it."""
    for today in range(7):
        for w in range(WATCHED):
            if watched[today, w] != NONE:
                seat_of[watched[today, w], today] = w if there else NONE


@njit(cache=True)
def _still(price, move):
    for row in range(price.shape[0]):
        for unit in range(price.shape[1]):
            if price[row, unit] <= 0 and move[row, unit] < 0:
                move[row, unit] = 0


@njit(cache=True)
def _running(price):
    """(rows, u + 1) sums of the prices before each unit."""
    total = np.zeros((price.shape[0], price.shape[1] + 1))
    for row in range(price.shape[0]):
        for unit in range(price.shape[1]):
            total[row, unit + 1] = total[row, unit] + price[row, unit]
    return total


@njit(cache=True)
def surviving(a, lengths, dual, bound, goal):
    """(k, i) bool: starts at which an instructor may teach the class in a timetable above `goal`.

    dual, bound : as `tighten` returned them
    """
    kind, c_of, lengths, watched = lengths.kind, lengths.c_of, lengths.distinct, dual.watched
    bounds, row, worth = chances(a, c_of)
    week, full = 7 * a.day, CONTINUED + 1
    net, room_at = np.empty(len(a.slot_start)), np.empty(len(a.slot_start), np.int64)
    _rooms_net(a, dual.classes, _running(dual.rooms), _running(dual.sites), net, room_at)
    offer, which = np.empty((len(lengths), week)), np.empty((len(lengths), week), np.int64)
    own, own_row = np.empty((WATCHED, week)), np.empty((WATCHED, week), np.int64)
    value = np.empty((a.day + 1, full + 1, 1 << WATCHED))
    choice = np.empty((a.day, full + 1, 1 << WATCHED), np.int8)
    reached = np.empty((a.day + 1, full + 1))
    seat_of = np.full((len(a.length), 7), NONE, np.int8)
    alive = np.zeros((len(a.slot_start), a.open_until.shape[0]), np.bool_)
    for person in range(a.open_until.shape[0]):
        mine = slice(bounds[person], bounds[person + 1])
        _seat(watched[person], seat_of, True)
        _offers(a, kind, c_of, row[mine], worth[mine], net, seat_of, offer, which, own, own_row)
        _seat(watched[person], seat_of, False)
        for today in range(7):
            seats, first = watched[person, today], today * a.day
            opens, _ = _day(a, lengths, seats, offer, own, first, value, choice)
            if opens == NONE:
                continue
            _reach(a, lengths, seats, offer, own, first, reached)
            spare = bound - value[opens, 0, 0] - goal
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
                    if through + value[unit + a.length[c], min(before + 1, full), mask] + spare >= 0:
                        alive[k, person] = True
    return alive


@njit(cache=True)
def _reach(a, lengths, watched, offer, own, first, reached):
    """reached[u, n] : the most a day can have earned before unit u with n classes, the same one twice or not."""
    full = CONTINUED + 1
    reached[:] = -np.inf
    reached[0, 0] = 0.0
    for unit in range(a.day):
        for before in range(full + 1):
            so_far = reached[unit, before]
            if so_far == -np.inf:
                continue
            reached[unit + 1, before] = max(reached[unit + 1, before], so_far)
            bonus = a.continuity if 0 < before < full else 0
            for option in range(len(lengths) + WATCHED):
                seat = option - len(lengths)
                if seat >= 0 and watched[seat] == NONE:
                    break
                gain = offer[option, first + unit] if seat < 0 else own[seat, first + unit]
                if gain > -np.inf:
                    end = unit + (lengths[option] if seat < 0 else a.length[watched[seat]])
                    then = min(before + 1, full)
                    reached[end, then] = max(reached[end, then], so_far + gain + bonus)
