"""Weeks that are proposed, beside the one that is held: what they promise, and who comes when the world replays them.

Each week is held before the same people with the same chance (`world.replay`). In the weeks proposed, keeping a class's
time is worth as much as by default, a few points, or none; one more is made anew by a demand that looks at each class
alone, which is the naive way. A gain is attendance beside last week's, less one.
"""

from dataclasses import replace
from functools import partial

import pandas as pd

from studiolab.bench import score
from studiolab.bench.worlds import SEEDS
from studiolab.studio_calendar import PEAK, StudioCalendar
from studiolab.studio_operations.timetable import crowd, demand, history, tables
from studiolab.studio_operations.timetable.amid import Amid, solve_amid
from studiolab.studio_operations.timetable.check import check
from studiolab.studio_operations.timetable.problem import Problem, Weights
from studiolab.world import make_chain, replay

STUDIOS, MONTHS, DRAWS, SECONDS = 3, 26, 30, 5.0
WAYS = {"kept by default": Weights().keep, "with care": 5.0, "made anew": 0.0}  # points for keeping a class's time
ALONE = "made anew, each class alone"


def table(seeds=SEEDS, studios=STUDIOS, months=MONTHS, draws=DRAWS, seconds=SECONDS):
    """Gain in attendance, true and promised, of weeks proposed; DataFrame of score.COLUMNS."""
    found = []
    for seed in seeds:
        chain = make_chain(studios, months, seed)
        found += [week | {"world": seed, "studio": studio_id} for studio_id in chain.studios["studio_id"]
                  for week in weeks(chain, studio_id, draws, seconds)]  # fmt: skip
    found, rows = pd.DataFrame(found), []
    for way in (*WAYS, ALONE):
        goal = None if way == ALONE else score.at_least(0)
        for figure, name, wanted in (("true", "attended", goal), ("promised", "promised", None)):
            rows.append(score.row(f"{figure} gain in attendance, {way}", found[found["way"] == way].drop(columns="way"),
                                  _gain(name), wanted, model="timetable"))  # fmt: skip
    return score.table(rows)


def weeks(chain, studio_id, draws=DRAWS, seconds=SECONDS):
    """A dict a way: way, held, attended (true places a week, of last week's and of the proposed timetable), now,
    promised (expected places of the same), moved (classes)."""
    problem, known, hours = asked(chain, studio_id)
    judge = replay.judge(chain.studio(studio_id), draws)
    names = {one.class_id: (one.name, one.max_capacity) for one in problem.classes}

    def attended(week):
        rows = [(p.weekday, p.start // 60, *names[p.class_id]) for p in week]
        return judge.attended(pd.DataFrame(rows, columns=list(replay.COLUMNS))).sum(axis=1).mean()

    found = []
    for way, keep in [*WAYS.items(), (ALONE, 0.0)]:
        table = partial((replace(known, crowd=None) if way == ALONE else known).table, problem.classes, hours)
        question = replace(problem, weights=replace(problem.weights, keep=keep))
        counted, week = solve_amid(question, table, seconds)
        now = check(replace(question, demand=table(problem.last)), problem.last).places
        found.append({"way": way, "held": attended(problem.last), "attended": attended(week.placements), "now": now,
                      "promised": check(counted, week).places,
                      "moved": len(set(week.placements) - set(problem.last))})  # fmt: skip
    return found


def asked(chain, studio_id):
    """(Problem, Amid, open hours) of a studio as its tables tell."""
    studio, raw = chain.studios.set_index("studio_id").loc[studio_id], chain.raw(studio_id)
    sessions, zone = raw["class_sessions"], studio["timezone"]
    recent = history.recent(sessions, sessions["starts_at"].max())
    definitions, held = history.week(recent, raw["class_types"], zone)
    opening = history.opening(recent, zone)
    past = sessions, raw["visits"], sessions["starts_at"].max() + pd.Timedelta(days=1), zone
    problem = Problem(
        tables.classes(definitions.assign(currency=studio["currency"])), tables.rooms(raw["rooms"]),
        tables.instructors(raw["instructors"]), StudioCalendar(opening, PEAK), last=held,
    )  # fmt: skip
    hours = [(day, hour) for day, start, end in opening for hour in range(start // 60, -(-end // 60))]
    return problem, Amid(demand.fit(*past), crowd.fit(*past)), hours


def _gain(name):
    beside = {"attended": "held", "promised": "now"}[name]
    return lambda sums: sums[name] / sums[beside] - 1
