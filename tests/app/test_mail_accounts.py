"""Mailboxes at Google: agreed to, told of, written through; over a real server of their protocol."""

import base64
import json
import sqlite3
from urllib.parse import parse_qs, urlsplit

import pytest

from studiolab.app import StudiolabError, WrongSignature, mail_accounts

from ..gmail_server import CLIENT, REFRESH, GmailServer
from .small_channels import small

STUDIO = "hello@studio.example"


@pytest.fixture
def google():
    server = GmailServer(STUDIO)
    yield server
    server.stop()


@pytest.fixture
def bench(tmp_path, google):
    bench = small(tmp_path, GOOGLE_URL=google.url, GOOGLE_CLIENT_ID=CLIENT["client_id"],
                  GOOGLE_CLIENT_SECRET=CLIENT["client_secret"], STUDIOLAB_PUBLIC_HOST="studio.example",
                  GOOGLE_PUBSUB_TOPIC="projects/p/topics/mail")  # fmt: skip
    yield bench
    bench.close()


def agrees(bench, google, account=STUDIO):
    return bench.oauth_callback(*google.agree(bench.oauth_start("oak", account, "olga")))


@pytest.mark.parametrize("account", [STUDIO, "Hello@Studio.example ", ""])
def test_who_agrees_has_a_connected_mailbox(bench, google, account):
    told = agrees(bench, google, account)
    assert (told.channel, told.is_connected) == ("email", True)
    assert [(one.account, one.says) for one in told.accounts] == [(STUDIO, f"{STUDIO} at Gmail")]
    assert bench.channel_of("oak", "email").check() == f"{STUDIO} at Gmail"


def test_google_is_asked_for_no_more_than_reading_and_sending(bench):
    asked = parse_qs(urlsplit(bench.oauth_start("oak", STUDIO, "olga")).query)
    assert asked["scope"] == [
        "https://www.googleapis.com/auth/gmail.readonly https://www.googleapis.com/auth/gmail.send"
    ]
    assert asked["redirect_uri"] == ["https://studio.example/api/integrations/callback/email"]
    assert (asked["code_challenge_method"], asked["access_type"]) == (["S256"], ["offline"])


def test_tokens_are_in_the_secrets_file_and_nowhere_else(bench, google, tmp_path):
    agrees(bench, google)
    assert bench.secrets_file.get("oak", f"email:{STUDIO}")["refresh_token"] == REFRESH
    kept = "\n".join(sqlite3.connect(tmp_path / "data" / "studiolab.sqlite").iterdump())
    assert f"email:{STUDIO}" in kept
    assert not [one for one in (REFRESH, CLIENT["client_secret"]) if one in kept]


def test_a_state_that_was_changed_made_up_or_kept_too_long_connects_nothing(bench, google, monkeypatch):
    code, state = google.agree(bench.oauth_start("oak", STUDIO, "olga"))
    told, _, signature = state.partition(".")
    other = json.loads(base64.urlsafe_b64decode(told)) | {"studio": "elm"}
    forged = base64.urlsafe_b64encode(json.dumps(other).encode()).decode()
    for wrong in ("", ".", "x", told, f"{forged}.{signature}", f"{told}.é", state + "0"):
        with pytest.raises(WrongSignature, match="begin anew"):
            bench.oauth_callback(code, wrong)
    monkeypatch.setattr(mail_accounts, "SECONDS", -1)
    with pytest.raises(WrongSignature, match="too long ago"):
        agrees(bench, google)
    assert google.forms == []
    assert len(bench.db.read("inbox_settings")) == 0


def test_a_code_of_another_beginning_connects_nothing(bench, google):
    code, _ = google.agree(bench.oauth_start("oak", STUDIO, "mallory"))
    _, state = google.agree(bench.oauth_start("oak", STUDIO, "olga"))
    with pytest.raises(StudiolabError, match="connect it again"):
        bench.oauth_callback(code, state)


def test_who_agreed_with_another_account_is_told(bench, google):
    with pytest.raises(StudiolabError, match=r"into hello@studio\.example, not into other@studio\.example"):
        agrees(bench, google, "other@studio.example")


def test_without_an_app_at_google_it_says_what_to_set(tmp_path):
    bench = small(tmp_path)
    with pytest.raises(StudiolabError, match="Set GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET"):
        bench.oauth_start("oak", STUDIO, "olga")
    bench.close()


def push(address):
    data = base64.urlsafe_b64encode(json.dumps({"emailAddress": address, "historyId": 1}).encode()).decode()
    return json.dumps({"message": {"data": data, "messageId": "1"}, "subscription": "s"}).encode()


def mail(name):
    return (f"From: {name}@people.example\nTo: {STUDIO}\nSubject: Trial?\nMessage-ID: <{name}@people.example>\n"
            "Date: Mon, 02 Nov 2026 10:00:00 +0100\n\nMay I come?\n").encode()  # fmt: skip


def test_a_push_brings_what_is_new_and_its_answer_goes_out_in_the_thread(bench, google):
    agrees(bench, google)
    token = parse_qs(urlsplit(bench.mail_push_url()).query)["token"][0]
    google.put(mail("ana"))
    for _ in range(3):
        bench.receive_push(token, push(STUDIO.title())).result(60)
    kept = bench.db.read("messages", "oak")
    assert kept["body"].tolist() == ["May I come?"]
    channel = bench.channel_of("oak", "email")
    channel.send("email:ana@people.example", "Yes!", "o-1", about=kept["message_id"].iloc[0])
    bench.receive_push(token, push(STUDIO)).result(60)
    answer = bench.db.read("messages", "oak", direction="outbound").iloc[0]
    assert (answer["about"], answer["subject"]) == (kept["message_id"].iloc[0], "Re: Trial?")
    assert google.watched[0]["topicName"] == "projects/p/topics/mail"


def test_a_push_that_google_did_not_send_or_of_a_mailbox_of_nobody_causes_nothing(bench, google):
    agrees(bench, google)
    asked = len(google.asked)
    for token in ("", "x", "é", None, "0" * 64):
        with pytest.raises(WrongSignature):
            bench.receive_push(token, push(STUDIO))
    token = parse_qs(urlsplit(bench.mail_push_url()).query)["token"][0]
    with pytest.raises(ValueError, match="JSON"):
        bench.receive_push(token, b"no push")
    bench.receive_push(token, push("other@studio.example")).result(60)
    assert len(google.asked) == asked


def email(bench, **more):
    return next(one for one in bench.channel_status("oak", **more) if one.channel == "email").accounts[0]


def test_where_google_is_to_tell_of_mail_is_said_while_the_mailbox_is_connected(bench, google):
    agrees(bench, google)
    assert (email(bench).push_at, email(bench).to_do) == ("", "")
    assert email(bench, is_to_connect=True).push_at == bench.mail_push_url()
    bench.disconnect_channel("oak", "email", STUDIO, "olga")
    assert email(bench, is_to_connect=True).push_at == ""


@pytest.mark.parametrize("missing", ["STUDIOLAB_PUBLIC_HOST", "GOOGLE_PUBSUB_TOPIC"])
def test_what_is_missing_for_google_to_tell_of_mail_is_to_do(tmp_path, google, missing):
    given = {"STUDIOLAB_PUBLIC_HOST": "studio.example", "GOOGLE_PUBSUB_TOPIC": "projects/p/topics/mail"}
    bench = small(tmp_path, GOOGLE_URL=google.url, GOOGLE_CLIENT_ID=CLIENT["client_id"],
                  GOOGLE_CLIENT_SECRET=CLIENT["client_secret"], **given | {missing: ""})  # fmt: skip
    agrees(bench, google)
    assert missing in email(bench).to_do
    bench.close()
