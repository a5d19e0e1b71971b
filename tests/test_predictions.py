"""The log of predictions: each once, never in an answer's way, and actuals beside it when they come."""

import sqlite3
import subprocess
import sys
import time

import pandas as pd
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from studiolab.adapters import database, migrate
from studiolab.app import Workbench, predictions
from studiolab.revenue_simulator.answers import UnknownStudio

STUDIO = "studio-001"
WHAT_IF = {"studio_id": STUDIO, "levers": {"upsell_rate": 0.3}}


def logged(bench):
    return bench.predictions().groupby("prediction_type").size().to_dict()


def takings(path, *months):
    """Sales of a till, one on the first and one on the last day of each month."""
    lines = ["order_id,created_at,amount,revenue_kind"]
    for number, month in enumerate(pd.date_range("2024-01-01", periods=len(months), freq="MS")):
        for day in (month, month + pd.offsets.MonthEnd()):
            lines.append(f"{number}-{day.day},{day:%Y-%m-%d},{months[number] / 2:.2f},retail")
    path.write_text("\n".join(lines) + "\n")
    return [path]


def test_a_prediction_is_logged_once_however_often_and_by_whomever_it_is_asked(own):
    other = Workbench(own.settings)
    for bench in (own, other, own):
        bench.forecast({"studio_id": STUDIO}, logged=True)
        bench.forward(WHAT_IF, logged=True)
        bench.forward(WHAT_IF | {"projection_months": 5}, logged=True)
        bench.close()
    assert logged(own) == {"forecast": 3, "forward": 5}
    first = own.predictions()["predicted_at"].max()
    own.forecast({"studio_id": STUDIO}, logged=True)
    assert own.predictions()["predicted_at"].max() == first
    other.close()


def test_what_panels_and_notebooks_ask_and_what_is_known_already_is_not_logged(own):
    own.forward(WHAT_IF)
    own.forecast({"studio_id": STUDIO, "base_month": "2026-06"}, logged=True)
    assert logged(own) == {}


def test_money_is_kept_in_minor_units_beside_its_currency_and_comes_back_in_major_ones(own):
    answer = own.forecast({"studio_id": "till", "projection_months": 1}, logged=True)
    (row,) = own.predictions("till").to_dict("records")
    month = answer.predictions["month_1"]
    assert (row["predicted_revenue"], row["currency"]) == (month.revenue, "EUR")
    assert (row["revenue_low"], row["revenue_high"]) == month.confidence_interval
    kept = own.db.read("prediction_logs", "till")["predicted_revenue"].iloc[0]
    assert kept == round(100 * month.revenue)


def test_actuals_are_filled_in_when_an_import_brings_them(own, tmp_path):
    known = [9000.0 + 100 * (number % 12) for number in range(30)]
    given = {"studio_id": "basel", "currency": "CHF", "timezone": "Europe/Zurich"}
    own.import_files(takings(tmp_path / "a.csv", *known), **given)
    told = own.forecast({"studio_id": "basel"}, logged=True).predictions["month_1"].revenue
    assert (own.performance("basel").waiting, own.performance("basel").performance_metrics.predictions) == (3, 0)
    own.import_files(takings(tmp_path / "b.csv", *known, 10_000.0), **given)
    found = own.performance("basel")
    assert (found.waiting, found.performance_metrics.predictions) == (2, 1)
    assert found.performance_metrics.mape == pytest.approx(abs(told / 10_000 - 1) * 100, abs=1e-4)


def test_an_unknown_studio_has_no_track_record(own):
    with pytest.raises(UnknownStudio, match="no studio 'nobody'; there are 4: studio-001"):
        own.performance("nobody")


# never in the way ---------------------------------------------------------------------------------
def test_an_answer_comes_at_once_while_another_program_holds_the_database(own, monkeypatch, caplog):
    monkeypatch.setattr(database, "WAIT_SECONDS", 0.2)
    own.forecast({"studio_id": STUDIO})
    other = sqlite3.connect(own.settings.home / "data" / "studiolab.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    own.db.engine.dispose()
    began = time.monotonic()
    assert own.forecast({"studio_id": STUDIO}, logged=True).predictions
    assert time.monotonic() - began < 0.2
    own._write_down()
    assert "predictions are not in the log: Database" in caplog.text
    other.execute("COMMIT")
    own.forecast({"studio_id": STUDIO}, logged=True)
    assert logged(own) == {"forecast": 3}


def test_whatever_fails_in_the_log_fails_no_answer_and_no_other_entry(own, monkeypatch, caplog):
    right = predictions.track_record.rows

    def rows(asked, *rest):
        return right(asked, *rest) if asked.studio_id == "till" else {}["gone"]

    monkeypatch.setattr(predictions, "PAUSE", 60)
    monkeypatch.setattr(predictions.track_record, "rows", rows)
    for asked in ({"studio_id": "till"}, {"studio_id": STUDIO}, {"studio_id": "till", "projection_months": 4}):
        assert own.forecast(asked, logged=True).predictions
    assert logged(own) == {"forecast": 4}
    assert "predictions are not in the log: 'gone'" in caplog.text


def test_the_answers_that_wait_are_bounded(own, monkeypatch, caplog):
    monkeypatch.setattr(predictions, "MOST_WAITING", 1)
    monkeypatch.setattr(predictions, "PAUSE", 60)
    for studio in ("till", STUDIO):
        assert own.forecast({"studio_id": studio}, logged=True).predictions
    assert "a prediction for studio-001 is not logged" in caplog.text


def test_a_command_that_ends_has_written_its_predictions(own):
    done = subprocess.run([sys.executable, "-m", "studiolab", "forecast", "--studio", STUDIO], capture_output=True)
    assert done.returncode == 0, done.stderr
    assert logged(own) == {"forecast": 3}


def test_a_log_of_an_older_database_is_made_anew_beside_its_backup(tmp_path):
    older = tmp_path / "older.sqlite"
    engine = sa.create_engine(f"sqlite:///{older}")
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(migrate.SCRIPTS))
        config.attributes["connection"] = connection
        command.upgrade(config, "0003")
    engine.dispose()
    db = database.open_database(f"sqlite:///{older}")
    assert db.read("scenarios").empty
    assert db.read("prediction_logs").empty
    assert len(list((tmp_path / "backups").iterdir())) == 1
    db.close()
