import json
import socket
import time

import pytest

from studiolab.adapters.channels import Later, Refused, Unsure
from studiolab.adapters.channels.whatsapp import Channel, parse
from studiolab.adapters.errors import StudiolabError

from ...graph_server import PHONE, TOKEN, answer, breaks_off, drips, error, hangs_up

ANA = {"profile": {"name": "Ana"}, "wa_id": "4915112345"}


def body(*messages, statuses=(), contacts=(ANA,), field="messages", **more):
    value = {"messaging_product": "whatsapp", "metadata": {"display_phone_number": "4930", "phone_number_id": PHONE},
             "contacts": list(contacts), "messages": list(messages), "statuses": list(statuses)} | more  # fmt: skip
    change = {"field": field, "value": value}
    told = {"object": "whatsapp_business_account", "entry": [{"id": "W", "changes": [change]}]}
    return json.dumps(told).encode()


def said(text="Hi", message_id="wamid.A", **more):
    return {"from": "4915112345", "id": message_id, "timestamp": "1760000000", "type": "text",
            "text": {"body": text}} | more  # fmt: skip


def content(kind, inside, **more):
    return {"from": "4915112345", "id": "wamid.B", "timestamp": "1760000000", "type": kind, kind: inside} | more


@pytest.fixture
def channel(graph):
    return lambda **more: Channel({"account": PHONE, "graph_url": graph.url} | more, {"token": TOKEN})


def test_all_entries_changes_messages_and_statuses_of_a_batch_count():
    two = json.loads(body(said("a", "1"), said("b", "2"), statuses=[{"id": "9", "status": "read", "timestamp": "1"}]))
    two["entry"].append(json.loads(body(said("c", "3")))["entry"][0])
    batch = parse(json.dumps(two).encode())
    assert [row["body"] for row in batch.messages] == ["a", "b", "c"]
    assert [row["message_id"] for row in batch.statuses] == ["whatsapp:9"]
    assert {row["sender_name"] for row in batch.messages} == {"Ana"}


def test_who_hides_their_number_is_known_by_the_id_that_whatsapp_gives_them():
    hidden = said() | {"from_user_id": "DE.123"}
    del hidden["from"]
    [row] = parse(body(hidden, contacts=[{"profile": {"name": "Bo"}, "user_id": "DE.123"}])).messages
    assert (row["handle"], row["sender_name"]) == ("whatsapp:DE.123", "Bo")


def test_what_the_owner_wrote_on_the_phone_is_outbound():
    echo = {"from": "4930", "to": "4915112345", "id": "wamid.E", "timestamp": "1760000000", "type": "text",
            "text": {"body": "See you"}}  # fmt: skip
    [row] = parse(body(field="smb_message_echoes", message_echoes=[echo], messages=[])).messages
    assert (row["direction"], row["handle"], row["body"]) == ("outbound", "whatsapp:4915112345", "See you")


@pytest.mark.parametrize(
    ("message", "kind", "text", "about"),
    [
        (content("image", {"id": "7", "mime_type": "image/png", "caption": "this?"}), "image", "this?", None),
        (content("reaction", {"message_id": "wamid.A", "emoji": "👍"}), "reaction", "👍", "whatsapp:wamid.A"),
        (content("reaction", {"message_id": "wamid.A"}), "reaction", None, "whatsapp:wamid.A"),
        (said(context={"id": "wamid.0"}), "text", "Hi", "whatsapp:wamid.0"),
        (content("button", {"payload": "P", "text": "Yes"}), "button", "Yes", None),
        (content("interactive", {"type": "list_reply", "list_reply": {"id": "1", "title": "Salsa"}}), "button", "Salsa",
         None),
        (content("location", {"latitude": 52.5, "longitude": 13.4, "name": "Park"}), "location", "Park, 52.5, 13.4",
         None),
        (content("order", {"text": "please", "product_items": [
            {"product_retailer_id": "mat", "quantity": 2, "item_price": 9.5, "currency": "EUR"}]}), "other",
         "please\n2 × mat at 9.5 EUR", None),
        (content("system", {"body": "Ana changed from 4915 to 4916", "type": "user_changed_number"}), "other",
         "Ana changed from 4915 to 4916", None),
        (content("unsupported", None, errors=[{"code": 131051, "title": "Unsupported"}]), "other",
         "WhatsApp knows no such kind of message (131051)", None),
        (content("edit", {"original_message_id": "wamid.A", "message": {"type": "text", "text": {"body": "Hey"}}}),
         "edit", "Hey", "whatsapp:wamid.A"),
        (content("revoke", {"original_message_id": "wamid.A"}), "deletion", None, "whatsapp:wamid.A"),
        (content("never_seen", {"x": 1}), "other", None, None),
    ],
)  # fmt: skip
def test_every_kind_of_message_keeps_what_it_says(message, kind, text, about):
    [row] = parse(body(message)).messages
    assert (row["kind"], row["body"], row["about"]) == (kind, text, about)


def test_media_are_kept_as_references():
    [row] = parse(body(content("document", {"id": "7", "filename": "a.pdf", "sha256": "x"}))).messages
    assert json.loads(row["media"]) == [{"id": "7", "sha256": "x", "filename": "a.pdf"}]


def test_a_failed_status_says_why_and_a_status_names_what_was_sent():
    fault = {"code": 131047, "title": "Re-engagement message"}
    told = [{"id": "9", "status": "failed", "timestamp": "1760000000", "errors": [fault],
             "biz_opaque_callback_data": "o-1"}]  # fmt: skip
    batch = parse(body(statuses=told))
    assert batch.statuses[0]["reason"] == "outside the 24-hour window: send a template (131047)"
    assert batch.statuses[0]["outbox_id"] == "o-1"


def test_a_text_is_sent_with_the_name_that_its_status_will_bear(channel, graph):
    sent = channel().send("whatsapp:4915112345", "Hello", "o-1", about="whatsapp:wamid.A")
    assert sent.message_id == "whatsapp:wamid.1"
    [told] = graph.sent
    assert (told["to"], told["text"]["body"], told["biz_opaque_callback_data"]) == ("4915112345", "Hello", "o-1")
    assert told["context"] == {"message_id": "wamid.A"}


def test_a_template_goes_in_its_language_with_its_values(channel, graph):
    channel().send("whatsapp:DE.123", "", "o-1", template={"name": "trial", "language": "de", "values": ["Ana"]})
    [told] = graph.sent
    assert (told["recipient"], told["template"]["name"]) == ("DE.123", "trial")
    assert told["template"]["components"][0]["parameters"] == [{"type": "text", "text": "Ana"}]


@pytest.mark.parametrize(
    ("reply", "kind", "words", "seconds"),
    [
        (error(130429, "Rate limit hit", 429), Later, "Rate limit", 1),
        (error(131056, "Pair rate limit hit"), Later, "Pair rate", 6),
        (error(80007, "limit", x_business_use_case_usage='{"1": [{"estimated_time_to_regain_access": 19}]}'), Later,
         "limit", 19 * 60),
        (error(2, "Temporary", 503, retry_after="7"), Later, "Temporary", 7),
        (error(4, "limit", x_business_use_case_usage='{"1": [{"estimated_time_to_regain_access": 1e999}]}'), Later,
         "limit", 86_400),
        (error(4, "limit", retry_after="nan"), Later, "limit", 1),
        (error([1], "odd"), Refused, "odd", None),
        (error(131047, "Re-engagement message"), Refused, "24-hour window: send a template", None),
        (error(190, "Expired", 401), Refused, "connect the account again", None),
        (error(100, f"Invalid parameter {TOKEN}"), Refused, r"Invalid parameter \*\*\*", None),
        (answer(b"<html>bad gateway</html>", 502), Unsure, "502", None),
        (answer(b"<html>all fine</html>", 200), Unsure, "nothing that can be read", None),
        (answer({"messages": []}), Unsure, "did not name it", None),
        (hangs_up(), Unsure, "did not say what became of it", None),
        (breaks_off(), Unsure, "did not say what became of it", None),
    ],
)  # fmt: skip
def test_what_goes_wrong_is_told_apart(channel, graph, reply, kind, words, seconds):
    graph.says(reply)
    with pytest.raises(kind, match=words) as fault:
        channel().send("whatsapp:4915112345", "Hello", "o-1")
    assert TOKEN not in str(fault.value)
    if seconds:
        assert fault.value.seconds == seconds
    assert graph.sent == []
    assert len(graph.asked) == 1  # nothing is sent a second time by itself


def test_an_answer_that_drips_is_cut_at_the_deadline(channel, graph):
    graph.says(drips())
    began = time.monotonic()
    with pytest.raises(Unsure, match=r"within 0\.5 seconds"):
        channel(seconds=0.5).send("whatsapp:4915112345", "Hello", "o-1")
    assert time.monotonic() - began < 10


def test_where_nobody_listens_nothing_was_sent():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    lost = Channel({"account": PHONE, "graph_url": f"http://127.0.0.1:{port}"}, {"token": TOKEN})
    with pytest.raises(Later, match="cannot be reached"):
        lost.send("whatsapp:4915112345", "Hello", "o-1")


@pytest.mark.parametrize("text", ["", "x" * 4097])
def test_what_whatsapp_would_refuse_is_not_sent(channel, graph, text):
    with pytest.raises(Refused, match="4,096"):
        channel().send("whatsapp:4915112345", text, "o-1")
    assert graph.asked == []


def test_the_account_says_whose_it_is(channel, graph):
    assert channel().check() == "Rhythm Dance Studio, +49 151 2345678"
    graph.says(error(190, "Expired", 401))
    with pytest.raises(StudiolabError, match="connect the account again"):
        channel().check()
