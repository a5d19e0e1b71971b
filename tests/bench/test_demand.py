import numpy as np
import pandas as pd
import pytest

from studiolab.bench import demand
from studiolab.world import make_chain, replay


@pytest.fixture(scope="module")
def chain():
    return make_chain(1, 12, seed=21)


def test_the_coming_weeks_are_told_beside_what_happened(chain):
    found = demand.coming_weeks(chain, "studio-001")
    visits = chain.raw("studio-001")["visits"]
    start = pd.Timestamp("2026-10-04", tz=chain.studios["timezone"].iloc[0])  # four weeks before November
    came = (visits["status"] == "attended") & (visits["attended_at"] >= start)
    assert found["people"].sum() == came.sum()
    assert found["error"].sum() < 0.4 * found["people"].sum()
    assert found["inside"].mean() > 0.75


def test_classes_move_to_where_their_kind_never_was(chain):
    zone, tables = demand._studio(chain, "studio-001")
    classes, week = demand._held(tables, zone), replay.real_weeks(chain.studio("studio-001"))[-1]
    moved = demand._moved(week, np.arange(5), classes, np.random.default_rng(0))
    known = set(classes[["class_name", "weekday", "hour"]].itertuples(index=False, name=None))
    new = set(moved[["class_name", "weekday", "hour"]][:5].itertuples(index=False, name=None))
    assert len(new) >= 4
    assert not new & known
    pd.testing.assert_frame_equal(moved[5:], week[5:])


def test_the_table_holds_both_questions_with_their_naive_guess():
    table = demand.table(seeds=(21,), studios=1, draws=4, months=8).set_index(["figure", "model"])
    for figure in ("classes of the coming four weeks", "classes moved, in replay"):
        ours, naive, gap = (table.loc[(f"wMAPE, {figure}", m), "value"] for m in ("demand", "naive", "demand - naive"))
        assert gap == pytest.approx(ours - naive)
        assert 0 < ours < 0.5
        assert str(table.loc[(f"inside the 90 % interval, {figure}", "demand"), "goal"]) == "0.85 to 0.95"
