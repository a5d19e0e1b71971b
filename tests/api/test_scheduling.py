"""The timetable over HTTP: shapes, roles, and the three kinds of no; on services of their own, for it writes."""

import threading
import time

import httpx
import pandas as pd
import pytest

from studiolab.api import app, scheduling
from tests.app.small_studio import TOKEN, instructor, small

DOCUMENTED = {
    "opening_time": "09:00", "closing_time": "21:00", "max_concurrent_classes": 3, "prefer_beginners_in_peak": True,
}  # fmt: skip
PASSWORD = "correct horse battery"


@pytest.fixture
def bench(tmp_path):
    bench = small(tmp_path)
    yield bench
    bench.close()


@pytest.fixture
def client(bench, served):
    """A client of a studio of its own: no request has to say which one."""
    with (
        served(app(bench, bench.settings)) as address,
        httpx.Client(base_url=f"{address}/api/scheduling", timeout=60) as client,
    ):
        client.headers["Authorization"] = f"Bearer {TOKEN}"
        yield client


def test_the_documents_own_request_gives_a_week_that_is_saved_as_it_came(client, bench):
    answer = client.post("/optimize", json=DOCUMENTED | {"seconds": 1}).json()
    assert (answer["status"], answer["unplaced"], answer["broken"]) == ("optimal", [], [])
    assert [row["class_name"] for row in answer["placements"]] == ["Salsa", "Yoga", "Yoga"]
    assert answer["score"] == pytest.approx(sum(answer["points"].values()))
    assert answer["score"] == pytest.approx(sum(sum(row["points"].values()) for row in answer["placements"]))
    body = {"placements": answer["placements"], "note": "spring", "options": DOCUMENTED}
    saved = client.post("/optimize/save", json=body).json()
    assert saved["classes"] == 3
    assert bench.ledger.entry(saved["entry_id"])["payload"]["note"] == "spring"
    schedule = client.get("/schedule").json()
    assert schedule["saved_at"] == saved["saved_at"]
    assert [row["start"] for row in schedule["placements"]] == [row["start"] for row in answer["placements"]]


def test_classes_rooms_and_instructors_are_added_and_listed_in_the_documents_words(client):
    new = {"name": "Ballet", "dance_style": "Dance", "level": "Beginner", "duration_minutes": 45, "max_capacity": 8,
           "min_capacity": 3}  # fmt: skip
    kept = client.post("/classes", json=new).json()
    assert {name: kept[name] for name in new} == new
    assert kept in client.get("/classes").json()
    room = client.post("/rooms", json={"name": "Roof", "capacity": 9, "features": ["barre"]}).json()
    assert room in client.get("/rooms").json()
    windows = [{"day_of_week": 0, "start": "09:00", "end": "12:00"}]
    eva = client.post("/instructors", json={"name": "Eva", "specialties": ["Dance"], "availability": windows}).json()
    assert eva["availability"] == [{"weekday": "MO", "start": "09:00", "end": "12:00"}]
    later = [{"weekday": "Sunday", "start": "09:00", "end": "24:00"}]
    told = client.post(f"/instructors/{eva['instructor_id']}/availability", json={"availability": later}).json()
    assert told["availability"] == [{"weekday": "SU", "start": "09:00", "end": "24:00"}]
    assert told in client.get("/instructors").json()


def test_what_cannot_be_placed_is_an_answer_what_cannot_be_asked_is_none(client, bench):
    bench.save_class("oak", {"name": "Tango", "max_capacity": 10}, "ana")
    answer = client.post("/optimize", json={"place_all": True, "seconds": 1})
    assert (answer.status_code, answer.json()["status"], answer.json()["unplaced"]) == (200, "infeasible", ["tango-1"])
    (why,) = client.post("/why", json={}).json()
    assert (why["class_id"], why["reason"], why["proven"]) == ("tango-1", "no instructor teaches it", True)
    assert client.post("/why", json={"class_ids": ["yoga-mo-1800"]}).status_code == 422
    asked = client.post("/optimize", json={"opening_time": "21:00", "closing_time": "09:00"})
    assert (asked.status_code, asked.json()["detail"][:19]) == (422, "opening_time 21:00,")


@pytest.mark.parametrize(
    ("path", "body", "status", "sentence"),
    [
        ("/optimize", {"seconds": 3600}, 422, "seconds: Input should be less than or equal to 60, got 3600"),
        ("/optimize", {"max_concurrent_classes": 0}, 422, "max_concurrent_classes: Input should be greater than"),
        ("/optimize", {"mood": 1}, 422, "mood: no such key"),
        ("/optimize/save", {"placements": []}, 422, "placements: there are none"),
        ("/schedule", {"placements": [{"class_id": "yoga-mo-1800"}]}, 422, "placements.0.weekday: is missing"),
        ("/instructors/eva/availability", {"availability": []}, 404, "no instructor 'eva' at oak; there are ana, ben"),
        ("/pins", {"class_id": "tango"}, 404, "no class 'tango' at oak; there are 3: "),
        ("/rooms", {"name": "Roof", "capacity": 0}, 422, "capacity: Input should be greater than or equal to 1"),
        ("/classes", {"name": "Ballet", "duration_minutes": 1441}, 422, "duration_minutes: Input should be less"),
        ("/suggest", {"name": "Ballet", "most": 0}, 422, "most: Input should be greater than or equal to 1"),
    ],
)
def test_a_wrong_request_is_4xx_in_a_sentence(client, path, body, status, sentence):
    answer = client.post(path, json=body)
    assert (answer.status_code, answer.json()["detail"][: len(sentence)]) == (status, sentence)


def test_a_week_that_breaks_a_rule_or_comes_too_late_is_409_and_the_saved_one_stays(client):
    week = client.get("/schedule").json()["placements"]
    first = client.post("/schedule", json={"placements": week}).json()
    broken = [row | {"room_id": "hall"} for row in week]
    refused = client.post("/schedule", json={"placements": broken})
    assert (refused.status_code, "Room hall has" in refused.json()["detail"]) == (409, True)
    looked = client.post("/schedule/check", json={"placements": broken}).json()
    assert [one["rule"] for one in looked["broken"]] == ["room"]
    late = client.post("/schedule", json={"placements": week, "made_from": "2026-01-01T00:00:00Z"})
    assert (late.status_code, late.json()["detail"][:29]) == (409, "another week was saved meanwh")
    assert client.get("/schedule").json()["saved_at"] == first["saved_at"]


def test_several_studios_have_to_be_told_apart(client, bench):
    bench.db.write("studios", pd.DataFrame([{"studio_id": "elm", "studio_name": "Elm", "currency": "EUR"}]))
    answer = client.get("/rooms")
    assert (answer.status_code, answer.json()["detail"]) == (422, "studio_id: is missing; there are 2: elm, oak …")
    assert client.get("/rooms", params={"studio_id": "elm"}).json() == []
    assert client.get("/rooms", params={"studio_id": "fir"}).status_code == 404


def test_times_for_a_class_come_with_reasons_and_pins_hold_until_they_are_taken_off(client, bench):
    bench.db.write("instructors", pd.DataFrame([instructor("eva", ["Ballet"], ("WE",))]))
    found = client.post("/suggest", json={"name": "Ballet", "max_capacity": 10}).json()["suggestions"]
    assert [(one["weekday"], one["start"], one["room_id"]) for one in found] == [("WE", "18:00", "loft")]
    assert "Eva and Loft are free" in found[0]["sentence"]
    pinned = client.post("/pins", json={"class_id": "yoga-we-1800", "weekday": 2}).json()
    assert client.get("/schedule").json()["pins"] == [pinned]
    assert client.delete("/pins/yoga-we-1800").status_code == 204
    assert client.delete("/pins/yoga-we-1800").status_code == 404
    assert client.get("/schedule").json()["pins"] == []


def test_a_calendar_goes_out_and_comes_in(client):
    assert client.get("/calendar.ics").status_code == 422
    client.post("/schedule", json={"placements": client.get("/schedule").json()["placements"]})
    out = client.get("/calendar.ics")
    assert (out.headers["content-type"], out.content[:15]) == ("text/calendar; charset=utf-8", b"BEGIN:VCALENDAR")
    came = client.post("/calendar/import", content=out.content).json()
    assert came["new"] >= 3 * 7
    assert (came["rejected"], came["notes"]) == ([], [])
    assert client.post("/calendar/import", content=b"no").status_code == 422


def test_a_calendar_that_is_too_large_is_413(client, monkeypatch):
    monkeypatch.setattr(scheduling, "MOST_BYTES", 10)
    assert client.post("/calendar/import", content=b"x" * 11).status_code == 413


def test_conflicts_are_told_with_hours_that_are_given(client):
    assert client.get("/conflicts").json()["total"] == 0
    assert client.get("/conflicts", params={"closing_time": "18:00"}).json()["totals"]["outside opening hours"] == 12
    assert client.get("/conflicts", params={"closing_time": "6pm"}).status_code == 422


@pytest.mark.parametrize(
    ("role", "may_save"), [("owner", 200), ("manager", 200), ("front desk", 403), ("read-only", 403)]
)
def test_all_may_look_and_ask_and_owners_and_managers_save(client, bench, role, may_save):
    bench.accounts.add("kim", role, PASSWORD)
    client.headers["Authorization"] = f"Bearer {bench.sign_in('kim', PASSWORD)['token']}"
    week = client.get("/schedule").json()["placements"]
    assert client.post("/optimize", json={"seconds": 0.2}).status_code == 200
    saved = client.post("/schedule", json={"placements": week})
    assert saved.status_code == may_save
    if may_save == 403:
        said = f"kim is {role} and may not change the timetable; that takes owner or manager"
        assert saved.json()["detail"] == said
        assert bench.saved_timetable("oak").saved_at is None


def test_other_questions_are_answered_while_timetables_are_looked_for_and_a_third_has_to_wait(
    client, bench, monkeypatch
):
    may_end = threading.Event()
    monkeypatch.setattr(bench, "propose_timetable", lambda *_: may_end.wait(60))

    def ask():
        httpx.post(f"{client.base_url}optimize", headers=client.headers, json={}, timeout=60)

    asking = [threading.Thread(target=ask) for _ in range(2)]
    for one in asking:
        one.start()
    while scheduling.AT_ONCE._value:
        time.sleep(0.01)
    busy = client.post("/optimize", json={})
    assert (busy.status_code, busy.json()["detail"][:39]) == (409, "two timetables are being looked for alr")
    assert client.get("/rooms").status_code == 200
    may_end.set()
    for one in asking:
        one.join()
