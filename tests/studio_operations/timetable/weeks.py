"""Builders of small problems and weeks, and a judge of what can be held together that knows no engine."""

import random
from itertools import product

from studiolab import schema
from studiolab.studio_calendar import StudioCalendar, daily
from studiolab.studio_operations.timetable.check import check
from studiolab.studio_operations.timetable.problem import (
    Instructor,
    Pin,
    Placement,
    Problem,
    Room,
    StudioClass,
    Timetable,
)


def lesson(name, style="salsa", minutes=60, **more):
    """A class called `name`, which is its id too."""
    return StudioClass(name, name.title(), style, minutes=minutes, **more)


def room(name="hall", capacity=20, **more):
    return Room(name, name.title(), capacity, **more)


def person(name="ana", styles=("salsa",), windows=None):
    """An instructor; windows : tuple of Window, all day on every day without."""
    return Instructor(name, name.title(), frozenset(styles), daily("00:00", "24:00") if windows is None else windows)


def week(classes, rooms=None, people=None, opening=None, peak=(), **more):
    """A Problem: one hall, Ana, open on Mondays from 09:00 to 12:00 unless told, with starts each half hour."""
    rooms, people = rooms or [room()], people or [person()]
    opening = daily("09:00", "12:00", ["MO"]) if opening is None else opening
    more = {"step": 30} | more | {"pins": tuple(more.get("pins", ()))}
    return Problem(tuple(classes), tuple(rooms), tuple(people), StudioCalendar(opening, peak), **more)


def placed(text):
    """Placement of "salsa MO 09:00 hall ana"."""
    name, day, start, where, who = text.split()
    hours, minutes = start.split(":")
    return Placement(name, day, int(hours) * 60 + int(minutes), where, who)


def timetable(problem, *texts):
    """Timetable of such texts, or of placements."""
    placements = tuple(placed(text) if isinstance(text, str) else text for text in texts)
    there = {p.class_id for p in placements}
    out = tuple(one.class_id for one in problem.classes if one.class_id not in there)
    return Timetable(placements, out, "feasible", check(problem, placements).score, 1e9, "by hand")


def drawn(seed):
    """A random small studio: two sites, changeover, travel, limits, features and pins now and then."""
    dice = random.Random(seed)
    days = schema.WEEKDAYS[: dice.randint(1, 2)]
    opening = daily("09:00", dice.choice(["11:00", "12:00"]), days)
    styles = ["salsa", "yoga"]
    rooms = [
        room(f"r{k}", dice.choice([10, 20, 30]), site=dice.choice(["north", "south"]),
             features=frozenset(dice.choice([(), ("bar",)])))
        for k in range(dice.randint(1, 2))
    ]  # fmt: skip
    people = [
        person(f"i{k}", dice.sample(styles, dice.randint(1, 2)),
               tuple(w for w in daily(dice.choice(["09:00", "09:30"]), "12:00", days) if dice.random() < 0.8))
        for k in range(dice.randint(1, 2))
    ]  # fmt: skip
    sites = [one.site for one in rooms]
    classes = [
        lesson(f"c{k}", dice.choice(styles), dice.choice([45, 60, 90]), max_capacity=dice.choice([8, 15, 25]),
               min_capacity=4, site=dice.choice(sites) if dice.random() < 0.2 else None,
               features=frozenset(["bar"]) if dice.random() < 0.15 else frozenset(),
               preferred=daily("09:00", "10:30", days[:1]) if dice.random() < 0.4 else ())
        for k in range(dice.randint(3, 5))
    ]  # fmt: skip
    pins = (Pin("c0", weekday=dice.choice(days)),) if dice.random() < 0.4 else ()
    return week(classes, rooms, people, opening, step=30, changeover=dice.choice([0, 0, 15]), pins=pins,
                travel=dice.choice([0, 30]), most_at_once=dice.choice([None, 1, 2]))  # fmt: skip


def places(problem, one):
    """Every placement of a class that breaks no rule by itself, at the starts of the grid."""
    pins = tuple(pin for pin in problem.pins if pin.class_id == one.class_id)
    only = week([one], problem.rooms, problem.instructors, problem.calendar.opening, pins=pins)
    return [
        at
        for window in problem.calendar.opening
        for start, where, who in product(
            range(window.start, window.end - one.minutes + 1, problem.step), problem.rooms, problem.instructors
        )
        if check(only, [at := Placement(one.class_id, window.weekday, start, where.room_id, who.instructor_id)]).ok
    ]


def holdable(problem, class_ids):
    """Whether all of `class_ids` can be placed, the others left out: every week is tried."""
    names, minutes = list(class_ids), {one.class_id: one.minutes for one in problem.classes}
    site = {one.room_id: one.site for one in problem.rooms}
    options = [places(problem, one) for one in problem.classes if one.class_id in names]

    def apart(p, q):
        first, second = sorted((p, q), key=lambda x: x.start)
        gap = second.start - first.start - minutes[first.class_id]
        if p.weekday != q.weekday:
            return True
        if p.room_id == q.room_id and gap < problem.changeover:
            return False
        away = problem.travel if site[p.room_id] != site[q.room_id] else 0
        return p.instructor_id != q.instructor_id or gap >= away

    def crowded(chosen, p):
        here = [q for q in (*chosen, p) if q.weekday == p.weekday and site[q.room_id] == site[p.room_id]]
        most = max(sum(q.start <= t.start < q.start + minutes[q.class_id] for q in here) for t in here)
        return problem.most_at_once is not None and most > problem.most_at_once

    def rest(chosen, left):
        return not left or any(
            rest((*chosen, p), left[1:]) for p in left[0] if all(apart(p, q) for q in chosen) and not crowded(chosen, p)
        )

    return rest((), sorted(options, key=len))
