"""Whom the desk should talk to today: clients at risk, clients out of credits, and clients of a first visit.

Each row follows from counts the reader can see, and says what to do. Sources: the lists of commercial studio
software, which S0 lacks; thresholds are published here.
"""

import pandas as pd

from studiolab.class_recommender import behaviour

LISTS = ("at risk", "low balance", "first visit")
RHYTHMS = 3.0  # usual gaps without a visit that put a member at risk
SHORTEST = 14  # days without a visit below which nobody is at risk
LONGEST = 120  # days without a visit after which a member is gone, not at risk
FEW_CREDITS = 1
FIRST_DAYS = 14


def lists(visits, members, plans, as_of, timezone):
    """Who is on which list.

    visits, members, plans : tables of one studio; as_of : Timestamp, UTC; timezone : IANA
    Returns DataFrame list (of LISTS), member_id, days (since the last visit, left in the month, since the first
    visit), reason, next_step; in each list those to talk to first stand first.
    """
    described = behaviour.described(visits, timezone)
    came = described[(described["status"] == "attended") & (described["attended_at"] < as_of)]
    today = as_of.tz_convert(timezone).tz_localize(None).normalize()
    here = members[~(members["left_at"] <= as_of) & ~(members["joined_at"] > as_of)].set_index("member_id")
    seen = came.groupby("member_id")["date"].agg(["min", "max", "nunique"]).reindex(here.index)
    booked = described[(described["status"] == "booked") & (described["attended_at"] >= as_of)]
    found = [
        _at_risk(described, seen, set(booked["member_id"]), as_of, today),
        _low_balance(came, here, plans, today),
        _first_visit(seen, set(booked["member_id"]), today),
    ]
    return pd.concat(found, ignore_index=True)


def _at_risk(visits, seen, booked, as_of, today):
    usual = pd.Series(behaviour.rhythm(visits, as_of, seen.index)[:-1], seen.index)
    away = (today - seen["max"]).dt.days
    risk = (away >= RHYTHMS * usual) & (away >= SHORTEST) & (away <= LONGEST) & (seen["nunique"] > 1)
    risk &= ~seen.index.isin(booked)
    rows = pd.DataFrame({"days": away, "usual": usual})[risk]
    rows = rows.assign(times=rows["days"] / rows["usual"]).sort_values(["times", "days"], ascending=False)
    return _rows("at risk", rows, [
        (f"{days:.0f} days away, usually comes every {usual:.0f} days" if usual > 1 else
         f"{days:.0f} days away, usually comes every day",
         "Call, ask how they are, and offer a class they liked.")
        for days, usual in zip(rows["days"], rows["usual"], strict=True)
    ])  # fmt: skip


def _low_balance(came, here, plans, today):
    """Members of a limited plan with FEW_CREDITS or none, and at least a week of the month to go."""
    left_in_month = (today + pd.offsets.MonthEnd(0) - today).days
    limits = here["plan_id"].map(plans.set_index("plan_id")["classes_per_month"].astype("float64"))
    used = came[came["date"] >= today.replace(day=1)].groupby("member_id").size()
    left = (limits - used.reindex(here.index).fillna(0)).dropna()
    low = left[left <= FEW_CREDITS].sort_values() if left_in_month >= 7 else left.iloc[:0]
    rows = pd.DataFrame({"left": low, "limit": limits.reindex(low.index)}).assign(days=left_in_month)
    return _rows("low balance", rows, [
        (f"{_credits(left)} of {limit:.0f}, and {left_in_month} days of the month to go",
         "Offer a single class, or the next larger plan.")
        for left, limit in zip(rows["left"], rows["limit"], strict=True)
    ])  # fmt: skip


def _first_visit(seen, booked, today):
    since = (today - seen["min"]).dt.days
    first = (seen["nunique"] == 1) & (since <= FIRST_DAYS)
    rows = pd.DataFrame({"days": since})[first].sort_values("days")
    return _rows("first visit", rows, [
        (f"came for the first time {days:.0f} days ago" if days > 1 else "came for the first time yesterday",
         "Ask how it was; the next class is booked." if member in booked else
         "Ask how it was, and book the second class.")
        for member, days in zip(rows.index, rows["days"], strict=True)
    ])  # fmt: skip


def _credits(left):
    if left < 0:
        return f"{-left:.0f} above plan"
    return "No credit left" if left == 0 else f"{left:.0f} credit left"


def _rows(name, rows, said):
    reasons, steps = zip(*said, strict=True) if said else ((), ())
    return pd.DataFrame({
        "list": pd.Series([name] * len(rows), dtype=object), "member_id": pd.Series(list(rows.index), dtype=object),
        "days": pd.Series(rows["days"].to_numpy(), dtype="float64"), "reason": pd.Series(reasons, dtype=object),
        "next_step": pd.Series(steps, dtype=object),
    })  # fmt: skip
