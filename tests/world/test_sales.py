import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from studiolab.world.sales import split


@given(st.integers(0, 10**9), st.lists(st.floats(0.1, 10), min_size=1, max_size=300))
def test_a_total_is_split_to_the_cent_and_each_is_within_one_of_its_share(total, weights):
    parts = split(total, np.array(weights))
    assert parts.sum() == total
    assert np.abs(parts - total * np.array(weights) / sum(weights)).max() <= 1 + 1e-6


def test_equal_weights_of_an_even_total_are_equal():
    assert split(36000, np.ones(3)).tolist() == [12000, 12000, 12000]
