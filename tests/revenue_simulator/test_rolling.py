import numpy as np
import pandas as pd
import pytest
from pytest import approx

from studiolab.revenue_simulator.rolling import YEAR_AGO, _until, rolling_origin, scores
from studiolab.revenue_simulator.stack import SAME
from studiolab.world import make_chain


@pytest.fixture(scope="module")
def chain():
    return make_chain(3, 30, seed=12)


@pytest.fixture(scope="module")
def rows(chain):
    return rolling_origin(chain.monthly_metrics, chain.lever_plan, ["structural"], origins=3, every=4, months=6)


def test_each_origin_is_asked_for_the_months_that_are_known_by_now(rows):
    last = pd.Timestamp("2026-10-01")
    assert sorted(rows["origin"].unique()) == [last - pd.DateOffset(months=back) for back in (12, 8, 4)]
    furthest = rows.groupby("origin")["horizon"].max()
    assert furthest.tolist() == [6, 6, 4]
    assert (rows["month"].dt.to_period("M") == rows["origin"].dt.to_period("M") + rows["horizon"].to_numpy()).all()
    assert set(rows["method"]) == {"structural", SAME, YEAR_AGO}


def test_the_rules_of_thumb_and_the_actual_figures_are_those_of_the_data(rows, chain):
    known = chain.monthly_metrics.set_index(["studio_id", "month_year"])["total_revenue"] / 100
    for row in rows[rows["horizon"] == 3].itertuples():
        when = {SAME: row.origin, YEAR_AGO: row.month - pd.DateOffset(years=1)}.get(row.method)
        assert row.actual == approx(known[row.studio_id, row.month])
        if when is not None:
            assert row.revenue == approx(known[row.studio_id, when])


def test_what_came_after_an_origin_moves_nothing_that_was_said_at_it(chain, rows):
    """The first origin's answers, once more with every later month overwritten."""
    first = rows["origin"].min()
    spoilt, plan = chain.monthly_metrics.copy(), chain.lever_plan.copy()
    late = spoilt["month_year"] > first
    numbers = spoilt.select_dtypes("number").columns
    spoilt.loc[late, numbers] = spoilt.loc[late, numbers] * 0 + 77
    late = plan["month"] > first
    plan.loc[late, plan.select_dtypes("number").columns] = 0.5
    again = rolling_origin(spoilt, plan, ["structural"], origins=3, every=4, months=6)
    told = [table[table["origin"] == first].drop(columns="actual").reset_index(drop=True) for table in (rows, again)]
    pd.testing.assert_frame_equal(*told)


def test_months_given_as_text_are_cut_at_the_same_place():
    table = pd.DataFrame({"month": ["2024-01", "2024-02", "2024-03"]})
    assert _until(table, pd.Timestamp("2024-02-01"))["month"].tolist() == ["2024-01", "2024-02"]
    assert _until(None, pd.Timestamp("2024-02-01")) is None


def test_studios_of_revenue_alone_are_scored_where_no_other_is_there():
    month = pd.date_range("2022-01-01", periods=30, freq="MS")
    shop = pd.DataFrame({"month": month, "revenue": np.arange(30.0) + 100})
    table = scores(rolling_origin(shop, methods=["structural"], origins=2, months=3))
    assert set(table["method"]) == {"structural", SAME, YEAR_AGO}


def test_too_short_a_history_is_refused_with_what_is_there():
    shop = pd.DataFrame({"month": pd.date_range("2024-01-01", periods=8, freq="MS"), "revenue": 100.0})
    with pytest.raises(ValueError, match="there are 8 months; a rolling origin needs 12"):
        rolling_origin(shop)


def test_progress_is_told_after_each_origin(chain):
    told = []
    one = chain.studio("studio-001").monthly_metrics
    rolling_origin(one, None, ["structural"], origins=2, months=1, progress=lambda done, of: told.append((done, of)))
    assert told == [(1, 2), (2, 2)]


def test_scores_by_hand():
    rows = pd.DataFrame({
        "studio_id": ["ana", "ben"] * 2, "horizon": 1, "method": ["ours"] * 2 + [SAME] * 2,
        "revenue": [110.0, 100.0, 120.0, 80.0], "low": [90.0, 101.0, None, None],
        "high": [120.0, 110.0, None, None], "actual": 100.0,
    })  # fmt: skip
    table = scores(rows).set_index("method")
    assert table["error"].tolist() == approx([0.05, 0.2])
    assert table.loc["ours", "skill"] == approx(0.75)
    assert table.loc["ours", "coverage"] == 0.5
    assert np.isnan(table.loc[SAME, "coverage"])
    assert table.loc["ours", "bias"] == approx(np.log(1.1) / 2)
    assert table.loc["ours", ["low", "high"]].tolist() == approx([0, 0.1])
    assert table.loc["ours", ["studios", "predictions"]].tolist() == [2, 2]
