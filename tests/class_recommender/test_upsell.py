import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiolab import schema
from studiolab.class_recommender import upsell

from .conftest import AS_OF, visit

PLANS = schema.validate("plans", pd.DataFrame({
    "studio_id": "oak", "plan_id": ["4", "8", "all"], "plan_name": ["Four", "Eight", "Unlimited"],
    "classes_per_month": pd.array([4, 8, None], dtype="Int64"), "price": [6000, 10000, 15000], "currency": "EUR",
}))  # fmt: skip
ENOUGH, TALK = "would do and keeps their trust", "talk to them before they leave"
MONTHS = ("2025-12", "2026-01", "2026-02")  # the three before AS_OF


def member(plan, joined="2025-01-01", left=None):
    row = {"studio_id": "oak", "member_id": "ana", "plan_id": plan,
           "joined_at": pd.Timestamp(joined, tz="UTC"), "left_at": left and pd.Timestamp(left, tz="UTC")}  # fmt: skip
    return schema.validate("members", pd.DataFrame([row]))


def visits(*counts, status="attended"):
    rows = [visit(f"{month}{i}", "ana", f"{month}-{i + 1:02}T18:00", status=status)
            for month, count in zip(MONTHS, counts, strict=True) for i in range(count)]  # fmt: skip
    empty = [visit("old", "ana", "2024-01-01T18:00")]
    return schema.validate("visits", pd.DataFrame(rows + empty))


def advice(plan, *counts, **more):
    found = upsell.advise(visits(*counts), member(plan, **more), PLANS, AS_OF, "UTC")
    return None if found.empty else found.loc["ana", ["decision", "to_plan_id", "effect", "reason"]].tolist()


@pytest.mark.parametrize(
    ("plan", "counts", "told"),
    [
        ("4", (4, 2, 5), ["upgrade", "8", 4000, "came 4, 2 and 5 times on a plan of 4; Eight leaves room"]),
        ("8", (9, 8, 10), ["upgrade", "all", 5000, "came 9, 8 and 10 times on a plan of 8; Unlimited leaves room"]),
        ("8", (3, 4, 2), ["downgrade", "4", -4000, f"came 3, 4 and 2 times on a plan of 8; Four {ENOUGH}"]),
        ("8", (3, 5, 2), ["keep", "8", 0, "came 3, 5 and 2 times on a plan of 8; it fits"]),
        ("all", (2, 1, 3), ["rescue", "all", 0, f"came 2, 1 and 3 times on an unlimited plan; {TALK}"]),
        ("all", (7, 8, 6), ["downgrade", "8", -5000, f"came 7, 8 and 6 times on an unlimited plan; Eight {ENOUGH}"]),
        ("all", (12, 9, 11), ["keep", "all", 0, "came 12, 9 and 11 times on an unlimited plan; it fits"]),
        ("4", (3, 0, 0), ["rescue", "4", 0, f"came 3, 0 and 0 times on a plan of 4; {TALK}"]),
    ],
)  # fmt: skip
def test_three_months_against_the_plan(plan, counts, told):
    assert advice(plan, *counts) == told


def test_who_is_new_is_judged_on_what_there_is():
    assert advice("4", 0, 0, 3, joined="2026-02-10") == [
        "keep",
        "4",
        0,
        "not yet a whole month here, so too new to say",
    ]
    assert advice("4", 0, 0, 4, joined="2026-01-10")[:2] == ["upgrade", "8"]
    assert advice("8", 0, 0, 2, joined="2026-01-10")[0] == "keep"


def test_only_signed_in_visits_count():
    missed = upsell.advise(visits(9, 9, 9, status="no_show"), member("4"), PLANS, AS_OF, "UTC")
    assert missed.loc["ana", "decision"] == "rescue"


def test_who_left_or_has_no_known_plan_is_not_advised():
    assert advice("4", 4, 4, 4, left="2026-01-15") is None
    assert advice("gold", 4, 4, 4) is None


@given(st.sampled_from(["4", "8", "all"]), st.tuples(*[st.integers(0, 20)] * 3))
def test_an_upgrade_never_lowers_the_limit_and_a_downgrade_never_raises_the_price(plan, counts):
    decision, to, effect, reason = advice(plan, *counts)
    assert decision in upsell.DECISIONS
    limits = PLANS.set_index("plan_id")["classes_per_month"].astype(float).fillna(float("inf"))
    assert (decision != "upgrade") or (limits[to] > limits[plan] and effect > 0)
    assert (decision != "downgrade") or (effect < 0 and limits[to] >= max(counts))
    assert (decision in ("keep", "rescue")) == (to == plan)
    assert all(str(n) in reason for n in counts)
