"""Plans replayed in the true world: do they reach what they promise, what would the cheapest have cost, who says no?

What a plan truly brings is the mean of many random futures; the true optimum is that of `optimum`.
"""

import numpy as np
import pandas as pd

from studiolab.bench import forecasts, score, worlds
from studiolab.bench.optimum import MONTHS, Problem
from studiolab.bench.score import Goal, at_least, at_most
from studiolab.schema import LEVERS
from studiolab.world import truth

CASES, WISHES = 48, 24  # a world: targets that a quarter can reach; targets near and beyond what it can
ASKED = (1.03, 1.18)  # target, as a share of the revenue expected under held levers
DRAWS = 2000  # futures of each plan: what it truly brings is then known within a tenth of a per cent
SPARE = 0.02  # beyond the best by so much a target is out of reach, below it by as much it is not


def plans(bench, cases=CASES, wishes=WISHES, draws=DRAWS):
    """Truth of plans, their cost beside the true optimum, their intervals, and who says out of reach.

    bench : worlds.Worlds. Returns list of score.row.
    """
    found = pd.DataFrame([_case(bench, seed, i, draws) for seed in bench.seeds for i in _some(bench, seed, cases)])
    asked = [row for seed in bench.seeds for i in _some(bench, seed, wishes) for row in _wishes(bench, seed, i)]
    usual = found.loc[found["within"], ["world", "studio", "reached", "broken"]].assign(out=False)
    return _kept(found.drop(columns="within")) + _said(pd.concat([pd.DataFrame(asked), usual], ignore_index=True))


def _some(bench, seed, number):
    rng = np.random.default_rng(seed)
    return [(int(i), rng) for i in rng.choice(bench.studios, min(number, bench.studios), replace=False)]


# a plan and what it truly does --------------------------------------------------------------------
def _case(bench, seed, drawn, draws):
    """dict of one target of one studio: the plan, the truth, the true optimum."""
    i, rng = drawn
    bench.say(f"world {seed}: plan of studio {i + 1}")
    chain, model = bench.chain(seed), bench.model(seed)
    studio = chain.studios["studio_id"].iloc[i]
    problem = Problem(chain, model, i)
    still = np.tile(problem.held, (MONTHS, 1))
    expected = model.simulate(model.complete.index(studio), still[None])["revenue"][0, -1]
    plan = model.plan(studio, float(expected * rng.uniform(*ASKED)), MONTHS)
    rows = plan.levers[list(LEVERS)].to_numpy(float)
    futures = truth.futures(worlds.copies(chain, [i, i]), np.stack([rows, still]), MONTHS, draws, seed)
    target, true, base = plan.target_revenue, futures[0, -1].mean(), futures[1, -1].mean()
    cheapest = problem.cheapest(target)
    as_good = problem.cheapest(float(problem.value(problem.changes(rows))[0]))
    return {
        "world": seed, "studio": i, "reached": plan.reached, "within": problem.best() > target * (1 + SPARE),
        "miss": true / target - 1,
        "uplift": (true - base) / (target - base), "still": abs(base / target - 1), "broken": problem.broken(rows),
        "wrong_cost": abs(problem.cost(rows) - plan.cost) > 1e-6 * max(plan.cost, 1),
        "cost": plan.cost, "cheapest": cheapest, "as_good": as_good, **_band(plan, futures[0], draws),
    }  # fmt: skip


def _band(plan, futures, draws):
    """Share of true futures inside the plan's own interval, and Winkler scores, by month ahead."""
    low, high = (plan.prediction[name].to_numpy()[:, None] for name in ("low", "high"))
    best = np.quantile(futures, (0.05, 0.95), axis=1)[..., None]
    inside = ((low <= futures) & (futures <= high)).mean(axis=1)
    own, ideal = (forecasts.winkler(*ends, futures).mean(axis=1) for ends in ((low, high), best))
    size = futures.mean(axis=1)
    return {f"{name}{h + 1}": value[h] for h in range(MONTHS)
            for name, value in (("hit", inside), ("winkler", own / size), ("winkler_best", ideal / size))}  # fmt: skip


# targets near and beyond the possible -------------------------------------------------------------
def _wishes(bench, seed, drawn):
    """A target truly out of reach and one truly within, both near the best that a quarter can do."""
    i, rng = drawn
    bench.say(f"world {seed}: wishes of studio {i + 1}")
    model, problem = bench.model(seed), Problem(bench.chain(seed), bench.model(seed), i)
    best = problem.best()
    for out, share in ((True, rng.uniform(1 + SPARE, 1.2)), (False, rng.uniform(0.93, 1 / (1 + SPARE)))):
        plan = model.plan(bench.chain(seed).studios["studio_id"].iloc[i], best * share, MONTHS)
        yield {"world": seed, "studio": i, "out": out, "reached": plan.reached,
               "broken": problem.broken(plan.levers[list(LEVERS)].to_numpy(float))}  # fmt: skip


# figures ------------------------------------------------------------------------------------------
def _kept(found):
    """Rows of the plans that say they reach their target."""
    answered = score.row("targets answered with a plan", found[["world", "studio", "reached"]], score.mean("reached"))
    own = found[found["reached"]].drop(columns="reached")
    near = {share: (own["miss"].abs() < share).astype(float) for share in (0.05, 0.02, 0.01)}
    goals = {0.05: at_least(1.0), 0.02: at_least(1.0), 0.01: at_least(0.95)}
    uplift = (own["uplift"] > 0.8) & (own["uplift"] < 1.25)
    known = own[np.isfinite(own["cheapest"]) & np.isfinite(own["as_good"])]
    own = own.drop(columns=["cheapest", "as_good"])
    rows = [answered]
    rows += [score.row(f"plans within {share:.0%} of the target in truth", own.assign(near=hit), score.mean("near"),
                      goals[share]) for share, hit in near.items()]  # fmt: skip
    rows += [
        score.row("uplift within 80 to 125 % in truth", own.assign(near=uplift), score.mean("near"), at_least(0.97)),
        score.row("mean miss of the target in truth", own, score.mean("miss")),
        score.row("doing nothing within 5 %", own.assign(near=own["still"] < 0.05), score.mean("near")),
        score.row("cost / cheapest that truly reaches the target", known, score.ratio("cost", "cheapest"),
                  at_most(1.01)),
        score.row("cost / cheapest that truly brings as much", known, score.ratio("cost", "as_good"), at_most(1.01)),
        score.row("plans outside their limits", own, score.mean("broken"), at_most(0.0)),
        score.row("plans whose cost is not the catalogue's", own, score.mean("wrong_cost"), at_most(0.0)),
    ]  # fmt: skip
    for h in range(1, MONTHS + 1):
        rows.append(score.row("coverage at optimised points", own, score.mean(f"hit{h}"), Goal(0.89, 0.91), months=h))
        beside, goal = score.ratio(f"winkler{h}", f"winkler_best{h}"), at_most(forecasts.WINKLER[h])
        rows.append(score.row("Winkler score / oracle's at optimised points", own, beside, goal, months=h))
    return rows


def _said(asked):
    """Rows of targets near and beyond the possible."""
    out = asked[asked["out"]].assign(said=lambda f: 1 - f["reached"])
    within = asked[~asked["out"]].assign(said=lambda f: 1 - f["reached"])
    beyond = "plans outside their limits, near and beyond the possible"
    return [
        score.row("out-of-reach targets said so", out, score.mean("said"), at_least(1.0)),
        score.row("reachable targets called out of reach", within, score.mean("said"), at_most(0.0)),
        score.row(beyond, asked, score.mean("broken"), at_most(0.0)),
    ]
