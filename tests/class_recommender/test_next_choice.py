import numpy as np
import pandas as pd
import pytest
from pytest import approx

from studiolab.class_recommender import next_choice
from studiolab.class_recommender.next_choice import NextChoice

SMALL = {"num_iterations": 20, "min_data_in_leaf": 5}


def table(*rows):
    return pd.DataFrame(rows, columns=["user", "item", "day"])


@pytest.fixture(scope="module")
def regulars():
    """60 users; each takes one item of their own every day and one of twenty at random."""
    rng = np.random.default_rng(2)
    rows = [(u, item, day) for u in range(60) for day in range(12) for item in {u % 20, int(rng.integers(20))}]
    return table(*rows)


def asked(day, users=60):
    return pd.Series(day, index=pd.RangeIndex(users, name="user"))


def chosen_on(rows, day):
    return rows.loc[rows["day"] == day, ["user", "item"]]


def test_what_a_user_took_is_described_by_recency_and_rhythm():
    rows = table(("ana", "tea", 0), ("ana", "tea", 4), ("ana", "milk", 4), ("ben", "tea", 5), ("ana", "jam", 9))
    found = next_choice.described(rows, pd.Series({"ana": 6})).set_index("item").loc["tea"]
    assert found[["times", "visits", "since", "first", "gap", "back"]].tolist() == [2, 2, 2, 6, 4, 0]
    assert found["share"] == 1
    assert found["order_0.4"] == approx(1.4)
    assert found["days_20"] == approx(np.exp(-6 / 20) + np.exp(-2 / 20))
    weights = {"tea": np.exp([-6 / 3, -2 / 3, -1 / 3]).sum(), "milk": np.exp(-2 / 3)}
    assert found["popular_3"] == approx(weights["tea"] / sum(weights.values()))


def test_an_own_habit_ranks_first(regulars):
    model = NextChoice(**SMALL).fit([(regulars, asked(9), chosen_on(regulars, 9))])
    best = next_choice.top(model.scored(regulars, asked(11)), 1)
    assert (best["item"].to_numpy() == np.arange(60) % 20).mean() > 0.9


def test_what_is_taken_later_changes_nothing(regulars):
    later = regulars["day"] >= 10
    garbled = regulars.assign(item=regulars["item"].where(~later, 99))
    pd.testing.assert_frame_equal(next_choice.described(garbled, asked(10)), next_choice.described(regulars, asked(10)))


def test_same_input_same_bytes_whatever_the_order_of_rows(regulars):
    examples = [(regulars, asked(9), chosen_on(regulars, 9))]
    shuffled = regulars.sample(frac=1, random_state=1)
    one = NextChoice(**SMALL).fit(examples).scored(regulars, asked(11))
    other = NextChoice(**SMALL).fit(examples).scored(shuffled, asked(11))
    pd.testing.assert_frame_equal(one, other)


def test_a_question_before_all_rows_or_without_an_answer_is_refused(regulars):
    with pytest.raises(ValueError, match="no row of the table is before"):
        next_choice.described(regulars, asked(0))
    with pytest.raises(ValueError, match="none of them was chosen"):
        NextChoice().fit([(regulars, asked(9), pd.DataFrame({"user": [0], "item": [99]}))])
