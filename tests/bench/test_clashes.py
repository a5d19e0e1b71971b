from itertools import combinations

import pandas as pd

from studiolab.bench import clashes, score


def lessons(*rows):
    """Classes of one room from minute to minute."""
    at = pd.Timestamp("2026-03-02 09:00", tz="UTC")
    columns = ["starts_at", "ends_at", "room_id", "is_cancelled"]
    rows = [(at + pd.Timedelta(start, "min"), at + pd.Timedelta(end, "min"), *rest) for start, end, *rest in rows]
    return pd.DataFrame(rows, columns=columns)


def test_the_heap_and_the_join_count_pairs_that_meet_and_not_those_that_touch():
    events = lessons((0, 60, "a", False), (60, 90, "a", False), (30, 70, "a", False), (0, 60, "b", False),
                     (0, 60, "a", True))  # fmt: skip
    assert clashes.by_heap(events, "room_id") == clashes.by_join(events, "room_id") == 2


def test_a_drawn_schedule_has_as_many_pairs_by_the_heap_as_by_a_look_at_each():
    events, _ = clashes.schedule(400, seed=3)
    rows = events[~events["is_cancelled"]].to_dict("records")
    expected = sum(a["room_id"] == b["room_id"] and a["starts_at"] < b["ends_at"] and b["starts_at"] < a["ends_at"]
                   for a, b in combinations(rows, 2))  # fmt: skip
    assert clashes.by_heap(events, "room_id") == clashes.by_join(events, "room_id") == expected > 0


def test_every_way_of_counting_agrees_and_says_how_long_it_took():
    table = score.table(clashes.clashes(classes=3000, joined=1000))
    equal = table[table["figure"].str.contains("equal|/")]
    assert equal["value"].tolist() == [1, 1, 1, 1]
    assert (equal["cases"] > 0).all()
    assert (table.loc[table["figure"].str.endswith("seconds"), "value"] > 0).all()
