"""A studio that sold a few things to a few customers, in a database of its own."""

import pandas as pd

from studiolab.app import Workbench
from studiolab.settings import Settings

TOKEN = "a-token-of-some-length"
FIRST = pd.Timestamp("2026-01-05T12:00Z")
PRODUCTS = (("starter", "Starter Pack", 99_00), ("pro", "Pro Pack", 499_00), ("premium", "Premium Pack", 999_00),
            ("platinum", "Platinum Pack", 2999_00), ("towel", "Towel", 300_00))  # fmt: skip


def small(folder, orders=None, members=None):
    """A Workbench with the studio "ivy"; orders, members : rows of their tables, those of `half_a_year` and `some` by
    default."""
    bench = Workbench(Settings(STUDIOLAB_HOME=folder, STUDIOLAB_TOKEN=TOKEN))
    products = [{"studio_id": "ivy", "product_id": key, "product_name": name, "revenue_kind": "class_pack",
                 "price": price, "currency": "INR"} for key, name, price in PRODUCTS]  # fmt: skip
    studio = {"studio_id": "ivy", "studio_name": "Ivy", "currency": "INR", "timezone": "Asia/Kolkata"}
    rows = {"studios": [studio], "products": products, "orders": half_a_year() if orders is None else orders,
            "members": some() if members is None else members}  # fmt: skip
    for table, own in rows.items():
        if own:
            bench.db.write(table, pd.DataFrame(own))
    return bench


def order(day, customer, product="starter", receipt=None, **other):
    """A row of orders, so many days after FIRST."""
    receipt = receipt or f"r{day}-{customer}"
    price = {key: price for key, _, price in PRODUCTS}[product]
    return {"studio_id": "ivy", "line_id": f"{receipt}-{product}-{customer}", "order_id": receipt,
            "customer_id": customer, "product_id": product, "quantity": 1.0, "amount": price, "currency": "INR",
            "status": "paid", "created_at": FIRST + pd.Timedelta(days=day)} | other  # fmt: skip


def half_a_year():
    """Twelve customers: everybody begins with a Starter Pack, every other goes on to a Pro Pack, c0 to the highest."""
    rows = [order(5 * who, f"c{who}") for who in range(12)]
    rows += [order(60 + 9 * who, f"c{who}", "pro") for who in range(0, 12, 2)]
    rows += [order(100 + day, f"c{day % 5}", "towel") for day in range(0, 70, 7)]
    return [*rows, order(170, "c0", "platinum")]


def some():
    """Members of all kinds of consent, one without an order, one whose name a spreadsheet would run."""
    agreed = {"c0": True, "c1": True, "c2": False, "c3": None, "c4": True, "c5": True, "newcomer": True}
    names = {"c4": "=HYPERLINK(0)"}
    left = {"c5": FIRST + pd.Timedelta(days=50)}
    return [{"studio_id": "ivy", "member_id": who, "member_name": names.get(who, who.title()),
             "email": f"{who}@example.com", "joined_at": FIRST, "left_at": left.get(who), "email_consent": yes}
            for who, yes in agreed.items()]  # fmt: skip
