"""Customers and products as they were known at a moment, and what was bought in the days after it.

A membership that a customer holds is no purchase when it is paid again: what counts is one that they do not hold, a
step up or down among them.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from studiolab.product_recommender import features as known_as_of
from studiolab.product_recommender.purchases import GUEST, seconds

MOST_WINDOWS = 8
MOST_PRODUCTS = 200  # the candidates, those most sold of late
LATE_DAYS = 91
CELLS = 3 * 16


class Window(NamedTuple):
    """Customers known at a moment with each product, and what they bought after it."""

    known: known_as_of.Features
    pairs: np.ndarray  # (n, p, k)
    held: np.ndarray  # (n, p), memberships that cannot be bought
    label: np.ndarray  # (n, p)

    def cells(self):
        """(n, p) which of CELLS each pair is in, by recency, frequency and how often the product was bought."""
        recency = np.nan_to_num(self.known["recency"], nan=np.inf)
        group = 4 * np.digitize(recency, (28, 91, 365)) + np.digitize(self.known["orders"], (2, 4, 12))
        times = self.pairs[:, :, len(known_as_of.CUSTOMER) + known_as_of.PAIR.index("bought")]
        return 3 * group[:, None] + np.digitize(times, (1, 3))


def window(purchases, catalogue, as_of, horizon_days, products, visits=None, members=None):
    """`Window` of the `horizon_days` days from `as_of` on; what is known is of before, `label` of what came."""
    known = known_as_of.features(purchases, as_of, visits, members, catalogue)
    held = known_as_of.holds(purchases, as_of, catalogue, known.customers, products) & known_as_of.recurring(
        catalogue, products
    )
    label = bought(purchases, known.customers, as_of, as_of + pd.Timedelta(days=horizon_days), products, held)
    return Window(known, known_as_of.pairs(known, purchases, as_of, catalogue, products, horizon_days), held, label)


def candidates(purchases, catalogue, as_of):
    """List of ids: the catalogue, at most MOST_PRODUCTS, those with most buyers in the 91 days before `as_of`."""
    late = (purchases.at < seconds(as_of)) & (purchases.at >= seconds(as_of - pd.Timedelta(days=LATE_DAYS)))
    pair = np.unique(np.column_stack([purchases.product[late], purchases.customer[late]]), axis=0)[:, 0]
    buyers = pd.Series(np.bincount(pair, minlength=len(purchases.products)), index=purchases.products)
    listed = buyers.reindex(pd.Index(list(catalogue.products))).fillna(0)
    return listed.sort_values(ascending=False, kind="stable").index[:MOST_PRODUCTS].tolist()


def bought(purchases, known, as_of, until, products, held):
    """(n, p) bool: who bought what from `as_of` until `until`; not what they held already."""
    within = (purchases.at >= seconds(as_of)) & (purchases.at < seconds(until)) & (purchases.customer != GUEST)
    customer = known.get_indexer(purchases.customers[purchases.customer[within]])
    product = pd.Index(products).get_indexer(purchases.products[purchases.product[within]])
    label = np.zeros((len(known), len(products)), bool)
    counts = (customer >= 0) & (product >= 0)
    label[customer[counts], product[counts]] = True
    return label & ~held


def how_many(purchases, as_of, horizon_days):
    """How many windows before `as_of` have at least as many days of purchases before them as they last; 1 where only
    the last does not, 0 where it would begin before the first purchase."""
    first = purchases.at.min(initial=seconds(as_of))
    count = (seconds(as_of) - first) / np.timedelta64(1, "D") // horizon_days
    return int(np.clip(count - 1, min(count, 1), MOST_WINDOWS))
