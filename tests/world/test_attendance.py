import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiolab.world.attendance import _book, _settle, spread

people = st.lists(st.tuples(st.floats(0.01, 50), st.integers(0, 30)), min_size=1, max_size=40)


@given(people, st.integers(0, 600), st.integers(0, 99))
def test_wishes_spread_to_whole_visits_that_keep_the_total_and_the_limits(people, total, seed):
    wish, most = (np.array(column) for column in zip(*people, strict=True))
    visits = spread(total, wish, most, np.random.default_rng(seed))
    assert visits.sum() == min(total, most.sum())
    assert (visits >= 0).all()
    assert (visits <= most).all()


def test_wishes_without_limits_are_met_in_proportion():
    visits = spread(60, np.array([1.0, 2.0, 3.0]), np.full(3, 100), np.random.default_rng(0))
    assert visits.tolist() == [10, 20, 30]


def test_what_one_cannot_take_goes_to_the_others():
    visits = spread(30, np.array([1.0, 1.0, 1.0]), np.array([2, 100, 100]), np.random.default_rng(0))
    assert visits.tolist() == [2, 14, 14]


def test_a_full_class_keeps_who_likes_it_most_and_sends_the_other_to_the_next():
    liking = np.array([[3.0, 1.0], [2.0, 1.5]])  # both want the first class, both days apart
    room = np.array([1, 1])
    booked, refused = _book(liking, np.array([1, 1]), room, opens=np.array([0, 1]))
    assert booked.tolist() == [[0, 0], [1, 1]]
    assert refused.tolist() == [[1, 0]]
    assert room.tolist() == [0, 0]


def test_nobody_is_booked_twice_on_a_day():
    liking = np.array([[3.0, 2.0, 1.0]])  # two classes on the first day
    booked, _ = _book(liking, np.array([3]), np.array([5, 5, 5]), opens=np.array([0, 2]))
    assert booked.tolist() == [[0, 0], [0, 2]]


def test_a_visit_that_full_classes_left_undone_goes_to_an_unlimited_member():
    liking = np.array([[-np.inf, -np.inf], [-np.inf, 1.0]])  # the first has no class left, the second came on day one
    booked, paid = _settle(
        liking, np.array([[1, 0]]), np.array([1, 1]), np.array([False, True]), np.array([0, 1]), np.array([0, 1])
    )
    assert booked.tolist() == [[1, 0], [1, 1]]
    assert paid.tolist() == [False, False]


def test_more_visits_than_members_have_days_for_are_refused():
    nowhere = np.full((1, 1), -np.inf)
    with pytest.raises(ValueError, match="more visits in a month"):
        _settle(nowhere, np.empty((0, 2), int), np.array([1]), np.array([True]), np.array([3]), np.array([0]))
