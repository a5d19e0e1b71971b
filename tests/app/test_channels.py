"""Channels of a studio: connected, with what came before; disconnected; settled by what the channel says."""

import json
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import pytest

from studiolab.adapters.channels.whatsapp import parse
from studiolab.app import StudiolabError, WrongSignature

from ..graph_server import PAGE, PHONE, TOKEN, WABA, answer, error
from .small_channels import signed, small, whatsapp


@pytest.fixture
def bench(tmp_path, graph):
    bench = small(tmp_path, META_GRAPH_URL=graph.url)
    yield bench
    bench.close()


def brings(bench, *texts, **more):
    body = whatsapp(*texts, **more)
    bench.receive("whatsapp", signed(body), body).result(30)


def connects(bench, studio="oak", **more):
    given = {"channel": "whatsapp", "account": PHONE, "settings": {}, "secrets": {"token": TOKEN}, "actor": "olga"}
    return bench.connect_channel(studio, **given | more)


def test_a_connected_number_says_whose_it_is_and_brings_what_came_before(bench):
    read = {"id": "wamid.0", "status": "read", "timestamp": "1760000005"}
    brings(bench, "Hi", "Are you open?", statuses=[read])
    brings(bench, "not yours", account="999", first=7)
    assert set(bench.db.read("messages")["studio_id"]) == {"?"}
    told = connects(bench)
    assert (told.is_connected, told.accounts[0].says) == (True, "Rhythm Dance Studio, +49 151 2345678")
    assert told.accounts[0].last_message_at == pd.Timestamp(1_760_000_001, unit="s", tz="UTC")
    assert bench.db.read("messages", "oak")["body"].tolist() == ["Hi", "Are you open?"]
    assert len(bench.db.read("message_statuses", "oak")) == 1
    assert len(bench.db.read("messages", "?")) == 1
    brings(bench, "And now?", first=2)
    assert len(bench.db.read("messages", "oak")) == 3


def test_secrets_are_in_their_file_and_nowhere_else(bench, tmp_path):
    connects(bench)
    assert bench.secrets_file.get("oak", f"whatsapp:{PHONE}") == {"token": TOKEN}
    kept = "\n".join(sqlite3.connect(tmp_path / "data" / "studiolab.sqlite").iterdump())
    assert "channel connected" in kept
    assert TOKEN not in kept
    bench.disconnect_channel("oak", "whatsapp", None, "olga")
    assert bench.secrets_file.names() == []


def test_a_disconnected_number_keeps_its_messages_and_what_comes_meanwhile_waits(bench):
    connects(bench)
    brings(bench, "Hi")
    told = bench.disconnect_channel("oak", "whatsapp", PHONE, "olga")
    assert (told.is_connected, "connect it again" in told.accounts[0].to_do) == (False, True)
    brings(bench, "Anybody?", first=1)
    assert len(bench.db.read("messages", "oak")) == 1
    with pytest.raises(ValueError, match="is not connected"):
        bench.channel_of("oak", "whatsapp", PHONE)
    connects(bench)
    assert len(bench.db.read("messages", "oak")) == 2
    assert [one["action"] for one in bench.ledger.entries("oak")] == [
        "channel connected", "channel disconnected", "channel connected"]  # fmt: skip


def test_what_came_while_the_number_was_being_connected_is_found_at_the_next_look(bench):
    early = bench.placed_rows(parse(whatsapp("Hi")), "?")  # placed before, written after
    connects(bench)
    bench.ingest.put(early).result(30)
    assert bench.db.read("messages", "?")["body"].tolist() == ["Hi"]
    bench.channel_status("oak")
    assert bench.db.read("messages", "oak")["body"].tolist() == ["Hi"]


def test_a_connected_account_is_asked_to_send_its_webhooks_here(bench, graph):
    connects(bench, settings={"waba_id": WABA})
    connects(bench, channel="instagram", account=PAGE)
    paths = [path for path, _ in graph.asked]
    assert paths == [PHONE, f"{WABA}/subscribed_apps", "me", "me/subscribed_apps"]


def test_a_number_belongs_to_one_studio(bench):
    connects(bench)
    with pytest.raises(ValueError, match="is connected to oak; disconnect it there first"):
        connects(bench, "elm")
    bench.disconnect_channel("oak", "whatsapp", None, "olga")
    assert connects(bench, "elm").is_connected


def test_of_two_studios_that_connect_a_number_at_once_one_has_it(bench, graph):
    both = threading.Barrier(2)

    def once_both_have_asked(handler):
        both.wait(30)
        answer({"verified_name": "Rhythm", "display_phone_number": "+49"})(handler)

    def tries(studio):
        try:
            return connects(bench, studio).is_connected
        except ValueError as error:
            return str(error)

    graph.says(once_both_have_asked, once_both_have_asked)
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(tries, ("oak", "elm")))
    assert found.count(True) == 1
    [refused] = [one for one in found if one is not True]
    assert "disconnect it there first" in refused
    assert [studio for studio, _ in bench.secrets_file.names()] == [("oak", "elm")[found.index(True)]]


def test_an_account_that_does_not_answer_is_not_connected(bench, graph):
    graph.says(error(190, "Expired", 401))
    with pytest.raises(StudiolabError, match="connect the account again"):
        connects(bench)
    assert (bench.secrets_file.names(), len(bench.db.read("inbox_settings"))) == ([], 0)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"channel": "fax"}, "there is no channel 'fax'"),
        ({"account": " "}, "phone number id"),
        ({"secrets": {}}, "also needs token"),
        ({"secrets": {"token": "your-access-token"}}, "placeholder"),
        ({"secrets": {"token": TOKEN, "pin": "1"}}, "no setting 'pin'"),
    ],
)
def test_what_is_missing_or_a_placeholder_is_said(bench, graph, given, words):
    with pytest.raises(ValueError, match=words):
        connects(bench, **given)
    assert graph.asked == []


def test_a_placeholder_as_the_apps_secret_is_refused(tmp_path, graph):
    bench = small(tmp_path, META_GRAPH_URL=graph.url, WHATSAPP_APP_SECRET="your-meta-app-secret")
    with pytest.raises(ValueError, match="WHATSAPP_APP_SECRET in the environment is a placeholder"):
        connects(bench)
    bench.close()


def test_the_connected_number_sends(bench, graph):
    connects(bench)
    sent = bench.channel_of("oak", "whatsapp").send("whatsapp:4915112345", "Welcome", "o-1")
    assert sent.message_id == "whatsapp:wamid.1"
    assert graph.sent[0]["text"]["body"] == "Welcome"


def test_what_nobody_signed_is_not_taken(bench, tmp_path):
    body = whatsapp("Hi")
    for signature in (None, "", "sha256=00", signed(body, "another secret"), signed(body + b" ")):
        with pytest.raises(WrongSignature):
            bench.receive("whatsapp", signature, body)
    assert bench.db.read("messages").empty


def test_lost_secrets_are_said(bench):
    connects(bench)
    bench.secrets_file.put("oak", f"whatsapp:{PHONE}", {})
    with pytest.raises(StudiolabError, match="connect it again"):
        bench.channel_of("oak", "whatsapp", PHONE)


def test_status_lists_every_channel(bench):
    told = {one.channel: one for one in bench.channel_status("oak")}
    assert list(told) == ["whatsapp", "instagram", "email", "sms"]
    assert "studiolab inbox connect whatsapp" in told["whatsapp"].to_do
    assert "phone number id" in told["whatsapp"].needs["account"]
    assert json.loads(told["whatsapp"].model_dump_json())["accounts"] == []
