import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studiolab.product_recommender.uplift.policy_value import policy_value, qini, qini_known

SHARES = {"nothing": 0.4, "news": 0.3, "note": 0.3}
ADDED = {"nothing": 0.0, "news": 0.1, "note": 0.25}
STIRRED = {"nothing": 0.0, "news": 0.02, "note": 0.0}
BASE, LEAVES, MARGIN, DUES = 0.2, 0.05, 1000, 5000


def log(rows, rng):
    """Offers of one of two products; what a message adds and stirs up is known."""
    message = rng.choice(list(SHARES), rows, p=list(SHARES.values()))
    product = rng.choice(["mat", "towel"], rows)
    bought = rng.random(rows) < BASE + pd.Series(message).map(ADDED)
    left = rng.random(rows) < LEAVES + pd.Series(message).map(STIRRED)
    did = pd.Series(message).map(SHARES)
    return pd.DataFrame({
        "client_id": np.arange(rows).astype(str), "product_id": product, "message": message, "bought": bought,
        "left": left, "margin_minor": (bought * MARGIN - left * DUES).astype(int), "message_probability": did,
        "probability": did / 2,
    })  # fmt: skip


def told(rows, sold=0.0, without=0.0, left=0.0, stays=0.0):
    columns = {"sold": sold, "sold_without": without, "left": left, "left_without": stays}
    return pd.DataFrame(columns, index=range(rows))


def worth(message):
    return ADDED[message] * MARGIN - STIRRED[message] * DUES


@pytest.mark.parametrize("message", ["news", "note"])
@pytest.mark.parametrize("expected", [{}, {"sold": 900.0, "without": 50.0, "left": 0.3}])
def test_a_policy_is_worth_what_was_planted_whatever_the_model_says(message, expected):
    rows = 60_000
    offers = log(rows, np.random.default_rng(1))
    found = policy_value(offers, np.full(rows, "mat"), np.full(rows, message), told(rows, **expected), DUES)
    assert abs(found.value - worth(message)) < found.high - found.low  # 3.3 standard errors
    assert found.high - found.low < 60


def test_the_interval_holds_the_truth_about_nine_times_in_ten():
    rng, rows, held = np.random.default_rng(2), 1500, 0
    right = told(rows, (BASE + 0.1) * MARGIN, BASE * MARGIN, LEAVES + 0.02, LEAVES)
    for _ in range(200):
        found = policy_value(log(rows, rng), np.full(rows, "mat"), np.full(rows, "news"), right, DUES)
        held += found.low < worth("news") < found.high
    assert 168 <= held <= 192


def test_a_better_model_makes_the_interval_narrower():
    rows = 20_000
    offers = log(rows, np.random.default_rng(3))
    right = told(rows, (BASE + 0.25) * MARGIN, BASE * MARGIN, LEAVES, LEAVES)
    wrong = told(rows, 3000.0, 0.0, 0.9, 0.0)
    width = [
        policy_value(offers, np.full(rows, "mat"), np.full(rows, "note"), expected, DUES) for expected in (right, wrong)
    ]
    assert width[0].high - width[0].low < 0.6 * (width[1].high - width[1].low)


def test_sending_nothing_is_worth_nothing_for_sure():
    offers = log(100, np.random.default_rng(4))
    found = policy_value(offers, np.full(100, None), np.full(100, "nothing"), told(100), DUES)
    assert found[:3] == (0, 0, 0)


def test_a_probability_of_zero_is_refused_by_its_row():
    offers = log(10, np.random.default_rng(5)).assign(probability=[0.1] * 7 + [0.0] * 3)
    with pytest.raises(ValueError, match=r"row 7: probability 0\.0"):
        policy_value(offers, np.full(10, "mat"), np.full(10, "news"), told(10), DUES)


@settings(max_examples=50)
@given(st.lists(st.integers(-5, 9), min_size=2, max_size=30), st.randoms(use_true_random=False))
def test_no_order_has_a_larger_coefficient_than_that_of_the_gain_itself(gain, random):
    score = list(range(len(gain)))
    random.shuffle(score)
    assert qini_known(score, gain).coefficient <= qini_known(gain, gain).coefficient + 1e-9


def test_one_score_for_all_has_no_area_and_the_curve_ends_at_the_mean_gain():
    found = qini_known(np.ones(5), [1, 2, 3, 4, 10])
    assert found.coefficient == 0
    assert found.gain[-1] == 4
    # Sent to 10, 4, 3, 2, 1 in turn: 2, 2.8, 3.4, 3.8, 4 a client; area 2.8 less the half of 4.
    assert qini_known([1, 2, 3, 4, 10], [1, 2, 3, 4, 10]).coefficient == pytest.approx(0.8)


def test_a_curve_from_chance_finds_the_known_one():
    rng, rows = np.random.default_rng(6), 40_000
    trait = rng.random(rows)
    sent = rng.random(rows) < 0.3
    bought = rng.random(rows) < 0.1 + 0.3 * trait * sent
    found, known = qini(trait, sent, bought, 0.3), qini_known(trait, 0.3 * trait)
    assert found.low < known.coefficient < found.high
    assert found.low > 0
    assert qini(-trait, sent, bought, 0.3).high < 0


def test_a_curve_needs_rows_of_both_kinds():
    with pytest.raises(ValueError, match="of 3 rows 3 were sent to"):
        qini([1, 2, 3], [True] * 3, [0, 1, 1])
