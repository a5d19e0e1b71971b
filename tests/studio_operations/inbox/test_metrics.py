import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiolab.studio_calendar import daily
from studiolab.studio_operations.inbox import hours, metrics
from studiolab.studio_operations.inbox.contacts import Contact
from studiolab.studio_operations.inbox.conversations import Line

BERLIN = "Europe/Berlin"
START = pd.Timestamp("2026-05-04 09:00", tz=BERLIN)  # a Monday
HOURS = hours.checked([("MO", "09:00", "20:00"), ("TU", "10:00", "12:00")])


def at(hours):
    return (START + pd.Timedelta(hours=hours)).value


def line(name, hours, direction="inbound", handle="whatsapp:1"):
    return Line(name, at(hours), handle, direction, "text", None)


def test_a_question_ends_with_its_answer_or_when_it_is_closed():
    shown = [line("a", 0), line("b", 1), line("c", 2, "outbound"), line("d", 3, "outbound"), line("e", 4)]
    first, second = metrics.questions("x", shown)
    assert (first.asked_at, first.ended_at, first.answer, first.is_first) == (at(0), at(2), "c", True)
    assert (second.ended_at, second.answer, second.is_first) == (None, None, False)
    [_, closed] = metrics.questions("x", shown, closed_at=at(5))
    assert (closed.ended_at, closed.answer) == (at(5), None)
    [_, open_again] = metrics.questions("x", shown, closed_at=at(3.5))
    assert open_again.ended_at is None


def test_days_are_the_studios_and_say_who_waits():
    shown = [line("a", 14.5), line("b", 15.5, "outbound"), line("c", 30)]
    views = [("x", shown, metrics.questions("x", shown))]
    told = metrics.days(views, START, START + pd.Timedelta(days=2), BERLIN)
    assert told[["received", "sent", "waiting"]].to_numpy().tolist() == [[1, 0, 1], [1, 1, 1], [0, 0, 1]]


def test_messages_are_counted_by_channel_from_the_start_on():
    mail = [
        line("m", 3, handle="email:a@b.c"),
        line("n", 4, "outbound", "email:a@b.c"),
        line("o", 5, "outbound", "sms:1"),
    ]
    views = [("x", [line("old", -1), line("a", 0)], []), ("y", mail, [])]
    told = metrics.channels(views, START)
    assert told.to_numpy().tolist() == [["email", 1, 1], ["sms", 0, 1], ["whatsapp", 1, 0]]
    assert metrics.channels([], START).empty


@given(st.lists(st.tuples(st.integers(-50, 50), st.booleans(), st.sampled_from(["sms:1", "email:x", "whatsapp:2"]))))
def test_channels_add_to_the_days(drawn):
    shown = [line(f"{k}", hours, "inbound" if inward else "outbound", handle)
             for k, (hours, inward, handle) in enumerate(sorted(drawn))]  # fmt: skip
    start, end = START.normalize(), START + pd.Timedelta(hours=51)
    views = [("x", shown, [])]
    days, told = metrics.days(views, start, end, BERLIN), metrics.channels(views, start)
    assert told[["received", "sent"]].sum().tolist() == days[["received", "sent"]].sum().tolist()


def test_responses_by_the_clock_and_in_opening_hours():
    shown = [line("a", 10), line("b", 26, "outbound"), line("c", 27)]
    asked = metrics.questions("x", shown)
    told = metrics.responses(asked, hours.Opening(HOURS, BERLIN), lambda one: one.channel).set_index("group")
    assert (told.loc["all", "questions"], told.loc["all", "answered"], told.loc["all", "waiting"]) == (2, 1, 1)
    assert (told.loc["whatsapp", "clock_median"], told.loc["whatsapp", "open_median"]) == (16, 2)
    nobody = metrics.responses([], hours.Opening(HOURS, BERLIN), lambda one: one.channel)
    assert nobody["questions"].tolist() == [0]
    assert nobody["clock_median"].isna().all()


def test_the_funnel_counts_stages_that_were_left_again():
    lost = Contact("b", ("b",), stage="LOST", history=[(START, "QUALIFIED", "", "o"), (START, "LOST", "price", "o")])
    joined = Contact("a", ("a",), stage="CONVERTED", history=[(START, "CONVERTED", "", "o")])
    told = metrics.funnel([joined, lost], lambda one: "sms").set_index("channel").loc["all"]
    assert (told["people"], told["QUALIFIED"], told["LOST"], told["CONVERTED"], told["joined"]) == (2, 1, 1, 1, 0.5)
    assert 0.09 < told["low"] < 0.1 < 0.9 < told["high"] < 0.91


def test_work_is_counted_for_who_did_it():
    shown = [line("a", 0), line("b", 2, "outbound"), line("c", 3), line("d", 4, "outbound")]
    asked = metrics.questions("x", shown)
    told = metrics.workload(asked, ["b", "d"], ["olga", ""], {"b": "olga"}).set_index("user")
    assert told.loc["olga"].tolist() == [1, 1, 2.0, 1]
    assert told.loc[""].tolist() == [1, 1, 1.0, 0]


@pytest.mark.parametrize(("zone", "day"), [
    ("America/Santiago", "2026-09-06"), ("Africa/Cairo", "2026-04-24"), ("Asia/Beirut", "2026-03-29"),
    ("America/Havana", "2026-11-01"), (BERLIN, "2026-03-29"), (BERLIN, "2026-10-25"),
])  # fmt: skip
def test_a_day_on_which_the_clock_is_changed_is_a_day_even_without_a_midnight(zone, day):
    start = metrics.moment(pd.Timestamp(day), zone)
    end = start + pd.Timedelta(hours=30)
    shown = [Line("1", start.value, "whatsapp:1", "inbound", "text", None)]
    told = metrics.days([("c", shown, metrics.questions("c", shown))], start, end, zone)
    assert next(f"{one:%Y-%m-%d}" for one in told["day"]) == day
    assert told["received"].tolist() == [1, 0]
    opening = hours.Opening(daily("00:00", "20:00"), zone)
    noon = metrics.moment(pd.Timestamp(f"{day} 12:00"), zone)
    assert opening.seconds(start, noon) == (noon - start).total_seconds()
