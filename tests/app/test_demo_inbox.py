import contextlib
import json
import shutil
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from typer.testing import CliRunner

from studiolab import cli
from studiolab.adapters.channels import message
from studiolab.app import Workbench, demo_inbox
from studiolab.settings import Settings, settings
from studiolab.studio_operations.inbox.contacts import contact_id
from studiolab.world import make_chain

NOW = datetime(2026, 11, 3, 17, tzinfo=UTC)
TABLES = ("messages", "message_statuses", "contact_events", "inbox_settings", "outbox")
STUDIO = "studio-001"


def opened(home):
    return Workbench(Settings(STUDIOLAB_HOME=home, DATABASE_URL=""))


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    """A home with one studio with members and classes, and nothing in its inbox."""
    home = tmp_path_factory.mktemp("studio")
    workbench, chain = opened(home), make_chain(1, 4, seed=3)
    raw = chain.raw(STUDIO)
    workbench.db.write("studios", chain.studios)
    for name in ("members", "plans", "class_sessions"):
        workbench.db.write(name, raw[name])
    workbench.close()
    return home


@pytest.fixture
def bench(studio, tmp_path):
    """A workbench of `studio`, its own."""
    shutil.copytree(studio, tmp_path, dirs_exist_ok=True)
    workbench = opened(tmp_path)
    yield workbench
    workbench.close()


def all_of(workbench):
    return {table: workbench.db.read(table, STUDIO) for table in TABLES}


def own_message(workbench, name="4915112345678", text="Hello, is there a class today?"):
    row = message("whatsapp", "wamid.1", "106540352242922", name, "text", text, NOW, name="Real Person")
    with workbench.db.transaction() as changes:
        changes.add("messages", [row | {"studio_id": STUDIO, "received_at": NOW}])


def test_a_month_of_all_channels_with_stages_notes_and_some_unread(bench):
    done = bench.fill_demo_inbox(STUDIO, NOW)
    kept = all_of(bench)
    assert done["messages"] == len(kept["messages"]) > 150
    assert set(kept["messages"]["channel"]) == {"whatsapp", "instagram", "email", "sms"}
    sent = kept["messages"]["sent_at"]
    assert sent.max() <= NOW
    assert sent.min() < NOW - timedelta(days=28)
    assert kept["messages"]["body"].str.len().min() > 0
    told = bench.conversations(STUDIO, state="all", limit=500)
    stages = {row.stage for row in told.conversations}
    assert {"CONTACTED", "TRIAL_SCHEDULED", "CONVERTED", "LOST"} <= stages
    assert 2 <= told.unread <= 20
    assert any(row.member_id for row in told.conversations)
    assert len(bench.canned_replies(STUDIO)) >= 3
    assert [one.name for one in bench.sequences(STUDIO)] == ["no answer yet"]


def test_no_stage_is_one_that_its_history_does_not_allow(bench):
    bench.fill_demo_inbox(STUDIO, NOW)
    moves = all_of(bench)["contact_events"].query("kind == 'stage'").sort_values("happened_at")
    last = moves.drop_duplicates("contact_id", keep="last").set_index("contact_id")["value"].map(json.loads)
    for contact, value in last.items():
        assert bench.contact(STUDIO, contact).stage == value["to"]


def test_what_the_answers_and_papers_say_of_prices_is_what_the_plans_cost(bench):
    bench.fill_demo_inbox(STUDIO, NOW)
    kept = all_of(bench)
    plan = bench.db.read("plans", STUDIO).sort_values("price").iloc[0]
    price = f"{plan['price'] / 100:,.0f} {plan['currency']}"
    asked = kept["messages"].query("direction == 'outbound'")["body"]
    assert asked.str.contains(f"{plan['plan_name']} is {price} a month", regex=False).any()
    paper = kept["inbox_settings"].query("name == 'Prices.md'")["value"].iloc[0]
    assert f"{plan['plan_name']}: {price} a month" in paper


def test_the_same_moment_gives_the_same_samples(bench):
    bench.fill_demo_inbox(STUDIO, NOW)
    first = all_of(bench)
    bench.remove_demo_inbox(STUDIO)
    bench.fill_demo_inbox(STUDIO, NOW)
    for table, frame in all_of(bench).items():
        pd.testing.assert_frame_equal(frame, first[table])


def test_samples_stay_out_of_real_messages_and_come_only_once(bench):
    bench.fill_demo_inbox(STUDIO, NOW)
    with pytest.raises(ValueError, match="has the samples already"):
        bench.fill_demo_inbox(STUDIO, NOW)
    bench.remove_demo_inbox(STUDIO)
    own_message(bench)
    with pytest.raises(ValueError, match="1 messages of its own"):
        bench.fill_demo_inbox(STUDIO, NOW)


def test_removing_takes_the_samples_and_what_was_done_to_them_and_nothing_else(bench):
    bench.save_canned_reply(STUDIO, "ours", "Hello {first_name}!", "ana")
    before = all_of(bench)
    bench.fill_demo_inbox(STUDIO, NOW)
    own_message(bench)
    real = contact_id(STUDIO, "whatsapp:4915112345678")
    bench.note(STUDIO, real, "asked by phone too", "ana")
    sample = bench.conversations(STUDIO, search="trial", state="all").conversations[0].contact_id
    bench.note(STUDIO, sample, "a try", "ana")
    bench.merge_contacts(STUDIO, real, sample, "ana")
    bench.save_canned_reply(STUDIO, "welcome", "changed by us", "ana")
    bench.remove_demo_inbox(STUDIO)
    left = all_of(bench)
    assert list(left["messages"]["message_id"]) == ["whatsapp:wamid.1"]
    assert list(left["contact_events"]["contact_id"]) == [real]
    assert len(left["message_statuses"]) == len(left["outbox"]) == 0
    assert sorted(left["inbox_settings"]["name"]) == sorted([*before["inbox_settings"]["name"], "welcome"])
    assert bench.contact(STUDIO, real).notes[0].text == "asked by phone too"


def test_writing_to_a_sample_sends_nothing_and_says_so(bench):
    bench.fill_demo_inbox(STUDIO, datetime.now(UTC))
    told = bench.conversations(STUDIO, state="all", limit=500).conversations
    fresh = next(row for row in told if row.channel == "whatsapp" and row.unread)
    queued = bench.send_message(STUDIO, fresh.contact_id, "Hello!", "ana")
    assert queued.state == "failed"
    assert "is a sample: nobody is behind it and nothing is sent" in queued.says
    accounts = {one.channel: account for one in bench.channel_status(STUDIO) for account in one.accounts}
    assert not any(one.is_connected for one in accounts.values())
    assert accounts["sms"].to_do == (
        "nobody is behind the samples: connect your own account with “studiolab inbox connect sms”, or take them away "
        "with “studiolab inbox demo --remove”"
    )


def test_a_follow_up_of_a_sample_does_not_begin_and_says_why(bench):
    bench.fill_demo_inbox(STUDIO, datetime.now(UTC))
    [sequence] = bench.sequences(STUDIO)
    for row in bench.conversations(STUDIO, state="all", channel="whatsapp", limit=3).conversations:
        with pytest.raises(ValueError, match="is a sample: nobody is behind it and nothing is sent; connect your own"):
            bench.start_sequence(STUDIO, row.contact_id, sequence.name, "ana")
    assert bench.db.read("outbox").empty


def test_a_studio_without_plans_and_classes_gets_samples_too(bench):
    for table in ("plans", "class_sessions", "members"):
        bench.db.replace(table, bench.db.read(table).iloc[:0], studio_id=STUDIO)
    bench.fill_demo_inbox(STUDIO, NOW)
    bodies = all_of(bench)["messages"]["body"]
    assert not bodies.str.contains("[{}]", regex=True).any()
    assert "House rules.md" in set(all_of(bench)["inbox_settings"]["name"])


def test_classes_whose_bookings_nobody_counted_are_no_hindrance(bench):
    sessions = bench.db.read("class_sessions", STUDIO)
    bench.db.write("class_sessions", sessions.assign(booked=pd.NA).astype({"booked": sessions["booked"].dtype}))
    bench.fill_demo_inbox(STUDIO, NOW)
    assert bench.db.read("messages", STUDIO)["body"].str.contains("a beginners' class", regex=False).any()


def test_the_command_fills_refuses_and_removes(bench, tmp_path, monkeypatch):
    monkeypatch.setenv("STUDIOLAB_HOME", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    settings.cache_clear()
    done = [CliRunner().invoke(cli.app, ["inbox", "demo", *words]) for words in ([], [], ["--remove"])]
    settings.cache_clear()
    assert [one.exit_code for one in done] == [0, 2, 0]
    assert "sample messages of" in done[0].stdout
    assert "has the samples already" in done[1].stderr
    assert bench.db.read("messages").empty


class Enough(Exception):
    """The sample is written."""


def test_a_first_start_has_samples_in_its_inbox(tmp_path):
    def step(title):
        if title.startswith("compiling"):
            raise Enough
        return contextlib.nullcontext()

    with contextlib.closing(opened(tmp_path)) as workbench:
        with pytest.raises(Enough):
            workbench.prepare(step, lambda: make_chain(1, 4, seed=3))
        told = workbench.conversations(STUDIO, state="all")
    assert told.total > 30
    assert told.unread > 0


def test_the_people_of_the_samples_are_nobody(bench):
    bench.fill_demo_inbox(STUDIO, NOW)
    handles = all_of(bench)["messages"].query("not message_id.str.contains('-m')")["handle"]
    for handle in set(handles):
        channel, _, name = handle.partition(":")
        if channel == "email":
            assert name.endswith("@example.org")
        elif channel in ("whatsapp", "sms"):
            assert "55501" in name
    assert demo_inbox.ACTOR in set(all_of(bench)["contact_events"]["user_name"])
