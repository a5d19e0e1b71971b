import numpy as np
import pandas as pd
import pytest

from studiolab import schema, world
from studiolab.class_recommender import watch

from .conftest import AS_OF, visit


def member(client, plan="4", joined="2025-06-01", left=None):
    return {"studio_id": "oak", "member_id": client, "plan_id": plan, "joined_at": pd.Timestamp(joined, tz="UTC"),
            "left_at": pd.Timestamp(left, tz="UTC") if left else pd.NaT}  # fmt: skip


PLANS = pd.DataFrame([{"studio_id": "oak", "plan_id": "4", "plan_name": "Four", "classes_per_month": 4,
                       "price": 8000, "currency": "EUR"},
                      {"studio_id": "oak", "plan_id": "u", "plan_name": "Unlimited", "classes_per_month": pd.NA,
                       "price": 15000, "currency": "EUR"}])  # fmt: skip


def listed(visits, members, as_of=AS_OF):
    tables = [schema.validate(name, pd.DataFrame(rows)) for name, rows in (("visits", visits), ("members", members))]
    found = watch.lists(*tables, schema.validate("plans", PLANS), as_of, "UTC")
    return {name: rows.set_index("member_id")["reason"].to_dict() for name, rows in found.groupby("list")}


def every(days, client, until, count=6):
    last = pd.Timestamp(until)
    return [visit(f"{client}{i}", client, str(last - pd.Timedelta(days=days * i))) for i in range(count)]


def test_a_member_away_three_times_their_rhythm_is_at_risk_and_one_who_has_booked_is_not():
    visits = [*every(4, "ana", "2026-02-10"), *every(10, "ben", "2026-02-10"), *every(4, "cid", "2026-02-10"),
              visit("c", "cid", "2026-03-04", status="booked"), *every(4, "dee", "2026-02-10"),
              *every(4, "eva", "2025-10-01")]  # fmt: skip
    members = [member(c, "u") for c in ("ana", "ben", "cid", "eva")] + [member("dee", "u", left="2026-02-20")]
    assert listed(visits, members) == {"at risk": {"ana": "20 days away, usually comes every 4 days"}}


def test_low_balance_counts_this_months_visits_against_the_plan():
    as_of = pd.Timestamp("2026-03-20T06:00Z")
    visits = [visit(f"{client}{i}", client, f"2026-03-{i + 10:02}") for client, n in
              (("ana", 3), ("ben", 4), ("cid", 5), ("dee", 1), ("eva", 9)) for i in range(n)]  # fmt: skip
    members = [member(c) for c in ("ana", "ben", "cid", "dee")] + [member("eva", "u")]
    assert listed(visits, members, as_of)["low balance"] == {
        "cid": "1 above plan of 4, and 11 days of the month to go",
        "ben": "No credit left of 4, and 11 days of the month to go",
        "ana": "1 credit left of 4, and 11 days of the month to go",
    }
    late = pd.Timestamp("2026-03-27T06:00Z")
    assert "low balance" not in listed(visits, members, late)


def test_who_came_once_of_late_is_a_first_visit():
    visits = [visit(1, "ana", "2026-02-26"), visit(2, "ben", "2026-03-01"), visit(3, "cid", "2026-02-01"),
              visit(4, "dee", "2026-02-26", status="no_show")]  # fmt: skip
    members = [member(c, "u") for c in ("ana", "ben", "cid", "dee")]
    assert listed(visits, members)["first visit"] == {
        "ben": "came for the first time yesterday",
        "ana": "came for the first time 4 days ago",
    }


def test_nobody_is_on_a_list_of_an_empty_studio():
    visits, members = (schema.validate(name, pd.DataFrame(columns=list(schema.TABLES[name].columns)))
                       for name in ("visits", "members"))  # fmt: skip
    assert watch.lists(visits, members, schema.validate("plans", PLANS), AS_OF, "UTC").empty


def test_those_at_risk_leave_more_often_in_the_world():
    """Within 60 days, over three studios and four moments of each; the world's departures are not of the list."""
    left = {True: [], False: []}
    chain = world.make_chain(3, 18, seed=11)
    for studio, zone in zip(chain.studios["studio_id"], chain.studios["timezone"], strict=True):
        raw = chain.raw(studio)
        for as_of in pd.date_range("2026-02-01", "2026-07-01", periods=4, tz="UTC"):
            found = watch.lists(raw["visits"], raw["members"], raw["plans"], as_of, zone)
            risk = set(found.loc[found["list"] == "at risk", "member_id"])
            here = raw["members"][(raw["members"]["joined_at"] <= as_of) & ~(raw["members"]["left_at"] <= as_of)]
            gone = (here["left_at"] <= as_of + pd.Timedelta(days=60)).to_numpy()
            for member_id, went in zip(here["member_id"], gone, strict=True):
                left[member_id in risk].append(went)
    print({at_risk: (len(went), np.mean(went)) for at_risk, went in left.items()})
    assert len(left[True]) > 30
    assert np.mean(left[True]) > np.mean(left[False])


@pytest.mark.parametrize("name", watch.LISTS)
def test_every_row_says_what_to_do(busy, name):
    chain = world.make_chain(1, 12, seed=3)
    raw = chain.raw("studio-001")
    found = watch.lists(raw["visits"], raw["members"], raw["plans"], busy.as_of, busy.timezone)
    rows = found[found["list"] == name]
    assert len(rows)
    assert rows["next_step"].str.endswith(".").all()
