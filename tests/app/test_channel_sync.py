"""Accounts that are asked for what is new, and files played again: nothing twice, nothing lost."""

import json
import random

import pytest

from studiolab.adapters.channels import Batch
from studiolab.app import StudiolabError
from studiolab.app.channel_sync import nothing_yet

from ..graph_server import answer
from ..twilio_server import AUTH, NUMBER, SID, TwilioServer, refuses
from .small_channels import small, whatsapp

ANA = "+4915112345"


@pytest.fixture
def twilio():
    server = TwilioServer()
    yield server
    server.stop()


@pytest.fixture
def bench(tmp_path, twilio):
    bench = small(tmp_path, TWILIO_API_URL=twilio.url, TWILIO_ACCOUNT_SID=SID, TWILIO_AUTH_TOKEN=AUTH)
    yield bench
    bench.close()


def listed(number, body="Hi"):
    return {"sid": f"SM{number}", "body": body, "from": ANA, "to": NUMBER,
            "date_sent": "Mon, 05 Oct 2026 10:00:00 +0000"}  # fmt: skip


def connected(bench, studio="oak"):
    bench.connect_channel(studio, "sms", NUMBER, {}, {}, "olga")


def told(bench, studio="oak"):
    return next(one for one in bench.channel_status(studio) if one.channel == "sms").accounts[0]


def test_sync_brings_what_is_new_once(bench, twilio):
    connected(bench)
    twilio.listed = [listed(number) for number in range(3)]
    assert [one.messages for one in bench.sync_channels("oak")] == [3]
    twilio.listed.append(listed(3))
    assert [one.messages for one in bench.sync_channels("oak", "sms")] == [1]
    assert len(bench.db.read("messages", "oak")) == 4
    assert bench.sync_channels("oak", "whatsapp") == []


def test_the_environments_account_needs_no_typing_and_is_whose_it_says(bench):
    connected(bench)
    assert told(bench).says == f"{NUMBER}, of the account Rhythm Dance"
    assert bench.secrets_file.get("oak", f"sms:{NUMBER}") == {"auth_token": AUTH}


def test_what_stands_in_the_way_is_told_until_it_is_gone(bench, twilio):
    connected(bench)
    twilio.listed = [listed(1)]
    twilio.script = [refuses(20003, "Authenticate", 401)]
    assert "connect the number again" in bench.sync_channels("oak")[0].error
    assert "connect the number again" in told(bench).last_error
    assert bench.sync_channels("oak")[0].messages == 1
    assert told(bench).last_error == ""


def test_a_sync_of_two_pages_that_breaks_keeps_nothing_and_the_next_all(bench, twilio):
    connected(bench)
    twilio.listed = [listed(number) for number in range(4)]
    page = answer({"messages": twilio.listed[:2], "next_page_uri": f"/2010-04-01/Accounts/{SID}/Messages.json?Page=1"})
    twilio.script = [page, refuses(20500, "Internal Server Error", 500)]
    assert bench.sync_channels("oak")[0].error
    assert bench.db.read("messages", "oak").empty
    assert bench.sync_channels("oak")[0].messages == 4


def test_recorded_webhooks_ten_times_in_any_order_are_the_same_rows(bench, tmp_path):
    rng = random.Random(7)
    statuses = [{"id": "wamid.0", "status": one, "timestamp": "1760000000"} for one in ("read", "sent", "delivered")]
    bodies = [whatsapp("a", "b"), whatsapp("c", first=2), whatsapp(statuses=statuses)] * 10
    rng.shuffle(bodies)
    (tmp_path / "all.jsonl").write_bytes(b"\n".join([*bodies, b'{"object": "whatsapp_busi', b"[]", b""]))
    found = bench.replay_files("oak", [tmp_path / "all.jsonl"])
    assert (found.read, found.new, len(found.skipped)) == (30, 3, 2)
    assert "all.jsonl, line 31" in found.skipped[0]
    assert bench.db.read("messages", "oak")["body"].tolist() == ["a", "b", "c"]
    assert len(bench.db.read("message_statuses", "oak")) == 3


def test_a_json_file_is_one_body_or_a_list_and_twilios_form_a_line(bench, tmp_path):
    bodies = [json.loads(whatsapp(text, first=number)) for number, text in enumerate("ab")]
    (tmp_path / "one.json").write_bytes(whatsapp("z", first=9))
    (tmp_path / "many.json").write_text(json.dumps([*bodies, {"object": "page"}]))
    (tmp_path / "forms.jsonl").write_text("MessageSid=SM1&From=%2B4915112345&To=%2B4930&Body=Hi")
    found = bench.replay_files("oak", sorted(tmp_path.glob("*.json*")))
    assert (found.read, found.new, len(found.skipped)) == (4, 4, 1)


def test_what_is_of_another_studios_account_stays_theirs(bench, twilio, tmp_path):
    connected(bench, "elm")
    (tmp_path / "forms.jsonl").write_text(f"MessageSid=SM1&From=%2B4915112345&To=%2B{NUMBER[1:]}&Body=Hi")
    bench.replay_files("oak", [tmp_path / "forms.jsonl"])
    assert (len(bench.db.read("messages", "elm")), len(bench.db.read("messages", "oak"))) == (1, 0)


def test_a_file_that_is_not_there_is_said(bench, tmp_path):
    with pytest.raises(StudiolabError, match=r"gone\.jsonl cannot be read"):
        bench.replay_files("oak", [tmp_path / "gone.jsonl"])


def test_mail_files_are_read_by_the_same_door_and_twice_adds_nothing(bench, tmp_path):
    mail = "From: Ana <ana@example.net>\nTo: hello@studio.example.org\nMessage-ID: <{0}@example.net>\n" \
           "Date: Mon, 05 Oct 2026 10:00:00 +0000\nSubject: Salsa\n\nWhen is it?\n"  # fmt: skip
    (tmp_path / "one.eml").write_text(mail.format("a"))
    (tmp_path / "old.mbox").write_text("".join(f"From x Mon Oct  5 10:00:00 2026\n{mail.format(n)}\n" for n in "abc"))
    paths = [tmp_path / "one.eml", tmp_path / "old.mbox"]
    found = bench.replay_files("oak", paths, "hello@studio.example.org")
    assert (found.read, found.new) == (4, 3)
    assert bench.replay_files("oak", paths).new == 0
    assert bench.db.read("messages", "oak")["body"].tolist() == ["When is it?"] * 3


def test_a_mailbox_that_stands_still_says_so_and_is_not_asked_again_at_once(bench, monkeypatch):
    connected(bench)
    name = f"sms:{NUMBER}"

    class StandsStill:
        def sync(self, cursor):
            return Batch(skipped=["mail 7 could not be read"]), cursor | {"left": 1}

    monkeypatch.setattr(bench, "channel_of", lambda *_: StandsStill())
    synced = nothing_yet(name)
    assert bench.sync_portion("oak", name, synced) is False
    assert (synced.error, told(bench).last_error) == ("mail 7 could not be read",) * 2
