"""The document's routes for channels, over HTTP: who may do what, connected by a real account, and a message sent."""

import httpx
import pytest

from studiolab.api import app

from ..app.small_channels import TOKEN, signed, small, whatsapp
from ..gmail_server import CLIENT, GmailServer
from ..graph_server import PHONE, GraphServer
from ..graph_server import TOKEN as GRAPH_TOKEN
from ..twilio_server import AUTH, NUMBER, SID, TwilioServer

OAK = {"studio_id": "oak"}
WHATSAPP = {"account": PHONE, "secrets": {"token": GRAPH_TOKEN}}


@pytest.fixture(scope="module")
def servers():
    graph, twilio = GraphServer(), TwilioServer()
    yield graph, twilio
    graph.stop()
    twilio.stop()


@pytest.fixture(scope="module")
def bench(tmp_path_factory, servers):
    bench = small(tmp_path_factory.mktemp("home"), META_GRAPH_URL=servers[0].url, TWILIO_API_URL=servers[1].url,
                  STUDIOLAB_PUBLIC_HOST="studio.example.org")  # fmt: skip
    for role in ("owner", "manager", "front desk", "read-only"):
        bench.accounts.add(role.replace(" ", "-"), role, "a-password-of-some-length", "terminal")
    yield bench
    bench.close()


@pytest.fixture(scope="module")
def asking(bench, served):
    with served(app(bench, bench.settings)) as address:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        with httpx.Client(base_url=f"{address}/api/integrations", headers=headers, timeout=60, params=OAK) as client:
            yield client


def connects(asking, **more):
    return asking.post("/connect/whatsapp", json=WHATSAPP | more)


def test_connected_a_message_comes_is_answered_and_the_channel_disconnected(asking, servers, bench):
    answer = connects(asking)
    assert (answer.status_code, answer.json()["is_connected"]) == (200, True)
    assert GRAPH_TOKEN not in answer.text
    body = whatsapp("When is salsa?")
    assert asking.post("/webhook/whatsapp", content=body, headers={"X-Hub-Signature-256": signed(body)}).is_success
    told = {one["channel"]: one for one in asking.get("/status").json()}
    assert told["whatsapp"]["accounts"][0]["last_message_at"].startswith("2025-10-09")
    assert (told["sms"]["is_connected"], "account_sid" in told["sms"]["needs"]) == (False, True)
    [conversation] = bench.conversations("oak").conversations
    bench.db.write("messages", bench.db.read("messages").assign(sent_at=bench.accounts.now()))  # the window is open
    sent = asking.post("/send", json={"conversation_id": conversation.contact_id, "text": "At six"})
    assert (sent.status_code, sent.json()["state"]) == (200, "sent")
    assert servers[0].sent[-1]["text"]["body"] == "At six"
    gone = asking.post("/disconnect/whatsapp")
    assert (gone.status_code, gone.json()["is_connected"]) == (200, False)
    assert asking.post("/disconnect/whatsapp").status_code == 422


def test_sync_asks_the_accounts(asking, servers):
    sms = {"account": NUMBER, "settings": {"account_sid": SID}, "secrets": {"auth_token": AUTH}}
    assert asking.post("/connect/sms", json=sms).status_code == 200
    servers[1].listed = [{"sid": "SM1", "from": "+49151", "to": NUMBER, "body": "Hi"}]
    assert [one["messages"] for one in asking.post("/sync").json()] == [1]
    assert asking.post("/sync", params={"channel": "whatsapp"}).json() == []


@pytest.mark.parametrize(
    ("path", "body", "status", "words"),
    [
        ("/connect/fax", WHATSAPP, 422, "channel"),
        ("/connect/whatsapp", {"account": PHONE}, 422, "also needs token"),
        ("/connect/whatsapp", {"account": PHONE, "secrets": {"token": "your-token-here"}}, 422, "placeholder"),
        (
            "/connect/whatsapp",
            {"account": PHONE, "secrets": {"token": "EAAG-another-token"}},
            503,
            "connect the account",
        ),
        ("/connect/whatsapp", WHATSAPP | {"graph_url": "http://evil"}, 422, "graph_url"),
        ("/connect/whatsapp", WHATSAPP | {"settings": {"graph_url": "http://evil"}}, 422, "no setting"),
        ("/disconnect/email", {}, 422, "0 accounts"),
    ],
)
def test_what_cannot_be_is_said(asking, path, body, status, words):
    answer = asking.post(path, json=body)
    assert answer.status_code == status
    assert words in answer.json()["detail"]
    assert "another-token" not in answer.text


@pytest.mark.parametrize(
    ("role", "may_connect", "may_sync"),
    [("owner", True, True), ("manager", True, True), ("front-desk", False, True), ("read-only", False, False)],
)
def test_owners_and_managers_connect_and_the_front_desk_answers(asking, bench, role, may_connect, may_sync):
    token = bench.sign_in(role, "a-password-of-some-length")["token"]
    with httpx.Client(base_url=asking.base_url, headers={"Authorization": f"Bearer {token}"}, params=OAK) as client:
        assert client.get("/status").status_code == 200
        assert client.post("/connect/whatsapp", json={"account": PHONE}).status_code == (422 if may_connect else 403)
        assert client.post("/disconnect/whatsapp").status_code == (422 if may_connect else 403)
        assert client.post("/sync", params={"channel": "email"}).status_code == (200 if may_sync else 403)
        said = {"conversation_id": "c-none", "text": "Hi"}
        assert client.post("/send", json=said).status_code == (404 if may_sync else 403)


def test_nothing_is_said_to_who_has_no_token(asking):
    with httpx.Client(base_url=asking.base_url, params=OAK) as client:
        for way, path in (("GET", "/status"), ("POST", "/connect/sms"), ("POST", "/sync"), ("POST", "/send")):
            assert client.request(way, path).status_code == 401


@pytest.fixture
def google():
    server = GmailServer("hello@studio.example.org")
    yield server
    server.stop()


def test_a_mailbox_at_google_is_connected_by_its_owners_word(tmp_path, served, google):
    bench = small(tmp_path, GOOGLE_URL=google.url, GOOGLE_CLIENT_ID=CLIENT["client_id"],
                  GOOGLE_CLIENT_SECRET=CLIENT["client_secret"], STUDIOLAB_PUBLIC_HOST="studio.example.org")  # fmt: skip
    mailbox = {"account": "hello@studio.example.org", "settings": {"way": "gmail"}}
    with served(app(bench, bench.settings)) as address, httpx.Client(base_url=address, timeout=60) as client:
        owner, where = {"Authorization": f"Bearer {TOKEN}"}, "/api/integrations/callback/email"
        begun = client.post("/api/integrations/connect/email", params=OAK, json=mailbox, headers=owner).json()
        assert not begun["is_connected"]
        for channel, body, said in (("email", {"settings": {"days": "3"}}, "email needs the account"),
                                    ("sms", None, "sms needs the account")):  # fmt: skip
            refused = client.post(f"/api/integrations/connect/{channel}", params=OAK, json=body, headers=owner)
            assert (refused.status_code, said in refused.json()["detail"]) == (422, True)
        begun = client.post(
            "/api/integrations/connect/email", params=OAK, headers=owner
        ).json()  # as the document has it
        code, state = google.agree(begun["agree_at"])
        for wrong in (state + "0", "x.y", "", "e30=." + "0" * 64):
            answer = client.get(where, params={"code": code, "state": wrong})
            assert (answer.status_code, "begin anew" in answer.text) == (401, True)
        assert client.get(where, params={"error": "<script>", "state": state}).status_code == 400
        assert client.get(where, params={"code": "wrong", "state": state}).status_code == 422
        assert client.get(where, params={"code": code, "state": state}).status_code == 200
        assert bench.channel_of("oak", "email").check() == "hello@studio.example.org at Gmail"
    bench.close()
