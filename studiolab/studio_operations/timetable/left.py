"""What is left for one class beside a standing timetable: which starts, rooms and instructors are still free.

Times inside are minutes of the week, Monday 00:00 first.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from studiolab.studio_calendar import DAY_MINUTES, WEEKDAYS
from studiolab.studio_operations.timetable.arrays import encode
from studiolab.studio_operations.timetable.problem import CONTINUED, Placement


class Standing(NamedTuple):
    """The placements that stay; class_id, room_id, instructor_id, site : (n,) names; start, end : (n,) minutes."""

    class_id: np.ndarray
    start: np.ndarray
    end: np.ndarray
    room_id: np.ndarray
    instructor_id: np.ndarray
    site: np.ndarray

    def without(self, *class_ids):
        """The same less these classes."""
        stays = ~np.isin(self.class_id, class_ids)
        return Standing(*(column[stays] for column in self))

    def beside(self, other):
        """These and another's."""
        return Standing(*(np.concatenate(pair) for pair in zip(self, other, strict=True)))


def standing(problem, placements):
    """`Standing` of placements whose classes and rooms `problem` knows."""
    length = {one.class_id: one.minutes for one in problem.classes}
    site = {room.room_id: room.site for room in problem.rooms}
    rows = [
        (p.class_id, week_minute(p.weekday, p.start), week_minute(p.weekday, p.start) + length[p.class_id],
         p.room_id, p.instructor_id, site[p.room_id])
        for p in placements
    ]  # fmt: skip
    kinds = (object, np.int64, np.int64, object, object, object)
    columns = list(zip(*rows, strict=True)) or [()] * len(kinds)
    return Standing(*(np.array(column, kind) for column, kind in zip(columns, kinds, strict=True)))


def week_minute(weekday, start):
    """Minutes since the week began."""
    return WEEKDAYS.index(weekday) * DAY_MINUTES + start


def alone(problem, class_id):
    """The question about one class by itself, with all rooms, instructors and hours."""
    demand = problem.demand
    return replace(
        problem,
        classes=tuple(one for one in problem.classes if one.class_id == class_id),
        pins=tuple(pin for pin in problem.pins if pin.class_id == class_id),
        last=tuple(p for p in problem.last if p.class_id == class_id),
        demand=None if demand is None else demand[demand["class_id"] == class_id],
        place_all=False,
    )


class Left(NamedTuple):
    """What is left for a class; k starts, r rooms and p instructors may hold it where nobody else is there.

    class_id; starts : (k,) minutes of the week; minutes : of the class; rooms, people : tuples of records
    able : (k, p) windows hold the class; idle : (k, p) no other class then; empty : (k, r) room; below : (k, r) the
    room's site is below its limit; near : (k, r, p) the instructor gets there from classes in other sites
    worth : (k, r, p) points, beside those of being placed
    """

    class_id: str
    starts: np.ndarray
    minutes: int
    rooms: tuple
    people: tuple
    able: np.ndarray
    idle: np.ndarray
    empty: np.ndarray
    below: np.ndarray
    near: np.ndarray
    worth: np.ndarray

    @property
    def free(self):
        """(k, r, p) bool: nothing stands in the way."""
        return (self.able & self.idle)[:, None, :] & (self.empty & self.below)[:, :, None] & self.near

    def placement(self, k, r, p):
        """`Placement` of a start, room and person by their places here."""
        day, start = divmod(int(self.starts[k]), DAY_MINUTES)
        return Placement(self.class_id, WEEKDAYS[day], start, self.rooms[r].room_id, self.people[p].instructor_id)


def left(question, others):
    """`Left` of the one class of `question`, as `alone` makes it, beside `others`, a `Standing` without that class."""
    a, one = encode(question), question.classes[0]
    unit = DAY_MINUTES // a.day
    rooms = tuple(question.rooms[k] for k in a.room_of)
    people = tuple(question.instructors[k] for k in a.person_of)
    starts, length = a.slot_start * unit, one.minutes
    by_room = others.room_id[:, None] == _names(rooms, "room_id")
    by_person = others.instructor_id[:, None] == _names(people, "instructor_id")
    same_day = starts[:, None] // DAY_MINUTES == others.start // DAY_MINUTES
    gap = np.maximum(others.start - starts[:, None] - length, starts[:, None] - others.end)
    near = [
        ~_any(same_day & (gap < question.travel) & (others.site != room.site), by_person) for room in rooms
    ] or [np.ones((len(starts), len(people)), bool)]  # fmt: skip
    taught = np.stack([by_person[others.start // DAY_MINUTES == day].sum(axis=0) for day in range(7)])
    taught = taught[starts // DAY_MINUTES]
    continued = a.continuity * ((taught > 0) & (taught <= CONTINUED))
    worth = a.slot_worth[:, None, None] + a.room_worth[:, None] + (a.person_worth + continued)[:, None, :]
    return Left(
        one.class_id, starts, length, rooms, people,
        (a.open_until[a.person_of][:, a.slot_start] >= a.slot_start + a.length[0]).T,
        ~_any(same_day & (gap < 0), by_person), ~_any(same_day & (gap < question.changeover), by_room),
        _below(question, others, starts, rooms), np.stack(near, axis=1)[:, : len(rooms)], worth / 1000,
    )  # fmt: skip


def _names(records, field):
    return np.array([getattr(record, field) for record in records], object)


def _any(row_other, other_column):
    """(rows, columns) whether one of the others is in both."""
    return row_other.astype(np.float32) @ other_column.astype(np.float32) > 0


def _below(question, others, starts, rooms):
    """(k, r) whether each room's site could run one class more all through."""
    if question.most_at_once is None or not len(starts):
        return np.ones((len(starts), len(rooms)), bool)
    length, below = question.classes[0].minutes, {}
    for site in {room.site for room in rooms}:
        here = others.site == site
        change = np.zeros(8 * DAY_MINUTES, np.int64)
        np.add.at(change, others.start[here], 1)
        np.add.at(change, others.end[here], -1)
        at_once = np.lib.stride_tricks.sliding_window_view(np.cumsum(change), length)[starts].max(axis=1)
        below[site] = at_once < question.most_at_once
    return np.stack([below[room.site] for room in rooms], axis=1) if rooms else np.ones((len(starts), 0), bool)
