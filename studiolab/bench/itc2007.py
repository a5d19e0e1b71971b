"""Course timetables of the competition ITC-2007, track 3, beside the best costs anybody has published."""

import time
from pathlib import Path

import numpy as np
import pandas as pd

from studiolab.bench import score
from studiolab.studio_operations.timetable import anneal, courses

SEEDS = (21, 22, 23, 24, 25)  # none of them was used to develop the engine
GOALS = {"comp01": 1.0, "comp04": 1.5}  # times the best known
OTHERS = 2.0


def table(folder, seconds=60, seeds=SEEDS):
    """The median cost of an instance over seeds, recounted by `courses.cost`.

    folder : where comp01.ctt and so on lie, and best_known.csv with columns instance and best_known_UD2
    seconds : CPU seconds of one core a seed; a run ends before where it meets the best known cost
    Returns DataFrame of score.COLUMNS, a row an instance: value is the median in points, low and high the best and the
    worst; then best_known, ratio to it, and feasible, whether no timetable breaks a rule. A goal is reached by feasible
    timetables only. One row "skipped: no data" without the files. Raises ValueError for a file that is broken.
    """
    listed = Path(folder) / "best_known.csv"
    if not listed.exists():
        return pd.DataFrame([{"figure": "skipped: no data"}])
    known = pd.read_csv(listed).set_index("instance")["best_known_UD2"]
    problems = {name: courses.read((Path(folder) / f"{name}.ctt").read_text()) for name in known.index}
    anneal.solve(next(iter(problems.values())), moves=2 * anneal.CHUNK)  # compiled before the clock runs
    return pd.DataFrame([_row(name, problem, int(known[name]), seconds, seeds) for name, problem in problems.items()])


def _row(name, problem, best_known, seconds, seeds):
    costs = [_cost(problem, best_known, seconds, seed) for seed in seeds]
    points = np.array([cost.points if cost else np.inf for cost in costs])
    feasible = all(cost and cost.broken == 0 for cost in costs)
    value, goal = np.median(points), score.at_most(GOALS.get(name, OTHERS) * best_known)
    row = score.plain(f"{name}, points", value, goal, low=points.min(), high=points.max(), cases=len(seeds))
    return row | {"reached": row["reached"] and feasible, "best_known": best_known, "ratio": value / best_known,
                  "feasible": feasible}  # fmt: skip


def _cost(problem, best_known, seconds, seed):
    """Cost of a run; None if it ended before any feasible timetable was found."""
    try:
        found = anneal.solve(problem, seconds=seconds, seed=seed, clock=time.process_time,
                             progress=lambda points: points <= best_known)  # fmt: skip
    except TimeoutError:
        return None
    return courses.cost(problem, found)
