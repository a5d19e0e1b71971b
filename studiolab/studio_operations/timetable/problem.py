"""What a timetable is asked: classes to place, rooms, instructors, hours, pins, and what counts as good.

Hard rules (D-20): an instructor teaches only own specialties, only in own windows, never two classes at once, and needs
`travel` minutes between two sites; a room holds the class's `max_capacity`, has the features it asks for and holds one
class at a time, with `changeover` minutes before the next; a class lies within the opening hours; no site runs more
than `most_at_once` classes at a time; a pin holds.

Points (D-21, definitions settled by K3.3), each class for itself:
  placed      of every placed class; above what one class can earn beside it, so none is left out for points
  preferred   where it starts within one of its preferred windows and ends there
  beginner    of level "Beginner", starting within a peak window of the studio's calendar
  room_fit    where its `max_capacity` is at least 60 % of the room's capacity
  continuity  for each class of an instructor beyond the first on one day, three of them at most: with the documents'
              5 points that stays below one preferred slot
  keep        where it keeps weekday and start of last week's timetable; a third each for room and instructor
  attended    for each expected attended place, `revenue` for each major unit of money those places bring (N9)
Sources: SPEC D-17 to D-22, K3.3, K3.6, N9.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from studiolab.studio_calendar import StudioCalendar, clock

GOOD_FIT = 0.6
CONTINUED = 3  # classes beyond an instructor's first of a day that earn continuity
BEGINNER = "Beginner"


class BadProblem(ValueError):
    """The question itself is wrong; the message names the item and what was expected."""


@dataclass(frozen=True)
class StudioClass:
    """A class that is held once a week.

    minutes : how long; max_capacity, min_capacity : people; below min_capacity it would be cancelled
    preferred : tuple of Window; features : frozenset a room must have; site : name, None for any
    price : money a place brings, major units of the studio's currency
    """

    class_id: str
    name: str
    style: str
    level: str = ""
    minutes: int = 60
    max_capacity: int = 20
    min_capacity: int = 0
    preferred: tuple = ()
    features: frozenset = frozenset()
    site: str | None = None
    price: float = 0.0


@dataclass(frozen=True)
class Room:
    """capacity : people; features : frozenset of words; site : name."""

    room_id: str
    name: str
    capacity: int
    features: frozenset = frozenset()
    site: str = "main"


@dataclass(frozen=True)
class Instructor:
    """specialties : frozenset of styles; availability : tuple of Window."""

    instructor_id: str
    name: str
    specialties: frozenset
    availability: tuple = ()


class Placement(NamedTuple):
    """One class in the week; start : minutes since midnight."""

    class_id: str
    weekday: str
    start: int
    room_id: str
    instructor_id: str

    def __str__(self):
        return f"{self.class_id} {self.weekday} {clock(self.start)} in {self.room_id} with {self.instructor_id}"


@dataclass(frozen=True)
class Pin:
    """What of a class's placement is settled; None leaves it open."""

    class_id: str
    weekday: str | None = None
    start: int | None = None
    room_id: str | None = None
    instructor_id: str | None = None


@dataclass(frozen=True)
class Weights:
    """Points of each soft rule; see this module's words. `attended` and `revenue` count only where demand is known."""

    placed: float = 100.0
    preferred: float = 20.0
    beginner: float = 15.0
    room_fit: float = 10.0
    continuity: float = 5.0
    keep: float = 15.0
    attended: float = 1.0
    revenue: float = 0.05


@dataclass(frozen=True)
class Problem:
    """The whole question.

    classes, rooms, instructors : tuples of the records above; calendar : StudioCalendar
    most_at_once : classes at a time in one site, None for as many as rooms; step : minutes between possible starts
    changeover : minutes a room stays empty after a class; travel : minutes an instructor needs between two sites
    pins : tuple of Pin; last : tuple of Placement, last week's timetable, () for none
    demand : DataFrame class_id, weekday, hour, expected (attended places of a class that starts in that hour), or None
    place_all : every class has to be placed; where that cannot be, the answer is "infeasible"
    Raises BadProblem naming the first item that cannot be.
    """

    classes: tuple
    rooms: tuple
    instructors: tuple
    calendar: StudioCalendar = field(default_factory=StudioCalendar)
    most_at_once: int | None = None
    step: int = 15
    changeover: int = 0
    travel: int = 30
    pins: tuple = ()
    last: tuple = ()
    demand: object = field(default=None, compare=False)
    weights: Weights = field(default_factory=Weights)
    place_all: bool = False

    def __post_init__(self):
        from studiolab.studio_operations.timetable.door import inspect

        inspect(self)


@dataclass(frozen=True)
class Timetable:
    """An answer.

    placements : tuple of Placement; unplaced : tuple of class ids
    status : "optimal" (proven), "feasible" (best so far), "infeasible" (`place_all` proven impossible) or
        "out of time" (`place_all` neither done nor proven impossible)
    score, bound : points, and what no timetable can exceed; gap : (bound - score) / bound
    engine : what found it
    """

    placements: tuple
    unplaced: tuple
    status: str
    score: float
    bound: float
    engine: str

    @property
    def gap(self):
        """How far the score may be from the best, as a share of the bound."""
        return 0.0 if self.bound <= 0 else max(0.0, 1 - self.score / self.bound)
