from datetime import date, time
from time import thread_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiolab.grounding import facts, ungrounded

CONTEXT = {
    "visits_last_60_days": 14,
    "classes": [
        {"class_id": "c-2025-000123", "date": "2026-03-06", "time": "18:00", "class_name": "Yoga Flow", "fit": 0.62},
        {"class_id": "c1+4w", "starts_at": "2026-03-11T07:30:00+01:00", "price": 18.5, "currency": "EUR"},
        {"booked": 1234},
    ],
    "likes": ["62% of visits were Yoga", "two evening classes a week"],
}


@pytest.mark.parametrize(
    "text",
    [
        "Yoga on Friday, 6 March at 18:00 fits: 62% of your visits were Yoga.",
        "On Friday the 6th at 6pm, or Wednesday 11 March 2026 at 7:30 a.m.",
        "March 6 at 6 p.m.; the 6th of March; Mar 6th, 2026; 06/03/2026; 3/6; 6.3.26; 2026-03-06",
        "at 6 o'clock, 18h, 18h00",
        "c-2025-000123 and C1+4W",
        "You came 14 times in the last 60 days, two a week.",
        "fourteen visits in sixty days, twice a week",
        "€18.50, 18,50 €, EUR 18.5, 18.5 euros",
        "1234 people, 1,234 people, 1.234 people",
        "one of your favourites, the first and second on the list",
        "an evening you may like; Sun Salutation; the sun sat low; march on",
        "Fridays and Wednesdays in March",
        "fit of 0.62, sixty-two percent",
        "",
        "🧘‍♀️ שלום",
    ],
)
def test_what_the_context_says_is_grounded(text):
    assert ungrounded(text, CONTEXT) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("15 visits", ["15"]),
        ("twelve classes", ["twelve"]),
        ("twenty-one classes", ["twenty-one"]),
        ("two hundred and five people", ["two hundred and five"]),
        ("a dozen friends, a hundred more", ["a dozen", "a hundred"]),
        ("your third visit, the 3rd", ["third", "3rd"]),
        ("63% of visits, 14% off, 14 percent off, fourteen percent", ["63%", "14%", "14 percent", "fourteen percent"]),
        ("62 visits", ["62"]),
        ("6 visits, 2026 visits, 18 places", ["6", "18"]),
        ("on Thursday", ["Thursday"]),
        ("Thursday, 6 March", ["Thursday, 6 March"]),
        ("Friday 11 March 2026", ["Friday 11 March 2026"]),
        ("Friday the 11th", ["Friday the 11th"]),
        ("6 April, March 7, 2025-03-06, 6 March 2027", ["6 April", "March 7", "2025-03-06", "6 March 2027"]),
        ("at 18:30, 6am, 7 o'clock, noon", ["18:30", "6am", "7 o'clock", "noon"]),
        ("in April, since January", ["April", "January"]),
        ("c-2025-000124, c1+5w, 3f2a9", ["c-2025-000124", "c1+5w", "3f2a9"]),
        ("$18.50, £18.50", ["$", "£"]),
        ("18.4 EUR", ["18.4"]),
        ("14k members, 1.4 million", ["14k", "1.4 million"]),
        ("on sat, Sun and Sat at night", ["sat", "Sun", "Sat"]),
        ("１５ visits, ١٥, १५, 1\u200b5, ⑮", ["15"]),
        ("½ price", ["0.5"]),
        ("2026-13-45", ["2026-13-45"]),
        ("9" * 5000, ["9" * 5000]),
        ("25:99", ["25:99"]),
    ],
)
def test_what_it_does_not_say_is_told(text, told):
    assert ungrounded(text, CONTEXT) == told


def test_context_may_be_text_a_number_or_nothing():
    assert ungrounded("7 of 8", "8 or 7") == []
    assert ungrounded("7", 7) == []
    assert ungrounded("7.0", 7) == []
    assert ungrounded("7", None) == ["7"]
    assert ungrounded("1", [True, float("nan"), float("inf")]) == ["1"]


def test_two_leaves_of_a_context_do_not_join():
    assert ungrounded("12 pm, 1.5", {"a": 12, "b": "pm", "c": [1, 5]}) == ["12 pm", "1.5"]


numbers = st.integers(2, 10**9).map(str) | st.decimals(0, 10_000, places=2).map(str)
days = st.dates(date(1990, 1, 1), date(2090, 1, 1))
shapes = st.sampled_from(["%Y-%m-%d", "%A, %d %B %Y", "%d %b", "%B %d", "%d.%m.%Y", "%d/%m", "%A"])
dates = st.builds(format, days, shapes)
times = st.times().map(lambda at: f"{at:%H:%M}") | st.times().map(lambda at: f"{at:%I:%M %p}")
ids = st.from_regex(r"[a-z]{1,3}-[0-9]{4}-[0-9]{1,6}", fullmatch=True)
marks = st.sampled_from("35%,€12,$7.50,3rd,twelve,twenty-one,noon,6pm,18h30,2k,two hundred".split(","))
told = st.lists(numbers | dates | times | ids | marks, min_size=1, max_size=8)


@given(told, st.randoms(use_true_random=False))
def test_a_text_of_what_the_context_says_is_grounded(context, chance):
    told = chance.sample(context, chance.randint(1, len(context)))
    assert ungrounded(" ; ".join(told), context) == []
    assert ungrounded(" ; ".join(told).upper(), context) == []
    assert ungrounded(" ; ".join(told), " ; ".join(context)) == []


@given(st.integers(2, 10**9), st.sets(st.integers(0, 10**9), max_size=8), st.sampled_from(["0", "٠", "०", "０", "𝟎"]))
def test_any_number_that_is_not_in_the_context_is_told_in_any_script(number, others, zero):
    written = "".join(chr(ord(zero) + int(digit)) for digit in str(number))
    assert ungrounded(f"you came {written} times", list(others - {number})) == [str(number)]


@given(days, days)
def test_a_date_is_grounded_by_itself_alone(one, other):
    context = {"date": f"{other:%Y-%m-%d}"}
    same = (one.month, one.day) == (other.month, other.day)
    assert (ungrounded(f"{one:%d %B}", context) == []) == same
    assert (ungrounded(f"{one:%A, %d %B}", context) == []) == (same and one.weekday() == other.weekday())
    assert (ungrounded(f"{one:%d %B %Y}", context) == []) == (one == other)
    assert (ungrounded(f"{one:%A}", context) == []) == (one.weekday() == other.weekday())


@given(st.times(), st.times())
def test_a_time_is_grounded_by_the_same_minute_on_either_clock(one, other):
    one, other = (time(at.hour, at.minute) for at in (one, other))
    for clock in ("%H:%M", "%I:%M %p", "%I:%M%p"):
        assert (ungrounded(f"at {one:{clock}}", {"time": f"{other:%H:%M}"}) == []) == (one == other)


@given(st.text())
def test_any_text_is_grounded_in_itself(text):
    assert ungrounded(text, text) == []


LONG = ("1." * 10_000, "a-" * 10_000, "1 " * 4_000, "one hundred and " * 2_000, " " * 19_999 + "5",
        "Monday, " * 4_000, "1" * 20_000, "a" * 20_000 + "1", "1 per " * 4_000, "1" + "'1" * 10_000)  # fmt: skip


@pytest.mark.parametrize("text", LONG, ids=lambda text: text[:8])
def test_a_long_text_takes_no_long_time(text):
    since = thread_time()
    assert ungrounded(text, text) == []
    assert thread_time() - since < 20  # what grows with the square of such a text takes minutes


def test_the_facts_of_a_context_stand_for_it():
    assert ungrounded("14 visits, 15 visits", facts(CONTEXT)) == ["15"]
