"""Which first offer is bought by itself: the one product that a policy puts first, and what came in the weeks after.

Nobody was shown anything, so this tells who knows the customers, not whom an offer moves.
"""

import numpy as np
import pandas as pd

from studiolab.product_recommender import windows

RESAMPLES, INSIDE_90 = 1000, (0.05, 0.95)
COLUMNS = ["first offers bought", "at least", "at most", "margin a customer"]


def first_offers(policies, known, as_of, days):
    """dict of the name of a way to choose to (n,) places in the catalogue of what it offers first, -1 for nothing.

    policies : dict with `recommend.Offers` of "learned" and "ladder"; known : Purchases as of as_of, a Timestamp
    Beside these two: the ladder with its memberships left aside, and what most customers bought in the `days` before.
    """
    ladder, shelf = policies["ladder"], policies["ladder"].catalogue.products
    is_step = np.array([one.step is not None for one in shelf.values()])
    beside = ladder.allowed[:-1] & ~is_step
    before = _bought(known, known, as_of - pd.Timedelta(days=days), as_of, shelf)
    return {name: told.best[:-1] for name, told in policies.items()} | {
        "ladder, its steps left aside": _most(beside, ladder.key[:-1]),
        "what most people bought": np.where(beside, before.sum(axis=0), -1).argmax(axis=1),
    }


def judged(first, policies, known, later, until, customers, seed):
    """DataFrame of COLUMNS, a row for each way to choose; margins in major units, shares within 90 of 100 resamples.

    first : as of `first_offers`; later : Purchases up to `until`; customers : (k,) places of those who count
    """
    offers = policies["learned"]
    label = _bought(later, known, offers.as_of, until, offers.catalogue.products)
    margin = np.array([one.margin for one in offers.catalogue.products.values()]) / 100
    rng, table = np.random.default_rng(seed), {}
    for name, offer in first.items():
        offered = offer[customers]
        hit = np.where(offered >= 0, label[customers, offered], False)
        drawn = rng.choice(hit, (RESAMPLES, len(hit))).mean(axis=1)
        table[name] = [hit.mean(), *np.quantile(drawn, INSIDE_90), (hit * margin[offered]).mean()]
    return pd.DataFrame(table, COLUMNS).T


def _bought(purchases, known, since, until, shelf):
    """(n, p) bool, what each known customer bought from `since` to `until`."""
    held = np.zeros((len(known.customers), len(shelf)), bool)
    return windows.bought(purchases, known.customers, since, until, list(shelf), held)


def _most(allowed, key):
    """(n,) place of the greatest key of what is allowed, -1 where nothing is."""
    return np.where(allowed.any(axis=1), np.where(allowed, key, -1).argmax(axis=1), -1)
