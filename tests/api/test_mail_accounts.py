"""A mailbox at Google from the first click to its first mail, over HTTP."""

import base64
import json
import time
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from studiolab.api import app

from ..app.small_channels import TOKEN, small
from ..gmail_server import CLIENT, REFRESH, GmailServer

HOST, STUDIO = "studio.example.org", "hello@studio.example"
PUSH, CALLBACK = "/api/integrations/webhook/email", "/api/integrations/callback/email"


@pytest.fixture
def google():
    server = GmailServer(STUDIO)
    yield server
    server.stop()


@pytest.fixture
def bench(tmp_path, google):
    bench = small(tmp_path, STUDIOLAB_PUBLIC_HOST=HOST, GOOGLE_URL=google.url,
                  GOOGLE_CLIENT_ID=CLIENT["client_id"], GOOGLE_CLIENT_SECRET=CLIENT["client_secret"])  # fmt: skip
    yield bench
    bench.close()


@pytest.fixture
def asking(bench, served):
    with served(app(bench, bench.settings)) as address, httpx.Client(base_url=address, timeout=60) as client:
        yield client


def push(address=STUDIO):
    data = base64.urlsafe_b64encode(json.dumps({"emailAddress": address, "historyId": 1}).encode()).decode()
    return json.dumps({"message": {"data": data, "messageId": "1"}, "subscription": "s"}).encode()


def test_who_agrees_at_google_gets_their_mail_as_it_comes(asking, bench, google):
    mailbox = {"account": STUDIO, "settings": {"way": "gmail"}}
    begun = asking.post("/api/integrations/connect/email", params={"studio_id": "oak"}, json=mailbox,
                        headers={"Authorization": f"Bearer {TOKEN}"})  # fmt: skip
    code, state = google.agree(begun.json()["agree_at"])
    back = asking.get(CALLBACK, params={"code": code, "state": state}, headers={"Host": HOST})
    assert (back.status_code, "is connected" in back.text) == (200, True)
    bench.read_mail_soon("oak").result(60)  # the one that the return began is done by then
    assert "/gmail/v1/users/me/messages" in google.asked
    google.put(f"From: ana@people.example\nTo: {STUDIO}\n\nMay I come?\n".encode())
    token = parse_qs(urlsplit(bench.mail_push_url()).query)["token"][0]
    assert asking.post(PUSH, params={"token": token}, content=push(), headers={"Host": HOST}).status_code == 200
    assert bench.db.read("messages", "oak")["body"].tolist() == ["May I come?"]


def test_mail_comes_by_itself_while_the_service_runs(tmp_path, google, served):
    bench = small(tmp_path, GOOGLE_URL=google.url, STUDIOLAB_SYNC_SECONDS=1)
    given = {"way": "gmail", "google_url": google.url}
    bench.connect_channel("oak", "email", STUDIO, given, CLIENT | {"refresh_token": REFRESH}, "olga")
    with served(app(bench, bench.settings)):
        google.put(f"From: ana@people.example\nTo: {STUDIO}\n\nMay I come?\n".encode())
        ends = time.monotonic() + 60
        while bench.db.read("messages", "oak").empty:
            assert time.monotonic() < ends
            time.sleep(0.05)
    assert bench.db.read("messages", "oak")["body"].tolist() == ["May I come?"]
    bench.close()


def test_the_address_for_pushes_is_told_to_who_may_connect_and_to_nobody_else(asking, bench, google):
    bench.oauth_callback(*google.agree(bench.oauth_start("oak", STUDIO, "olga")))
    bench.accounts.add("mara", "manager", "a-long-password-1")
    bench.accounts.add("fred", "front desk", "a-long-password-2")
    told = {}
    for name, word in (("mara", "a-long-password-1"), ("fred", "a-long-password-2")):
        session = bench.accounts.sign_in(name, word)
        found = asking.get("/api/integrations/status", params={"studio_id": "oak"},
                           headers={"Authorization": f"Bearer {session}"})  # fmt: skip
        told[name] = next(one for one in found.json() if one["channel"] == "email")["accounts"][0]["push_at"]
    assert told == {"mara": bench.mail_push_url(), "fred": ""}
    assert told["mara"].startswith(f"https://{HOST}{PUSH}?token=")


@pytest.mark.parametrize(
    ("token", "body", "status"),
    [("", push(), 401), ("wrong", push(), 401), (None, b"{", 422), (None, b"\xff", 422), (None, b"", 422),
     (None, push("x@y"), 200), (None, b" " * (4 * 2**20 + 1), 413)],
)  # fmt: skip
def test_a_strangers_push_is_no_fault_of_ours_and_no_action(asking, bench, google, token, body, status):
    token = parse_qs(urlsplit(bench.mail_push_url()).query)["token"][0] if token is None else token
    assert asking.post(PUSH, params={"token": token}, content=body, headers={"Host": HOST}).status_code == status
    assert google.asked == []


@pytest.mark.parametrize("state", ["", "x", "e30=.00", "é"])
def test_a_strangers_return_from_google_connects_nothing(asking, bench, google, state):
    back = asking.get(CALLBACK, params={"code": "4/0", "state": state}, headers={"Host": HOST})
    assert 400 <= back.status_code < 500
    assert google.asked == []
    assert len(bench.db.read("inbox_settings")) == 0
