"""Cross-sell: what a customer who bought these things buys next, told by what other customers bought together.

Every product is regressed on all the others over customers, with a ridge (EASE), so that a product speaks for another
only as far as it says more than the rest of what was bought. What has sold more of late than before counts for more.
Source: Steck 2019, Embarrassingly Shallow Autoencoders for Sparse Data, eq. 8.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.linalg import lapack

from studiolab.product_recommender.purchases import GUEST, seconds

RIDGE = 30.0
DAMPING = 0.25  # a customer of n products weighs n ** -DAMPING: who buys everything says less of what goes together
HALF_LIFE_DAYS = 14.0  # of a purchase, in what sells of late
STEADY = 5.0  # customers as of the average product that each product's trend is held back by
PRIOR = 0.01  # weight of what everybody buys: it decides where nothing a customer bought speaks
MOST = 6_000  # products regressed, those of the most customers; memory grows with their square


class Reason(NamedTuple):
    """product_id : what they bought; share : of all that speaks for a suggestion, above 0, at most 1."""

    product_id: str
    share: float


class Suggestion(NamedTuple):
    """score : larger is likelier, no chance; because : tuple of Reason, the largest first, empty where nothing they
    bought speaks for it and it is only what others buy."""

    product_id: str
    score: float
    because: tuple


class Together(NamedTuple):
    """customers, products : Index (n,), (p,) of ids, as in the purchases
    bought : csr_matrix (n, p), 1 where they bought it
    common : (q,) positions of the products that were regressed, at most MOST
    speaks : (q, q) how far the product of the row speaks for that of the column, 0 for itself
    popular : (p,) share of the customers who bought it; trend : (p,) how much of that was of late, 1 on average
    """

    customers: pd.Index
    products: pd.Index
    bought: sparse.csr_matrix
    common: np.ndarray
    speaks: np.ndarray
    popular: np.ndarray
    trend: np.ndarray

    def scores(self, positions):
        """(k, p) larger is likelier: an order of products, no chances. positions : (k,) in `customers`, or GUEST."""
        found = np.tile(PRIOR * self.popular, (len(positions), 1))
        found[:, self.common] += np.maximum(self._rows(positions)[:, self.common] @ self.speaks, 0)
        return found * self.trend

    def best(self, customer_id=None, n=10, new_only=True):
        """The `n` Suggestion of the largest score; ties in the order of ids.

        customer_id : one who bought nothing, or is None or unknown, gets what sells of late
        new_only : leaves out what they have bought before; fewer than n where little else was ever sold
        """
        position = self.customers.get_indexer([customer_id])  # GUEST for somebody unknown
        scores, own = self.scores(position)[0], self._rows(position).indices
        if new_only:
            scores[own] = 0
        return [Suggestion(str(self.products[k]), float(scores[k]), self._because(own, k)) for k in _top(scores, n)]

    def bought_with(self, product_id, n=10):
        """The `n` (product id, score) that customers who bought `product_id` also bought, [] where there is none.

        Raises KeyError for a product that was never sold.
        """
        if product_id not in self.products:
            raise KeyError(f"product {product_id!r} was never sold; expected one of {len(self.products)} that were")
        place, scores = self._place(self.products.get_loc(product_id)), np.zeros(len(self.products))
        if place is not None:
            scores[self.common] = np.maximum(self.speaks[place], 0)
        scores *= self.trend
        return [(str(self.products[k]), float(scores[k])) for k in _top(scores, n)]

    def _because(self, own, product, most=3):
        place, places = self._place(product), [self._place(k) for k in own]
        if place is None:
            return ()
        said = {k: float(self.speaks[at, place]) for k, at in zip(own, places, strict=True) if at is not None}
        said = {k: part for k, part in said.items() if part > 0}
        total, first = sum(said.values()), sorted(said, key=lambda k: (-said[k], k))[:most]
        return tuple(Reason(str(self.products[k]), said[k] / total) for k in first)

    def _place(self, product):
        at = int(np.searchsorted(self.common, product))
        return at if at < len(self.common) and self.common[at] == product else None

    def _rows(self, positions):
        positions = np.asarray(positions)
        known = sparse.diags_array((positions != GUEST).astype(np.float32))
        return (known @ self.bought[np.where(positions == GUEST, 0, positions)]).tocsr()


def fit(purchases, as_of, ridge=RIDGE, half_life_days=HALF_LIFE_DAYS):
    """`Together` of what named customers bought before `as_of`.

    purchases : Purchases; as_of : Timestamp with a zone
    ridge : > 0, larger trusts only what many customers bought together; half_life_days : > 0, of the trend
    Takes p ** 3 steps and 8 p ** 2 bytes for p products. Raises ValueError for a ridge or half-life of 0 or less.
    """
    for name, given in (("ridge", ridge), ("half_life_days", half_life_days)):
        if not given > 0:
            raise ValueError(f"{name}: got {given}; expected more than 0")
    past = purchases.before(as_of)
    named, age = past.customer != GUEST, (seconds(as_of) - past.at) / np.timedelta64(1, "D")
    pairs = pd.DataFrame({"customer": past.customer[named], "product": past.product[named], "age": age[named]})
    last = pairs.groupby(["customer", "product"], as_index=False)["age"].min()
    shape = len(past.customers), len(past.products)
    bought = sparse.csr_matrix((np.ones(len(last), np.float32), (last["customer"], last["product"])), shape=shape)
    many = np.bincount(last["product"], minlength=shape[1]).astype(float)
    common = np.sort(np.argsort(-many, kind="stable")[:MOST])
    late = np.bincount(last["product"], np.exp2(-last["age"] / half_life_days), shape[1])
    average = late.sum() / max(many.sum(), 1)
    trend = (late + STEADY * average) / (many + STEADY) / (average or 1)
    return Together(past.customers, past.products, bought, common, _regressed(bought[:, common], ridge),
                    many / max(shape[0], 1), trend)  # fmt: skip


def _regressed(bought, ridge):
    """(p, p) ridge regression of each column of `bought`, (n, p), on the others."""
    size = np.maximum(np.diff(bought.indptr), 1).astype(np.float32)
    weighed = (sparse.diags_array(size**-DAMPING) @ bought).tocsr()
    gram = (weighed.T @ weighed).toarray() + ridge * np.eye(bought.shape[1], dtype=np.float32)
    if not len(gram):
        return gram
    inverse, _ = lapack.spotri(lapack.spotrf(gram)[0])
    inverse = np.triu(inverse) + np.triu(inverse, 1).T
    speaks = inverse / -np.diag(inverse)
    np.fill_diagonal(speaks, 0)
    return speaks


def _top(scores, n):
    """Positions of the `n` largest of `scores` above 0, the first of equals first."""
    first = np.argsort(-scores, kind="stable")[:n]
    return first[scores[first] > 0]
