import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studiolab.product_recommender.catalogue import catalogue
from studiolab.product_recommender.performance import performance, problems

from .shop import AS_OF, MEMBERSHIPS, bought, four_packs, line


def sold(*lines, zone="UTC", table=None):
    return performance(bought(*lines, currency="INR"), table or four_packs(), AS_OF, zone)


def test_a_product_has_its_orders_revenue_customers_and_average():
    found = sold(line("ana", "pro", 3, 49900, order_id="x"), line("ana", "pro", 3, 40000, order_id="x"),
                 line("ana", "pro", 9, 49900), line("bo", "pro", 50, 49900), line(None, "pro", 4, 49900))  # fmt: skip
    pro = found.products["Pro Pack"]
    assert (pro.total_orders, pro.total_revenue, pro.unique_customers) == (4, 2396.0, 2)
    assert (pro.avg_order_value, pro.price, pro.last_sold) == (599.0, 499.0, AS_OF - pd.Timedelta(days=3))
    assert next(iter(found.products)) == "Pro Pack"
    unsold = found.products["Starter Pack"]
    assert (unsold.total_orders, unsold.avg_order_value, unsold.last_sold, unsold.history) == (0, 0, None, [])


def test_months_are_the_studios_own():
    night = pd.Timestamp("2026-05-31T20:00Z")
    found = {zone: sold(line("ana", "pro", 0, 49900, created_at=night), zone=zone).products["Pro Pack"].history
             for zone in ("UTC", "Asia/Kolkata")}  # fmt: skip
    assert [found[zone][0].month for zone in found] == ["2026-05", "2026-06"]


def test_a_month_without_a_sale_lies_between_two_with():
    history = sold(line("ana", "pro", 100), line("bo", "pro", 5), line("bo", "pro", 4)).products["Pro Pack"].history
    assert [(one.month, one.orders, one.revenue) for one in history] == [
        ("2026-03", 1, 10.0), ("2026-04", 0, 0.0), ("2026-05", 0, 0.0), ("2026-06", 2, 20.0)]  # fmt: skip


def test_two_products_of_one_name_are_told_apart():
    twins = catalogue(MEMBERSHIPS.assign(product_name="Class"))
    assert "Class (four)" in sold(line("ana", "four", 3), table=twins).products


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (
            [line("ana", "gold", 3)],
            "1 product (gold) sold, but not in the catalogue: counted as sales and never offered",
        ),
        (
            [line("ana", "pro", -3)],
            "1 order line after 2026-06-15 00:00 left out; if that is now, a clock",
        ),
        ([line("ana", "pro", 3, currency="EUR")], "1 order line not in INR left out; convert, or import"),
        (
            [line("ana", "pro", 3, -500)],
            "1 refund of something that was not bought before: 1 receipt (r0); import",
        ),
        (
            [line("ana", "pro", 3, order_id="x"), line("bo", "pro", 3, order_id="x")],
            "1 receipt (x) naming two customers",
        ),
        ([line(None, "pro", 3)], "1 order line without a customer: counted as sales"),
    ],
)
def test_what_is_wrong_with_the_orders_is_said_with_what_to_do(lines, sentence):
    found = sold(*lines)
    assert len(found.problems) == 1
    assert found.problems[0].startswith(sentence)


def test_nothing_is_said_where_nothing_is_wrong():
    found = bought(line("ana", "pro", 3), line("ana", "pro", 3, status="failed"))
    assert problems(found, four_packs(), AS_OF) == []
    assert performance(found, four_packs(), AS_OF).left_out == {"payment failed": 1}


def test_a_product_outside_the_catalogue_is_counted_and_marked():
    gold = sold(line("ana", "gold", 3, 700)).products["gold"]
    assert (gold.is_in_catalogue, gold.price, gold.margin_minor, gold.total_revenue_minor) == (False, None, None, 700)


ROWS = st.lists(st.tuples(st.sampled_from(["ana", "bo", None]), st.sampled_from(["pro", "starter", "gold"]),
                          st.integers(1, 400), st.integers(1, 10**6)), min_size=1, max_size=15)  # fmt: skip


@settings(max_examples=25)
@given(ROWS)
def test_months_and_products_add_up_to_what_was_paid(rows):
    found = sold(*(line(*row) for row in rows), zone="America/Phoenix")
    assert sum(one.total_revenue_minor for one in found.products.values()) == sum(amount for *_, amount in rows)
    for one in found.products.values():
        assert sum(month.orders for month in one.history) == one.total_orders
        assert sum(month.revenue for month in one.history) == pytest.approx(one.total_revenue)
