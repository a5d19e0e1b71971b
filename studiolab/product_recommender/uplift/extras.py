"""Who takes an extra with the next bill, and which: add-ons that are sold with the dues, each client mostly the same.

Whether: each bill with an extra or without tells how eager a client is. Eagerness is normal around what clients with
the same likings show, on the scale of the complementary log-log of the chance at a bill; its posterior is summed on a
grid (a mixed model as in Gelman and Hill 2007; both the weights and the spread are those under which the bills are
likeliest, but for a slight draw to nothing). Which: what was taken before, and until then what those of like liking
take.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import logsumexp
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures

from studiolab.product_recommender.catalogue import RECURRING
from studiolab.product_recommender.purchases import seconds

GRID = np.linspace(-4, 4, 49)
SPREAD = 1.0  # of eagerness, where months are compared
LATELY = 3  # months that tell the next one's level
ROUNDS, TIGHT = 25, 4.0
HABIT = 0.05  # takings that the guess from likings counts for


class Bills(NamedTuple):
    """b bills of one studio: of whom, month (number since 1970), when, taken (which extra, -1 none)."""

    customers: pd.Index
    who: np.ndarray
    month: np.ndarray
    when: np.ndarray
    taken: np.ndarray

    def told(self, as_of, clients, extras):
        """(n, GRID) log likelihood of each eagerness, (n, extras) times each was taken, level of the next month."""
        past = self.when < seconds(as_of)
        month = self.month[past] - self.month.min() if past.any() else np.zeros(0, int)
        took, months = self.taken[past] >= 0, month.max() + 1 if past.any() else 1
        billed, sold = np.bincount(month, minlength=months), np.bincount(month[took], minlength=months)
        level = _level((sold + 0.5) / (billed + 5))
        row = clients.get_indexer(self.customers)[self.who[past]]
        known = row >= 0
        shape = len(clients), months
        with_it, without = (np.bincount(row[own] * months + month[own], minlength=shape[0] * months).reshape(shape)
                            for own in (known & took, known & ~took))  # fmt: skip
        hazard = level[:, None] * np.exp(GRID)
        likelihood = with_it @ np.log(-np.expm1(-hazard)) - without @ hazard
        own, which = known & took, self.taken[past]
        times = np.bincount(row[own] * extras + which[own], minlength=shape[0] * extras).reshape(shape[0], extras)
        full = billed[-LATELY:] > 0
        return likelihood, times, float(level[-LATELY:][full].mean()) if full.any() else float(level.mean())


class Extras(NamedTuple):
    """weights (f,), spread () : of eagerness by liking; which : model of the extra taken; share (a,) of each."""

    weights: np.ndarray
    spread: float
    which: object
    share: np.ndarray

    def chances(self, told, liking):
        """(n,) chance of an extra with the next bill, (n, a) chance that each is the one, (n,) mean eagerness."""
        likelihood, times, level = told
        weight = _posterior(likelihood, liking @ self.weights, self.spread)
        guess = np.tile(self.share, (len(liking), 1))
        if self.which is not None:
            guess[:, self.which.classes_] = self.which.predict_proba(liking)
        which = (times + HABIT * guess) / (times.sum(axis=1, keepdims=True) + HABIT)
        return weight @ -np.expm1(-level * np.exp(GRID)), which, weight @ GRID


def bills(purchases, catalogue, products):
    """`Bills`; products : ids that `taken` numbers. An extra taken later counts with the bill before it."""
    dues = {key for key, one in catalogue.products.items() if one.kind in RECURRING}
    when, is_bill = purchases.at, np.isin(purchases.products.to_numpy(object), list(dues))[purchases.product]
    is_extra = [one in catalogue.products and catalogue.products[one].kind == "upsell" for one in purchases.products]
    extra = np.where(is_extra, pd.Index(products).get_indexer(purchases.products), -1)[purchases.product]
    lines = np.flatnonzero((is_bill | (extra >= 0)) & (purchases.customer >= 0))
    lines = lines[np.lexsort((~is_bill[lines], when[lines], purchases.customer[lines]))]
    number = is_bill[lines].cumsum() - 1
    kept = lines[is_bill[lines]]
    taken, own = np.full(len(kept), -1), (extra[lines] >= 0) & (number >= 0)
    number, lines = number[own], lines[own]
    same = purchases.customer[kept[number]] == purchases.customer[lines]
    taken[number[same]] = extra[lines[same]]
    month = when[kept].astype("datetime64[M]").astype(int)
    return Bills(purchases.customers, purchases.customer[kept], month, when[kept], taken)


def fit(told, liking):
    """`Extras` of clients at moments: told : list of what `Bills.told` says; liking : list of (n, f)."""
    likelihood, times = (np.concatenate([one[k] for one in told]) for k in (0, 1))
    liking = np.concatenate(liking)
    weights, spread = np.zeros(liking.shape[1]), SPREAD
    inner = np.linalg.inv(liking.T @ liking + TIGHT * np.eye(liking.shape[1])) @ liking.T
    for _ in range(ROUNDS):
        weight = _posterior(likelihood, liking @ weights, spread)
        mean = weight @ GRID
        weights = inner @ mean
        spread = np.sqrt(np.mean(weight @ GRID**2 - mean**2 + (mean - liking @ weights) ** 2))
    some = times.sum(axis=1) > 0
    kind, total = times[some].argmax(axis=1), times.sum(axis=0)
    share = (total + 1e-9) / (total + 1e-9).sum()
    which = None
    if len(np.unique(kind)) > 1:
        model = LogisticRegression(C=0.03, max_iter=300)
        which = make_pipeline(PolynomialFeatures(2, include_bias=False), model).fit(liking[some], kind)
    return Extras(weights, float(spread), which, share)


def _posterior(likelihood, mean, spread):
    score = likelihood - ((GRID - mean[:, None]) / spread) ** 2 / 2
    return np.exp(score - logsumexp(score, axis=1, keepdims=True))


def _level(share):
    """Hazard at eagerness 0 for which `share` of clients take an extra."""
    at = np.linspace(-8, 4, 200)
    mix = np.exp(-(GRID**2) / 2 / SPREAD**2)
    found = -np.expm1(-np.exp(at[:, None] + GRID)) @ (mix / mix.sum())
    return np.exp(np.interp(share, found, at))
