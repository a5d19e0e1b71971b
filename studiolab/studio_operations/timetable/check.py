"""Recounts every hard rule and every point of a timetable from the timetable alone; it never sees an engine.

The rules are those that `problem` states in words.
"""

from collections import defaultdict
from typing import NamedTuple

from studiolab.studio_calendar import DAY_MINUTES, clock, covers
from studiolab.studio_operations.timetable.problem import BEGINNER, CONTINUED, GOOD_FIT

PINNED = ("weekday", "start", "room_id", "instructor_id")
TERMS = ("placed", "preferred", "beginner", "room_fit", "continuity", "keep", "attended", "revenue")


class Violation(NamedTuple):
    """rule : one word; class_ids : tuple; sentence : what is wrong, for people."""

    rule: str
    class_ids: tuple
    sentence: str


class Report(NamedTuple):
    """violations : tuple of Violation, () where every hard rule holds; points : DataFrame, a row a placed class in
    order of class_id, a column a term of TERMS; places, money : expected attended places a week and what they bring."""

    violations: tuple
    points: object
    places: float
    money: float

    @property
    def ok(self):
        """Whether no hard rule is broken."""
        return not self.violations

    @property
    def score(self):
        """Points of all terms."""
        return float(self.points[list(TERMS)].to_numpy().sum())


def check(problem, timetable):
    """`Report` of a timetable.

    timetable : Timetable, or any iterable of Placement; nothing of it is trusted
    """
    placements = list(getattr(timetable, "placements", timetable))
    known = _Known(problem)
    strange = [_unknown(known, p) for p in placements]
    placed = [p for p, what in zip(placements, strange, strict=True) if what is None]
    violations = [what for what in strange if what is not None] + _twice(placements)
    for placement in placed:
        violations += _alone(problem, known, placement)
    violations += _rooms(problem, known, placed) + _people(problem, known, placed) + _sites(problem, known, placed)
    violations += _pins(problem, placed)
    if problem.place_all:
        there = {p.class_id for p in placed}
        violations += [
            Violation("place_all", (c,), f"Class {c} is not placed.") for c in known.classes if c not in there
        ]
    points = _points(problem, known, placed)
    expected = [_expected(known, p) for p in placed]
    money = sum(e * known.classes[p.class_id].price for e, p in zip(expected, placed, strict=True))
    return Report(tuple(violations), points, float(sum(expected)), float(money))


class _Known:
    def __init__(self, problem):
        self.classes = {one.class_id: one for one in problem.classes}
        self.rooms = {room.room_id: room for room in problem.rooms}
        self.people = {person.instructor_id: person for person in problem.instructors}
        self.last = {placement.class_id: placement for placement in problem.last}
        self.demand = {}
        if problem.demand is not None:
            columns = (problem.demand[name] for name in ("class_id", "weekday", "hour", "expected"))
            self.demand = {(c, d, int(h)): float(e) for c, d, h, e in zip(*columns, strict=True)}


def _unknown(known, placement):
    for kind, names, name in (
        ("class", known.classes, placement.class_id),
        ("room", known.rooms, placement.room_id),
        ("instructor", known.people, placement.instructor_id),
    ):
        if name not in names:
            return Violation("unknown", (placement.class_id,), f"{placement}: there is no {kind} {name}.")
    return None


def _twice(placements):
    seen, found = set(), []
    for placement in placements:
        if placement.class_id in seen:
            found.append(Violation("twice", (placement.class_id,), f"Class {placement.class_id} is placed twice."))
        seen.add(placement.class_id)
    return found


def _alone(problem, known, placement):
    """What is wrong with one placement, whatever the others are."""
    one, room = known.classes[placement.class_id], known.rooms[placement.room_id]
    person, end = known.people[placement.instructor_id], placement.start + one.minutes
    when = f"{placement.weekday} {clock(placement.start)} to {clock(end)}"
    open_hours = problem.calendar.opening
    whole_day = placement.start >= 0 and end <= DAY_MINUTES
    within = covers(open_hours, placement.weekday, placement.start, end) if open_hours else whole_day
    tests = (
        ("hours", within, f"{when} lies outside the opening hours"),
        ("specialty", one.style in person.specialties, f"{person.name} does not teach {one.style}"),
        ("availability", covers(person.availability, placement.weekday, placement.start, end),
         f"{person.name} is not available {when}"),
        ("capacity", room.capacity >= one.max_capacity, f"{room.name} holds {room.capacity} of {one.max_capacity}"),
        ("features", one.features <= room.features,
         f"{room.name} lacks {', '.join(sorted(one.features - room.features))}"),
        ("site", one.site in (None, room.site), f"{room.name} is in {room.site}, not in {one.site}"),
    )  # fmt: skip
    return [
        Violation(rule, (one.class_id,), f"{one.name} ({one.class_id}): {said}.")
        for rule, holds, said in tests
        if not holds
    ]


def _spans(known, placed, owner):
    """Lists of (start, end, placement) in order of start, by owner and day."""
    spans = defaultdict(list)
    for p in placed:
        spans[owner(p), p.weekday].append((p.start, p.start + known.classes[p.class_id].minutes, p))
    return {key: sorted(found) for key, found in spans.items()}


def _rooms(problem, known, placed):
    found = []
    for (room, _), spans in _spans(known, placed, lambda p: p.room_id).items():
        until, holder = -1, None
        for start, end, p in spans:
            if holder is not None and start < until + problem.changeover:
                found.append(_clash("room", f"Room {room}", holder, p))
            if end > until:
                until, holder = end, p
    return found


def _clash(rule, who, first, second):
    begins = [clock(placement.start) for placement in (first, second)]
    if first.start == second.start:
        when = f"{first.class_id} and {second.class_id} on {second.weekday} at {begins[1]}"
    else:
        when = f"{first.class_id} at {begins[0]} and {second.class_id} at {begins[1]} on {second.weekday}"
    return Violation(rule, (first.class_id, second.class_id), f"{who} has {when}.")


def _people(problem, known, placed):
    found = []
    for (person, _), spans in _spans(known, placed, lambda p: p.instructor_id).items():
        who = f"Instructor {person}"
        until, holder = -1, None
        for start, end, p in spans:
            if holder is not None and start < until:
                found.append(_clash("instructor", who, holder, p))
            elif holder is not None and start < until + problem.travel:
                sites = known.rooms[holder.room_id].site, known.rooms[p.room_id].site
                if sites[0] != sites[1]:
                    gap = f"{start - until} of {problem.travel} minutes from {sites[0]} to {sites[1]}"
                    both = (holder.class_id, p.class_id)
                    said = f"{who} has {gap} between {both[0]} and {both[1]} on {p.weekday} at {clock(start)}."
                    found.append(Violation("travel", both, said))
            if end > until:
                until, holder = end, p
    return found


def _sites(problem, known, placed):
    if problem.most_at_once is None:
        return []
    found = []
    for (site, day), spans in _spans(known, placed, lambda p: known.rooms[p.room_id].site).items():
        for start in sorted({start for start, _, _ in spans}):
            at_once = [q.class_id for begins, ends, q in spans if begins <= start < ends]
            if len(at_once) > problem.most_at_once:
                said = f"{site} runs {len(at_once)} classes on {day} at {clock(start)}"
                found.append(Violation("at once", tuple(at_once), f"{said}, and may run {problem.most_at_once}."))
    return found


def _pins(problem, placed):
    at, found = {p.class_id: p for p in placed}, []
    for pin in problem.pins:
        placement = at.get(pin.class_id)
        if placement is None:
            found.append(Violation("pin", (pin.class_id,), f"Class {pin.class_id} is pinned and not placed."))
            continue
        wrong = [name for name in PINNED if getattr(pin, name) not in (None, getattr(placement, name))]
        if wrong:
            found.append(Violation("pin", (pin.class_id,), f"{placement} is pinned to another {', '.join(wrong)}."))
    return found


def _expected(known, placement):
    return known.demand.get((placement.class_id, placement.weekday, placement.start // 60), 0.0)


def _points(problem, known, placed):
    import pandas  # here, so that a search does without its memory

    continued, rows = _continued(placed), []
    w = problem.weights
    for p in sorted(placed):
        one, room, last = known.classes[p.class_id], known.rooms[p.room_id], known.last.get(p.class_id)
        end, places = p.start + one.minutes, _expected(known, p)
        peak = any(q.weekday == p.weekday and q.start <= p.start < q.end for q in problem.calendar.peak)
        kept = last is not None and (last.weekday, last.start) == (p.weekday, p.start)
        same = (last.room_id == p.room_id) + (last.instructor_id == p.instructor_id) if last is not None else 0
        rows.append((
            p.class_id,
            w.placed,
            w.preferred * covers(one.preferred, p.weekday, p.start, end),
            w.beginner * (one.level == BEGINNER and peak),
            w.room_fit * (one.max_capacity >= GOOD_FIT * room.capacity),
            w.continuity * (p.class_id in continued),
            w.keep * kept + w.keep / 3 * same,
            w.attended * places,
            w.revenue * places * one.price,
        ))  # fmt: skip
    return pandas.DataFrame(rows, columns=["class_id", *TERMS])


def _continued(placed):
    """Class ids that earn continuity: the second to fourth of an instructor's day."""
    days = defaultdict(list)
    for p in placed:
        days[p.instructor_id, p.weekday].append((p.start, p.class_id))
    return {name for day in days.values() for _, name in sorted(day)[1 : 1 + CONTINUED]}
