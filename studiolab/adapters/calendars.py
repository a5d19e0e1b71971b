"""Calendar files in (iCalendar, RFC 5545), as Google, Outlook and Apple write them, and as `write_calendar` does.

Every class between two instants, whatever repeats, moves or is called off; what cannot be read is kept with its line
and the reason.
"""

import re
from dataclasses import replace
from datetime import UTC
from itertools import groupby, pairwise
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from studiolab.adapters.calendar_events import Refused, Zones, parse, zone_of
from studiolab.adapters.calendar_rules import NoSuchDay, slots
from studiolab.adapters.calendar_writing import write_calendar
from studiolab.adapters.errors import StudiolabError
from studiolab.adapters.imports.reading import decode
from studiolab.schema import INSTANT

COLUMNS = ("class_id", "series_id", "class_name", "starts_at", "ends_at", "room_id", "room_name", "instructor_id",
           "instructor_name", "style", "level", "max_capacity", "is_cancelled")  # fmt: skip
REJECTED = ("uid", "line", "class_name", "reason")
MOST_ROWS = 200_000
MOST_HOPELESS = 20  # rules without any date, each of which takes half a second

__all__ = ["COLUMNS", "REJECTED", "read_calendar", "write_calendar"]


class _File(NamedTuple):
    events: list  # (line of the file, lines)
    zones: dict  # TZID to lines
    is_cancelled: bool


def read_calendar(source, since, until, timezone):
    """(classes, rejected) of a calendar file: a row for each class that begins in [since, until), earliest first.

    source : bytes, or the path of a file; since, until : dates or instants, at the studio where they have no zone
    timezone : IANA zone of the studio, and of times in the file that have none
    classes : DataFrame of COLUMNS, instants in UTC, no end where none is said; an id of a room or instructor is its
        name where the file has none. class_id is the UID; of a series, with the date for which the class was first
        meant, so that it stays the same for one that moves; series_id says which series.
    rejected : DataFrame of REJECTED; the line is that of the event's BEGIN
    Of several versions of an event the newest counts. Raises StudiolabError for a file that is no calendar, or that
    has more than MOST_ROWS classes; ValueError for a zone that is none.
    """
    name, data = ("the calendar", source) if isinstance(source, bytes) else (Path(source).name, _bytes(source))
    file = _cut(name, data)
    zones = Zones(zone_of(timezone), file.zones)
    since, until = (_instant(moment, zones.studio) for moment in (since, until))
    entries, rejected = _entries(file, zones)
    rows, hopeless = [], 0
    for line, entry, series in _newest(entries):
        try:
            rows += _rows(entry, series, since, until)
        except Refused as error:
            hopeless += isinstance(error, NoSuchDay)
            rejected.append((entry.uid, line, entry.details["class_name"], _sentence(line, error)))
        if hopeless > MOST_HOPELESS or len(rows) > MOST_ROWS:
            raise StudiolabError(
                f"{name} has too much between {since:%Y-%m-%d} and {until:%Y-%m-%d}: more than {MOST_ROWS:,} classes, "
                f"or {MOST_HOPELESS} rules that name no date. Ask for a shorter time, or for a part of the file."
            )
    classes = _classes(rows)
    if file.is_cancelled:
        classes["is_cancelled"] = True
    return classes, pd.DataFrame(sorted(rejected, key=lambda row: row[1]), columns=REJECTED)


def _bytes(path):
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise StudiolabError(f"{path} cannot be read: {error.strerror or error}. Check the path.") from error


def _cut(name, data):
    """The `_File` of bytes; lines that were folded are whole again before they are decoded, since some writers fold in
    the middle of a character."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or data[1:400:2].count(0) > 100:
        data = decode(data).encode()
    numbers, whole = [], []
    for number, line in enumerate(re.split(rb"\r\n|\n|\r", data), 1):
        if line[:1] in (b" ", b"\t") and whole:
            whole[-1] += line[1:]
        elif line.strip():
            numbers.append(number)
            whole.append(line)
    lines = decode(b"\n".join(whole)).replace("\0", "").split("\n")
    marks = [line.strip().upper() for line in lines]
    if "BEGIN:VCALENDAR" not in marks:
        raise StudiolabError(f"{name} is no calendar: it begins with {lines[0][:40]!r}, expected BEGIN:VCALENDAR. "
                             "Export it again as iCalendar (.ics).")  # fmt: skip
    events = [(numbers[first], lines[first:end]) for first, end in _blocks(marks, "VEVENT")]
    described = [lines[first:end] for first, end in _blocks(marks, "VTIMEZONE")]
    zones = {line[5:].strip(): block for block in described for line in block if line.upper().startswith("TZID:")}
    return _File(events, zones, "METHOD:CANCEL" in marks)


def _blocks(marks, kind):
    """(first, end) of each component; one that is not closed goes to where the next begins."""
    starts = [place for place, mark in enumerate(marks) if mark == f"BEGIN:{kind}"]
    for start, following in pairwise([*starts, len(marks)]):
        end = next((place + 1 for place in range(start, following) if marks[place] == f"END:{kind}"), following)
        yield start, end


def _entries(file, zones):
    """((line, Entry) of each event, rows of REJECTED)."""
    entries, rejected = [], []
    for line, lines in file.events:
        try:
            if lines[-1].strip().upper() != "END:VEVENT":
                raise Refused("it is cut off, expected a line END:VEVENT")
            entries.append((line, parse(lines, zones)))
        except Refused as error:
            rejected.append((_said(lines, "UID"), line, _said(lines, "SUMMARY"), _sentence(line, error)))
    return entries, rejected


def _said(lines, name):
    """What a line of that name says, as it came."""
    found = (line.partition(":")[2] for line in lines if re.match(rf"{name}[:;]", line, re.IGNORECASE))
    return next(found, None)


def _newest(entries):
    """(line, Entry, Entry of its series or None): the newest version of each time of a series that is replaced and not
    left out, and of each series, without those times."""
    in_order = sorted(entries, key=lambda pair: (pair[1].uid, pair[1].version, pair[0]))
    for _, versions in groupby(in_order, key=lambda pair: pair[1].uid):
        newest = {entry.slot and entry.slot.instant: (line, entry) for line, entry in versions}
        line, series = newest.pop(None, (None, None))
        if series is not None:
            replaced = tuple(entry.slot for _, entry in newest.values())
            yield line, replace(series, without=series.without + replaced), series
        for line, entry in newest.values():
            if series is None or not series.leaves_out(entry.slot):
                yield line, entry, series


def _rows(entry, series, since, until):
    """dicts of COLUMNS, one for each time at which an `Entry` takes place."""
    rows = []
    for each, length in slots(entry, since, until):
        rows.append(entry.details | {
            "class_id": _name(entry, series, entry.slot or each),
            "series_id": entry.details["series_id"] or entry.uid,
            "starts_at": each.instant, "ends_at": None if length is None else each.after(length),
            "is_cancelled": entry.is_cancelled,
        })  # fmt: skip
    return rows


def _name(entry, series, slot):
    """UID and date; the time of day too where it is not that of the series, which may have several a day."""
    if entry.slot is None and not entry.rules and not entry.more:
        return entry.uid
    usual = series.start if series else slot
    wall = slot.instant.astimezone(usual.zone).replace(tzinfo=None)
    return f"{entry.uid}/{wall:%Y-%m-%d}" + ("" if wall.time() == usual.wall.time() else f"T{wall:%H%M}")


def _classes(rows):
    frame = pd.DataFrame(rows, columns=COLUMNS)
    for column in ("starts_at", "ends_at"):
        frame[column] = pd.to_datetime(frame[column], utc=True).astype(INSTANT)
    frame = frame.astype({"max_capacity": "Int64", "is_cancelled": "boolean"})
    return frame.sort_values(["starts_at", "class_id"], ignore_index=True)


def _sentence(line, error):
    return f"The event in line {line} was left out: {error}."


def _instant(moment, studio):
    moment = pd.Timestamp(moment)
    return (moment if moment.tzinfo else moment.tz_localize(studio)).to_pydatetime().astimezone(UTC)
