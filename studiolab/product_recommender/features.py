"""What is known of customers, and of each customer with each product, as of a cut-off; nothing at or after it counts.

Amounts are what was kept of each line in the end: a refund takes its purchase out of the past as well. Sources: SPEC
K2.6, K2.8, K2.10; recency, frequency and money: Fader, Hardie & Lee 2005, "RFM and CLV".
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from studiolab.product_recommender.catalogue import RECURRING
from studiolab.product_recommender.purchases import GUEST, seconds
from studiolab.product_recommender.standing import HELD_DAYS

YEAR = 365
CUSTOMER = ("recency", "orders_28", "orders_91", "orders_365", "orders", "money_91", "money_365", "money", "tenure",
            "gap", "variety", "visits_28", "visits_91", "since_visit", "is_member", "member_days", "step")  # fmt: skip
PAIR = ("product", "bought_28", "bought_91", "bought", "since_bought", "share", "sold_28", "sold_91", "season",
        "price", "above")  # fmt: skip


class Features(NamedTuple):
    """customers : Index (n,), those known before the cut-off, in order; values : float32 (n, len(columns)), NaN where
    it cannot be known; columns : CUSTOMER. Days, counts, and minor units of the purchases' currency."""

    customers: pd.Index
    values: np.ndarray
    columns: tuple = CUSTOMER

    def __getitem__(self, column):
        return self.values[:, self.columns.index(column)]


def features(purchases, as_of, visits=None, members=None, catalogue=None):
    """`Features` of every customer with a purchase, and every member who joined, before `as_of`.

    visits, members : tables; only visits with status attended count, and an end of a membership only once it is past
    catalogue : Catalogue, for the step of the ladder that a customer holds, -1 for none
    """
    lines = _past(purchases, as_of)
    members = None if members is None else members[members["joined_at"] < as_of].drop_duplicates("member_id")
    known = purchases.customers[np.unique(lines.customer[lines.customer != GUEST])]
    known = known if members is None else known.union(pd.Index(members["member_id"]), sort=False).sort_values()
    customer = _codes(purchases.customers, known)[lines.customer]
    found = _orders(lines, customer, len(known)) | _visits(visits, as_of, known) | _membership(members, as_of, known)
    found["step"] = np.full(len(known), -1.0)
    if catalogue is not None:
        held = holds(purchases, as_of, catalogue, known, list(catalogue.ladder))
        for step in range(len(catalogue.ladder)):
            found["step"][held[:, step]] = step
    return Features(known, np.column_stack([found[name] for name in CUSTOMER]).astype(np.float32))


def pairs(known, purchases, as_of, catalogue, products, horizon_days=28):
    """(n, p, k) float32: the columns of CUSTOMER, then of PAIR, of each customer with each product.

    known : Features as of `as_of`; products : list of p ids of the catalogue
    `sold` is lines a day; `season` is how much more was sold in the horizon's days a year ago than in as many days
    before them, as a log; `above` is the product's step over the customer's.
    """
    lines = _past(purchases, as_of)
    n, p = len(known.customers), len(products)
    product = _codes(purchases.products, products)[lines.product]
    customer = _codes(purchases.customers, known.customers)[lines.customer]
    own = (product >= 0) & (customer >= 0)
    cell, age = (customer * p + product)[own], lines.age[own]
    last = np.full(n * p, np.inf)
    np.minimum.at(last, cell, age)
    bought = {days: np.bincount(cell[age <= days], minlength=n * p) for days in (28, 91, np.inf)}
    total = np.bincount(customer[customer >= 0], minlength=n)[:, None]
    sold = {days: np.bincount(product[(product >= 0) & (lines.age <= days)], minlength=p) / days for days in (28, 91)}
    step, price = _listed(catalogue, products)
    out = np.empty((n, p, len(CUSTOMER) + len(PAIR)), np.float32)
    out[:, :, : len(CUSTOMER)] = known.values[:, None, :]
    columns = [np.arange(p), *(bought[days].reshape(n, p) for days in (28, 91, np.inf)),
               np.where(np.isinf(last), np.nan, last).reshape(n, p),
               bought[np.inf].reshape(n, p) / np.maximum(total, 1), sold[28], sold[91],
               _season(lines, product, p, horizon_days), price, step - known["step"][:, None]]  # fmt: skip
    for k, column in enumerate(columns, len(CUSTOMER)):
        out[:, :, k] = column
    return out


def holds(purchases, as_of, catalogue, customers, products):
    """(n, p) bool: who holds what: a membership paid for within HELD_DAYS before `as_of`; of the rest, ever bought."""
    lines = _past(purchases, as_of)
    product = _codes(purchases.products, products)[lines.product]
    customer = _codes(purchases.customers, customers)[lines.customer]
    recurs = recurring(catalogue, products)
    counts = (product >= 0) & (customer >= 0)
    counts &= ~np.append(recurs, False)[product] | (lines.age <= HELD_DAYS)
    held = np.zeros((len(customers), len(products)), bool)
    held[customer[counts], product[counts]] = True
    return held


def recurring(catalogue, products):
    """(p,) bool: which products are held rather than bought again."""
    return np.array([catalogue.products[key].kind in RECURRING for key in products], bool)


class _Lines(NamedTuple):
    customer: np.ndarray
    product: np.ndarray
    order: np.ndarray
    amount: np.ndarray
    age: np.ndarray  # days before the cut-off, above 0


def _past(purchases, as_of):
    at = purchases.at
    before = at < seconds(as_of)
    age = (seconds(as_of) - at[before]) / np.timedelta64(1, "D")
    return _Lines(*(getattr(purchases, name)[before] for name in ("customer", "product", "order", "amount")), age)


def _codes(ids, wanted):
    """Position of each of `ids` in `wanted`, -1 where it is not; one more at the end, for position -1."""
    return np.append(pd.Index(wanted).get_indexer(ids), -1)


def _orders(lines, customer, n):
    """Columns of what was bought; who bought nothing has 0 orders and no days."""
    named = customer >= 0
    customer, age, amount = customer[named], lines.age[named], lines.amount[named]
    product, order = lines.product[named], lines.order[named]
    first_of_order = np.ones(len(customer), bool)
    first_of_order[1:] = (customer[1:] != customer[:-1]) | (order[1:] != order[:-1])
    newest, oldest = np.full(n, np.inf), np.full(n, -np.inf)
    np.minimum.at(newest, customer, age)
    np.maximum.at(oldest, customer, age)
    newest[np.isinf(newest)], oldest[np.isinf(oldest)] = np.nan, np.nan

    def count(days):
        return np.bincount(customer[first_of_order & (age <= days)], minlength=n).astype(float)

    def money(days):
        return np.bincount(customer, weights=amount * (age <= days), minlength=n)

    orders = count(np.inf)
    gap = np.divide(oldest - newest, orders - 1, out=np.full(n, np.nan), where=orders > 1)
    variety = np.bincount(np.unique(np.column_stack([customer, product]), axis=0)[:, 0], minlength=n)
    return {"recency": newest, "tenure": oldest, "orders": orders, "gap": gap, "variety": variety,
            "money": money(np.inf)} | {f"orders_{d}": count(d) for d in (28, 91, YEAR)} | {
            f"money_{d}": money(d) for d in (91, YEAR)}  # fmt: skip


def _visits(visits, as_of, known):
    n = len(known)
    names = ("visits_28", "visits_91", "since_visit")
    if visits is None:
        return dict.fromkeys(names, np.full(n, np.nan))
    visits = visits[((visits["status"] == "attended") & (visits["attended_at"] < as_of)).to_numpy(bool)]
    who = known.get_indexer(visits["member_id"])
    age = ((as_of - visits["attended_at"]) / pd.Timedelta(days=1)).to_numpy(float)[who >= 0]
    who = who[who >= 0]
    last = np.full(n, np.inf)
    np.minimum.at(last, who, age)
    counts = [np.bincount(who[age <= days], minlength=n) for days in (28, 91)]
    return dict(zip(names, (*counts, np.where(np.isinf(last), np.nan, last)), strict=True))


def _membership(members, as_of, known):
    n = len(known)
    if members is None:
        return {"is_member": np.full(n, np.nan), "member_days": np.full(n, np.nan)}
    rows = members.set_index("member_id").reindex(known)
    days = ((as_of - rows["joined_at"]) / pd.Timedelta(days=1)).to_numpy(float)
    return {"is_member": rows["joined_at"].notna() & ~(rows["left_at"] < as_of), "member_days": days}


def _listed(catalogue, products):
    listed = [catalogue.products[key] for key in products]
    return (np.array([np.nan if one.step is None else one.step for one in listed], float),
            np.array([one.price for one in listed], float))  # fmt: skip


def _season(lines, product, p, days):
    if not len(lines.age) or lines.age.max() < YEAR + days:
        return np.full(p, np.nan)
    after = np.bincount(product[(product >= 0) & (lines.age <= YEAR) & (lines.age > YEAR - days)], minlength=p)
    before = np.bincount(product[(product >= 0) & (lines.age > YEAR) & (lines.age <= YEAR + days)], minlength=p)
    return np.log((after + 1) / (before + 1))
