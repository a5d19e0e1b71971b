from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from studiolab import schema
from studiolab.class_recommender import Desk, behaviour

from .conftest import session, visit

REGULAR = [visit(i, "ana", f"2026-02-{day:02}T18:00") for i, day in enumerate(range(2, 28, 4))]


def test_each_fit_is_the_exact_sum_of_its_parts(busy):
    for client in busy.tastes.clients[:40]:
        for row in busy.recommend(client).rows:
            told = sum(Decimal(repr(row[part])) for part in behaviour.WEIGHTS)
            assert told == Decimal(repr(row["fit"]))


def test_the_eight_are_one_a_date_open_and_ahead(busy):
    for client in busy.tastes.clients[:40]:
        rows = pd.DataFrame(busy.recommend(client).rows)
        assert len(rows) == 8
        assert rows["date"].is_unique
        assert rows["starts_at"].is_monotonic_increasing
        assert (rows["starts_at"] > busy.as_of).all()
        assert sorted(rows["rank"]) == list(range(1, 9))
        assert (rows.sort_values("rank")["fit"].diff().dropna() <= 0).all()


def test_the_same_question_gets_the_same_answer_and_later_visits_do_not_matter(busy):
    client = busy.tastes.clients[0]
    later = busy.visits.loc[busy.visits["attended_at"] < busy.as_of, list(schema.TABLES["visits"].columns)]
    blind = Desk(later, busy.sessions.reset_index(drop=True), busy.as_of, busy.timezone, busy.credits)
    assert blind.recommend(client) == busy.recommend(client)


def test_all_clients_at_once_get_what_each_gets_alone(busy):
    ids, chosen = next(busy.everyone())
    for client, row in list(zip(ids, chosen, strict=True))[::40]:
        alone = [offer["class_id"] for offer in busy.recommend(client).rows]
        assert busy.slate["class_id"].to_numpy()[row[row >= 0]].tolist() == alone


def test_rows_say_what_they_do_to_the_plan(open_desk):
    booked = visit(50, "ana", "2026-03-04T18:00", status="booked")
    used = [visit(60 + i, "ana", f"2026-03-01T{hour}:00") for i, hour in enumerate(("10", "12"))]
    slate = [session(i, f"2026-03-{day:02}T18:00") for i, day in enumerate((6, 10, 14, 18))]
    desk = open_desk([*REGULAR, booked, *used], slate, credits=pd.Series({"ana": 4.0, "ben": np.nan}))
    labels = [row["plan_label"] for row in desk.recommend("ana").rows]
    assert labels == ["in plan, credit 4 of 4", *(f"above plan, class {n} of 4" for n in (5, 6, 7))]
    assert {row["plan_label"] for row in desk.recommend("ben").rows} == {"in plan, unlimited"}
    assert {row["plan_label"] for row in desk.recommend("cid").rows} == {"no plan known"}


def test_a_date_that_is_booked_already_is_left_out(open_desk):
    booked = visit(50, "ana", "2026-03-06T08:00", status="booked")
    desk = open_desk([*REGULAR, booked], [session(1, "2026-03-06T18:00"), session(2, "2026-03-09T18:00")])
    assert [row["class_id"] for row in desk.recommend("ana").rows] == ["c2"]
    assert desk.why_not("ana", "c1") == "The client has booked a class on Friday, 06 March already."


def test_a_full_class_is_offered_as_a_place_on_the_waiting_list(open_desk):
    full, open_ = session(1, "2026-03-06T18:00", booked=10), session(2, "2026-03-06T19:00", "Barre")
    assert [row["place"] for row in open_desk(REGULAR, [full]).recommend("ana").rows] == ["waiting list"]
    assert [row["class_id"] for row in open_desk(REGULAR, [full, open_]).recommend("ana").rows] == ["c1"]
    alike = session(3, "2026-03-06T18:30")
    desk = open_desk(REGULAR, [full, alike])
    assert [row["class_id"] for row in desk.recommend("ana").rows] == ["c3"]
    assert desk.why_not("ana", "c1") == (
        "One class a date is offered, and Yoga at 18:30 fits better by 0.100, most by a free place."
    )


@pytest.mark.parametrize(
    ("offered", "says"),
    [
        (session(1, "2026-02-20T18:00"), "It has begun already."),
        (session(1, "2026-05-20T18:00"), "It is more than 28 days ahead."),
        (session(1, "2026-03-05T18:00", is_cancelled=True), "It is cancelled."),
        (session(1, "2026-03-05T18:00"), "It is among them."),
    ],
)
def test_why_not_answers_for_any_class(open_desk, offered, says):
    assert open_desk(REGULAR, [offered, session(2, "2026-03-09T18:00")]).why_not("ana", "c1") == says


def test_why_not_says_what_the_set_would_lose(open_desk):
    slate = [session(i, f"2026-03-{day:02}T18:00") for i, day in enumerate((4, 8, 9))]
    said = open_desk(REGULAR, slate).why_not("ana", "c2", size=2)
    assert said.startswith("The best set with it is worth 0.0")
    assert said.endswith("less, without Sunday, 08 March.")


def test_why_not_of_an_unknown_class_is_refused(open_desk):
    with pytest.raises(ValueError, match="class 'c9' is not in the schedule"):
        open_desk(REGULAR, [session(1, "2026-03-05T18:00")]).why_not("ana", "c9")


def test_few_dates_give_few_rows_and_the_reason(open_desk):
    found = open_desk(REGULAR, [session(1, "2026-03-05T18:00"), session(2, "2026-03-05T19:00")]).recommend("ana")
    assert len(found.rows) == 1
    assert found.fewer.startswith("Only 1 date")


def test_a_schedule_of_cancelled_classes_gives_nothing_and_says_what_to_do(open_desk):
    found = open_desk(REGULAR, [session(1, "2026-03-05T18:00", is_cancelled=True)]).recommend("ana")
    assert (found.rows, found.fewer) == ([], "No class can be booked in the next 28 days; bring the coming schedule.")


def test_who_never_came_gets_what_the_studio_likes(open_desk):
    found = open_desk(REGULAR, [session(1, "2026-03-05T18:00"), session(2, "2026-03-05T09:00", "Barre")]).recommend(
        "new"
    )
    assert found.source == "studio"
    assert [row["class_id"] for row in found.rows] == ["c1"]
    assert found.rows[0]["reason"].startswith("100% of the studio's visits were")


def test_without_a_published_schedule_the_last_weeks_go_on_at_the_same_hour(open_desk):
    past = [session(1, "2026-02-27T17:00"), session(2, "2026-02-28T17:00", is_cancelled=True)]
    desk = open_desk(REGULAR, past, as_of=pd.Timestamp("2026-03-02T06:00Z"), timezone="Europe/Berlin")
    assert desk.schedule == "assumed"
    [row] = desk.recommend("ana").rows
    assert (row["class_id"], row["starts_at"]) == ("c1+4w", pd.Timestamp("2026-03-27T17:00Z"))
    summer = open_desk(REGULAR, past, as_of=pd.Timestamp("2026-03-02T06:00Z"), timezone="Europe/Berlin", horizon=60)
    assert [row["starts_at"].tz_convert("Europe/Berlin").hour for row in summer.recommend("ana").rows] == [18, 18]


def test_weights_must_add_to_one(open_desk):
    with pytest.raises(ValueError, match="adding to 1"):
        open_desk(REGULAR, [session(1, "2026-03-05T18:00")], weights=behaviour.WEIGHTS | {"kind": 0.5})


@pytest.mark.parametrize("name", ["x" * 10_000, "שלום", "🧘‍♀️"])
def test_any_id_of_a_client_is_taken(open_desk, name):
    rows = [row | {"member_id": name} for row in REGULAR]
    assert open_desk(rows, [session(1, "2026-03-05T18:00")]).recommend(name).source == "behaviour"
