import numpy as np
import pandas as pd
import pytest

from studiolab import metrics, schema
from studiolab.world import make_chain

TABLES = {"members", "plans", "products", "orders", "class_sessions", "visits", "instructors", "rooms", "class_types",
          "member_cohorts"}  # fmt: skip
CREDITS = {"4": 4, "8": 8, "unlimited": 10**6}


def local(instants, chain, studio_id="studio-002"):
    zone = chain.studios.set_index("studio_id").loc[studio_id, "timezone"]
    return instants.dt.tz_convert(zone).dt.tz_localize(None)


@pytest.fixture(scope="module")
def attended(raw, chain):
    """Attended visits with their class, member and studio-local day and month."""
    visits = raw["visits"][raw["visits"]["status"] == "attended"]
    day = local(visits["attended_at"], chain).dt.normalize()
    visits = visits.assign(day=day, month=day.dt.to_period("M"))
    return visits.merge(raw["class_sessions"], on="class_id", suffixes=("", "_class")).merge(
        raw["members"], on="member_id", how="left", suffixes=("", "_member")
    )


@pytest.mark.parametrize("variant", [False, True], ids=["standard", "variant"])
def test_the_raw_tables_counted_again_are_the_monthly_metrics(variant):
    chain = make_chain(30, seed=7, variant=variant)
    fullest = chain.monthly_metrics.groupby("studio_id")["class_attendance_rate"].max().idxmax()
    for studio_id in {"studio-001", "studio-017", fullest}:
        counted = metrics.monthly_metrics(chain.raw(studio_id), chain.studios)
        known = schema.validate("monthly_metrics", chain.studio(studio_id).monthly_metrics)
        assert len(counted) == 60
        pd.testing.assert_frame_equal(counted.reset_index(drop=True), known, rtol=1e-12)


def test_every_table_is_valid_as_it_comes(raw):
    assert set(raw) == TABLES
    for name, frame in raw.items():
        pd.testing.assert_frame_equal(schema.validate(name, frame), frame)


def test_the_same_studio_is_drawn_the_same_whatever_else_the_chain_holds(chain, raw):
    again = chain.studio("studio-002").raw("studio-002")
    for name in TABLES:
        pd.testing.assert_frame_equal(again[name], raw[name])


def test_another_seed_draws_other_people(raw):
    other = make_chain(4, seed=12).raw("studio-002")
    assert not raw["members"]["member_name"].head(50).equals(other["members"]["member_name"].head(50))


def test_a_shorter_history_has_the_same_rows_without_the_later_ones(chain, raw):
    early = chain.until("2024-03").raw("studio-002")
    end = pd.Timestamp("2024-04-01").tz_localize(chain.studios["timezone"][1])
    for name, column in {"orders": "created_at", "visits": "attended_at", "class_sessions": "starts_at"}.items():
        pd.testing.assert_frame_equal(early[name], raw[name][raw[name][column] < end].reset_index(drop=True))
    members = raw["members"][raw["members"]["joined_at"] < end].reset_index(drop=True)
    known = members.assign(left_at=members["left_at"].where(members["left_at"] < end))
    pd.testing.assert_frame_equal(early["members"], known)


def test_new_members_leave_as_the_hidden_outcomes_say(chain, raw):
    joined, left = (local(raw["members"][column], chain).dt.to_period("M") for column in ("joined_at", "left_at"))
    one = chain.studio("studio-002")
    for t in (0, 17, 59):
        month = one.months[t].to_period("M")
        stayed = ~(left <= month)
        for age in (1, 2, 3):
            assert (stayed & (joined == month - age)).sum() == one.outcomes[t]["kept_fresh"][0, age - 1]
        assert (stayed & (joined < month - 3)).sum() == one.outcomes[t]["kept_settled"][0]


def test_nobody_attends_outside_a_membership_or_twice_a_day_or_a_cancelled_class(attended):
    members = attended[attended["joined_at"].notna()]
    assert (members["starts_at"] >= members["joined_at"]).all()
    assert not (members["starts_at"] >= members["left_at"]).any()
    assert not members.duplicated(["member_id", "day"]).any()
    assert not attended.duplicated(["member_id", "class_id"]).any()
    assert not attended["is_cancelled"].any()
    assert (attended["attended_at"] == attended["starts_at"]).all()


def test_no_class_holds_more_than_its_places(raw, attended):
    sessions = raw["class_sessions"].set_index("class_id")
    came = attended.groupby("class_id").size().reindex(sessions.index, fill_value=0)
    assert (came <= sessions["booked"]).all()
    assert (sessions["booked"] <= sessions["max_capacity"]).all()
    waiting = raw["visits"][raw["visits"]["status"] == "waitlisted"].groupby("class_id").size()
    assert sessions["waitlisted"].sum() == waiting.sum() > 0
    assert (sessions.loc[waiting.index, "waitlisted"] == waiting).all()


def test_visits_beyond_a_plan_are_paid_as_drop_ins(raw, attended):
    inside = attended[~attended["is_drop_in"]]
    count = inside.groupby(["member_id", "plan_id", "month"]).size().reset_index(name="visits")
    assert (count["visits"] <= count["plan_id"].map(CREDITS)).all()
    assert attended.loc[attended["joined_at"].isna(), "is_drop_in"].all()
    beyond = attended["is_drop_in"] & attended["joined_at"].notna()
    assert 0 < beyond.sum() <= attended["is_drop_in"].sum() / 2
    passes = raw["orders"][raw["orders"]["revenue_kind"] == "class_pack"]
    paid = passes.groupby("customer_id").size()
    assert paid.equals(attended[attended["is_drop_in"]].groupby("member_id").size().rename_axis("customer_id"))


def test_each_member_pays_once_a_month_after_joining_and_before_leaving(raw, chain):
    dues = raw["orders"][raw["orders"]["revenue_kind"] == "membership"]
    month = local(dues["created_at"], chain).dt.to_period("M")
    assert not pd.DataFrame({"who": dues["customer_id"], "month": month}).duplicated().any()
    paid = dues.merge(raw["members"], left_on="customer_id", right_on="member_id", how="left")
    assert (paid["created_at"] >= paid["joined_at"]).all()
    assert not (paid["created_at"] >= paid["left_at"]).any()


def test_goods_are_sold_at_the_price_of_the_catalogue(raw):
    lines = raw["orders"].merge(raw["products"], on="product_id", suffixes=("", "_listed"))
    assert len(lines) == len(raw["orders"])
    fixed = lines[(lines["revenue_kind"] != "membership") & lines["price"].notna()]
    assert (fixed["amount"] == fixed["price"]).all()
    assert (lines["product_name"] == lines["product_name_listed"]).all()
    assert (lines["revenue_kind"] == lines["revenue_kind_listed"]).all()
    assert (raw["orders"]["amount"] > 0).all()


def test_no_instructor_and_no_room_holds_two_classes_at_once(raw):
    held = raw["class_sessions"][~raw["class_sessions"]["is_cancelled"]]
    assert not held.duplicated(["starts_at", "instructor_id"]).any()
    assert not held.duplicated(["starts_at", "room_id"]).any()
    assert set(held["instructor_id"]) == set(raw["instructors"]["instructor_id"])


def test_classes_gather_in_the_early_morning_and_the_evening(raw, chain):
    starts = local(raw["class_sessions"]["starts_at"], chain)
    hours = starts[starts.dt.dayofweek < 5].dt.hour.value_counts()
    assert hours[[17, 18, 19]].mean() > 1.5 * hours.reindex([13, 14, 15], fill_value=0).mean()
    assert hours[[6, 7, 8]].mean() > 1.5 * hours.reindex([13, 14, 15], fill_value=0).mean()


def test_members_keep_to_their_own_weekdays_hours_and_classes(attended):
    """Two halves of a member's visits are more alike than two members' visits."""
    regular = attended[attended["joined_at"].notna()].groupby("member_id").filter(lambda own: len(own) >= 60)
    half = regular.groupby("member_id").cumcount() % 2
    for habit in (regular["day"].dt.dayofweek, regular["attended_at"].dt.hour, regular["class_type_id"]):
        odd, even = (
            pd.crosstab(regular["member_id"][half == side], habit[half == side], normalize="index") for side in (0, 1)
        )
        own = np.abs(odd - even).sum(axis=1).mean()
        others = np.abs(odd - np.roll(even, 1, axis=0)).sum(axis=1).mean()
        assert own < 0.6 * others


def test_those_who_leave_had_come_less(attended, chain):
    visits = attended[attended["joined_at"].notna()]
    left = local(visits["left_at"], chain).dt.to_period("M")
    count = visits.groupby(["member_id", "month"]).size()
    final = visits[left - 1 == visits["month"]].groupby(["member_id", "month"]).size()
    assert final.mean() < 0.9 * count.mean()


def test_a_cohort_is_what_its_members_did(raw, chain):
    members, orders = raw["members"], raw["orders"]
    joined, left = (local(members[column], chain).dt.to_period("M") for column in ("joined_at", "left_at"))
    cohort = raw["member_cohorts"].set_index("cohort_id").loc["studio-002:2023-05"]
    own = joined == pd.Period("2023-05")
    assert cohort["cohort_size"] == own.sum()
    assert cohort["month_3_retention"] == pytest.approx((~(left[own] <= pd.Period("2023-08"))).mean())
    spent = orders.loc[orders["customer_id"].isin(members["member_id"][own]), "amount"].sum()
    assert cohort["avg_ltv"] == round(spent / own.sum())
    assert raw["member_cohorts"]["month_12_retention"].notna().sum() == 48


def test_class_types_are_as_full_as_their_classes(raw, attended):
    held = raw["class_sessions"][~raw["class_sessions"]["is_cancelled"]]
    places = held.groupby("class_type_id")["max_capacity"].sum()
    # Every class has the same places, so the mean of its fill is the fill of the whole.
    fill = attended.groupby("class_type_id").size() / places
    assert raw["class_types"].set_index("class_type_id")["avg_attendance_rate"].tolist() == pytest.approx(fill.tolist())
