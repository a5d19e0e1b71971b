import pandas as pd
import pytest

from studiolab.studio_operations.inbox import windows
from studiolab.studio_operations.inbox.consent import Consent

NOW = pd.Timestamp("2026-05-04 12:00", tz="UTC")
SILENT = Consent(None, None, "nobody said")


def ago(**time):
    return NOW - pd.Timedelta(**time)


@pytest.mark.parametrize(
    ("channel", "last", "takes"),
    [
        ("whatsapp", ago(hours=23, minutes=59), windows.FREE),
        ("whatsapp", ago(hours=24), windows.TEMPLATE),
        ("whatsapp", None, windows.TEMPLATE),
        ("instagram", ago(hours=1), windows.FREE),
        ("instagram", ago(hours=25), windows.HUMAN),
        ("instagram", ago(days=7), windows.CLOSED),
        ("instagram", None, windows.CLOSED),
        ("email", None, windows.FREE),
        ("sms", ago(days=300), windows.FREE),
    ],
)
def test_each_channel_has_its_own_window(channel, last, takes):
    assert windows.window(channel, last, NOW).takes == takes


def test_the_time_left_is_said_in_words():
    assert "23 hours" in windows.window("whatsapp", ago(hours=1), NOW).says
    assert "59 minutes" in windows.window("whatsapp", ago(hours=23, minutes=1), NOW).says
    assert "6 days" in windows.window("instagram", ago(hours=25), NOW).says


@pytest.mark.parametrize(
    ("channel", "last", "is_template", "is_automatic", "refused"),
    [
        ("whatsapp", ago(hours=1), False, False, False),
        ("whatsapp", ago(hours=30), False, False, True),
        ("whatsapp", ago(hours=30), True, False, False),
        ("instagram", ago(hours=30), False, False, False),
        ("instagram", ago(hours=30), False, True, True),
        ("instagram", ago(days=8), False, False, True),
        ("email", None, False, True, False),
    ],
)
def test_what_the_window_does_not_take_is_refused(channel, last, is_template, is_automatic, refused):
    assert bool(windows.refusal(channel, last, NOW, is_template, is_automatic, SILENT)) == refused


def test_who_opted_out_is_answered_only_when_they_write_again():
    out = Consent(False, ago(hours=5), "STOP")
    assert "asked not to be written to" in windows.refusal("sms", ago(hours=6), NOW, False, False, out)
    assert windows.refusal("sms", ago(hours=1), NOW, False, False, out) == ""
    assert windows.refusal("sms", ago(hours=1), NOW, False, True, out)
    assert windows.refusal("sms", ago(hours=1), NOW, True, False, out)


def test_a_no_in_the_member_file_leaves_answers_and_stops_what_is_automatic():
    filed = Consent(False, None, "the member file says no")
    assert windows.refusal("email", ago(days=3), NOW, False, False, filed) == ""
    assert windows.refusal("email", ago(days=3), NOW, False, True, filed)
    assert windows.refusal("email", None, NOW, False, False, filed)


@pytest.mark.parametrize(
    ("last", "is_template", "is_automatic", "answers"),
    [
        (ago(days=6, hours=23), False, False, True),
        (ago(days=7), False, False, False),
        (None, False, False, False),
        (ago(hours=1), True, False, False),
        (ago(hours=1), False, True, False),
    ],
)
def test_an_answer_is_what_somebody_writes_within_a_week_of_their_word(last, is_template, is_automatic, answers):
    assert windows.is_answer(NOW, last, is_template, is_automatic) == answers
