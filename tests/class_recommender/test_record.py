import base64
import json
import zlib

import pandas as pd
import pytest

from studiolab.class_recommender import answers, record

from .conftest import session, visit


def people(desk):
    everyone = pd.Index(desk.visits["member_id"].unique())
    names = pd.Series([f"Name of {client}" for client in everyone], everyone)
    coaches = {coach: f"Coach {coach}" for coach in desk.slate["instructor_id"].dropna().unique()}
    return answers.People(names, set(), {}, coaches, {}, {})


def kept_and_told(desk, client, **asked):
    request = answers.RecommendRequest(studio_id="oak", client_id=client, **asked)
    kept = record.unpacked(record.packed(record.inputs(desk, request, people(desk))))
    return kept, answers.recommend(desk, request, people(desk)).model_dump_json()


@pytest.mark.parametrize("size", [1, 8, 20])
def test_an_answer_comes_again_byte_for_byte_from_what_was_kept_of_it(busy, size):
    for client in busy.tastes.clients[::25]:
        kept, told = kept_and_told(busy, client, size=size)
        assert record.again(kept).model_dump_json() == told


def test_what_is_kept_of_a_client_is_small(busy):
    kept, _ = kept_and_told(busy, busy.tastes.clients[0])
    assert len(record.packed(kept)) < 10_000
    assert set(kept["visits"]["member_id"]) == {busy.tastes.clients[0]}


def test_a_newcomers_answer_comes_again_from_the_studios_visits(busy):
    kept, told = kept_and_told(busy, "nobody yet")
    assert json.loads(told)["source"] == "studio"
    assert record.again(kept).model_dump_json() == told


def test_plan_bookings_full_classes_and_an_assumed_schedule_are_kept(open_desk):
    visits = [visit(1, "ana", "2026-02-25T18:00"), visit(2, "ana", "2026-02-20T18:00"),
              visit(3, "ana", "2026-03-04T18:00", status="booked")]  # fmt: skip
    ahead = [session(i, f"2026-03-{day:02}T18:00", booked=10 * (i == 2)) for i, day in enumerate((4, 6, 10, 14))]
    past = [session(9, "2026-02-23T18:00"), session(8, "2026-02-25T18:00")]
    for sessions in (ahead, past):
        for credits in ({"ana": 4.0}, {"ana": float("nan")}, {}):
            desk = open_desk(visits, sessions, credits=pd.Series(credits, dtype="float64"))
            kept, told = kept_and_told(desk, "ana")
            assert record.again(kept).model_dump_json() == told


def test_what_cannot_be_read_or_would_fill_the_memory_is_refused_in_a_sentence(monkeypatch):
    bomb = base64.b64encode(zlib.compress(b"0" * 5_000_000)).decode()
    assert len(bomb) < 10_000
    monkeypatch.setattr(record, "MOST_BYTES", 1_000_000)
    for text in (bomb, "no base64!", base64.b64encode(b"no zlib").decode(), base64.b64encode(zlib.compress(b"{")), 7):
        with pytest.raises(ValueError, match="what was kept of the data cannot be read"):
            record.unpacked(text)


def test_another_visit_gives_another_hash_of_the_data(open_desk):
    first = visit(1, "ana", "2026-02-25T18:00")
    ahead = [session(1, "2026-03-06T18:00")]
    kept, _ = kept_and_told(open_desk([first], ahead), "ana")
    more, _ = kept_and_told(open_desk([first, visit(2, "ana", "2026-02-26T18:00")], ahead), "ana")
    assert record.packed(kept) != record.packed(more)
