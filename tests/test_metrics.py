import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studiolab import schema
from studiolab.metrics import convert_retention, monthly_metrics
from studiolab.world import make_chain

STUDIOS = pd.DataFrame(
    {
        "studio_id": ["oak", "elm"],
        "studio_name": ["Oak", "Elm"],
        "currency": "USD",
        "timezone": ["America/Denver", None],
    }
)


def orders(*lines, studio="oak", **more):
    """Lines of (local-ish UTC time, amount[, revenue_kind[, customer[, status]]])."""
    rows = [
        dict(zip(["created_at", "amount", "revenue_kind", "customer_id", "status"], line, strict=False))
        for line in lines
    ]
    frame = pd.DataFrame(rows).assign(studio_id=studio, currency="USD", **more)
    ids = [f"{studio}{i}" for i in range(len(frame))]
    frame["created_at"] = pd.to_datetime(frame["created_at"], utc=True)
    return schema.validate("orders", frame.assign(line_id=ids, order_id=ids))


def daily(first, last, amount=100, kind="retail", **more):
    return orders(*((f"{day:%Y-%m-%d}T18:00Z", amount, kind) for day in pd.date_range(first, last)), **more)


def members(*stays, studio="oak"):
    frame = pd.DataFrame(stays, columns=["joined_at", "left_at"]).apply(pd.to_datetime, utc=True)
    return schema.validate("members", frame.assign(studio_id=studio, member_id=[f"m{i}" for i in range(len(frame))]))


def sessions(*classes, studio="oak"):
    """Classes of (start, hours, instructor, spots[, cancelled])."""
    names = ["starts_at", "hours", "instructor_id", "max_capacity", "is_cancelled"]
    frame = pd.DataFrame([dict(zip(names, c, strict=False)) for c in classes]).assign(studio_id=studio)
    frame["starts_at"] = pd.to_datetime(frame["starts_at"], utc=True)
    frame["ends_at"] = frame["starts_at"] + pd.to_timedelta(frame.pop("hours"), "h")
    return schema.validate("class_sessions", frame.assign(class_id=[f"c{i}" for i in range(len(frame))]))


def visits(*seen, studio="oak"):
    frame = pd.DataFrame(seen, columns=["attended_at", "status"]).assign(studio_id=studio, member_id="m0")
    frame["attended_at"] = pd.to_datetime(frame["attended_at"], utc=True)
    return schema.validate("visits", frame.assign(visit_id=[f"v{i}" for i in range(len(frame))]))


def metrics(**raw):
    table = monthly_metrics(raw, STUDIOS)
    return table.assign(month=table["month_year"].dt.strftime("%Y-%m")).set_index("month")


SPRING = daily("2026-03-01", "2026-05-31")


def test_revenue_is_what_was_paid_less_refunds_in_the_studios_own_month():
    table = metrics(
        orders=orders(
            ("2026-03-01T12:00Z", 1000),
            ("2026-04-01T05:59Z", 200),  # 23:59 on 31 March in Denver
            ("2026-04-01T06:00Z", 4000),
            ("2026-04-30T12:00Z", -500, None, None, "refunded"),
            ("2026-04-12T12:00Z", 7, None, None, "failed"),
            ("2026-04-12T12:00Z", 7, None, None, "pending"),
            ("2026-04-12T12:00Z", 7, None, None, "refunded"),
        )
    )
    assert table["total_revenue"].to_dict() == {"2026-03": 1200, "2026-04": 3500}
    assert table["membership_revenue"].isna().all()


def test_parts_of_revenue_come_when_every_line_has_a_kind_and_add_up():
    lines = [
        (f"2026-03-{day:02}T12:00Z", 100 * day, kind)
        for day, kind in zip((1, 8, 15, 22, 31), schema.REVENUE_KINDS, strict=True)
    ]
    table = metrics(orders=orders(*lines))
    assert table.loc["2026-03", list(schema.REVENUE_PARTS)].tolist() == [100, 800, 1500, 2200, 3100]
    assert table.loc["2026-03", "intro_offer_conversions"] == 1
    assert metrics(orders=orders(*lines, ("2026-03-30T12:00Z", 5)))["membership_revenue"].isna().all()


def test_a_quiet_month_inside_the_span_is_zero():
    quiet = orders(("2026-03-01T12:00Z", 1), ("2026-05-31T12:00Z", 2))
    assert metrics(orders=quiet)["total_revenue"].tolist() == [1, 0, 2]


def test_a_month_that_the_export_cuts_is_left_out():
    assert list(metrics(orders=daily("2026-03-10", "2026-06-09")).index) == ["2026-04", "2026-05"]
    assert list(SPRING["created_at"].dt.month.unique()) == list(metrics(orders=SPRING)["month_year"].dt.month)
    closed = daily("2026-03-04", "2026-04-26")
    assert list(metrics(orders=closed[~closed["created_at"].dt.day.isin(range(8, 14))]).index) == ["2026-03", "2026-04"]


def test_stock_and_flow_of_members_hold_the_identity():
    table = metrics(
        orders=SPRING,
        members=members(
            ("2025-01-05", None),
            ("2025-01-05", "2026-03-20"),
            ("2026-03-02", None),
            ("2026-03-09", "2026-04-02"),
            ("2026-05-09", "2026-05-20"),
            ("2026-05-09", "2026-05-01"),
        ),
    )
    assert table[["total_members", "new_members", "churned_members"]].to_numpy().tolist() == [
        [3, 2, 1],
        [2, 0, 1],
        [2, 1, 1],
    ]
    assert table["retention_rate"].tolist() == pytest.approx([1 / 2, 2 / 3, 1 / 2])
    assert table["retention_definition"].unique().tolist() == ["membership_monthly"]
    assert table["average_member_lifetime_months"].tolist() == pytest.approx([2, 1 / (1 - 7 / 12), 1 / (1 - 5 / 9)])


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 500), st.integers(-20, 300)), min_size=1, max_size=12))
def test_the_identity_holds_for_any_members(stays):
    stays = [(0, 250), *stays]
    start = pd.Timestamp("2025-01-01T12:00Z")
    people = members(
        *((start + pd.Timedelta(days=a), start + pd.Timedelta(days=a + n) if n < 250 else None) for a, n in stays)
    )
    table = metrics(orders=SPRING, members=people)
    end = table["month_year"] + pd.offsets.MonthBegin(1)
    joined, left = (people[c].dt.tz_convert("America/Denver").dt.tz_localize(None) for c in ("joined_at", "left_at"))
    real = ~(left < joined)
    there = [int((real & (joined < e) & ~(left < e)).sum()) for e in end]
    assert table["total_members"].tolist() == there


def test_attendance_counts_the_signed_in_and_fill_divides_by_places_held():
    table = metrics(
        orders=SPRING,
        visits=visits(
            *[("2026-03-05T18:00Z", "attended")] * 6, ("2026-03-05T18:00Z", "no_show"), ("2026-05-05T18:00Z", "booked")
        ),
        class_sessions=sessions(
            ("2026-03-05T18:00Z", 1, "ana", 8),
            ("2026-03-06T18:00Z", 1, "ana", 4),
            ("2026-03-07T18:00Z", 1, "ana", 9, True),
            ("2026-04-05T18:00Z", 1, "ana", 8),
        ),
    )
    assert table["total_class_attendance"].tolist() == [6, 0, 0]
    assert table.loc["2026-03", ["total_classes_held", "offered_spots"]].tolist() == [2, 12]
    assert table.loc["2026-03", "class_attendance_rate"] == 0.5
    assert pd.isna(table.loc["2026-05", "total_classes_held"])


def test_staff_are_those_who_taught_and_their_use_is_hours_taught_over_hours_they_have():
    team = pd.DataFrame(
        {
            "studio_id": "oak",
            "instructor_id": ["ana", "ben", "eve"],
            "instructor_name": "x",
            "hours_per_month": [10.0, 20.0, 40.0],
        }
    )
    taught = sessions(
        ("2026-03-05T18:00Z", 2, "ana", 8), ("2026-03-06T18:00Z", 1, "ben", 8), ("2026-04-06T18:00Z", 4, "eve", 8)
    )
    table = metrics(orders=SPRING, class_sessions=taught, instructors=schema.validate("instructors", team))
    assert table["staff_count"].tolist()[:2] == [2, 1]
    assert table["staff_utilization_rate"].tolist()[:2] == pytest.approx([3 / 30, 4 / 40])
    assert metrics(orders=SPRING, class_sessions=taught)["staff_utilization_rate"].isna().all()


def test_ticket_and_add_ons_are_counted_per_member():
    sold = orders(
        ("2026-03-01T12:00Z", 10000, "membership", "m0"),
        ("2026-03-02T12:00Z", 5, "upsell", "m0"),
        ("2026-03-12T12:00Z", 5, "upsell", "m0"),
        ("2026-03-31T12:00Z", 5, "upsell", "guest"),
        ("2026-03-20T12:00Z", 49, "intro", "guest"),
    )
    row = metrics(orders=sold, members=members(("2025-01-05", None), ("2025-01-05", None), ("2025-01-05", None))).loc[
        "2026-03"
    ]
    assert row["avg_ticket_price"] == 3333
    assert row["upsell_rate"] == pytest.approx(1 / 3)
    assert row["intro_offer_conversions"] == 1


def test_studios_keep_to_themselves():
    both = pd.concat([SPRING, daily("2026-04-01", "2026-04-30", 7, studio="elm")], ignore_index=True)
    table = metrics(orders=both, members=members(("2025-01-05", None), studio="elm"))
    assert table[table["studio_id"] == "elm"]["total_revenue"].tolist() == [210]
    assert table[table["studio_id"] == "oak"]["total_members"].isna().all()
    assert table[table["studio_id"] == "elm"]["total_members"].tolist() == [1]


def test_rows_in_any_order_give_the_same_metrics():
    shuffled = SPRING.sample(frac=1, random_state=3)
    pd.testing.assert_frame_equal(metrics(orders=SPRING), metrics(orders=shuffled))


def test_no_orders_give_an_empty_table_and_two_currencies_are_refused():
    assert metrics(orders=SPRING.head(0)).empty
    mixed = SPRING.assign(currency=np.where(SPRING.index == 5, "EUR", "USD"))
    with pytest.raises(ValueError, match="studio oak sells in 2 currencies"):
        metrics(orders=mixed)


def test_annual_retention_becomes_monthly():
    assert convert_retention(0.71, "annual") == pytest.approx(0.972, abs=5e-4)
    assert convert_retention(0.93, "membership_monthly") == 0.93
    with pytest.raises(ValueError, match="checkin_monthly"):
        convert_retention(0.75, "checkin_monthly")


def test_the_rows_of_a_simulated_studio_come_back_as_its_monthly_metrics():
    chain = make_chain(studios=3, months=15, seed=11)
    for studio_id in chain.studios["studio_id"]:
        back = monthly_metrics(chain.raw(studio_id), chain.studios)
        told = chain.monthly_metrics.query("studio_id == @studio_id").reset_index(drop=True)
        pd.testing.assert_frame_equal(back, told, check_dtype=False)


def test_sales_of_no_whole_month_give_no_month():
    one = monthly_metrics({"orders": orders(("2026-01-05T18:00Z", 100))}, STUDIOS)
    assert (len(one), list(one)) == (0, list(schema.TABLES["monthly_metrics"].columns))
