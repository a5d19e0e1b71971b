"""One studio's desk: the eight for a client, why each of them, and why not another."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from studiolab.class_recommender import behaviour, schedule, slate
from studiolab.class_recommender.behaviour import HORIZON_DAYS, TASTES, WEIGHTS

SHOWN = ("class_id", "starts_at", "ends_at", "date", "weekday", "time_of_day", "class_name", "upper_focus",
         "lower_focus", "instructor_id")  # fmt: skip
COLUMNS = ("rank", *SHOWN, "place", "plan_label", "fit", *WEIGHTS, "reason", "whose", "source")
BATCH = 2_000  # clients scored at once; keeps memory flat
SAID = {
    "kind": "{share:.0%} of {whose} visits were {it}",
    "upper": "{share:.0%} of {whose} visits worked the {it}",
    "lower": "{share:.0%} of {whose} visits worked the {it}",
    "time": "{share:.0%} of {whose} visits were in the {it}",
    "day": "{share:.0%} of {whose} visits were on a {it}",
}
FORCED = 1e3
LONG_AGO = pd.Timedelta(days=36_500)  # a visit before is a mistyped year, and its age overflows
OFTEN_FULL = 0.5  # share of the last weeks in which a class was full that is worth a word
NOWHERE = np.array([], dtype=np.intp)
NAMED = {"kind": "the kind of class", "upper": "the upper focus", "lower": "the lower focus", "time": "the time of day",
         "day": "the weekday", "freshness": "being sooner"}  # fmt: skip


@dataclass
class Recommendation:
    """rows : list of dicts of COLUMNS, in order of date, `rank` 1 is the best fit; fewer : why there are less than
    were asked for, empty where there are enough; rhythm : usual days between the client's visits; source :
    "behaviour", or "studio" where the client never came and the studio's habits stand in."""

    client_id: str
    as_of: pd.Timestamp
    rows: list
    fewer: str
    rhythm: float
    source: str


class Desk:
    """What a studio knows at one moment, ready for questions; nothing after `as_of` is looked at but the schedule."""

    def __init__(self, visits, sessions, as_of, timezone="UTC", credits=None, weights=WEIGHTS, horizon=HORIZON_DAYS):
        """visits, sessions : tables `visits` and `class_sessions` of one studio, past and to come
        as_of : Timestamp, UTC; timezone : of the studio, IANA; horizon : days ahead that are offered
        credits : Series of classes a month by member_id, NaN for unlimited; who is not in it has no known plan
        Where the studio has no class after `as_of`, its last weeks are taken to go on (`schedule` says so).
        weights : dict by WEIGHTS that adds to 1. Raises ValueError for weights that do not.
        """
        if set(weights) != set(WEIGHTS) or abs(sum(weights.values()) - 1) > 1e-9:
            raise ValueError(f"weights: got {weights}; expected {', '.join(WEIGHTS)}, adding to 1")
        self.as_of, self.timezone, self.weights, self.horizon = as_of, timezone, weights, horizon
        self.credits = pd.Series(dtype="float64") if credits is None else credits
        visits = visits[visits["attended_at"] > as_of - LONG_AGO]
        self.schedule, self.schedule_note = "published", ""
        if not (sessions["starts_at"] > as_of).any():
            self.schedule, sessions = "assumed", schedule.continued(sessions, as_of, timezone, horizon)
        classes = behaviour.described(sessions, timezone)
        if "often_full" not in classes:
            classes["often_full"] = schedule.often_full(classes, as_of)
        focus = [c for c in ("upper_focus", "lower_focus") if c in classes and c not in visits]
        about = classes.set_index("class_id")[focus]
        self.visits = behaviour.described(visits, timezone).join(about, on="class_id")
        self._places = self.visits.groupby("member_id").indices
        self.tastes = behaviour.tastes(self.visits, as_of)
        self.sessions = classes.set_index("class_id", drop=False)
        ahead = (classes["starts_at"] > as_of) & (classes["starts_at"] <= as_of + pd.Timedelta(days=horizon))
        self.slate = classes[ahead & ~classes["is_cancelled"].fillna(False).astype(bool)]
        self.slate = self.slate.sort_values(["starts_at", "class_id"], ignore_index=True).reindex(
            columns=dict.fromkeys([*self.slate, *SHOWN])
        )
        self.columns = behaviour.places(self.tastes, self.slate)
        self.fresh = behaviour.freshness(self.slate, as_of, horizon)
        known = self.slate[list(SHOWN)].astype(object)
        self.shown = known.where(known.notna(), None).to_dict("list")
        self.often_full = self.slate["often_full"].to_numpy(float)
        self.full = (self.slate["booked"] >= self.slate["max_capacity"]).fillna(False).to_numpy(bool)
        self.today = as_of.tz_convert(timezone).tz_localize(None).normalize()
        dates, self.date_of = np.unique(self.slate["date"].to_numpy(), return_inverse=True)
        self.days = (dates - self.today.to_datetime64()).astype("timedelta64[D]").astype(int)
        self._of_clients()

    def _of_clients(self):
        """Rhythm, days since the last visit, dates already booked, and classes used in each month."""
        clients, visits = self.tastes.clients, self.visits
        self.rhythm = behaviour.rhythm(visits, self.as_of, clients)
        came = visits[(visits["status"] == "attended") & (visits["attended_at"] < self.as_of)]
        last = came.groupby("member_id")["date"].max().reindex(clients)
        self.since = np.append((self.today - last).dt.days.to_numpy(float), np.inf)
        self.booked = visits[(visits["status"] == "booked") & (visits["attended_at"] >= self.as_of)]
        used = pd.concat([came, self.booked])
        months = used["date"].dt.strftime("%Y-%m")
        self.used = used.groupby([used["member_id"], months]).size().to_dict()
        self.taken = {client: set(dates) for client, dates in self.booked.groupby("member_id")["date"]}
        self.credits_of = self.credits.to_dict()

    # the eight ----------------------------------------------------------------------------------
    def recommend(self, client_id, size=slate.EIGHT):
        """`Recommendation` of up to `size` classes; for who never came, after the habits of the whole studio."""
        row, one = self._row(client_id)
        found = self._parts(one)
        worth, which = slate.best_of_dates(self._value([client_id], found), self.date_of)
        chosen, _ = self._choose(one, worth, size)
        picked = which[0, chosen[0][chosen[0] >= 0]]
        source = "behaviour" if row >= 0 else "studio"
        rows = self._rows(client_id, picked, found, source)
        fewer = self._why_fewer(len(rows), size, worth, row)
        return Recommendation(client_id, self.as_of, rows, fewer, float(self.rhythm[row]), source)

    def described(self, client_id, class_ids):
        """Rows as of `recommend` for these classes of `slate`, were the client to book all of them.

        Raises ValueError for a class that is not among the coming ones.
        """
        row, one = self._row(client_id)
        picked = pd.Index(self.slate["class_id"]).get_indexer(list(class_ids))
        if (picked < 0).any():
            raise ValueError(f"class {list(class_ids)[picked.argmin()]!r} is not among the coming classes")
        return self._rows(client_id, np.sort(picked), self._parts(one), "behaviour" if row >= 0 else "studio")

    def everyone(self, clients=None, size=slate.EIGHT):
        """Iterator of (clients, classes) for BATCH clients at a time: ids, and (clients, size) indices of
        `self.slate`, -1 where a set is smaller. clients : ids, all who ever came by default."""
        clients = self.tastes.clients if clients is None else pd.Index(clients)
        for first in range(0, len(clients), BATCH):
            ids = clients[first : first + BATCH]
            rows = self.tastes.clients.get_indexer(ids)
            worth, which = slate.best_of_dates(self._value(ids, self._parts(rows)), self.date_of)
            chosen, _ = self._choose(rows, worth, size)
            yield ids, np.where(chosen >= 0, np.take_along_axis(which, np.maximum(chosen, 0), axis=1), -1)

    def why_not(self, client_id, class_id, size=slate.EIGHT):
        """A sentence on why a class is not among the eight, or that it is. Raises ValueError for an unknown class."""
        if class_id not in self.sessions.index:
            raise ValueError(f"class {class_id!r} is not in the schedule of this studio")
        outside = self._outside(client_id, self.sessions.loc[class_id])
        if outside:
            return outside
        _, one = self._row(client_id)
        found = self._parts(one)
        value = self._value([client_id], found)
        worth, which = slate.best_of_dates(value, self.date_of)
        chosen, best = self._choose(one, worth, size)
        at = int(np.flatnonzero(self.slate["class_id"] == class_id)[0])
        picked = which[0, chosen[0][chosen[0] >= 0]]
        if at in picked:
            return "It is among them."
        date = self.date_of[at]
        if which[0, date] != at:
            return self._better_that_day(int(which[0, date]), at, found, value)
        return self._too_many(worth, date, one, chosen[0], best[0], size)

    # parts --------------------------------------------------------------------------------------
    def own(self, client_id):
        """Positions of a client's rows in `visits`, rising."""
        return self._places.get(client_id, NOWHERE)

    def _row(self, client_id):
        """Index of a client, -1 for who never came; and the same as an array of one."""
        clients = self.tastes.clients
        row = clients.get_loc(client_id) if client_id in clients else -1
        return row, np.array([row])

    def _parts(self, rows):
        return behaviour.parts(self.tastes, rows, self.columns, self.fresh, self.weights)

    def _value(self, clients, found):
        """(clients, classes) fit less what a full or often full class costs; -inf on dates the client has booked."""
        value = behaviour.fit_score(found) - self.scarce
        for place, client in enumerate(clients if self.taken else ()):
            if client in self.taken:
                value[place, self.slate["date"].isin(self.taken[client]).to_numpy()] = -np.inf
        return value

    def _choose(self, rows, worth, size):
        return slate.best_sets(worth, self.days, self.rhythm[rows], self.since[rows], size)

    def _rows(self, client_id, picked, found, source):
        fit = behaviour.fit_score(found)[0]
        place = {at: rank for rank, at in enumerate(sorted(picked, key=lambda at: (-fit[at], at)), 1)}
        labels = self._plan_labels(client_id, [self.shown["date"][at] for at in picked])
        rows = []
        for at, label in zip(picked, labels, strict=True):
            row = {column: values[at] for column, values in self.shown.items()}
            row |= {part: float(found[part][0, at]) for part in WEIGHTS}
            row |= {"rank": place[at], "fit": float(fit[at]), "plan_label": label, "source": source,
                    "whose": "recent" if source == "behaviour" else "the studio's",
                    "place": self._place(at)}  # fmt: skip
            rows.append(row | {"reason": self._reason(row)})
        return rows

    @property
    def scarce(self):
        """(classes,) fit that each class is worth less because a place in it is hard to get."""
        return np.where(self.full, slate.FULL, slate.OFTEN * self.often_full)

    def _place(self, at):
        if self.full[at]:
            return "waiting list"
        return "often full, book early" if self.often_full[at] >= OFTEN_FULL else "open"

    def _plan_labels(self, client_id, dates):
        """What each class does to the client's plan, were all of them booked."""
        if client_id not in self.credits_of:
            return ["no plan known"] * len(dates)
        credits, labels, added = self.credits_of[client_id], [], {}
        for month in (f"{date:%Y-%m}" for date in dates):
            added[month] = added.get(month, self.used.get((client_id, month), 0)) + 1
            if np.isnan(credits):
                labels.append("in plan, unlimited")
            elif added[month] <= credits:
                labels.append(f"in plan, credit {added[month]} of {credits:.0f}")
            else:
                labels.append(f"above plan, class {added[month]} of {credits:.0f}")
        return labels

    def because(self, part, row):
        """What a part of a row's fit score says; row : dict of COLUMNS."""
        if part == "freshness":
            days = (row["date"] - self.today).days
            return "today" if not days else "tomorrow" if days == 1 else f"in {days} days"
        if row[TASTES[part]] is None:
            return "not known of this class"
        if not self.weights[part]:
            return "counts nothing here"
        return SAID[part].format(share=row[part] / self.weights[part], it=row[TASTES[part]], whose=row["whose"])

    def _reason(self, row):
        """The two parts that add most, in words."""
        most = sorted((part for part in TASTES if row[part] > 0), key=lambda part: -row[part])[:2]
        return "; ".join(self.because(part, row) for part in most) or "unlike any class so far"

    def _why_fewer(self, found, size, worth, row):
        dates = int(np.isfinite(worth).sum())
        if found >= size:
            return ""
        if not dates:
            return f"No class can be booked in the next {self.horizon} days; bring the coming schedule."
        if dates <= found:
            return (
                f"Only {dates} dates of the next {self.horizon} days have a class to offer, and one a date is offered."
            )
        return f"More than {found} would crowd a client who comes every {self.rhythm[row]:.0f} days."

    # why not ------------------------------------------------------------------------------------
    def _outside(self, client_id, session):
        """Why a class is not in the slate at all, or None."""
        if session["starts_at"] <= self.as_of:
            return "It has begun already."
        if pd.notna(session["is_cancelled"]) and session["is_cancelled"]:
            return "It is cancelled."
        if session["starts_at"] > self.as_of + pd.Timedelta(days=self.horizon):
            return f"It is more than {self.horizon} days ahead."
        if session["date"] in self.taken.get(client_id, ()):
            return f"The client has booked a class on {session['date']:%A, %d %B} already."
        return None

    def _better_that_day(self, better, at, found, value):
        """One class a date is offered, and another is worth more: by how much, and most of all by what."""
        gaps = {part: found[part][0, better] - found[part][0, at] for part in WEIGHTS}
        gaps["a free place"] = self.scarce[at] - self.scarce[better]
        lead, first = value[0, better] - value[0, at], self.slate.iloc[better]
        if round(lead, 3) <= 0:
            return f"One class a date is offered, and {self._named(first)} is worth the same."
        most = max(gaps, key=gaps.get)
        words = NAMED.get(most, most)
        return f"One class a date is offered, and {self._named(first)} fits better by {lead:.3f}, most by {words}."

    def _too_many(self, worth, date, one, chosen, best, size):
        """The best set that holds this date, and what it would lose against the eight."""
        forced = worth.copy()
        forced[0, date] += FORCED
        other, value = self._choose(one, forced, size)
        loss = best - (value[0] - FORCED)
        out = sorted(set(chosen[chosen >= 0]) - set(other[0]))
        gone = [
            f"{pd.Timestamp(self.slate['date'].to_numpy()[np.searchsorted(self.date_of, d)]):%A, %d %B}" for d in out
        ]
        instead = f", without {' and '.join(gone)}" if gone else ""
        return f"The best set with it is worth {loss:.3f} less{instead}."

    def _named(self, session):
        start = session["starts_at"].tz_convert(self.timezone)
        return f"{session['class_name'] or 'a class'} at {start:%H:%M}"
