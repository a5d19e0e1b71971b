"""The shipped mappings, on rows with the field names of the real exports and APIs."""

import pandas as pd
import pytest

from studiolab.adapters.imports import import_files
from studiolab.adapters.imports.headers import choose
from studiolab.adapters.imports.mapping import load_mappings
from studiolab.adapters.imports.reading import Source
from studiolab.adapters.imports.shaping import Given, shape


def through(name, *rows, **given):
    """(table, frame, rejected) of rows given as dicts of text."""
    frame = pd.DataFrame(rows, dtype=object)
    frame.index = pd.RangeIndex(2, len(rows) + 2)
    source = Source(frame.where(frame.notna(), None), [])
    mapping, table, matches = choose(source.rows, [m.fitted(frame.columns) for m in load_mappings(name)])
    shaped = shape(source, mapping, table, matches, Given(**given))
    return table, shaped.frame, shaped.rejected


def mindbody(*rows):
    return through("mindbody", *rows, studio_id="oak", currency="USD", timezone="America/Denver")


def test_mindbody_clients_keep_leading_zeros_and_leave_out_prospects():
    client = {
        "Id": "00042",
        "UniqueId": "9",
        "FirstName": "Ana",
        "LastName": "Lima",
        "Email": "a@b.c",
        "MobilePhone": "+1 5",
        "CreationDate": "2026-01-05T09:00:00",
        "IsProspect": "false",
        "Status": "Active",
        "SendPromotionalEmails": "true",
    }
    table, frame, rejected = mindbody(client, client | {"Id": "43", "IsProspect": "true"})
    assert table == "members"
    assert frame[["member_id", "member_name", "phone"]].to_numpy().tolist() == [["00042", "Ana Lima", "+1 5"]]
    assert frame["joined_at"].iloc[0] == pd.Timestamp("2026-01-05T16:00Z")
    assert frame["email_consent"].tolist() == [True]
    assert rejected["reason"].tolist() == ["a prospect, not a member yet"]


def test_mindbody_visits_count_only_what_was_signed_in():
    visit = {
        "Id": "1",
        "ClassId": "70",
        "ClientId": "00042",
        "StartDateTime": "2026-01-05T18:00:00",
        "Name": "Flow",
        "SignedIn": "false",
        "LateCancelled": "false",
        "AppointmentStatus": "None",
    }
    table, frame, rejected = mindbody(
        visit | {"SignedIn": "true"},
        visit | {"Id": "2", "LateCancelled": "true"},
        visit | {"Id": "3", "AppointmentStatus": "NoShow"},
        visit | {"Id": "4"},
    )
    assert table == "visits"
    assert frame["status"].tolist() == ["attended", "late_cancelled", "no_show", "booked"]
    assert frame[["visit_id", "class_id", "class_name"]].iloc[0].tolist() == ["1", "70", "Flow"]
    assert frame["attended_at"].iloc[0] == pd.Timestamp("2026-01-06T01:00Z")
    assert rejected.empty


def test_mindbody_classes_bring_the_timetable():
    table, frame, _ = mindbody(
        {
            "Id": "70",
            "ClassScheduleId": "7",
            "StartDateTime": "2026-07-05T18:00:00",
            "EndDateTime": "2026-07-05T19:00:00",
            "MaxCapacity": "12",
            "TotalBooked": "9",
            "TotalBookedWaitlist": "0",
            "IsCanceled": "false",
            "ClassDescription.Id": "3",
            "ClassDescription.Name": "Flow",
            "Staff.Id": "5",
            "Resource.Id": "2",
        }
    )
    assert table == "class_sessions"
    row = frame.iloc[0]
    assert row[["class_id", "class_name", "class_type_id", "instructor_id", "room_id"]].tolist() == [
        "70",
        "Flow",
        "3",
        "5",
        "2",
    ]
    assert row[["max_capacity", "booked", "waitlisted", "is_cancelled"]].tolist() == [12, 9, 0, False]
    assert row["ends_at"] - row["starts_at"] == pd.Timedelta(hours=1)


@pytest.mark.parametrize(
    "names",
    [
        ("Sale.Id", "Sale.ClientId", "Sale.SaleDateTime", "AmountPaid", "Description"),
        ("Sale ID", "Client ID", "Sale Date", "Item Total", "Item name"),
    ],
)
def test_mindbody_purchases_take_returns_as_negative(names):
    sale, client, when, paid, what = names
    row = {
        sale: "900",
        client: "00042",
        when: "2026-01-05T10:00:00",
        what: "10 Class Pack",
        paid: "150.00",
        "Quantity": "1",
        "Returned": "false",
    }
    table, frame, _ = mindbody(row, row | {sale: "901", "Returned": "true"})
    assert table == "orders"
    assert frame[["order_id", "customer_id", "product_name", "amount", "status"]].to_numpy().tolist() == [
        ["900", "00042", "10 Class Pack", 15000, "paid"],
        ["901", "00042", "10 Class Pack", -15000, "refunded"],
    ]
    assert frame["line_id"].is_unique


def test_stripes_balance_report_is_charges_less_refunds():
    row = {
        "balance_transaction_id": "txn_1",
        "created_utc": "2026-01-05 10:00:00",
        "created": "2026-01-05 02:00:00",
        "currency": "usd",
        "gross": "25.50",
        "fee": "1.04",
        "net": "24.46",
        "reporting_category": "charge",
        "source_id": "ch_1",
        "description": "Drop in",
        "customer_id": "cus_1",
        "charge_id": "ch_1",
        "payment_intent_id": "pi_1",
    }
    refund = {
        "balance_transaction_id": "txn_2",
        "gross": "-25.50",
        "reporting_category": "refund",
        "payment_intent_id": None,
    }
    table, frame, rejected = through(
        "stripe",
        row,
        row | refund,
        row | {"balance_transaction_id": "txn_3", "gross": "-900.00", "reporting_category": "payout"},
        row | {"balance_transaction_id": "txn_4", "gross": "-2.00", "reporting_category": "fee"},
        studio_id="oak",
    )
    assert table == "orders"
    assert frame[["line_id", "order_id", "amount", "currency", "status"]].to_numpy().tolist() == [
        ["txn_1", "pi_1", 2550, "USD", "paid"],
        ["txn_2", "ch_1", -2550, "USD", "refunded"],
    ]
    assert frame["created_at"].iloc[0] == pd.Timestamp("2026-01-05T10:00Z")
    assert rejected["reason"].tolist() == ["neither a charge nor a refund: no revenue"] * 2


def test_stripes_api_speaks_in_minor_units_and_epoch_seconds():
    row = {
        "id": "txn_1",
        "amount": "2550",
        "fee": "104",
        "net": "2446",
        "currency": "usd",
        "created": "1767225600",
        "available_on": "1767830400",
        "reporting_category": "charge",
        "type": "charge",
        "source": "ch_1",
        "status": "available",
    }
    _, frame, _ = through("stripe", row, studio_id="oak")
    assert frame[["line_id", "order_id", "amount", "status"]].to_numpy().tolist() == [["txn_1", "ch_1", 2550, "paid"]]
    assert frame["created_at"].iloc[0] == pd.Timestamp("2026-01-01T00:00Z")


def test_an_online_retailers_invoices_tell_refunds_and_notes_apart():
    row = {
        "Invoice": "489434",
        "StockCode": "85048",
        "Description": "GLASS BALL",
        "Quantity": "12",
        "InvoiceDate": "2009-12-01 07:45:00",
        "Price": "6.95",
        "Customer ID": "13085.0",
        "Country": "United Kingdom",
    }
    table, frame, rejected = through(
        "uci_online_retail",
        row,
        row | {"Invoice": "C489449", "Quantity": "-12", "Customer ID": None},
        row | {"Invoice": "A506401", "StockCode": "B", "Quantity": "1", "Price": "-53594.36"},
        row | {"Price": "0.0"},
        row,
    )
    assert table == "orders"
    assert frame[["customer_id", "amount", "status"]].to_numpy().tolist() == [
        ["13085", 8340, "paid"],
        [None, -8340, "refunded"],
        ["13085", 8340, "paid"],
    ]
    assert frame["line_id"].str[-2:].tolist() == ["-1", "-1", "-2"]
    assert rejected["line"].tolist() == [4, 5]


def test_retail_turnover_by_state_makes_a_studio_of_each_series(db, tmp_path):
    frame = pd.DataFrame(
        {
            "State": "Victoria",
            "Industry": "Food",
            "Series ID": ["A1", "A1", "A2"],
            "Turnover": [4.4, 3.4, 0.1],
            "Month": pd.to_datetime(["1982-04-01", "1982-05-01", "1982-04-01"]),
        }
    )
    frame.to_parquet(tmp_path / "aus.parquet")
    import_files(db, [tmp_path / "aus.parquet"], "aus_retail")
    assert db.read("monthly_metrics")["total_revenue"].tolist() == [440_000_000, 340_000_000, 10_000_000]
    studios = db.read("studios")
    assert studios[["studio_id", "studio_name", "location", "studio_type", "currency"]].to_numpy().tolist() == [
        ["A1", "Victoria · Food", "Victoria", "Retail", "AUD"],
        ["A2", "Victoria · Food", "Victoria", "Retail", "AUD"],
    ]


def test_blank_separated_purchases_make_a_customers_day_one_order(db, tmp_path):
    path = tmp_path / "purchases.txt"
    lines = (
        " customer_id  date number_of_cds  dollar_value",
        " 00001 19970101  1   11.77",
        " 00002 19970112  1   12.00",
    )
    path.write_text("\r\n".join([*lines, " 00002 19970112  5   77.00", ""]))
    import_files(db, [path], "cdnow")
    orders = db.read("orders").sort_values("amount")
    assert orders["order_id"].tolist() == ["00001-19970101", "00002-19970112", "00002-19970112"]
    assert orders["amount"].tolist() == [1177, 1200, 7700]
    assert orders["created_at"].iloc[0] == pd.Timestamp("1997-01-01T05:00Z")
