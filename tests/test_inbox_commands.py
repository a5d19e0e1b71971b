"""`studiolab inbox …` on a studio of its own, for it writes."""

import json

import pytest
from typer.testing import CliRunner

from studiolab import cli
from studiolab.settings import settings
from studiolab.studio_operations.inbox.contacts import contact_id
from tests.app.small_inbox import small_inbox, wrote
from tests.app.small_studio import TOKEN, open_small, small

ANA, MAIL = contact_id("oak", "whatsapp:4915111111"), contact_id("oak", "email:ana.roth@example.com")


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run `studiolab inbox` with these words, on two people who wrote."""
    for name, value in (("STUDIOLAB_HOME", tmp_path), ("STUDIOLAB_TOKEN", TOKEN)):
        monkeypatch.setenv(name, str(value))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    settings.cache_clear()
    small_inbox(tmp_path, wrote("a1", "4915111111", "Salsa on Monday?", 0, name="Ana Roth"),
                wrote("e1", "ana.roth@example.com", "My number: +4915111111", 1, channel="email",
                      name="Ana Roth")).close()  # fmt: skip
    yield lambda *words: CliRunner().invoke(cli.app, ["inbox", *map(str, words)], prog_name="studiolab")
    settings.cache_clear()


def test_listed_shown_and_moved(run):
    listed = run("list", "--search", "monday").stdout
    assert "Ana Roth" in listed
    assert "1 of 1; 1 wait for an answer." in run("list", "--search", "monday").stdout
    assert json.loads(run("list", "--json").stdout)["total"] == 2
    shown = run("show", ANA).stdout
    assert "Salsa on Monday?" in shown
    assert "They have waited for an answer since 2026-10-05 09:00 UTC." in shown
    assert "QUALIFIED, no reason given" in run("stage", ANA, "QUALIFIED").stdout
    assert run("stage", ANA, "LOST").stderr.strip().endswith("QUALIFIED to LOST needs a reason, in a few words")
    assert "0 of 0." in run("contacts", "--search", "roth", "--stage", "LOST").stdout
    assert "1 of 1." in run("contacts", "--search", "roth", "--stage", "QUALIFIED").stdout


def test_what_is_not_there_is_said_with_what_to_do(run, tmp_path, monkeypatch):
    assert "there is no 'moon'; there are NEW, CONTACTED" in run("list", "--stage", "moon").stderr
    assert "no studio 'moon'; `studiolab studios` lists them" in run("list", "--studio", "moon").stderr
    assert run("canned").stdout.startswith("No replies yet; `studiolab inbox canned NAME")
    assert "no reply 'moon'; there are: none yet" in run("canned", "moon").stderr
    assert "Nobody has written" not in run("list", "--state", "closed").stdout
    small(tmp_path / "quiet").close()
    monkeypatch.setenv("STUDIOLAB_HOME", str(tmp_path / "quiet"))
    settings.cache_clear()
    assert "Nobody has written; `studiolab inbox connect` brings messages" in run("list").stdout
    assert run("suggestions").stdout == "Nobody seems to be two contacts.\n"
    monkeypatch.setenv("STUDIOLAB_HOME", str(tmp_path / "new"))
    for words in (("list",), ("agents", "list"), ("suggestions",), ("status",), ("metrics",), ("demo",)):
        settings.cache_clear()
        result = run(*words)
        assert (result.exit_code, "there is no studio yet; `studiolab import FILE`" in result.stderr) == (2, True), (
            words
        )


def test_whose_account_is_closed_is_said_in_the_list(run, tmp_path):
    bench = open_small(tmp_path)
    for name in ("olga", "otto"):
        bench.accounts.add(name, "owner", "a long enough password")
    bench.assign("oak", ANA, "otto", "olga")
    bench.accounts.close("otto")
    bench.close()
    (row,) = json.loads(run("list", "--assigned", "", "--search", "salsa", "--json").stdout)["conversations"]
    assert (row["assigned"], row["assigned_is_closed"]) == ("otto", True)
    assert "otto, closed" in " ".join(run("list", "--assigned", "otto").stdout.split())


def test_joined_and_taken_apart(run):
    assert "both have the same full name" in run("suggestions").stdout.replace("\n", " ")
    merged = run("merge", ANA, MAIL).stdout
    assert "whatsapp 4915111111" in merged
    (found,) = json.loads(run("contacts", "--json").stdout)["contacts"]
    assert run("unmerge", ANA, found["merges"][0]["merge_id"]).exit_code == 0
    assert json.loads(run("contacts", "--json").stdout)["total"] == 2
    assert len(json.loads(run("suggestions", "--json").stdout)) == 1


def test_what_a_team_does_with_a_conversation(run):
    assert run("note", ANA, "likes salsa").stdout == "1 notes.\n"
    assert run("label", ANA, "hot").stdout == "hot\n"
    assert run("label", ANA, "hot", "--off").stdout == "no label\n"
    assert run("assign", ANA, "").stdout == "It is nobody's.\n"
    assert run("snooze", ANA, "--until", "2100-01-01").stdout == "snoozed\n"
    assert run("snooze", ANA).stdout == "open\n"
    assert run("unread", ANA).stdout == "unread\n"
    assert run("close", ANA).stdout == "closed\n"
    assert run("close", ANA, "--reopen").stdout == "open\n"
    assert "No marketing: by phone" in run("consent", ANA, "all", "--no", "--why", "by phone").stdout
    assert run("canned", "hello", "--text", "Hi {name}!").stdout == "hello: Hi {name}!\n"
    assert run("contact", "--set", "name=Cy", "--set", "phone=0151 33333").stdout.startswith("Cy ")
    assert "Cy" in run("contacts").stdout
    assert "Ann" in run("contact", ANA, "--set", "name=Ann").stdout
    assert "expected NAME=VALUE" in run("contact", ANA, "--set", "name").stderr


def test_opening_hours_are_shown_set_and_taken_back(run):
    assert run("hours").stdout == "MO-SU 09:00-20:00, as is usual.\n"
    assert run("hours", "MO-FR 09:00-12:30, 16:00-20:00; SA 10:00-14:00").stdout.startswith(
        "MO-FR 09:00-12:30, 16:00-20:00; SA 10:00-14:00, set by "
    )
    refused = run("hours", "MO nine to five")
    assert (refused.exit_code, "is no span of time" in refused.stderr) == (2, True)
    assert "either hours or --usual" in run("hours", "MO 09:00-10:00", "--usual").stderr
    told = json.loads(run("metrics", "--json").stdout)["hours"]
    assert told == json.loads(run("hours", "--json").stdout)
    assert (told["is_usual"], len(told["hours"])) == (False, 11)
    assert "as is usual" in run("hours", "--usual").stdout
