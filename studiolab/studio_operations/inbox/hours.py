"""Opening hours in which people are answered: as a person types them, checked, and the seconds between two moments.

As text they are days and times, "MO-FR 09:00-12:30, 16:00-20:00; SA 10:00-14:00"; a day that is not named is closed.
Sources: SPEC D-26, K3.17.
"""

import re
from datetime import timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pandas as pd

from studiolab.studio_calendar import DAY_MINUTES, WEEKDAYS, Window, clock, daily, minutes, weekday

USUAL = daily("09:00", "20:00")  # where the studio has not said otherwise
EXAMPLE = "MO-FR 09:00-12:30, 16:00-20:00; SA 10:00-14:00"
_PART = re.compile(r"([^\W\d]+)(?:\s*[-–]\s*([^\W\d]+))?\s*:?\s+(.+)")


def checked(spans):
    """Tuple of `Window` in order of the week, of (weekday, start, end) as people write them.

    Raises ValueError for what is no day or time, for a span that ends before it begins, for two that overlap, and where
    no day is open.
    """
    found = sorted((Window(weekday(day), minutes(start), minutes(end)) for day, start, end in spans),
                   key=lambda one: (WEEKDAYS.index(one.weekday), one.start, one.end))  # fmt: skip
    for one in found:
        if one.start >= one.end:
            raise ValueError(f"{one} does not end after it begins; hours over midnight are two spans, one of each day")
    for one, other in pairwise(found):
        if one.weekday == other.weekday and other.start < one.end:
            raise ValueError(f"{one} and {clock(other.start)}-{clock(other.end)} overlap; write them as one span")
    if not found:
        raise ValueError(f"no day is open, so no answer could be in time; expected hours such as {EXAMPLE}")
    return tuple(found)


def read(text):
    """`checked` hours of a text. Raises ValueError saying which part is not understood."""
    spans = []
    for part in filter(None, map(str.strip, text.split(";"))):
        named = _PART.fullmatch(part)
        if not named:
            raise ValueError(f"{part!r} is not understood; expected days and times, such as {EXAMPLE}")
        first, last = weekday(named[1]), weekday(named[2] or named[1])
        at = WEEKDAYS.index(first)
        days = [*WEEKDAYS[at:], *WEEKDAYS[:at]]
        for day in days[: days.index(last) + 1]:
            spans += [(day, *_span(one)) for one in named[3].split(",") if one.strip().lower() != "closed"]
    return checked(spans)


def in_words(opening):
    """Text of Windows, which `read` reads: days in a row with the same hours are one part."""
    own = {day: ", ".join(f"{clock(one.start)}-{clock(one.end)}" for one in opening if one.weekday == day)
           for day in WEEKDAYS}  # fmt: skip
    groups = []
    for day, times in own.items():
        if groups and groups[-1][1] == times:
            groups[-1][0].append(day)
        else:
            groups.append(([day], times))
    return "; ".join(f"{days[0] if len(days) == 1 else f'{days[0]}-{days[-1]}'} {times}"
                     for days, times in groups if times)  # fmt: skip


class Opening:
    """Opening hours: seconds of them between two moments.

    opening : Windows that do not overlap; timezone : IANA name
    """

    def __init__(self, opening, timezone):
        self.zone = ZoneInfo(timezone)
        self.days = [[one for one in opening if one.weekday == day] for day in WEEKDAYS]

    def seconds(self, start, end):
        """Of the hours between Timestamps `start` and `end`."""
        day, total = start.astimezone(self.zone).date(), 0.0
        while day <= end.astimezone(self.zone).date():
            for one in self.days[day.weekday()]:
                first, last = (self._moment(day, minute) for minute in (one.start, one.end))
                total += max((min(last, end) - max(first, start)).total_seconds(), 0.0)
            day += timedelta(days=1)
        return total

    def _moment(self, day, minute):
        days, minute = divmod(minute, DAY_MINUTES)
        wall = pd.Timestamp(day) + pd.Timedelta(days=days, minutes=minute)
        return moment(wall, self.zone)


def moment(local, timezone):
    """The instant of a studio's wall clock (Timestamp without a zone): the first of two, the next where there is none,
    as of midnight in Santiago, Cairo or Beirut on the day when summer time begins."""
    return local.tz_localize(timezone, ambiguous=True, nonexistent="shift_forward")


def _span(text):
    start, dash, end = text.replace("–", "-").partition("-")
    if not dash:
        raise ValueError(f"{text.strip()!r} is no span of time; expected one such as 09:00-20:00, or closed")
    return start.strip(), end.strip()
