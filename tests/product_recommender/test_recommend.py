import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studiolab import world
from studiolab.product_recommender import recommend
from studiolab.product_recommender.catalogue import catalogue
from studiolab.product_recommender.purchases import purchases
from studiolab.product_recommender.recommend import UnknownCustomer
from studiolab.product_recommender.standing import standing

from .shop import AS_OF, MEMBERSHIPS, Chances, bought, chances, four_packs, line

FOUND = bought(
    line("ana", "starter", 12),
    line("ana", "starter", 40),
    line("bo", "pro", 5),
    line("cy", "platinum", 9),
    line("dee", "premium", 70, order_id="shared"),
    line("eli", "starter", 70, order_id="shared"),
    line("flo", "pro", 3, order_id="failed", status="failed"),
    line(None, "pro", 3, order_id="guest"),
)
LADDER = recommend.offers(FOUND, four_packs(), AS_OF, policy="ladder")


def ids(answer):
    return [one.product_id for one in answer.recommendations]


@pytest.fixture(scope="module")
def studio():
    """(purchases, catalogue, as_of) of a simulated studio."""
    chain = world.make_chain(1, 12, seed=2)
    raw = chain.raw(chain.studios["studio_id"].iloc[0])
    as_of = raw["orders"]["created_at"].max() - pd.Timedelta(days=40)
    found = purchases(raw["orders"], as_of)
    return found, catalogue(raw["products"], found), as_of


def test_steps_above_the_one_that_is_held_are_offered():
    asked = {who: set(ids(recommend.recommend(LADDER, who))) for who in ("ana", "bo", "dee", "cy")}
    assert asked == {"ana": {"pro", "premium", "platinum"}, "bo": {"premium", "platinum"}, "dee": {"platinum"},
                     "cy": set()}  # fmt: skip


def test_the_highest_step_gets_nothing_rather_than_something_invented():
    answer = recommend.recommend(LADDER, "cy")
    assert (answer.current_level, answer.no_purchase) == ("Platinum Pack", 1)
    assert "hold the highest step, and nothing beside it is worth offering" in answer.note


def test_the_highest_step_gets_what_is_beside_the_ladder():
    found = bought(line("ana", "all", 3), line("bo", "socks", 5), line("bo", "gift", 7))
    ready = recommend.offers(found, catalogue(MEMBERSHIPS, found), AS_OF, policy="ladder")
    assert sorted(ids(recommend.recommend(ready, "ana"))) == ["gift", "socks"]


def test_a_newcomer_gets_the_cold_start_with_what_is_left_said():
    answer = recommend.recommend(LADDER, "kim", names={"kim": "Kim Ray"})
    assert [(one.product_id, one.score) for one in answer.recommendations] == [
        ("starter", 40), ("pro", 25), ("premium", 15)]  # fmt: skip
    assert "the remaining 15 of 100 buy nothing" in answer.note
    assert (answer.customer_name, answer.receipt, answer.segment) == ("Kim Ray", None, "new")


def test_where_nobody_ever_bought_the_chances_are_the_documents_shares_and_add_up_with_buying_nothing():
    nobody = bought(currency="INR")
    answer = recommend.recommend(
        recommend.offers(nobody, four_packs(), AS_OF, policy="ladder"), "kim", 4, {"kim": "Kim"}
    )
    assert [one.confidence for one in answer.recommendations] == [0.40, 0.25, 0.15, 0.05]
    assert answer.no_purchase == 0.15


def test_expected_value_is_chance_times_margin_and_orders_the_learned_policy():
    known = chances(ana=[0.9, 0.3, 0.1, 0.06], bo=0.1, cy=0.1, dee=0.1, eli=0.1)
    answer = recommend.recommend(recommend.offers(FOUND, four_packs(), AS_OF, known), "ana")
    values = {one.product_id: one.expected_value_minor for one in answer.recommendations}
    assert values == {"platinum": 17994, "pro": 14970, "premium": 9990}
    assert ids(answer) == ["platinum", "pro", "premium"]
    assert answer.no_purchase == pytest.approx(0.7 * 0.9 * 0.94)
    first = answer.recommendations[0]
    assert (first.confidence, first.confidence_low, first.confidence_high) == (0.06, 0.03, 0.53)
    assert first.estimated_conversion_value == first.expected_value_minor


def test_equal_values_are_ordered_by_id():
    sold = catalogue(MEMBERSHIPS.assign(price=5000, cost=0, revenue_kind="retail"))
    found = bought(line("ana", "four", 3))
    known = Chances(found.customers, list(sold.products), *np.full((3, 1, len(sold.products)), 0.1))
    assert ids(recommend.recommend(recommend.offers(found, sold, AS_OF, known), "ana", 9)) == sorted(sold.products)


def test_the_match_of_the_learned_policy_is_by_odds_against_clients_who_have_not_lapsed():
    found = bought(*(line(who, "starter", 5) for who in ("ana", "bo", "cy")), line("old", "starter", 900))
    known = chances(ana=0.2, bo=0.5, cy=0.05, old=0.001)
    ready = recommend.offers(found, four_packs(), AS_OF, known)
    odds = (0.2 / 0.8) / (0.25 / 0.75)
    assert ready.score[0, 1] == pytest.approx(100 * odds / (1 + odds))
    assert ready.score[1, 1] == pytest.approx(75)


def test_reasons_are_facts_of_that_customer():
    known = chances(ana=0.3, bo=0.1, cy=0.1, dee=0.1, eli=0.1)
    reason = recommend.recommend(recommend.offers(FOUND, four_packs(), AS_OF, known), "ana").recommendations[0].reason
    assert reason.split("; ") == [
        "Holds Starter Pack",
        "Platinum Pack is a later step",
        "2 orders, last 12 days ago",
        "Platinum Pack would be new to them",
        "1.8 times as likely to buy it as other clients",
    ]
    rare, often = (
        recommend.recommend(recommend.offers(FOUND, four_packs(), AS_OF, chances(ana=one, bo=0.02, cy=0.02)), "ana")
        for one in (0.001, 0.9)
    )
    assert rare.recommendations[0].reason.endswith("less likely to buy it than other clients")
    assert often.recommendations[0].reason.endswith("2.9 times as likely to buy it as other clients")


def test_a_reason_counts_what_they_bought_before():
    found = bought(line("ana", "socks", 12), line("ana", "socks", 80))
    ready = recommend.offers(found, catalogue(MEMBERSHIPS), AS_OF, policy="ladder")
    reasons = {one.product_id: one.reason for one in recommend.recommend(ready, "ana", 9).recommendations}
    assert reasons["socks"] == "Bought Socks twice, last 12 days ago"


def test_any_receipt_names_its_customer():
    assert recommend.recommend(LADDER, "r1").customer_id == "ana"
    assert recommend.recommend(LADDER, "r1").receipt == "r0"
    assert recommend.recommend(LADDER, "failed").customer_id == "flo"


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("shared", "receipt 'shared' names 2 customers, dee and eli; ask for one of them by id"),
        ("guest", "receipt 'guest' names no customer"),
        ("zoe", "'zoe' is neither a customer nor a receipt of this studio; expected the id of either"),
    ],
)
def test_who_is_not_known_is_refused_with_what_to_do(key, message):
    with pytest.raises(UnknownCustomer, match=message):
        recommend.recommend(LADDER, key)


def test_what_was_asked_for_wrongly_is_refused():
    with pytest.raises(ValueError, match="policy 'best'; expected one of learned, ladder"):
        recommend.offers(FOUND, four_packs(), AS_OF, policy="best")
    with pytest.raises(ValueError, match='"learned" needs calibrated chances'):
        recommend.offers(FOUND, four_packs(), AS_OF)
    with pytest.raises(ValueError, match="limit 0; expected 1 or more"):
        recommend.recommend(LADDER, "ana", 0)


def test_who_the_model_does_not_know_has_the_share_of_customers_like_them_and_it_is_said():
    ready = recommend.offers(FOUND, four_packs(), AS_OF, chances(ana=0.3))
    np.testing.assert_array_equal(ready.learned[:5], [True, False, False, False, False])
    assert "not a forecast of this one" in recommend.recommend(ready, "bo").note
    assert recommend.recommend(ready, "ana").note == ""


def test_chances_find_their_customers_and_products_in_any_order():
    known = chances(ana=[0.1, 0.2, 0.3, 0.4], bo=[0.5, 0.6, 0.7, 0.8])
    turned = Chances(known.customers[::-1], known.products[::-1], *(part[::-1, ::-1] for part in known[2:]))
    for part in ("chance", "low", "high", "best"):
        first, second = (getattr(recommend.offers(FOUND, four_packs(), AS_OF, each), part) for each in (known, turned))
        np.testing.assert_array_equal(first, second)


def test_counted_chances_are_shares_of_those_whom_it_could_be_offered():
    people = [line(f"c{k:02}", "starter", 50) for k in range(40)] + [line(f"c{k:02}", "pro", 5) for k in range(10)]
    holders = [line(f"d{k}", "pro", 50) for k in range(9)]
    found = bought(*people, *holders, line("new", "starter", 2))
    own = standing(found, four_packs(), AS_OF)
    chance, low, high = recommend.counted(found, four_packs(), AS_OF, own)
    row = found.customers.get_loc("new")
    assert chance[row, 1] == pytest.approx((10 + 0.25) / 41)
    assert low[row, 1] < 0.25 < high[row, 1]


def test_an_intro_is_for_who_was_no_member():
    found = bought(line("ana", "four", 300), line("bo", "socks", 3), line("cy", "intro", 90))
    ready = recommend.offers(found, catalogue(MEMBERSHIPS), AS_OF, policy="ladder")
    place = list(ready.catalogue.products).index("intro")
    assert ready.allowed[:, place].tolist() == [False, True, False, True]


def test_nothing_is_offered_that_is_not_worth_a_coin():
    answer = recommend.recommend(recommend.offers(FOUND, four_packs(), AS_OF, chances(ana=1e-9)), "ana")
    assert answer.recommendations == []
    assert answer.note.startswith("Nothing is likely enough within 28 days")


def test_what_earns_nothing_is_not_offered():
    found = bought(line("ana", "four", 3))
    ready = recommend.offers(found, catalogue(MEMBERSHIPS.assign(cost=20000)), AS_OF, policy="ladder")
    assert not ready.allowed.any()
    assert ready.best.tolist() == [-1, -1]


def test_an_answer_is_small_and_of_the_documents_shape():
    answer = json.loads(recommend.recommend(LADDER, "ana").model_dump_json())
    assert answer["success"] is True
    assert {"product", "score", "reason", "confidence", "estimated_conversion_value"} <= set(
        answer["recommendations"][0]
    )
    assert all(len(json.dumps(one)) < 1024 for one in answer["recommendations"])


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_in_a_studio_nothing_held_lower_or_unknown_is_offered_and_answers_are_the_same_twice(studio, data):
    found, sold, as_of = studio
    ready = recommend.offers(found, sold, as_of, policy="ladder")
    customer = data.draw(st.sampled_from(list(found.customers)))
    answer = recommend.recommend(ready, customer)
    lines = found.of(customer)
    is_recent = found._asdict()["at"][lines] >= ready.now - np.timedelta64(45, "D")
    recent = found.products[found.product[lines][is_recent]]
    held = [sold.ladder.index(one) for one in recent if one in sold.ladder]
    for one in answer.recommendations:
        assert one.product_id in sold.products
        assert sold.products[one.product_id].step is None or sold.products[one.product_id].step > max(held, default=-1)
        assert 0 <= one.confidence_low <= one.confidence <= one.confidence_high <= 1
    assert answer == recommend.recommend(recommend.offers(found, sold, as_of, policy="ladder"), customer)
    assert ids(answer)[:1] == [
        list(sold.products)[k] for k in ready.best[[found.customers.get_loc(customer)]] if k >= 0
    ]
