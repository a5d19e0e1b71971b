"""A picture that came by a webhook or a mail, fetched when somebody wants to see it."""

import base64
import json

import pytest

from studiolab.app import StudiolabError
from studiolab.app.media import NoMedia

from ..gmail_server import CLIENT, REFRESH, GmailServer
from ..graph_server import PHONE, TOKEN, GraphServer, error
from .small_channels import signed, small

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(range(256)) * 40
STUDIO = "hello@studio.example"


@pytest.fixture
def graph():
    server = GraphServer()
    server.files["77"] = JPEG
    yield server
    server.stop()


@pytest.fixture
def bench(tmp_path, graph):
    bench = small(tmp_path, META_GRAPH_URL=graph.url)
    bench.connect_channel("oak", "whatsapp", PHONE, {}, {"token": TOKEN}, "olga")
    graph.asked.clear()
    yield bench
    bench.close()


def brings(bench, *messages):
    """Webhooks of WhatsApp; each message is its id, type and content."""
    told = [{"from": "4915112345", "id": name, "timestamp": "1760000000", "type": kind, kind: inside}
            for name, kind, inside in messages]  # fmt: skip
    value = {"metadata": {"phone_number_id": PHONE}, "messages": told}
    told = {"object": "whatsapp_business_account", "entry": [{"changes": [{"field": "messages", "value": value}]}]}
    body = json.dumps(told).encode()
    bench.receive("whatsapp", signed(body), body).result(30)


def test_a_picture_of_a_webhook_is_fetched_with_the_accounts_own_token(bench, graph):
    brings(bench, ("wamid.1", "image", {"id": "77", "mime_type": "image/jpeg", "caption": "Me"}))
    found = bench.message_media("oak", "whatsapp:wamid.1")
    assert (found.data, found.mime_type, found.name) == (JPEG, "image/jpeg", "file.jpg")
    assert [path for path, _ in graph.asked] == ["77", "lookaside/77"]


def test_what_cannot_be_fetched_says_why_and_asks_nobody(bench, graph):
    brings(bench, ("wamid.1", "image", {"id": "77"}), ("wamid.2", "text", {"body": "Hi"}))
    for studio, message, number, words in (
        ("oak", "whatsapp:wamid.2", 1, "has no picture"), ("oak", "whatsapp:wamid.1", 2, "has 1, counted from 1"),
        ("oak", "whatsapp:wamid.1", 0, "has 1, counted from 1"), ("oak", "whatsapp:wamid.9", 1, "there is no message"),
        ("elm", "whatsapp:wamid.1", 1, "there is no message"),
    ):  # fmt: skip
        with pytest.raises(NoMedia, match=words):
            bench.message_media(studio, message, number)
    brings(bench, ("wamid.3", "revoke", {"original_message_id": "wamid.1"}))
    with pytest.raises(NoMedia, match="taken back"):
        bench.message_media("oak", "whatsapp:wamid.1")
    assert graph.asked == []


def test_a_disconnected_account_and_one_that_meta_refuses_are_two_sentences(bench, graph):
    brings(bench, ("wamid.1", "image", {"id": "77"}), ("wamid.2", "image", {"id": "78"}))
    with pytest.raises(NoMedia, match="30 days"):
        bench.message_media("oak", "whatsapp:wamid.2")
    graph.says(error(190, "Expired", 401))
    with pytest.raises(StudiolabError, match="connect the account again"):
        bench.message_media("oak", "whatsapp:wamid.1")
    bench.disconnect_channel("oak", "whatsapp", PHONE, "olga")
    with pytest.raises(ValueError, match="is not connected to oak"):
        bench.message_media("oak", "whatsapp:wamid.1")


def test_of_a_sample_account_nobody_is_asked(bench, graph):
    brings(bench, ("wamid.1", "image", {"id": "77"}))
    with bench.db.transaction() as changes:
        bench.write_account(changes, "oak", f"whatsapp:{PHONE}", {"is_connected": False, "is_sample": True})
    with pytest.raises(ValueError, match="is a sample"):
        bench.message_media("oak", "whatsapp:wamid.1")
    assert graph.asked == []


def mail(files, name="ana", boundary="b1"):
    """A mail with files, dict of name to bytes."""
    parts = [f'Content-Type: application/x-any; name="{one}"\nContent-Disposition: attachment; filename="{one}"\n'
             f"Content-Transfer-Encoding: base64\n\n{base64.encodebytes(data).decode()}"
             for one, data in files.items()]  # fmt: skip
    heads = [f"From: {name}@people.example", f"To: {STUDIO}", "Subject: Me", f"Message-ID: <{name}@people.example>",
             "Date: Mon, 02 Nov 2026 10:00:00 +0100",
             f'Content-Type: multipart/mixed; boundary="{boundary}"']  # fmt: skip
    told = "".join(f"--{boundary}\n{part}\n" for part in ["Content-Type: text/plain\n\nLook", *parts])
    return ("\n".join(heads) + f"\n\n{told}--{boundary}--\n").encode()


@pytest.fixture
def google(bench):
    server = GmailServer(STUDIO)
    given = {"way": "gmail", "google_url": server.url}
    bench.connect_channel("oak", "email", STUDIO, given, CLIENT | {"refresh_token": REFRESH}, "olga")
    yield server
    server.stop()


def test_what_a_mail_has_attached_is_read_from_gmail_once_more(bench, google):
    google.put(mail({"me.jpg": JPEG, "page.html": b"<script>evil()</script>"}))
    bench.sync_channels("oak")
    [message] = bench.db.read("messages", "oak")["message_id"]
    found = bench.message_media("oak", message)
    assert (found.data, found.mime_type, found.name) == (JPEG, "image/jpeg", "me.jpg")
    found = bench.message_media("oak", message, 2)
    assert (found.is_shown, found.name) == (False, "page.html")
    google.mails.clear()
    with pytest.raises(NoMedia, match="not in the mailbox any more"):
        bench.message_media("oak", message)


def test_a_mail_that_took_anothers_name_does_not_put_its_file_in_place(bench, google):
    google.put(mail({"me.jpg": JPEG}))
    bench.sync_channels("oak")
    [message] = bench.db.read("messages", "oak")["message_id"]
    google.put(mail({"other.jpg": b"GIF89a of somebody else"}))
    assert bench.message_media("oak", message).data == JPEG
