import json

import pytest

from studiolab.adapters.channels import Later, Refused, Unsure
from studiolab.adapters.channels.instagram import Channel, parse
from studiolab.adapters.errors import StudiolabError

from ...graph_server import PAGE, TOKEN, answer, error

AT = 1_760_000_000_000


def body(*events, changes=()):
    entry = {"id": PAGE, "time": AT // 1000, "messaging": list(events), "changes": list(changes)}
    return json.dumps({"object": "instagram", "entry": [entry]}).encode()


def event(who="77", own=False, **inside):
    people = (PAGE, who) if own else (who, PAGE)
    return {"sender": {"id": people[0]}, "recipient": {"id": people[1]}, "timestamp": AT} | inside


@pytest.fixture
def channel(graph):
    return Channel({"account": PAGE, "graph_url": graph.url}, {"token": TOKEN})


@pytest.mark.parametrize(
    ("inside", "kind", "text", "about"),
    [
        ({"message": {"mid": "m1", "text": "Hi"}}, "text", "Hi", None),
        ({"message": {"mid": "m1", "text": "Yes", "quick_reply": {"payload": "Y"}}}, "text", "Yes", None),
        ({"message": {"mid": "m1", "attachments": [{"type": "image"}]}}, "image", None, None),
        ({"message": {"mid": "m1", "text": "wow", "reply_to": {"story": {"id": "s", "url": "https://x/s"}}}}, "story",
         "wow", None),
        ({"message": {"mid": "m1", "text": "and?", "reply_to": {"mid": "m0"}}}, "text", "and?", "instagram:m0"),
        ({"message": {"mid": "m1", "is_deleted": True}}, "deletion", None, "instagram:m1"),
        ({"message": {"mid": "m1", "is_unsupported": True}}, "other", None, None),
        ({"message_edit": {"mid": "m1", "text": "Hello", "num_edit": 1}}, "edit", "Hello", "instagram:m1"),
        ({"reaction": {"mid": "m1", "action": "react", "reaction": "love", "emoji": "❤"}}, "reaction", "❤",
         "instagram:m1"),
        ({"reaction": {"mid": "m1", "action": "unreact"}}, "reaction", None, "instagram:m1"),
        ({"postback": {"mid": "m1", "title": "Prices", "payload": "P"}}, "button", "Prices", None),
    ],
)  # fmt: skip
def test_every_kind_of_event_keeps_what_it_says(inside, kind, text, about):
    [row] = parse(body(event(**inside))).messages
    assert (row["kind"], row["body"], row["about"]) == (kind, text, about)
    assert (row["handle"], row["account_id"], row["direction"]) == ("instagram:77", PAGE, "inbound")
    assert row["sent_at"].timestamp() * 1000 == AT


def test_media_and_stories_are_kept_as_references():
    told = {"mid": "m1", "reply_to": {"story": {"id": "s", "url": "https://x/s"}}}
    told["attachments"] = [{"type": "audio", "payload": {"url": "https://x/a"}}]
    [row] = parse(body(event(message=told))).messages
    assert json.loads(row["media"]) == [{"id": "s", "url": "https://x/s"}, {"url": "https://x/a", "mime_type": "audio"}]


def test_an_echo_is_what_the_studio_wrote():
    [row] = parse(body(event(own=True, message={"mid": "m1", "text": "Hi", "is_echo": True}))).messages
    assert (row["direction"], row["handle"]) == ("outbound", "instagram:77")


def test_a_reading_is_a_status():
    [row] = parse(body(event(read={"mid": "m1"}))).statuses
    assert (row["message_id"], row["status"], row["account_id"]) == ("instagram:m1", "read", PAGE)


def test_a_comment_is_from_whoever_wrote_it():
    value = {"from": {"id": "77", "username": "ana"}, "id": "1790", "text": "When?", "media": {"id": "9"},
             "parent_id": "1789"}  # fmt: skip
    [row] = parse(body(changes=[{"field": "comments", "value": value}])).messages
    assert (row["kind"], row["body"], row["sender_name"], row["about"]) == ("comment", "When?", "ana", "instagram:1789")


def test_an_event_that_cannot_be_read_leaves_the_others():
    batch = parse(body(event(message={"text": "no id"}), event(optin={}), event(message={"mid": "m1", "text": "Hi"})))
    assert [row["body"] for row in batch.messages] == ["Hi"]
    assert len(batch.skipped) == 2


def test_what_an_edit_and_a_reaction_are_about_does_not_take_their_name():
    told = [event(message={"mid": "m1", "text": "a"}), event(message_edit={"mid": "m1", "text": "b", "num_edit": 1}),
            event(reaction={"mid": "m1", "action": "react", "emoji": "❤"})]  # fmt: skip
    assert len({row["message_id"] for row in parse(body(*told)).messages}) == 3


def test_a_text_is_sent_and_named(channel, graph):
    assert channel.send("instagram:77", "Hello", "o-1").message_id == "instagram:aWdf1"
    told = {"recipient": {"id": "77"}, "message": {"text": "Hello"}, "messaging_type": "RESPONSE"}
    assert graph.sent == [told]


def test_after_a_day_a_person_answers_under_the_tag(channel, graph):
    channel.send("instagram:77", "Hello", "o-1", template={"name": "HUMAN_AGENT"})
    assert graph.sent[0]["tag"] == "HUMAN_AGENT"
    with pytest.raises(Refused, match="no templates"):
        channel.send("instagram:77", "Hello", "o-1", template={"name": "spring sale"})


def test_a_comment_is_answered_in_private(channel, graph):
    channel.send("instagram:77", "Hello", "o-1", about="instagram:1790")
    assert graph.sent[0]["recipient"] == {"comment_id": "1790"}


def test_what_comes_too_late_is_sent_as_a_persons_answer_and_refused_after_a_week(channel, graph):
    late = error(10, "This message is sent outside of allowed window.", 403, 2534022)
    graph.says(late)
    channel.send("instagram:77", "Hello", "o-1")
    assert [one["messaging_type"] for one in graph.sent] == ["MESSAGE_TAG"]
    graph.says(late, late)
    with pytest.raises(Refused, match="24-hour window"):
        channel.send("instagram:77", "Hello", "o-2")


@pytest.mark.parametrize(
    ("reply", "kind", "words"),
    [
        (error(10, "Application does not have permission"), Refused, "add its permissions"),
        (error(613, "Calls to this api have exceeded the rate limit.", 400), Later, "rate limit"),
        (answer({"recipient_id": "77"}), Unsure, "did not name it"),
    ],
)
def test_what_goes_wrong_is_told_apart(channel, graph, reply, kind, words):
    graph.says(reply)
    with pytest.raises(kind, match=words):
        channel.send("instagram:77", "Hello", "o-1")
    assert graph.sent == []


def test_what_instagram_would_refuse_is_not_sent(channel, graph):
    for text in ("", "ä" * 501):
        with pytest.raises(Refused, match="1,000 bytes"):
            channel.send("instagram:77", text, "o-1")
    assert graph.asked == []


def test_the_token_must_be_of_this_account(channel, graph):
    assert channel.check() == "@rhythm.dance, of the page Rhythm Dance"
    with pytest.raises(StudiolabError, match="not 5"):
        Channel({"account": "5", "graph_url": graph.url}, {"token": TOKEN}).check()


def test_a_page_that_may_not_send_its_webhooks_says_why(channel, graph):
    channel.subscribe()
    graph.says(error(200, "Requires pages_manage_metadata permission", 403))
    with pytest.raises(StudiolabError, match=r"will not send its webhooks here: .*pages_manage_metadata"):
        channel.subscribe()
