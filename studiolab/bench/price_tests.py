"""Simulated price tests: is a planted demand recovered, what does the advice earn, does chance change a price?"""

import numpy as np
import pandas as pd
from scipy.special import expit

from studiolab.bench import score
from studiolab.product_recommender.experiment import pricing

TEST = pricing.price_test("bench", 5000, 1500)
PEOPLE, REPEATS = 3000, 200


def rows(seed=0, people=PEOPLE, repeats=REPEATS):
    """Rows of score.COLUMNS; intervals are a bootstrap over the simulated tests."""
    rng = np.random.default_rng(seed)
    any_demand = pd.DataFrame([one(rng, people, rng.uniform(-2, 0.5), rng.uniform(-10, 0)) for _ in range(repeats)])
    flat = pd.DataFrame([one(rng, people, level, alike(level)) for level in rng.uniform(-2, 0.5, repeats)])
    for found in (any_demand, flat):
        found[["world", "studio"]] = np.column_stack([np.zeros(repeats, int), np.arange(repeats)])
    model = f"{people:,} people asked"
    figures = [("planted elasticity inside its 90 % interval", "inside", score.Goal(0.85, 0.95)),
               ("price that earns most inside its 90 % interval", "best_inside", score.at_least(0.85)),
               ("margin of the advice / of the best price tried", "advised", None),
               ("margin of the list price / of the best price tried", "listed", None)]  # fmt: skip
    told = [score.row(f"price test: {name}", any_demand, score.mean(column), goal, model=model)
            for name, column, goal in figures]  # fmt: skip
    name = "price test: another price than the list's, which earns most by a hair"
    return [*told, score.row(name, flat, score.mean("changed"), score.at_most(0.1), model=model)]


def alike(level):
    """Slope at which a lower price earns no more than the list price, if barely: its margin peaks there."""
    share = 1 - TEST.cost / TEST.list_price
    return -1 / (1 - expit(level)) / share


def one(rng, people, level, slope):
    """dict of what one simulated test found, whose people buy with log-odds level + slope (price / list - 1)."""
    asked = pricing.assign(TEST, [f"{rng.integers(2**62)}" for _ in range(people)], np.ones(people, bool))
    off = asked["price"].to_numpy() / TEST.list_price - 1
    bought = rng.random(people) < expit(level + slope * off)
    told = pricing.demand(asked.assign(bought=bought, segment="all"), TEST, int(rng.integers(2**31)))
    advice, (_, low, high) = told.advice("all"), told.elasticity("all")
    fine = np.linspace(TEST.prices[0], TEST.list_price, 1001)
    best = fine[earned(fine, level, slope).argmax()]
    most = earned(np.array(TEST.prices), level, slope).max()
    return {"inside": low <= slope * (1 - expit(level)) <= high,
            "best_inside": advice.low <= round(best) <= advice.high,
            "advised": earned(advice.price, level, slope) / most, "changed": not advice.is_kept,
            "listed": earned(TEST.list_price, level, slope) / most}  # fmt: skip


def earned(price, level, slope):
    """Margin a person asked, minor units."""
    return (price - TEST.cost) * expit(level + slope * (price / TEST.list_price - 1))
