import numpy as np
import pytest

from studiolab.bench import price_tests


def test_each_figure_is_a_share_with_its_interval():
    rows = price_tests.rows(people=400, repeats=15)
    assert len(rows) == 5
    assert all(0 <= row["low"] <= row["value"] <= row["high"] <= 1 for row in rows)
    assert {row["cases"] for row in rows} == {15}


def test_the_list_price_earns_most_by_a_hair_where_it_is_meant_to():
    level, prices = -0.7, np.linspace(*price_tests.TEST.prices[::3], 101)
    earned = price_tests.earned(prices, level, price_tests.alike(level))
    assert earned.argmax() == len(prices) - 1
    assert earned[-1] / earned[-2] == pytest.approx(1, abs=1e-3)
