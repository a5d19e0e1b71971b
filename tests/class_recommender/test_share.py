import email
import json
from email import policy

import icalendar
import pytest

from studiolab.class_recommender import answers, share

from .conftest import session, visit
from .test_record import people


@pytest.fixture
def answer(open_desk):
    visits = [visit(i, "ana", f"2026-02-{day:02}T18:00", "Vinyasa") for i, day in enumerate((12, 16, 20, 24))]
    ahead = [session(1, "2026-03-06T18:00", "Vinyasa", instructor_id="t1"),
             session(2, "2026-03-10T18:00", "Vinyasa", booked=10),
             session(3, "2026-03-14T09:00", "Pilates")]  # fmt: skip
    desk = open_desk(visits, ahead, timezone="Europe/Berlin")
    request = answers.RecommendRequest(studio_id="oak", client_id="ana")
    return answers.recommend(desk, request, people(desk)).model_dump(mode="json")


def named(answer, name):
    return answer | {"client_name": name}


def test_the_e_mail_has_words_a_card_and_a_calendar_that_say_the_same(answer):
    message = email.message_from_bytes(
        share.email(answer, "Oak Yoga", "ana@example.com").as_bytes(), policy=policy.default
    )
    words, card = (message.get_body((kind,)).get_content() for kind in ("plain", "html"))
    [attached] = message.iter_attachments()
    for offer in answer["recommendations"]:
        assert offer["class_name"] in words
        assert offer["class_name"] in card
    assert "Fri 6 Mar, 19:00  Vinyasa with Coach t1" in words
    assert "(waiting list)" in words
    assert "(waiting list)" in card
    assert "You like Vinyasa and the evening is your time." in words
    assert attached.get_filename() == "classes.ics"
    assert attached.get_content().splitlines() == share.calendar(answer, "Oak Yoga").decode().splitlines()
    assert (message["To"], message["X-Unsent"], message["From"]) == ("ana@example.com", "1", None)


def test_sharing_again_gives_the_same_bytes(answer):
    pair = [share.email(answer, "Oak Yoga", "ana@example.com", "desk@oak.example").as_bytes() for _ in range(2)]
    assert pair[0] == pair[1]


def test_the_calendar_holds_each_class_at_its_instant_under_a_lasting_name(answer):
    events = icalendar.Calendar.from_ical(share.calendar(answer, "Oak Yoga")).walk("VEVENT")
    starts = [event.decoded("dtstart").isoformat() for event in events]
    assert starts == ["2026-03-06T18:00:00+00:00", "2026-03-10T18:00:00+00:00", "2026-03-14T09:00:00+00:00"]
    assert [event.decoded("dtend") - event.decoded("dtstart") for event in events] == [events[0].duration] * 3
    later = answer | {"as_of": "2026-03-03T06:00:00Z", "recommendations": answer["recommendations"][1:]}
    again = icalendar.Calendar.from_ical(share.calendar(later, "Oak Yoga")).walk("VEVENT")
    assert [event["uid"] for event in again] == [event["uid"] for event in events[1:]]


def test_a_text_message_fits_and_says_how_to_stop(answer):
    body = share.sms(answer, "Oak Yoga")
    assert body.startswith("Oak Yoga: Name, classes for you: Fri 6 Mar, 19:00 Vinyasa")
    assert body.endswith("STOP to end.")
    assert len(share.sms(named(answer, "x" * 10_000), "y" * 10_000)) <= share.SMS


def test_the_apps_json_names_the_classes_to_book(answer):
    told = json.loads(share.in_app(answer))
    assert [row["class_id"] for row in told["classes"]] == ["c1", "c2", "c3"]
    assert [row["place"] for row in told["classes"]] == ["open", "waiting list", "open"]


@pytest.mark.parametrize("name", ["x" * 10_000, "علي بن أبي طالب", "Zoë 👩🏽‍🦰", "<script>alert(1)</script>",
                                  "Ana\r\nBcc: all@example.com", "\u202eevil", None, ""])  # fmt: skip
def test_any_name_gives_a_card_that_nobody_can_break(answer, name):
    message = share.email(named(answer, name), f"Studio {name}", "ana@example.com")
    parsed = email.message_from_bytes(message.as_bytes(), policy=policy.default)
    assert parsed["Bcc"] is None
    card = parsed.get_body(("html",)).get_content()
    assert "<script" not in card
    assert "\u202e" not in card
    assert len(parsed["Subject"]) < 120
    assert len(card) < 10_000
    assert icalendar.Calendar.from_ical(share.calendar(named(answer, name), f"Studio {name}")).walk("VEVENT")


@pytest.mark.parametrize("to", ["", None, "ana", "ana@localhost", "a@b.c, d@e.f", "ana@x.org\r\nBcc: d@e.f",
                                "=?utf-8?q?a@b.org=2c?=@x.org", "an\u200ba@x.org", "ana@x\u202e.org"])  # fmt: skip
def test_what_is_no_address_is_refused(answer, to):
    with pytest.raises(ValueError, match="is no e-mail address"):
        share.email(answer, "Oak Yoga", to)
