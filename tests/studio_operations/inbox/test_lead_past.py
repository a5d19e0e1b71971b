from dataclasses import replace

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from studiolab.studio_operations.inbox import lead_past, stages
from studiolab.studio_operations.inbox.conversations import Line
from studiolab.studio_operations.inbox.lead_past import Past, decision, facts, learned, moments, said

START = pd.Timestamp("2026-05-04T09:00Z")
KINDS = ("text", "edit", "deletion", "reaction")


def at(hours):
    return START + pd.Timedelta(hours=hours)


def line(name, hours, kind="text", about=None, direction="inbound"):
    return Line(name, at(hours).value, "sms:1", direction, kind, about)


def moved(hours, to, reason="said so"):
    return at(hours), to, reason, "olga"


def test_a_lead_is_decided_by_its_stage_and_the_first_decision_is_the_moment():
    assert decision([]) is None
    assert decision([moved(1, "QUALIFIED")]) is None
    assert decision([moved(1, "CONTACTED"), moved(5, "CONVERTED")]) == (at(5), True)
    assert decision([moved(5, "LOST")]) == (at(5), False)
    reopened = [moved(5, "LOST"), moved(6, "CONTACTED")]
    assert decision(reopened) is None
    assert decision([*reopened, moved(9, "CONVERTED")]) == (at(5), True)
    left, taken_back = [moved(5, "CONVERTED"), moved(9, "LOST")], [moved(5, "CONVERTED"), moved(6, "CONTACTED")]
    assert decision(left) == (at(5), True)
    assert decision(taken_back) is None
    assert decision([*taken_back, moved(9, "LOST")]) == (at(5), False)


def test_a_move_of_one_part_of_a_merged_person_decides_nothing():
    assert decision([moved(5, "CONVERTED"), moved(6, "QUALIFIED"), moved(7, "NO_SHOW")]) == (at(5), True)


@given(st.text(min_size=1), st.floats(0.1, 1000))
def test_moments_lie_before_the_decision_and_are_the_same_each_time(name, hours):
    found = moments(name, START, at(hours))
    assert found == moments(name, START, at(hours))
    assert all(at(lead_past.SHORT) <= one < at(hours) for one in found)
    every = moments(name, START, at(lead_past.LONG + 1))
    assert len(every) == lead_past.MOMENTS
    assert found == [one for one in every if one < at(hours)]


messages = st.lists(st.tuples(st.floats(0, 100), st.sampled_from(KINDS), st.integers(0, 9), st.booleans()), max_size=10)
moves = st.lists(st.tuples(st.floats(0, 100), st.sampled_from(list(stages.MOVES))), max_size=6)
visits = st.lists(st.tuples(st.floats(0, 100), st.sampled_from(["booked", "attended", "no_show"])), max_size=4)


def past(drawn, history, bookings, refused=None):
    lines = [Line(f"m{n}", at(hours).value, "sms:1", "inbound" if theirs else "outbound", kind,
                  None if kind == "text" else f"m{about}")
             for n, (hours, kind, about, theirs) in enumerate(drawn)]  # fmt: skip
    return Past("c-1", tuple(moved(*one) for one in sorted(history)), tuple(lines),
                {one.message_id: ("", f"words of {one.message_id}") for one in lines},
                None if refused is None else at(refused),
                tuple((at(hours), status) for hours, status in sorted(bookings)))  # fmt: skip


@given(messages, moves, visits, st.none() | st.floats(0, 100), st.floats(0, 100))
def test_what_comes_after_a_moment_is_not_in_its_facts(drawn, history, bookings, refused, hours):
    whole, now = past(drawn, history, bookings, refused), at(hours)
    known = replace(
        whole, lines=tuple(one for one in whole.lines if one.at <= now.value),
        history=tuple(one for one in whole.history if one[0] <= now),
        bookings=tuple(one for one in whole.bookings if one[0] <= now),
        refused_at=whole.refused_at if whole.refused_at is not None and whole.refused_at <= now else None,
    )  # fmt: skip
    assert said(whole, now) == said(known, now)
    assert facts(whole, now) == facts(known, now)


def test_a_message_reads_as_it_stood():
    lines = line("a", 0), line("b", 1), line("a2", 2, "edit", "a"), line("x", 3, "deletion", "b")
    whole = Past("c-1", lines=lines, texts={"a": ("", "yoga?"), "b": ("Hi", "salsa?"), "a2": ("", "pilates?"),
                                            "x": ("", "")})  # fmt: skip
    read = [[one.text for one in said(whole, at(hours))] for hours in (1.5, 2.5, 3.5)]
    assert read == [["yoga?", "Hi\nsalsa?"], ["pilates?", "Hi\nsalsa?"], ["pilates?"]]


def test_a_trial_class_booked_missed_and_come_to():
    whole = Past("c-1", lines=(line("a", 0),), texts={"a": ("", "hi")}, history=(moved(1, "CONTACTED"),))
    ahead = replace(whole, bookings=((at(50), "booked"),))
    assert facts(ahead, at(10)).stage == "CONTACTED"
    now = facts(ahead, at(240), ahead=True)
    assert (now.stage, now.has_come, now.days_silent) == ("TRIAL_SCHEDULED", False, (240 - 50) / 24)
    came = replace(whole, bookings=((at(50), "attended"),))
    assert [facts(came, at(hours)).has_come for hours in (49, 51)] == [False, True]
    assert [facts(came, at(hours)).stage for hours in (49, 51)] == ["CONTACTED", "TRIAL_SCHEDULED"]
    missed = replace(
        whole, history=(moved(1, "TRIAL_SCHEDULED"), moved(50, "NO_SHOW")), bookings=((at(50), "no_show"),)
    )
    assert [facts(missed, at(hours)).stage for hours in (49, 51)] == ["TRIAL_SCHEDULED", "NO_SHOW"]
    assert facts(missed, at(74)).days_silent == 1
    after_all = replace(missed, bookings=((at(50), "no_show"), (at(60), "attended")))
    assert (facts(after_all, at(61)).stage, facts(after_all, at(61)).has_come) == ("TRIAL_SCHEDULED", True)


def studio(count, seed=1):
    """Decided leads: who asks for a trial joins four times in five, others once in five."""
    rng = np.random.default_rng(seed)
    for n in range(count):
        asks = bool(rng.random() < 0.5)
        joins = bool(rng.random() < (0.8 if asks else 0.2))
        decided = 600 if not joins else 100 + 400 * rng.random()
        own = Past(f"c-{n}", (moved(decided, "CONVERTED" if joins else "LOST"),), (line(f"m{n}", 0),),
                   {f"m{n}": ("", "a trial class, please" if asks else "hello")})  # fmt: skip
        yield own, at(decided), joins


def read(rows):
    return [replace(plain, asked=frozenset({"trial"} if any("trial" in one.text for one in told) else ()))
            for told, plain in rows]  # fmt: skip


def test_points_are_learned_from_enough_decided_leads_and_the_usual_ones_serve_until_then():
    few, many = learned(list(studio(30)), read), learned(list(studio(300)), read)
    assert few.weights == lead_past.Weights()
    assert few.chances is None
    assert few.says == f"usual points, until 20 leads have joined and 20 have not ({few.joined} and {few.lost} so far)"
    assert few.joined + few.lost == 30
    assert many.says == "learned from 300 leads of this studio"
    assert many.weights.table["asked_trial"].points > 2 * lead_past.Weights().table["asked_trial"].points


def test_what_follows_a_decision_teaches_nothing():
    def goes_on(n, one, when):
        return replace(
            one, lines=(*one.lines, line(f"t{n}", 700)), texts=one.texts | {f"t{n}": ("", "a trial class, please")},
            bookings=((when, "attended"),), refused_at=when, history=(*one.history, moved(900, "CONTACTED")),
        )  # fmt: skip

    leads = list(studio(120))
    after = [(goes_on(n, one, when) if joins else one, when, joins) for n, (one, when, joins) in enumerate(leads)]
    plain, told = learned(leads, read), learned(after, read)
    assert plain.weights == told.weights
    assert np.array_equal(plain.chances.at, told.chances.at)
