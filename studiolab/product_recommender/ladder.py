"""The documents' own rules as a policy: which product suits whom by what they spent, hold, and the time of year.

Every boost multiplies odds, so no score reaches 100 and two products do not tie there; a season belongs to a kind of
product, or it could not change an order. These scores are no chances. Sources: SPEC C-07 to C-13, C-19, K2.1 to K2.3,
K2.6 to K2.11.
"""

import numpy as np
import pandas as pd

from studiolab import schema
from studiolab.product_recommender.standing import standing, steps

COLD_START = (0.40, 0.25, 0.15, 0.05)  # of the ladder's steps, for somebody who never bought; the rest buy nothing
COMPLEMENT = 1.5  # for the steps above the one that a customer holds
REPEAT = 1.2  # for the same, who ordered more than once
LOWEST, HIGHEST = 0.2, 0.8  # score of a step that fits a customer's spending not at all, and fully
HISTORY = 5  # orders of the average customer that are added to one's own
HOLIDAYS, RESOLUTIONS = dict.fromkeys((10, 11, 12), 1.3), dict.fromkeys((1, 2), 1.2)
SEASON = {"class_pack": HOLIDAYS | RESOLUTIONS, "retail": HOLIDAYS, "membership": RESOLUTIONS, "intro": RESOLUTIONS}
"""dict of revenue kind to dict of month to factor; a month that is not named has 1, so March to September."""

_PACKS = (("starter", "Starter Pack", 99_00), ("pro", "Pro Pack", 499_00), ("premium", "Premium Pack", 999_00),
          ("platinum", "Platinum Pack", 2999_00))  # fmt: skip


def packs(studio_id="studio"):
    """Table products of the documents' four packs, in paise."""
    ids, names, prices = zip(*_PACKS, strict=True)
    return schema.validate("products", pd.DataFrame({
        "studio_id": studio_id, "product_id": ids, "product_name": names, "revenue_kind": "class_pack",
        "price": prices, "currency": "INR",
    }))  # fmt: skip


def affinity(purchases, catalogue, as_of, season=SEASON, known=None):
    """(n, p) scores 0 to 100 of the customers of `purchases` and the products of `catalogue`, both in their order.

    as_of : Timestamp with a zone, nothing at or after it counts; its month is that of the season
    season : as SEASON; known : Standing, where it is at hand; the rows are then its n + 1
    A step of the ladder scores by how near its place on it is to the customer's place among all by money spent, a
    product beside it by its share of their orders. Who never bought gets `cold_start`.
    """
    own = standing(purchases, catalogue, as_of) if known is None else known
    chance = _beside(own)
    step = steps(catalogue)
    place = (step + 0.5) / max(len(catalogue.ladder), 1)
    near = 1 - np.abs(place - _place_by_money(own)[:, None])
    chance = np.where(step >= 0, LOWEST + (HIGHEST - LOWEST) * near, chance)
    factor = np.where(step > own.level[:, None], COMPLEMENT * np.where(own.orders > 1, REPEAT, 1.0)[:, None], 1.0)
    odds = chance / (1 - chance) * np.where(step >= 0, factor, 1.0) * factors(catalogue, as_of, season)
    scores = 100 * odds / (1 + odds)
    scores[own.orders == 0] = 100 * cold_start(catalogue, as_of, season, own.bought.sum(axis=0))
    return scores if known is not None else scores[:-1]


def cold_start(catalogue, as_of, season=SEASON, bought=None):
    """(p,) shares of those who never bought; together with those who buy nothing, 15 of 100, they are all.

    A share that no step of a short ladder takes is spread over the products beside it, by `bought`, (p,) lines; steps
    after the fourth share its part. A season changes the odds against buying nothing.
    """
    step, count = steps(catalogue), len(catalogue.ladder)
    several = max(count - len(COLD_START) + 1, 1)
    part = np.array([*COLD_START[:-1], COLD_START[-1] / several])
    shares = np.where(step >= 0, part[np.clip(step, 0, len(part) - 1)], 0.0)
    weight = (np.ones(len(step)) if bought is None else bought + 1.0) * (step < 0)
    shares += max(sum(COLD_START[count:]), 0.0) * weight / max(weight.sum(), 1.0)
    nothing, weighed = 1 - shares.sum(), shares * factors(catalogue, as_of, season)
    return weighed / (weighed.sum() + nothing)


def factors(catalogue, as_of, season=SEASON):
    """(p,) of the odds of each product in the month of `as_of`."""
    return np.array([season.get(one.kind, {}).get(as_of.month, 1.0) for one in catalogue.products.values()])


def _beside(own):
    """(n + 1, p) share of their orders that a product is in, with HISTORY orders of the average added."""
    of_all = own.bought.sum(axis=0) / max(own.orders.sum(), 1)
    share = (own.bought + HISTORY * of_all) / (own.orders[:, None] + HISTORY)
    return np.clip(share, 0.001, HIGHEST)


def _place_by_money(own):
    """(n + 1,) share of those who ordered that spent less, equals halved."""
    spent = np.sort(own.ltv[own.orders > 0])
    below, upto = np.searchsorted(spent, own.ltv, "left"), np.searchsorted(spent, own.ltv, "right")
    return (below + upto) / 2 / max(len(spent), 1)
