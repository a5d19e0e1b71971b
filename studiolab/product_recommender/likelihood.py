"""The chance that a customer buys a product in the days after a cut-off, calibrated on what came after earlier ones.

One gradient boosting over pairs of customer and product learns from several windows that end before the cut-off; a
last, later window turns its scores into chances. Where too little was bought for that, it is the share of similar
customers who bought. A membership that a customer holds cannot be bought. Sources: SPEC C-08, K2.2, K2.6.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from studiolab.product_recommender.chances import MOST_PAIRS, Boosted, Rates, sample
from studiolab.product_recommender.windows import candidates, how_many, window

HORIZON_DAYS = 28
LEAST_POSITIVES, LEAST_OF_PRODUCT = 60, 5


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
    products, count = candidates(purchases, catalogue, as_of), how_many(purchases, as_of, horizon_days)
    if not count:
        raise TooShort(f"fewer than {horizon_days} days of purchases before {as_of:%Y-%m-%d}; "
                       f"expected {horizon_days} or more to learn from")  # fmt: skip

    def back(k):
        start = as_of - pd.Timedelta(days=horizon_days * k)
        return window(purchases, catalogue, start, horizon_days, products, visits, members)

    now, held_out = back(0), back(1)
    rates, hits, samples, rng = Rates.of(held_out), [held_out.label.sum(axis=0)], [], np.random.default_rng(seed)
    for earlier in map(back, range(2, count + 1)):
        rates = rates.with_those_of(earlier)
        hits.append(earlier.label.sum(axis=0))
        samples.append(sample(earlier, MOST_PAIRS / count, rng))
    says, method = [], "boosted"
    rare = sum(hits) < LEAST_OF_PRODUCT
    if min(hits[0].sum(), sum(hits).sum() - hits[0].sum()) < LEAST_POSITIVES:
        method, rare = "rates", np.ones(len(products), bool)
        says.append(f"{sum(hits).sum()} purchases in {count} windows of {horizon_days} days are too few to learn from: "
                    "these are shares of similar customers who bought.")  # fmt: skip
    found = rates.chances(now)
    if method == "boosted":
        model = Boosted.of(samples, held_out, ~rare, seed)
        found = [np.where(rare, old, new) for old, new in zip(found, model.chances(now), strict=True)]
        if rare.any():
            says.append(f"Fewer than {LEAST_OF_PRODUCT} customers bought {_names(catalogue, products, rare)}: "
                        "there it is the share of similar customers.")  # fmt: skip
    if len(products) < len(catalogue.products):
        says.append(f"Of {len(catalogue.products):,} products, the {len(products)} most sold of late.")
    found = [np.where(now.held, 0.0, part).astype(np.float32) for part in found]
    return Likelihood(as_of, horizon_days, method, " ".join(says), Chances(now.known.customers, products, *found))


def _names(catalogue, products, chosen):
    names = [f"“{catalogue.products[key].name}”" for key, is_in in zip(products, chosen, strict=True) if is_in]
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


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
