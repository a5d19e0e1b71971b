import os
import signal
import sqlite3
import subprocess
import sys

import pytest

from studiolab.adapters.database import open_database
from studiolab.ledger import FIRST, Head, Ledger

WRITER = """
import sys
from studiolab.adapters.database import open_database
from studiolab.ledger import Ledger
ledger = Ledger(open_database(sys.argv[1]))
for n in range(int(sys.argv[3])):
    entry = ledger.record(sys.argv[2], "plan saved", {"n": n, "words": "x" * 500})
    print(entry["entry_id"], entry["entry_hash"], flush=True)
"""


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'studio.sqlite'}"


@pytest.fixture
def ledger(url):
    db = open_database(url)
    yield Ledger(db)
    db.close()


def writer(url, actor, entries):
    return subprocess.Popen([sys.executable, "-c", WRITER, url, actor, str(entries)], stdout=subprocess.PIPE, text=True)


def tamper(url, statement, *values):
    """What someone with the file and no scruples would do."""
    with sqlite3.connect(url.removeprefix("sqlite:///")) as db:
        for change in ("UPDATE", "DELETE"):
            db.execute(f"DROP TRIGGER ledger_refuses_{change}")
        db.execute(statement, values)
    db.close()


def test_an_entry_says_who_did_what_from_which_data_and_holds_the_hash_of_the_one_before(ledger):
    first = ledger.record("ana", "plan saved", {"client": "Zoë"}, "studio-001", "d" * 64, "v1")
    second = ledger.record("ben", "plan shared", {"client": "علي"})
    assert (first["entry_id"], first["previous_hash"]) == (1, FIRST)
    assert second["previous_hash"] == first["entry_hash"]
    stored = ledger.entry(1)
    assert [stored[c] for c in ("actor", "action", "studio_id", "data_hash", "model_version")] == [
        "ana", "plan saved", "studio-001", "d" * 64, "v1"]  # fmt: skip
    assert ledger.entry(2)["payload"] == {"client": "علي"}
    assert [row["entry_id"] for row in ledger.entries(actions=["plan shared"])] == [2]
    assert ledger.verify() == (Head(2, second["entry_hash"]), [])


def test_an_empty_ledger_is_whole_and_an_unknown_entry_is_told(ledger):
    assert ledger.verify() == (Head(0, FIRST), [])
    with pytest.raises(ValueError, match="no entry 7"):
        ledger.entry(7)


@pytest.mark.parametrize(("actor", "action"), [("", "plan saved"), (None, "plan saved"), ("ana", "")])
def test_an_entry_without_who_or_what_is_refused_and_leaves_no_trace(ledger, actor, action):
    with pytest.raises(ValueError, match=r"ledger: act(or|ion) is"):
        ledger.record(actor, action, {})
    assert ledger.entries() == []


@pytest.mark.parametrize("statement", ["UPDATE ledger SET actor = 'eve'", "DELETE FROM ledger"])
def test_the_database_itself_refuses_to_change_or_remove_an_entry(ledger, url, statement):
    ledger.record("ana", "plan saved", {})
    with pytest.raises(sqlite3.IntegrityError, match="only grows"):
        sqlite3.connect(url.removeprefix("sqlite:///")).execute(statement)
    assert ledger.verify()[1] == []


@pytest.mark.parametrize("column", ["recorded_at", "actor", "action", "studio_id", "payload", "data_hash",
                                    "model_version", "previous_hash", "entry_hash"])  # fmt: skip
def test_one_altered_value_is_found(ledger, url, column):
    for n in range(4):
        ledger.record("ana", "plan saved", {"n": n}, "s", "d", "v")
    value = "2020-01-01 00:00:00.000000" if column == "recorded_at" else "{}"
    tamper(url, f"UPDATE ledger SET {column} = ? WHERE entry_id = 2", value)
    _, problems = ledger.verify()
    assert any("entry 2" in problem for problem in problems)


@pytest.mark.parametrize(("column", "value"), [("recorded_at", "yesterday"), ("recorded_at", "9999-12-31 00:00:00"),
                                               ("payload", "{"), ("payload", "\x00")])  # fmt: skip
def test_an_entry_of_garbage_is_a_problem_and_no_crash(ledger, url, column, value):
    for n in range(3):
        ledger.record("ana", "plan saved", {"n": n})
    tamper(url, f"UPDATE ledger SET {column} = ? WHERE entry_id = 2", value)
    _, [problem, *_] = ledger.verify()
    assert "altered" in problem
    if column == "payload":
        assert ledger.entries()[1]["payload"] == {"damaged": value}


def test_a_removed_entry_is_found_and_a_cut_end_by_the_head_that_was_noted(ledger, url):
    for n in range(5):
        ledger.record("ana", "plan saved", {"n": n})
    head, _ = ledger.verify()
    tamper(url, "DELETE FROM ledger WHERE entry_id = 3")
    assert ledger.verify()[1] == ["entries 3 to 3 are missing"]
    tamper_again = sqlite3.connect(url.removeprefix("sqlite:///"))
    with tamper_again:
        tamper_again.execute("DELETE FROM ledger WHERE entry_id > 2")
    tamper_again.close()
    assert ledger.verify()[1] == []
    assert "entry 5" in ledger.verify(head)[1][0]


def test_eight_programs_at_once_lose_nothing_and_fork_nothing(url, ledger):
    writers = [writer(url, f"desk-{n}", 25) for n in range(8)]
    said = [line.split() for process in writers for line in process.communicate(timeout=120)[0].splitlines()]
    assert [process.returncode for process in writers] == [0] * 8
    rows = ledger.entries()
    assert len(rows) == 200
    assert {(str(row["entry_id"]), row["entry_hash"]) for row in rows} == set(map(tuple, said))
    assert {row["actor"]: sum(other["actor"] == row["actor"] for other in rows) for row in rows} == {
        f"desk-{n}": 25 for n in range(8)
    }
    head, problems = ledger.verify()
    assert (head.entries, problems) == (200, [])


@pytest.mark.parametrize("after", [1, 7, 20])
def test_killed_while_writing_it_keeps_all_that_was_acknowledged(url, ledger, after):
    process = writer(url, "ana", 10_000)
    said = [process.stdout.readline().split() for _ in range(after)]
    os.kill(process.pid, signal.SIGKILL)
    said += [line.split() for line in process.stdout.read().splitlines() if len(line.split()) == 2]
    process.wait()
    kept = {str(row["entry_id"]): row["entry_hash"] for row in ledger.entries()}
    assert all(kept[entry_id] == entry_hash for entry_id, entry_hash in said)
    head, problems = ledger.verify()
    assert problems == []
    assert head.entries in (len(said), len(said) + 1)
    assert ledger.record("ben", "plan saved", {})["entry_id"] == head.entries + 1
