"""Rows of the schema's tables as a problem's records, and back; windows and words are JSON in a cell."""

import json

import pandas as pd

from studiolab.schema import minor_per_major
from studiolab.studio_calendar import Window, clock, minutes, weekday
from studiolab.studio_operations.timetable.problem import BadProblem, Instructor, Pin, Placement, Room, StudioClass

MAIN = "main"


def classes(frame):
    """Tuple of StudioClass of rows of class_definitions. Raises BadProblem for a cell that cannot be read."""
    return tuple(
        StudioClass(
            row["class_id"], row["class_name"], row["style"], _text(row["level"], ""), int(row["minutes"]),
            int(row["max_capacity"]), _whole(row["min_capacity"], 0),
            windows(row["preferred"], f"class {row['class_id']}: preferred"),
            words(row["features"], f"class {row['class_id']}: features"), _text(row["site"], None),
            _whole(row["price"], 0) / minor_per_major(row["currency"]),
        )
        for row in frame.to_dict("records")
    )  # fmt: skip


def rooms(frame):
    """Tuple of Room of rows of rooms, without those whose capacity is unknown."""
    return tuple(
        Room(row["room_id"], row["room_name"], int(row["max_capacity"]),
             words(row["features"], f"room {row['room_id']}: features"), _text(row["site"], MAIN))
        for row in frame.to_dict("records")
        if pd.notna(row["max_capacity"])
    )  # fmt: skip


def instructors(frame):
    """Tuple of Instructor of rows of instructors."""
    return tuple(
        Instructor(row["instructor_id"], row["instructor_name"],
                   words(row["specialties"], f"instructor {row['instructor_id']}: specialties"),
                   windows(row["availability"], f"instructor {row['instructor_id']}: availability"))
        for row in frame.to_dict("records")
    )  # fmt: skip


def placements(frame):
    """Tuple of Placement of rows of timetable_entries."""
    return tuple(Placement(*row) for row in frame[_PLACE].astype(object).to_numpy().tolist())


def pins(frame):
    """Tuple of Pin of rows of timetable_pins."""
    rows = frame[_PLACE].astype(object)
    return tuple(Pin(*row) for row in rows.where(rows.notna(), None).to_numpy().tolist())


_PLACE = ["class_id", "weekday", "start_minute", "room_id", "instructor_id"]


def entries(studio_id, placed, saved_at):
    """Rows of timetable_entries of an iterable of Placement."""
    rows = pd.DataFrame(list(placed), columns=_PLACE).astype({"start_minute": "Int64"})
    return rows.assign(studio_id=studio_id, saved_at=pd.Series(saved_at, rows.index, "datetime64[ns, UTC]"))


def pin_rows(studio_id, pins):
    """Rows of timetable_pins of an iterable of Pin."""
    rows = [(pin.class_id, pin.weekday, pin.start, pin.room_id, pin.instructor_id) for pin in pins]
    return pd.DataFrame(rows, columns=_PLACE).astype({"start_minute": "Int64"}).assign(studio_id=studio_id)


def windows(text, whose="a window"):
    """Tuple of Window of a JSON list of {weekday, start, end}, () of an empty cell."""
    found = _json(text, whose)
    try:
        return tuple(Window(weekday(one["weekday"]), minutes(one["start"]), minutes(one["end"])) for one in found)
    except (KeyError, TypeError) as error:
        raise BadProblem(f"{whose}: {text!r}; expected a list of {{weekday, start, end}}") from error
    except ValueError as error:
        raise BadProblem(f"{whose}: {error}") from error


def told(windows):
    """List of dict weekday, start, end ("HH:MM") of an iterable of Window."""
    return [{"weekday": one.weekday, "start": clock(one.start), "end": clock(one.end)} for one in windows]


def words(text, whose="a list of words"):
    """Frozenset of the words of a JSON list, empty of an empty cell."""
    found = _json(text, whose)
    if not all(isinstance(word, str) for word in found):
        raise BadProblem(f"{whose}: {text!r}; expected a list of words")
    return frozenset(found)


def _json(text, whose):
    if text is None or pd.isna(text) or not text.strip():
        return []
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, list):
        raise BadProblem(f"{whose}: {text!r}; expected a list in JSON")
    return found


def _text(value, empty):
    return value if isinstance(value, str) and value else empty


def _whole(value, empty):
    return empty if pd.isna(value) else int(value)
