"""The dates of a series of a calendar, between two instants; a rule that never ends is asked for no more than those."""

from datetime import UTC, datetime, time, timedelta

from dateutil.rrule import rrulestr
from icalendar import vRecur

from studiolab.adapters.calendar_events import YEARS, Local, Refused

FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
PARTS = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYSETPOS", "BYDAY", "BYMONTH", "BYMONTHDAY", "BYYEARDAY",
         "BYWEEKNO", "BYHOUR", "BYMINUTE", "BYSECOND"}  # fmt: skip
TRIED = 100_000  # dates of one rule, from its first on
CYCLE = 400  # years after which the calendar repeats, weekdays and all


class NoSuchDay(Refused):
    """A rule that names no date at all, which takes long to know."""


def slots(entry, since, until):
    """list of (Local, length), in order: the times at which `Entry` takes place and that begin in [since, until).

    since, until : datetimes in UTC. Raises Refused for a rule that cannot be read or has too many dates.
    """
    found = {}
    rules = () if entry.slot else entry.rules
    times = entry.more if rules else ((entry.start, None), *entry.more)
    for rule in rules:
        found |= {each.instant: (each, entry.length) for each in _of_rule(rule, entry.start, since, until)}
    for each, length in times:
        found[each.instant] = (each, entry.length if length is None else length)
    return [pair for instant, pair in sorted(found.items())
            if since <= instant < until and not entry.leaves_out(pair[0])]  # fmt: skip


def _of_rule(rule, start, since, until):
    """Local of each date in [since, until)."""
    _check(rule)
    last, some = _last(rule, start), None
    if start.instant >= until:
        return
    for tried, wall in enumerate(_walls(rule, start.wall, until.year + 1)):
        some = start.at(wall)
        if some.instant >= until or (last is not None and some.instant > last):
            return
        if tried == TRIED:
            raise Refused(f"its rule names more than {TRIED:,} dates from its start to {until:%Y-%m-%d}")
        if some.instant >= since:
            yield some
    if some is None:
        raise NoSuchDay(f"its rule {_said(rule)} names a date that does not exist")


def _walls(rule, start, year):
    """Wall times from `start` on. dateutil looks for a date up to the year 9999; moved by whole cycles of the calendar
    to where that is near, it ends ten times sooner on a rule that has none."""
    moved = (9999 - year) // CYCLE * CYCLE
    try:
        for wall in rrulestr(_said(rule), dtstart=start.replace(year=start.year + moved)):
            yield wall.replace(year=wall.year - moved)
    except ValueError as error:
        raise Refused(f"its rule {_said(rule)} cannot be read: {error}") from error


def _said(rule):
    """The rule as text without its end."""
    return vRecur({part: value for part, value in rule.items() if part != "UNTIL"}).to_ical().decode()


def _check(rule):
    frequency = str(rule.get("FREQ", [""])[0]).upper()
    if frequency not in FREQUENCIES:
        raise Refused(f"its rule has the frequency {frequency or 'none'}, expected one of {', '.join(FREQUENCIES)}")
    for part in sorted(set(rule) - PARTS):
        raise Refused(f"its rule has the part {part}, which is not of RFC 5545")
    for part in ("INTERVAL", "COUNT"):
        if part in rule and int(rule[part][0]) < 1:
            raise Refused(f"its rule has {part}={rule[part][0]}, expected at least 1")


def _last(rule, start):
    """The instant of UNTIL, None where it is far; a day is over at its end, a time without a zone is the start's."""
    said = rule.get("UNTIL", [None])[0]
    if said is None or said.year >= YEARS[-1]:
        return None
    if said.year < YEARS[0]:
        return datetime.min.replace(tzinfo=UTC)
    if not isinstance(said, datetime):
        return Local(datetime.combine(said, time()) + timedelta(days=1, microseconds=-1), start.zone).instant
    return said.astimezone(UTC) if said.tzinfo else Local(said, start.zone).instant
