"""Collaborative filters behind one interface: fitted on (clients, items) weights, they score items for clients.

An item of a studio is a kind of slot, class by weekday by time of day, so that next week's class is known
although its id is new. `implicit` does the work, on one thread so that the same input gives the same bytes (K0.6).
"""

import warnings

import numpy as np
import pandas as pd
from scipy import sparse

SLOT = ("class_name", "weekday", "time_of_day")
DECAY_DAYS = 45.0
NEIGHBOURS = 100
FACTORS, ROUNDS, REGULARIZATION, CONFIDENCE = 16, 15, 0.05, 20.0


def slots(classes):
    """(classes,) text of the kind of slot, None where a part of it is unknown.

    classes : visits or sessions as `behaviour.described`
    """
    if not len(classes):
        return np.array([], dtype=object)
    group = classes.groupby(list(SLOT), dropna=False, sort=False).ngroup().to_numpy()
    _, at = np.unique(group, return_index=True)
    first = classes[list(SLOT)].iloc[at]
    text = np.array([None if pd.isna(row).any() else " | ".join(row) for row in first.to_numpy(object)], dtype=object)
    return text[group]


def weights(rows, columns, values, shape):
    """csr_matrix of `shape` (clients, items), float64: `values` added by place. rows, columns, values : (n,)"""
    return sparse.csr_matrix((np.asarray(values, float), (rows, columns)), shape=shape)


def decayed(visits, as_of, clients, items):
    """csr_matrix (clients, items) of signed-in visits before `as_of`, each exp(-days / DECAY_DAYS).

    visits : `behaviour.described` table visits, with a column slot where `slots` is known already
    as_of : Timestamp, UTC; clients, items : Index of ids and of `slots`
    """
    came = visits[(visits["status"] == "attended") & (visits["attended_at"] < as_of)]
    slot = came["slot"] if "slot" in came else slots(came)
    row, column = clients.get_indexer(came["member_id"]), items.get_indexer(slot)
    age = (as_of - came["attended_at"]).dt.total_seconds().to_numpy() / 86_400
    known = (row >= 0) & (column >= 0)
    return weights(row[known], column[known], np.exp(-age[known] / DECAY_DAYS), (len(clients), len(items)))


def similar(taken, neighbours=NEIGHBOURS):
    """csr_matrix (items, items) of cosines between the clients of two items, 0 with itself.

    taken : csr_matrix (clients, items); only the `neighbours` largest of each item are kept
    """
    from implicit.nearest_neighbours import CosineRecommender

    model = CosineRecommender(K=neighbours + 1, num_threads=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a conversion inside implicit
        model.fit((taken > 0).astype(float), show_progress=False)
    near = model.similarity.tocsr()
    near = near - sparse.diags(near.diagonal())
    near.eliminate_zeros()
    return near


class ItemItem:
    """What goes with what the client takes: weights times cosines of items."""

    def fit(self, taken):
        """taken : csr_matrix (clients, items) of weights, as of `decayed`. Returns self."""
        self.taken, self.near = taken.tocsr(), similar(taken)
        return self

    def scores(self, rows):
        """(clients, items) larger is likelier, at most 1, 0 for who never came. rows : (clients,) indices"""
        return _of_most((self.taken[rows] @ self.near).toarray())


class ALS:
    """Matrix factors of what clients take (Hu, Koren, Volinsky 2008)."""

    def __init__(self, seed=0, factors=FACTORS):
        self.seed, self.factors = seed, factors

    def fit(self, taken):
        """taken : csr_matrix (clients, items) of weights, as of `decayed`. Returns self."""
        from implicit.cpu.als import AlternatingLeastSquares
        from threadpoolctl import threadpool_limits

        self.came = np.asarray(taken.sum(axis=1)).ravel() > 0
        self.model = AlternatingLeastSquares(
            self.factors, REGULARIZATION, CONFIDENCE, iterations=ROUNDS, num_threads=1, random_state=self.seed
        )
        with threadpool_limits(1, "blas"):
            self.model.fit(taken.tocsr().astype(np.float32), show_progress=False)
        return self

    def scores(self, rows):
        """(clients, items) larger is likelier, at most 1, 0 for who never came. rows : (clients,) indices"""
        found = self.model.user_factors[rows].astype(float) @ self.model.item_factors.T.astype(float)
        return _of_most(found * self.came[rows, None])


class Blend:
    """The mean of several models' scores."""

    def __init__(self, *models):
        self.models = models

    def fit(self, taken):
        """taken : csr_matrix (clients, items) of weights, as of `decayed`. Returns self."""
        self.models = [model.fit(taken) for model in self.models]
        return self

    def scores(self, rows):
        """(clients, items) mean of the models' scores. rows : (clients,) indices"""
        return sum(model.scores(rows) for model in self.models) / len(self.models)


def fitted(taken, seed=0):
    """dict of name to model fitted on `taken`: item-item, als and the blend of both."""
    both = {"item-item": ItemItem().fit(taken), "als": ALS(seed).fit(taken)}
    return both | {"blend": Blend(*both.values())}


def _of_most(scores):
    """Scores of each client as shares of their largest, so that models can be added."""
    return scores / np.maximum(np.abs(scores).max(axis=1, keepdims=True), 1e-12)
