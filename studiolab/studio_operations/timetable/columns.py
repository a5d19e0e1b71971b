"""Every instructor's day that a better timetable may hold: route enumeration.

A day is a set of classes and the starts that matter: those at which no room is to be had without a price. Starts at
which a room costs nothing are interchangeable, so of the days that differ in them only one is kept, as early as may be.
Source: Baldacci, Christofides & Mingozzi 2008.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from studiolab.studio_operations.timetable.problem import CONTINUED

FREE = -1
MOST, LONGEST = 120_000, 12  # days kept, and classes of one
TRIES = 3_000_000  # steps of the search through a week's days
EPS = 1e-6


class Net(NamedTuple):
    """(k,) of each start: worth without its instructor, and in its best room where rooms cost nothing; that less the
    prices; the link it needs a room by, FREE where it needs none.

    link_start, link_class : (l,) start and a class of each link, which stands for all with the same rooms and length
    """

    worth: np.ndarray
    less: np.ndarray
    link: np.ndarray
    link_start: np.ndarray
    link_class: np.ndarray


class Columns(NamedTuple):
    """m days: place : (m,) instructor * 7 + weekday; row, who : (m, LONGEST) starts, FREE after the last, and worth of
    the instructor; best : (i * 7,) the most that any day brings after prices."""

    place: np.ndarray
    row: np.ndarray
    who: np.ndarray
    best: np.ndarray


@njit(cache=True, nogil=True)
def net_of(a, c_of, kind, prices, rooms, sites, room_counts, site_counts):
    """`Net`; prices : (n,) of classes; rooms, sites : (r, u), (s, u) prices, and bool, where they count; 0 elsewhere.

    kind : (n,) equal for classes with the same rooms and length
    """
    week, count = rooms.shape[1], 0
    worth, less, link = np.empty(len(c_of)), np.empty(len(c_of)), np.full(len(c_of), FREE)
    known = np.full((kind.max() + 1, week), FREE)
    start_of, class_of = np.empty(len(c_of), np.int64), np.empty(len(c_of), np.int64)
    for k in range(len(c_of)):
        c, start, best, free = c_of[k], a.slot_start[k], -np.inf, False
        for m in range(a.rooms[c], a.rooms[c + 1]):
            room, cost, counts = a.room_of[m], 0.0, False
            for u in range(start, min(start + a.held[c], week)):
                cost += rooms[room, u]
                counts = counts or room_counts[room, u]
            for u in range(start, start + a.length[c]):
                cost += sites[a.site_of[room], u]
                counts = counts or site_counts[a.site_of[room], u]
            best = max(best, a.room_worth[m] - cost)
            free = free or (not counts and a.room_worth[m] == a.room_worth[a.rooms[c]])
        worth[k] = a.placed[c] + a.slot_worth[k] + (best if free else 0.0)
        less[k] = a.placed[c] + a.slot_worth[k] + best - prices[c]
        if not free:
            if known[kind[c], start] == FREE:
                known[kind[c], start], start_of[count], class_of[count] = count, start, c
                count += 1
            link[k] = known[kind[c], start]
    return Net(worth, less, link, start_of[:count].copy(), class_of[:count].copy())


@njit(cache=True, nogil=True)
def _candidates(a, c_of, row, worth, net, first):
    """Starts of one instructor's day in order, what each brings, its end, and the latest start before it that is as
    good for the same class and free; first : unit of the day."""
    count = 0
    for j in range(len(row)):
        if first <= a.slot_start[row[j]] < first + a.day and net.less[row[j]] > -np.inf:
            count += 1
    start, at = np.empty(count, np.int64), np.empty(count, np.int64)
    count = 0
    for j in range(len(row)):
        if first <= a.slot_start[row[j]] < first + a.day and net.less[row[j]] > -np.inf:
            start[count], at[count] = a.slot_start[row[j]] - first, j
            count += 1
    order = np.argsort(start, kind="mergesort")
    start, at = start[order], at[order]
    value, end, before = np.empty(count), np.empty(count, np.int64), np.full(count, -1)
    for x in range(count):
        k = row[at[x]]
        value[x], end[x] = net.less[k] + worth[at[x]], start[x] + a.length[c_of[k]]
        for y in range(x):
            same = row[at[y]]
            if c_of[same] == c_of[k] and net.link[same] == FREE and start[y] < start[x]:
                rooms = 0.0 if net.link[k] == FREE else a.room_worth[a.rooms[c_of[k]]]
                if net.worth[same] >= net.worth[k] + rooms and worth[at[y]] >= worth[at[x]]:
                    before[x] = start[y]
    return at, start, value, end, before


@njit(cache=True, nogil=True)
def _ahead(a, start, value, end):
    """ahead[u, n] : at least what can still be earned from unit u on after n classes."""
    full, x = CONTINUED + 1, len(start) - 1
    ahead = np.zeros((a.day + 1, full + 1))
    for unit in range(a.day - 1, -1, -1):
        ahead[unit] = ahead[unit + 1]
        while x >= 0 and start[x] == unit:
            for n in range(full + 1):
                bonus = a.continuity if 0 < n < full else 0
                ahead[unit, n] = max(ahead[unit, n], value[x] + bonus + ahead[end[x], min(n + 1, full)])
            x -= 1
    return ahead


@njit(cache=True, nogil=True)
def _walk(a, klass, start, value, end, before, least, keep, found, earned, left):
    """Try all days that bring `least` or more, in order of their starts; `found` gets them where `keep`, else `least`
    rises with the best. left : (1,) steps, used up. Returns how many, -1 if too many, and the best."""
    ahead, count, depth = _ahead(a, start, value, end), 0, 0
    chosen, so_far, at = np.empty(LONGEST + 1, np.int64), np.zeros(LONGEST + 1), np.zeros(LONGEST + 1, np.int64)
    next_at, best = np.searchsorted(start, np.arange(a.day + 1)), 0.0
    taken = np.zeros(len(a.length), np.bool_)
    while depth >= 0:
        x, went = at[depth], False
        free_from = end[chosen[depth]] if depth else 0
        if depth == LONGEST or left[0] < 0:
            return -1, np.inf
        while x < len(start):
            left[0] -= 1
            if so_far[depth] + ahead[start[x], min(depth, CONTINUED + 1)] < least:
                x = len(start)
                break
            if not taken[klass[x]] and before[x] < free_from:
                brought = so_far[depth] + value[x] + (a.continuity if 0 < depth <= CONTINUED else 0)
                if brought + ahead[end[x], min(depth + 1, CONTINUED + 1)] >= least:
                    went = True
                    break
            x += 1
        at[depth] = x + 1
        if not went:
            if depth:
                taken[klass[chosen[depth]]] = False
            depth -= 1
            continue
        depth += 1
        chosen[depth], so_far[depth], taken[klass[x]], at[depth] = x, brought, True, next_at[end[x]]
        if brought >= least:
            best = max(best, brought)
            if not keep:
                least = max(least, brought + EPS)
                continue
            if count >= len(found):
                return -1, best
            found[count, :depth], found[count, depth:], earned[count] = chosen[1 : depth + 1], -1, brought
            count += 1
    return count, best


@njit(cache=True, nogil=True)
def columns(a, c_of, bounds, row, worth, net, fixed, goal):
    """`Columns` of a timetable of `goal` or more, and what no timetable exceeds by these prices.

    bounds, row, worth : of `bound.chances`; fixed : what all prices come to. `best` is empty where there are too many.
    """
    people = a.open_until.shape[0]
    best, total, left = np.zeros(7 * people), fixed, np.full(1, TRIES)
    found, earned = np.empty((MOST, LONGEST), np.int32), np.empty(MOST)
    for place in range(7 * people):
        mine = slice(bounds[place // 7], bounds[place // 7 + 1])
        at, start, value, end, before = _candidates(a, c_of, row[mine], worth[mine], net, place % 7 * a.day)
        if len(at):
            klass = c_of[row[mine][at]]
            best[place] = _walk(a, klass, start, value, end, before, EPS, False, found, earned, left)[1] + EPS
            total += best[place]
    at_place, rows, who = np.empty(MOST, np.int32), np.empty((MOST, LONGEST), np.int32), np.empty((MOST, LONGEST))
    size = 0
    for place in range(7 * people):
        mine = slice(bounds[place // 7], bounds[place // 7 + 1])
        at, start, value, end, before = _candidates(a, c_of, row[mine], worth[mine], net, place % 7 * a.day)
        if not len(at) or not goal <= total < np.inf:
            continue
        klass = c_of[row[mine][at]]
        least = best[place] - (total - goal)
        count, _ = _walk(a, klass, start, value, end, before, least, True, found, earned, left)
        size = (
            -1
            if count < 0
            else _kept(
                c_of, net.link, row[mine][at], worth[mine][at], found[:count], earned, place, at_place, rows, who, size
            )
        )
        if size < 0:
            return Columns(at_place[:0], rows[:0], who[:0], best[:0]), total
    if total == np.inf:
        best = best[:0]
    return Columns(at_place[:size].copy(), rows[:size].copy(), who[:size].copy(), best), total


@njit(cache=True, nogil=True)
def _kept(c_of, link, row, worth, found, earned, place, at_place, rows, who, size):
    """Add a place's days to the columns, the best of those with the same classes and links; the new size, -1 if too
    many."""
    cells = 16
    while cells < 2 * len(found):
        cells *= 2
    table = np.full(cells, -1)
    marks, value = np.empty((len(found), LONGEST), np.int64), np.empty(len(found))
    for x in range(len(found)):
        count, code = 0, np.int64(1)
        while count < LONGEST and found[x, count] >= 0:
            k = row[found[x, count]]
            marks[x, count] = np.int64(c_of[k]) << 32 | np.int64(link[k] + 1)
            count += 1
        marks[x, :count] = np.sort(marks[x, :count])
        for y in range(count):
            code = code * 1_000_003 + marks[x, y] * 7919
        marks[x, count:] = -1
        cell = (code ^ (code >> 29)) & (cells - 1)
        while table[cell] >= 0 and not _same(marks[x], marks[table[cell]]):
            cell = (cell + 1) & (cells - 1)
        value[x] = earned[x]
        if table[cell] < 0:
            table[cell] = x
        elif value[table[cell]] < value[x]:
            found[table[cell]], value[table[cell]] = found[x], value[x]
    for cell in range(cells):
        x = table[cell]
        if x < 0:
            continue
        if size >= MOST:
            return -1
        at_place[size], rows[size], who[size] = place, -1, 0.0
        for y in range(LONGEST):
            if found[x, y] < 0:
                break
            rows[size, y], who[size, y] = row[found[x, y]], worth[found[x, y]]
        size += 1
    return size


@njit(cache=True, nogil=True)
def _same(one, other):
    return (one == other).all()
