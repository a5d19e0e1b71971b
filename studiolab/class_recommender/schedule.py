"""The coming classes where the studio has not published them: its last four weeks, once more."""

import pandas as pd

WEEKS = 4


def continued(sessions, as_of, timezone, days):
    """Table `class_sessions` with the classes of the WEEKS before `as_of` repeated for the coming `days`.

    sessions : table class_sessions of one studio; as_of : Timestamp, UTC; timezone : IANA, whose clock the
        repeats keep through a change of summer time
    Repeats are empty, keep room and instructor, and are named by the class they repeat and the weeks between.
    What was cancelled is not repeated.
    """
    held = sessions[(sessions["starts_at"] <= as_of) & (sessions["starts_at"] > as_of - pd.Timedelta(weeks=WEEKS))]
    held = held[~held["is_cancelled"].fillna(False).astype(bool)]
    rounds = range(1, -(-days // (7 * WEEKS)) + 1)
    return pd.concat([sessions, *(_shifted(held, WEEKS * n, timezone) for n in rounds)], ignore_index=True)


def often_full(classes, as_of):
    """(classes,) share of the WEEKS before `as_of` in which the same class at the same weekday and time was full.

    classes : `behaviour.described` table class_sessions; 0 for what was not held then
    """
    slot = [classes["class_name"].fillna(""), classes["weekday"], classes["clock"]]
    past = (classes["starts_at"] <= as_of) & (classes["starts_at"] > as_of - pd.Timedelta(weeks=WEEKS))
    full = (classes["booked"] >= classes["max_capacity"]).fillna(False).astype(float).where(past)
    return full.groupby(slot).transform("mean").fillna(0.0)


def _shifted(held, weeks, timezone):
    def later(instants):
        local = instants.dt.tz_convert(timezone).dt.tz_localize(None) + pd.Timedelta(weeks=weeks)
        return local.dt.tz_localize(timezone, ambiguous=True, nonexistent="shift_forward").dt.tz_convert("UTC")

    moved = {column: later(held[column]) for column in ("starts_at", "ends_at")}
    named = held["class_id"] + f"+{weeks}w"
    return held.assign(class_id=named, **moved, booked=0, waitlisted=0).astype(
        {"booked": "Int64", "waitlisted": "Int64"}
    )
