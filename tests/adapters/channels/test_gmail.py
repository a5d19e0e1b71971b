import base64
import itertools
import json

import pytest

from studiolab.adapters.channels import Later, Refused, Unsure, gmail
from studiolab.adapters.channels.gmail import Channel, pushed
from studiolab.adapters.channels.google_sign_in import agreement_url, refresh_token
from studiolab.adapters.errors import StudiolabError

from ...gmail_server import CLIENT, REFRESH, GmailServer

STUDIO = "hello@studio.example"
numbers = itertools.count()


@pytest.fixture
def google():
    """A `GmailServer`."""
    server = GmailServer(STUDIO)
    yield server
    server.stop()


def channel(google, account=STUDIO, secrets=(), **settings):
    given = CLIENT | {"refresh_token": REFRESH} | dict(secrets)
    return Channel({"account": account, "google_url": google.url} | settings, given)


def mail(name, subject="Hello", body="Do you have a class?", to=STUDIO):
    lines = [f"From: {name.title()} <{name}@people.example>", f"To: {to}", f"Subject: {subject}",
             f"Message-ID: <{name}-{next(numbers)}@people.example>", "Date: Mon, 02 Nov 2026 10:00:00 +0100",
             "", body, ""]  # fmt: skip
    return "\n".join(lines).encode()


def read(line, cursor):
    """(messages, cursor) once nothing is left, over cursors as a database keeps them."""
    found = []
    while True:
        batch, cursor = line.sync(json.loads(json.dumps(cursor)))
        found += batch.messages
        if not cursor["left"]:
            return found, cursor


def test_a_mailbox_is_read_once_and_then_what_is_new(google):
    for one in range(25):
        google.put(mail(f"p{one}"))
    for labels in (["SPAM"], ["DRAFT"], ["TRASH"], ["CHAT"]):
        google.put(mail("no"), *labels)
    found, cursor = read(channel(google), {})
    assert sorted(row["sender_name"] for row in found) == sorted(f"P{n}" for n in range(25))
    assert read(channel(google), cursor)[0] == []
    for one in range(25):
        google.put(mail(f"q{one}"))
    google.put(mail("no"), "SPAM")
    google.put(mail("x", to="ana@people.example").replace(b"x@people", b"hello@studio"), "SENT")
    found, cursor = read(channel(google), cursor)
    assert [row["direction"] for row in found] == ["inbound"] * 25 + ["outbound"]
    assert read(channel(google), cursor)[0] == []


def test_what_arrives_while_the_mailbox_is_read_for_the_first_time_is_not_missed(google, monkeypatch):
    monkeypatch.setattr(gmail, "SYNC_SECONDS", -1)  # a page a call
    for one in range(25):
        google.put(mail(f"p{one}"))
    line, cursor, found, left = channel(google), {}, [], []
    for _ in range(20):
        google.put(mail(f"late{next(numbers)}"))
        batch, cursor = line.sync(cursor)
        found += batch.messages
        left.append(cursor["left"])
        if len(left) > 4:
            break
    found += read(line, cursor)[0]
    assert left[0] > 0
    assert len({row["message_id"] for row in found}) == len(google.mails)


def test_a_number_that_google_forgot_makes_the_mailbox_be_read_anew(google):
    google.put(mail("ana"))
    _, cursor = read(channel(google), {})
    google.put(mail("bo"))
    google.oldest = 5_000
    found, cursor = read(channel(google), cursor)
    assert [row["sender_name"] for row in found] == ["Bo", "Ana"]
    google.oldest = 0
    google.put(mail("cy"))
    assert [row["sender_name"] for row in read(channel(google), cursor)[0]] == ["Cy"]


def test_a_message_that_was_deleted_meanwhile_stops_nothing(google):
    _, cursor = read(channel(google), {})
    for name in ("ana", "bo", "cy"):
        google.put(mail(name))
    del google.mails["m0001"]
    assert [row["sender_name"] for row in read(channel(google), cursor)[0]] == ["Ana", "Cy"]


def test_what_is_too_long_is_read_by_its_headers(google, monkeypatch):
    monkeypatch.setattr("studiolab.adapters.channels.posting.MOST_BYTES", 20_000)
    google.put(mail("ana", body="x" * 50_000))
    [row] = read(channel(google), {})[0]
    assert (row["sender_name"], row["body"]) == ("Ana", "first words")


QUOTA = {"error": {"message": "Quota exceeded", "errors": [{"reason": "rateLimitExceeded"}]}}


@pytest.mark.parametrize(
    ("reply", "kind", "words"),
    [((429, QUOTA, {"Retry-After": "17"}), Later, "takes no more for now: Quota exceeded"),
     ((403, QUOTA), Later, "Quota"),
     ((503, {}), Later, "HTTP 503"), ((403, {"error": {"message": "Gmail API is off"}}), StudiolabError, "API is off"),
     ((200, b"<html>"), StudiolabError, "into , not into"), ((None, {}), StudiolabError, "cannot be reached")],
)  # fmt: skip
def test_what_google_refuses_is_said_and_limits_are_waited_for(google, reply, kind, words):
    google.script = [reply]
    with pytest.raises(kind, match=words) as raised:
        channel(google).check()
    if reply[0] == 429:
        assert raised.value.seconds == 17


def test_what_came_before_a_limit_is_kept(google):
    _, cursor = read(channel(google), {})
    names = [google.put(mail(name)) for name in ("ana", "bo")]
    google.broken[names[1]] = (429, QUOTA)
    batch, cursor = channel(google).sync(cursor)
    assert ([row["sender_name"] for row in batch.messages], cursor["left"]) == (["Ana"], 1)
    assert "takes no more for now" in batch.skipped[0]
    assert [row["sender_name"] for row in read(channel(google), cursor)[0]] == ["Bo"]


def test_a_token_that_ended_is_renewed_and_one_that_was_taken_back_is_said(google):
    line = channel(google)
    assert line.check() == f"{STUDIO} at Gmail"
    google.access += 1  # what we have is not good any more
    assert line.check() == f"{STUDIO} at Gmail"
    with pytest.raises(StudiolabError, match="connect it again"):
        channel(google, secrets={"refresh_token": "1//other"}).check()
    with pytest.raises(StudiolabError, match="check GOOGLE_CLIENT_ID"):
        channel(google, secrets={"client_secret": "other"}).check()
    with pytest.raises(StudiolabError, match=r"not into other@studio\.example"):
        channel(google, account="other@studio.example").check()


def test_an_answer_goes_out_in_its_thread_and_comes_back_as_ours(google):
    name = google.put(mail("ana", "Trial?"))
    [question], cursor = read(channel(google), {})
    sent = channel(google).send("email:ana@people.example", "Yes.", "o-1", about=question["message_id"])
    [(raw, thread)] = google.sent
    assert thread == google.mails[name]["threadId"]
    assert b"Subject: Re: Trial?" in raw
    [copy], _ = read(channel(google), cursor)
    assert (copy["message_id"], copy["about"]) == (sent.message_id, question["message_id"])
    assert (copy["direction"], copy["body"]) == ("outbound", "Yes.")


@pytest.mark.parametrize(
    ("reply", "kind"),
    [((429, QUOTA), Later), ((403, QUOTA), Later), ((503, {}), Later), ((500, {}), Unsure), ((None, {}), Unsure),
     ((400, {"error": {"message": "Invalid To header"}}), Refused), ((403, {}), Refused)],
)  # fmt: skip
def test_a_mail_that_does_not_go_out_says_whether_it_may_be_tried_again(google, reply, kind):
    line = channel(google)
    line.check()
    google.script = [reply]
    with pytest.raises(kind):
        line.send("email:ana@people.example", "Yes.", "o-1")
    assert google.sent == []


def test_google_is_asked_to_tell_of_new_mail_before_it_stops_to(google):
    line = channel(google, topic="projects/p/topics/mail")
    _, cursor = read(line, {})
    assert google.watched == [{"topicName": "projects/p/topics/mail", "labelIds": ["INBOX", "SENT"],
                               "labelFilterBehavior": "include"}]  # fmt: skip
    _, cursor = read(line, cursor)
    assert len(google.watched) == 1
    read(line, cursor | {"watched_until": 0})
    assert len(google.watched) == 2


def test_a_mailbox_that_cannot_be_watched_is_read_nevertheless(google):
    google.put(mail("ana"))
    google.script = [(403, {"error": {"message": "no publisher"}})]
    batch, _ = channel(google, topic="projects/p/topics/mail").sync({})
    assert [row["sender_name"] for row in batch.messages] == ["Ana"]
    assert "no publisher" in batch.skipped[0]


def test_the_owner_agrees_once_and_only_who_began_can_fetch_the_token(google):
    asked = agreement_url(CLIENT["client_id"], "https://s/cb", "the state", "a verifier" * 5, STUDIO, google.url)
    code, state = google.agree(asked)
    assert state == "the state"
    with pytest.raises(StudiolabError, match="connect it again"):
        refresh_token(code, "another verifier" * 4, **CLIENT, redirect="https://s/cb", url=google.url)
    code, _ = google.agree(asked)
    assert refresh_token(code, "a verifier" * 5, **CLIENT, redirect="https://s/cb", url=google.url) == REFRESH
    with pytest.raises(StudiolabError):
        refresh_token(code, "a verifier" * 5, **CLIENT, redirect="https://s/cb", url=google.url)


def push(data):
    return json.dumps({"message": {"data": data, "messageId": "1"}, "subscription": "s"}).encode()


def test_a_push_names_its_mailbox():
    data = base64.urlsafe_b64encode(json.dumps({"emailAddress": "Hello@Studio.example", "historyId": 9}).encode())
    assert pushed(push(data.decode().rstrip("="))) == STUDIO


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"message": 1}', push("%%%"), push("e30="), push("bm8="),
                                  push("ÿ"), b"\xff", b"[" * 100_000])  # fmt: skip
def test_what_is_no_push_is_a_value_error(body):
    with pytest.raises(ValueError, match=r"JSON|push|body"):
        pushed(body)
