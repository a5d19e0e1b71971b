import numpy as np
import pandas as pd
import pytest

from studiolab.bench import gyms


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """Three gyms of 21 weeks, busier in the evening, whose level doubles before the last five."""
    rng, rows = np.random.default_rng(0), []
    for day in pd.date_range("2025-06-02", periods=147):
        level = 2.0 if day >= pd.Timestamp("2025-09-15") else 1.0
        for number, gym in enumerate(("a", "b", "c")):
            for hour, share in ((8, 1.0), (18, 2.0)):
                at = (day + pd.Timedelta(hours=hour, minutes=7)).tz_localize(gyms.ZONE).tz_convert("UTC")
                rows.append((at, gym, 500.0, float(rng.poisson(20 * (number + 1) * share * level))))
    path = tmp_path_factory.mktemp("gyms") / "counts.parquet"
    pd.DataFrame(rows, columns=["timestamp_utc", "gym", "training_area_m2", "occupancy"]).to_parquet(path)
    return path


def test_each_figure_stands_beside_the_simple_mean(file):
    table = gyms.table(file, ["2025-09-29"]).set_index(["figure", "model"])
    head = "Swiss gyms, hourly wMAPE, four weeks ahead"
    ours, simple = table.loc[(head, "demand"), "value"], table.loc[(head, gyms.SIMPLE), "value"]
    assert ours < 0.8 * simple  # which still knows the old level better
    assert table.loc[(head, f"demand - {gyms.SIMPLE}"), "value"] == pytest.approx(ours - simple)
    assert table.loc[(head, "demand"), ["goal", "reached"]].tolist() == ["at most 0.223", True]
    assert table.loc[(head, "demand"), "cases"] == 4 * 3  # weeks and gyms
    assert table.loc[("Swiss gyms, hours inside the 90 % interval", "demand"), "value"] > 0.8
    assert table.loc[("hourly wMAPE, from 2025-09-29", "demand"), "value"] == ours


def test_the_simple_mean_is_that_of_gym_weekday_and_hour_then_of_the_hour():
    before = pd.DataFrame({"place": "a", "weekday": ["MO", "MO", "TU"], "hour": 8, "count": [10.0, 20.0, 60.0]})
    ahead = pd.DataFrame({"place": "a", "weekday": ["MO", "WE", "WE"], "hour": [8, 8, 9]})
    assert gyms.last_weeks(before, ahead).tolist() == [15, 30, 0]


def test_days_off_follow_easter():
    found = gyms.days_off(pd.Series(pd.to_datetime(["2026-02-01", "2026-05-01"])))
    for day in ("2026-01-01", "2026-04-03", "2026-04-06", "2026-05-14", "2026-05-25", "2026-12-26"):
        assert pd.Timestamp(day) in found


def test_without_the_data_a_row_says_so(tmp_path):
    for path in (None, tmp_path / "none.parquet"):
        assert gyms.table(path)["model"].tolist() == ["skipped: no data"]
