from dataclasses import replace

import numpy as np
import pytest

from studiolab.world import make_chain
from studiolab.world.bands import bands, noise, season

CALENDAR = np.tile(np.arange(1, 13), 5)
NONE = np.zeros((60, 3), bool)


def measured(table, band):
    return table.set_index("band").loc[band, "measured"]


def test_a_large_chain_holds_every_band():
    table = bands(make_chain(200, seed=1))
    assert table[~table["holds"]].empty
    assert table["source"].nunique() == 8
    assert (table.loc[table["source"] != "B-20", "tolerance"] <= 0.05).all()


def test_a_season_is_read_off_a_straight_line_of_growth():
    level = np.outer(100 + np.arange(60.0), [1, 2, 5])
    january = CALENDAR == 1
    values = np.where(january[:, None], 1.25 * level, level)
    assert season(values, NONE, CALENDAR, 1) == pytest.approx(0.25)
    assert season(values, NONE, CALENDAR, 7) == pytest.approx(0)


def test_an_outlier_month_moves_no_season():
    values = np.full((60, 3), 100.0)
    outlier = NONE.copy()
    for month in (12, 15, 24):  # a January, an April, a January
        values[month, 0], outlier[month, 0] = 900, True
    assert season(values, outlier, CALENDAR, 1) == pytest.approx(0)
    assert season(values, NONE, CALENDAR, 1) > 0.3


def test_planted_noise_is_found_under_growth_and_season():
    rng = np.random.default_rng(3)
    calm = np.exp(0.01 * np.arange(60) + 0.2 * (CALENDAR == 1))[:, None]
    values = 500 * calm * np.exp(0.07 * rng.standard_normal((60, 400)))
    assert noise(values, np.zeros((60, 400), bool), CALENDAR) == pytest.approx(0.07, rel=0.02)


def test_a_broken_row_is_counted():
    chain = make_chain(5, seed=3)
    metrics = chain.monthly_metrics.copy()
    metrics.loc[20, "churned_members"] += 1
    metrics.loc[[30, 31], "retail_revenue"] += 1
    table = bands(replace(chain, monthly_metrics=metrics))
    assert measured(table, "rows where members are not previous + new - churned") == 1
    assert measured(table, "rows where the five parts are not the revenue") == 2
    assert table["holds"].iloc[-2:].tolist() == [False, False]


def test_a_small_chain_gets_the_tolerance_of_its_size():
    few, many = (bands(make_chain(studios, seed=3)).set_index("band")["tolerance"] for studios in (12, 50))
    assert few["joins in January"] > 1.3 * many["joins in January"] > 0
    assert few["staff count and retention"] > many["staff count and retention"] > 0.1


def test_a_chain_of_another_length_is_refused():
    with pytest.raises(ValueError, match="describe 60 months, this chain has 24"):
        bands(make_chain(2, months=24))
