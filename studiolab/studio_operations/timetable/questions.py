"""What may be asked of the timetable: the requests that every face sends, checked at the door (S3, D-17 to D-24, D-32).

Times of day are "HH:MM" at the studio. A weekday is MO to SU, a name such as Monday, or a whole number from 0, which is
Monday (K3.5). Money is in major units. A key that is not known is refused by its name.
"""

from datetime import datetime
from typing import Annotated

from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
    create_model,
)

from studiolab.schema import WEEKDAYS
from studiolab.studio_calendar import Window, clock, minutes, weekday
from studiolab.studio_operations.timetable.problem import Pin, Placement, StudioClass, Weights

LONGEST = 60  # seconds of a solve
OPENING, CLOSING = "09:00", "21:00"
NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _weekday(value):
    number = isinstance(value, int) and not isinstance(value, bool)
    if not number and (not isinstance(value, str) or value.strip().isdigit()):
        raise ValueError(f"weekday {value!r}; expected MO to SU, Monday to Sunday, or a whole number 0 (Monday) to 6")
    return weekday(value)


def _clock(value):
    if not isinstance(value, str):
        raise ValueError(f"time of day {value!r}; expected HH:MM")
    return clock(minutes(value))


def _bare(text):
    if not text.strip() or not text.isprintable():
        raise ValueError(f"{text!r}; expected a name that can be read")
    return text


WeekdayName = Annotated[
    str, BeforeValidator(_weekday),
    WithJsonSchema({"anyOf": [{"type": "string", "enum": [*WEEKDAYS, *NAMES]},
                              {"type": "integer", "minimum": 0, "maximum": 6, "description": "0 is Monday"}]}),
]  # fmt: skip
OF_DAY = r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"
Clock = Annotated[str, BeforeValidator(_clock), WithJsonSchema({"type": "string", "pattern": OF_DAY})]
Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_bare)]
Words = Annotated[list[Name], Field(max_length=100)]
People = Annotated[int, Field(strict=True, ge=1, le=100_000)]
Points = Annotated[float | None, Field(ge=0, le=10_000)]


class Question(BaseModel):
    """Base of all requests: nothing unknown, no infinite number."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class WindowGiven(Question):
    """A part of a weekday."""

    weekday: WeekdayName = Field(validation_alias=AliasChoices("weekday", "day_of_week"))
    start: Clock
    end: Clock

    def window(self):
        """As the engine takes it."""
        return Window(self.weekday, minutes(self.start), minutes(self.end))


Windows = Annotated[list[WindowGiven], Field(max_length=200)]


class ClassGiven(Question):
    """A class that is held once a week; without an id it is a new one."""

    class_id: Name | None = None
    name: Name
    dance_style: Name | None = Field(None, description="what an instructor has to teach; the name by default")
    level: Annotated[str, Field(max_length=100)] = Field("", description="Beginner counts in peak hours")
    duration_minutes: Annotated[int, Field(strict=True, ge=1, le=1440)] = 60
    max_capacity: People = 20
    min_capacity: Annotated[int, Field(strict=True, ge=0, le=100_000)] = 0
    price: Annotated[float, Field(ge=0, le=1e9)] = Field(0.0, description="money a place brings")
    preferred: Windows = []
    features: Words = []
    site: Name | None = None

    def record(self):
        """The StudioClass; without an id it is called "new"."""
        return StudioClass(
            self.class_id or "new", self.name, self.dance_style or self.name, self.level, self.duration_minutes,
            self.max_capacity, self.min_capacity, tuple(one.window() for one in self.preferred),
            frozenset(self.features), self.site, self.price,
        )  # fmt: skip


class SuggestRequest(ClassGiven):
    """Where a class would fit best beside the week as it is."""

    most: Annotated[int, Field(strict=True, ge=1, le=20)] = 5


class RoomGiven(Question):
    """A room; without an id it is a new one."""

    room_id: Name | None = None
    name: Name
    capacity: People
    features: Words = []
    site: Name | None = None


class InstructorGiven(Question):
    """An instructor; without an id it is a new one."""

    instructor_id: Name | None = None
    name: Name
    specialties: Words = []
    availability: Windows = []


class AvailabilityGiven(Question):
    """All windows in which an instructor may teach."""

    availability: Windows


WeightsGiven = create_model(
    "WeightsGiven", __base__=Question, __doc__="Points of each soft rule; what is left out stays as it is.",
    **dict.fromkeys(Weights.__dataclass_fields__, (Points, None)),
)  # fmt: skip


class Options(Question):
    """What a problem is made with, beside what is known of the studio (D-22)."""

    opening_time: Clock | None = Field(None, description="of every day; the studio's own hours by default")
    closing_time: Clock | None = None
    max_concurrent_classes: Annotated[int | None, Field(strict=True, ge=1, le=1000)] = Field(
        None, description="in one site; as many as there are rooms by default")  # fmt: skip
    prefer_beginners_in_peak: bool = True
    step: Annotated[int, Field(strict=True, ge=1, le=240)] = Field(15, description="minutes between possible starts")
    changeover: Annotated[int, Field(strict=True, ge=0, le=240)] = Field(0, description="minutes a room stays empty")
    travel: Annotated[int, Field(strict=True, ge=0, le=600)] = Field(30, description="minutes between two sites")
    place_all: bool = Field(False, description="every class has to be placed")
    minimal_change: bool = Field(False, description="a class moves only so that another can be placed")
    weights: WeightsGiven | None = None

    def given(self):
        """dict of the fields, of Options alone."""
        return {name: getattr(self, name) for name in Options.model_fields}


class OptimizeRequest(Options):
    """A timetable is looked for."""

    seconds: Annotated[float, Field(ge=0.1, le=LONGEST)] = Field(10.0, description="of one core, at most")
    seed: Annotated[int, Field(strict=True, ge=0, le=2**31)] = 0


class PlacementGiven(BaseModel):
    """Where and when a class is held; what else a row of an answer has is not looked at."""

    class_id: Name
    weekday: WeekdayName
    start: Clock
    room_id: Name
    instructor_id: Name

    def placement(self):
        """As the engine takes it."""
        return Placement(self.class_id, self.weekday, minutes(self.start), self.room_id, self.instructor_id)


class WeekGiven(Question):
    """A whole week, to be checked or saved."""

    placements: Annotated[list[PlacementGiven], Field(max_length=20_000)]
    note: Annotated[str | None, Field(max_length=2000)] = None
    made_from: datetime | None = Field(None, description="saved_at of the week it was made from; refused if it changed")
    options: Options = Options()

    def placed(self):
        """List of Placement."""
        return [one.placement() for one in self.placements]


class PinGiven(Question):
    """What of a class's place is settled; what is left out stays open."""

    class_id: Name
    weekday: WeekdayName | None = None
    start: Clock | None = None
    room_id: Name | None = None
    instructor_id: Name | None = None

    def pin(self):
        """As the engine takes it."""
        start = None if self.start is None else minutes(self.start)
        return Pin(self.class_id, self.weekday, start, self.room_id, self.instructor_id)


class WhyRequest(Question):
    """Why classes have no place in a week."""

    class_ids: Annotated[list[Name] | None, Field(max_length=20)] = Field(None, description="the first ten by default")
    placements: Annotated[list[PlacementGiven] | None, Field(max_length=20_000)] = Field(
        None, description="of the week that is asked about, the saved one by default")  # fmt: skip
    options: Options = Options()
