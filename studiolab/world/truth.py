"""What would truly happen: the expectation under any lever plan, from the hidden state.

Imported by tests and benchmarks; never by a model.
"""

import numpy as np
import pandas as pd

from studiolab import schema
from studiolab.world.mechanism import LEVERS, Chance, Event, Expectation, step


def rollout(studio, lever_plan, months=3, draws=400, seed=0):
    """Expected months of a chain (or of one studio, `chain.studio(id)`) under a lever plan.

    lever_plan : dict of `schema.LEVERS` held for all months, or DataFrame with one row a month
        and studio (`studio_id` may be absent for one studio); prices in major units, or in
        minor units beside a `currency` column
    draws : how many random futures are averaged; 0 takes the mean-field path instead
    Returns DataFrame studio_id, month, horizon, revenue (major units), members, retention,
    attendance, revenue_std (spread of one future, 0 for mean-field).
    Raises ValueError if a lever or a month is missing.
    """
    n, repeats = len(studio.studios), max(draws, 1)
    rows = []
    for h, (month, revenue, outcome) in enumerate(_months(studio, lever_plan, months, draws, seed)):
        stayed = (outcome["members"] - outcome["joined"]) / outcome["before"]
        rows.append(pd.DataFrame({
            "studio_id": studio.studios["studio_id"], "month": month, "horizon": h + 1,
            "revenue": revenue.mean(axis=1),
            "members": outcome["members"].reshape(n, repeats).mean(axis=1),
            "retention": stayed.reshape(n, repeats).mean(axis=1),
            "attendance": outcome["visits"].reshape(n, repeats).mean(axis=1),
            "revenue_std": revenue.std(axis=1),
        }))  # fmt: skip
    return pd.concat(rows).sort_values(["studio_id", "horizon"], ignore_index=True)


def futures(studio, lever_plan, months=3, draws=400, seed=0):
    """Revenue (n, months, draws) of each random future, major units; arguments as `rollout`, draws 0 for one mean-field
    path. lever_plan may be an array (n, months, 7) in the order of `schema.LEVERS`, prices in major units."""
    each = [revenue for _, revenue, _ in _months(studio, lever_plan, months, draws, seed)]
    return np.stack(each, axis=1)


def _months(studio, lever_plan, months, draws, seed):
    """Month, revenue (n, repeats) in major units and outcomes (n * repeats,), one month after the other."""
    n, repeats = len(studio.studios), max(draws, 1)
    index = np.repeat(np.arange(n), repeats)
    per = studio.studios["currency"].map(schema.minor_per_major).to_numpy(float)
    plans = _plans(studio, lever_plan, months, per)
    noise = Chance(np.random.default_rng(seed)) if draws else Expectation()
    state, traits, plain = studio.states[-1].take(index), studio.traits.take(index), Event.none(n * repeats)
    for h in range(months):
        month = studio.months[-1] + pd.DateOffset(months=h + 1)
        plan = {lever: plans[lever][h][index] for lever in LEVERS}
        state, outcome = step(state, plan, traits, month.month, plain, noise)
        yield month, sum(outcome[part] for part in schema.REVENUE_PARTS).reshape(n, repeats) / per[:, None], outcome


def _plans(studio, lever_plan, months, per):
    """dict of lever to (months, n), prices in minor units."""
    ids = list(studio.studios["studio_id"])
    missing = set() if isinstance(lever_plan, np.ndarray) else set(schema.LEVERS) - set(lever_plan)
    if missing:
        raise ValueError(f"lever plan lacks {sorted(missing)}; it needs all of {list(schema.LEVERS)}")
    if isinstance(lever_plan, np.ndarray):
        held = dict(zip(LEVERS, np.moveaxis(lever_plan, (0, 1, 2), (2, 1, 0)), strict=True))
    elif isinstance(lever_plan, dict):
        held = {lever: np.full((months, len(ids)), float(lever_plan[name])) for lever, name in _names()}
    else:
        frame = schema.to_major("lever_plan", lever_plan)
        if "studio_id" not in frame:
            frame = frame.assign(studio_id=ids[0])
        frame = frame.assign(h=frame.groupby("studio_id").cumcount())
        table = frame.set_index(["h", "studio_id"]).sort_index()
        wanted = pd.MultiIndex.from_product([range(months), ids])
        if len(wanted.difference(table.index)):
            h, studio_id = wanted.difference(table.index)[0]
            raise ValueError(f"lever plan has no row for month {h + 1} of {studio_id}; it needs {months} a studio")
        held = {
            lever: table[name].reindex(wanted).to_numpy(float).reshape(months, len(ids)) for lever, name in _names()
        }
    held["price"] = held["price"] * per
    return held


def _names():
    return zip(LEVERS, schema.LEVERS, strict=True)
