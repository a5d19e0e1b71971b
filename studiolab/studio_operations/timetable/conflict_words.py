"""Conflicts said in plain words, each in one sentence, in the studio's own time."""

import pandas as pd

from studiolab.schema import WEEKDAYS
from studiolab.studio_operations.timetable.conflicts import BACKWARDS, FULL, INSTRUCTOR, ROOM, SMALL

DAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")


def said(found, events, rooms=None, hours=None, timezone="UTC", instructors=None, first=100):
    """The `first` rows of the table of `Conflicts`, a DataFrame with one more column, sentence.

    events, rooms, hours, timezone : as they were given to `conflicts.find`
    instructors : DataFrame of the schema's instructors, None where an id has to do for a name
    """
    table = found.table.head(first)
    places = {"room_id": _names(rooms, "room"), "instructor_id": _names(instructors, "instructor")}
    speak = _Speaker(events, places, _places(rooms), hours, timezone)
    sentences = [speak(kind, *pair) for kind, pair in zip(table["kind"], found.rows[:first], strict=True)]
    return table.assign(sentence=pd.Series(sentences, index=table.index, dtype=object))


class _Speaker:
    def __init__(self, events, names, places, hours, timezone):
        self.events, self.names, self.places = events, names, places
        self.hours, self.timezone = hours, timezone

    def __call__(self, kind, first, second):
        one = self._class(first)
        if kind not in (ROOM, INSTRUCTOR):
            return f"{_named(one)} on {self._alone(kind, one)}."
        other = self._class(second)
        both = " and ".join(self._pair(one, other, "instructor_id" if kind == ROOM else "room_id"))
        shared = _span(max(one["start"], other["start"]), min(one["end"], other["end"]))
        if kind == ROOM:
            return f"{both} are both in {self._name(one, 'room_id')} on {shared}."
        return f"{self._name(one, 'instructor_id')} teaches both {both} on {shared}."

    def _pair(self, one, other, beside):
        """What two classes are called: of one name, each with its start, else with what is `beside`, else its id."""
        both = (one, other)
        names = [_named(row) for row in both]
        if names[0] != names[1]:
            return names
        starts = [f"{row['start']:at %H:%M}" for row in both]
        if starts[0] != starts[1]:
            return _each(names, starts)
        known = [row.get(beside) for row in both]
        if known[0] != known[1] and not pd.isna(known).any():
            word = "in" if beside == "room_id" else "with"
            return _each(names, [f"{word} {self._name(row, beside)}" for row in both])
        return _each(names, [f"({row['class_id']})" for row in both])

    def _alone(self, kind, one):
        """When a class is, and what is wrong with it by itself."""
        start, end = one["start"], one["end"]
        if kind == FULL:
            return f"{_moment(start)} has {one['booked']} booked for {one['max_capacity']} places"
        if kind == SMALL:
            room = f"{self._name(one, 'room_id')} holds {self.places[one['room_id']]}"
            return f"{_moment(start)} offers {one['max_capacity']} places, but {room}"
        if kind == BACKWARDS:
            return f"{_moment(start)} is said to end on {_moment(end)}, which is not after it starts"
        open_from, day = self.hours.get(WEEKDAYS[start.weekday()]), DAYS[start.weekday()]
        if open_from is None:
            return f"{_span(start, end)} is on a closed day: there are no opening hours on {day}"
        return f"{_span(start, end)} is not within the opening hours on {day}, {_hours(*open_from)}"

    def _class(self, place):
        row = self.events.iloc[place].to_dict()
        return row | {
            "start": row["starts_at"].tz_convert(self.timezone),
            "end": row["ends_at"].tz_convert(self.timezone),
        }

    def _name(self, one, column):
        return self.names[column].get(one[column], one[column])


def _named(one):
    name = one.get("class_name")
    return one["class_id"] if name is None or pd.isna(name) else name


def _each(names, words):
    return [f"{name} {word}" for name, word in zip(names, words, strict=True)]


def _names(table, kind):
    return {} if table is None else dict(zip(table[f"{kind}_id"], table[f"{kind}_name"], strict=True))


def _places(rooms):
    return {} if rooms is None else dict(zip(rooms["room_id"], rooms["max_capacity"], strict=True))


def _day(time):
    return f"{time:%a} {time.day} {time:%b %Y}"


def _moment(time):
    return f"{_day(time)} at {time:%H:%M}"


def _span(since, until):
    end = f"{until:%H:%M}" if until.date() == since.date() else f"{_day(until)}, {until:%H:%M}"
    return f"{_day(since)}, {since:%H:%M} to {end}"


def _hours(opening, closing):
    return " to ".join(f"{minute // 60:02}:{minute % 60:02}" for minute in (opening, closing))
