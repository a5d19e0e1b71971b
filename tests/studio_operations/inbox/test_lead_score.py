from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiolab.schema import LEAD_STATUSES
from studiolab.studio_operations.inbox import lead_facts, lead_score
from studiolab.studio_operations.inbox.lead_score import Facts, Weights, score

HOURS = st.none() | st.floats(0, 500)
known = st.builds(
    Facts, is_taught=st.none() | st.booleans(), fits_times=st.none() | st.booleans(),
    can_pay=st.none() | st.booleans(), distance_km=st.none() | st.floats(0, 100),
    source=st.sampled_from(["", *lead_score.SOURCES]),
    asked=st.frozensets(st.sampled_from(["trial", "price", "timetable", "parking"])), messages=st.integers(0, 12),
    answered=st.integers(0, 12), clicks=st.none() | st.integers(0, 9), answer_hours=HOURS, first_answer_hours=HOURS,
    days_silent=st.floats(0, 400), stage=st.sampled_from(LEAD_STATUSES), has_come=st.booleans(),
)  # fmt: skip
tables = st.builds(
    Weights, st.tuples(*[st.integers(0, 30)] * len(lead_score.TABLE)).map(
        lambda points: {name: one._replace(points=p) for (name, one), p in zip(lead_score.TABLE.items(), points,
                                                                              strict=True)}),
    st.floats(1, 90),
)  # fmt: skip
BETTER = {
    "is_taught": True, "fits_times": True, "can_pay": True, "distance_km": 0.0, "source": "referral",
    "asked": frozenset({"trial", "price", "timetable"}), "messages": 20, "answered": 20, "clicks": 20,
    "answer_hours": 0.0, "first_answer_hours": 0.0, "days_silent": 0.0, "has_come": True,
}  # fmt: skip


def test_the_points_of_the_table_add_up_to_a_hundred():
    assert sum(weight.points for weight in lead_score.TABLE.values()) == 100
    assert score(Facts(**BETTER, stage="TRIAL_SCHEDULED")).points == 100


@given(known, tables)
def test_the_parts_add_up_to_the_score_and_none_brings_more_than_it_says(facts, weights):
    told = score(facts, weights)
    assert told.points == sum(part.points for part in told.parts) >= 0
    assert all(0 <= part.points <= part.of for part in told.parts if part.kind != "decay")


@given(known, tables, st.sampled_from(sorted(BETTER)))
def test_a_better_fact_never_costs_points(facts, weights, name):
    assert score(replace(facts, **{name: BETTER[name]}), weights).points >= score(facts, weights).points


def test_taking_part_counts_half_after_a_half_life_and_what_fits_stays():
    facts = Facts(is_taught=True, asked=frozenset({"trial"}), messages=5, first_answer_hours=0.5)
    fresh, later = score(facts), score(replace(facts, days_silent=lead_facts.HALF_LIFE_DAYS))
    fit = sum(part.points for part in fresh.parts if part.kind == "fit")
    assert abs((later.points - fit) * 2 - (fresh.points - fit)) <= 1  # points are whole
    assert "silent for 7 days: taking part counts 50%" in [part.words for part in later.parts]


def test_who_asked_not_to_be_written_to_scores_nothing():
    assert score(Facts(**BETTER, has_opted_out=True)).points == 0


@pytest.mark.parametrize("wrong", [{"messages": -1}, {"distance_km": float("nan")}, {"source": "moon"}, {"stage": "?"}])
def test_a_fact_that_cannot_be_is_refused_by_name(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Facts(**wrong)


def test_a_thread_tells_messages_answers_pace_and_silence():
    start = pd.Timestamp("2026-03-02 10:00", tz="UTC")
    turns = [("inbound", 0), ("inbound", 1), ("outbound", 3), ("inbound", 5), ("outbound", 6), ("inbound", 30)]
    thread = pd.DataFrame(turns, columns=["direction", "hours"])
    thread["sent_at"] = start + pd.to_timedelta(thread["hours"], "h")
    facts = lead_score.of_thread(thread.sample(frac=1, random_state=1), start + pd.Timedelta(hours=29))
    assert (facts.messages, facts.answered, facts.answer_hours, facts.first_answer_hours) == (3, 1, 2.0, 3.0)
    assert facts.days_silent == pytest.approx(23 / 24)  # since the studio's answer to their last word
    assert not facts.is_waiting


def test_who_waits_for_the_studio_is_not_silent_for_two_days_and_a_booked_trial_is_waited_for():
    start = pd.Timestamp("2026-03-02 10:00", tz="UTC")
    thread = pd.DataFrame({"direction": ["inbound"], "sent_at": [start]})
    days = [lead_score.of_thread(thread, start + pd.Timedelta(days=day)).days_silent for day in (1, 2, 5)]
    assert days == [0, 0, 3]
    waits = lead_score.of_thread(thread, start + pd.Timedelta(days=1))
    assert waits.is_waiting
    assert waits.first_answer_hours == 24
    assert "waits for a first answer since 24 h" in [part.words for part in score(waits).parts]
    trial = start + pd.Timedelta(days=4)
    booked = [lead_score.of_thread(thread, start + pd.Timedelta(days=day), trial_at=trial) for day in (3, 6)]
    assert [facts.days_silent for facts in booked] == [0, 2]
