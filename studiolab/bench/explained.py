"""Are explanations and insights true? Shapley values against those of the world, stated money against what it is."""

import numpy as np
import pandas as pd

from studiolab.bench import score, worlds
from studiolab.bench.insights import LAST_ORIGINS, cases_of
from studiolab.bench.score import Goal, at_least, at_most
from studiolab.revenue_simulator import explain
from studiolab.schema import LEVERS
from studiolab.world import truth

STUDIOS = 60  # a world
MONEY = Goal(0.8, 1.25)  # of money true for each unit stated, as N1 wants of a plan's uplift
CHANCE = Goal(-0.05, 0.05)


def explained(bench, studios=STUDIOS):
    """Shapley values of a random plan a studio: order, sign and size against the world's own; list of score.row."""
    found = []
    for seed in bench.seeds:
        bench.say(f"world {seed}: Shapley values")
        chain, model = bench.chain(seed), bench.model(seed)
        plans = worlds.plans_within_limits(chain, np.random.default_rng(seed + 3))
        for i in range(min(studios, bench.studios)):
            studio = chain.studios["studio_id"].iloc[i]
            asked = pd.DataFrame(plans[i], columns=list(LEVERS))
            said = explain.shapley(model, studio, asked, len(asked))
            true = true_shares(chain, i, said.held, said.asked)
            found.append({"world": seed, "studio": i} | compared(said.values.to_numpy(), true))
    cases = pd.DataFrame(found)
    return [
        score.row("rank correlation of Shapley values with the true ones", cases, score.mean("rank"), at_least(0.9)),
        score.row("sign of Shapley values right", cases, score.mean("sign"), at_least(0.9)),
        score.row("RMS error of Shapley values / their RMS", cases,
                  lambda sums: np.sqrt(sums["square"] / sums["size"]), at_most(0.25)),
    ]  # fmt: skip


def true_shares(chain, index, held, asked):
    """(7,) Shapley values of the last month's true expected revenue; held, asked : (months, 7)."""
    many = worlds.copies(chain, np.full(len(explain.MOVED), index))
    worth = truth.futures(many, explain.coalitions(held, asked), len(asked), draws=0)[:, -1, 0]
    return explain.shares(worth)


def compared(said, true):
    """Rank correlation, share of right signs, and squares of error and size of two (7,)."""
    from scipy.stats import spearmanr

    return {"rank": float(spearmanr(said, true)[0]), "sign": float((np.sign(said) == np.sign(true)).mean()),
            "square": float(((said - true) ** 2).sum()), "size": float((true**2).sum())}  # fmt: skip


def insights(bench, studios=STUDIOS, origins=LAST_ORIGINS):
    """True money for each unit that insights state, and their chances beside what came; list of score.row."""
    frames = []
    for seed in bench.seeds:
        for back in origins:
            bench.say(f"world {seed}: insights {back} months back")
            found = pd.DataFrame(cases_of(min(studios, bench.studios), seed, bench.months, back))
            frames.append(found.assign(world=seed))
    cases, rows = pd.concat(frames, ignore_index=True), []
    for what, ends in (("actions", ", action"), ("opportunities", ", opportunity"), ("risks", ", risk")):
        own = cases[cases["kind"].str.endswith(ends)]
        money = own.loc[np.isfinite(own["true"]), ["world", "studio", "true", "money"]]
        if len(money):
            rows.append(score.row(f"true / stated money of {what}", money, score.ratio("true", "money"), MONEY))
        chance = own[["world", "studio", "chance", "came"]]
        if len(chance):
            rows.append(score.row(f"came less stated chance of {what}", chance,
                                  lambda sums: (sums["came"] - sums["chance"]) / sums["count"], CHANCE))  # fmt: skip
    return rows
