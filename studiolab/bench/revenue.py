"""The scorecard of the revenue simulator: every figure with its goal, whether it is reached, and a 95 % interval."""

from studiolab.bench import explained, forecasts, plans, scenarios, score, serving, speed
from studiolab.bench.worlds import SEEDS, Worlds

PARTS = {
    "scenario": scenarios.scenario, "alone": scenarios.alone, "forecast": forecasts.forecast,
    "intervals": forecasts.intervals, "far-ahead": forecasts.far_ahead, "metrics": forecasts.metrics,
    "plans": plans.plans, "explained": explained.explained, "insights": explained.insights, "speed": speed.speed,
    "http": serving.http,
}  # fmt: skip


def scorecard(parts=tuple(PARTS), seeds=SEEDS, studios=200, months=60, say=lambda text: None):
    """Tables by part.

    parts : names of PARTS; seeds : of the simulated worlds; studios, months : size of each world;
    say : function that is told what is being done
    Returns dict of part to DataFrame of score.COLUMNS; models are fitted once for all parts.
    Raises ValueError for a part that is not known.
    """
    for part in parts:
        if part not in PARTS:
            raise ValueError(f"part: got {part!r}; expected {', '.join(PARTS)}")
    bench = Worlds(seeds, studios, months, say)
    return {part: score.table(PARTS[part](bench)) for part in parts}
