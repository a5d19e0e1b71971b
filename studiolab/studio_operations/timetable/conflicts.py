"""Conflicts in a schedule as it stands: a room or a person booked twice, too many people, times that cannot be.

A pair of classes is in conflict where both last for some common time; one that begins when the other ends is not. Pairs
are counted without being listed: in order of start, what a class meets is what begins before it ends, and two binary
searches bound that. A room with n classes at one hour has n(n-1)/2 of them, which only a limit on the list survives.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pandas as pd

from studiolab.schema import WEEKDAYS

ROOM, INSTRUCTOR = "room double-booked", "instructor double-booked"
FULL, SMALL = "over capacity", "room too small"
CLOSED, BACKWARDS = "outside opening hours", "ends before it starts"
KINDS = (ROOM, INSTRUCTOR, FULL, SMALL, CLOSED, BACKWARDS)
MOST = 1000
MINUTE, QUARTER, DAY = 60 * 10**9, 900 * 10**9, 86_400 * 10**9
UNKNOWN = np.iinfo("int64").min  # NaT


@dataclass(frozen=True)
class Conflicts:
    """totals : dict of each of KINDS to how many there are; table : the first of them, by kind and earliest first, with
    kind, first and second (class_id; second is None where one class is enough), from and until (UTC)."""

    totals: dict
    table: pd.DataFrame
    rows: np.ndarray = field(repr=False)  # (n, 2) places in the events, -1 for no second

    @property
    def total(self):
        """How many there are of all kinds."""
        return sum(self.totals.values())


def find(events, rooms=None, hours=None, timezone="UTC", most=MOST):
    """`Conflicts` of the classes of one studio; cancelled ones have none, nor has a class without room or instructor.

    events : DataFrame (n,), columns of the schema's class_sessions: class_id, starts_at and ends_at, and what there is
        of room_id, instructor_id, max_capacity, booked, is_cancelled; one whose end is unknown meets nobody
    rooms : DataFrame of the schema's rooms, None where capacities are unknown
    hours : dict of weekday (schema.WEEKDAYS) to (opening, closing) in minutes since midnight, at the studio; a weekday
        that is not in it is closed; None where unknown
    timezone : IANA zone of `hours`
    most : rows of the table for each kind, None for all
    Raises ValueError for a missing column, times without a zone, a second studio, and hours or a zone that are none.
    """
    starts, ends = _instants(events, "starts_at"), _instants(events, "ends_at")
    _one_studio(events)
    alive = (starts != UNKNOWN) & (ends != UNKNOWN) & ~_flags(events)
    lasting = alive & (ends > starts)
    moments = _moments(lasting, starts, ends)
    room, room_ids = _codes(events, "room_id")
    places, rooms_places = _numbers(events, "max_capacity"), _room_places(room, room_ids, rooms)
    found = {
        ROOM: _double(room, moments, starts, most),
        INSTRUCTOR: _double(_codes(events, "instructor_id")[0], moments, starts, most),
        FULL: _single(np.flatnonzero(alive & (_numbers(events, "booked") > places)), starts, most),
        SMALL: _single(np.flatnonzero(alive & (places > rooms_places)), starts, most),
        CLOSED: _single(np.flatnonzero(_outside(moments, hours, timezone)), starts, most),
        BACKWARDS: _single(np.flatnonzero(alive & ~lasting), starts, most),
    }
    totals = {kind: count for kind, (count, _) in found.items()}
    rows = np.concatenate([listed for _, listed in found.values()])
    kinds = np.repeat(KINDS, [len(listed) for _, listed in found.values()])
    return Conflicts(totals, _table(events, kinds, rows, starts, ends), rows)


class _Moments(NamedTuple):
    """When classes last; those that do not are all at the moment at which one of the others starts."""

    lasting: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    begin: np.ndarray  # starts in whole numbers of any unit, 0 <= begin < span
    length: np.ndarray  # in the same unit
    span: int


def _moments(lasting, starts, ends):
    one = starts[lasting.argmax()] if lasting.any() else 0
    starts, ends = np.where(lasting, starts, one), np.where(lasting, ends, one)
    begin, end = starts // MINUTE, ends // MINUTE
    if (begin * MINUTE != starts).any() or (end * MINUTE != ends).any():
        # nanoseconds and many rooms would not fit into 64 bits, ranks do
        begin, end = np.unique(np.stack([starts, ends]), return_inverse=True)[1].reshape(2, -1)
    low = begin.min() if len(begin) else 0
    span = int(end.max(initial=low) - low) + 1
    return _Moments(lasting, starts, ends, begin - low, (end - begin).astype("int32"), span)


def _double(codes, moments, starts, most):
    """(count, (k, 2) places) of pairs of one code that share a moment."""
    beyond = codes.max(initial=-1) + 1
    codes = np.where(moments.lasting & (codes >= 0), codes, beyond)
    begin, order = _sorted(codes * moments.span + moments.begin)
    begin = begin[: np.searchsorted(begin, beyond * moments.span)]
    end = begin + moments.length[order[: len(begin)]]
    first = np.flatnonzero(begin[1:] < end[:-1])
    meets = np.searchsorted(begin, end[first]) - first - 1
    chosen = _earliest(starts[order[first]], most)
    return int(meets.sum()), order[_pairs(first[chosen], meets[chosen], most)]


def _sorted(keys):
    """Keys in order, and their places. Numbers sort several times faster than places do, so both go into one."""
    bits = len(keys).bit_length()
    if int(keys.max(initial=0)).bit_length() + bits > 62:
        order = np.argsort(keys, kind="stable")
        return keys[order], order
    packed = np.sort((keys << bits) | np.arange(len(keys)))
    return packed >> bits, packed & ((1 << bits) - 1)


def _pairs(first, meets, most):
    """(k, 2) places: each of `first` with each of the next `meets` after it, `most` in all."""
    if most is not None:
        meets = np.clip(most - (np.cumsum(meets) - meets), 0, meets)
    nth = np.arange(meets.sum()) - np.repeat(np.cumsum(meets) - meets, meets)
    first = np.repeat(first, meets)
    return np.column_stack([first, first + 1 + nth])


def _single(rows, starts, most):
    """(count, (k, 2) places) of classes that are wrong alone."""
    listed = rows[_earliest(starts[rows], most)]
    return len(rows), np.column_stack([listed, np.full_like(listed, -1)])


def _earliest(starts, most):
    """Places of the `most` first, in order."""
    some = np.arange(len(starts)) if most is None or most >= len(starts) else np.argpartition(starts, most)[:most]
    return some[np.lexsort((some, starts[some]))]


def _outside(moments, hours, timezone):
    """Whether any of a class is outside the hours; it is of the weekday on which it begins.

    Zones change their offset at a quarter of an hour, so what there is to know is known for each quarter.
    """
    if hours is None or not moments.lasting.any():
        return np.zeros(len(moments.lasting), dtype=bool)
    opening, closing = _checked(hours)
    first, last = moments.starts // QUARTER, moments.ends // QUARTER
    low = first.min()
    quarters = np.arange(low, last.max() + 1) * QUARTER
    wall = _wall(quarters, timezone)
    day, ahead = wall // DAY, wall - quarters
    weekday = (day + 3) % 7  # 1970-01-01 was a Thursday
    opens, closes = day * DAY + opening[weekday] - ahead, day * DAY + closing[weekday]
    first, last = first - low, last - low
    return moments.lasting & ((moments.starts < opens[first]) | (moments.ends + ahead[last] > closes[first]))


def _checked(hours):
    """Opening and closing (7,) in nanoseconds since midnight; a closed day opens after it closes."""
    opening, closing = np.full(7, DAY), np.zeros(7, dtype="int64")
    for weekday, (first, last) in hours.items():
        if weekday not in WEEKDAYS or not 0 <= first < last <= 1440:
            raise ValueError(f"hours {weekday!r}: ({first}, {last}): expected one of {', '.join(WEEKDAYS)} and two "
                             "minutes since midnight, 0 <= opening < closing <= 1440")  # fmt: skip
        opening[WEEKDAYS.index(weekday)], closing[WEEKDAYS.index(weekday)] = first * MINUTE, last * MINUTE
    return opening, closing


def _wall(instants, timezone):
    """The studio's clock, in nanoseconds since 1970."""
    try:
        local = pd.DatetimeIndex(instants.view("datetime64[ns]"), tz="UTC").tz_convert(timezone)
    except KeyError as error:
        raise ValueError(f"no time zone {timezone!r}: expected an IANA name, e.g. Europe/Berlin") from error
    return local.tz_localize(None).asi8


def _codes(events, column):
    """(codes (n,), names): a whole number for each name, -1 where there is none."""
    if column not in events:
        return np.full(len(events), -1), np.array([], dtype=object)
    return pd.factorize(events[column].to_numpy() if events[column].dtype == object else events[column])


def _room_places(codes, names, rooms):
    if rooms is None:
        return np.full(len(codes), np.nan)
    places = rooms.set_index("room_id")["max_capacity"].reindex(names).to_numpy(float, na_value=np.nan)
    return np.append(places, np.nan)[codes]


def _instants(events, column):
    if column not in events or not isinstance(events[column].dtype, pd.DatetimeTZDtype):
        came = events[column].dtype if column in events else f"only {', '.join(events)}"
        raise ValueError(f"events need the column {column} as instants in UTC; there is {came}")
    return events[column].to_numpy("datetime64[ns]").view("int64")


def _one_studio(events):
    if "studio_id" in events and len(events) and (events["studio_id"].to_numpy() != events["studio_id"].iloc[0]).any():
        raise ValueError("events are of several studios, whose rooms may have the same names: give one studio's")


def _flags(events):
    if "is_cancelled" not in events:
        return np.zeros(len(events), dtype=bool)
    return events["is_cancelled"].astype("boolean").to_numpy(bool, na_value=False)


def _numbers(events, column):
    if column not in events:
        return np.full(len(events), np.nan)
    return events[column].astype("Float64").to_numpy(float, na_value=np.nan)


def _table(events, kinds, rows, starts, ends):
    first, second = rows.T
    other = np.where(second < 0, first, second)
    ids = events["class_id"].to_numpy(dtype=object)
    since, until = np.maximum(starts[first], starts[other]), np.minimum(ends[first], ends[other])
    return pd.DataFrame({
        "kind": pd.Categorical(kinds, KINDS), "first": ids[first], "second": np.where(second < 0, None, ids[other]),
        "from": pd.DatetimeIndex(since.view("datetime64[ns]"), tz="UTC"),
        "until": pd.DatetimeIndex(until.view("datetime64[ns]"), tz="UTC"),
    })  # fmt: skip
