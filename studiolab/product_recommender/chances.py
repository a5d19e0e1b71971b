"""Two ways from windows of the past to chances: shares of similar customers, and gradient boosting, calibrated.

Sources: Platt 1999 for the line from scores to chances; Efron & Morris 1975 for shrinkage, in its beta-binomial form;
King & Zeng 2001 for weights in place of the cases without a purchase that are left out.
"""

from typing import NamedTuple

import numpy as np
from scipy import special, stats

from studiolab.product_recommender.features import CUSTOMER, PAIR
from studiolab.product_recommender.windows import CELLS

MOST_PAIRS = 400_000  # of all windows learnt from; beyond it, pairs without a purchase are drawn and weighed up
STRENGTH = 20.0  # how many customers' worth a wider group's rate counts beside a cell's own
BINS = 20
ENDS = 0.05, 0.95
BOOSTING = {"objective": "binary", "learning_rate": 0.05, "num_leaves": 15, "min_child_samples": 100,
            "lambda_l2": 10.0, "feature_fraction": 0.7, "bagging_fraction": 0.8, "bagging_freq": 1, "verbose": -1,
            "num_threads": 1, "deterministic": True, "force_row_wise": True}  # fmt: skip
ROUNDS = 150
PRODUCT = len(CUSTOMER) + PAIR.index("product")


class Rates(NamedTuple):
    """Share of customers that bought, by product and cell of recency, frequency and times bought; each cell's shrunken
    to its product's, and that to all products'."""

    hits: np.ndarray  # (cells, p)
    tries: np.ndarray

    @classmethod
    def of(cls, window):
        """Those of one window: who bought, and of how many that did not hold the product."""
        p = window.label.shape[1]
        at, hits, tries = (window.cells(), np.arange(p)), np.zeros((CELLS, p)), np.zeros((CELLS, p))
        np.add.at(hits, at, window.label)
        np.add.at(tries, at, ~window.held)
        return cls(hits, tries)

    def with_those_of(self, window):
        """These, counted together with another window's."""
        return Rates(*(own + new for own, new in zip(self, Rates.of(window), strict=True)))

    def chances(self, window):
        """[probability, low, high], each (n, p)."""
        everything = (self.hits.sum() + 0.5) / (self.tries.sum() + 1)
        product = (self.hits.sum(axis=0) + STRENGTH * everything) / (self.tries.sum(axis=0) + STRENGTH)
        yes, no = self.hits + STRENGTH * product, self.tries - self.hits + STRENGTH * (1 - product)
        mean, at = yes / (yes + no), (window.cells(), np.arange(self.hits.shape[1]))
        low, high = (stats.beta.ppf(end, yes, no) for end in ENDS)
        return [mean[at], np.minimum(low, mean)[at], np.maximum(high, mean)[at]]


class Sample(NamedTuple):
    """Pairs of customer and product, whether they were bought, and how many pairs each stands for."""

    pairs: np.ndarray
    label: np.ndarray
    weight: np.ndarray


class Boosted(NamedTuple):
    """Gradient boosting and the line that turns its scores into chances."""

    booster: object
    line: np.ndarray  # log odds of the chance = line[0] + line[1] * log odds of the score
    edges: np.ndarray  # chances between bins
    low: np.ndarray  # of each bin, what the chance is multiplied by
    high: np.ndarray

    @classmethod
    def of(cls, samples, held_out, products, seed):
        """From the `Sample` of each earlier window and a Window after them; products : (p,) bool, those learnt of."""
        import lightgbm

        kept = [products[one.pairs[:, PRODUCT].astype(int)] for one in samples]
        pairs, label, weight = (np.concatenate([part[rows] for part, rows in zip(parts, kept, strict=True)])
                                for parts in zip(*samples, strict=True))  # fmt: skip
        data = lightgbm.Dataset(pairs, label, weight=weight, categorical_feature=[PRODUCT])
        booster = lightgbm.train(BOOSTING | {"seed": seed}, data, ROUNDS)
        asked = ~held_out.held & products
        score, label = _log_odds(booster, held_out.pairs[asked]), held_out.label[asked]
        line = _line(score, label)
        return cls(booster, line, *_spread(special.expit(line[0] + line[1] * score), label))

    def chances(self, window):
        """[probability, low, high], each (n, p)."""
        n, p, k = window.pairs.shape
        score = _log_odds(self.booster, window.pairs.reshape(n * p, k)).reshape(n, p)
        chance = special.expit(self.line[0] + self.line[1] * score)
        at = np.searchsorted(self.edges, chance)
        return [chance, chance * self.low[at], np.minimum(chance * self.high[at], 1.0)]


def sample(window, most, rng):
    """`Sample` of about `most` pairs of a Window; who bought is always in it."""
    asked = ~window.held
    share = min(1.0, most / max(asked.sum(), 1))
    taken = asked & (window.label | (rng.random(asked.shape) < share))
    label = window.label[taken]
    return Sample(window.pairs[taken], label.astype(float), np.where(label, 1.0, 1 / share))


def _log_odds(booster, pairs):
    return np.clip(booster.predict(pairs, raw_score=True), -20, 20)


def _line(score, label):
    """Platt's line from the log odds of scores to those of chances, drawn to the scores as they are by two purchases'
    worth of prior. Source: Platt 1999."""
    design, line = np.column_stack([np.ones_like(score), score]), np.array([0.0, 1.0])
    prior = np.diag([2.0, 2.0])
    for _ in range(25):
        chance = special.expit(design @ line)
        gradient = design.T @ (label - chance) - prior @ (line - [0.0, 1.0])
        step = np.linalg.solve((design * (chance * (1 - chance))[:, None]).T @ design + prior, gradient)
        line = line + step
        if np.abs(step).max() < 1e-8:
            break
    return line


def _spread(chance, label):
    """(edges, low, high) of BINS bins with as many expected purchases each: the interval of a bin's rate, over its mean
    chance; the prior is two customers' worth of that chance."""
    by = np.argsort(chance, kind="stable")
    mass = np.cumsum(chance[by])
    ends = np.searchsorted(mass, mass[-1] * np.arange(1, BINS) / BINS)
    edges = np.unique(chance[by][ends])
    at = np.searchsorted(edges, chance)
    count, told, came = (np.bincount(at, weights=w, minlength=len(edges) + 1) for w in (None, chance, label))
    mean = np.divide(told, count, out=np.full(len(count), chance.max()), where=count > 0)
    low, high = (stats.beta.ppf(end, came + 2 * mean, count - came + 2 * (1 - mean)) for end in ENDS)
    return edges, np.minimum(low / mean, 1.0), np.maximum(high / mean, 1.0)
