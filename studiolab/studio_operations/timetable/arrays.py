"""The problem as arrays that compiled engines walk: who may where, and what each choice is worth by itself.

Times are units in a week, Monday 00:00 first; a unit is the longest that measures every start and length. Points are
whole thousandths, so that sums are exact.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from studiolab.studio_calendar import DAY_MINUTES, WEEKDAYS
from studiolab.studio_operations.timetable.problem import BEGINNER, GOOD_FIT

SCALE = 1000
MUST = 10**9  # points of a class that has to be placed, beyond every other sum
NO_WINDOW = -1


class Arrays(NamedTuple):
    """n classes, r rooms, i instructors, s sites, u units of the week.

    length, held : (n,) units an instructor and a room are taken
    slots, slot_start, slot_worth : (n + 1,), (k,), (k,); starts of class c are slots[c] to slots[c + 1], best first
    rooms, room_of, room_worth : the same of rooms; people, person_of, person_worth : the same of instructors
    able, able_choice : (k + 1,), (m,); who may teach at start k by their windows, places after people[c], best first
    site_of : (r,); limit : (s,) classes at a time; open_until : (i, u) end of the window of the unit, -1 if none
    placed : (n,) points of being placed; continuity : points; travel : units; day : units
    """

    length: np.ndarray
    held: np.ndarray
    slots: np.ndarray
    slot_start: np.ndarray
    slot_worth: np.ndarray
    rooms: np.ndarray
    room_of: np.ndarray
    room_worth: np.ndarray
    people: np.ndarray
    person_of: np.ndarray
    person_worth: np.ndarray
    able: np.ndarray
    able_choice: np.ndarray
    site_of: np.ndarray
    limit: np.ndarray
    open_until: np.ndarray
    placed: np.ndarray
    continuity: int
    travel: int
    day: int


def encode(problem):
    """`Arrays` of a Problem."""
    unit = _unit(problem)
    sites = sorted({room.site for room in problem.rooms})
    pins = {pin.class_id: pin for pin in problem.pins}
    last = {placement.class_id: placement for placement in problem.last}
    length = np.array([one.minutes // unit for one in problem.classes], np.int64)
    open_until = _open_until(problem.instructors, unit)
    people = _choices(
        problem.classes, lambda one: _people(problem, one, pins.get(one.class_id), last.get(one.class_id))
    )
    slots = _slots(problem, unit, length, pins, last)
    rooms = _choices(problem.classes, lambda one: _rooms(problem, one, pins.get(one.class_id), last.get(one.class_id)))
    most = problem.most_at_once or len(problem.rooms)
    return Arrays(
        length, length + problem.changeover // unit, *slots, *rooms, *people,
        *_able(length, slots[0], slots[1], people[0], people[1], open_until),
        np.array([sites.index(room.site) for room in problem.rooms], np.int64),
        np.full(len(sites), most, np.int64), open_until,
        np.array([_points(problem.weights.placed) + MUST * (problem.place_all or one.class_id in pins)
                  for one in problem.classes], np.int64),
        _points(problem.weights.continuity), problem.travel // unit if len(sites) > 1 else 0, DAY_MINUTES // unit,
    )  # fmt: skip


def _points(value):
    return round(value * SCALE)


def _unit(problem):
    """The longest unit of minutes that measures every start and length."""
    sizes = {problem.step, problem.changeover, problem.travel, DAY_MINUTES}
    sizes |= {one.minutes for one in problem.classes} | {window.start for window in problem.calendar.opening}
    sizes |= {pin.start for pin in problem.pins if pin.start is not None} | {p.start for p in problem.last}
    return math.gcd(*sizes)


def _open_until(instructors, unit):
    day, week = DAY_MINUTES // unit, 7 * (DAY_MINUTES // unit)
    until = np.full((len(instructors), week + 1), NO_WINDOW, np.int32)
    for row, person in zip(until, instructors, strict=True):
        for window in sorted(person.availability, key=lambda w: (WEEKDAYS.index(w.weekday), w.start)):
            first = WEEKDAYS.index(window.weekday) * day
            start, end = first - (-window.start // unit), first + window.end // unit
            row[start:end] = np.maximum(row[start:end], end)
        _join(row, day)
    return until


@njit(cache=True, nogil=True)
def _join(until, day):
    """Windows that touch within a day are one."""
    for unit in range(len(until) - 2, -1, -1):
        end = until[unit]
        if 0 <= end < len(until) and end % day and until[end] > end:
            until[unit] = until[end]


@njit(cache=True, nogil=True)
def _able(length, slots, slot_start, people, person_of, open_until):
    bounds, count = np.zeros(len(slot_start) + 1, np.int64), 0
    choice = np.empty(0, np.uint16)
    for write in (False, True):
        if write:
            choice, count = np.empty(count, np.uint16), 0
        for c in range(len(length)):
            for k in range(slots[c], slots[c + 1]):
                for j in range(people[c], people[c + 1]):
                    if open_until[person_of[j], slot_start[k]] >= slot_start[k] + length[c]:
                        if write:
                            choice[count] = j - people[c]
                        count += 1
                bounds[k + 1] = count
    return bounds, choice


def _choices(classes, of):
    """(n + 1,) bounds, indices and worth, the best first, from lists of (worth, index) of each class."""
    found = [np.empty((0, 2), np.int64)]
    for one in classes:
        found.append(np.array(sorted(of(one), key=lambda choice: (-choice[0], choice[1])), np.int64).reshape(-1, 2))
    bounds, flat = np.cumsum([len(choices) for choices in found]), np.concatenate(found)
    return bounds, flat[:, 1].copy(), flat[:, 0].copy()


def _people(problem, one, pin, last):
    keep = _points(problem.weights.keep / 3)
    return [
        (keep * (last is not None and last.instructor_id == person.instructor_id), k)
        for k, person in enumerate(problem.instructors)
        if one.style in person.specialties
        and (pin is None or pin.instructor_id in (None, person.instructor_id))
    ]  # fmt: skip


def _rooms(problem, one, pin, last):
    keep, fit = _points(problem.weights.keep / 3), _points(problem.weights.room_fit)
    return [
        (fit * (one.max_capacity >= GOOD_FIT * room.capacity)
         + keep * (last is not None and last.room_id == room.room_id), k)
        for k, room in enumerate(problem.rooms)
        if room.capacity >= one.max_capacity and one.features <= room.features and one.site in (None, room.site)
        and (pin is None or pin.room_id in (None, room.room_id))
    ]  # fmt: skip


def starts(problem, one, pin=None, last=None):
    """(m, 2) index of weekday and minutes at which a class may start, by opening hours, step, its pin and last week."""
    pinned = pin is not None and pin.start is not None
    days = range(7) if pin is None or pin.weekday is None else [WEEKDAYS.index(pin.weekday)]
    opening = {WEEKDAYS.index(w.weekday): (w.start, w.end) for w in problem.calendar.opening}
    found = []
    for day in days:
        start, end = opening.get(day, (0, 0 if opening else DAY_MINUTES))
        times = [pin.start] if pinned else np.arange(start, end - one.minutes + 1, problem.step)
        if last is not None and not pinned and WEEKDAYS[day] == last.weekday:
            times = np.union1d(times, [last.start])
        times = np.asarray(times, np.int64)
        times = times[(start <= times) & (times <= end - one.minutes)]
        found.append(np.column_stack([np.full(len(times), day), times]))
    return np.concatenate(found)


def _slots(problem, unit, length, pins, last):
    """Bounds, starts and worth of the starts a class may have, the best first."""
    day, demand = DAY_MINUTES // unit, _demand(problem)
    peak, plain = _marked(problem.calendar.peak), {}
    bounds, all_starts, all_worth = [0], [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for one in problem.classes:
        pin, before = pins.get(one.class_id), last.get(one.class_id)
        if pin is None and before is None:
            if one.minutes not in plain:
                plain[one.minutes] = starts(problem, one)
            times = plain[one.minutes]
        else:
            times = starts(problem, one, pin, before)
        begins = times[:, 0] * day + times[:, 1] // unit
        worth = _worth(problem, one, times, peak, demand.get(one.class_id), before)
        order = np.lexsort((begins, -worth))
        all_starts.append(begins[order])
        all_worth.append(worth[order])
        bounds.append(bounds[-1] + len(begins))
    return np.array(bounds, np.int64), np.concatenate(all_starts), np.concatenate(all_worth)


def _marked(windows):
    """(7, minutes) bool of the minutes in the windows."""
    marks = np.zeros((7, DAY_MINUTES), bool)
    for window in windows:
        marks[WEEKDAYS.index(window.weekday), window.start : window.end] = True
    return marks


def _worth(problem, one, times, peak, demand, last):
    w, day, start = problem.weights, times[:, 0], times[:, 1]
    worth = w.beginner * (one.level == BEGINNER) * peak[day, start]
    if one.preferred:
        within = np.zeros((7, DAY_MINUTES + 1), np.int64)
        within[:, 1:] = _marked(one.preferred).cumsum(axis=1)
        worth = worth + w.preferred * (within[day, start + one.minutes] - within[day, start] == one.minutes)
    if last is not None:
        worth = worth + w.keep * ((day == WEEKDAYS.index(last.weekday)) & (start == last.start))
    if demand is not None:
        worth = worth + (w.attended + w.revenue * one.price) * demand[day, start // 60]
    return np.rint(worth * SCALE).astype(np.int64)


def _demand(problem):
    """(7, 24) expected places of each class id."""
    if problem.demand is None:
        return {}
    grids = {one.class_id: np.zeros((7, 24)) for one in problem.classes}
    rows = problem.demand[problem.demand["class_id"].isin(list(grids))]
    columns = (rows[name] for name in ("class_id", "weekday", "hour", "expected"))
    for class_id, weekday, hour, expected in zip(*columns, strict=True):
        grids[class_id][WEEKDAYS.index(weekday), int(hour)] = expected
    return grids
