"""What clients do unasked: buy retail, take extras, leave. Learnt from orders and members, not from the log."""

from typing import NamedTuple

import lightgbm
import numpy as np
import pandas as pd
from scipy.special import logit

from studiolab.product_recommender.uplift import extras
from studiolab.product_recommender.uplift.traits import bought_within, past, traits_at

HORIZON_DAYS = 28
WINDOWS, MOST_ROWS = 18, 400_000
LEAST = 0.002
OF_STEP = 0.01  # chance of a next membership, which orders tell as a change and not as something bought
TREES = {"n_estimators": 80, "num_leaves": 15, "learning_rate": 0.1, "min_child_samples": 100, "subsample_freq": 0,
         "verbose": -1, "n_jobs": 1, "deterministic": True}  # fmt: skip


class Unasked(NamedTuple):
    """retail, leaving : trees, None where there is nothing to learn from; extras : Extras."""

    retail: object
    extras: object
    leaving: object

    def __call__(self, traits):
        """(n, p) log odds of buying a product within HORIZON_DAYS days where it is one's own, (n, p) chance that it
        is, 1 for all but extras, and (n,) log odds of leaving within them."""
        n, p = len(traits.clients), len(traits.kind)
        chance, own = np.full((n, p), OF_STEP), np.ones((n, p))
        shop, extra = traits.kind == 0, traits.kind == 1
        if shop.any() and n and self.retail is not None:
            chance[:, shop] = self.retail.predict_proba(_shop_rows(traits))[:, 1].reshape(n, -1)
        if extra.any() and self.extras is not None:
            taken, which, _ = self.extras.chances((traits.eager, traits.times, traits.level), traits.liking)
            chance[:, extra], own[:, extra] = taken[:, None], which[:, extra]
        leaves = self.leaving.predict_proba(traits.client)[:, 1] if n and self.leaving is not None else np.full(n, 0.05)
        return logit(np.clip(chance, LEAST, 0.9)), own, logit(np.clip(leaves, LEAST, 0.9))


def fit(evidence, products, classes, seed):
    """`Unasked` from windows of HORIZON_DAYS days before the end of the logs; arguments as of `uplift.fit`."""
    shop, bought, client, left, told, liking = [], [], [], [], [], []
    for one in evidence:
        end, before = one.log["sent_at"].max(), past(one, products, classes)
        leaves = one.members.set_index("member_id")["left_at"]
        for k in range(1, WINDOWS + 1):
            start = end - pd.Timedelta(days=HORIZON_DAYS * k)
            traits = traits_at(one, start, one.present(start), products, classes, before)
            if len(traits.clients) == 0:
                continue
            sold = bought_within(one, traits.clients, products, start, HORIZON_DAYS)
            shop.append(_shop_rows(traits))
            bought.append(sold[:, traits.kind == 0].ravel())
            client.append(traits.client)
            left.append((leaves.reindex(traits.clients) < start + pd.Timedelta(days=HORIZON_DAYS)).to_numpy())
            if k % 6 == 1:
                told.append((traits.eager, traits.times, traits.level))
                liking.append(traits.liking)
    retail = _trees(np.concatenate(shop), np.concatenate(bought), seed)
    leaving = _trees(np.concatenate(client), np.concatenate(left), seed)
    return Unasked(retail, extras.fit(told, liking) if told else None, leaving)


def _trees(features, target, seed):
    if not target.any() or target.all():
        return None
    kept = np.random.default_rng(seed).permutation(len(target))[:MOST_ROWS]
    return lightgbm.LGBMClassifier(**TREES, random_state=seed).fit(features[kept], target[kept])


def _shop_rows(traits):
    """A row a client and retail product."""
    shop = np.flatnonzero(traits.kind == 0)
    n, p = len(traits.clients), len(shop)
    own = traits.product[:, shop].reshape(n * p, -1)
    return np.column_stack([np.repeat(traits.client, p, axis=0), own, np.tile(shop, n)])
