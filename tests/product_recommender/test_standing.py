import numpy as np
import pandas as pd

from studiolab.product_recommender.catalogue import catalogue
from studiolab.product_recommender.replies import SEGMENTS
from studiolab.product_recommender.standing import EVIDENCE, HELD_DAYS, standing

from .shop import AS_OF, MEMBERSHIPS, bought, four_packs, line


def of(purchases, sold, customer, as_of=AS_OF):
    """dict of what `Standing` says of one customer."""
    row, own = purchases.customers.get_loc(customer), standing(purchases, sold, as_of)
    return {name: value[row] for name, value in own._asdict().items()}


def test_money_orders_and_the_last_receipt_of_a_customer():
    found = bought(line("ana", "pro", 9, 500, order_id="x"), line("ana", "starter", 9, 200, order_id="x"),
                   line("ana", "pro", 4, 700, order_id="y"), line("bo", "pro", 1, 50))  # fmt: skip
    ana = of(found, four_packs(), "ana")
    assert (ana["ltv"], ana["orders"], found.receipts[ana["receipt"]]) == (1400, 2, "y")
    assert ana["bought"].tolist() == [1, 2, 0, 0]
    assert pd.Timestamp(ana["last"], tz="UTC") == AS_OF - pd.Timedelta(days=4)


def test_lines_of_one_receipt_at_two_moments_are_one_order():
    found = bought(line("ana", "pro", 9, order_id="x"), line("ana", "pro", 8), line("ana", "pro", 7, order_id="x"))
    assert of(found, four_packs(), "ana")["orders"] == 2


def test_the_level_is_the_highest_pack_ever_kept():
    found = bought(
        line("ana", "premium", 900),
        line("ana", "starter", 2),
        line("bo", "platinum", 5, status="refunded"),
        line("bo", "pro", 9),
        line("cy", "platinum", 3, status="failed"),
        line("cy", "starter", 4),
    )
    assert [of(found, four_packs(), one)["level"] for one in ("ana", "bo", "cy")] == [2, 1, 0]


def test_a_membership_is_held_for_as_long_as_it_is_paid():
    found = bought(line("ana", "all", HELD_DAYS + 1), line("ana", "four", 3), line("bo", "all", HELD_DAYS + 1))
    assert [of(found, catalogue(MEMBERSHIPS), one)["level"] for one in ("ana", "bo")] == [0, -1]


def test_nothing_at_or_after_the_cut_off_counts():
    late = bought(line("ana", "starter", 30), line("ana", "platinum", 10))
    ana = of(late, four_packs(), "ana", AS_OF - pd.Timedelta(days=10))
    assert (ana["level"], ana["orders"]) == (0, 1)


def test_evidence_is_by_orders_and_the_best_fifth_by_money():
    rows = [line(f"c{k}", "starter", day, 1000 * (k + 1)) for k in range(10) for day in (3, 5, 7)]
    found = bought(*rows, line("one", "platinum", 2, 10**6), line("new", "starter", 2))
    words = {one: EVIDENCE[of(found, four_packs(), one)["evidence"]] for one in found.customers}
    assert {one for one, word in words.items() if word == "strong"} == {"c8", "c9"}
    assert (words["one"], words["new"], words["c0"]) == ("new", "new", "repeat")


def test_segments_are_by_silence_then_money_then_orders():
    monthly = [line(f"m{k}", "starter", 30 * month + 1, 100) for k in range(12) for month in range(6)]
    rich = [line("rich", "pro", day, 10**5) for day in (5, 9, 13)]
    found = bought(*monthly, *rich, line("new", "starter", 4), line("gone", "pro", 200), line("gone", "pro", 210))
    words = {one: SEGMENTS[of(found, four_packs(), one)["segment"]] for one in found.customers}
    assert [words[one] for one in ("new", "m1", "rich", "gone")] == ["new", "repeat", "high value", "lapsed"]


def test_who_nobody_is_named_for_is_nobodys():
    found = bought(line(None, "platinum", 3), line("ana", "starter", 3))
    own = standing(found, four_packs(), AS_OF)
    assert own.level.tolist() == [0, -1]
    assert own.ltv.tolist() == [1000, 0]


def test_without_orders_there_is_the_newcomer_only():
    own = standing(bought(), four_packs(), AS_OF)
    assert (own.orders.tolist(), own.level.tolist(), own.evidence.tolist()) == ([0], [-1], [0])
    assert np.isnat(own.last).all()
