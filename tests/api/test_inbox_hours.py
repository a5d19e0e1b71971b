"""Opening hours of the inbox over HTTP: set, counted in at once, refused in a sentence, and by role."""

import httpx
import pytest

from studiolab.api import app
from tests.app.small_inbox import small_inbox, wrote
from tests.app.small_studio import TOKEN

URL, END = "/api/analytics/inbox/hours", "2026-10-06T00:00:00Z"
MONDAY = [{"weekday": "MO", "start": "09:00", "end": "11:30"}, {"weekday": "Monday", "start": "14:00", "end": "24:00"}]


@pytest.fixture
def oak(tmp_path, served):
    """A client of a studio that was asked on a Monday at 11:00 of its own time, and answered at 15:00."""
    bench = small_inbox(tmp_path, wrote("a1", "49151", "Salsa?"), wrote("a2", "49151", "Yes", 240, "outbound"))
    known = {"Authorization": f"Bearer {TOKEN}"}
    with served(app(bench, bench.settings)) as url, httpx.Client(base_url=url, timeout=60, headers=known) as client:
        client.bench = bench
        yield client
    bench.close()


def waited(oak):
    told = oak.get("/api/analytics/inbox", params={"days": 2, "end": END}).json()
    return told["responses"][0]["open_median"], told["hours"]["text"]


def test_hours_count_from_the_moment_they_are_set(oak):
    assert waited(oak) == (4, "MO-SU 09:00-20:00")
    told = oak.put(URL, json={"hours": MONDAY})
    assert told.status_code == 200
    assert told.json() == oak.get(URL).json()
    assert told.json()["hours"] == [MONDAY[0], MONDAY[1] | {"weekday": "MO"}]
    assert waited(oak) == (1.5, "MO 09:00-11:30, 14:00-24:00")
    assert oak.put(URL, json={"hours": None}).json()["is_usual"]
    assert waited(oak)[0] == 4
    assert list(oak.bench.db.read("ledger")["action"]) == ["opening hours set"] * 2


@pytest.mark.parametrize(("spans", "says"), [
    ([], "no day is open"), ([("XX", "09:00", "10:00")], "weekday 'XX'"), ([("MO", "9", "10:00")], "HH:MM"),
    ([("MO", "10:00", "09:00")], "does not end after it begins"), ([("MO", "x" * 21, "09:00")], "20 characters"),
    ([("MO", "09:00", "12:00"), ("MO", "11:00", "13:00")], "overlap"),
])  # fmt: skip
def test_hours_that_cannot_be_are_422_with_a_sentence_and_nothing_changes(oak, spans, says):
    given = [dict(zip(("weekday", "start", "end"), one, strict=True)) for one in spans]
    refused = oak.put(URL, json={"hours": given})
    assert (refused.status_code, says in refused.json()["detail"]) == (422, True)
    assert refused.json()["detail"].startswith("hours")
    assert oak.get(URL).json()["is_usual"]


def test_the_front_desk_looks_and_does_not_set(oak):
    oak.bench.accounts.add("dora", "front desk", "a long enough password")
    token = oak.post("/api/v1/sign-in", json={"user": "dora", "password": "a long enough password"}).json()["token"]
    oak.headers["Authorization"] = f"Bearer {token}"
    assert oak.get(URL).status_code == 200
    assert oak.put(URL, json={"hours": MONDAY}).status_code == 403
