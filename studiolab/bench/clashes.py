"""How long it takes to find the conflicts of a million classes, and whether two ways of counting agree.

The second way shares nothing with the first: it walks the classes in plain Python and keeps, for each room and each
person, a heap of the ends of those under way. The peer is what one would write in pandas: join classes of a day and
room with each other, and keep the pairs that meet. Seconds are the processor's.
"""

import heapq
import time

import numpy as np
import pandas as pd

from studiolab.bench.score import at_least, at_most, plain
from studiolab.schema import WEEKDAYS
from studiolab.studio_operations.timetable import conflicts

CLASSES, JOINED, TIMES = 1_000_000, 100_000, 5
SECONDS = 0.5
ROOMS, INSTRUCTORS, A_DAY = 60, 250, 12  # the last: classes of a room in a day
HOURS = dict.fromkeys(WEEKDAYS, (7 * 60, 22 * 60))
PAIRED = {conflicts.ROOM: "room_id", conflicts.INSTRUCTOR: "instructor_id"}


def clashes(classes=CLASSES, joined=JOINED, seed=0, say=lambda what: None):
    """list of score.row: seconds and counts of `conflicts.find`, of the heap and of the join, on drawn schedules.

    classes, joined : how many classes, of the first two and of the join; the median of TIMES runs, and their range
    """
    events, rooms = schedule(classes, seed)
    say(f"conflicts of {classes:,} classes")
    found, seconds = _timed(lambda: conflicts.find(events, rooms, HOURS, "Europe/Berlin"), TIMES)
    counted, slow = _timed(lambda: {kind: by_heap(events, column) for kind, column in PAIRED.items()})
    few, _ = schedule(joined, seed + 1)
    quick, quick_seconds = _timed(lambda: conflicts.find(few).totals[conflicts.ROOM], TIMES)
    by_pandas, pandas_seconds = _timed(lambda: by_join(few, "room_id"))
    crowd = events.assign(starts_at=events["starts_at"].iloc[0], ends_at=events["ends_at"].iloc[0], room_id="r",
                          is_cancelled=False)  # fmt: skip
    crowded, crowd_seconds = _timed(lambda: conflicts.find(crowd).totals[conflicts.ROOM])
    all_pairs = classes * (classes - 1) // 2
    return [
        _seconds(f"conflicts of {classes:,} classes", seconds, at_most(SECONDS), "ours"),
        _seconds(f"conflicts of {classes:,} classes", slow, None, "heap in plain Python, pairs alone"),
        *(plain(f"{kind}, pairs equal by two methods", found.totals[kind] == counted[kind], at_least(1),
                cases=counted[kind]) for kind in PAIRED),
        _seconds(f"{conflicts.ROOM}, {joined:,} classes", quick_seconds, None, "ours, with instructors"),
        _seconds(f"{conflicts.ROOM}, {joined:,} classes", pandas_seconds, None, "join in pandas"),
        plain(f"{conflicts.ROOM}, pairs equal to the join", quick == by_pandas, at_least(1), cases=by_pandas),
        _seconds(f"{classes:,} classes in one room at one hour", crowd_seconds, at_most(SECONDS), "ours"),
        plain("pairs of one room at one hour, n (n - 1) / 2", crowded == all_pairs, at_least(1), cases=crowded),
    ]  # fmt: skip


def schedule(classes, seed):
    """(class_sessions, rooms) drawn evenly: quarter hours from 6 to 20 UTC, 45 to 90 minutes, a few cancelled."""
    rng = np.random.default_rng(seed)
    days = max(1, classes // (ROOMS * A_DAY))
    minutes = rng.integers(days, size=classes) * 1440 + rng.integers(24, 81, classes) * 15
    starts = pd.Series(pd.Timestamp("2021-01-04", tz="UTC") + pd.to_timedelta(minutes, "min"))
    rooms = pd.DataFrame({"room_id": [f"room-{i}" for i in range(ROOMS)], "max_capacity": 10 + np.arange(ROOMS) % 20})
    events = pd.DataFrame({
        "class_id": [f"class-{i}" for i in range(classes)], "starts_at": starts,
        "ends_at": starts + pd.to_timedelta(rng.choice([45, 60, 75, 90], classes), "min"),
        "room_id": [f"room-{i}" for i in rng.integers(ROOMS, size=classes)],
        "instructor_id": [f"instructor-{i}" for i in rng.integers(INSTRUCTORS, size=classes)],
        "max_capacity": pd.array(rng.integers(8, 30, classes), "Int64"),
        "booked": pd.array(rng.integers(0, 30, classes), "Int64"),
        "is_cancelled": pd.array(rng.random(classes) < 0.03, "boolean"),
    })  # fmt: skip
    return events, rooms


def by_heap(events, column):
    """Pairs of classes that share a value of the column and some moment, counted one class after another."""
    rows = events[["starts_at", "ends_at", column, "is_cancelled"]].assign(
        starts_at=events["starts_at"].astype("int64"), ends_at=events["ends_at"].astype("int64")
    )
    under_way, pairs = {}, 0
    for start, end, name, is_cancelled in sorted(rows.itertuples(index=False, name=None)):
        if is_cancelled or end <= start:
            continue
        ends = under_way.setdefault(name, [])
        while ends and ends[0] <= start:
            heapq.heappop(ends)
        pairs += len(ends)
        heapq.heappush(ends, end)
    return pairs


def by_join(events, column):
    """The same of classes that end on the day (UTC) on which they begin."""
    kept = events[~events["is_cancelled"]]
    kept = kept.assign(day=kept["starts_at"].dt.floor("D"), place=range(len(kept)))
    kept = kept[["place", "day", column, "starts_at", "ends_at"]]
    both = kept.merge(kept, on=["day", column], suffixes=("", "_other"))
    meet = (both["starts_at"] < both["ends_at_other"]) & (both["starts_at_other"] < both["ends_at"])
    return int((meet & (both["place"] < both["place_other"])).sum())


def _timed(call, times=1):
    """(what the last call gave, seconds of each)."""
    seconds = []
    for _ in range(times):
        began = time.process_time()
        given = call()
        seconds.append(time.process_time() - began)
    return given, seconds


def _seconds(figure, seconds, goal, model):
    return plain(f"{figure}, seconds", np.median(seconds), goal, model, low=min(seconds), high=max(seconds),
                 cases=len(seconds))  # fmt: skip
