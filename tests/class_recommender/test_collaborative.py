import numpy as np
import pandas as pd
import pytest

from studiolab import schema
from studiolab.class_recommender import behaviour, collaborative

from .conftest import AS_OF, visit


@pytest.fixture
def two_tastes():
    """Ten clients of items 0 to 3, ten of items 4 to 7; the first of each has not had their taste's last item."""
    taken = np.kron(np.eye(2), np.ones((10, 4)))
    taken[0, 3] = taken[10, 7] = 0
    rows, columns = np.nonzero(taken)
    return collaborative.weights(rows, columns, np.ones(len(rows)), taken.shape)


@pytest.mark.parametrize("name", ["item-item", "als", "blend"])
def test_the_missing_item_of_ones_own_taste_scores_above_the_other_taste(two_tastes, name):
    scores = collaborative.fitted(two_tastes)[name].scores(np.array([0, 10]))
    assert scores.shape == (2, 8)
    assert scores[0, 3] > scores[0, 4:].max()
    assert scores[1, 7] > scores[1, :4].max()


@pytest.mark.parametrize("name", ["item-item", "als", "blend"])
def test_same_input_same_bytes_and_one_client_as_in_a_batch(two_tastes, name):
    first, again = (collaborative.fitted(two_tastes, seed=3)[name] for _ in range(2))
    everyone = first.scores(np.arange(20))
    assert everyone.tobytes() == again.scores(np.arange(20)).tobytes()
    np.testing.assert_allclose(first.scores(np.array([7]))[0], everyone[7])


@pytest.mark.parametrize("name", ["item-item", "als", "blend"])
def test_who_never_came_scores_nothing(name):
    taken = collaborative.weights([0, 0, 1], [0, 1, 1], [1, 1, 1], (3, 2))
    assert not collaborative.fitted(taken)[name].scores(np.array([2])).any()


def test_an_item_is_alike_by_the_cosine_of_its_clients_and_not_to_itself():
    near = collaborative.similar(collaborative.weights([0, 1, 1, 2], [0, 0, 1, 1], [5, 1, 2, 1], (3, 2))).toarray()
    np.testing.assert_allclose(near, [[0, 0.5], [0.5, 0]])


def test_weights_are_decayed_visits_to_kinds_of_slot():
    rows = [visit(1, "ana", "2026-01-16T06:00"), visit(2, "ana", "2026-01-16T06:00", status="no_show"),
            visit(3, "ana", "2026-03-20T06:00"), visit(4, "ben", "2026-01-19T19:00", "Ride")]  # fmt: skip
    visits = behaviour.described(schema.validate("visits", pd.DataFrame(rows)), "UTC")
    items = pd.Index(["Yoga | Friday | early morning", "Ride | Monday | evening"])
    found = collaborative.decayed(visits, AS_OF, pd.Index(["ana", "ben"]), items).toarray()
    np.testing.assert_allclose(found, [[np.exp(-1), 0], [0, np.exp(-(41 + 11 / 24) / 45)]])
