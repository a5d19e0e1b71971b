"""One event of a calendar file as a record, or a sentence on why it is none (RFC 5545, 3.6.1)."""

import io
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cached_property
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dateutil.tz import tzical
from icalendar import Event
from icalendar.timezone import TZP

from studiolab.adapters.imports.reading import mend

YEARS = range(1900, 2201)  # outside of them no class is, and arithmetic on instants ends
MOMENT = "20260302T180000"
EXAMPLES = {"RRULE": "FREQ=WEEKLY;BYDAY=MO", "DURATION": "PT1H", "SEQUENCE": "1"}
LONGEST = timedelta(days=366)
KEPT = {
    "series_id": "X-STUDIOLAB-CLASS-ID", "room_id": "X-STUDIOLAB-ROOM-ID",
    "instructor_id": "X-STUDIOLAB-INSTRUCTOR-ID", "instructor_name": "X-STUDIOLAB-INSTRUCTOR",
    "style": "X-STUDIOLAB-STYLE", "level": "X-STUDIOLAB-LEVEL", "max_capacity": "X-STUDIOLAB-CAPACITY",
}  # fmt: skip
PLACES = ("ROOM", "RESOURCE")  # attendees that are things
ZONE_LINES = ("BEGIN", "END", "TZID", "DTSTART", "TZOFFSETFROM", "TZOFFSETTO", "TZNAME", "RRULE", "RDATE")
ZONE_RULES = {"FREQ", "BYDAY", "BYMONTH", "BYMONTHDAY", "INTERVAL", "UNTIL", "COUNT", "WKST"}


class Refused(ValueError):
    """An event that cannot be read; the message says what came and what was expected, without naming the event."""


@dataclass(frozen=True)
class Local:
    """A time on a wall in a zone; `is_day` where only the date was said."""

    wall: datetime
    zone: tzinfo
    is_day: bool = False

    @cached_property
    def instant(self):
        """In UTC. An hour that a zone repeats is the first of the two; one that it skips is read with the offset
        before it, as RFC 5545 asks (3.3.5)."""
        return self.wall.replace(tzinfo=self.zone).astimezone(UTC)

    def after(self, length):
        """The instant `length` later; of a day, so much later on the wall."""
        return Local(self.wall + length, self.zone).instant if self.is_day else self.instant + length

    def at(self, wall):
        """Another time on the wall in the same zone."""
        return Local(wall, self.zone, self.is_day)


@dataclass(frozen=True)
class Entry:
    """What a VEVENT says.

    length : timedelta, None where no end is said; slot : the time it stands for where it replaces one of a series
    more, without : further times of a series with lengths of their own (None: as the others), and times left out
    version : greater is newer; details : dict of class_name, room_name and the columns of KEPT
    """

    uid: str
    start: Local
    length: timedelta | None
    rules: tuple
    more: tuple
    without: tuple
    slot: Local | None
    version: tuple
    is_cancelled: bool
    details: dict

    @cached_property
    def _without(self):
        return {each.wall.date() if each.is_day else each.instant for each in self.without}

    def leaves_out(self, time):
        """Whether a Local is one of `without`, or on such a day."""
        return time.instant in self._without or time.wall.date() in self._without


class Zones:
    """Zones by their TZID: those of the IANA list and of Windows, then those that the file itself describes."""

    def __init__(self, studio, described):
        """studio : tzinfo of times without a zone; described : dict of TZID to the lines of its VTIMEZONE"""
        self.studio, self._lines, self._known = studio, described, {}
        self._listed = TZP()  # not the library's own, which remembers what other files described

    def __call__(self, tzid):
        if tzid not in self._known:
            self._known[tzid] = self._find(tzid)
        if self._known[tzid] is None:
            raise Refused(f"TZID={tzid} is no IANA zone (as Europe/Berlin is) and the file does not describe it")
        return self._known[tzid]

    def _find(self, tzid):
        try:
            return self._listed.timezone(tzid) or _described(self._lines[tzid])
        except (KeyError, ValueError, OSError):
            return None


def zone_of(name):
    """tzinfo of an IANA zone. Raises ValueError for a name that is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"no time zone {name!r}: expected an IANA name, e.g. Europe/Berlin") from error


def _described(lines):
    """tzinfo of a VTIMEZONE. Raises ValueError for one that says too little, or repeats otherwise than by the year."""
    kept = [line for line in lines if line.upper().split(":")[0].split(";")[0] in ZONE_LINES]
    for line in kept:
        name, _, rule = line.upper().partition(":")
        parts = dict(part.partition("=")[::2] for part in rule.split(";"))
        if name == "RRULE" and (parts.get("FREQ") != "YEARLY" or set(parts) - ZONE_RULES):
            raise ValueError(f"{line}: offsets change by the year")
    return tzical(io.StringIO("\n".join(kept))).get()


def parse(lines, zones):
    """`Entry` of the unfolded lines of a VEVENT. Raises Refused."""
    try:
        event = Event.from_ical("\r\n".join(lines))
    except (ValueError, OSError) as error:
        raise Refused(f"it cannot be read: {error}") from error
    uid = _text(event, "UID")
    if not uid:
        raise Refused("it has no UID, expected one, without which a second import would double it")
    start = _moment(event, "DTSTART", zones)
    if start is None:
        raise Refused(f"it has no DTSTART, expected a date and time, e.g. DTSTART:{MOMENT}")
    periods = [_period(value, zones) for value in _times(event, "RDATE")]
    return Entry(
        uid, start, _length(event, start, zones), tuple(_values(event, "RRULE")), tuple(filter(None, periods)),
        tuple(filter(None, (_local(value, "EXDATE", zones, strict=False) for value in _times(event, "EXDATE")))),
        _slot(event, zones), _version(event), (_text(event, "STATUS") or "").upper() == "CANCELLED", _details(event),
    )  # fmt: skip


def _values(event, name):
    """What a property says, each time it is there. Raises Refused for what is broken."""
    found = event.get(name, [])
    found = found if isinstance(found, list) else [found]
    for broken, reason in event.errors:
        if broken == name:
            raise Refused(
                f"{name} is {_text(event, name)!r} ({reason}), expected one like {EXAMPLES.get(name, MOMENT)}"
            )
    return found


def _times(event, name):
    return [value for values in _values(event, name) for value in values.dts]


def _moment(event, name, zones):
    found = _values(event, name)
    if len(found) > 1:
        raise Refused(f"it has {name} {len(found)} times, expected one")
    return _local(found[0], name, zones) if found else None


def _local(value, name, zones, strict=True):
    """Local of a DATE or DATE-TIME; None, unless strict, where it is beyond YEARS."""
    said = value.dt
    if not isinstance(said, date):
        raise Refused(f"{name} is {said}, expected a date, or a date and time like {MOMENT}")
    if said.year not in YEARS:
        if strict:
            raise Refused(f"{name} is in the year {said.year}, expected {YEARS[0]} to {YEARS[-1]}")
        return None
    if not isinstance(said, datetime):
        return Local(datetime(said.year, said.month, said.day), zones.studio, True)
    zone = zones(value.params["TZID"]) if value.params.get("TZID") else UTC if said.tzinfo else zones.studio
    return Local(said.replace(tzinfo=None), zone)


def _period(value, zones):
    """(Local, length) of an RDATE, which may be a period of its own length; None beyond YEARS."""
    if not isinstance(value.dt, tuple):
        start = _local(value, "RDATE", zones, strict=False)
        return start and (start, None)
    begin, end = value.dt
    if begin.year not in YEARS:
        return None
    zone = zones(value.params["TZID"]) if value.params.get("TZID") else UTC if begin.tzinfo else zones.studio
    return Local(begin.replace(tzinfo=None), zone), end if isinstance(end, timedelta) else end - begin


def _length(event, start, zones):
    end = _moment(event, "DTEND", zones)
    said = _values(event, "DURATION")
    if end is not None:
        length = end.wall - start.wall if end.is_day and start.is_day else end.instant - start.instant
        came = f"DTEND {end.wall:%Y-%m-%d %H:%M} is before DTSTART {start.wall:%Y-%m-%d %H:%M}"
    elif said and not isinstance(said[0].dt, timedelta):
        raise Refused(f"DURATION is {said[0].dt}, expected one like {EXAMPLES['DURATION']}")
    else:
        length = said[0].dt if said else timedelta(days=1) if start.is_day else None
        came = "its DURATION is negative"
    if length is not None and length < timedelta():
        raise Refused(f"{came}; a class ends after it starts")
    if length is not None and length > LONGEST:
        raise Refused(f"it lasts {length.days} days, expected a year at most")
    return length


def _slot(event, zones):
    slot = _moment(event, "RECURRENCE-ID", zones)
    if slot is not None and event["RECURRENCE-ID"].params.get("RANGE"):
        raise Refused("it changes all later dates at once (RANGE=THISANDFUTURE), which is not read; expected a series "
                      "that ends and another that begins, or each changed date by itself")  # fmt: skip
    return slot


def _version(event):
    """(SEQUENCE, the instant of its last change as text)."""
    numbers = _values(event, "SEQUENCE")
    broken = dict(event.errors)
    changed = [str(_last(event, name).dt) for name in ("LAST-MODIFIED", "DTSTAMP")
               if name in event and name not in broken]  # fmt: skip
    return (int(numbers[-1]) if numbers else 0, *changed[:1])


def _details(event):
    found = {column: _text(event, name) for column, name in KEPT.items()}
    people = [person for person in _people(event, "ATTENDEE") if _kind(person) not in PLACES]
    things = [thing for thing in _people(event, "ATTENDEE") if _kind(thing) in PLACES]
    owners = [owner for owner in _people(event, "ORGANIZER") if "calendar.google.com" not in str(owner).lower()]
    room = _text(event, "LOCATION") or next(map(_named, things), None)
    instructor = found["instructor_name"] or next(map(_named, people + owners), None)
    places = found["max_capacity"]
    return found | {
        "class_name": _text(event, "SUMMARY"), "room_name": room, "room_id": found["room_id"] or room,
        "instructor_name": instructor, "instructor_id": found["instructor_id"] or instructor,
        "max_capacity": int(places) if places and places.isdecimal() else None,
    }  # fmt: skip


def _text(event, name):
    """One line of text, None where there is none."""
    value = _last(event, name)
    return None if value is None else mend(" ".join(str(value).split())) or None


def _last(event, name):
    value = event.get(name)
    return value[-1] if isinstance(value, list) else value


def _people(event, name):
    found = event.get(name, [])
    return [person for person in (found if isinstance(found, list) else [found]) if _named(person)]


def _kind(person):
    return str(person.params.get("CUTYPE", "")).upper()


def _named(person):
    return mend(" ".join(str(person.params.get("CN", "")).split())) or None
