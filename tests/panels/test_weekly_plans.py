import re
from html import unescape

import pandas as pd
import pytest

from studiolab.class_recommender import behaviour, watch
from studiolab.panels import weekly_page, weekly_plans

STUDIO, MONDAY, ZONE = "studio-001", "2026-10-19", "America/New_York"


@pytest.fixture(scope="module")
def week(workbench):
    return weekly_plans.look(workbench, STUDIO, MONDAY, most=6)


@pytest.fixture(scope="module")
def unseen(workbench):
    """The week of a studio without a visit."""
    return weekly_plans.look(workbench, "studio-002")


def on_list(name, *clients):
    return [{"list": name, "client_id": client} for client in clients]


def session(class_id, starts, places=10, **more):
    start = pd.Timestamp(starts, tz=ZONE).tz_convert("UTC")
    return {"class_id": class_id, "starts_at": start, "max_capacity": places, "is_cancelled": False} | more


def came(class_id, times=1, status="attended"):
    return [{"class_id": class_id, "status": status}] * times


def free(sessions, visits):
    table = pd.DataFrame(sessions).astype({"max_capacity": "Int64", "is_cancelled": "boolean"})
    known = pd.DataFrame(visits, columns=["class_id", "status"])
    return weekly_plans.room(table, known, pd.Timestamp(MONDAY, tz=ZONE).tz_convert("UTC"), ZONE)


# what is looked at --------------------------------------------------------------------------------
def test_plans_go_to_the_first_of_each_list_then_to_the_second_and_nobody_twice():
    watched = on_list("at risk", "a", "b", "c") + on_list("low balance", "d") + on_list("first visit", "d", "e", "f")
    assert weekly_plans.first(watched, 5) == ["a", "d", "b", "e", "c"]
    assert weekly_plans.first(watched, 20) == ["a", "d", "b", "e", "c", "f"]
    assert weekly_plans.first([], 20) == []


def test_the_week_begins_on_the_studios_own_clock(week, workbench):
    assert week.today == pd.Timestamp(MONDAY)
    moments = {pd.Timestamp(answer["as_of"]) for pair in week.plans.values() for answer in pair}
    assert moments == {pd.Timestamp("2026-10-19T04:00Z")}
    assert weekly_plans.look(workbench, STUDIO, most=1).today == pd.Timestamp("2026-11-01")


def test_plans_and_lists_are_what_the_workbench_answers(week, workbench):
    moment = pd.Timestamp("2026-10-19T04:00Z")
    assert week.watched == [row.model_dump(mode="json") for row in workbench.watched(STUDIO, moment)]
    assert list(week.plans) == weekly_plans.first(week.watched, 6)
    client_id, (client, answer) = next(iter(week.plans.items()))
    question = {"studio_id": STUDIO, "client_id": client_id, "as_of": moment}
    assert client == workbench.client(question).model_dump(mode="json")
    assert answer == workbench.recommend(question).model_dump(mode="json")


def test_upgrades_carry_name_and_effect_of_the_client_at_a_glance(week, workbench):
    for client_id in week.upgrades.index[[0, -1]]:
        client = workbench.client({"studio_id": STUDIO, "client_id": client_id, "as_of": "2026-10-19T04:00Z"})
        row = week.upgrades.loc[client_id]
        assert client.advice.decision == "upgrade"
        assert (client.client_name, client.advice.effect) == (row["name"], row["effect"])
    assert week.upgrades["effect"].is_monotonic_decreasing


def test_clients_seen_are_counted_once_and_the_days_before_apart(week, workbench):
    visits = workbench.db.read("visits", STUDIO)
    visits = visits[visits["status"] == "attended"]
    days = (pd.Timestamp("2026-10-19T04:00Z") - visits["attended_at"]) / pd.Timedelta(days=1)
    counted = [visits.loc[(days > 30 * n) & (days <= 30 * (n + 1)), "member_id"].nunique() for n in (0, 1)]
    assert week.seen == tuple(counted)


@pytest.mark.parametrize("day", ["someday", "2026-13-01"])
def test_what_is_no_day_is_refused_with_what_came(workbench, day):
    with pytest.raises(ValueError, match=f"AS_OF: got '{day}'; expected a day as YYYY-MM-DD"):
        weekly_plans.look(workbench, STUDIO, day)


def test_an_unknown_studio_is_refused(workbench):
    with pytest.raises(ValueError, match="no studio 'nowhere'"):
        weekly_plans.look(workbench, "nowhere")


# free places --------------------------------------------------------------------------------------
def test_free_places_are_those_of_a_usual_week_of_the_last_four():
    held = [session("a", "2026-10-12 18:00"), session("b", "2026-10-05 18:00"), session("c", "2026-10-12 07:00", 4)]
    table = free(held, came("a", 4) + came("b", 10) + came("a", 3, "no_show") + came("c", 6))
    assert table.loc["Monday", "evening"] == 6 / 4
    assert table.loc["Monday", "early morning"] == 0
    assert table.notna().sum().sum() == 2
    assert (list(table.index), list(table.columns)) == (list(behaviour.WEEKDAYS), list(behaviour.BUCKETS))


@pytest.mark.parametrize("other", [
    session("x", "2026-10-12 18:00", is_cancelled=True), session("x", "2026-09-14 18:00"),
    session("x", "2026-10-19 18:00"), session("x", "2026-10-12 18:00", None),
])  # fmt: skip
def test_cancelled_old_coming_and_sizeless_classes_have_no_free_places(other):
    table = free([session("a", "2026-10-13 07:00"), other], came("a", 2) + came("x", 1))
    assert table.T.unstack().dropna().to_dict() == {("Tuesday", "early morning"): 2.0}


def test_where_no_visit_names_its_class_nothing_is_said_to_be_free():
    assert free([session("a", "2026-10-13 07:00")], came(None, 3)).isna().all(axis=None)


def test_offers_of_the_coming_seven_days_are_counted_by_weekday_and_time(week):
    rows = [row for _, answer in week.plans.values() for row in answer["recommendations"] if row["date"] < "2026-10-26"]
    table = weekly_plans.offered(week)
    assert table.sum().sum() == len(rows) > 0
    first = rows[0]
    same = [row for row in rows if (row["weekday"], row["time_of_day"]) == (first["weekday"], first["time_of_day"])]
    assert table.loc[first["weekday"], first["time_of_day"]] == len(same)


# the page -----------------------------------------------------------------------------------------
def test_the_lists_say_reason_next_step_and_how_many_more(week):
    text = unescape(weekly_page.talk(week))
    low = [row for row in week.watched if row["list"] == "low balance"]
    assert len(low) > 6
    assert all(row["reason"] in text and row["next_step"] in text for row in low[:6])
    assert f"And {len(low) - 6} more." in text
    assert [text.index(weekly_page.TITLES[name]) for name in watch.LISTS] == sorted(
        text.index(weekly_page.TITLES[name]) for name in watch.LISTS
    )


def test_a_name_leads_to_a_plan_that_is_on_the_page(week):
    leads = set(re.findall(r'href="#([^"]+)"', weekly_page.talk(week) + weekly_page.upgrades(week)))
    assert leads == set(re.findall(r'<h3 id="([^"]+)"', weekly_page.plans(week))) == set(week.plans)


def test_a_plan_shows_each_class_with_time_coach_place_label_and_reason(week):
    text = unescape(weekly_page.plans(week))
    for _, answer in week.plans.values():
        for row in answer["recommendations"]:
            shown = (row["starts_at"][11:16], row["class_name"], row["instructor"], row["place"], row["plan_label"])
            assert all(part in text for part in (*shown, row["reason"]))


def test_the_cards_count_the_lists_and_the_money_of_larger_plans(week):
    text = unescape(weekly_page.glance(week))
    assert f"+${week.upgrades['effect'].sum():,.0f} a month if all accept" in text
    for name in watch.LISTS:
        count = sum(row["list"] == name for row in week.watched)
        assert re.search(rf'{weekly_page.TITLES[name]}</div><div class="figure ">{count}<', text)


def test_the_picture_has_a_field_for_each_coming_day_and_time(week):
    (fields,) = weekly_page.room_figure(week).data
    assert [*fields.y[:1], *fields.y[-1:]] == ["Mon 19 Oct", "Sun 25 Oct"]
    monday = weekly_plans.offered(week).loc["Monday", "evening"]
    assert fields.text[0][-1].endswith(f"{week.room.loc['Monday', 'evening']:.0f} free")
    assert fields.text[0][-1].startswith(f"<b>{monday} offer" if monday else "")


def test_offers_beyond_the_free_places_are_named_and_so_is_room_that_nobody_is_offered(week):
    day, time = weekly_plans.offered(week).T.unstack().idxmax()
    tight = weekly_plans.Week(**vars(week) | {"room": week.room * 0})
    roomy = weekly_plans.Week(**vars(week) | {"room": week.room * 0 + 99})
    assert f"{day} {time}" in weekly_page.room_said(tight)
    assert "or expect a waiting list" in weekly_page.room_said(tight)
    assert "find a usually free place" in weekly_page.room_said(roomy)
    assert re.search(r"nobody here is offered: \w+ [\w ]+, 99 places", weekly_page.room_said(roomy))


def test_names_from_a_file_stay_text(week):
    client_id, (client, answer) = next(iter(week.plans.items()))
    attack = "<script>alert(1)</script>"
    client = client | {"client_name": attack, "plan": attack}
    watched = [row | {"client_name": attack, "reason": attack} for row in week.watched]
    bad = weekly_plans.Week(**vars(week) | {
        "studio_name": attack, "watched": watched, "plans": {client_id: (client, answer)},
        "upgrades": week.upgrades.assign(name=attack, reason=attack),
    })  # fmt: skip
    parts = (weekly_page.title, weekly_page.glance, weekly_page.talk, weekly_page.upgrades, weekly_page.plans)
    assert all("<script" not in part(bad) for part in parts)


# little is known ----------------------------------------------------------------------------------
def test_a_studio_without_a_visit_is_told_what_to_do(unseen):
    assert unseen.today is None
    assert "studiolab import FILE --studio studio-002" in weekly_page.title(unseen)


def test_before_the_first_visit_the_page_says_nobody(workbench):
    early = weekly_plans.look(workbench, STUDIO, "2024-01-01")
    assert early.plans == {}
    assert weekly_page.talk(early).count("Nobody today.") == 3
    assert "Nobody is on a list today" in weekly_page.plans(early)
    assert "Nobody needs a larger plan" in weekly_page.upgrades(early)
    assert weekly_page.room_figure(early) is None


def test_visits_alone_are_enough_for_the_lists(empty_workbench):
    times = pd.to_datetime(["2026-05-04 16:00", "2026-05-06 16:00"], utc=True)
    visits = {"studio_id": "own", "visit_id": ["1", "2"], "member_id": ["ana", "ben"], "attended_at": times,
              "status": "attended", "class_name": "Yoga"}  # fmt: skip
    studio = {"studio_id": "own", "studio_name": "Own", "currency": "EUR"}
    empty_workbench.db.write("studios", pd.DataFrame([studio]))
    empty_workbench.db.write("visits", pd.DataFrame(visits))
    week = weekly_plans.look(empty_workbench, "own")
    parts = (weekly_page.title, weekly_page.glance, weekly_page.talk, weekly_page.upgrades, weekly_page.plans)
    text = "".join(part(week) for part in parts)
    assert week.seen == (2, 0)
    assert not re.search(r"\bnan\b|None|NaT", text)
    assert weekly_page.room_figure(week) is None
