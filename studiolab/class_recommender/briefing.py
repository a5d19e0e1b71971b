"""What the concierge's language model is told of a client: tastes, past visits and the classes to choose from."""

import numpy as np
import pandas as pd

from studiolab.class_recommender import behaviour, slate
from studiolab.class_recommender.behaviour import TASTES

TOP = 3  # values of each taste
VISITS = 15
CANDIDATES = 60  # classes told; more would make the prompt long and the model slow


def context(desk, client_id, size=slate.EIGHT, coaches=None):
    """dict of `client` (habits and plan), `visits`, `classes` and `size`, in plain values ready for JSON.

    desk : Desk; coaches : dict of instructor to name, left out where unknown
    Neither name nor id of the client is in it. Visits are the last VISITS signed-in ones, the latest first; classes
    are at most CANDIDATES that can be booked, the best fitting of every date before the second best of any.
    """
    row, one = desk._row(client_id)
    found = desk._parts(one)
    value = desk._value([client_id], found)[0]
    classes = desk.slate.assign(value=value, fit=behaviour.fit_score(found)[0], full=desk.full)
    classes = classes[np.isfinite(classes["value"])].sort_values("value", ascending=False, kind="stable")
    nth = classes.groupby("date").cumcount()
    classes = classes.iloc[np.argsort(nth.to_numpy(), kind="stable")[:CANDIDATES]]
    classes = classes.sort_values(["starts_at", "class_id"])
    came = desk.visits.iloc[desk.own(client_id)]
    came = (
        came[(came["status"] == "attended") & (came["attended_at"] < desk.as_of)]
        .sort_values("attended_at", ascending=False)
        .head(VISITS)
    )
    coaches = coaches or {}
    of_class = desk.sessions["instructor_id"] if "instructor_id" in desk.sessions else pd.Series(dtype=object)
    return {
        "client": _client(desk, client_id, row),
        "visits": [
            _told(visit, visit["attended_at"], desk, coaches.get(of_class.get(visit["class_id"])))
            for visit in came.to_dict("records")
        ],
        "classes": [
            {"class_id": each["class_id"], **_told(each, each["starts_at"], desk, coaches.get(each["instructor_id"])),
             "place": "waiting list" if each["full"] else "open", "fit": round(each["fit"], 2)}
            for each in classes.to_dict("records")
        ],
        "size": size,
    }  # fmt: skip


def _client(desk, client_id, row):
    since, credits = desk.since[row], desk.credits_of.get(client_id)
    plan = None if credits is None else "unlimited" if np.isnan(credits) else f"{credits:.0f} classes a month"
    told = {
        "likes_of": "the client's recent visits" if row >= 0 else "all visits to the studio, as the client never came",
        "likes": {column: _top(desk.tastes, taste, row) for taste, column in TASTES.items()},
        "usual_days_between_visits": round(float(desk.rhythm[row]), 1),
        "days_since_last_visit": int(since) if np.isfinite(since) else None,
        "plan": plan,
    }
    return {key: value for key, value in told.items() if value is not None}


def _top(tastes, taste, row):
    """The TOP values of a taste with their shares, "62% Yoga"."""
    shares = tastes.shares[taste][row]
    best = np.argsort(-shares, kind="stable")[:TOP]
    return [f"{shares[at]:.0%} {tastes.values[taste][at]}" for at in best if shares[at] >= 0.005]


def _told(record, instant, desk, coach):
    """What is known of a class or visit, in the studio's time."""
    start = instant.tz_convert(desk.timezone)
    told = {"date": f"{start:%Y-%m-%d}", "weekday": record["weekday"], "time": f"{start:%H:%M}",
            **{column: record.get(column) for column in ("class_name", "upper_focus", "lower_focus")},
            "coach": coach}  # fmt: skip
    return {key: value for key, value in told.items() if pd.notna(value)}
