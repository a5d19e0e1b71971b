import numpy as np
import pytest

from studiolab.world.people import day_in


@pytest.mark.parametrize(("day", "expected"), [(1, "2024-02-01"), (29, "2024-02-29"), (31, "2024-02-29")])
def test_a_day_the_month_has_not_is_its_last(day, expected):
    assert day_in(np.array(["2024-02"], "datetime64[M]"), np.array([day]))[0] == np.datetime64(expected)
