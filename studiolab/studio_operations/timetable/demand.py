"""How many would come to a class of some kind on some weekday at some hour, and how sure that is.

Who came, or was counted at the door, is taken apart into factors (`factors`); the level of the coming weeks is a
decayed mean of past weeks. A full class tells only that at least so many wanted to come. Where a kind of class was
never held, its kind, the weekday and the hours beside it tell what they can, and the interval is wider.
Limits: each class is looked at alone, so what a rival at the same hour takes is not in it; the constants were chosen
on head-counts of 2025 and on simulated worlds other than the bench's; no season of the year is known.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats
from scipy.special import gammaincc

from studiolab import schema
from studiolab.studio_operations.timetable import factors

HALF_LIFE, MEMORY = 100.0, 364  # days: how fast what is known of a slot fades, and what is looked at at all
LEVEL_HALF_LIFE, AHEAD = {("week",): 1, ("kind", "week"): 4}, 4  # weeks
CLOSED = 0.35  # a day with less than this share of its weekday's usual count was no usual day
MISS = 0.10
WANTED = ("class_name", "weekday", "hour")


class NobodyCame(ValueError):
    """Nothing is known of demand: nobody came to any class, or was counted, in the year before."""


@dataclass
class Demand:
    """Demand by kind of class (or place), weekday and hour; made by `fit` or `fit_counts`.

    kinds : Index; level, level_variance : (kinds + 1,) of the coming weeks, the last for a kind never seen
    filled : share of the places of a full class on which somebody sits
    """

    factors: factors.Factors
    kinds: pd.Index
    level: np.ndarray
    level_variance: np.ndarray
    filled: float

    def expected(self, wanted):
        """Attendance of classes that might be held in the coming four weeks.

        wanted : DataFrame class_name, weekday ("MO" to "SU"), hour (0 to 23, studio-local); max_capacity (people,
            absent or empty: no limit), min_capacity (people, absent or empty: 0), is_holiday (bool, absent: no),
            drawn (times as many as amid the usual timetable want to come, absent: 1)
        Returns `wanted` with expected (people; a class that fewer than min_capacity want is not held, and counts
            zero), low, high (90 % interval of one such class, not rounded), runs (probability that it is held).
        Raises ValueError if a column is missing, a weekday or an hour is none.
        """
        mean, variance = self._moments(_codes(wanted, self.kinds))
        shape, rate = mean**2 / variance, mean / variance / _numbers(wanted, "drawn", 1)
        places, needed = _numbers(wanted, "max_capacity", np.inf), _numbers(wanted, "min_capacity", 0)
        most, needed = self.filled * places, np.maximum(needed - 0.5, 0)
        runs = gammaincc(shape, needed * rate)
        low, high = (stats.gamma.ppf(p, shape, scale=1 / rate) for p in (MISS / 2, 1 - MISS / 2))
        low, high = np.where(low < most, low, np.floor(most)), np.where(high < most, high, places)
        return wanted.assign(
            expected=_attended(shape, rate, needed, most),
            low=np.where(runs >= 1 - MISS / 2, low, 0.0), high=np.where(runs >= MISS / 2, high, 0.0), runs=runs,
        )  # fmt: skip

    def _moments(self, codes):
        """Mean and variance of the people who want to come, each (n,)."""
        mean, doubt = self.factors.scale * self.level[codes["kind"]], self.level_variance[codes["kind"]]
        for term in factors.TERMS:
            if term not in LEVEL_HALF_LIFE:
                factor, variance = self.factors.of(term, codes)
                mean, doubt = mean * factor, doubt + variance
        return mean, self.factors.phi * mean + (self.factors.v + doubt) * mean**2


def fit(class_sessions, visits, as_of, timezone):
    """Demand of one studio from its timetable so far and who booked.

    class_sessions, visits : tables of `schema`, of one studio; what starts at or after `as_of`, and what was called
        off, is not looked at; as_of : Timestamp with zone; timezone : IANA name of the studio's
    A class full of those who came and those who did not show up tells that at least those who came wanted to come;
    how many waited is not counted, as many of them are found in the next class of the day.
    Where a class has 0 places, how many it has is not known.
    Returns Demand. Raises ValueError if a column is missing, NobodyCame if nobody did to any class in the year before.
    """
    _need(class_sessions, ("class_id", "class_name", "starts_at", "max_capacity", "is_cancelled"), "class_sessions")
    _need(visits, ("class_id", "attended_at", "status"), "visits")
    happened = (class_sessions["starts_at"] < as_of) & class_sessions["is_cancelled"].ne(True).fillna(True)
    held = class_sessions[happened & class_sessions["class_name"].notna()]
    statuses = visits["status"].where(visits["attended_at"] < as_of)
    came, missed = (
        visits["class_id"][statuses == status].value_counts().reindex(held["class_id"]).fillna(0).to_numpy()
        for status in ("attended", "no_show")
    )
    places = _numbers(held, "max_capacity", np.inf)
    places = np.where(places > 0, places, np.inf)
    full = came + missed >= places
    rows = pd.DataFrame({
        "class_name": held["class_name"].to_numpy(), "at": held["starts_at"].dt.tz_convert(timezone).array,
        "count": came, "full": full,
    })  # fmt: skip
    filled = np.minimum(came, places)[full].sum() / places[full].sum() if full.any() else 1.0
    return _fit(rows, as_of, timezone, filled)


def fit_counts(counts, as_of, timezone, holidays=()):
    """Demand of places from plain head-counts: people there at an hour.

    counts : DataFrame place (str), at (instant with zone), count (people, empty while closed); rows at or after
        `as_of` are not looked at; timezone : IANA name; holidays : dates of days unlike their weekday
    Days with hardly anybody are taken for closed. Returns Demand whose `class_name` is the place.
    Raises ValueError if a column is missing, NobodyCame if nobody was counted in the year before.
    """
    _need(counts, ("place", "at", "count"), "counts")
    hours = hourly(counts[counts["at"] < as_of], timezone)
    day = hours["at"].dt.tz_localize(None).dt.normalize()
    total = hours.groupby(["place", day])["count"].transform("sum")
    usual = total.groupby([hours["place"], day.dt.weekday]).transform("median")
    open_days = hours[total >= CLOSED * usual]
    rows = open_days.rename(columns={"place": "class_name"}).assign(full=False)
    rows["holiday"] = day[open_days.index].isin(pd.to_datetime(list(holidays)))
    return _fit(rows, as_of, timezone, 1.0)


def hourly(counts, timezone):
    """Mean of the head-counts within each local hour, DataFrame place, at (start of the hour, local), count.

    counts : as of `fit_counts`; an hour with no count is absent, for nobody knows whether it was open
    """
    known = counts.dropna(subset=["count"])
    hour = known["at"].dt.tz_convert("UTC").dt.floor("h").dt.tz_convert(timezone).rename("at")
    return known.groupby([known["place"], hour])["count"].mean().reset_index()


# parts --------------------------------------------------------------------------------------------
def _fit(rows, as_of, timezone, filled):
    age = (as_of - rows["at"]).dt.total_seconds().to_numpy() / 86400
    rows, age = rows[age <= MEMORY], age[age <= MEMORY]
    if not rows["count"].sum():
        raise NobodyCame(f"{len(rows)} classes or hours in the {MEMORY} days before {as_of} and nobody in any; "
                         "expected somebody: import visits, or ask for a later moment")  # fmt: skip
    kinds = pd.Index(sorted(rows["class_name"].unique()))
    codes = {
        "kind": kinds.get_indexer(rows["class_name"]), "weekday": rows["at"].dt.weekday.to_numpy(),
        "hour": rows["at"].dt.hour.to_numpy(), "week": (age // 7).astype(int),
        "holiday": rows.get("holiday", pd.Series(False, rows.index)).to_numpy(int),
    }  # fmt: skip
    sizes = {"kind": len(kinds), "weekday": 7, "hour": 24, "week": int(age.max() // 7) + 1, "holiday": 2}
    found = factors.fit(codes, sizes, rows["count"].to_numpy(float), rows["full"].to_numpy(), 0.5 ** (age / HALF_LIFE))
    (common, doubt), (own, own_doubt) = (_ahead(found, term) for term in LEVEL_HALF_LIFE)
    level = np.append(common + own, common)
    return Demand(found, kinds, np.exp(level), np.full(len(level), doubt + own_doubt), filled)


def _ahead(found, term):
    """Log level of the coming weeks, a decayed mean of past ones, and its mean square error up to AHEAD weeks on."""
    logs, half_life = np.log(found.factor[term]), LEVEL_HALF_LIFE[term]
    known = 1 - found.variance[term] / found.prior[term]
    starts = range(AHEAD, logs.shape[-1] - AHEAD)
    told = [_decayed(logs[..., start:], known[..., start:], half_life)[..., None] for start in starts]
    errors = [logs[..., start - AHEAD : start] - level for start, level in zip(starts, told, strict=True)]
    return _decayed(logs, known, half_life), np.square(errors).mean() if errors else found.prior[term]


def _decayed(logs, known, half_life):
    weight = known * 0.5 ** (np.arange(logs.shape[-1]) / half_life)
    return (logs * weight).sum(axis=-1) / np.maximum(weight.sum(axis=-1), 1e-9)


def _attended(shape, rate, needed, most):
    """Mean of min(D, most) where D >= needed, else zero; D is a gamma of this shape and rate, most may be infinite."""
    limited, needed = np.isfinite(most), needed * rate
    limit = np.maximum(np.where(limited, most, 0) * rate, needed)
    below = np.where(limited, gammaincc(shape + 1, needed) - gammaincc(shape + 1, limit), gammaincc(shape + 1, needed))
    return shape / rate * below + np.where(limited, most, 0) * gammaincc(shape, limit)


def _codes(wanted, kinds):
    _need(wanted, WANTED, "wanted classes")
    weekday = pd.Index(schema.WEEKDAYS).get_indexer(wanted["weekday"])
    hour = wanted["hour"].to_numpy()
    for name, wrong in (("weekday", weekday < 0), ("hour", ~np.isin(hour, range(24)))):
        if wrong.any():
            raise ValueError(f"row {wanted.index[wrong.argmax()]}: {name} {wanted[name].tolist()[wrong.argmax()]!r}; "
                             f"expected {'MO to SU' if name == 'weekday' else 'a whole number 0 to 23'}")  # fmt: skip
    holiday = wanted["is_holiday"].to_numpy(int) if "is_holiday" in wanted else np.zeros(len(wanted), int)
    return {"kind": kinds.get_indexer(wanted["class_name"]), "weekday": weekday, "hour": hour.astype(int),
            "holiday": holiday}  # fmt: skip


def _need(table, columns, name):
    missing = [column for column in columns if column not in table]
    if missing:
        raise ValueError(f"{name}: columns {missing} are missing; expected {list(columns)}")


def _numbers(table, column, empty):
    if column not in table:
        return np.full(len(table), float(empty))
    return table[column].astype("float64").fillna(empty).to_numpy()
