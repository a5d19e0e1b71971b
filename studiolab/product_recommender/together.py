"""Cross-sell: what a customer who bought these things buys next, told by what other customers bought together.

Every product is regressed on all the others over customers, with a ridge (EASE), so that a product speaks for another
only as far as it says more than the rest of what was bought. What customers of before took up of late counts for more,
what they start with, or only renew, for less.
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
HALF_LIFE_DAYS = 21.0  # of a purchase, in what is taken up of late
STEADY = 5.0  # customers as of the average product that each product's uptake is held back by
PRIOR = 0.01  # weight of what everybody buys: it decides where nothing a customer bought speaks
REASONS = 3
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
    common : (q,) positions of the products that were regressed, at most MOST; place : (p,) of each in these, or -1
    speaks : (q, q) how far the product of the row speaks for that of the column, 0 for itself
    popular : (p,) share of the customers who bought it
    uptake : (p,) how readily customers of before took it up of late, 1 for the average product
    """

    customers: pd.Index
    products: pd.Index
    bought: sparse.csr_matrix
    common: np.ndarray
    place: np.ndarray
    speaks: np.ndarray
    popular: np.ndarray
    uptake: np.ndarray

    def scores(self, positions):
        """(k, p) larger is likelier: an order of products, no chances. positions : (k,) in `customers`, or GUEST."""
        positions = np.asarray(positions, int)
        found = np.tile(PRIOR * self.popular, (len(positions), 1))
        named = np.flatnonzero(positions != GUEST)
        bought = self.bought[positions[named]][:, self.common]
        found[np.ix_(named, self.common)] += np.maximum(bought @ self.speaks, 0)
        return found * self.uptake

    def best(self, customer_id=None, n=10, new_only=True):
        """The `n` Suggestion of the largest score; ties in the order of ids.

        customer_id : one who bought nothing, or is None or unknown, gets what many buy
        new_only : leaves out what they have bought before; fewer than n where little else was ever sold
        """
        own = self._own(customer_id)
        said = self.speaks[self.place[own]] * (self.place[own] >= 0)[:, None]
        scores = PRIOR * self.popular
        scores[self.common] += np.maximum(said.sum(axis=0), 0)
        scores *= self.uptake
        if new_only:
            scores[own] = 0
        return [Suggestion(str(self.products[k]), float(scores[k]), self._because(own, said, k))
                for k in _top(scores, n)]  # fmt: skip

    def bought_with(self, product_id, n=10):
        """The `n` (product id, score) that customers who bought `product_id` also bought, [] where there is none.

        Raises KeyError for a product that was never sold.
        """
        if product_id not in self.products:
            raise KeyError(f"product {product_id!r} was never sold; expected one of {len(self.products)} that were")
        place, scores = self.place[self.products.get_loc(product_id)], np.zeros(len(self.products))
        if place >= 0:
            scores[self.common] = np.maximum(self.speaks[place], 0)
        scores *= self.uptake
        return [(str(self.products[k]), float(scores[k])) for k in _top(scores, n)]

    def _own(self, customer_id):
        """Positions of the products that a customer bought, none of somebody unknown."""
        if customer_id not in self.customers:
            return np.zeros(0, int)
        at = self.customers.get_loc(customer_id)
        return self.bought.indices[self.bought.indptr[at] : self.bought.indptr[at + 1]]

    def _because(self, own, said, product):
        if self.place[product] < 0:
            return ()
        parts = np.maximum(said[:, self.place[product]], 0)
        total = parts.sum()
        return tuple(Reason(str(self.products[own[k]]), float(parts[k] / total)) for k in _top(parts, REASONS))


def fit(purchases, as_of, ridge=RIDGE, half_life_days=HALF_LIFE_DAYS):
    """`Together` of what named customers bought before `as_of`.

    purchases : Purchases; as_of : Timestamp with a zone
    ridge : > 0, larger trusts only what many customers bought together; half_life_days : > 0, of the uptake
    Takes p ** 3 steps and 8 p ** 2 bytes for p products. Raises ValueError for a ridge or half-life of 0 or less.
    """
    for name, given in (("ridge", ridge), ("half_life_days", half_life_days)):
        if not given > 0:
            raise ValueError(f"{name}: got {given}; expected more than 0")
    past = purchases.before(as_of)
    named, age = past.customer != GUEST, (seconds(as_of) - past.at) / np.timedelta64(1, "D")
    pairs = pd.DataFrame({"customer": past.customer[named], "product": past.product[named], "age": age[named]})
    first = pairs.groupby(["customer", "product"], as_index=False)["age"].max()
    shape = len(past.customers), len(past.products)
    bought = sparse.csr_matrix((np.ones(len(first), np.float32), (first["customer"], first["product"])), shape=shape)
    many = np.bincount(first["product"], minlength=shape[1]).astype(float)
    common = np.sort(np.argsort(-many, kind="stable")[:MOST])
    place = np.full(shape[1], -1)
    place[common] = np.arange(len(common))
    return Together(past.customers, past.products, bought, common, place, _regressed(bought[:, common], ridge),
                    many / max(first["customer"].nunique(), 1), _uptake(first, many, half_life_days))  # fmt: skip


def _uptake(first, many, half_life_days):
    """(p,) of customer, product, age of the first purchase; many : (p,) customers. A root, as it is known roughly."""
    later = first[first["age"] < first.groupby("customer")["age"].transform("max")]
    late = np.bincount(later["product"], np.exp2(-later["age"] / half_life_days), len(many))
    average = late.sum() / max(many.sum(), 1)
    return np.sqrt((late + STEADY * average) / (many + STEADY) / average) if average > 0 else np.ones(len(many))


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
