import numpy as np
import pandas as pd
import pytest

from studiolab.revenue_simulator import series, series_levers

MONTHS, AHEAD = 48, 3


@pytest.fixture(scope="module")
def shops():
    """Twelve shops whose log revenue falls by 1.5 for 1 of log price and rises by 0.4 under a promotion."""
    rng = np.random.default_rng(3)
    dates = pd.date_range("2020-01-01", periods=MONTHS + AHEAD, freq="MS")
    frames = []
    for n in range(12):
        price = 20 * np.exp(rng.normal(0, 0.15, len(dates)))
        promotion = (rng.random(len(dates)) < 0.3).astype(float)
        slope = -1.5 + rng.normal(0, 0.2)
        log = 9 + 0.1 * np.sin(np.arange(len(dates)) * np.pi / 6) + slope * np.log(price / 20) + 0.4 * promotion
        revenue = np.exp(log + rng.normal(0, 0.03, len(dates)))
        frames.append(pd.DataFrame({"studio_id": f"shop-{n:02d}", "month": dates, "revenue": revenue, "price": price,
                                    "promotion": promotion}))  # fmt: skip
    return pd.concat(frames, ignore_index=True)


@pytest.fixture(scope="module")
def few(shops):
    """The last three years of three of them, which are soon forecast."""
    late = shops["month"] >= shops["month"].max() - pd.DateOffset(months=32 + AHEAD - 1)
    return shops[late & (shops["studio_id"] < "shop-03")].reset_index(drop=True)


def split(shops):
    """(revenue known, levers of all months, revenue to come by studio and month)."""
    known = shops["month"] < shops["month"].max() - pd.DateOffset(months=AHEAD - 1)
    told, hidden = shops.loc[known, ["studio_id", "month", "revenue"]], shops[~known]
    return told, shops[["studio_id", "month", "price", "promotion"]], hidden["revenue"].to_numpy()


def read(shops, levers=None):
    """(list of _Series, Levers)."""
    told, own, _ = split(shops)
    studios = [series._Series(studio, rows) for studio, rows in told.groupby("studio_id")]
    return studios, series_levers.Levers(own if levers is None else levers, studios, AHEAD)


def learned(shops):
    studios, levers = read(shops)
    return series_levers.slopes(studios, levers.past)


def test_planted_slopes_are_found(shops):
    assert learned(shops).mean(axis=0) == pytest.approx([-1.5, 0.4], abs=0.12)


def test_known_levers_halve_the_error_and_narrow_the_interval(few):
    told, levers, hidden = split(few)
    with_them, without = series.forecast(told, AHEAD, levers=levers), series.forecast(told, AHEAD)
    error, plain = (np.abs(out["revenue"] / hidden - 1).mean() for out in (with_them, without))
    assert error < plain / 2
    width, wide = (((out["high"] - out["low"]) / out["revenue"]).mean() for out in (with_them, without))
    assert width < wide / 1.5


def test_levers_that_do_nothing_leave_the_forecast_about_where_it_was(few):
    told, levers, _ = split(few)
    noise = levers.assign(price=np.random.default_rng(0).permutation(levers["price"]), promotion=0.0)
    with_them, without = series.forecast(told, AHEAD, levers=noise), series.forecast(told, AHEAD)
    assert np.abs(with_them["revenue"] / without["revenue"] - 1).mean() < 0.03


def test_a_month_that_befell_all_shops_is_not_taken_for_their_price(shops):
    broken = shops["month"] == pd.Timestamp("2022-05-01")
    moved = shops.assign(revenue=shops["revenue"].where(~broken, shops["revenue"] * 0.3),
                         price=shops["price"].where(~broken, shops["price"] * 1.3))  # fmt: skip
    assert learned(moved).mean(axis=0)[0] == pytest.approx(-1.5, abs=0.15)


def test_the_unit_of_a_price_does_not_matter(shops):
    np.testing.assert_allclose(learned(shops.assign(price=shops["price"] * 100)), learned(shops), rtol=1e-6)


def test_levers_beyond_what_the_panel_has_seen_count_as_at_its_edge(shops):
    table = split(shops)[1]
    ahead = table["month"] > split(shops)[0]["month"].max()
    far = [read(shops, table.assign(price=table["price"].where(~ahead, price)))[1] for price in (1000.0, 2000.0)]
    most = np.concatenate(far[0].past)[:, 0].max()
    for levers in far:
        np.testing.assert_allclose(np.array(levers.ahead)[:, :, 0], most)


def test_a_month_without_levers_holds_what_was_before(shops):
    table = split(shops)[1]
    held = read(shops, table[table["month"] <= "2023-12-01"])[1]
    for past, ahead in zip(held.past, held.ahead, strict=True):
        np.testing.assert_allclose(ahead, np.repeat(past[-1:], AHEAD, axis=0))


def test_a_shop_without_levers_and_one_that_made_losses_are_forecast_all_the_same(few):
    told, levers, _ = split(few)
    told = told.assign(revenue=told["revenue"].where(told["studio_id"] != "shop-01", told["revenue"] - 8000))
    out = series.forecast(told, AHEAD, levers=levers[levers["studio_id"] != "shop-00"])
    assert out["revenue"].notna().all()
    assert out["studio_id"].drop_duplicates().size == 3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda table: table.drop(columns="month"), "levers: expected columns studio_id, month"),
        (lambda table: table.assign(price="dear"), "column 'price' holds 'dear'"),
        (lambda table: pd.concat([table, table.head(1)]), "shop-00 has 2020-01-01 00:00:00 twice"),
    ],
)
def test_levers_that_make_no_sense_are_refused_with_what_came(shops, change, message):
    told, levers, _ = split(shops)
    with pytest.raises(ValueError, match=message):
        series.forecast(told, AHEAD, levers=change(levers))


def test_a_backtest_sets_the_forecast_with_levers_beside_the_one_without(few):
    scores = series.backtest(few[["studio_id", "month", "revenue"]], ["2023-12"], AHEAD, few.drop(columns="revenue"))
    assert len(scores) == 3
    assert scores["ours"].mean() < scores["ours without levers"].mean()
