"""A change that places a class: what it asks of the studio, what it brings, and the problem and timetable it makes."""

from dataclasses import replace
from typing import NamedTuple

from studiolab.studio_calendar import StudioCalendar
from studiolab.studio_operations.timetable.problem import Instructor, Pin, Room, StudioClass

LISTED = {StudioClass: ("classes", "class_id"), Room: ("rooms", "room_id"), Pin: ("pins", "class_id"),
          Instructor: ("instructors", "instructor_id")}  # fmt: skip


class Prices(NamedTuple):
    """Effort of a change in points of the timetable's score; our assumptions, for an owner to set.

    move, drop : of a class that members know; window, opening, shorter : a minute; style : learned; seat : more in a
    room; smaller : a place less in the class; feature, site, one_more, pin : each
    """

    move: float = 10.0
    drop: float = 30.0
    window: float = 0.4
    opening: float = 1.0
    shorter: float = 0.8
    style: float = 80.0
    seat: float = 8.0
    smaller: float = 3.0
    feature: float = 50.0
    site: float = 25.0
    one_more: float = 60.0
    pin: float = 10.0


class Change(NamedTuple):
    """A change that places a class.

    kind : "place", "move", "drop", "rearrange", "window", "opening", "style", "smaller", "seats", "feature", "site",
        "one more", "shorter" or "pin"; sentence : for people
    effort : points, by `Prices`; gain : points of the whole week after less before, as `check` counts them
    edits : records that take the place of those of the same id (of the calendar; an int is `most_at_once`)
    placements : tuple of Placement, the class's own first and then of classes that move; dropped : tuple of class ids
    """

    kind: str
    sentence: str
    effort: float
    gain: float
    edits: tuple
    placements: tuple
    dropped: tuple = ()

    @property
    def price(self):
        """Effort less gain, points; below 0 the change is worth it."""
        return self.effort - self.gain


def apply(problem, placements, change):
    """The Problem and the tuple of Placement that a Change makes of a Problem and a Timetable or placements."""
    gone = {p.class_id for p in change.placements} | set(change.dropped)
    kept = tuple(p for p in getattr(placements, "placements", placements) if p.class_id not in gone)
    for record in change.edits:
        problem = _edited(problem, record)
    return problem, kept + change.placements


def _edited(problem, record):
    if isinstance(record, StudioCalendar):
        return replace(problem, calendar=record)
    if isinstance(record, int):
        return replace(problem, most_at_once=record)
    field, key = LISTED[type(record)]
    records = tuple(record if getattr(r, key) == getattr(record, key) else r for r in getattr(problem, field))
    return replace(problem, **{field: records})
