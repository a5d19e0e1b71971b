"""Everybody known is counted once: reached, or not for one reason."""

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from studiolab import schema
from studiolab.product_recommender.catalogue import catalogue
from studiolab.product_recommender.opportunities import campaign
from studiolab.product_recommender.purchases import purchases
from studiolab.product_recommender.reach import REACHED, STRANGER, reach
from studiolab.product_recommender.recommend import offers

NOW = pd.Timestamp("2026-06-01T00:00Z")
PRODUCTS = pd.DataFrame([{"product_id": "mat", "product_name": "Mat", "revenue_kind": "retail", "price": 4000,
                          "cost": None, "currency": "EUR"}])  # fmt: skip


def orders(*customers):
    """A mat each, a day apart."""
    rows = [{"studio_id": "oak", "line_id": f"l{n}", "order_id": f"r{n}", "customer_id": who, "product_id": "mat",
             "amount": 4000, "currency": "EUR", "created_at": NOW - pd.Timedelta(days=50 - n)}
            for n, who in enumerate(customers)]  # fmt: skip
    return schema.validate("orders", pd.DataFrame(rows))


def members(*rows):
    """rows : (member_id, email_consent, email, days since they left or None)."""
    table = [{"studio_id": "oak", "member_id": who, "email_consent": agreed, "email": email,
              "left_at": None if left is None else NOW - pd.Timedelta(days=left)}
             for who, agreed, email, left in rows]  # fmt: skip
    columns = ["studio_id", "member_id", "email_consent", "email", "left_at", "member_name"]
    return schema.validate("members", pd.DataFrame(table, columns=columns))


def counted(bought, people):
    sold = purchases(bought, NOW)
    rows = campaign(offers(sold, catalogue(PRODUCTS, sold), NOW, policy="ladder"), people)
    return reach(sold, people, rows, as_of=NOW), rows


def test_each_reason_by_hand():
    people = members(("ana", True, "a@x.org", None), ("ben", False, "b@x.org", None), ("cleo", True, None, None),
                     ("dan", True, "d@x.org", 3), ("eve", None, "e@x.org", None))  # fmt: skip
    told, rows = counted(orders("ana", "ben", "gus"), people)
    assert list(rows["customer_id"]) == ["ana"]
    assert told == {REACHED: 1, "did not agree to e-mail": 2, "no e-mail address": 1, "left": 1, STRANGER: 1}
    assert next(iter(told)) == REACHED


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from([True, False, None]),
                          st.sampled_from(["x@x.org", None]), st.sampled_from([None, 3, -3])),
                unique_by=lambda row: row[0]), st.lists(st.sampled_from("abcdefghij"), min_size=1))  # fmt: skip
def test_everybody_who_bought_or_is_a_member_is_counted_once(people, bought):
    told, rows = counted(orders(*bought), members(*people))
    assert sum(told.values()) == len({row[0] for row in people} | set(bought))
    assert told.get(REACHED, 0) == rows["customer_id"].nunique()
    assert told.get(STRANGER, 0) == len(set(bought) - {row[0] for row in people})
