"""Conflicts of schedules of a few classes, worked by hand, and of drawn ones against a count of every pair."""

import tracemalloc
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiolab import schema
from studiolab.studio_operations.timetable import conflict_words
from studiolab.studio_operations.timetable.conflicts import (
    BACKWARDS,
    CLOSED,
    FULL,
    INSTRUCTOR,
    ROOM,
    SMALL,
    find,
)

MONDAY = pd.Timestamp("2026-03-02", tz="UTC")
ROOMS = pd.DataFrame({"room_id": ["r1", "r2"], "room_name": ["Big Room", "Small Room"], "max_capacity": [20, 10]})
HOURS = dict.fromkeys(("MO", "TU", "WE", "TH", "FR"), (6 * 60, 22 * 60))


def lesson(name, start, end, room="r1", teacher=None, places=10, booked=0, cancelled=False, day=MONDAY):
    """A class on Monday the 2nd of March 2026; start, end : hours of the day in UTC."""
    return {"class_id": name, "class_name": f"Class {name}", "starts_at": day + pd.Timedelta(start, "h"),
            "ends_at": day + pd.Timedelta(end, "h"), "room_id": room, "instructor_id": teacher,
            "max_capacity": places, "booked": booked, "is_cancelled": cancelled}  # fmt: skip


def schedule(*rows):
    columns = list(lesson("a", 1, 2))
    frame = pd.DataFrame(list(rows), columns=columns)
    kept = {c: schema.TABLES["class_sessions"].columns[c] for c in columns}
    return frame.astype({c: "object" if str(k.dtype) == "str" else str(k.dtype) for c, k in kept.items()})


def found(*rows, **known):
    """(kind, first, second) of each conflict."""
    table = find(schedule(*rows), **known).table
    return [tuple(row) for row in table[["kind", "first", "second"]].to_numpy()]


def sentences(*rows, rooms=None, hours=None, timezone="UTC", instructors=None):
    events = schedule(*rows)
    conflicts = find(events, rooms, hours, timezone)
    return list(conflict_words.said(conflicts, events, rooms, hours, timezone, instructors)["sentence"])


def test_two_classes_in_one_room_at_one_time_are_a_conflict_from_the_later_start_to_the_earlier_end():
    table = find(schedule(lesson("a", 9, 10.5), lesson("b", 10, 11))).table
    assert list(table["kind"]) == [ROOM]
    assert table[["first", "second"]].to_numpy().tolist() == [["a", "b"]]
    assert table["from"].iloc[0] == MONDAY + pd.Timedelta(10, "h")
    assert table["until"].iloc[0] == MONDAY + pd.Timedelta(10.5, "h")


def test_classes_that_touch_end_to_start_are_no_conflict():
    assert found(lesson("a", 9, 10), lesson("b", 10, 11), lesson("c", 8, 9)) == []
    assert found(lesson("a", 9, 12), lesson("b", 9, 10), lesson("c", 12, 13)) == [(ROOM, "a", "b")]


def test_a_cancelled_class_is_in_nobodys_way():
    assert found(lesson("a", 9, 10, booked=99, cancelled=True), lesson("b", 9, 10)) == []


def test_classes_without_room_or_instructor_share_none():
    assert found(lesson("a", 9, 10, room=None), lesson("b", 9, 10, room=None)) == []


def test_one_person_in_two_rooms_is_a_conflict_and_in_one_room_it_is_two():
    apart = found(lesson("a", 9, 10, "r1", "ana"), lesson("b", 9, 10, "r2", "ana"))
    together = found(lesson("a", 9, 10, "r1", "ana"), lesson("b", 9, 10, "r1", "ana"))
    assert apart == [(INSTRUCTOR, "a", "b")]
    assert together == [(ROOM, "a", "b"), (INSTRUCTOR, "a", "b")]


def test_every_pair_counts():
    assert found(lesson("a", 9, 12), lesson("b", 9.5, 10), lesson("c", 9.75, 11)) == [
        (ROOM, "a", "b"), (ROOM, "a", "c"), (ROOM, "b", "c"),
    ]  # fmt: skip


def test_more_booked_than_places_and_more_places_than_the_room_holds_are_two_things():
    rows = [lesson("a", 9, 10, places=12, booked=13), lesson("b", 11, 12, "r2", places=12, booked=12)]
    assert found(*rows, rooms=ROOMS) == [(FULL, "a", None), (SMALL, "b", None)]
    assert found(*rows) == [(FULL, "a", None)]
    assert found(lesson("c", 9, 10, "r9", places=500), rooms=ROOMS) == []


def test_unknown_bookings_and_places_are_no_conflict():
    assert found(lesson("a", 9, 10, places=None, booked=5), lesson("b", 11, 12, booked=None), rooms=ROOMS) == []


def test_opening_hours_are_the_studios_own_in_winter_and_in_summer():
    winter, summer = MONDAY, pd.Timestamp("2026-07-06", tz="UTC")
    early = [lesson("winter", 4.5, 5.5, day=winter), lesson("summer", 4.5, 5.5, day=summer)]
    late = [lesson("till ten", 20, 21, day=winter), lesson("past ten", 20, 21, day=summer)]
    assert found(*early, *late, hours=HOURS, timezone="Europe/Berlin") == [
        (CLOSED, "winter", None), (CLOSED, "past ten", None),
    ]  # fmt: skip


def test_a_class_on_a_day_without_hours_or_past_midnight_is_outside_them():
    assert found(lesson("sunday", -10, -9), hours=HOURS) == [(CLOSED, "sunday", None)]
    assert found(lesson("night", 21, 25), hours=HOURS | {"MO": (0, 1440)}) == [(CLOSED, "night", None)]
    assert found(lesson("late", 21, 24), hours=HOURS | {"MO": (0, 1440)}) == []


def test_a_class_while_the_clock_is_put_forward_ends_when_the_clock_says():
    night = pd.Timestamp("2026-03-29", tz="UTC")  # 02:00 is 03:00 in Berlin
    hours = {"SU": (0, 3 * 60)}
    assert found(lesson("a", 0.5, 1.5, day=night), hours=hours, timezone="Europe/Berlin") == [(CLOSED, "a", None)]
    assert found(lesson("a", 0.5, 1, day=night), hours=hours, timezone="Europe/Berlin") == []


def test_a_class_that_ends_before_it_starts_is_said_and_meets_nobody():
    assert found(lesson("a", 11, 10), lesson("b", 9, 12), lesson("c", 13, 13), lesson("d", 12.5, 14)) == [
        (BACKWARDS, "a", None), (BACKWARDS, "c", None),
    ]  # fmt: skip


def test_a_class_whose_end_is_unknown_meets_nobody():
    open_end = lesson("a", 9, 10) | {"ends_at": pd.NaT}
    assert found(open_end, lesson("b", 9, 10)) == []


def test_an_empty_schedule_has_no_conflicts():
    conflicts = find(schedule(), ROOMS, HOURS)
    assert (conflicts.total, len(conflicts.table)) == (0, 0)


def test_a_thousand_classes_at_one_hour_are_counted_in_full_and_listed_in_part():
    crowd = schedule(*[lesson(f"c{i}", 9, 10) for i in range(1000)])
    conflicts = find(crowd, most=7)
    assert conflicts.totals[ROOM] == 1000 * 999 // 2
    assert len(conflicts.table) == 7


def test_a_crowd_is_counted_without_room_for_its_pairs():
    crowd = schedule(lesson("c", 9, 10)).iloc[[0] * 20_000].reset_index(drop=True)
    tracemalloc.start()
    conflicts = find(crowd)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert conflicts.totals[ROOM] == 20_000 * 19_999 // 2
    assert peak < 20e6  # bytes; the pairs would take 3 GB


def test_the_first_in_time_are_listed_first():
    rows = [lesson("c", 15, 17), lesson("d", 16, 17), lesson("a", 9, 11), lesson("b", 10, 11)]
    assert find(schedule(*rows), most=1).table["first"].tolist() == ["a"]
    assert find(schedule(*rows)).table["first"].tolist() == ["a", "c"]


def test_each_kind_has_its_sentence():
    said = sentences(
        lesson("a", 8, 9.5, "r1", "ana"), lesson("b", 9, 10, "r1", "ana"),
        lesson("c", 12, 13, places=12, booked=14), lesson("d", 14, 15, "r2", places=12),
        lesson("e", 22, 23), lesson("f", 12, 11), lesson("g", 33, 34, day=MONDAY - pd.Timedelta(days=2)),
        rooms=ROOMS, hours=HOURS, timezone="Europe/Berlin",
        instructors=pd.DataFrame({"instructor_id": ["ana"], "instructor_name": ["Ana Lee"]}),
    )  # fmt: skip
    assert said == [
        "Class a and Class b are both in Big Room on Mon 2 Mar 2026, 10:00 to 10:30.",
        "Ana Lee teaches both Class a and Class b on Mon 2 Mar 2026, 10:00 to 10:30.",
        "Class c on Mon 2 Mar 2026 at 13:00 has 14 booked for 12 places.",
        "Class d on Mon 2 Mar 2026 at 15:00 offers 12 places, but Small Room holds 10.",
        "Class g on Sun 1 Mar 2026, 10:00 to 11:00 is on a closed day: there are no opening hours on Sundays.",
        "Class e on Mon 2 Mar 2026, 23:00 to Tue 3 Mar 2026, 00:00 is not within the opening hours on Mondays, "
        "06:00 to 22:00.",
        "Class f on Mon 2 Mar 2026 at 13:00 is said to end on Mon 2 Mar 2026 at 12:00, which is not after it starts.",
    ]


def test_two_classes_of_one_name_are_told_apart_by_start_else_by_who_or_where_else_by_id():
    salsa = {"class_name": "Salsa"}
    early, late = lesson("a", 9, 10, "r1", "ana") | salsa, lesson("b", 9.5, 10.5, "r1", "ben") | salsa
    assert sentences(early, late, rooms=ROOMS) == [
        "Salsa at 09:00 and Salsa at 09:30 are both in Big Room on Mon 2 Mar 2026, 09:30 to 10:00."
    ]
    beside = lesson("b", 9, 10, "r1", "ben") | salsa
    assert sentences(early, beside, rooms=ROOMS) == [
        "Salsa with ana and Salsa with ben are both in Big Room on Mon 2 Mar 2026, 09:00 to 10:00."
    ]
    elsewhere = lesson("b", 9, 10, "r2", "ana") | salsa
    assert sentences(early, elsewhere, rooms=ROOMS) == [
        "ana teaches both Salsa in Big Room and Salsa in Small Room on Mon 2 Mar 2026, 09:00 to 10:00."
    ]
    nobodys = lesson("b", 9, 10, "r1") | salsa
    assert sentences(early, nobodys, rooms=ROOMS) == [
        "Salsa (a) and Salsa (b) are both in Big Room on Mon 2 Mar 2026, 09:00 to 10:00."
    ]


def test_names_that_are_unknown_are_said_by_their_ids():
    nameless = lesson("a", 9, 10, "r7") | {"class_name": None}
    assert sentences(nameless, lesson("b", 9, 10, "r7")) == [
        "a and Class b are both in r7 on Mon 2 Mar 2026, 09:00 to 10:00."
    ]


@pytest.mark.parametrize(
    ("change", "known", "said"),
    [
        (lambda e: e.drop(columns="ends_at"), {}, "ends_at"),
        (lambda e: e.assign(starts_at=e["starts_at"].dt.tz_localize(None)), {}, "starts_at as instants in UTC"),
        (lambda e: e.assign(studio_id=["s1", "s2"]), {}, "several studios"),
        (lambda e: e, {"hours": {"Monday": (0, 60)}}, "'Monday'"),
        (lambda e: e, {"hours": {"MO": (600, 500)}}, r"'MO': \(600, 500\)"),
        (lambda e: e, {"hours": HOURS, "timezone": "Mars/Base"}, "Mars/Base"),
    ],
)
def test_what_cannot_be_judged_is_refused_with_its_name(change, known, said):
    with pytest.raises(ValueError, match=said):
        find(change(schedule(lesson("a", 9, 10), lesson("b", 9, 10))), **known)


lessons = st.tuples(st.integers(0, 40), st.integers(-2, 12), st.sampled_from(["r1", "r2", None]),
                    st.sampled_from(["ana", "ben", None]), st.booleans())  # fmt: skip


def by_every_pair(rows, place):
    """Pairs of names, judged two by two by the words of the rule alone."""
    return {
        frozenset((i, j))
        for (i, a), (j, b) in combinations(enumerate(rows), 2)
        if not (a[4] or b[4]) and a[1] > 0 and b[1] > 0 and a[place] is not None and a[place] == b[place]
        and any(b[0] <= minute < b[0] + b[1] for minute in range(a[0], a[0] + a[1]))
    }  # fmt: skip


@given(st.lists(lessons, max_size=25), st.sampled_from([1, 1e-9]))
def test_drawn_schedules_have_the_conflicts_that_a_look_at_every_pair_finds(rows, unit):
    events = schedule(*[lesson(str(i), 0, 0, r[2], r[3], cancelled=r[4]) for i, r in enumerate(rows)])
    begin = np.array([r[0] for r in rows]) * 60 * unit
    length = np.array([r[1] for r in rows]) * 60 * unit
    events["starts_at"] += pd.to_timedelta(np.round(begin * 1e9).astype("int64"), "ns")
    events["ends_at"] += pd.to_timedelta(np.round((begin + length) * 1e9).astype("int64"), "ns")
    conflicts = find(events, most=None)
    for kind, place in ((ROOM, 2), (INSTRUCTOR, 3)):
        table = conflicts.table[conflicts.table["kind"] == kind]
        listed = [frozenset(map(int, pair)) for pair in table[["first", "second"]].to_numpy()]
        expected = by_every_pair(rows, place)
        assert conflicts.totals[kind] == len(listed) == len(expected)
        assert set(listed) == expected
        assert (table["from"] < table["until"]).all()
