"""Orders and products written out by hand."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from studiolab import schema
from studiolab.product_recommender.catalogue import catalogue
from studiolab.product_recommender.ladder import packs
from studiolab.product_recommender.purchases import purchases

AS_OF = pd.Timestamp("2026-06-15T00:00Z")  # no season in June


def line(customer, product, days_ago, amount=1000, as_of=AS_OF, **more):
    return {"customer_id": customer, "product_id": product, "amount": amount, "currency": "INR",
            "created_at": as_of - pd.Timedelta(days=days_ago)} | more  # fmt: skip


def orders(*lines):
    """Table orders of `line`s, each a receipt of its own, r0, r1, …, where none is given."""
    named = [{"studio_id": "oak", "line_id": f"l{k}", "order_id": f"r{k}", **one} for k, one in enumerate(lines)]
    columns = list(schema.TABLES["orders"].columns)
    return schema.validate("orders", pd.DataFrame(named, columns=None if named else columns))


def bought(*lines, as_of=AS_OF, **more):
    return purchases(orders(*lines), as_of, **more)


def goods(*rows, currency="INR"):
    """Table products of (id, kind, price, cost)."""
    named = [dict(zip(("product_id", "revenue_kind", "price", "cost"), row, strict=True)) for row in rows]
    named = [
        row | {"studio_id": "oak", "currency": currency, "product_name": row["product_id"].title()} for row in named
    ]
    return schema.validate("products", pd.DataFrame(named))


MEMBERSHIPS = goods(("four", "membership", 5000, None), ("eight", "membership", 8000, None),
                    ("all", "membership", 12000, None), ("socks", "retail", 1500, 700),
                    ("gift", "retail", None, None), ("intro", "intro", 2000, None))  # fmt: skip


def four_packs():
    return catalogue(packs())


class Chances(NamedTuple):
    customers: pd.Index
    products: list
    probability: np.ndarray
    low: np.ndarray
    high: np.ndarray


def chances(**rows):
    """The same for all products of `four_packs`, or a list of p, by customer."""
    probability = np.array([np.broadcast_to(row, 4) for row in rows.values()], float)
    products = ["starter", "pro", "premium", "platinum"]
    return Chances(pd.Index(rows), products, probability, probability / 2, (1 + probability) / 2)
