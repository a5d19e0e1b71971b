"""A week's timetable as a calendar file (iCalendar, RFC 5545): a weekly series for each class.

A class keeps its UID for good, so a calendar that reads the file again updates what it has instead of doubling it.
"""

from bisect import bisect_left
from datetime import UTC, datetime, time, timedelta
from itertools import groupby

import pandas as pd
from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard, vText

from studiolab.adapters.calendar_events import KEPT, zone_of
from studiolab.schema import WEEKDAYS

LAST_MOMENT = time(23, 59, 59)
YEARS = 12  # for which the file says when clocks change


def write_calendar(placements, timezone, from_date, *, studio_id, stamp, until=None, name="Timetable", revision=0):
    """Bytes of a calendar file; each class keeps its time on the wall through the year.

    placements : DataFrame or list of dicts: class_id, class_name, weekday (schema.WEEKDAYS), start (minutes since
        midnight), minutes, and what there is of room_id, room_name, instructor_id, instructor_name, style, level and
        max_capacity. A class may be on several weekdays.
    from_date, until : dates, the first and the last day (None: without end) at the studio; timezone : its IANA zone
    stamp : instant when the timetable was made; revision : whole, greater for each later one: calendars keep the newest
    Raises ValueError for a row that is no placement, a class at two times of day or in two rooms, and a zone that is
    none.
    """
    rows = placements.to_dict("records") if isinstance(placements, pd.DataFrame) else list(placements)
    zone, held = zone_of(timezone), Calendar()
    if until is not None and until < from_date:
        raise ValueError(f"the last day, {until}, is before the first, {from_date}")
    for key, value in (("prodid", "-//studiolab//timetable//EN"), ("version", "2.0"), ("method", "PUBLISH"),
                       ("x-wr-calname", " ".join(name.split())), ("x-wr-timezone", timezone)):  # fmt: skip
        held.add(key, value)
    if timezone != "UTC":
        held.add_component(_zone(timezone, zone, from_date))
    for class_id, same in groupby(sorted(rows, key=_class_id), key=_class_id):
        event = _series(list(same), zone, from_date, until)
        if event is not None:
            event.add("uid", f"{class_id}@{studio_id}.studiolab")
            event.add("dtstamp", stamp)
            event.add("sequence", revision)
            held.add_component(event)
    return held.to_ical()


def _class_id(row):
    return str(row["class_id"])


def _series(rows, zone, from_date, until):
    """Event of a class, without its UID; None where its first day would be after `until`."""
    for row in rows:
        _check(row, rows[0])
    days = sorted({WEEKDAYS.index(row["weekday"]) for row in rows})
    first = from_date + timedelta(days=min((day - from_date.weekday()) % 7 for day in days))
    if until is not None and first > until:
        return None
    row = rows[0]
    start = datetime.combine(first, time()) + timedelta(minutes=int(row["start"]))
    rule = {"freq": "weekly", "byday": [WEEKDAYS[day] for day in days]}
    if until is not None:
        rule["until"] = datetime.combine(until, LAST_MOMENT, zone).astimezone(UTC)
    event = Event()
    event.add("dtstart", start.replace(tzinfo=zone))
    event.add("dtend", (start + timedelta(minutes=int(row["minutes"]))).replace(tzinfo=zone))
    event.add("rrule", rule)
    event.add("summary", row["class_name"])
    for key, value in _said(row).items():
        event.add(key, vText(value), {"VALUE": "TEXT"} if key.startswith("X-") else None)
    return event


def _said(row):
    """dict of property to text: what people read, and our own columns, which come back as they were."""
    known = {key: value for key, value in row.items() if pd.notna(value)}
    if "max_capacity" in known:
        known["max_capacity"] = int(known["max_capacity"])
    said = {name: str(known[column]) for column, name in KEPT.items() if column in known}
    with_whom = f"with {known['instructor_name']}" if "instructor_name" in known else None
    words = [word for word in (with_whom, known.get("style"), known.get("level")) if word]
    said |= {"X-STUDIOLAB-CLASS-ID": str(row["class_id"])}
    if "room_name" in known or "room_id" in known:
        said["LOCATION"] = str(known.get("room_name", known.get("room_id")))
    return said | ({"DESCRIPTION": ", ".join(words)} if words else {})


def _check(row, first):
    who = f"class {row['class_id']}"
    if row["weekday"] not in WEEKDAYS:
        raise ValueError(f"{who} has the weekday {row['weekday']!r}, expected one of {', '.join(WEEKDAYS)}")
    if not 0 <= row["start"] < 1440 or not 0 < row["minutes"] <= 1440:
        raise ValueError(f"{who} starts at minute {row['start']} and lasts {row['minutes']}, expected 0 to 1439 since "
                         "midnight, and 1 to 1440")  # fmt: skip
    for column in ("start", "minutes", "room_name", "room_id", "instructor_id", "instructor_name"):
        one, other = row.get(column), first.get(column)
        if one != other and not (pd.isna(one) and pd.isna(other)):
            raise ValueError(f"{who} has {column} {other!r} on {first['weekday']} and {one!r} on {row['weekday']}; in "
                             "a calendar each of the two needs an id of its own")  # fmt: skip


def _zone(timezone, zone, from_date):
    """VTIMEZONE for YEARS from the year of the first day on. Our own, as icalendar's begins summer time an hour late
    and misses years where the clock changes by the moon (Casablanca)."""
    first = datetime(from_date.year, 1, 1, tzinfo=UTC)
    offset = _offset(zone, first)
    parts = {(offset, offset, "STANDARD"): [first.replace(tzinfo=None)]}
    for instant, before, after in _changes(zone, first, first + timedelta(days=366 * YEARS)):
        kind = "DAYLIGHT" if instant.astimezone(zone).dst() else "STANDARD"
        parts.setdefault((before, after, kind), []).append((instant + before).replace(tzinfo=None))
    held = Timezone()
    held.add("tzid", timezone)
    for (before, after, kind), walls in parts.items():
        part = TimezoneDaylight() if kind == "DAYLIGHT" else TimezoneStandard()
        part.add("dtstart", walls[0])
        if walls[1:]:
            part.add("rdate", walls[1:])
        part.add("tzoffsetfrom", before)
        part.add("tzoffsetto", after)
        held.add_component(part)
    return held


def _changes(zone, first, last):
    """(instant, offset before, offset after) of each change of a zone's clock, to the minute."""
    low, before = first, _offset(zone, first)
    while low < last:
        high = low + timedelta(days=1)
        after = _offset(zone, high)
        if after != before:
            yield _change(zone, low, before), before, after
        low, before = high, after


def _change(zone, low, before):
    minutes = bisect_left(range(1440), True, key=lambda minute: _offset(zone, low, minute) != before)
    return low + timedelta(minutes=minutes)


def _offset(zone, instant, minutes=0):
    return (instant + timedelta(minutes=minutes)).astimezone(zone).utcoffset()
