import json
import os
import signal
import subprocess
import sys
import time

import pandas as pd
import pytest

from studiolab import schema
from studiolab.adapters.database import open_database
from studiolab.adapters.errors import StudiolabError
from studiolab.adapters.imports import import_files

SALES = "order,date,client,item,total,currency\n"


def lines(*rows):
    return SALES + "".join(row + "\n" for row in rows)


JANUARY = ("1,2026-01-05 10:00,007,Ten pack,90.00,EUR", "2,2026-01-31 23:30,008,Towel,5.00,EUR")
FEBRUARY = ("3,2026-02-01 09:00,007,Towel,5.00,EUR",)


@pytest.fixture
def load(db, tmp_path):
    def load(text, name="sales.csv", mapping=None, studio_id="oak", **given):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        if mapping and "\n" in mapping:
            (tmp_path / "mapping.yml").write_text(mapping)
            mapping = tmp_path / "mapping.yml"
        [export] = import_files(db, [path], mapping, studio_id=studio_id, **given)
        return export

    return load


def everything(db):
    return {table: db.read(table).to_csv() for table in schema.TABLES}


def test_a_file_goes_in_with_its_studio_and_its_record(db, load):
    export = load(lines(*JANUARY), timezone="Europe/Berlin", at=pd.Timestamp("2026-03-01T12:00Z"))
    assert (export.table, export.new, export.changed, export.known) == ("orders", 2, 0, 0)
    orders = db.read("orders")
    assert orders["amount"].tolist() == [9000, 500]
    assert orders["customer_id"].tolist() == ["007", "008"]
    assert orders["created_at"].dt.strftime("%d %H:%M").tolist() == ["05 09:00", "31 22:30"]
    assert db.read("studios")[["studio_id", "currency", "timezone"]].to_numpy().tolist() == [
        ["oak", "EUR", "Europe/Berlin"]
    ]
    record = db.read("imports").iloc[0]
    assert record[["rows_read", "rows_new", "rows_known", "rows_rejected"]].tolist() == [2, 2, 0, 0]
    assert record["imported_at"] == pd.Timestamp("2026-03-01T12:00Z")


def test_a_file_that_would_change_all_that_is_known_is_refused_until_it_is_said_to_correct(db, load):
    months = [f"2025-{month:02},{amount}" for month, amount in enumerate(range(10_000, 22_000, 1000), 1)]
    text = "\n".join(["Month,Revenue", *months])
    thousands = (
        "table: monthly_metrics\ncolumns: {month_year: Month, total_revenue: Revenue}\nscale: {total_revenue: 1000}\n"
    )
    load(text, currency="EUR", mapping=f"table: monthly_metrics\n{thousands}")
    before = everything(db)
    with pytest.raises(StudiolabError, match=r"every one of the 12 rows.*Nothing was stored.*--correct"):
        load(text, currency="EUR")
    assert everything(db) == before
    assert load(text, currency="EUR", correct=True).changed == 12


def test_importing_the_same_file_twice_changes_nothing(db, load):
    text = lines(*JANUARY, "9,someday,007,Towel,5.00,EUR")
    load(text, at=pd.Timestamp("2026-03-01T12:00Z"))
    before = everything(db)
    again = load(text)
    assert (again.new, again.changed, again.known) == (0, 0, 2)
    assert everything(db) == before


def test_overlapping_exports_do_not_double_and_twin_lines_both_stay(db, load):
    twin = JANUARY[1]
    load(lines(*JANUARY, twin))
    later = load(lines(twin, twin, *FEBRUARY), "february.csv")
    assert (later.new, later.known) == (1, 2)
    assert sorted(db.read("orders")["order_id"]) == ["1", "2", "2", "3"]


def test_a_later_export_corrects_a_row_that_has_an_id_of_its_own(db, load):
    head = "transaction id,order,date,total,currency,status\n"
    load(head + "t1,1,2026-01-05,90.00,EUR,pending\n")
    assert load(head + "t1,1,2026-01-05,90.00,EUR,paid\n", "next.csv").changed == 1
    assert db.read("orders")["status"].tolist() == ["paid"]


def test_a_rejected_row_is_kept_with_file_line_column_reason_and_raw(db, load):
    export = load(
        lines(
            JANUARY[0],
            "2,31.02.2026,008,Towel,5.00,EUR",
            "3,2026-02-01,007,Towel,lots,EUR",
            "4,2026-02-01",
            "5,2026-02-02,,Mat,7.00,euro",
        )
    )
    kept = db.read("rejected_rows").set_index("line")
    assert export.new == 1
    assert kept["file_name"].unique().tolist() == ["sales.csv"]
    assert kept["column"].to_dict() == {3: "created_at", 4: "amount", 5: None, 6: "currency"}
    assert kept["reason"].tolist()[:3] == [
        "cannot be read: 31.02.2026",
        "cannot be read: lots",
        "2 fields, the header has 6",
    ]
    assert json.loads(kept.loc[4, "raw"])["total"] == "lots"
    assert export.reasons["rows"].sum() == 4
    assert export.rows_read == 5


def test_a_row_that_a_better_mapping_takes_is_rejected_no_longer(db, load):
    text, mapping = lines("2,05-02-2026 07.30,008,Towel,5.00,EUR"), "table: orders\ncolumns: {created_at: date}\n"
    load(text, mapping=mapping + "date_format: '%Y'\n")
    assert len(db.read("rejected_rows")) == 1
    load(text, mapping=mapping + "date_format: '%d-%m-%Y %H.%M'\n")
    assert db.read("orders")["created_at"].tolist() == [pd.Timestamp("2026-02-05T07:30Z")]
    assert db.read("rejected_rows").empty


def test_a_file_that_does_not_say_its_studio_or_currency_is_refused_with_advice(load):
    with pytest.raises(StudiolabError, match="Give --studio"):
        load(lines(*JANUARY), studio_id=None)
    with pytest.raises(StudiolabError, match="Give --currency"):
        load("client id,name\n007,Ana\n")


def test_a_studio_that_is_known_lends_its_currency_and_zone(db, load):
    db.write(
        "studios",
        pd.DataFrame([{"studio_id": "oak", "studio_name": "Oak", "currency": "JPY", "timezone": "Asia/Tokyo"}]),
    )
    load("order,date,total\n1,2026-01-05 08:00,1200\n")
    assert db.read("orders")[["amount", "currency"]].to_numpy().tolist() == [[1200, "JPY"]]
    assert db.read("orders")["created_at"].iloc[0] == pd.Timestamp("2026-01-04T23:00Z")


def test_monthly_figures_keep_the_schemas_sums(db, load):
    figures = "Month;Revenue;Members;Joins;Cancellations;Retention\n2026-01;4.000,00;100;10;5;95 %\n"
    export = load(figures + "2026-02;4.100,50;101;6;5;95 %\n2026-03;1,00;500;0;0;95 %\n", currency="EUR")
    metrics = db.read("monthly_metrics")
    assert metrics["total_revenue"].tolist() == [400000, 410050]
    assert metrics["retention_rate"].tolist() == [0.95, 0.95]
    assert metrics["metric_id"].tolist() == ["oak:2026-01", "oak:2026-02"]
    assert export.rejected[["line", "reason"]].to_numpy().tolist() == [[4, "members are not previous + new - churned"]]


def test_a_price_list_is_the_catalogue_with_its_costs(db, load):
    text = "SKU,Product,Category,Price,Unit Cost\nmat,Yoga mat,Retail,68.00,37.40\nten,Ten pack,Class pack,90,\n"
    export = load(text, "products.csv", currency="EUR")
    assert (export.table, export.new) == ("products", 2)
    found = db.read("products").set_index("product_id")
    assert found["price"].to_dict() == {"mat": 6800, "ten": 9000}
    assert found["revenue_kind"].to_dict() == {"mat": "retail", "ten": "class_pack"}
    assert (found.loc["mat", "cost"], found["cost"].isna().sum()) == (3740, 1)
    dearer = load(text.replace("68.00", "72.00"), "products.csv", currency="EUR", correct=True)
    assert (dearer.new, dearer.changed) == (0, 1)


def test_a_face_may_look_before_it_leaps(db, tmp_path):
    path = tmp_path / "sales.csv"
    path.write_text(lines(*JANUARY))
    seen = []
    assert import_files(db, [path], studio_id="oak", confirm=lambda export: seen.append(export)) == []
    assert seen[0].preview["product_name"].tolist() == ["Ten pack", "Towel"]
    assert db.read("orders").empty


def test_a_date_that_reads_two_ways_is_pointed_out(load):
    text = "order,date,total,currency\n"
    [note] = load(text + "1,03/04/2026,9,EUR\n").notes
    assert note.startswith("date: 03/04/2026 was read as month/day/year")
    for clear in ("03/04/2026,9,EUR\n2,13/04/2026", "03.04.2026", "2026-04-03", "04/04/2026"):
        assert load(text + f"1,{clear},9,EUR\n").notes == []


def test_the_members_of_a_repeated_id_come_from_the_last_line(db, load):
    load("client id,name,join date\n007,Ana,2026-01-05\n008,Ben,2026-01-06\n007,Anna,2026-01-05\n", currency="EUR")
    assert db.read("members")["member_name"].tolist() == ["Anna", "Ben"]
    assert db.read("rejected_rows")["reason"].tolist() == ["a later line has the same: 007"]


CHILD = """
import sys
from studiolab.adapters.database import open_database
from studiolab.adapters.imports import import_files
db = open_database(sys.argv[1])
print("ready", flush=True)
import_files(db, [sys.argv[2]], studio_id="oak", progress=lambda path, step: print(step, flush=True))
print("done", flush=True)
"""


@pytest.mark.parametrize("moment", [("read", 0.05), ("store", 0.05), ("store", 0.25)])
def test_a_killed_import_leaves_the_database_as_before_or_after(tmp_path, moment):
    url, path = f"sqlite:///{tmp_path / 'killed.sqlite'}", tmp_path / "sales.csv"
    path.write_text(
        lines(*(f"{n},2026-01-05 10:00,007,Towel,{n}.00,EUR" for n in range(30_000)), "x,never,1,Towel,1,EUR")
    )
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, url, str(path)], stdout=subprocess.PIPE, text=True, env=os.environ
    )
    step, wait = moment
    while child.stdout.readline().strip() != step:
        pass
    time.sleep(wait)
    child.send_signal(signal.SIGKILL)
    child.wait()
    db = open_database(url)
    found = {table: len(db.read(table)) for table in ("orders", "studios", "rejected_rows", "imports")}
    before, after = dict.fromkeys(found, 0), {"orders": 30_000, "studios": 1, "rejected_rows": 1, "imports": 1}
    assert found in (before, after)
    [export] = import_files(db, [path], studio_id="oak")
    assert export.new + export.known == 30_000


def test_an_amount_beyond_all_money_is_rejected_and_the_rest_goes_in(db, load):
    export = load(
        lines(*JANUARY, "3,2026-02-01 09:00,7,Towel,99999999999999999999,EUR", "4,2026-02-01,7,Towel,1e400,EUR")
    )
    assert export.new == 2
    assert export.reasons.to_dict("records") == [{"reason": "amount: cannot be read", "rows": 2}]


def test_the_currency_of_a_row_goes_above_the_one_the_caller_gives(db, load):
    load(lines("1,2026-01-05 10:00,7,Towel,90.00,USD", "2,2026-01-06 10:00,7,Towel,80.00,"), currency="EUR")
    assert db.read("orders")["currency"].tolist() == ["USD", "EUR"]
