"""Forecasts beside the oracle: distance, error, interval, up to twelve months ahead; and every metric of B-39."""

import numpy as np

from studiolab.bench import oracle, score, worlds
from studiolab.bench.score import Goal, at_least, at_most
from studiolab.revenue_simulator.model import METHODS

DISTANCE, MAPE_RATIO = {1: at_most(0.0070), 3: at_most(0.012)}, dict(zip((1, 2, 3), (1.015, 1.02, 1.03), strict=True))
COVERAGE, BY_TYPE = Goal(0.89, 0.91), at_least(0.87)
WINKLER = dict(zip((1, 2, 3), (1.01, 1.02, 1.025), strict=True))
OURS = tuple(method for method in METHODS if method != "ensemble")  # methods whose answers owners get
MISS = 1 - oracle.LEVEL
MOVED, FAR = 0.02, 0.10  # B-39: a move worth a direction, an error that counts double
DOCUMENTS = {"RMSE": at_most(3000), "MAPE": at_most(0.08), "R2": at_least(0.85), "direction": at_least(0.90)}  # B-41


# distance, error and interval ---------------------------------------------------------------------
def forecast(bench, back=worlds.BACK, models=OURS):
    """Distance, bias and MAPE of forecasts with levers told, beside the oracle's. Returns list of score.row."""
    found = oracle.cases(bench, back, models, months=3).query("foreseeable")
    best = found[["world", "studio", "months"]].assign(best=np.abs(found["oracle"] / found["actual"] - 1))
    rows = [row for name in models for h, own in found.groupby("months") for row in _beside_oracle(own, name, h)]
    return rows + [score.row("MAPE", own, score.mean("best"), model="oracle", months=h)
                   for h, own in best.groupby("months")]  # fmt: skip


def _beside_oracle(found, name, h):
    """Rows of one model at one horizon."""
    gap = found[name] / found["oracle"] - 1
    own = found[["world", "studio"]].assign(
        gap=gap, square=gap**2 - found["oracle_variance"] / found["oracle"] ** 2,
        error=np.abs(found[name] / found["actual"] - 1), best=np.abs(found["oracle"] / found["actual"] - 1),
    )  # fmt: skip
    goal = at_most(MAPE_RATIO[h]) if h in MAPE_RATIO else None
    return [
        score.row("RMS distance to the oracle", own, _root_mean("square"), DISTANCE.get(h), model=name, months=h),
        score.row("bias against the oracle", own, score.mean("gap"), model=name, months=h),
        score.row("MAPE / oracle's MAPE", own, score.ratio("error", "best"), goal, model=name, months=h),
        score.row("MAPE", own, score.mean("error"), model=name, months=h),
    ]


def intervals(bench, back=worlds.BACK, models=OURS):
    """Coverage and Winkler score of 90 % intervals, levers told and held, by horizon and studio type."""
    told = oracle.cases(bench, back, models, months=3).query("foreseeable")
    held = oracle.cases(bench, back, models, "held", months=3).query("foreseeable")
    rows = []
    for name in models:
        for h, own in told.groupby("months"):
            own, of = own.assign(**inside(own, name)), {"model": name, "months": h}
            rows += [
                score.row("coverage, levers told", own[NUMBERS], score.mean("hit"), COVERAGE, **of),
                *(score.row(f"coverage, levers told, {kind}", part[NUMBERS], score.mean("hit"), BY_TYPE, **of)
                  for kind, part in own.groupby("type")),
                score.row("Winkler score / oracle's", own[NUMBERS], score.ratio("winkler", "winkler_best"),
                          at_most(WINKLER[h]), **of),
            ]  # fmt: skip
        for h, own in held.groupby("months"):
            own = own.assign(**inside(own, name))[NUMBERS]
            rows.append(score.row("coverage, levers held while owners move on", own, score.mean("hit"), COVERAGE,
                                  model=name, months=h))  # fmt: skip
    return rows


NUMBERS = ["world", "studio", "hit", "winkler", "winkler_best"]


def inside(found, name):
    """Whether each actual is inside the model's interval; its Winkler score and the oracle's, as shares of revenue."""
    low, high, y = found[f"{name}_low"], found[f"{name}_high"], found["actual"]
    return {"hit": (low <= y) & (y <= high), "winkler": winkler(low, high, y) / found["oracle"],
            "winkler_best": winkler(found["oracle_low"], found["oracle_high"], y) / found["oracle"]}  # fmt: skip


def winkler(low, high, actual):
    """Width of an interval and what it pays for missing. Source: Gneiting & Raftery 2007, section 6.2."""
    return (high - low) + 2 / MISS * (np.maximum(low - actual, 0) + np.maximum(actual - high, 0))


def far_ahead(bench, back=(12, 9, 6), models=(oracle.NAIVE, oracle.SEASONAL, oracle.ETS, *OURS), horizons=(6, 12)):
    """Error against what would truly come, and coverage, half a year and a year ahead, levers told."""
    found = oracle.cases(bench, back, models).query("foreseeable and months in @horizons")
    rows = []
    for h, own in found.groupby("months"):
        for name in (*models, "oracle"):
            true = own.assign(error=np.abs(own[name] / own["oracle"] - 1), came=np.abs(own[name] / own["actual"] - 1))
            true = true[["world", "studio", "error", "came"]]
            rows.append(score.row("error against the expectation", true, score.mean("error"), model=name, months=h))
            rows.append(score.row("MAPE", true, score.mean("came"), model=name, months=h))
            if f"{name}_low" in own:
                part = own.assign(**inside(own, name))[NUMBERS]
                goal = COVERAGE if name in OURS else None
                rows.append(score.row("coverage", part, score.mean("hit"), goal, model=name, months=h))
                rows.append(score.row("Winkler score / oracle's", part, score.ratio("winkler", "winkler_best"),
                                      model=name, months=h))  # fmt: skip
    return rows


# the metrics of B-39 ------------------------------------------------------------------------------
def metrics(bench, back=(12, 6), models=oracle.MODELS, months=3):
    """RMSE, MAPE, R2, MAE, direction, business impact, decision loss of every model, and its share of achievable skill.

    Models that know no levers are in both kinds; members of the ensemble are taken from the first fitted one.
    """
    parts = [f"member {name}" for name in oracle.members(bench.model(bench.seeds[0], back[0]))]
    rows = []
    for levers in ("told", "held"):
        found = oracle.cases(bench, back, (*models, *parts), levers, months).query("foreseeable")
        for h, own in found.groupby("months"):
            for name in (*models, *parts, "oracle"):
                rows += _metrics_of(own, name, levers, h)
    return rows


STATISTICS = {  # name: of the sums of `_losses`
    "RMSE": lambda s, m: np.sqrt(s[f"{m}square"] / s["count"]),
    "MAPE": lambda s, m: s[f"{m}share"] / s["count"],
    "R2": lambda s, m: 1 - s[f"{m}square"] / (s["actual_square"] - s["actual"] ** 2 / s["count"]),
    "MAE": lambda s, m: s[f"{m}size"] / s["count"],
    "direction": lambda s, m: s[f"{m}right"] / s["moved"],
    "business impact": lambda s, m: s[f"{m}impact"] / s["count"],
    "decision loss": lambda s, m: s[f"{m}loss"] / s["count"],
}


def _metrics_of(found, name, levers, h):
    """Rows of one model: each metric, and how far along the way from naive to oracle it is."""
    y = found["actual"]
    own = found[["world", "studio"]].assign(actual=y, actual_square=y**2, moved=np.abs(y / found["last"] - 1) > MOVED)
    for who in {name, oracle.NAIVE, "oracle"}:
        given = y, found[who], found["last"], found["oracle_budget"] if who == "oracle" else None
        own = own.assign(**{f"{who} {what}": value for what, value in losses(*given).items()})
    rows, sums = [], score.totals(own)
    for metric, statistic in STATISTICS.items():

        def of(sums, who=name, statistic=statistic):
            return statistic(sums, f"{who} ")

        def skill(sums, of=of):
            worst, best = of(sums, oracle.NAIVE), of(sums, "oracle")
            return (of(sums) - worst) / (best - worst)

        goal = DOCUMENTS.get(metric) if name in METHODS else None
        rows.append(score.row(f"{metric}, levers {levers}", own, of, goal, model=name, months=h, sums=sums))
        if name not in (oracle.NAIVE, "oracle"):
            rows.append(score.row(f"share of achievable skill by {metric}, levers {levers}", own, skill, model=name,
                                  months=h, sums=sums))  # fmt: skip
    return rows


def losses(actual, said, last, budget=None):
    """dict of columns whose sums make the metrics of B-39 and K1.38; a forecast of no move at all is half right.

    budget : the revenue that spending is planned for, by default what is `said`
    """
    budget = said if budget is None else budget
    error, went, told = said - actual, actual - last, said - last
    share = np.abs(error / actual)
    right = np.where(told == 0, 0.5, np.sign(told) == np.sign(went)) * (np.abs(went / last) > MOVED)
    spare, short = np.maximum(budget - actual, 0), np.maximum(actual - budget, 0)
    return {"square": error**2, "share": share, "size": np.abs(error), "right": right,
            "impact": share * np.where(share > FAR, 2, 1),
            "loss": oracle.SPENT * spare + oracle.FORGONE * short}  # fmt: skip


def _root_mean(column):
    return lambda sums: np.sqrt(np.maximum(sums[column] / sums["count"], 0))
