from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from studiolab.studio_operations.timetable import crowd

ZONE = "Europe/Berlin"
AS_OF = pd.Timestamp("2026-06-01", tz=ZONE)  # a Monday
WEEK = [("Yoga", 0, 9), ("Yoga", 0, 18), ("Mat", 0, 19), ("Mat", 1, 9), ("Yoga", 1, 19), ("Mat", 2, 18)]
SLOTS = [(day, hour) for day in range(3) for hour in (9, 18, 19)]


def pull(person, name, hour):
    """Even people like Yoga, odd ones Mat; the first half come in the morning, the others in the evening."""
    likes = 1.0 if (name == "Yoga") == (person % 2 == 0) else 0.2
    return 0.8 * likes * (1.0 if (hour < 12) == (person < 40) else 0.1)


def studio(week=WEEK, people=80, weeks=30, seed=0):
    """(class_sessions, visits): each person takes one class of a day or none, with the odds of their pulls."""
    rng, sessions, visits = np.random.default_rng(seed), [], []
    for back in range(1, weeks + 1):
        for day in sorted({d for _, d, _ in week}):
            held = [(name, hour) for name, d, hour in week if d == day]
            odds = np.array([[*(pull(p, *one) for one in held), 1.0] for p in range(people)])
            taken = (odds.cumsum(axis=1) < rng.random((people, 1)) * odds.sum(axis=1, keepdims=True)).sum(axis=1)
            for number, (name, hour) in enumerate(held):
                local = AS_OF.tz_localize(None) + pd.Timedelta(days=day - 7 * back, hours=hour)
                at, class_id = local.tz_localize(ZONE).tz_convert("UTC"), f"c{len(sessions)}"
                sessions.append((class_id, name, at, 40, False))
                visits += [(f"m{p}", class_id, at, "attended") for p in np.flatnonzero(taken == number)]
    return (
        pd.DataFrame(sessions, columns=["class_id", "class_name", "starts_at", "max_capacity", "is_cancelled"]),
        pd.DataFrame(visits, columns=["member_id", "class_id", "attended_at", "status"]),
    )


@pytest.fixture(scope="module")
def known():
    return crowd.fit(*studio(), AS_OF, ZONE)


def amid(found, week):
    """(drawn, new) of the classes of WEEK as `week` places them, at their own slots and everywhere."""
    at = np.array([SLOTS.index(place[1:]) if place else -1 for place in week])
    weekday, hour = np.array(SLOTS).T
    return found.amid([name for name, *_ in WEEK], weekday, hour, at)


def truth(week):
    """People who come to each class of a week, by the rule that drew them."""
    odds = np.array([[pull(p, name, hour) for name, _, hour in week] for p in range(80)])
    day = np.array([d for _, d, _ in week])
    return np.array([(odds[:, c] / (1 + odds[:, day == day[c]].sum(axis=1))).sum() for c in range(len(week))])


def usually(place):
    """People of a class amid the usual week: of the one held there, or of another of its name that day moved there."""
    name, day, _ = place
    one = [place] if place in WEEK else [p for p in WEEK if p[:2] == (name, day)] or [None]
    return np.mean([truth([*(p for p in WEEK if p != gone), place])[-1] for gone in one])


def test_the_usual_week_draws_what_it_usually_draws(known):
    drawn, _ = amid(known, WEEK)
    np.testing.assert_allclose([drawn[c, SLOTS.index(place[1:])] for c, place in enumerate(WEEK)], 1.0, rtol=1e-9)


def test_a_class_beside_rivals_draws_less_and_by_itself_more(known):
    week = [("Yoga", 1, 18), None, None, None, WEEK[4], None]  # Yoga comes beside the other evening's Yoga
    drawn, new = amid(known, week)
    alone = SLOTS.index((2, 18))
    assert new[0, alone] == pytest.approx(1.0)
    assert new[0, SLOTS.index((1, 18))] < 0.85  # some of them would have come at seven
    evening = drawn[4, SLOTS.index((1, 19))]
    assert evening < amid(known, [None, None, None, None, WEEK[4], None])[0][4, SLOTS.index((1, 19))]


def test_what_a_moved_week_draws_is_near_the_truth(known):
    moved = [("Yoga", 2, 9), ("Yoga", 2, 18), ("Mat", 0, 18), ("Mat", 1, 18), ("Yoga", 1, 9), ("Mat", 2, 19)]
    usual, now = truth(WEEK), truth(moved)
    drawn, _ = amid(known, moved)
    told = np.array([drawn[c, SLOTS.index(place[1:])] for c, place in enumerate(moved)])
    alone = [usually(place) for place in moved]
    assert np.abs(told * alone - now).sum() < 0.55 * np.abs(np.array(alone) - now).sum()
    assert abs((told * alone).sum() - now.sum()) < 0.05 * usual.sum()


def test_two_of_a_name_in_one_slot_share_their_people(known):
    both = [("Yoga", 0, 9), ("Yoga", 0, 9), None, None, None, None]
    drawn, new = amid(known, both)
    slot = SLOTS.index((0, 9))
    single, _ = amid(known, [("Yoga", 0, 9), None, None, None, None, None])
    assert drawn[0, slot] == pytest.approx(single[0, slot] / 2)
    assert drawn[1, slot] == pytest.approx(drawn[0, slot])
    assert new[0, slot] == 0.0


def test_a_kind_never_seen_draws_somebody_and_nothing_is_absurd(known):
    weekday, hour = np.array([(day, hour) for day in range(7) for hour in range(24)]).T
    drawn, new = known.amid(["Zumba", "Yoga"], weekday, hour, np.array([-1, -1]))
    assert np.isfinite(drawn).all()
    assert (drawn > 0.3).all()
    assert ((new > 0) & (new <= 1 + 1e-12)).all()


def test_nothing_at_or_after_the_moment_and_nothing_called_off_is_read():
    sessions, visits = studio(weeks=20)
    early = AS_OF - pd.Timedelta(weeks=6)
    before = crowd.fit(sessions, visits, early, ZONE)
    later = sessions["starts_at"] >= early
    changed = sessions.assign(class_name=sessions["class_name"].where(~later, "Tango"))
    off = changed[:1].assign(class_id="x", class_name="Polka", is_cancelled=True)
    after = crowd.fit(pd.concat([changed, off], ignore_index=True), visits, early, ZONE)
    assert list(after.kinds) == ["Mat", "Yoga"]
    np.testing.assert_array_equal(after.common, before.common)
    np.testing.assert_array_equal(after.kind, before.kind)


def test_a_schedule_that_is_there_twice_makes_nobody_come_more_often(known):
    sessions, visits = studio()
    again = [table.assign(class_id="again " + table["class_id"]) for table in (sessions, visits)]
    twice = crowd.fit(*(pd.concat(pair, ignore_index=True) for pair in zip((sessions, visits), again, strict=True)),
                      AS_OF, ZONE)  # fmt: skip
    np.testing.assert_allclose(twice.common, known.common)
    np.testing.assert_allclose(twice.kind, known.kind)


def test_who_stayed_away_for_twelve_weeks_is_no_client_and_without_clients_there_is_no_crowd():
    sessions, visits = studio(weeks=30)
    gone = (visits["member_id"] == "m0") & (visits["attended_at"] > AS_OF - pd.Timedelta(days=90))
    assert len(crowd.fit(sessions, visits[~gone], AS_OF, ZONE).kind) == 79
    assert crowd.fit(sessions, visits[:0], AS_OF, ZONE) is None


def test_every_second_client_stands_for_all_where_there_are_many(monkeypatch):
    tables = studio(weeks=12)
    whole = crowd.fit(*tables, AS_OF, ZONE)
    monkeypatch.setattr(crowd, "MOST", 40 * len(WEEK))
    half = crowd.fit(*tables, AS_OF, ZONE)
    assert len(half.kind) == 40
    moved = [("Yoga", 1, 18), *WEEK[1:]]
    (all_of_them, _), (some, _) = amid(whole, moved), amid(half, moved)
    np.testing.assert_allclose(some, all_of_them, rtol=0.35)


def test_nobody_comes_more_often_than_in_the_busiest_four_weeks_or_usually(known):
    every_day = [("Yoga", 0, 18), ("Yoga", 1, 18), ("Yoga", 2, 18), ("Mat", 0, 9), ("Mat", 1, 9), ("Mat", 2, 9)]
    busy, free = (replace(known, most=np.full_like(known.most, limit)) for limit in (0.0, 7.0))
    (limited, _), (wished, _) = amid(busy, every_day), amid(free, every_day)
    now = [SLOTS.index(place[1:]) for place in every_day]
    assert limited[range(6), now].sum() < 0.95 * wished[range(6), now].sum()
    usual = [SLOTS.index(place[1:]) for place in WEEK]
    np.testing.assert_allclose(amid(busy, WEEK)[0][range(6), usual], 1.0)


def test_the_busiest_four_weeks_are_counted():
    sessions, visits = studio(weeks=12)
    mine = visits[visits["member_id"] == "m0"]
    age = (AS_OF - mine["attended_at"].dt.tz_convert(ZONE).dt.normalize()).dt.days
    counts = [((age >= first) & (age < first + 28)).sum() for first in (0, 28, 56)]
    assert crowd.fit(sessions, visits, AS_OF, ZONE).most[0] == max(counts) / 4


def test_the_only_class_of_a_day_draws_as_many_at_another_hour_as_demand_says_of_it():
    week = [("Yoga", 0, 18), ("Yoga", 1, 18)]
    alone = crowd.fit(*studio(week), AS_OF, ZONE)
    weekday, hour = np.array(SLOTS).T
    drawn, _ = alone.amid(["Yoga", "Yoga"], weekday, hour, np.array([SLOTS.index(place[1:]) for place in week]))
    monday = [SLOTS.index((0, at)) for at in (9, 18, 19)]
    np.testing.assert_allclose(drawn[0, monday], 1.0, rtol=0.02)  # it does not compete with itself
