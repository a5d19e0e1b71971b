import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studiolab.revenue_simulator import series


def revenue(values, start="2020-01", studio="ana"):
    months = pd.date_range(start, periods=len(values), freq="MS")
    return pd.DataFrame({"studio_id": studio, "month": months, "revenue": values})


def seasonal(months, growth=0.01, level=1000):
    t = np.arange(months)
    return level * np.exp(growth * t) * (1 + 0.2 * np.sin(2 * np.pi * t / 12))


def noisy(months, seed, noise=0.05):
    return seasonal(months) * np.exp(np.random.default_rng(seed).normal(0, noise, months))


def test_a_season_is_carried_on():
    told, hidden = seasonal(72, growth=0)[:60], seasonal(72, growth=0)[60:]
    assert series.forecast(revenue(told), 12)["revenue"].to_numpy() == pytest.approx(hidden, rel=0.01)


def test_a_steady_growth_is_mostly_carried_on():
    told, hidden = seasonal(72)[:60], seasonal(72)[60:]
    error = np.abs(series.forecast(revenue(told), 12)["revenue"].to_numpy() / hidden - 1)
    repeated = np.abs(told[48:] / hidden - 1)
    assert error.mean() < repeated.mean() / 2


def test_the_first_month_is_the_one_after_the_last_and_horizons_count_from_one():
    out = series.forecast(revenue(seasonal(30), start="2022-07"), 3)
    assert out["month"].tolist() == list(pd.to_datetime(["2025-01-01", "2025-02-01", "2025-03-01"]))
    assert out["horizon"].tolist() == [1, 2, 3]


def test_under_a_year_the_last_month_is_repeated_and_the_interval_is_wide():
    out = series.forecast(revenue([900.0, 1100.0, 1000.0]), 2)
    assert out["revenue"].tolist() == pytest.approx([1000, 1000])
    assert (out["high"] / out["low"] > 1.5).all()


def test_two_studios_of_unlike_length_both_get_an_answer():
    both = pd.concat([revenue(seasonal(60)), revenue([500.0], studio="bea")])
    out = series.forecast(both, 12)
    assert out.groupby("studio_id").size().to_dict() == {"ana": 12, "bea": 12}
    assert out[out["studio_id"] == "bea"]["revenue"].tolist() == pytest.approx([500] * 12)


def test_the_order_of_rows_does_not_matter():
    frame = revenue(noisy(40, seed=1))
    pd.testing.assert_frame_equal(series.forecast(frame, 6), series.forecast(frame[::-1], 6))


def test_the_unit_of_money_does_not_matter():
    frame = revenue(noisy(40, seed=2))
    out, cents = series.forecast(frame, 4), series.forecast(frame.assign(revenue=frame["revenue"] * 100), 4)
    assert cents[["revenue", "low", "high"]].to_numpy() == pytest.approx(
        100 * out[["revenue", "low", "high"]].to_numpy(), 1e-3
    )
    assert cents["confidence"].to_numpy() == pytest.approx(out["confidence"].to_numpy())


def test_a_missing_month_counts_as_the_straight_line_between_its_neighbours():
    whole = revenue(noisy(36, seed=3))
    whole.loc[20, "revenue"] = whole.loc[[19, 21], "revenue"].mean()
    absent = whole.drop(index=20)
    empty = whole.assign(revenue=whole["revenue"].where(whole.index != 20))
    for frame in (absent, empty):
        pd.testing.assert_frame_equal(series.forecast(frame, 3), series.forecast(whole, 3))


def test_months_without_a_number_at_the_end_are_forecast_not_skipped():
    frame = revenue([*seasonal(30), np.nan])
    assert series.forecast(frame, 1)["month"].item() == frame["month"].iloc[-1]


def test_a_studio_without_any_number_gets_rows_without_numbers():
    out = series.forecast(pd.concat([revenue([np.nan, np.nan]), revenue(seasonal(30), studio="bea")]), 2)
    empty = out[out["studio_id"] == "ana"]
    assert empty["month"].tolist() == list(pd.to_datetime(["2020-03-01", "2020-04-01"]))
    assert empty[["revenue", "low", "high", "confidence"]].isna().all(axis=None)


def test_a_frame_without_rows_gives_a_frame_without_rows():
    out = series.forecast(revenue([]), 3)
    assert out.empty
    assert list(out) == ["studio_id", "month", "horizon", "revenue", "low", "high", "confidence"]


def test_a_constant_series_stays_constant():
    assert series.forecast(revenue([250.0] * 40), 12)["revenue"].tolist() == pytest.approx([250] * 12)


def test_months_of_closure_do_not_bend_what_comes_after_and_a_lasting_fall_is_believed():
    whole, shut, fallen = noisy(60, seed=6), noisy(60, seed=6), noisy(60, seed=6)
    shut[40:43] *= 0.1
    fallen[50:] *= 0.4
    usual, after, lower = (series.forecast(revenue(values), 12)["revenue"] for values in (whole, shut, fallen))
    assert (after / usual).to_numpy() == pytest.approx(1, abs=0.1)
    assert (lower / usual).mean() == pytest.approx(0.4, abs=0.1)


def test_losses_are_forecast_as_losses_and_revenue_that_never_fell_below_zero_stays_above():
    loss = series.forecast(revenue(-seasonal(40)), 3)
    assert (loss["revenue"] < 0).all()
    closing = series.forecast(revenue(np.maximum(0, 1000 - 40.0 * np.arange(30))), 12)
    assert (closing["low"] >= 0).all()


@settings(max_examples=25, deadline=None)
@given(
    values=st.lists(
        st.sampled_from([0.0, 0.01, 1.0, 1e3, 1e6, -500.0, np.nan, np.inf]) | st.floats(1, 1e4), max_size=50
    ),
    months=st.integers(1, 12),
)
def test_whatever_the_numbers_there_is_a_row_for_each_month_and_low_to_high_holds_the_forecast(values, months):
    out = series.forecast(revenue(values), months)
    assert len(out) == (months if values else 0)
    known = out.dropna()
    assert len(known) == (len(out) if np.isfinite(values).any() else 0)
    assert ((known["low"] <= known["revenue"]) & (known["revenue"] <= known["high"])).all()
    assert known["confidence"].between(0, 1).all()


def test_nine_in_ten_later_months_fall_inside_the_interval_and_confidence_is_the_rate_of_near_hits():
    made = {f"s{i}": noisy(72, seed=i) for i in range(30)}
    told = pd.concat([revenue(values[:60], studio=name) for name, values in made.items()])
    out = series.forecast(told, 12)
    actual = np.concatenate([made[name][60:] for name in sorted(made)])
    assert ((out["low"] <= actual) & (actual <= out["high"])).mean() == pytest.approx(0.9, abs=0.06)
    near = (np.abs(actual / out["revenue"] - 1) <= 0.05).mean()
    assert out["confidence"].mean() == pytest.approx(near, abs=0.1)


def test_a_wilder_studio_gets_a_wider_interval_and_less_confidence():
    frame = pd.concat([revenue(noisy(60, 4, noise=0.02)), revenue(noisy(60, 4, noise=0.15), studio="bea")])
    calm, wild = (rows for _, rows in series.forecast(frame, 6).groupby("studio_id"))
    assert (wild["high"] / wild["low"]).mean() > (calm["high"] / calm["low"]).mean()
    assert wild["confidence"].mean() < calm["confidence"].mean()


def test_a_higher_level_is_wider_around_the_same_middle():
    frame = revenue(noisy(48, seed=5))
    half, most = series.forecast(frame, 6, level=0.5), series.forecast(frame, 6, level=0.95)
    assert half["revenue"].tolist() == most["revenue"].tolist()
    assert (most["low"] < half["low"]).all()
    assert (half["high"] < most["high"]).all()


def test_errors_replayed_for_the_interval_have_not_seen_their_own_future():
    calm = seasonal(60)
    shaken = calm.copy()
    shaken[48:] *= 3
    errors = [series._Series("ana", revenue(values)).replay() for values in (calm, shaken)]
    before = [e[:12, 0] for e in errors]  # origins 36..47 look one month ahead, the last at month 47
    assert before[0].tolist() == before[1].tolist()
    assert errors[0][12, 0] == pytest.approx(0, abs=0.2)
    assert errors[1][12, 0] - errors[0][12, 0] == pytest.approx(np.log(3))


def test_backtest_scores_by_hand_for_the_two_naive_peers():
    # 36 months: seasonal differences are 12 each, so the scale is 12.
    months = 100.0 + np.arange(48)
    table = series.backtest(revenue(months), ["2022-12"], 12)
    assert table["SeasonalNaive"].item() == pytest.approx(1)  # always 12 short
    assert table["Naive"].item() == pytest.approx(6.5 / 12)  # 1..12 short
    assert table["ours"].item() < 0.5
    assert list(table) == [
        "studio_id", "origin", "ours", "AutoTheta", "AutoETS", "SeasonalNaive", "Naive", "covered"
    ]  # fmt: skip


def test_backtest_leaves_out_a_studio_that_has_ended():
    frame = pd.concat([revenue(seasonal(48)), revenue(seasonal(40), studio="bea")])
    assert series.backtest(frame, ["2022-12"], 12)["studio_id"].tolist() == ["ana"]


@pytest.mark.parametrize("months", [0, 13, 1.5])
def test_a_horizon_out_of_range_is_refused_with_the_range(months):
    with pytest.raises(ValueError, match=r"expected a whole number from 1 to 12"):
        series.forecast(revenue([1.0]), months)


def test_a_level_out_of_range_is_refused():
    with pytest.raises(ValueError, match=r"level: got 90"):
        series.forecast(revenue([1.0]), 3, level=90)


def test_a_month_given_twice_is_refused_by_name():
    with pytest.raises(ValueError, match=r"studio ana has 2020-01 twice"):
        series.forecast(pd.concat([revenue([1.0]), revenue([2.0])]), 3)


def test_a_missing_column_is_refused_by_name():
    with pytest.raises(ValueError, match=r"revenue not found"):
        series.forecast(revenue([1.0]).drop(columns="revenue"), 3)


def test_an_origin_outside_the_months_given_is_refused():
    with pytest.raises(ValueError, match=r"2031-01 is outside 2020-01 to 2023-12"):
        series.backtest(revenue(seasonal(48)), ["2031-01"])
