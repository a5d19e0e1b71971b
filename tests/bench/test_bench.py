import numpy as np
import pandas as pd
import pytest

from studiolab import bench


def test_the_standard_world_keeps_every_band():
    table = bench.world().set_index("band")
    assert table.index[table["holds"].eq(False)].drop(table.index[-1], errors="ignore").tolist() == []
    assert table["measured"].iloc[-1] > 0


def test_real_series_are_scored_beside_their_peers(tmp_path):
    season = 1000 + 100 * np.sin(np.arange(60) * np.pi / 6) + np.random.default_rng(0).normal(0, 5, 60)
    months = pd.date_range("2019-01-01", periods=60, freq="MS").strftime("%Y-%m-%d")
    file = tmp_path / "figures.csv"
    pd.DataFrame({"month": months, "revenue": season.round(2), "studio_id": "till", "currency": "EUR"}).to_csv(
        file, index=False
    )
    table = bench.real_series(file, None, "2022-12", 12).set_index("model")
    peers = ["AutoTheta", "AutoETS", "SeasonalNaive", "Naive"]
    assert list(table.index) == ["ours", *peers, "coverage", *(f"ours - {peer}" for peer in peers)]
    assert table["series"].tolist() == [1] * 10
    # the season is a hundred times the noise: whoever knows it beats the one who repeats the last month
    assert table.loc["SeasonalNaive", "mean"] < table.loc["Naive", "mean"] / 3
    with pytest.raises(ValueError, match="outside"):
        bench.real_series(file, None, "2031-01")


def test_a_lead_over_a_peer_is_paired_series_by_series():
    level = np.random.default_rng(0).uniform(0.5, 3, 60)
    table = bench.beside_peers(pd.DataFrame({"ours": level, "AutoETS": level + 0.01, "covered": 0.9})).set_index(
        "model"
    )
    lead = table.loc["ours - AutoETS"]
    assert (lead["mean"], lead["low"], lead["high"]) == pytest.approx((-0.01, -0.01, -0.01))
    assert table.loc["ours", "high"] - table.loc["ours", "low"] > 0.2
