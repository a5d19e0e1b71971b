"""The chance that a customer buys a product in the days after a cut-off, calibrated on what came after earlier ones.

One gradient boosting over pairs of customer and product learns from several windows that end before the cut-off; a
last, later window turns its scores into chances. A membership that a customer holds is no purchase when it is paid
again: what counts is one that they do not hold. Sources: SPEC C-08, K2.2, K2.6; Kull, Silva Filho & Flach 2017, "Beta
calibration"; Brown, Cai & DasGupta 2001 for the interval of a rate.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import special, stats

from studiolab.product_recommender import features as known_as_of
from studiolab.product_recommender.features import recurring
from studiolab.product_recommender.purchases import GUEST, seconds

HORIZON_DAYS, WINDOWS = 28, 8
MOST_PRODUCTS = 200  # the candidates, those most sold of late
MOST_PAIRS = 400_000  # of all windows learnt from; beyond it, pairs without a purchase are drawn and weighed up
LEAST_POSITIVES, LEAST_OF_PRODUCT = 60, 5
STRENGTH = 20.0  # how many customers' worth a wider group's rate counts beside a cell's own
BINS, INSIDE = 20, 0.90
BOOSTING = {"objective": "binary", "learning_rate": 0.05, "num_leaves": 15, "min_child_samples": 100,
            "lambda_l2": 10.0, "feature_fraction": 0.7, "bagging_fraction": 0.8, "bagging_freq": 1, "verbose": -1,
            "num_threads": 1, "deterministic": True, "force_row_wise": True}  # fmt: skip
ROUNDS = 150


class TooShort(ValueError):
    """No window of purchases has passed yet to learn from; the message says how long it takes."""


class Chances(NamedTuple):
    """customers : Index (n,); products : list of p ids; probability, low, high : float32 (n, p). Low to high holds, in
    90 of 100 cases, the share that buys among those told about the same chance."""

    customers: pd.Index
    products: list
    probability: np.ndarray
    low: np.ndarray
    high: np.ndarray


class Likelihood(NamedTuple):
    """all : Chances of every customer known at `as_of`; method : "boosted" or "rates"; says : what to know of it, in
    sentences."""

    as_of: pd.Timestamp
    horizon_days: int
    method: str
    says: str
    all: Chances

    def chances(self, customers=None):
        """`Chances` of these customers, in their order; of all by default. Raises KeyError for somebody unknown."""
        if customers is None:
            return self.all
        at = self.all.customers.get_indexer(customers)
        if (at < 0).any():
            raise KeyError(f"no customer {list(customers)[int(np.argmin(at))]!r} is known before {self.as_of}")
        found = self.all
        return found._replace(customers=found.customers[at], probability=found.probability[at],
                              low=found.low[at], high=found.high[at])  # fmt: skip


def fit(purchases, catalogue, as_of, horizon_days=HORIZON_DAYS, visits=None, members=None, seed=0):
    """`Likelihood` of each customer and product as of `as_of`.

    purchases, catalogue : of one studio; as_of : Timestamp with a zone; visits, members : its tables, where there are
    Raises TooShort where fewer than `horizon_days` days have passed since the first purchase.
    """
    products = candidates(purchases, catalogue, as_of)
    windows = [window(purchases, catalogue, as_of - pd.Timedelta(days=horizon_days * back), horizon_days, products,
                       visits, members) for back in range(_windows(purchases, as_of, horizon_days) + 1)]  # fmt: skip
    now, held_out, earlier = windows[0], windows[1], windows[2:]
    rates, says, method = Rates.of(windows[1:]), [], "boosted"
    hits = np.stack([past.label.sum(axis=0) for past in windows[1:]])
    rare = hits.sum(axis=0) < LEAST_OF_PRODUCT
    if min(hits[0].sum(), hits[1:].sum()) < LEAST_POSITIVES:
        method, rare = "rates", np.ones(len(products), bool)
        says.append(f"{hits.sum()} purchases in {len(hits)} windows of {horizon_days} days are too few to learn from: "
                    "these are shares of similar customers who bought.")  # fmt: skip
    found = rates.chances(now)
    if method == "boosted":
        model = Boosted.of(earlier, held_out, ~rare, seed)
        found = [np.where(rare, old, new) for old, new in zip(found, model.chances(now), strict=True)]
        if rare.any():
            says.append(f"Fewer than {LEAST_OF_PRODUCT} customers bought {_names(products, rare)}: "
                        "there it is the share of similar customers.")  # fmt: skip
    if len(products) < len(catalogue.products):
        says.append(f"Of {len(catalogue.products):,} products, the {len(products)} most sold of late.")
    found = [np.where(now.held, 0.0, part).astype(np.float32) for part in found]
    return Likelihood(as_of, horizon_days, method, " ".join(says), Chances(now.known.customers, products, *found))


def candidates(purchases, catalogue, as_of):
    """List of ids: the catalogue, at most MOST_PRODUCTS, those with most buyers in the 91 days before `as_of`."""
    late = (purchases.at < seconds(as_of)) & (purchases.at >= seconds(as_of - pd.Timedelta(days=91)))
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


class Window(NamedTuple):
    """Customers known at a moment with each product, and what they bought after it."""

    known: known_as_of.Features
    pairs: np.ndarray  # (n, p, k)
    held: np.ndarray  # (n, p), memberships that cannot be bought
    label: np.ndarray  # (n, p)

    def cells(self):
        """(n,) group of each customer by recency and frequency, (n, p) by that and whether they bought the product."""
        recency = np.nan_to_num(self.known["recency"], nan=1e6)
        group = 4 * np.digitize(recency, (28, 91, 365)) + np.digitize(self.known["orders"], (2, 4, 12))
        times = self.pairs[:, :, len(known_as_of.CUSTOMER) + known_as_of.PAIR.index("bought")]
        return group, 3 * group[:, None] + np.digitize(times, (1, 3))


def _windows(purchases, as_of, horizon_days):
    """How many windows before `as_of` have at least as many days of purchases before them as they last."""
    first = purchases.at.min(initial=seconds(as_of))
    days = (seconds(as_of) - first) / np.timedelta64(1, "D")
    if days < horizon_days:
        raise TooShort(f"purchases of {days:.0f} days; expected {horizon_days} or more to learn from")
    return int(np.clip(days // horizon_days - 1, 1, WINDOWS))


def window(purchases, catalogue, as_of, horizon_days, products, visits=None, members=None):
    """`Window` of the `horizon_days` days from `as_of` on; what is known is of before, `label` of what came."""
    known = known_as_of.features(purchases, as_of, visits, members, catalogue)
    held = known_as_of.holds(purchases, as_of, catalogue, known.customers, products) & recurring(catalogue, products)
    label = bought(purchases, known.customers, as_of, as_of + pd.Timedelta(days=horizon_days), products, held)
    return Window(known, known_as_of.pairs(known, purchases, as_of, catalogue, products, horizon_days), held, label)


def _names(products, chosen):
    names = [key for key, is_in in zip(products, chosen, strict=True) if is_in]
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


class Rates(NamedTuple):
    """Share of customers that bought, by product and cell of recency, frequency and times bought; each cell's shrunken
    to its product's, and that to all products'. Source: Efron & Morris 1975, in the beta-binomial form."""

    hits: np.ndarray  # (cells, p)
    tries: np.ndarray

    @classmethod
    def of(cls, windows):
        cells, p = 3 * 16, windows[0].label.shape[1]
        hits, tries = np.zeros((cells, p)), np.zeros((cells, p))
        for window in windows:
            at, product = window.cells()[1], np.broadcast_to(np.arange(p), window.label.shape)
            np.add.at(hits, (at, product), window.label)
            np.add.at(tries, (at, product), ~window.held)
        return cls(hits, tries)

    def chances(self, window):
        """[probability, low, high], each (n, p)."""
        everything = (self.hits.sum() + 0.5) / (self.tries.sum() + 1)
        product = (self.hits.sum(axis=0) + STRENGTH * everything) / (self.tries.sum(axis=0) + STRENGTH)
        yes, no = self.hits + STRENGTH * product, self.tries - self.hits + STRENGTH * (1 - product)
        ends = stats.beta.ppf([[[(1 - INSIDE) / 2]], [[(1 + INSIDE) / 2]]], yes, no)
        at = window.cells()[1], np.arange(self.hits.shape[1])
        mean = yes / (yes + no)
        return [mean[at], np.minimum(ends[0], mean)[at], np.maximum(ends[1], mean)[at]]


class Boosted(NamedTuple):
    """Gradient boosting and the line that turns its scores into chances."""

    booster: object
    line: np.ndarray  # log odds of the chance = line[0] + line[1] * log odds of the score
    edges: np.ndarray  # chances between bins
    low: np.ndarray  # of each bin, what the chance is multiplied by
    high: np.ndarray

    @classmethod
    def of(cls, earlier, held_out, products, seed):
        import lightgbm

        x, y, weight = _rows(earlier, products, np.random.default_rng(seed))
        data = lightgbm.Dataset(x, y, weight=weight, categorical_feature=[len(known_as_of.CUSTOMER)])
        booster = lightgbm.train(BOOSTING | {"seed": seed}, data, ROUNDS)
        asked = ~held_out.held & products
        score, label = special.logit(booster.predict(held_out.pairs[asked])), held_out.label[asked]
        line = _line(score, label)
        return cls(booster, line, *_spread(special.expit(line[0] + line[1] * score), label))

    def chances(self, window):
        """[probability, low, high], each (n, p)."""
        n, p, k = window.pairs.shape
        score = special.logit(self.booster.predict(window.pairs.reshape(n * p, k))).reshape(n, p)
        chance = special.expit(self.line[0] + self.line[1] * score)
        at = np.searchsorted(self.edges, chance)
        return [chance, chance * self.low[at], np.minimum(chance * self.high[at], 1.0)]


def _rows(windows, products, rng):
    """Pairs, labels and weights to learn from; of pairs without a purchase, a sample that stands for all."""
    xs, ys, weights = [], [], []
    for window in windows:
        asked = ~window.held & products
        share = min(1.0, MOST_PAIRS / len(windows) / max(asked.sum(), 1))
        taken = asked & (window.label | (rng.random(asked.shape) < share))
        xs.append(window.pairs[taken])
        ys.append(window.label[taken])
        weights.append(np.where(ys[-1], 1.0, 1 / share))
    return np.concatenate(xs), np.concatenate(ys).astype(float), np.concatenate(weights)


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
    mean = told / np.maximum(count, 1)
    ends = stats.beta.ppf([[(1 - INSIDE) / 2], [(1 + INSIDE) / 2]], came + 2 * mean, count - came + 2 * (1 - mean))
    return edges, np.minimum(ends[0] / mean, 1.0), np.maximum(ends[1] / mean, 1.0)


def reliability(predicted, happened, bins=10):
    """What was told beside what came, in `bins` groups of as many cases each, told the least first.

    predicted : (m,) chances; happened : (m,) bool
    Returns DataFrame predicted, observed, low, high, count; low to high is Jeffreys' 95 % interval of the rate.
    """
    predicted, happened = (np.asarray(part, float).ravel() for part in (predicted, happened))
    at = np.empty(len(predicted), np.int64)
    at[np.argsort(predicted, kind="stable")] = np.arange(len(predicted)) * bins // max(len(predicted), 1)
    table = _binned(predicted, happened, at)
    came = table["observed"] * table["count"]
    low, high = stats.beta.ppf([[0.025], [0.975]], came + 0.5, table["count"] - came + 0.5)
    low, high = np.where(came > 0, low, 0.0), np.where(came < table["count"], high, 1.0)
    return table.assign(low=low, high=high)[["predicted", "observed", "low", "high", "count"]]


def calibration_error(predicted, happened, bins=10, width="quantile"):
    """Expected calibration error: mean distance of what was told and what came, over bins weighed by their cases.

    width : "quantile", as many cases in each bin, or "equal", bins of one width from 0 to 1
    Source: Naeini, Cooper & Hauskrecht 2015.
    """
    if width == "quantile":
        table = reliability(predicted, happened, bins)
    else:
        predicted, happened = (np.asarray(part, float).ravel() for part in (predicted, happened))
        table = _binned(predicted, happened, np.minimum((predicted * bins).astype(np.int64), bins - 1))
    return float(np.average((table["predicted"] - table["observed"]).abs(), weights=table["count"]))


def _binned(predicted, happened, at):
    frame = pd.DataFrame({"predicted": predicted, "observed": happened, "count": 1}).groupby(at)
    return frame.agg({"predicted": "mean", "observed": "mean", "count": "sum"})
