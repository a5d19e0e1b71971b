"""The behaviour model: what a client likes, read off the classes they came to; S0 "Frequency-based model".

A fit score is the exact sum of six parts: the client's share of visits, recent ones counting more,
with this kind of class, upper and lower focus, time of day and weekday, each times its published
weight, and freshness for a class soon (A-21 to A-25, K0.1). Only signed-in visits count (K0.16),
and nothing after `as_of` is seen (K0.6).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import minimize, minimize_scalar

TASTES = {"kind": "class_name", "upper": "upper_focus", "lower": "lower_focus", "time": "time_of_day", "day": "weekday"}
WEIGHTS = {"kind": 0.35, "upper": 0.15, "lower": 0.15, "time": 0.20, "day": 0.10, "freshness": 0.05}
DECAY_DAYS = 45.0
DIGITS = 6
UNKNOWN_RHYTHM = 3.5
FIT_WEEKS = 26
FEWEST_CHOICES = 100
WITHIN_A_DATE = ["kind", "upper", "lower", "time"]  # what classes of one date differ by
PULL = 0.01  # of the published weights on fitted ones, in log-likelihood
HORIZON_DAYS = 28
BUCKETS = {"early morning": 9, "morning": 12, "afternoon": 16, "evening": 24}  # the hour each ends before
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass
class Tastes:
    """What clients like: `shares[taste]` is (clients + 1, values), each row adding to 1, or to 0 where nothing is
    known; the last row, which index -1 finds, is the whole studio's, for who never came. `values[taste]` names the
    columns. Tastes are those of TASTES, part to column."""

    clients: pd.Index
    shares: dict
    values: dict


def described(classes, timezone):
    """`classes` (tables class_sessions or visits) with date, time_of_day, weekday and clock (minutes) at the studio.

    timezone : IANA zone; the column starts_at, else attended_at, is the start, UTC
    """
    start = classes["starts_at" if "starts_at" in classes else "attended_at"].dt.tz_convert(timezone)
    bucket = np.searchsorted(list(BUCKETS.values()), start.dt.hour, side="right")
    return classes.assign(
        date=start.dt.tz_localize(None).dt.normalize(),
        time_of_day=np.array(list(BUCKETS), dtype=object)[bucket],
        weekday=np.array(WEEKDAYS, dtype=object)[start.dt.weekday],
        clock=start.dt.hour * 60 + start.dt.minute,
    )


def tastes(visits, as_of, clients=None):
    """`Tastes` of each client from their signed-in visits before `as_of`.

    visits : `described` table visits with the columns TASTES names, status and member_id; as_of : Timestamp, UTC
    clients : ids in the order wanted, everyone who came by default; who never came has shares of 0
    """
    came = visits[(visits["status"] == "attended") & (visits["attended_at"] < as_of)]
    clients = pd.Index(came["member_id"].unique() if clients is None else clients)
    row = clients.get_indexer(came["member_id"])
    came, row = came[row >= 0], row[row >= 0]
    age = (as_of - came["attended_at"]).dt.total_seconds().to_numpy() / 86_400
    recent = np.exp(-age / DECAY_DAYS)
    shares, values = {}, {}
    for taste, column in TASTES.items():
        code, values[taste] = pd.factorize(came[column]) if column in came else (np.full(len(came), -1), pd.Index([]))
        known, width = code >= 0, len(values[taste])
        total = np.bincount(row[known] * width + code[known], recent[known], len(clients) * width)
        total = total.reshape(len(clients), width)
        total = np.vstack([total, np.bincount(code[known], recent[known], width)])
        # Summed visit by visit, so that others' classes do not change the last digit of a client's shares.
        by = ((row[known], len(clients)), (0 * row[known], 1))
        weight = np.concatenate([np.bincount(at, recent[known], n) for at, n in by])
        shares[taste] = total / np.maximum(weight[:, None], 1e-300)
    return Tastes(clients, shares, values)


def places(known, slate):
    """dict of taste to (classes,) column of `known.shares`, -1 for a value nobody came to.

    known : Tastes; slate : `described` table class_sessions
    """
    nowhere = np.full(len(slate), -1)
    return {
        taste: known.values[taste].get_indexer(slate[column]) if column in slate else nowhere
        for taste, column in TASTES.items()
    }


def freshness(slate, as_of, horizon):
    """(classes,) from 1 for a class now to 0 for one `horizon` days ahead."""
    days = (slate["starts_at"] - as_of).dt.total_seconds().to_numpy() / 86_400
    return np.clip(1 - days / horizon, 0, 1)


def parts(known, rows, columns, fresh, weights=WEIGHTS):
    """dict of part to (clients, classes): what each taste and freshness add to the fit score, DIGITS decimals.

    known : Tastes; rows : (clients,) indices of known.clients, -1 for who never came; columns : as of `places`;
    fresh : as of `freshness`
    """
    found = {}
    for taste, column in columns.items():
        share = known.shares[taste][rows]
        share = np.concatenate([share, np.zeros((len(share), 1))], axis=1)
        found[taste] = np.round(weights[taste] * share[:, column], DIGITS)
    fresh = np.round(weights["freshness"] * fresh, DIGITS)
    return found | {"freshness": np.broadcast_to(fresh, (len(rows), len(fresh)))}


def fit_score(found):
    """(clients, classes) sum of `parts`: these have DIGITS decimals, so a reader's sum is the same number."""
    return np.round(sum(found[part] for part in WEIGHTS), DIGITS)


def rhythm(visits, as_of, clients):
    """(clients + 1,) usual days between visits: the median gap of the last 15 visit dates before `as_of`, at least 1.

    Who came on fewer than three dates gets 3.5 days, twice a week, as does the last entry, for who never came.
    """
    came = visits[(visits["status"] == "attended") & (visits["attended_at"] < as_of)]
    dates = came[["member_id", "date"]].drop_duplicates().sort_values(["member_id", "date"])
    dates = dates.groupby("member_id").tail(15)
    gap = dates.groupby("member_id")["date"].diff().dt.days.dropna()
    usual = gap.groupby(dates["member_id"]).agg(["median", "size"])
    usual = usual["median"][usual["size"] >= 2].reindex(clients)
    return np.append(np.maximum(usual.fillna(UNKNOWN_RHYTHM).to_numpy(), 1.0), UNKNOWN_RHYTHM)


# weights learned from past choices ----------------------------------------------------------------
@dataclass
class Choices:
    """Signed-in visits as choices among the classes of their date. offered : DataFrame, a row a choice and a class:
    `choice` its number, rising, member_id, class_id, `chosen`, and by part of WEIGHTS what it would add at weight 1."""

    offered: pd.DataFrame

    def __len__(self):
        return int(self.offered["chosen"].sum())

    def log_likelihood(self, weights, scale):
        """Sum over choices of log softmax of `scale` times the fit score under `weights`, not rounded."""
        value = scale * (self.offered[list(weights)] @ np.array(list(weights.values()))).to_numpy()
        return _softmax(value, *self._groups())[0]

    def _groups(self):
        choice = self.offered["choice"].to_numpy()
        return np.flatnonzero(np.diff(choice, prepend=-1)), self.offered["chosen"].to_numpy(bool)


def choices(visits, sessions, as_of, timezone, weeks=FIT_WEEKS):
    """`Choices` of the last `weeks` weeks before `as_of`; tastes are those at the start of each week (K0.6).

    visits, sessions : tables visits and class_sessions of one studio; as_of : Timestamp, UTC; timezone : IANA
    Left out: dates of a single class, and clients who had never come when the week began.
    """
    classes = described(sessions[sessions["starts_at"] < as_of], timezone)
    classes = classes[~classes["is_cancelled"].fillna(False).astype(bool)].sort_values(["starts_at", "class_id"])
    about = classes.set_index("class_id")[[c for c in ("upper_focus", "lower_focus") if c in classes]]
    visits = described(visits[visits["attended_at"] < as_of], timezone).join(about, on="class_id")
    starts = [as_of - pd.Timedelta(weeks=back) for back in range(weeks, 0, -1)]
    found = [_of_week(visits, classes, start) for start in starts]
    offered = pd.concat([frame for frame in found if len(frame)] or found[:1], ignore_index=True)
    return Choices(offered.assign(choice=offered.groupby(["week", "choice"], sort=False).ngroup()))


def fit_weights(visits, sessions, as_of, timezone, weeks=FIT_WEEKS):
    """Weights like WEIGHTS that make the studio's own past choices likeliest: conditional logit, McFadden 1974.

    Arguments as of `choices`. Those of weekday and freshness stay as published, as classes of one date share them.
    A slight pull towards WEIGHTS decides what the choices do not; WEIGHTS themselves are handed back below
    FEWEST_CHOICES. Returns dict, none negative, 4 decimals, adding to 1; never less likely than WEIGHTS at any
    scale, but for the rounding.
    """
    past = choices(visits, sessions, as_of, timezone, weeks)
    return fitted(past) if len(past) >= FEWEST_CHOICES else dict(WEIGHTS)


def fitted(past):
    """`fit_weights` of `Choices`."""
    kept = {part: weight for part, weight in WEIGHTS.items() if part not in WITHIN_A_DATE}
    free = 1 - sum(kept.values())
    # these keep their share of the sum, whatever the others add to
    always = (past.offered[list(kept)] @ np.array(list(kept.values()))).to_numpy()
    x = past.offered[WITHIN_A_DATE].to_numpy() + always[:, None] / free
    published = np.array([WEIGHTS[taste] for taste in WITHIN_A_DATE])
    groups = past._groups()

    scale = minimize_scalar(lambda s: -_softmax(x @ published * s, *groups)[0], bounds=(0, 100), method="bounded").x

    def loss(theta):
        worth, slope = _softmax(x @ theta, *groups)
        away = theta - scale * published
        return PULL / 2 * away @ away - worth, PULL * away - slope @ x

    limits = [(0, None)] * len(published)
    found = minimize(loss, scale * published, jac=True, method="L-BFGS-B", bounds=limits).x
    if found.sum() < 1e-6:
        return dict(WEIGHTS)
    rounded = np.round(found / found.sum() * free, 4)
    rounded[rounded.argmax()] += free - rounded.sum()
    weights = kept | dict(zip(WITHIN_A_DATE, np.round(rounded, 4).tolist(), strict=True))
    return {part: weights[part] for part in WEIGHTS}


def _softmax(value, starts, chosen):
    """Log-likelihood of the chosen rows, and its slope in `value`; choices begin at the rows `starts`."""
    of = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(value))))
    value = value - np.maximum.reduceat(value, starts)[of]
    likely = np.exp(value)
    total = np.add.reduceat(likely, starts)
    return (value[chosen]).sum() - np.log(total).sum(), chosen - likely / total[of]


def _of_week(visits, classes, start):
    end = start + pd.Timedelta(weeks=1)
    known = tastes(visits, start)
    came = visits[(visits["status"] == "attended") & (visits["attended_at"] >= start) & (visits["attended_at"] < end)]
    slate = classes[(classes["starts_at"] >= start) & (classes["starts_at"] < end)]
    came = came[came["member_id"].isin(known.clients) & came["class_id"].isin(slate["class_id"])]
    same_date = came["date"].to_numpy()[:, None] == slate["date"].to_numpy()[None, :]
    same_date &= (same_date.sum(axis=1) > 1)[:, None]
    choice, at = np.nonzero(same_date)
    found = parts(known, known.clients.get_indexer(came["member_id"]), places(known, slate),
                  freshness(slate, start, HORIZON_DAYS), dict.fromkeys(WEIGHTS, 1.0))  # fmt: skip
    names = {"week": start, "choice": choice, "member_id": came["member_id"].to_numpy()[choice],
             "class_id": slate["class_id"].to_numpy()[at]}  # fmt: skip
    frame = pd.DataFrame(names | {part: found[part][choice, at] for part in WEIGHTS})
    return frame.assign(chosen=frame["class_id"].to_numpy() == came["class_id"].to_numpy()[choice])
