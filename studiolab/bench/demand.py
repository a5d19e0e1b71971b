"""Expected attendance of classes in worlds whose truth is known, beside what an owner would guess.

Two questions. The coming four weeks of the timetable as it was held: what happened is in the tables. And a week with
some classes moved to a weekday and hour where their kind was never held: what would happen is told by `world.replay`.
"""

import numpy as np
import pandas as pd

from studiolab import schema
from studiolab.bench import score
from studiolab.bench.worlds import SEEDS
from studiolab.studio_operations.timetable import demand
from studiolab.world import make_chain, replay

STUDIOS, MONTHS, DRAWS, DAYS = 3, 26, 20, 28  # a shock none can foresee comes in month 28 or later
MOVED, REPEATS = 0.1, 3  # share of classes moved at once, and how often
COVERED = score.Goal(0.85, 0.95)
SLOT = ["class_name", "weekday", "hour", "room_id"]


def table(seeds=SEEDS, studios=STUDIOS, draws=DRAWS, months=MONTHS):
    """wMAPE of expected attendance and of the naive guess, their difference, and the share inside the 90 % interval.

    Naive is the mean of the same slot in the four weeks before; of a class that is moved, its kind's mean.
    Returns DataFrame of score.COLUMNS; intervals as of score.row.
    """
    coming, moved = [], []
    for seed in seeds:
        chain = make_chain(studios, months, seed)
        for studio_id in chain.studios["studio_id"]:
            at = {"world": seed, "studio": studio_id}
            coming.append(coming_weeks(chain, studio_id).assign(**at))
            moved.append(moved_classes(chain, studio_id, draws).assign(**at))
    return score.table([*_rows(coming, "classes of the coming four weeks"), *_rows(moved, "classes moved, in replay")])


def coming_weeks(chain, studio_id, back=1):
    """Each class of the four weeks that begin `back` times four weeks before the end: people, error, naive, inside."""
    zone, tables = _studio(chain, studio_id)
    classes = _held(tables, zone)
    as_of = _end(chain).tz_localize(zone) - pd.Timedelta(days=DAYS * back)
    ahead = _within(classes, as_of, DAYS)
    model = demand.fit(tables["class_sessions"], tables["visits"], as_of, zone)
    told = model.expected(ahead.drop(columns="min_capacity", errors="ignore"))
    guess = _mean_of(_within(classes, as_of, -DAYS), ahead, SLOT)
    return _errors(told, ahead["attended"].to_numpy(float)[None], guess)


def moved_classes(chain, studio_id, draws=DRAWS):
    """Each moved class of a replayed week: people (mean over draws), error, naive, inside (share of draws)."""
    zone, tables = _studio(chain, studio_id)
    classes, studio = _held(tables, zone), chain.studio(studio_id)
    judge, week = replay.judge(studio, draws), replay.real_weeks(studio)[-1]
    end = _end(chain).tz_localize(zone)
    model = demand.fit(tables["class_sessions"], tables["visits"], end, zone)
    recent, found = _within(classes, end, -DAYS), []
    for repeat in range(REPEATS):
        rng = np.random.default_rng([chain.seed, repeat])
        rows = rng.choice(len(week), max(1, round(MOVED * len(week))), replace=False)
        proposed = _moved(week, rows, classes, rng)
        truth = judge.attended(proposed)[:, rows]
        told = model.expected(proposed.iloc[rows])
        found.append(_errors(told, truth, _mean_of(recent, told, ["class_name"])))
    return pd.concat(found, ignore_index=True)


def _moved(week, rows, classes, rng):
    """`week` with the classes of `rows` at a weekday and hour of the studio's where their kind never was."""
    week = week.copy()
    open_at = classes[["weekday", "hour"]].drop_duplicates()
    for row in rows:
        known = classes.loc[classes["class_name"] == week.loc[row, "class_name"], ["weekday", "hour"]]
        new = open_at.merge(known.drop_duplicates(), how="left", indicator=True).query("_merge == 'left_only'")
        if len(new):
            week.loc[row, ["weekday", "hour"]] = new.iloc[rng.integers(len(new))][["weekday", "hour"]].to_list()
    return week


def _errors(told, truth, guess):
    """Frame of a row a class; truth : (draws, classes)."""
    people = truth.mean(axis=0)
    inside = (told["low"].to_numpy() <= np.ceil(truth)) & (np.floor(truth) <= told["high"].to_numpy())
    return pd.DataFrame({
        "people": people, "error": np.abs(told["expected"].to_numpy() - people), "naive": np.abs(guess - people),
        "inside": inside.mean(axis=0), "told": told["expected"].to_numpy(),
    })  # fmt: skip


def _rows(parts, figure):
    found, wmape = pd.concat(parts, ignore_index=True), f"wMAPE, {figure}"
    return [
        score.row(wmape, found, score.ratio("error", "people"), model="demand"),
        score.row(wmape, found, score.ratio("naive", "people"), model="naive"),
        score.row(wmape, found, lambda sums: (sums["error"] - sums["naive"]) / sums["people"], score.at_most(0),
                  model="demand - naive"),
        score.row(f"expected / came, {figure}", found, score.ratio("told", "people"), model="demand"),
        score.row(f"inside the 90 % interval, {figure}", found, score.mean("inside"), COVERED, model="demand"),
    ]  # fmt: skip


def _studio(chain, studio_id):
    return chain.studios.set_index("studio_id")["timezone"][studio_id], chain.raw(studio_id)


def _end(chain):
    return chain.months[-1] + pd.DateOffset(months=1)


def _held(tables, zone):
    """Classes that took place, with weekday, hour and how many came."""
    sessions, visits = tables["class_sessions"], tables["visits"]
    held = sessions[~sessions["is_cancelled"].astype(bool)]
    came = visits.loc[visits["status"] == "attended", "class_id"].value_counts()
    local = held["starts_at"].dt.tz_convert(zone)
    return held.assign(attended=held["class_id"].map(came).fillna(0.0), hour=local.dt.hour,
                       weekday=np.array(schema.WEEKDAYS)[local.dt.weekday])  # fmt: skip


def _within(classes, start, days):
    """Classes of the `days` days from `start` on, or before it if negative."""
    first, last = sorted((start, start + pd.Timedelta(days=days)))
    return classes[(classes["starts_at"] >= first) & (classes["starts_at"] < last)]


def _mean_of(before, wanted, key):
    """Mean attendance of the same `key` before; of all classes where there was none."""
    by_key = before.groupby(key)["attended"].mean()
    index = pd.MultiIndex.from_frame(wanted[key]) if len(key) > 1 else wanted[key[0]]
    return by_key.reindex(index).fillna(before["attended"].mean()).to_numpy()
