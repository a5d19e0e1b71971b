import numpy as np
import pandas as pd
import pytest
from pytest import approx

from studiolab import schema, world
from studiolab.class_recommender import evaluate

from .conftest import session, visit

MODELS = ["behaviour", "fitted", "item-item", "als", "blend"]
AS_OF = pd.Timestamp("2026-10-10T12:00Z")


@pytest.fixture(scope="module")
def studio():
    chain = world.make_chain(1, 10, seed=3)
    raw = chain.raw("studio-001")
    return raw["visits"], raw["class_sessions"], AS_OF, chain.studios["timezone"].iloc[0]


@pytest.fixture(scope="module")
def hits(studio):
    return evaluate.held_out(*studio, weeks=2)


def judged(*rows):
    """Hits of (client, kind, behaviour, rival, how many)."""
    return pd.DataFrame(
        [{"week": 0, "member_id": client, "slot": "s", "kind": kind, "behaviour": base, "item-item": rival}
         for client, kind, base, rival, times in rows for _ in range(times)]
    )  # fmt: skip


def test_every_model_answers_every_visit_the_same_way_twice(studio, hits):
    assert list(hits.columns) == ["week", "member_id", "slot", "kind", *MODELS]
    assert set(hits["kind"]) == {"repeat", "explore"}
    assert not hits.duplicated(["week", "member_id", "slot"]).any()
    pd.testing.assert_frame_equal(hits, evaluate.held_out(*studio, weeks=2))


def test_what_comes_later_changes_no_hit(studio, hits):
    visits, sessions, as_of, timezone = studio
    week = as_of - pd.Timedelta(weeks=1)
    later = visits["attended_at"] >= week
    garbled = visits.assign(class_name=visits["class_name"].where(~later, "Chess"))
    first = evaluate.held_out(garbled, sessions, as_of, timezone, weeks=2)
    first, known = (frame[frame["week"] < week].reset_index(drop=True) for frame in (first, hits))
    assert len(known)
    pd.testing.assert_frame_equal(first, known)


def test_a_repeat_is_a_slot_the_client_had_been_to_and_an_explore_a_new_one():
    sessions, visits, start = [], [], pd.Timestamp("2026-08-03T09:00")
    for week in range(9):
        for day, name in enumerate(("Yoga", "Barre", "Ride")):
            at = start + pd.Timedelta(weeks=week, days=day)
            sessions.append(session(len(sessions), at, name))
            if name == "Yoga" or (week == 8 and name == "Ride"):
                visits.append(visit(len(visits), "ana", at, name, class_id=f"c{len(sessions) - 1}"))
            if name != "Ride":
                visits.append(visit(len(visits), "ben", at, name, class_id=f"c{len(sessions) - 1}"))
    visits, sessions = (schema.validate(name, pd.DataFrame(rows)) for name, rows in
                        (("visits", visits), ("class_sessions", sessions)))  # fmt: skip
    end = pd.Timestamp("2026-10-05T00:00Z")
    found = evaluate.held_out(visits, sessions, end, "UTC", weeks=1, size=1).set_index(["member_id", "slot"])
    assert found["kind"].to_dict() == {
        ("ana", "Ride | Wednesday | morning"): "explore", ("ana", "Yoga | Monday | morning"): "repeat",
        ("ben", "Barre | Tuesday | morning"): "repeat", ("ben", "Yoga | Monday | morning"): "repeat",
    }  # fmt: skip
    assert found.loc[("ana", "Yoga | Monday | morning"), MODELS[:2]].all()
    # what ben takes besides yoga is barre, so that is the new slot the neighbours name, not the ride
    assert not found.loc[("ana", "Ride | Wednesday | morning"), "item-item"]


def test_rates_are_shares_of_visits_inside_their_interval():
    rows = judged(("ana", "repeat", True, False, 3), ("ben", "repeat", False, False, 1), ("ben", "explore", 1, 1, 2))
    table = evaluate.rates(rows).set_index(["kind", "model"])
    assert table.loc[("repeat", "behaviour"), "hits"] == approx(0.75)
    assert table.loc[("repeat", "item-item"), "hits"] == 0
    assert table["visits"].tolist() == [2, 2, 4, 4]
    assert (table["low"] <= table["hits"]).all()


def test_a_rival_serves_a_client_only_where_it_is_surely_better_on_both():
    rows = judged(
        ("both", "repeat", False, True, 8), ("both", "explore", False, True, 8),
        ("one", "repeat", False, True, 8), ("one", "explore", True, False, 8),
        ("same", "repeat", True, True, 9), ("same", "explore", False, False, 9),
        ("even", "repeat", False, True, 8), ("even", "repeat", True, False, 8), ("even", "explore", False, True, 8),
    )  # fmt: skip
    chosen = evaluate.choose_per_client(rows)
    assert chosen.to_dict() == {"both": "item-item", "one": "behaviour", "same": "behaviour", "even": "behaviour"}


def test_a_client_of_few_visits_stands_in_with_the_segment():
    rows = judged(*((f"m{i}", kind, False, True, 2) for i in range(6) for kind in evaluate.KINDS),
                  *((f"n{i}", kind, True, False, 2) for i in range(6) for kind in evaluate.KINDS))  # fmt: skip
    segments = pd.Series({f"{s}{i}": s for s in "mn" for i in range(6)})
    chosen = evaluate.choose_per_client(rows, segments)
    assert (chosen[segments[segments == "m"].index] == "item-item").all()
    assert (chosen[segments[segments == "n"].index] == "behaviour").all()
    assert (evaluate.choose_per_client(rows) == "behaviour").all()


def test_a_rival_that_is_no_better_is_hardly_ever_chosen():
    rng = np.random.default_rng(0)
    rows = judged(*((f"m{i}", kind, True, True, 20) for i in range(200) for kind in evaluate.KINDS))
    rows[["behaviour", "item-item"]] = rng.random((len(rows), 2)) < 0.5
    assert (evaluate.choose_per_client(rows) == "item-item").mean() < 0.02
