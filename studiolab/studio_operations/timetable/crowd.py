"""Who would come to which class of a week: what a class takes from the others of its day.

Each client takes one class of a day or none, after tastes that `tastes` reads off the past year; how often each comes
is read off the last weeks. So classes of one evening share their people, and a class that moves to an empty morning
finds those who like mornings.
Nobody comes more often than in the busiest four weeks of the past year, or than usually if that is more: plans and
lives have their limits, which no timetable lifts.
Limits: a class that was full is not told from one that was not liked; who has not come for twelve weeks is gone, and
nobody new comes.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from studiolab.studio_operations.timetable import tastes

MEMORY, TASTE_HALF_LIFE = 364, 364.0  # days that tastes are read off, and how fast what is known of them fades
ACTIVE, RATE_HALF_LIFE = 84, 60.0  # days: who counts as a client, and how often each comes
USUAL = 28  # days whose timetable is the usual one
MOST = 1_000_000  # clients times classes of days that differ; beyond it every second, third, ... client stands for all
WEEK = 7 * 24


@dataclass
class Crowd:
    """The clients of a studio and what they like; made by `fit`.

    kinds : Index of class names; common : (kinds + 1, 7, 24) pull of a class on everybody, the last of a kind never
    seen; kind : (people, kinds + 1) how much more or less it pulls at each person, who comes often or seldom; weekday,
    hour : (people, 7), (people, 24) the same; usual : (kinds + 1, 7, 24) share of the last four weeks in which such a
    class was held; most : (people,) visits a week in the busiest four weeks
    """

    kinds: pd.Index
    common: np.ndarray
    kind: np.ndarray
    weekday: np.ndarray
    hour: np.ndarray
    usual: np.ndarray
    most: np.ndarray

    def pull(self, kind, weekday, hour):
        """(people, n) pull of classes at each person; kind, weekday, hour : (n,) whole numbers, kind -1 never seen."""
        own = self.kind[:, kind] * self.weekday[:, weekday] * self.hour[:, hour]
        return own * self.common[kind, weekday, hour]

    @cached_property
    def usually(self):
        """(people, 7) sum of the pulls of a usual day's classes."""
        held = np.nonzero(self.usual)
        pulls, found = self.pull(*held) * self.usual[held], np.zeros((len(self.kind), 7))
        for day in range(7):
            found[:, day] = pulls[:, held[1] == day].sum(axis=1)
        return found

    def _itself(self, kind, pull, weekday, hour):
        """(people, slots) pull of the class that would be in each slot on a usual day: the one that is held there, else
        one of its name that is held that day and would have moved there.

        pull : (people, slots) of such a class there
        """
        every, held = np.arange(24), self.usual[kind]
        ones = np.stack([(self.pull(np.full(24, kind), np.full(24, day), every) * held[day]).sum(axis=1)
                         for day in range(7)], axis=1)  # fmt: skip
        ones /= np.maximum(held.sum(axis=1), 1)
        there = held[weekday, hour]
        return there * pull + (1 - there) * ones[:, weekday]

    def amid(self, names, weekday, hour, at):
        """What each class draws in each slot amid the other classes of a week.

        names : (classes,) class names; weekday, hour : (slots,) whole numbers; at : (classes,) slot of the week in
            which each class is, below 0 where it has none
        Returns drawn (classes, slots): people, beside what such a class there draws amid the usual timetable; new
        (classes, slots): share of those who would come to no other class of that day. Classes of one name in one slot
        share their people; another of them brings nobody new.
        """
        kinds, held = self.kinds.get_indexer(names), {}
        for c in np.flatnonzero(at >= 0):
            held.setdefault((kinds[c], at[c]), []).append(c)
        there = np.zeros((len(self.kind), 7))
        pulls = {kind: self.pull(np.full(len(hour), kind), weekday, hour) for kind in np.unique(kinds)}
        for kind, slot in held:
            there[:, weekday[slot]] += pulls[kind][:, slot]
        often, most = _visits(there), np.maximum(self.most, _visits(self.usually))
        comes = np.minimum(1, most / np.maximum(often, 1e-12))
        drawn, new = np.zeros((2, len(names), len(hour)))
        for kind, pull in pulls.items():
            alike = np.array([len(held.get((kind, slot), ())) for slot in range(len(hour))])
            rest = self.usually[:, weekday] - self._itself(kind, pull, weekday, hour)
            of_kind = np.flatnonzero(kinds == kind)
            drawn[of_kind], new[of_kind] = _drawn(pull, there[:, weekday], alike, comes)
            for c in of_kind[at[of_kind] >= 0]:
                day, others = np.flatnonzero(weekday == weekday[at[c]]), alike.copy()
                others[at[c]] -= 1
                rivals = there[:, weekday[day]] - (others[at[c]] == 0) * pull[:, at[c], None]
                drawn[c, day], new[c, day] = _drawn(pull[:, day], rivals, others[day], comes)
            drawn[of_kind] /= (pull / (1 + rest + pull)).sum(axis=0)
        return drawn, new


def _drawn(pull, there, alike, comes):
    """People drawn and the share of them who are new, each (slots,).

    pull, there : (people, slots), of the class and of the others that day; alike : (slots,) others of its name there
    comes : (people,) share of the wished visits that each has time for
    """
    wish = pull / (1 + there + np.where(alike, 0.0, pull))
    new = np.where(alike, 0.0, wish / (1 + there)).sum(axis=0) / wish.sum(axis=0)
    return comes @ wish / (1 + alike), new


def _visits(there):
    """(people,) wished visits a week; there : (people, 7) sums of the pulls of each day's classes."""
    return (there / (1 + there)).sum(axis=1)


def fit(class_sessions, visits, as_of, timezone):
    """The Crowd of one studio from its timetable so far and who booked.

    class_sessions, visits : tables of `schema`, of one studio; what starts at or after `as_of`, and what was called
        off, is not looked at; as_of : Timestamp with zone; timezone : IANA name of the studio's
    Returns Crowd, or None where nobody came in the twelve weeks before.
    """
    kinds, held, came = _past(class_sessions, visits, as_of, timezone)
    people = pd.Index(sorted(came.loc[came["age"] <= ACTIVE, "member_id"].unique()))
    if people.empty:
        return None
    offers, set_of = _offers(held, len(kinds))
    people = people[:: -(-len(people) * len(offers.kind) // MOST)]
    came = came[came["member_id"].isin(people)]
    at = people.get_indexer(came["member_id"]), _index(offers, set_of, came)
    most = came.groupby(["member_id", came["age"] // 28]).size().groupby("member_id").max()[people].to_numpy() / 4
    first, ages = came.groupby("member_id")["age"].max()[people].to_numpy(), set_of.index.to_numpy()

    def weighed(half_life, until):
        """(people, sets) of the days offered, (people, e) of the classes taken."""
        weight = np.where(ages <= until, 0.5 ** (ages / half_life), 0.0)
        days = np.zeros((len(people), len(offers.first)))
        np.add.at(days.T, set_of.to_numpy(), ((first[:, None] >= ages) * weight).T)
        taken = np.zeros((len(people), len(offers.kind)))
        np.add.at(taken, at, np.where(came["age"] <= until, 0.5 ** (came["age"] / half_life), 0.0))
        return days, taken

    weight = 0.5 ** (came["age"] / TASTE_HALF_LIFE)
    every, own = tastes.fit(offers, *weighed(TASTE_HALF_LIFE, MEMORY), (weight**2).sum() / weight.sum())
    own["rate"] = tastes.rates(offers, *weighed(RATE_HALF_LIFE, ACTIVE), every, own)
    common = every["kind"][:, None, None] * every["weekday"][:, None] * every["hour"]
    common = common * every["weekday", "hour"].reshape(7, 24)
    never = common.mean(axis=0, keepdims=True)
    return Crowd(
        kinds, np.concatenate([common, never]), np.pad(own["kind"], ((0, 0), (0, 1)), constant_values=1) * own["rate"],
        own["weekday"], own["hour"], _usual(held, len(kinds)), most,
    )  # fmt: skip


# parts --------------------------------------------------------------------------------------------
def _past(class_sessions, visits, as_of, timezone):
    """Index of class names, and DataFrames of classes held and who came: age, whole days before `as_of`, cell."""
    happened = (class_sessions["starts_at"] < as_of) & class_sessions["is_cancelled"].ne(True).fillna(True)
    held = class_sessions[happened & class_sessions["class_name"].notna()]
    local = held["starts_at"].dt.tz_convert(timezone)
    age = (as_of.tz_convert(timezone).tz_localize(None).normalize() - local.dt.tz_localize(None).dt.normalize()).dt.days
    kinds = pd.Index(sorted(held.loc[age <= MEMORY, "class_name"].unique()))
    cell = kinds.get_indexer(held["class_name"]) * WEEK + local.dt.weekday * 24 + local.dt.hour
    held = held[["class_id"]].assign(age=age, cell=cell)[age <= MEMORY]
    came = visits.loc[visits["status"] == "attended", ["class_id", "member_id"]].dropna().drop_duplicates()
    # One is in one class at a time: a schedule imported twice must not make a client come twice as often as can be.
    return kinds, held, came.merge(held, on="class_id").drop_duplicates(["member_id", "age", "cell"])


def _offers(held, kinds):
    """`tastes.Offers` of the days that differ, and the set of each day, Series by age."""
    cells = held.groupby("age")["cell"].agg(lambda cells: tuple(sorted(set(cells))))
    known = {cells: number for number, cells in enumerate(sorted(set(cells)))}
    sizes = np.array([len(one) for one in known])
    kind, moment = np.divmod(np.concatenate([np.array(one) for one in known]), WEEK)
    offers = tastes.Offers(np.cumsum(sizes) - sizes, np.repeat(np.arange(len(sizes)), sizes), kind,
                           *np.divmod(moment, 24), kinds)  # fmt: skip
    return offers, cells.map(known.get)


def _index(offers, set_of, taken):
    """(n,) which class of the offers each row took; taken : DataFrame age, cell."""
    cell = offers.kind * WEEK + offers.weekday * 24 + offers.hour
    known = pd.MultiIndex.from_arrays([offers.set_of, cell])
    return known.get_indexer(pd.MultiIndex.from_arrays([taken["age"].map(set_of), taken["cell"]]))


def _usual(held, kinds):
    """(kinds + 1, 7, 24) share of the weeks of late in which a class was held; at most one."""
    late = held[held["age"] <= USUAL]
    found = np.bincount(late["cell"], minlength=(kinds + 1) * WEEK) / (USUAL / 7)
    return np.minimum(found, 1.0).reshape(kinds + 1, 7, 24)
