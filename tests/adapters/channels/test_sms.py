import json
from urllib.parse import urlencode

import pytest

from studiolab.adapters.channels import Later, Refused, Unsure
from studiolab.adapters.channels.sms import Channel, fields, is_signed, parse
from studiolab.adapters.errors import StudiolabError

from ...graph_server import answer, hangs_up
from ...twilio_server import AUTH, NUMBER, SID, TwilioServer, refuses

ANA = "+4915112345"


def form(**more):
    return urlencode({"MessageSid": "SM1", "AccountSid": SID, "From": ANA, "To": NUMBER} | more).encode()


def listed(sid, body, way="inbound", **more):
    people = {"from": ANA, "to": NUMBER} if way == "inbound" else {"from": NUMBER, "to": ANA}
    return (
        {"sid": sid, "body": body, "status": "received", "date_sent": "Mon, 05 Oct 2026 10:00:00 +0000"} | people | more
    )


@pytest.fixture
def twilio():
    server = TwilioServer()
    yield server
    server.stop()


@pytest.fixture
def channel(twilio):
    def made(**more):
        settings = {"account": NUMBER, "account_sid": SID, "twilio_url": twilio.url} | more
        return Channel(settings, {"auth_token": AUTH})

    return made


def test_the_signature_of_twilios_own_example_fits():
    told = {"CallSid": "CA1234567890ABCDE", "Caller": "+12349013030", "Digits": "1234", "From": "+12349013030",
            "To": "+18005551212"}  # fmt: skip
    url, signature = "https://mycompany.com/myapp.php?foo=1&bar=2", "0/KCTR6DLpKmkAf8muzZqo1nDgQ="
    assert is_signed("12345", signature, url, told.items())
    assert is_signed("12345", signature, url, list(told.items())[::-1])
    assert not is_signed("12346", signature, url, told.items())
    assert not is_signed("12345", signature, url + "3", told.items())
    assert not is_signed("12345", signature, url, (told | {"Digits": "12345"}).items())
    assert not is_signed("12345", None, url, told.items())


def test_a_message_keeps_its_text_and_its_media_as_references():
    more = {"Body": "Hi ñ", "NumMedia": "1", "MediaUrl0": "https://x/1", "MediaContentType0": "image/png"}
    [row] = parse(form(**more)).messages
    assert (row["message_id"], row["handle"], row["account_id"]) == ("sms:SM1", f"sms:{ANA}", NUMBER)
    assert (row["kind"], row["body"]) == ("image", "Hi ñ")
    assert json.loads(row["media"]) == [{"url": "https://x/1", "mime_type": "image/png"}]


@pytest.mark.parametrize(
    ("more", "status", "reason"),
    [
        ({"MessageStatus": "delivered"}, "delivered", None),
        ({"MessageStatus": "undelivered", "ErrorCode": "30005"}, "failed", "there is no such number any more (30005)"),
        ({"MessageStatus": "failed", "ErrorCode": "99999"}, "failed", "Twilio says no more (99999)"),
    ],
)
def test_a_status_is_of_the_number_it_was_sent_from(more, status, reason):
    batch = parse(form(**{"From": NUMBER, "To": ANA} | more), "o-1")
    [row] = batch.statuses
    assert (row["status"], row["reason"], row["account_id"]) == (status, reason, NUMBER)
    assert row["outbox_id"] == "o-1"
    assert batch.messages == []


def test_a_status_that_says_nothing_new_is_skipped():
    batch = parse(form(MessageStatus="queued"))
    assert (batch.messages, batch.statuses, len(batch.skipped)) == ([], [], 1)


@pytest.mark.parametrize("body", [b"", b"{}", b"\xff\xfe", b"&" * 1000, b"MessageSid=" + b"x" * 600, b"From=1&To=2"])
def test_what_is_no_webhook_is_refused(body):
    with pytest.raises(ValueError, match=r"no|of 600 bytes"):
        parse(body)


def test_absurd_counts_of_media_do_no_harm():
    for count in ("9" * 50, "-1", "²", "1e9"):
        assert parse(form(Body="Hi", NumMedia=count)).messages[0]["body"] == "Hi"
    assert len(fields(form(Body="a&b=c"))) == 5


def test_a_text_is_sent_and_its_status_will_name_it(channel, twilio):
    assert channel(public_host="studio.example.org").send(f"sms:{ANA}", "Hello", "o-1").message_id == "sms:SM1"
    where = "https://studio.example.org/api/integrations/webhook/sms/status?outbox=o-1"
    assert twilio.sent == [{"To": ANA, "From": NUMBER, "Body": "Hello", "StatusCallback": where}]


@pytest.mark.parametrize(
    ("reply", "kind", "words"),
    [
        (refuses(20429, "Too Many Requests", 429, retry_after="3"), Later, "Too Many"),
        (refuses(21610, "unsubscribed"), Refused, "wrote STOP"),
        (refuses(21211, "Invalid 'To'"), Refused, "no telephone number"),
        (refuses(20003, "Authenticate", 401), Refused, "connect the number again"),
        (refuses(20500, "Internal Server Error", 500), Unsure, "500"),
        (answer(b"<html>", 201), Unsure, "201"),
        (hangs_up(), Unsure, "did not say what became of it"),
    ],
)
def test_what_goes_wrong_is_told_apart(channel, twilio, reply, kind, words):
    twilio.script = [reply]
    with pytest.raises(kind, match=words) as fault:
        channel().send(f"sms:{ANA}", "Hello", "o-1")
    assert twilio.sent == []
    assert AUTH not in str(fault.value)
    if kind is Later:
        assert fault.value.seconds == 3


def test_sync_brings_all_pages_of_both_ways(channel, twilio):
    twilio.listed = [listed(f"SM{n}", f"text {n}") for n in range(5)]
    twilio.listed += [listed("SM9", "yes", "outbound", status="delivered"), {"to": NUMBER, "from": ANA}]
    batch, cursor = channel().sync({})
    assert [row["body"] for row in batch.messages] == [*(f"text {n}" for n in range(5)), "yes"]
    assert batch.messages[-1]["direction"] == "outbound"
    assert [row["status"] for row in batch.statuses] == ["delivered"]
    assert f"{batch.messages[0]['sent_at']:%Y-%m-%d %H:%M}" == "2026-10-05 10:00"
    assert len(batch.skipped) == 1
    assert channel().sync(cursor)[1]["since"] >= cursor["since"]


def test_the_account_says_whose_it_is(channel, twilio):
    assert channel().check() == f"{NUMBER}, of the account Rhythm Dance"
    with pytest.raises(StudiolabError, match="has no number"):
        channel(account="+1555").check()
    lost = Channel({"account": NUMBER, "account_sid": SID, "twilio_url": twilio.url}, {"auth_token": "wrong"})
    with pytest.raises(StudiolabError, match="connect the number again"):
        lost.check()
