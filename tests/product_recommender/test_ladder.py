import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studiolab.product_recommender import ladder
from studiolab.product_recommender.catalogue import catalogue
from studiolab.product_recommender.standing import standing

from .shop import AS_OF, MEMBERSHIPS, bought, four_packs, goods, line

PACKS = ("starter", "pro", "premium", "platinum")


def month(number):
    return pd.Timestamp(2026, number, 15, tz="UTC")


def odds(scores):
    return scores / (100 - scores)


def test_who_never_bought_gets_the_documents_shares_and_the_rest_buys_nothing():
    np.testing.assert_allclose(ladder.cold_start(four_packs(), AS_OF), [0.40, 0.25, 0.15, 0.05])


@pytest.mark.parametrize("number", range(1, 13))
def test_a_season_leaves_room_for_those_who_buy_nothing(number):
    shares = ladder.cold_start(four_packs(), month(number))
    factor = {1: 1.2, 2: 1.2, 10: 1.3, 11: 1.3, 12: 1.3}.get(number, 1)
    np.testing.assert_allclose(shares / (1 - shares.sum()), np.array([40, 25, 15, 5]) / 15 * factor)


def test_of_a_shorter_ladder_the_share_that_is_left_goes_to_what_is_beside_it():
    sold = catalogue(MEMBERSHIPS)
    shares = dict(zip(sold.products, ladder.cold_start(sold, AS_OF, bought=np.array([5, 5, 5, 2, 0])), strict=True))
    assert (shares["four"], shares["eight"], shares["all"]) == pytest.approx((0.40, 0.25, 0.15))
    assert (shares["socks"], shares["intro"]) == pytest.approx((0.05 * 3 / 4, 0.05 * 1 / 4))


def test_steps_after_the_fourth_share_its_part():
    five = catalogue(goods(*((f"m{k}", "membership", 1000 * (k + 1), None) for k in range(5))))
    np.testing.assert_allclose(ladder.cold_start(five, AS_OF), [0.40, 0.25, 0.15, 0.025, 0.025])


def test_the_season_multiplies_the_odds_of_its_kind_of_product_only():
    rows = [line(who, product, day) for who in ("ana", "bo") for product, day in (("four", 300), ("socks", 290))]
    sold = catalogue(MEMBERSHIPS)
    winter, usual = (
        ladder.affinity(bought(*rows, as_of=when), sold, when)
        for when in (month(12), pd.Timestamp("2026-09-15T00:00Z"))
    )
    ratio = dict(zip(sold.products, (odds(winter) / odds(usual))[0], strict=True))
    assert ratio == pytest.approx({"four": 1, "eight": 1, "all": 1, "socks": 1.3, "intro": 1})


def test_a_complement_multiplies_the_odds_of_the_steps_above():
    found = bought(line("ana", "starter", 10), line("bo", "pro", 10), line("cy", "premium", 10))
    scores = odds(ladder.affinity(found, four_packs(), AS_OF))
    place = (np.arange(4) + 0.5) / 4
    base = ladder.LOWEST + (ladder.HIGHEST - ladder.LOWEST) * (1 - np.abs(place - 0.5))  # all spent the same
    boosts = [[1, 1.5, 1.5, 1.5], [1, 1, 1.5, 1.5], [1, 1, 1, 1.5]]
    np.testing.assert_allclose(scores / (base / (1 - base)), boosts)


def test_who_ordered_more_than_once_is_likelier_to_step_up():
    found = bought(line("ana", "starter", 10, 500), line("bo", "starter", 10, 250), line("bo", "starter", 20, 250))
    once, twice = odds(ladder.affinity(found, four_packs(), AS_OF))
    np.testing.assert_allclose(twice / once, [1, 1.2, 1.2, 1.2])


def test_who_spends_more_is_for_the_higher_steps():
    spenders = [line(f"c{k}", "starter", 10, 1000 * 4**k) for k in range(8)]
    scores = ladder.affinity(bought(*spenders), four_packs(), AS_OF)
    assert PACKS[scores[0, 1:].argmax() + 1] == "pro"
    assert PACKS[scores[7].argmax()] == "platinum"
    assert (np.diff(scores[:7, 3]) > 0).all()


def test_the_boosts_do_not_make_ties_as_a_cap_would():
    found = bought(*(line(f"c{k}", "starter", 40, 1000 * (k + 1), as_of=month(12)) for k in range(5)), as_of=month(12))
    rows = ladder.affinity(found, four_packs(), month(12))
    assert rows.max() < 100
    assert all(len(set(row.round(6))) == 4 for row in rows[:2])


def test_what_is_bought_later_changes_no_score():
    early = AS_OF - pd.Timedelta(days=20)
    before, after = (
        [line("ana", "starter", 40), line("bo", "pro", 33)],
        [line("ana", "platinum", 20), line("bo", "pro", 3)],
    )
    seen, unseen = (ladder.affinity(bought(*rows), four_packs(), early) for rows in (before, before + after))
    np.testing.assert_array_equal(seen, unseen)


LINES = st.lists(
    st.tuples(st.sampled_from("abcd"), st.sampled_from(PACKS), st.integers(1, 400), st.integers(-500, 9000)),
    max_size=12,
)


@settings(max_examples=20)
@given(LINES, st.integers(1, 12))
def test_scores_lie_between_0_and_100_and_do_not_depend_on_the_order_of_lines(rows, number):
    lines = [line(*row, as_of=month(number)) for row in rows]
    first, second = (bought(*each, as_of=month(number), currency="INR") for each in (lines, lines[::-1]))
    scores = ladder.affinity(first, four_packs(), month(number))
    assert ((scores > 0) & (scores < 100)).all()
    if len({(who, day) for who, _, day, _ in rows}) == len(rows):  # else which of a moment came first is the file's
        np.testing.assert_allclose(scores, ladder.affinity(second, four_packs(), month(number)))


def test_all_rows_are_those_of_one_customer_at_a_time():
    found = bought(line("ana", "starter", 10), line("bo", "pro", 10), line("bo", "pro", 20), line("cy", "platinum", 3))
    own = standing(found, four_packs(), AS_OF)
    all_rows = ladder.affinity(found, four_packs(), AS_OF, known=own)
    np.testing.assert_array_equal(all_rows[:-1], ladder.affinity(found, four_packs(), AS_OF))
    np.testing.assert_allclose(all_rows[-1], [40, 25, 15, 5])
