import numpy as np
import pandas as pd
import pytest

from studiolab import bench
from studiolab.revenue_simulator import levers
from studiolab.schema import LEVERS, to_major
from studiolab.world import make_chain


def test_the_standard_world_keeps_every_band():
    table = bench.world().set_index("band")
    assert table.index[table["holds"].eq(False)].drop(table.index[-1], errors="ignore").tolist() == []
    assert table["measured"].iloc[-1] > 0


def test_random_plans_stay_within_their_steps_and_take_a_third_of_the_way_each_month():
    chain = make_chain(5, 12)
    plans = bench.random_plans(chain, np.random.default_rng(1))
    held = to_major("lever_plan", chain.lever_plan).groupby("studio_id")[list(LEVERS)].last()
    assert plans.groupby("studio_id").size().tolist() == [3] * 5
    month = {h: plans.groupby("studio_id")[list(LEVERS)].nth(h - 1).to_numpy() - held.to_numpy() for h in (1, 2, 3)}
    assert (np.abs(month[3]) <= levers.limits() + 1e-9).all()
    np.testing.assert_allclose(month[1] * 3, month[3], atol=1e-9)
    np.testing.assert_allclose(month[2] * 3, month[3] * 2, atol=1e-9)


def test_revenue_errors_are_of_each_model_and_horizon_inside_their_interval():
    table = bench.revenue(studios=3, months=20, draws=20)
    assert list(zip(table["model"], table["horizon"], strict=True)) == [
        (model, h) for model in ("structural", "ensemble", "stack", "same as last month") for h in (1, 2, 3)
    ]
    assert (table["low"] <= table["error"]).all()
    assert (table["error"] <= table["high"]).all()


def test_real_series_are_scored_beside_their_peers(tmp_path):
    season = 1000 + 100 * np.sin(np.arange(60) * np.pi / 6) + np.random.default_rng(0).normal(0, 5, 60)
    months = pd.date_range("2019-01-01", periods=60, freq="MS").strftime("%Y-%m-%d")
    file = tmp_path / "figures.csv"
    pd.DataFrame({"month": months, "revenue": season.round(2), "studio_id": "till", "currency": "EUR"}).to_csv(
        file, index=False
    )
    table = bench.real_series(file, None, "2022-12", 12).set_index("model")
    assert list(table.index) == ["ours", "AutoTheta", "AutoETS", "SeasonalNaive", "Naive", "coverage"]
    assert table["series"].tolist() == [1] * 6
    # the season is a hundred times the noise: whoever knows it beats the one who repeats the last month
    assert table.loc["SeasonalNaive", "mean"] < table.loc["Naive", "mean"] / 3
    with pytest.raises(ValueError, match="outside"):
        bench.real_series(file, None, "2031-01")
