"""What a problem is refused for, before any engine sees it."""

import math
from collections import Counter
from numbers import Integral

from studiolab.studio_calendar import DAY_MINUTES, WEEKDAYS, clock, covers

MOST_CLASSES = 20_000


def inspect(problem):
    """Raises BadProblem naming the first item of `problem` that cannot be, what came and what was expected."""
    _sizes(problem)
    for kind, records in _records(problem):
        _once(kind, [getattr(record, f"{kind}_id") for record in records])
    for window in problem.calendar.opening + problem.calendar.peak:
        _window("the studio's calendar", window)
    _once("opening window of a day: day", [window.weekday for window in problem.calendar.opening])
    for one in problem.classes:
        _class(problem, one)
    for room in problem.rooms:
        _at_least(f"room {room.room_id}: capacity", room.capacity, 1)
    for person in problem.instructors:
        for window in person.availability:
            _window(f"instructor {person.instructor_id}: availability", window)
    _pins(problem)
    _last(problem)
    _demand(problem)


def _refuse(sentence):
    from studiolab.studio_operations.timetable.problem import BadProblem

    raise BadProblem(sentence)


def _records(problem):
    return ("class", problem.classes), ("room", problem.rooms), ("instructor", problem.instructors)


def _sizes(problem):
    if len(problem.classes) > MOST_CLASSES:
        _refuse(f"{len(problem.classes):,} classes; expected at most {MOST_CLASSES:,}: plan sites one at a time")
    if problem.classes and not problem.rooms:
        those = "1 class" if len(problem.classes) == 1 else f"{len(problem.classes):,} classes"
        _refuse(f"no rooms for {those}; expected one room or more, as a class schedule brings: `studiolab import FILE`")
    for name, low, high in (("step", 1, 240), ("changeover", 0, 240), ("travel", 0, 600)):
        value = getattr(problem, name)
        if not (isinstance(value, Integral) and low <= value <= high):
            _refuse(f"{name} {value} minutes; expected {low} to {high}, whole")
    if problem.most_at_once is not None:
        _at_least("most_at_once", problem.most_at_once, 1)
    for name, value in vars(problem.weights).items():
        if not 0 <= value <= 10_000:
            _refuse(f"weight {name} {value}; expected 0 to 10000")


def _once(kind, names):
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        _refuse(f"{kind} {twice[0]} is there {Counter(names)[twice[0]]} times; expected once")


def _at_least(what, value, low):
    if not (isinstance(value, Integral) and value >= low):
        _refuse(f"{what} {value}; expected {low} or more, whole")


def _window(whose, window):
    if window.weekday not in WEEKDAYS:
        _refuse(f"{whose}: weekday {window.weekday!r}; expected one of {', '.join(WEEKDAYS)}")
    whole = isinstance(window.start, Integral) and isinstance(window.end, Integral)
    if not whole:
        _refuse(f"{whose} on {window.weekday} from {window.start} to {window.end}; expected whole minutes")
    if not 0 <= window.start < window.end <= DAY_MINUTES:
        _refuse(
            f"{whose} on {window.weekday} from {clock(window.start)} to {clock(window.end)}; "
            "expected an end after the start, both of one day"
        )


def _class(problem, one):
    whose = f"class {one.class_id}"
    _at_least(f"{whose}: minutes", one.minutes, 1)
    _at_least(f"{whose}: max_capacity", one.max_capacity, 1)
    _at_least(f"{whose}: min_capacity", one.min_capacity, 0)
    if one.min_capacity > one.max_capacity:
        _refuse(f"{whose}: min_capacity {one.min_capacity} above max_capacity {one.max_capacity}")
    day = max((window.end - window.start for window in problem.calendar.opening), default=DAY_MINUTES)
    if one.minutes > day:
        _refuse(f"{whose} takes {one.minutes} minutes; the longest opening day has {day}")
    for window in one.preferred:
        _window(f"{whose}: preferred", window)
    sites = {room.site for room in problem.rooms}
    if one.site is not None and one.site not in sites:
        _refuse(f"{whose}: site {one.site!r} has no room; there are {', '.join(sorted(sites))}")


def _pins(problem):
    _once("pin of class", [pin.class_id for pin in problem.pins])
    classes = {one.class_id: one for one in problem.classes}
    rooms = {room.room_id: room for room in problem.rooms}
    people = {person.instructor_id: person for person in problem.instructors}
    for pin in problem.pins:
        whose = f"pin of class {pin.class_id}"
        for known, value in ((classes, pin.class_id), (rooms, pin.room_id), (people, pin.instructor_id)):
            if value is not None and value not in known:
                _refuse(f"{whose}: {value!r} is not known")
        if pin.weekday is not None and pin.weekday not in WEEKDAYS:
            _refuse(f"{whose}: weekday {pin.weekday!r}; expected one of {', '.join(WEEKDAYS)}")
        _possible(problem, pin, classes[pin.class_id], rooms.get(pin.room_id), people.get(pin.instructor_id))
    _apart(problem, classes, rooms)


def _possible(problem, pin, one, room, person):
    """A pin must not break a rule by itself."""
    whose = f"pin of class {pin.class_id}"
    if room is not None and room.capacity < one.max_capacity:
        _refuse(f"{whose}: room {room.room_id} holds {room.capacity}, the class {one.max_capacity}")
    if room is not None and not one.features <= room.features:
        _refuse(f"{whose}: room {room.room_id} lacks {', '.join(sorted(one.features - room.features))}")
    if room is not None and one.site not in (None, room.site):
        _refuse(f"{whose}: room {room.room_id} is in {room.site}, the class in {one.site}")
    if person is not None and one.style not in person.specialties:
        _refuse(f"{whose}: instructor {person.instructor_id} does not teach {one.style}")
    if pin.start is None:
        return
    _at_least(f"{whose}: start", pin.start, 0)
    days = WEEKDAYS if pin.weekday is None else (pin.weekday,)
    end = pin.start + one.minutes
    if not any(covers(problem.calendar.opening, day, pin.start, end) for day in days) and problem.calendar.opening:
        _refuse(f"{whose}: {clock(pin.start)} to {clock(end)} lies outside the opening hours of {', '.join(days)}")
    if end > DAY_MINUTES:
        _refuse(f"{whose}: {clock(pin.start)} plus {one.minutes} minutes ends after midnight")
    if person is not None and not any(covers(person.availability, day, pin.start, end) for day in days):
        _refuse(f"{whose}: instructor {person.instructor_id} is not available {clock(pin.start)} to {clock(end)}")


def _apart(problem, classes, rooms):
    """No two pins may put one room or one instructor in two classes at once."""
    timed = [pin for pin in problem.pins if pin.weekday is not None and pin.start is not None]
    by_day = {day: sorted((p for p in timed if p.weekday == day), key=lambda p: p.start) for day in WEEKDAYS}
    for pins in by_day.values():
        for k, first in enumerate(pins):
            end = first.start + classes[first.class_id].minutes
            for second in pins[k + 1 :]:
                if second.start >= end + max(problem.changeover, problem.travel):
                    break
                shared = _shared(problem, first, second, end, rooms)
                if shared:
                    _refuse(
                        f"pins of classes {first.class_id} and {second.class_id} contradict each other: both need "
                        f"{shared} on {first.weekday} at {clock(second.start)}"
                    )


def _shared(problem, first, second, end, rooms):
    """What the second of two pins finds taken by the first, which ends at `end`; None where nothing."""
    if first.room_id is not None and first.room_id == second.room_id and second.start < end + problem.changeover:
        return f"room {first.room_id}"
    if first.instructor_id is None or first.instructor_id != second.instructor_id:
        return None
    sites = {rooms[pin.room_id].site for pin in (first, second) if pin.room_id is not None}
    away = problem.travel if len(sites) == 2 else 0
    return f"instructor {first.instructor_id}" if second.start < end + away else None


def _last(problem):
    _once("last week's placement of class", [placement.class_id for placement in problem.last])
    for placement in problem.last:
        if placement.weekday not in WEEKDAYS or not 0 <= placement.start < DAY_MINUTES:
            _refuse(f"last week's placement {placement}; expected a weekday of {', '.join(WEEKDAYS)} and a time")


def _demand(problem):
    if problem.demand is None:
        return
    missing = {"class_id", "weekday", "hour", "expected"} - set(problem.demand.columns)
    if missing:
        _refuse(f"demand lacks the column {', '.join(sorted(missing))}")
    if problem.demand.duplicated(["class_id", "weekday", "hour"]).any():
        row = problem.demand[problem.demand.duplicated(["class_id", "weekday", "hour"])].iloc[0]
        _refuse(f"demand of class {row.class_id} on {row.weekday} at {row.hour} is there twice; expected once")
    for column, right, wanted in (
        ("weekday", problem.demand["weekday"].isin(WEEKDAYS), f"weekday {', '.join(WEEKDAYS)}"),
        ("hour", problem.demand["hour"].isin(range(24)), "hour 0 to 23"),
        ("expected", problem.demand["expected"].between(0, math.inf, inclusive="left"), "0 or more"),
    ):
        if not right.all():
            row = problem.demand[~right].iloc[0]
            where = f"demand of class {row.class_id} on {row.weekday} at {row.hour}"
            _refuse(f"{where}: {column} is {row[column]}; expected {wanted}")
