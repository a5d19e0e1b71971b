"""The behaviour model: what a client likes, read off the classes they came to; S0 "Frequency-based model".

A fit score is the exact sum of six parts: the client's share of visits, recent ones counting more,
with this kind of class, upper and lower focus, time of day and weekday, each times its published
weight, and freshness for a class soon (A-21 to A-25, K0.1). Only signed-in visits count (K0.16),
and nothing after `as_of` is seen (K0.6).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

TASTES = {"kind": "class_name", "upper": "upper_focus", "lower": "lower_focus", "time": "time_of_day", "day": "weekday"}
WEIGHTS = {"kind": 0.35, "upper": 0.15, "lower": 0.15, "time": 0.20, "day": 0.10, "freshness": 0.05}
DECAY_DAYS = 45.0
DIGITS = 6
UNKNOWN_RHYTHM = 3.5
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
    """`classes` (tables class_sessions or visits) with date, time_of_day and weekday at the studio.

    timezone : IANA zone; the column starts_at, else attended_at, is the start, UTC
    """
    start = classes["starts_at" if "starts_at" in classes else "attended_at"].dt.tz_convert(timezone)
    bucket = np.searchsorted(list(BUCKETS.values()), start.dt.hour, side="right")
    return classes.assign(
        date=start.dt.tz_localize(None).dt.normalize(),
        time_of_day=np.array(list(BUCKETS), dtype=object)[bucket],
        weekday=np.array(WEEKDAYS, dtype=object)[start.dt.weekday],
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
