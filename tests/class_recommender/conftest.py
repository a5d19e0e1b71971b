"""A small studio written out by hand, and one of the world."""

import pandas as pd
import pytest

from studiolab import schema, world
from studiolab.class_recommender import Desk

AS_OF = pd.Timestamp("2026-03-02T06:00Z")  # a Monday


def session(number, starts, name="Yoga", booked=0, capacity=10, **more):
    start = pd.Timestamp(starts, tz="UTC")
    return {"studio_id": "oak", "class_id": f"c{number}", "class_name": name, "starts_at": start,
            "ends_at": start + pd.Timedelta(hours=1), "max_capacity": capacity, "booked": booked} | more  # fmt: skip


def visit(number, member, at, name="Yoga", status="attended", **more):
    return {"studio_id": "oak", "visit_id": f"v{number}", "member_id": member, "class_name": name,
            "attended_at": pd.Timestamp(at, tz="UTC"), "status": status} | more  # fmt: skip


@pytest.fixture
def open_desk():
    """Desk of lists of `session` and `visit` rows."""

    def open_desk(visits, sessions, **given):
        tables = (schema.validate(name, pd.DataFrame(rows)) for name, rows in
                  (("visits", visits), ("class_sessions", sessions)))  # fmt: skip
        return Desk(*tables, **{"as_of": AS_OF} | given)

    return open_desk


@pytest.fixture(scope="session")
def busy():
    """Desk of a simulated studio with a year of visits, three weeks before its schedule ends."""
    chain = world.make_chain(1, 12, seed=3)
    raw = chain.raw("studio-001")
    credits = raw["members"].set_index("member_id")["plan_id"].map({"4": 4.0, "8": 8.0})
    as_of = pd.Timestamp("2026-10-10T12:00Z")
    return Desk(raw["visits"], raw["class_sessions"], as_of, chain.studios["timezone"].iloc[0], credits)
