import numpy as np
import pandas as pd
import pytest

from studiolab.studio_operations.timetable import demand

ZONE = "Europe/Berlin"
AS_OF = pd.Timestamp("2026-06-01", tz=ZONE)  # a Monday
USUAL = {("Yoga", "MO", 18): 12, ("Yoga", "WE", 9): 6, ("Mat", "MO", 9): 3, ("Mat", "WE", 18): 6, ("Mat", "TU", 18): 6,
         ("Mat", "TU", 9): 3, ("Yoga", "TU", 9): 6}  # fmt: skip
DAY = {"MO": 0, "TU": 1, "WE": 2}


def studio(usual=USUAL, weeks=30, places=40, seed=0, level=lambda week: 1.0):
    """(class_sessions, visits) of `weeks` weeks before AS_OF: Poisson people around `usual`, refused when full."""
    rng, sessions, visits = np.random.default_rng(seed), [], []
    for week in range(1, weeks + 1):
        for (name, weekday, hour), mean in usual.items():
            local = AS_OF.tz_localize(None) + pd.Timedelta(days=DAY[weekday] - 7 * week, hours=hour)
            start, class_id = local.tz_localize(ZONE).tz_convert("UTC"), f"c{len(sessions)}"
            came = min(rng.poisson(mean * level(week)), places)
            sessions.append((class_id, name, start, places, False))
            visits += [(class_id, start, "attended")] * came
    return (
        pd.DataFrame(sessions, columns=["class_id", "class_name", "starts_at", "max_capacity", "is_cancelled"]),
        pd.DataFrame(visits, columns=["class_id", "attended_at", "status"]),
    )


def large(**more):
    """A studio of four times as many people, where chance matters less."""
    return studio(places=200, level=lambda week: 4.0, **more)


def wanted(*slots, **more):
    return pd.DataFrame(slots, columns=["class_name", "weekday", "hour"]).assign(**more)


def expected(tables, *slots, **more):
    return demand.fit(*tables, AS_OF, ZONE).expected(wanted(*slots, **more))


def test_planted_demand_is_recovered():
    found = expected(large(), *USUAL)
    np.testing.assert_allclose(found["expected"], 4 * np.array(list(USUAL.values())), rtol=0.1)
    assert (found["runs"] == 1).all()


def test_nine_of_ten_new_classes_fall_into_the_interval():
    found = expected(studio(), *USUAL)
    come = np.random.default_rng(1).poisson(list(USUAL.values()), size=(4000, len(USUAL)))
    inside = ((come >= found["low"].to_numpy()) & (come <= found["high"].to_numpy())).mean()
    assert 0.85 <= inside <= 0.97


def test_a_full_class_wanted_more_than_its_places():
    usual = {("Yoga", "MO", 18): 14, ("Yoga", "WE", 9): 6, ("Mat", "MO", 9): 5}
    tables = studio(usual, places=10)
    held, larger = expected(tables, ("Yoga", "MO", 18), ("Yoga", "MO", 18), max_capacity=[10, 40])["expected"]
    assert 9 < held <= 10
    assert 12 < larger < 17  # what came was never above ten


def test_a_slot_never_held_borrows_from_its_kind_and_its_hour():
    found = expected(large(), ("Yoga", "TU", 18), ("Yoga", "MO", 18))
    assert found["expected"][0] == pytest.approx(48, rel=0.15)  # Yoga is twice Mat, evenings twice mornings
    width = (found["high"] - found["low"]) / found["expected"]
    assert width[0] > width[1]


def test_an_hour_next_to_a_held_one_is_like_it_and_nothing_is_absurd_anywhere():
    found = expected(studio(), ("Mat", "TU", 19), ("Mat", "TU", 8), ("Mat", "TU", 3), ("Zumba", "SU", 18))
    assert found["expected"][0] > found["expected"][1]
    assert found["expected"].between(1, 20).all()
    assert (found["low"] <= found["expected"]).all()


def test_nothing_at_or_after_the_moment_is_read():
    sessions, visits = studio()
    early, seen = sessions["starts_at"] < AS_OF - pd.Timedelta(weeks=6), visits["attended_at"]
    as_of = AS_OF - pd.Timedelta(weeks=6)
    before = demand.fit(sessions, visits, as_of, ZONE).expected(wanted(*USUAL))
    sessions.loc[~early, ["class_name", "max_capacity", "is_cancelled"]] = ["Mat", 1, True]
    visits = pd.concat([visits[seen < as_of], visits[seen >= as_of].sample(400, replace=True, random_state=0)])
    pd.testing.assert_frame_equal(demand.fit(sessions, visits, as_of, ZONE).expected(wanted(*USUAL)), before)


def test_a_class_called_off_says_nothing_of_demand():
    sessions, visits = large()
    off = sessions["class_name"].eq("Mat") & (np.arange(len(sessions)) % 3 == 0)
    empty = visits[~visits["class_id"].isin(sessions.loc[off, "class_id"])]
    found = expected((sessions.assign(is_cancelled=off), empty), *USUAL)
    np.testing.assert_allclose(found["expected"], 4 * np.array(list(USUAL.values())), rtol=0.12)


def test_recent_weeks_weigh_more():
    found = expected(studio(level=lambda week: 2.0 if week <= 5 else 1.0), *USUAL)
    assert found["expected"].sum() > 1.6 * sum(USUAL.values())


def test_a_class_too_few_want_is_not_held_and_counts_nothing():
    found = expected(studio(), *[("Mat", "MO", 9)] * 3, min_capacity=[0, 4, 60])
    assert found["expected"].is_monotonic_decreasing
    assert found["runs"].tolist()[::2] == pytest.approx([1, 0])
    assert 0.2 < found["runs"][1] < 0.6  # three are usual, four are needed: Poisson says 0.35
    assert found.loc[2, ["expected", "low", "high"]].tolist() == pytest.approx([0, 0, 0])


def test_one_week_of_classes_gives_no_narrower_interval_than_chance():
    found = expected(studio(weeks=1), *USUAL)
    sure = np.sqrt(found["expected"])  # one deviation of a Poisson count
    assert (found["high"] - found["low"] > 2.5 * sure).all()


def test_more_people_than_places_fill_a_class_and_no_more():
    sessions, visits = studio()
    found = expected((sessions.assign(max_capacity=1), visits), *USUAL, max_capacity=8)
    assert (found["expected"] <= 8).all()
    assert (found["high"] <= 8).all()


def test_a_class_of_no_places_is_one_whose_places_are_not_known():
    sessions, visits = studio()
    slots = list(USUAL)
    none, unknown = (expected((sessions.assign(max_capacity=most), visits), *slots, max_capacity=40)
                     for most in (0, np.nan))  # fmt: skip
    pd.testing.assert_frame_equal(none, unknown)
    assert none["expected"].between(1, 14).all()


def test_expected_places_are_the_mean_over_people_drawn_from_the_demand():
    model, slots = demand.fit(*studio(), AS_OF, ZONE), wanted(("Yoga", "MO", 18), ("Mat", "MO", 9))
    mean, variance = model._moments(demand._codes(slots, model.kinds))
    drawn = np.random.default_rng(0).gamma(mean**2 / variance, variance / mean, size=(400_000, 2))
    for places, needed in ((11, 0), (11, 4), (4, 3)):
        people = np.where(drawn >= max(needed - 0.5, 0), np.minimum(drawn, places), 0).mean(axis=0)
        found = model.expected(slots.assign(max_capacity=places, min_capacity=needed))["expected"]
        np.testing.assert_allclose(found, people, rtol=0.01)


@pytest.mark.parametrize(("change", "told"), [
    ({"weekday": "Monday"}, "weekday 'Monday'; expected MO to SU"),
    ({"hour": 24}, "hour 24; expected a whole number 0 to 23"),
])  # fmt: skip
def test_a_slot_that_is_none_is_named(change, told):
    with pytest.raises(ValueError, match=told):
        expected(studio(weeks=3), ("Yoga", "MO", 18), **change)


def test_visits_without_their_classes_tell_of_no_hour():
    sessions, visits = studio(weeks=2)
    for told in (sessions[:0], sessions.assign(class_name=None), sessions.assign(is_cancelled=True),
                 sessions.assign(class_id="another")):  # fmt: skip
        with pytest.raises(demand.NobodyCame, match="and nobody in any; expected somebody"):
            demand.fit(told, visits, AS_OF, ZONE)


def test_tables_that_tell_nothing_are_refused():
    sessions, visits = studio(weeks=2)
    with pytest.raises(ValueError, match="14 classes or hours in the 364 days before"):
        demand.fit(sessions, visits[:0], AS_OF, ZONE)
    with pytest.raises(ValueError, match=r"class_sessions: columns \['class_name'\] are missing"):
        demand.fit(sessions.drop(columns="class_name"), visits, AS_OF, ZONE)
    with pytest.raises(ValueError, match=r"wanted classes: columns \['hour'\] are missing"):
        demand.fit(sessions, visits, AS_OF, ZONE).expected(wanted(("Yoga", "MO", 18)).drop(columns="hour"))


# head-counts --------------------------------------------------------------------------------------
def doors(days=140, closed=(), holidays=(), seed=0):
    """Counts at 10:00, 10:20, 10:40, 18:00, 18:20 and 18:40 of two places, thrice as many in the evening."""
    rng, rows = np.random.default_rng(seed), []
    for day in pd.date_range(end=AS_OF.tz_localize(None) - pd.Timedelta(days=1), periods=days):
        for place, size in (("north", 20), ("south", 60)):
            for hour, share in ((10, 1), (18, 3)):
                mean = size * share * (0.02 if day in closed else 0.5 if day in holidays else 1.0)
                for minute in (0, 20, 40):
                    at = (day + pd.Timedelta(hours=hour, minutes=minute)).tz_localize(ZONE).tz_convert("UTC")
                    rows.append((place, at, float(rng.poisson(mean))))
    return pd.DataFrame(rows, columns=["place", "at", "count"])


PLACES = [("north", "TU", 10), ("north", "TU", 18), ("south", "TU", 10), ("south", "TU", 18)]


def test_an_hour_is_the_mean_of_its_head_counts_by_the_local_clock():
    at = pd.to_datetime(["2026-03-28T17:05Z", "2026-03-28T17:45Z", "2026-03-29T16:30Z", "2026-03-29T17:30Z"])
    counts = pd.DataFrame({"place": "north", "at": at, "count": [10.0, 20.0, 7.0, np.nan]})
    found = demand.hourly(counts, ZONE)  # summer time begins on the 29th
    assert found["count"].tolist() == [15, 7]
    assert found["at"].dt.hour.tolist() == [18, 18]


def test_head_counts_are_recovered_by_place_and_hour():
    found = demand.fit_counts(doors(), AS_OF, ZONE).expected(wanted(*PLACES))
    np.testing.assert_allclose(found["expected"], [20, 60, 60, 180], rtol=0.06)
    assert (found["runs"] == 1).all()


def test_days_with_hardly_anybody_are_closed_days_and_not_demand():
    closed = pd.date_range("2026-05-18", "2026-05-28")
    found = demand.fit_counts(doors(closed=closed), AS_OF, ZONE).expected(wanted(*PLACES))
    np.testing.assert_allclose(found["expected"], [20, 60, 60, 180], rtol=0.08)


def test_a_holiday_is_like_holidays_before():
    holidays = pd.to_datetime(["2026-02-03", "2026-03-10", "2026-04-14", "2026-05-05", "2026-05-19"])
    model = demand.fit_counts(doors(holidays=holidays), AS_OF, ZONE, holidays)
    plain, off = (model.expected(wanted(*PLACES, is_holiday=told))["expected"] for told in (False, True))
    np.testing.assert_allclose(plain, [20, 60, 60, 180], rtol=0.06)
    np.testing.assert_allclose(off / plain, 0.5, atol=0.12)


def test_later_head_counts_are_never_read():
    counts, as_of = doors(), AS_OF - pd.Timedelta(days=28)
    before = demand.fit_counts(counts, as_of, ZONE).expected(wanted(*PLACES))
    counts.loc[counts["at"] >= as_of, "count"] = 9999.0
    pd.testing.assert_frame_equal(demand.fit_counts(counts, as_of, ZONE).expected(wanted(*PLACES)), before)
