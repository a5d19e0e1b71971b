"""Where each customer of a studio stands at a moment: what they spent, how often, what they hold, and their segment.

Sources: SPEC C-08, C-09, C-14, C-20, K2.2, K2.6 to K2.8, K2.13.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from studiolab.product_recommender.catalogue import RECURRING
from studiolab.product_recommender.purchases import GUEST, seconds
from studiolab.product_recommender.replies import SEGMENTS

EVIDENCE = ("new", "repeat", "strong")
HELD_DAYS = 45  # dues come monthly and some pay late; a membership not paid for longer is no longer held
STRONG_ORDERS, STRONG_SHARE = 3, 0.8  # strong: so many orders, and spent as much as this quantile of all or more
LAPSED_SHARE = 0.95  # lapsed: silent for longer than this share of all gaps between two orders,
LAPSED_DAYS = 45  # and for longer than this; the only limit where nobody ordered twice
NEW, REPEAT, HIGH_VALUE, LAPSED = range(len(SEGMENTS))


class Standing(NamedTuple):
    """n customers in the order of `Purchases.customers`, and after them one who never ordered; p products in the order
    of the catalogue.

    ltv : (n + 1,) kept from them so far, minor units; orders : (n + 1,) receipts; receipt : (n + 1,) number of the
    last, -1 for none; last : (n + 1,) datetime64[s] of it
    bought : (n + 1, p) lines; holds : (n + 1, p) membership paid within HELD_DAYS, or anything else ever kept
    level : (n + 1,) highest step of the ladder that they hold, -1 for none
    evidence : (n + 1,) number in EVIDENCE; segment : (n + 1,) number in SEGMENTS
    """

    ltv: np.ndarray
    orders: np.ndarray
    receipt: np.ndarray
    last: np.ndarray
    bought: np.ndarray
    holds: np.ndarray
    level: np.ndarray
    evidence: np.ndarray
    segment: np.ndarray


def standing(purchases, catalogue, as_of):
    """`Standing` of all customers; nothing at or after `as_of` counts, nor what nobody is named for."""
    past, n = purchases.before(as_of), len(purchases.customers)
    customer, order, at, amount = (
        values[past.bounds[0] :] for values in (past.customer, past.order, past.at, past.amount)
    )
    ltv = np.bincount(customer, amount, n + 1).astype(np.int64)
    first = _first_of_orders(customer, order, len(past.receipts))
    orders = np.bincount(customer[first], minlength=n + 1)
    has, ends = np.flatnonzero(orders), past.bounds[1:] - past.bounds[0] - 1
    receipt, last = np.full(n + 1, -1), np.full(n + 1, np.datetime64("NaT", "s"))
    receipt[has], last[has] = order[ends[has]], at[ends[has]]
    bought, holds = _kept(past, catalogue, as_of, n)
    step = steps(catalogue)
    level = np.where(holds & (step >= 0), step, -1).max(axis=1, initial=-1)
    strong = (orders >= STRONG_ORDERS) & (ltv >= (np.quantile(ltv[has], STRONG_SHARE) if len(has) else 0))
    evidence = np.where(strong, 2, np.where(orders > 1, 1, 0))
    segment = np.select([_lapsed(customer[first], at[first], last, as_of), strong, orders > 1],
                        [LAPSED, HIGH_VALUE, REPEAT], NEW)  # fmt: skip
    return Standing(ltv, orders, receipt, last, bought, holds, level, evidence, segment)


def columns(purchases, catalogue):
    """(m,) place in the catalogue of each line's product, -1 for one that is not in it."""
    place = {product: k for k, product in enumerate(catalogue.products)}
    return np.array([place.get(product, -1) for product in purchases.products], np.int64)[purchases.product]


def steps(catalogue):
    """(p,) step of each product of the catalogue, -1 beside the ladder."""
    return np.array([-1 if one.step is None else one.step for one in catalogue.products.values()])


def pairs(purchases, columns, n, p, chosen):
    """(n + 1, p) lines of each customer and product; chosen : (m,) bool."""
    chosen = chosen & (purchases.customer != GUEST) & (columns >= 0)
    at = purchases.customer[chosen].astype(np.int64) * p + columns[chosen]
    return np.bincount(at, minlength=(n + 1) * p).reshape(n + 1, p)


def _kept(past, catalogue, as_of, n):
    """(bought, holds)"""
    place, p = columns(past, catalogue), len(catalogue.products)
    is_recent = past.at >= seconds(as_of) - np.timedelta64(HELD_DAYS, "D")
    bought = pairs(past, place, n, p, np.ones(len(place), bool))
    recent = pairs(past, place, n, p, is_recent)
    recurs = np.array([one.kind in RECURRING for one in catalogue.products.values()])
    return bought, np.where(recurs, recent, bought) > 0


def _first_of_orders(customer, order, receipts):
    """Places of the first line of each order, in order of customer and time."""
    is_new = np.ones(len(order), bool)  # lines of one order mostly follow each other, which spares a sort of all
    is_new[1:] = (customer[1:] != customer[:-1]) | (order[1:] != order[:-1])
    begins = np.flatnonzero(is_new)
    named = customer[begins].astype(np.int64) * max(receipts, 1) + order[begins]
    return begins[~pd.Series(named).duplicated().to_numpy()]


def _lapsed(customer, at, last, as_of):
    gaps = np.diff(at)[customer[1:] == customer[:-1]] / np.timedelta64(1, "D")
    limit = max(LAPSED_DAYS, np.quantile(gaps, LAPSED_SHARE) if len(gaps) else 0)
    return (seconds(as_of) - last) / np.timedelta64(1, "D") > limit
