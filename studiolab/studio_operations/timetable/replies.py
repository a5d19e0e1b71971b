"""The shapes of what the timetable answers; points are those of `problem`, money is in major units."""

from datetime import datetime
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from studiolab.studio_calendar import clock
from studiolab.studio_operations.timetable import tables
from studiolab.studio_operations.timetable.check import TERMS, Report
from studiolab.studio_operations.timetable.problem import Problem, Timetable


class Proposal(NamedTuple):
    """A problem, an answer to it, and what `check` says of that."""

    problem: Problem
    timetable: Timetable
    report: Report


class Answer(BaseModel):
    """Base of all responses: no infinite number, no NaN."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class WindowTold(Answer):
    """A part of a weekday."""

    weekday: str
    start: str
    end: str


class ClassTold(Answer):
    """A class that is held once a week."""

    class_id: str
    name: str
    dance_style: str
    level: str
    duration_minutes: int
    max_capacity: int
    min_capacity: int
    price: float
    preferred: list[WindowTold]
    features: list[str]
    site: str | None


class RoomTold(Answer):
    """A room."""

    room_id: str
    name: str
    capacity: int
    features: list[str]
    site: str


class InstructorTold(Answer):
    """An instructor, what they teach and when."""

    instructor_id: str
    name: str
    specialties: list[str]
    availability: list[WindowTold]


class Place(Answer):
    """When, where and with whom a class is."""

    weekday: str
    start: str
    end: str
    room_id: str
    room_name: str
    instructor_id: str
    instructor_name: str


class Held(Place):
    """A class in the week."""

    class_id: str
    class_name: str
    style: str
    level: str
    points: dict[str, float] = Field(description="of each rule, those that it earns")


class Broken(Answer):
    """A hard rule that is broken."""

    rule: str
    class_ids: list[str]
    sentence: str


class Week(Answer):
    """A week, and what it is worth."""

    placements: list[Held]
    unplaced: list[str] = Field(description="ids of classes without a place")
    broken: list[Broken] = Field(description="hard rules that do not hold; empty for a week that can be saved")
    points: dict[str, float] = Field(description="of each rule, in all")
    score: float = Field(description="all points")
    places: float = Field(description="expected attended places a week; 0 where no visits are known")
    money: float = Field(description="what those places bring")
    currency: str


class OptimizeResponse(Week):
    """A proposed week, what no week can exceed, and the week as it is."""

    studio_id: str
    status: Literal["optimal", "feasible", "infeasible", "out of time"] = Field(
        description="optimal: proven; feasible: the best so far; infeasible: placing all is proven impossible; "
        "out of time: it was neither done nor proven impossible")  # fmt: skip
    bound: float = Field(
        description="what no week can exceed; where visits are known, by the demand amid the week found"
    )
    gap: float = Field(description="(bound - score) / bound")
    engine: str
    now: Week = Field(description="the saved week, or the one that is held, on the same rules")


class SavedWeek(Week):
    """The week that is saved."""

    studio_id: str
    saved_at: datetime | None = Field(description="empty where none was saved, and the week is the one that is held")
    pins: list[dict[str, str | None]]


class Saved(Answer):
    """A week is saved and in the ledger."""

    studio_id: str
    classes: int
    saved_at: datetime
    entry_id: int
    entry_hash: str


class ConflictTold(Answer):
    """Classes of the imported schedule that cannot be as they are."""

    kind: str
    first: str
    second: str | None
    sentence: str


class ConflictsResponse(Answer):
    """What is wrong with the imported schedule, and with the saved week."""

    studio_id: str
    total: int = Field(description="conflicts in the imported schedule")
    totals: dict[str, int]
    conflicts: list[ConflictTold] = Field(description="the first hundred of them")
    saved_week: list[Broken]


class ChangeTold(Answer):
    """A change that would give a class a place."""

    kind: str
    sentence: str
    effort: float = Field(description="points that the change is worth to avoid")
    gain: float = Field(description="points that it brings the week")


class WhyTold(Answer):
    """Why a class has no place."""

    class_id: str
    class_name: str
    reason: str
    sentence: str
    blockers: list[str] = Field(description="ids of classes that take what it could have")
    conflict: list[str] = Field(description="the fewest classes that cannot all be held with it")
    conflict_pins: list[str] = Field(description="those of them whose pins are a part of it")
    proven: bool
    changes: list[ChangeTold] = Field(description="the cheapest first")


class SuggestionTold(Place):
    """A time for a class."""

    points: dict[str, float] = Field(description="of the whole week, after less before")
    score: float
    expected: float | None = Field(description="attended places; empty where no visits are known")
    sentence: str


class SuggestResponse(Answer):
    """Times for a class, the best first."""

    suggestions: list[SuggestionTold]
    why_not: WhyTold | None = Field(description="where there is none")


class CalendarImported(Answer):
    """What became of a calendar's events."""

    classes: int
    new: int
    changed: int
    known: int
    rejected: list[str] = Field(description="a sentence each, with the line")
    notes: list[str]


def told_class(one):
    """`ClassTold` of a StudioClass."""
    return ClassTold(
        class_id=one.class_id, name=one.name, dance_style=one.style, level=one.level, duration_minutes=one.minutes,
        max_capacity=one.max_capacity, min_capacity=one.min_capacity, price=one.price,
        preferred=tables.told(one.preferred), features=sorted(one.features), site=one.site,
    )  # fmt: skip


def told_room(room):
    """`RoomTold` of a Room."""
    return RoomTold(room_id=room.room_id, name=room.name, capacity=room.capacity, features=sorted(room.features),
                    site=room.site)  # fmt: skip


def told_instructor(person):
    """`InstructorTold` of an Instructor."""
    return InstructorTold(
        instructor_id=person.instructor_id, name=person.name, specialties=sorted(person.specialties),
        availability=tables.told(person.availability),
    )  # fmt: skip


def told_pin(pin):
    """dict of a Pin, its time as HH:MM."""
    return vars(pin) | {"start": None if pin.start is None else clock(pin.start)}


def told_why(problem, one):
    """`WhyTold` of an Explanation."""
    name = next(known.name for known in problem.classes if known.class_id == one.class_id)
    changes = [ChangeTold(kind=change.kind, sentence=change.sentence, effort=round(change.effort, 6),
                          gain=round(change.gain, 6)) for change in one.changes]  # fmt: skip
    return WhyTold(
        class_id=one.class_id, class_name=name, reason=one.reason, sentence=one.sentence, blockers=list(one.blockers),
        conflict=list(one.conflict.class_ids), conflict_pins=list(one.conflict.pins), proven=one.proven,
        changes=changes,
    )  # fmt: skip


def told_suggestion(problem, lasts, one):
    """`SuggestionTold` of a Suggestion of a class that lasts so many minutes."""
    at = one.placement
    room = next(room for room in problem.rooms if room.room_id == at.room_id)
    person = next(person for person in problem.instructors if person.instructor_id == at.instructor_id)
    return SuggestionTold(
        **_place(at, lasts, room, person),
        points={term: round(value, 6) for term, value in one.points.items() if value}, score=round(one.score, 6),
        expected=None if one.expected is None else round(one.expected, 6), sentence=one.sentence,
    )  # fmt: skip


def week(problem, placements, report, currency):
    """dict of the fields of `Week`. A placement of what the problem does not know is told by its sentence alone."""
    known = [{one.class_id: one for one in problem.classes}, {room.room_id: room for room in problem.rooms},
             {person.instructor_id: person for person in problem.instructors}]  # fmt: skip
    points = report.points.drop_duplicates("class_id").set_index("class_id")
    held = [_held(placement, *known, points) for placement in placements if placement.class_id in points.index]
    there = {one.class_id for one in held}
    return {
        "placements": held, "unplaced": [one.class_id for one in problem.classes if one.class_id not in there],
        "broken": broken(report), "points": {term: round(float(points[term].sum()), 6) for term in TERMS},
        "score": round(report.score, 6), "places": round(report.places, 6), "money": round(report.money, 2),
        "currency": currency,
    }  # fmt: skip


def broken(report):
    """List of Broken of a Report."""
    return [Broken(rule=one.rule, class_ids=list(one.class_ids), sentence=one.sentence) for one in report.violations]


def _held(placement, classes, rooms, people, points):
    one, earned = classes[placement.class_id], points.loc[placement.class_id]
    return Held(
        class_id=one.class_id, class_name=one.name, style=one.style, level=one.level,
        points={term: round(float(earned[term]), 6) for term in TERMS if earned[term]},
        **_place(placement, one.minutes, rooms[placement.room_id], people[placement.instructor_id]),
    )  # fmt: skip


def _place(placement, minutes, room, person):
    """dict of the fields of `Place`."""
    return {"weekday": placement.weekday, "start": clock(placement.start), "end": clock(placement.start + minutes),
            "room_id": room.room_id, "room_name": room.name, "instructor_id": person.instructor_id,
            "instructor_name": person.name}  # fmt: skip
