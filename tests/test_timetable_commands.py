"""`studiolab timetable …` on a studio of its own, for it writes."""

import json
import os
import signal

import anyio
import httpx
import pytest
from typer.testing import CliRunner

from studiolab import cli
from studiolab.api import app
from studiolab.app import Workbench
from studiolab.settings import settings
from tests.app.small_studio import TOKEN, small

OPEN = {"opening_time": "17:00", "closing_time": "19:00", "seconds": 2.0}


@pytest.fixture
def bench(tmp_path, monkeypatch):
    """The small studio, which the commands find too."""
    for name, value in (("STUDIOLAB_HOME", tmp_path), ("STUDIOLAB_TOKEN", TOKEN)):
        monkeypatch.setenv(name, str(value))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    settings.cache_clear()
    bench = small(tmp_path)
    yield bench
    bench.close()
    settings.cache_clear()


@pytest.fixture
def run(bench):
    """Run `studiolab timetable` with these words."""
    return lambda *words: CliRunner().invoke(cli.app, ["timetable", *map(str, words)], prog_name="studiolab")


def test_a_proposal_is_one_json_from_call_api_and_command(run, bench):
    transport = httpx.ASGITransport(app(bench, bench.settings))

    async def post():
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", headers=headers) as client:
            return (await client.post("/api/scheduling/optimize", json=OPEN)).json()

    called = bench.propose_timetable("oak", OPEN).model_dump(mode="json")
    words = ("--opening-time", "17:00", "--closing-time", "19:00", "--seconds", 2, "--json")
    assert called == anyio.run(post) == json.loads(run("solve", *words).stdout)
    assert called["status"] == "optimal"


def test_a_week_is_found_looked_at_saved_and_exported(run, bench, tmp_path):
    week = tmp_path / "week.json"
    week.write_text(run("solve", "--seconds", 1, "--json").stdout)
    assert "Every rule holds." in run("check", "--file", week).stdout
    assert run("save", week, "--note", "autumn").stderr.startswith("Saved 3 classes; entry 1 of the ledger.")
    assert bench.ledger.entry(1)["payload"]["note"] == "autumn"
    shown = run("show").stdout
    assert "oak, saved 20" in shown
    assert "MO   18:00–19:00  Salsa  Loft" in shown
    assert run("export", "--to", tmp_path / "week.ics").exit_code == 0
    came = run("import", tmp_path / "week.ics")
    assert (came.exit_code, " new, 0 changed, 0 known already." in came.stdout) == (0, True)


def test_a_week_that_breaks_a_rule_is_said_and_not_saved(run, bench, tmp_path):
    week, told = tmp_path / "week.json", json.loads(run("show", "--json").stdout)
    week.write_text(json.dumps({"placements": [row | {"room_id": "hall"} for row in told["placements"]]}))
    looked, saved = run("check", "--file", week), run("save", week)
    assert (looked.exit_code, "Room hall has" in looked.stdout) == (1, True)
    assert (saved.exit_code, saved.stderr[:38]) == (2, "studiolab: the week was not saved: Roo")
    assert bench.saved_timetable("oak").saved_at is None


def test_pins_suggestions_reasons_and_conflicts_are_said_in_words(run):
    assert run("pin", "--class", "yoga-we-1800").stdout == "Pinned: yoga-we-1800, WE, 18:00, hall, ana\n"
    assert run("pin", "--class", "yoga-mo-1800", "--weekday", "0").stdout == "Pinned: yoga-mo-1800, MO\n"
    assert run("unpin", "--class", "yoga-we-1800").stdout == "yoga-we-1800 may go anywhere again.\n"
    assert "no class 'tango' at oak" in run("pin", "--class", "tango").stderr
    assert "no instructor teaches Tango" in run("suggest", "--name", "Tango", "--capacity", 10).stdout
    assert run("why").stdout == "Every class has its place.\n"
    assert "12 conflicts" in run("conflicts", "--closing-time", "18:00").stdout


def test_ctrl_c_keeps_the_best_and_says_so(run, monkeypatch):
    propose = Workbench.propose_timetable

    def interrupted(self, studio_id, request, progress, stop):
        os.kill(os.getpid(), signal.SIGINT)
        return propose(self, studio_id, request, progress, stop)

    monkeypatch.setattr(Workbench, "propose_timetable", interrupted)
    done = run("solve", "--seconds", 30)
    assert (done.exit_code, "Stopped; this is the best so far." in done.stderr) == (0, True)
    assert "oak, feasible" in done.stdout


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["show", "--studio", "elm"], "no studio 'elm'"),
        (["solve", "--seconds", "0"], "seconds: Input should be greater than or equal to 0.1, got 0"),
        (["solve", "--opening-time", "25:00"], "opening_time: time of day '25:00'; expected 00:00 to 24:00"),
        (["pin", "--class", "yoga-we-1800", "--weekday", "someday"], "weekday 'someday'; expected MO, TU"),
        (["export", "--to", "week.ics"], "oak has no saved week yet"),
        (["import", "no_such.ics"], "no_such.ics cannot be read"),
        (["save", "no_such.json"], "[Errno 2] No such file"),
    ],
)
def test_an_error_is_one_sentence_on_stderr_and_status_2(run, words, sentence):
    done = run(*words)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith(f"studiolab: {sentence}")
