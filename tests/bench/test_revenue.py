import json

import pytest
from typer.testing import CliRunner

from studiolab import cli
from studiolab.bench import revenue, score, worlds


def test_the_command_prints_a_table_a_part(monkeypatch):
    monkeypatch.setitem(revenue.PARTS, "http", lambda bench: [score.plain("answers", 1.0)])
    words = ["bench", "revenue", "--part", "http", "--seed", "21", "--studios", "4", "--json"]
    done = CliRunner().invoke(cli.app, words, prog_name="studiolab")
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert list(found) == ["http"]
    assert set(found["http"][0]) == set(score.COLUMNS)
    assert CliRunner().invoke(cli.app, words[:-1], prog_name="studiolab").stdout.startswith("Http")


def test_an_unknown_part_is_refused_with_those_there_are():
    with pytest.raises(ValueError, match="expected scenario, alone"):
        revenue.scorecard(("scenarios",), (21,))


def test_worlds_of_the_reported_run_are_none_that_anything_was_developed_on():
    assert min(worlds.SEEDS) > 400
