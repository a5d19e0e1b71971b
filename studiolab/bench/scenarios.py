"""Error of scenarios against what would truly happen: B-45, the documents' ranges, the variant world, one studio."""

from functools import cache

import numpy as np
import pandas as pd

from studiolab.app.core import REFERENCE
from studiolab.bench import score, worlds
from studiolab.bench.score import at_most
from studiolab.revenue_simulator import fit
from studiolab.revenue_simulator.model import METHODS
from studiolab.world import make_chain, truth

DRAWS = 2000  # random futures of each plan: the truth is then known within a tenth of the smallest goal
GOALS = {
    "limits of B-45": (0.0070, 0.0095, 0.0105), "the documents' ranges": (0.025, 0.045, 0.060),
    "limits of B-45, variant world": (0.012, 0.015, 0.018), "one studio alone": (0.02, 0.03, 0.04),
}  # fmt: skip
NAIVE = "same as last month"
ALONE = 20  # studios a world that are each asked alone


def scenario(bench, draws=DRAWS, methods=METHODS):
    """Mean |predicted / expected - 1| of random plans; bench : worlds.Worlds. Returns list of score.row."""
    kinds = {
        "limits of B-45": (False, worlds.plans_within_limits), "the documents' ranges": (False, worlds.plans_anywhere),
        "limits of B-45, variant world": (True, worlds.plans_within_limits),
    }  # fmt: skip
    rows = []
    for kind, (variant, draw) in kinds.items():
        cases = {name: [] for name in (*methods, NAIVE)}
        for seed in bench.seeds:
            chain, model = bench.chain(seed, variant=variant), bench.model(seed, variant=variant)
            plans = draw(chain, np.random.default_rng(seed + 1))
            expected = truth.futures(chain, plans, 3, draws, seed + 2).mean(axis=2)
            for name in methods:
                bench.say(f"world {seed}: {kind}, {name}")
                cases[name].append(errors(answered(model, chain, plans, name), expected, seed))
            same = np.repeat(worlds.revenues(chain)[-1][:, None], 3, axis=1)
            cases[NAIVE].append(errors(same, expected, seed))
        for name, own in cases.items():
            rows += _rows(f"scenario error, {kind}", name, pd.concat(own), GOALS[kind] if name == "structural" else ())
    return rows


def alone(bench, studios=ALONE, draws=DRAWS):
    """The same of one studio whose months are all there is, without and with the product's reference."""
    cases = {"alone": [], "taught by the reference": []}
    for seed in bench.seeds:
        chain = bench.chain(seed)
        plans = worlds.plans_within_limits(chain, np.random.default_rng(seed + 1))
        expected = truth.futures(chain, plans, 3, draws, seed + 2).mean(axis=2)
        for i in np.linspace(0, bench.studios - 1, min(studios, bench.studios)).round().astype(int):
            bench.say(f"world {seed}: studio {i + 1} alone")
            only = chain.studio(chain.studios["studio_id"].iloc[i])
            for name, reference in zip(cases, (None, _reference), strict=True):
                model = fit(only.monthly_metrics, only.lever_plan, reference=reference)
                said = answered(model, only, plans[[i]], "structural")
                cases[name].append(errors(said, expected[[i]], seed, studio=i))
    goals = GOALS["one studio alone"]
    return [row for name, own in cases.items()
            for row in _rows("scenario error, one studio alone", name, pd.concat(own), goals)]  # fmt: skip


def answered(model, chain, plans, method):
    """(studios, months) revenue that `model` expects under plans (studios, months, 7)."""
    index = np.array([model.complete.index(studio) for studio in chain.studios["studio_id"]])
    return model.simulate(index, plans, method)["revenue"]


def errors(said, expected, world, studio=None):
    """Cases of score.row: a row a studio and month."""
    n, months = expected.shape
    studio = np.arange(n) if studio is None else np.full(n, studio)
    return pd.DataFrame({
        "world": world, "studio": np.repeat(studio, months), "months": np.tile(np.arange(1, months + 1), n),
        "error": np.abs(said / expected - 1).ravel(),
    })  # fmt: skip


def _rows(figure, model, cases, goals):
    goals = dict(enumerate(map(at_most, goals), 1))
    return [score.row(figure, own.drop(columns="months"), score.mean("error"), goals.get(h), model=model, months=h)
            for h, own in cases.groupby("months")]  # fmt: skip


@cache
def _reference():
    """What the product teaches lone studios with: `app.core`."""
    chain = make_chain(REFERENCE, seed=0)
    return chain.monthly_metrics, chain.lever_plan
