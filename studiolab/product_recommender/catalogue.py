"""What a studio sells: each product with its price, margin and kind, and the ladder of those that follow each other.

Sources: SPEC C-09, C-10, C-19, K2.4, K2.9.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

LADDER = ("Starter", "Pro", "Premium", "Platinum")  # words that name a step, the lowest first
RECURRING = ("membership",)  # what a customer holds, and moves up or down in, rather than buys again


class BadCatalogue(ValueError):
    """The catalogue itself is wrong; the message names the product and what was expected."""


class Product(NamedTuple):
    """price, margin : minor units, margin what is left of the price after cost; is_margin_known : False where no cost
    is recorded and the whole price stands for it; step : place on the ladder, from 0, None beside it."""

    product_id: str
    name: str
    kind: str
    price: int
    margin: int
    is_margin_known: bool
    step: int | None


class Catalogue(NamedTuple):
    """products : dict of id to Product; ladder : tuple of ids, the lowest first; currency : ISO 4217 code."""

    products: dict
    ladder: tuple
    currency: str


def goods(products, orders):
    """Table products; without a row, what `orders` name: each with the latest name and kind, its price left open."""
    if len(products):
        return products
    named = orders.assign(product_id=orders["product_id"].fillna(orders["product_name"])).dropna(subset=["product_id"])
    latest = named.sort_values("created_at", kind="stable").groupby("product_id")
    return latest[["product_name", "revenue_kind"]].last().reset_index().assign(price=np.nan)


def catalogue(products, purchases=None, ladder=None):
    """`Catalogue` of one studio.

    products : table products; without a row, what was sold is the catalogue, each at the median paid for one
    purchases : Purchases; gives the prices that the table lacks, as of a gift card
    ladder : ids in order; by default those whose names hold the words of LADDER, else the memberships by price
    A product without any price is left out. Raises BadCatalogue for a price below nothing, a product twice, two
    currencies, also one of the catalogue and another of the orders, a ladder of something unknown or twice of one, or
    nothing to sell.
    """
    _inspect(products, getattr(purchases, "currency", None))
    paid = {} if purchases is None else _paid(purchases)
    if products.empty:
        products = pd.DataFrame({"product_id": list(paid), "price": list(paid.values())})
    prices = products["price"].astype("float64").fillna(products["product_id"].map(paid).astype("float64"))
    rows = {row["product_id"]: _product(row, round(price))
            for row, price in zip(products.to_dict("records"), prices, strict=True) if pd.notna(price)}  # fmt: skip
    if not rows:
        raise BadCatalogue("the catalogue is empty; import orders that name what was sold and for how much")
    steps = _ladder(rows, ladder)
    rows = {key: product._replace(step=steps.index(key) if key in steps else None) for key, product in rows.items()}
    known = products["currency"].dropna() if "currency" in products else []
    return Catalogue(rows, steps, str(known.iloc[0]) if len(known) else getattr(purchases, "currency", None))


def _inspect(products, sold_in):
    twice = products["product_id"][products["product_id"].duplicated()]
    if len(twice):
        raise BadCatalogue(f"product {twice.iloc[0]!r} is in the catalogue twice; expected each once")
    for column in ("price", "cost"):
        if column in products and (products[column] < 0).any():
            row = products[products[column] < 0].iloc[0]
            raise BadCatalogue(
                f"product {row['product_id']!r}: {column} {row[column]}; expected 0 or more, minor units"
            )
    currencies = sorted(products["currency"].dropna().unique()) if "currency" in products else []
    if len(currencies) > 1:
        raise BadCatalogue(f"the catalogue is in {', '.join(currencies)}; expected one currency")
    if currencies and sold_in not in (None, *currencies):
        raise BadCatalogue(f"the catalogue is in {currencies[0]}, the orders are in {sold_in}; expected one currency")


def _paid(purchases):
    """dict of product id to the median paid for one, minor units, of those who paid."""
    is_paid = purchases.amount > 0
    one = purchases.amount[is_paid] / np.maximum(purchases.quantity[is_paid], 1e-9)
    medians = pd.Series(one).groupby(purchases.product[is_paid]).median()
    return {str(purchases.products[k]): float(price) for k, price in medians.items() if purchases.products[k]}


def _product(row, price):
    cost, name, kind = row.get("cost"), row.get("product_name"), row.get("revenue_kind")
    is_known = cost is not None and pd.notna(cost)
    margin = price - int(cost) if is_known else price
    text = str(row["product_id"])
    return Product(text, name if isinstance(name, str) else text, kind if isinstance(kind, str) else "retail", price,
                   margin, bool(is_known), None)  # fmt: skip


def _ladder(rows, asked):
    if asked is not None:
        unknown = [key for key in asked if key not in rows]
        if unknown:
            raise BadCatalogue(f"ladder: no product {unknown[0]!r}; the catalogue has {', '.join(sorted(rows)[:8])}")
        twice = [key for k, key in enumerate(asked) if key in asked[:k]]
        if twice:
            raise BadCatalogue(f"ladder: product {twice[0]!r} twice; expected each step once")
        return tuple(asked)
    named = [next((key for key, one in rows.items() if word.lower() in one.name.lower().split()), None)
             for word in LADDER]  # fmt: skip
    if all(named):
        return tuple(named)
    return tuple(sorted((key for key, one in rows.items() if one.kind in RECURRING), key=lambda key: rows[key].price))
