"""The studio's week: its days, its times of day, when it is open and when it is peak; one for timetables and tactics.

Inside, a day is its ISO name ("MO" to "SU") and a time of day is whole minutes since midnight. Settlements K3.4, K3.5.
"""

from dataclasses import dataclass
from typing import NamedTuple

DAY_MINUTES = 24 * 60
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_NAMES = dict(zip("monday tuesday wednesday thursday friday saturday sunday".split(), WEEKDAYS, strict=True))


class Window(NamedTuple):
    """A part of a weekday, [start, end) in minutes since midnight."""

    weekday: str
    start: int
    end: int

    def __str__(self):
        return f"{self.weekday} {clock(self.start)}-{clock(self.end)}"


@dataclass(frozen=True)
class StudioCalendar:
    """opening, peak : tuple of Window; at most one opening window a day. Without `opening` any time of day is open."""

    opening: tuple = ()
    peak: tuple = ()


def weekday(value):
    """ISO name of a day: "MO" or "Monday" in any case, or a whole number from 0, which is Monday (K3.5).

    Raises ValueError naming what came.
    """
    text = str(value).strip()
    if text.upper() in WEEKDAYS:
        return text.upper()
    if text.lower() in _NAMES:
        return _NAMES[text.lower()]
    if text in tuple("0123456"):
        return WEEKDAYS[int(text)]
    raise ValueError(f"weekday {value!r}; expected {', '.join(WEEKDAYS)}, or 0 (Monday) to 6 (Sunday)")


def minutes(value):
    """Minutes since midnight of "HH:MM", or of whole minutes as they are. Raises ValueError naming what came."""
    if isinstance(value, bool):
        raise ValueError(f"time of day {value!r}; expected HH:MM")
    if isinstance(value, int):
        total = value
    else:
        hours, colon, rest = str(value).strip().partition(":")
        rest = rest.removesuffix(":00") if len(rest) > 2 else rest
        if not (colon and hours.isdecimal() and rest.isdecimal() and len(rest) == 2 and int(rest) < 60):
            raise ValueError(f"time of day {value!r}; expected HH:MM")
        total = int(hours) * 60 + int(rest)
    if not 0 <= total <= DAY_MINUTES:
        raise ValueError(f"time of day {value!r}; expected 00:00 to 24:00")
    return total


def covers(windows, day, start, end):
    """Whether `windows` hold all of [start, end) on `day`, one of them or several that touch."""
    reached = start
    for window in sorted(w for w in windows if w.weekday == day):
        if window.start <= reached < window.end:
            reached = window.end
    return reached >= end


def clock(minute):
    """ "HH:MM" of minutes since midnight."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def daily(start, end, days=WEEKDAYS):
    """Tuple of the same Window on each of `days`; times as of `minutes`."""
    return tuple(Window(day, minutes(start), minutes(end)) for day in days)


PEAK = daily("06:00", "08:00", WEEKDAYS[:5]) + daily("17:00", "19:00", WEEKDAYS[:5])
"""S4's peak hours: 6 to 8 am and 5 to 7 pm, here of working days."""


def hours_in_words(windows):
    """ "6 to 8 am and 5 to 7 pm" of windows whose times are whole hours, each span once."""
    spans = sorted({(window.start, window.end) for window in windows})
    return " and ".join(f"{_hour(start)} to {_hour(end)} {'am' if end <= 720 else 'pm'}" for start, end in spans)


def _hour(minute):
    return (minute // 60 - 1) % 12 + 1
