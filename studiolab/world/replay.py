"""A proposed week as it would truly have gone: the same people, and chance alike, under one timetable or another.

In the world's history a month's visits are given and the timetable only shares them out. Here attendance answers the
timetable. On each day a member comes to the best class of that day if its liking and the Gumbel noise of that moment
exceed the member's outside option; capacity refuses as in `attendance`, those who like it least first.

The outside options are calibrated, not known: each member's is such that in the last WEEKS real weeks the member comes
as often as the month's wish says, times one factor for all, chosen so that replaying those weeks gives the visits
they really had. Under another timetable it stays, except that nobody comes more often than the plan's credits allow.
Who pays for one visit (guests, and members beyond their plan) takes places left, as many as there really were. Who is
a member, rhythms and prices stay as they are: this is one week's answer, before news of a timetable moves anybody to
join or leave. Imported by tests and benchmarks; never by a model.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from studiolab import schema
from studiolab.world import attendance, raw
from studiolab.world.people import CREDITS
from studiolab.world.timetable import CLASS_NAMES

WEEKS, ROUNDS = 4, 5
COLUMNS = ("weekday", "hour", "class_name", "max_capacity")


@dataclass
class Judge:
    """One studio's members in the last month of its history, and their outside options.

    who : (n,) index of people; outside : (n,); credits : (n,) visits a week; guests : visits a week
    """

    crowd: object
    who: np.ndarray
    kinds: tuple
    outside: np.ndarray
    credits: np.ndarray
    guests: float
    draws: int
    seed: str

    def attended(self, timetable):
        """(draws, classes) visits of each class of a week; `timetable` as of `replay`."""
        classes, order, opens = self._classes(timetable)
        score = self._scores(classes)
        day_best = np.maximum.reduceat(score, opens, axis=2)
        outside = np.maximum(self.outside, _outside(day_best, self.credits))
        room = classes["max_capacity"].to_numpy()
        found = np.empty((self.draws, len(classes)))
        for k, own in enumerate(np.where(score > outside[:, None], score, -np.inf)):
            wanted = (day_best[k] > outside[:, None]).sum(axis=1)
            left = room.copy()
            attendance._book(own, wanted, left, opens)
            found[k] = room - left + left * min(self.guests / max(left.sum(), 1), 1)
        needed = np.zeros(len(classes)) if "min_capacity" not in classes else classes["min_capacity"].to_numpy()
        return np.where(found >= needed, found, 0.0)[:, np.argsort(order)]

    def _classes(self, timetable):
        """Frame of numbers in order of weekday and hour, that order, and the first class of each day."""
        missing = [name for name in COLUMNS if name not in timetable]
        if missing or not len(timetable):
            raise ValueError(f"a timetable of {len(timetable)} classes lacks {missing}; expected {list(COLUMNS)}")
        frame = timetable.assign(
            weekday=pd.Index(schema.WEEKDAYS).get_indexer(timetable["weekday"]),
            type=pd.Index(self.kinds).get_indexer(timetable["class_name"]),
            hour=timetable["hour"].astype(float), max_capacity=timetable["max_capacity"].astype(int),
        ).reset_index(drop=True)  # fmt: skip
        for name, known in (("weekday", schema.WEEKDAYS), ("type", self.kinds)):
            if (frame[name] < 0).any():
                given = timetable["class_name" if name == "type" else name].iloc[(frame[name] < 0).argmax()]
                raise ValueError(f"{given!r} is no {name} of this studio's classes; expected one of {list(known)}")
        order = np.lexsort((frame["hour"], frame["weekday"]))
        frame = frame.iloc[order]
        return frame, order, np.unique(frame["weekday"], return_index=True)[1]

    def _scores(self, classes):
        """(draws, n, classes) liking with noise; a moment and kind of class has the same noise in any timetable."""
        liking = attendance.liking(self.crowd, self.who, classes)
        half_hour = np.rint(classes["hour"] * 2).astype(int)
        cells, noise = list(zip(classes["weekday"], half_hour, classes["type"], strict=True)), {}
        for cell in cells:
            rng = raw.generator(self.seed, "/".join(map(str, cell)), "replay", 0)
            noise.setdefault(cell, rng.gumbel(size=(self.draws, len(self.who))))
        # Two classes of one kind at one moment are liked alike; nobody takes both.
        later = classes.groupby(["weekday", "type", half_hour]).cumcount().to_numpy()
        return liking - 1e-9 * later + np.stack([noise[cell] for cell in cells], axis=2)


def judge(studio_world, draws=40, seed=0):
    """Judge of a Chain of one studio, `chain.studio(id)`, calibrated to its last real weeks."""
    house, flows, _, crowd, _ = raw.hidden(studio_world)
    t = len(house.months) - 1
    who, days = crowd.paying(t), (house.months[t] + 1).astype("datetime64[D]") - house.months[t].astype("datetime64[D]")
    weekly = 7 / days.astype(int)
    wish = crowd.rate[who] * np.exp(crowd.mood[who, t]) * weekly
    weeks = real_weeks(studio_world)
    held = sum(len(week) for week in weeks) / len(weeks)
    guests = flows["drop_ins"][t] / flows["held"][t] * held
    really = sum(week["attended"].sum() for week in weeks) / len(weeks)
    found = Judge(crowd, who, CLASS_NAMES[house.kind], np.zeros(len(who)), CREDITS[crowd.plan[who]] * weekly, guests,
                  draws, f"{seed}/{studio_world.seed}/{house.studio_id}")  # fmt: skip
    best = np.concatenate([_day_best(found, week) for week in weeks])
    level = (really - guests) / np.minimum(wish, found.credits).sum()
    for _ in range(ROUNDS):
        found.outside = _outside(best, level * wish)
        came = np.mean([found.attended(week).sum(axis=1).mean() for week in weeks])
        level *= (really - guests) / max(came - guests, 1)
    return found


def replay(chain, studio_id, timetables, draws=40, seed=0):
    """Visits in a week under each timetable, by the same people and the same chance.

    chain : Chain, people as in the last month of its history; timetables : dict of name to DataFrame weekday
        ("MO" to "SU"), hour (0 to 24, may be 17.5), class_name (of the studio's kind), max_capacity, and if wished
        min_capacity, below which a class is called off and counts zero; the first is what others are compared with
    Returns DataFrame name, attended (visits a week, mean over draws), difference (to the first), low, high (95 %
    interval of the mean difference, paired by draw), classes.
    Raises ValueError if a timetable is empty, lacks a column, or names a weekday or class there is not.
    """
    judging = judge(chain.studio(studio_id), draws, seed)
    totals = {name: judging.attended(week).sum(axis=1) for name, week in timetables.items()}
    first = next(iter(totals.values()))
    rows = []
    for name, total in totals.items():
        gap = total - first
        reach = 1.96 * gap.std(ddof=1) / np.sqrt(draws)
        rows.append((name, total.mean(), gap.mean(), gap.mean() - reach, gap.mean() + reach, len(timetables[name])))
    return pd.DataFrame(rows, columns=["name", "attended", "difference", "low", "high", "classes"])


def real_weeks(studio_world, weeks=WEEKS):
    """The last whole weeks (Monday to Sunday) as they were held, oldest first.

    studio_world : Chain of one studio. Returns list of DataFrame class_id, weekday, hour, class_name, room_id,
    max_capacity, attended.
    """
    studio = studio_world.studios.iloc[0]
    tables = studio_world.raw(studio["studio_id"])
    sessions, visits = tables["class_sessions"], tables["visits"]
    came = visits.loc[visits["status"] == "attended", "class_id"].value_counts()
    local = sessions["starts_at"].dt.tz_convert(studio["timezone"]).dt.tz_localize(None)
    frame = sessions[["class_id", "class_name", "room_id", "max_capacity"]].assign(
        weekday=np.array(schema.WEEKDAYS)[local.dt.weekday], hour=local.dt.hour + local.dt.minute / 60,
        attended=sessions["class_id"].map(came).fillna(0.0), week=local.dt.to_period("W-SUN").dt.start_time,
    )[~sessions["is_cancelled"].to_numpy(bool)]  # fmt: skip
    end = studio_world.months[-1] + pd.offsets.MonthEnd(0) + pd.Timedelta(days=1)
    monday = end - pd.Timedelta(days=end.weekday())
    return [
        frame[frame["week"] == monday - pd.Timedelta(weeks=back)].drop(columns="week").reset_index(drop=True)
        for back in range(weeks, 0, -1)
    ]


def _day_best(judging, week):
    classes, _, opens = judging._classes(week)
    return np.maximum.reduceat(judging._scores(classes), opens, axis=2)


def _outside(day_best, often):
    """(n,) what the best class of a day must exceed for `often` (n,) visits a week; day_best : (draws, n, days)."""
    draws, n, days = day_best.shape
    ordered = -np.sort(-day_best.transpose(1, 0, 2).reshape(n, draws * days), axis=1)
    place = np.rint(often * draws).astype(int)
    edge = np.take_along_axis(ordered, np.minimum(place, draws * days - 1)[:, None], axis=1)[:, 0]
    return np.where(place >= draws * days, -np.inf, edge)
