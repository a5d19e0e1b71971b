import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studiolab.product_recommender.purchases import GUEST, purchases

from .shop import AS_OF, bought, line, orders


def told(found):
    return found.left_out.set_index("line_id")["reason"].to_dict()


def test_lines_are_by_customer_and_time_with_the_ids_they_number():
    found = bought(line("bo", "mat", 1), line("ana", "mat", 2, 300), line("ana", "sock", 9, 200), line(None, "mat", 4))
    assert found.customers.tolist() == ["ana", "bo"]
    assert found.products[found.product].tolist() == ["mat", "sock", "mat", "mat"]
    assert found.customer.tolist() == [GUEST, 0, 0, 1]
    assert found.amount[found.of("ana")].tolist() == [200, 300]
    assert found.receipts[found.order[found.of("bo")]].tolist() == ["r0"]
    assert (found.currency, told(found)) == ("INR", {})


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"status": "failed"}, "payment failed"),
        ({"status": "pending"}, "payment pending"),
        ({"status": "refunded"}, "given back"),
        ({"currency": "EUR"}, "not in INR, the studio's currency"),
        ({"created_at": AS_OF}, "later than 2026-06-15 00:00, the moment of asking"),
        ({"amount": -1000, "customer_id": "bo"}, "a refund of something that was not bought before it"),
    ],
)
def test_a_line_that_does_not_count_has_its_reason(more, reason):
    found = bought(line("ana", "mat", 1), line("ana", "mat", 3), line("ana", "mat", 2) | more)
    assert told(found) == {"l2": reason}
    assert found.amount.tolist() == [1000, 1000]


def test_a_refund_takes_back_the_latest_purchase_before_it():
    found = bought(line("ana", "mat", 9, 500), line("ana", "mat", 5, 800), line("ana", "mat", 4, -800),
                   line("ana", "mat", 1, 700), line("ana", "sock", 5, 300))  # fmt: skip
    assert found.amount.tolist() == [500, 300, 700]
    assert told(found) == {"l1": "given back", "l2": "a refund"}


def test_a_part_of_the_money_given_back_leaves_the_rest():
    found = bought(line("ana", "mat", 9, 500), line("ana", "mat", 5, 800), line("ana", "mat", 4, -900))
    assert found.amount.tolist() == [400]
    assert told(found) == {"l1": "given back", "l2": "a refund"}


def test_a_purchase_marked_as_refunded_and_its_refund_take_back_one_purchase_only():
    found = bought(line("ana", "dues", 40), line("ana", "dues", 10, status="refunded"), line("ana", "dues", 9, -1000))
    assert found.amount.tolist() == [1000]
    assert told(found) == {"l1": "given back", "l2": "a refund"}


def test_a_refund_in_the_second_of_its_purchase_finds_it_whatever_comes_first_in_the_file():
    found = bought(line("ana", "mat", 3, -1000), line("ana", "mat", 3))
    assert len(found.amount) == 0
    assert told(found) == {"l0": "a refund", "l1": "given back"}


def test_an_order_for_nothing_is_an_order():
    found = bought(line("ana", "mat", 9, 0), line("ana", "mat", 3, -500), line("ana", "mat", 1, 700))
    assert found.amount.tolist() == [0, 700]
    assert told(found) == {"l1": "a refund of something that was not bought before it"}


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="2026-06-15 00:00:00 without a zone; expected an instant"):
        bought(as_of=AS_OF.tz_localize(None))


def test_no_orders_are_no_purchases():
    found = bought()
    assert (len(found.customers), len(found.amount), found.bounds.tolist(), found.currency) == (0, 0, [0], None)


def test_the_currency_may_be_said():
    found = bought(line("ana", "mat", 1), line("ana", "mat", 2), line("ana", "mat", 3, currency="EUR"), currency="EUR")
    assert len(found.amount) == 1
    assert set(told(found).values()) == {"not in EUR, the studio's currency"}


def test_a_receipt_names_its_customers_even_where_nothing_of_it_counts():
    found = bought(
        line("ana", "mat", 3, order_id="x"),
        line("bo", "mat", 3, order_id="x", status="failed"),
        line("cy", "mat", 2, order_id="y", status="pending"),
        line(None, "mat", 2, order_id="z"),
    )
    assert [found.buyers(receipt) for receipt in "xyz"] == [["ana", "bo"], ["cy"], []]
    with pytest.raises(KeyError):
        found.buyers("w")


def test_a_line_without_a_product_id_is_known_by_its_name():
    found = bought(line("ana", None, 3, product_name="Mat"), line("ana", None, 2), line("ana", "mat", 1))
    assert found.products[found.product].tolist() == ["Mat", "", "mat"]


def test_earlier_purchases_are_those_asked_for_earlier_but_for_later_refunds():
    table = orders(*(line(who, "mat", day, 100 + day) for who in ("ana", "bo", None) for day in (2, 5, 9)))
    early = AS_OF - pd.Timedelta(days=4)
    cut, asked = purchases(table, AS_OF).before(early), purchases(table, early)
    for name in ("customer", "product", "at", "amount", "bounds"):
        np.testing.assert_array_equal(getattr(cut, name), getattr(asked, name))


AMOUNTS = st.lists(
    st.tuples(st.sampled_from(["ana", "bo"]), st.integers(0, 9), st.integers(-900, 900)), min_size=1, max_size=12
)


@settings(max_examples=25)
@given(AMOUNTS)
def test_what_is_kept_is_never_more_than_what_was_paid_and_never_less_than_paid_less_refunds(rows):
    found = bought(*(line(who, "mat", day + 1, amount) for who, day, amount in rows))
    paid = sum(amount for _, _, amount in rows if amount > 0)
    assert (found.amount >= 0).all()
    assert max(0, sum(amount for *_, amount in rows)) <= found.amount.sum() <= paid


@settings(max_examples=25)
@given(AMOUNTS)
def test_every_line_counts_or_has_its_reason(rows):
    found = bought(*(line(who, "mat", day + 1, amount) for who, day, amount in rows))
    assert len(found.amount) + len(found.left_out) == len(rows)
