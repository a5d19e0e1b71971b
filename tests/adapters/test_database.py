import sqlite3
from statistics import mean, stdev

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from studiolab import schema
from studiolab.adapters import database
from studiolab.adapters.channels import message
from studiolab.adapters.database import Written, open_database
from studiolab.adapters.errors import StudiolabError

NOW = pd.Timestamp("2026-10-05T09:00Z")
ONE_VALUE = {
    "str": "é, \"quoted\"; 'x'",
    "Int64": 7,
    "float64": 0.25,
    "boolean": True,
    "datetime64[ns, UTC]": pd.Timestamp("2026-03-29T01:30:00.123456Z"),
    "datetime64[ns]": pd.Timestamp("2026-03-01"),
}


def one_of(table, **given):
    """A valid row with something in every column, and a row with nothing but what is required."""
    columns = schema.TABLES[table].columns
    full, bare = {}, {}
    for name, column in columns.items():
        allowed = next((c.statistics["allowed_values"] for c in column.checks if "allowed_values" in c.statistics), ())
        value = "EUR" if name == "currency" else allowed[0] if allowed else ONE_VALUE[str(column.dtype)]
        full[name] = given.get(name, value)
        bare[name] = value if not column.nullable else None
        if name in schema.key(table) and isinstance(value, str):
            bare[name] = allowed[1] if allowed else "other"
    if schema.key(table) == ("entry_id",):
        bare["entry_id"] = 8
    rows = pd.DataFrame([full, bare])
    if table == "monthly_metrics":
        rows[list(schema.REVENUE_PARTS)] = None
    return schema.validate(table, rows)


def months(studio, revenues, start="2019-01-01"):
    when = pd.date_range(start, periods=len(revenues), freq="MS")
    return pd.DataFrame({"studio_id": studio, "month_year": when, "total_revenue": revenues, "currency": "USD"})


def orders(*amounts, studio="oak"):
    lines = [f"l{i}" for i in range(len(amounts))]
    return pd.DataFrame(
        {"studio_id": studio, "line_id": lines, "order_id": lines, "amount": amounts, "currency": "EUR"}
    ).assign(created_at=pd.Timestamp("2026-01-05T10:00Z"))


def test_a_database_file_is_its_owners_alone(tmp_path):
    path = tmp_path / "s.sqlite"
    for mode in (None, 0o664):
        if mode:
            path.chmod(mode)
        open_database(f"sqlite:///{path}").close()
        assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("table", [t for t in schema.TABLES if t != "studio_baselines"])
def test_every_table_gives_back_what_was_written(db, table):
    rows = one_of(table)
    assert db.write(table, rows) == Written(new=2, changed=0, known=0)
    key = list(schema.key(table))
    assert_frame_equal(db.read(table), rows.sort_values(key, ignore_index=True))


def test_rows_are_read_by_studio_and_by_column(db):
    db.write("orders", pd.concat([orders(1, studio="oak"), orders(2, studio="elm"), orders(3, studio="fir")]))
    assert db.read("orders", "elm")["amount"].tolist() == [2]
    assert db.read("orders", ["oak", "fir"], columns=["studio_id", "amount"]).to_numpy().tolist() == [
        ["fir", 3],
        ["oak", 1],
    ]
    assert db.read("orders", "nobody").empty


def test_writing_again_keeps_what_is_known_and_corrects_what_says_something_else(db):
    db.write("orders", orders(100, 200, 300))
    assert db.write("orders", orders(100, 250, 300, 400)) == Written(new=1, changed=1, known=2)
    assert db.read("orders")["amount"].tolist() == [100, 250, 300, 400]


def test_a_wrong_row_is_refused_and_nothing_of_the_transaction_stays(db):
    def one_right_one_wrong():
        with db.transaction() as changes:
            changes.write("orders", orders(100))
            changes.write("orders", orders(100).assign(currency="euro"))

    with pytest.raises(ValueError, match="currency"):
        one_right_one_wrong()
    assert db.read("orders").empty


def test_replace_takes_the_rows_of_the_named_studio_only(db):
    db.write("monthly_metrics", pd.concat([months("oak", [1, 2]), months("elm", [3, 4])], ignore_index=True))
    db.replace("monthly_metrics", months("oak", [9]), studio_id="oak")
    assert db.read("monthly_metrics")[["studio_id", "total_revenue"]].to_numpy().tolist() == [
        ["elm", 3],
        ["elm", 4],
        ["oak", 9],
    ]
    db.replace("monthly_metrics", months("fir", [5]))
    assert db.read("monthly_metrics")["studio_id"].tolist() == ["fir"]


def test_baselines_are_the_last_twelve_months_before_each_studios_own_last_month(db):
    old = months("old", list(range(100, 120)))
    gappy = months("gappy", [10, 20, 1000]).assign(
        month_year=pd.to_datetime(["2020-01-01", "2021-01-01", "2021-12-01"])
    )
    db.write("monthly_metrics", pd.concat([old, gappy], ignore_index=True))
    baselines = db.read("studio_baselines").set_index("studio_id")
    last_year = range(108, 120)
    assert baselines.loc["old", "months_of_data"] == 12
    assert baselines.loc["old", "avg_monthly_revenue"] == mean(last_year)
    assert baselines.loc["old", "revenue_stddev"] == pytest.approx(stdev(last_year))
    assert baselines.loc["gappy", "months_of_data"] == 2
    assert np.isnan(baselines.loc["old", "avg_retention_rate"])
    schema.validate("studio_baselines", baselines.reset_index())


def test_a_locked_database_is_told_in_plain_words(tmp_path, monkeypatch):
    monkeypatch.setattr(database, "WAIT_SECONDS", 0.1)
    db = open_database(f"sqlite:///{tmp_path / 'busy.sqlite'}")
    other = sqlite3.connect(tmp_path / "busy.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StudiolabError, match=r"busy\.sqlite: another program has been writing"):
        db.write("orders", orders(1))
    other.execute("COMMIT")
    assert db.write("orders", orders(1)).new == 1


def test_a_full_disk_changes_nothing_and_says_so(db):
    def write_past_the_end():
        with db.transaction() as changes:
            changes.write("studios", pd.DataFrame([{"studio_id": "a", "studio_name": "A", "currency": "EUR"}]))
            pages = changes._connection.exec_driver_sql("PRAGMA page_count").scalar()
            changes._connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 2}")
            changes.write("orders", orders(*range(5000)))

    with pytest.raises(StudiolabError, match="disk is full and nothing was changed"):
        write_past_the_end()
    assert db.read("orders").empty
    assert db.read("studios").empty


def test_a_read_only_database_is_read_and_not_written(tmp_path):
    path = tmp_path / "kept.sqlite"
    open_database(f"sqlite:///{path}").close()
    db = open_database(f"sqlite:///file:{path}?mode=ro&uri=true")
    assert db.read("orders").empty
    with pytest.raises(StudiolabError, match="may not be written; give this user the right"):
        db.write("orders", orders(1))


@pytest.mark.parametrize(
    ("name", "content", "advice"),
    [("junk.sqlite", b"no database at all" * 99, "not a healthy SQLite"), ("folder", None, "cannot be opened")],
)
def test_what_is_no_database_is_refused_with_advice(tmp_path, name, content, advice):
    path = tmp_path / name
    path.write_bytes(content) if content else path.mkdir()
    with pytest.raises(StudiolabError, match=advice):
        open_database(f"sqlite:///{path}")


def test_a_server_that_does_not_answer_is_told_without_its_password(tmp_path):
    pytest.importorskip("psycopg")
    with pytest.raises(StudiolabError, match="server does not let us in") as caught:
        open_database("postgresql+psycopg://studio:secret@127.0.0.1:1/studio")
    assert "secret" not in str(caught.value)


def test_a_revision_is_new_at_once_for_our_own_writes_and_for_others_after_the_patience(tmp_path):
    url = f"sqlite:///{tmp_path / 'data.sqlite'}"
    ours, theirs = open_database(url), open_database(url)
    ours.patience = 60.0
    studios = pd.DataFrame({"studio_id": ["a"], "studio_name": ["A"], "currency": ["EUR"]})
    before = ours.revision("studios")
    ours.write("studios", studios)
    mine = ours.revision("studios")
    assert mine != before
    theirs.write("studios", studios.assign(studio_name="B"))
    assert ours.revision("studios") == mine
    ours.patience = 0.0
    ours.write("studios", studios.assign(studio_name="C"))
    theirs.write("studios", studios.assign(studio_name="D"))
    assert ours.revision("studios") == theirs.revision("studios") != mine
    ours.close()
    theirs.close()


def test_equal_texts_that_are_read_are_one_string_in_memory(tmp_path):
    with_two = pd.DataFrame({"studio_id": ["a", "b"], "studio_name": ["North", "North"], "currency": ["EUR", "EUR"]})
    known = open_database(f"sqlite:///{tmp_path / 'data.sqlite'}")
    known.write("studios", with_two)
    one, other = known.read("studios")["studio_name"]
    assert one is other
    known.close()


def test_a_log_keeps_new_rows_and_is_all_or_nothing(tmp_path):
    db = open_database(f"sqlite:///{tmp_path / 'one.sqlite'}")
    row = message("whatsapp", "1", "1", "491", "text", "Hi", NOW) | {"studio_id": "oak", "received_at": NOW}
    other = row | {"message_id": "whatsapp:2"}
    before = db.revision("messages")
    db.log("messages", [row, other])
    after = db.revision("messages")
    db.log("messages", [row | {"body": "Something else"}])
    with pytest.raises(Exception, match="channel"):
        db.log("messages", [row | {"message_id": "whatsapp:3"}, row | {"message_id": "whatsapp:4", "channel": None}])
    assert before != after
    assert db.read("messages")["body"].tolist() == ["Hi", "Hi"]
    with db.transaction() as changes:  # the line that wrote the log begins transactions as ever
        changes.add("messages", [row | {"message_id": "whatsapp:5"}])
    assert len(db.read("messages")) == 3
    db.close()
