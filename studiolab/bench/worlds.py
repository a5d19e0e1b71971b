"""The simulated chains that the scorecard is taken on, and the models fitted to them, each made once."""

from dataclasses import replace

import numpy as np
import pandas as pd

from studiolab import schema
from studiolab.revenue_simulator import fit, levers
from studiolab.schema import LEVERS
from studiolab.world import make_chain

SEEDS = (411, 412, 413, 414, 415)  # worlds that nothing was developed on
BACK = (12, 9, 6, 3)  # months before the end of the history from which the past year is forecast
MOST_KEPT = 0.985  # a month's retention that no plan goes beyond


class Worlds:
    """Chains by seed; `model` fits one when it is first asked for.

    seeds : of the worlds; studios, months : size of each; say : function that is told what is being done
    """

    def __init__(self, seeds=SEEDS, studios=200, months=60, say=lambda text: None):
        self.seeds, self.studios, self.months, self.say = tuple(seeds), studios, months, say
        self._chains, self._models, self.told = {}, {}, {}  # told : what models said, see `oracle`

    def chain(self, seed, back=0, variant=False):
        """The chain as it stood `back` months before its end."""
        if (seed, variant) not in self._chains:
            self._chains[seed, variant] = make_chain(self.studios, self.months, seed, variant)
        whole = self._chains[seed, variant]
        return whole.until(f"{whole.months[-1 - back]:%Y-%m}") if back else whole

    def model(self, seed, back=0, variant=False):
        """RevenueModel of what was known then."""
        key = seed, back, variant
        if key not in self._models:
            self.say(f"world {seed}: fitting {self.studios} studios{' of the variant' * variant}, {back} months back")
            chain = self.chain(seed, back, variant)
            self._models[key] = fit(chain.monthly_metrics, chain.lever_plan, seed=seed)
        return self._models[key]


def held(chain):
    """(studios, 7) levers of the last month, prices in major units."""
    plan = schema.to_major("lever_plan", chain.lever_plan)
    return plan.groupby("studio_id")[list(LEVERS)].last().loc[chain.studios["studio_id"]].to_numpy(float)


def levers_set(chain, back):
    """(studios, back, 7) levers that owners set in the last `back` months, prices in major units."""
    plan = schema.to_major("lever_plan", chain.lever_plan).set_index(["studio_id", "month"])[list(LEVERS)]
    ids, months = chain.studios["studio_id"], chain.months[len(chain.months) - back :]
    return plan.loc[pd.MultiIndex.from_product([ids, months])].to_numpy(float).reshape(len(ids), back, -1)


def revenues(chain):
    """(months, studios) revenue, major units."""
    frame = schema.to_major("monthly_metrics", chain.monthly_metrics)
    wide = frame.pivot(index="month_year", columns="studio_id", values="total_revenue")
    return wide[list(chain.studios["studio_id"])].to_numpy(float)


def plans_within_limits(chain, rng):
    """(studios, 3, 7) random plans inside the limits of B-45.

    Each lever of each studio is drawn anywhere from its step down to its step up and reached in three even steps.
    """
    now = held(chain)
    low, high = np.array([levers.hard_range(lever) for lever in LEVERS]).T
    low = np.where(np.isfinite(high), low, 0.01)
    high = np.where(np.array(LEVERS) == "retention_rate", MOST_KEPT, high)
    return _even_steps(now, np.clip(now + rng.uniform(-1, 1, now.shape) * levers.limits(), low, high))


def plans_anywhere(chain, rng):
    """(studios, 3, 7) random plans anywhere in the documents' ranges (B-44), reached in three even steps."""
    low, high = np.array([(levers.CATALOGUE[lever].low, levers.CATALOGUE[lever].high) for lever in LEVERS]).T
    now = held(chain)
    return _even_steps(now, rng.uniform(low, high, now.shape))


def _even_steps(now, goal):
    return now[:, None] + (goal - now)[:, None] * (np.arange(1, 4) / 3)[None, :, None]


def copies(chain, index):
    """The chain's end with the studios of `index` only, as often as they are named, under ids of their own."""
    ids = np.array([f"{n:07d}" for n in range(len(index))])
    return replace(chain, studios=chain.studios.iloc[index].assign(studio_id=ids), traits=chain.traits.take(index),
                   states=[chain.states[-1].take(index)])  # fmt: skip
