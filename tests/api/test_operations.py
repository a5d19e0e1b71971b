"""Health and retraining over HTTP, on a service of its own, for it writes."""

import httpx
import pytest

from studiolab.api import app

STUDIO = "studio-001"
PASSWORD = "correct horse battery"


@pytest.fixture
def client(own, served, token):
    with served(app(own)) as address, httpx.Client(base_url=f"{address}/api/v1", timeout=60) as client:
        client.headers["Authorization"] = f"Bearer {token}"
        yield client
    for process in own._at_work:
        process.kill()
        process.wait()


def test_health_says_which_model_answers_and_how_often_an_answer_was_there(client, own):
    own.forecast({"studio_id": STUDIO})
    asked = {"studio_id": STUDIO, "target_revenue": 45_000.0}
    first = client.post("/predict/inverse", json=asked)
    again = client.post("/predict/inverse", json=asked)
    assert first.content == again.content
    found = client.get("/health").json()
    assert (found["status"], found["model"], found["model_version"]) == ("ok", "ready", own.model.version)
    assert found["cache"]["by_question"]["inverse"] == {"hits": 1, "misses": 1}
    assert found["cache"]["plans_kept"] == "in process"


def test_a_retraining_is_accepted_followed_and_there_is_one_at_a_time(client):
    asked = {"studio_id": STUDIO, "include_latest_months": 3, "retrain_strategy": "full", "notify_on_completion": True}
    accepted = client.post("/models/retrain", json=asked)
    assert accepted.status_code == 202
    assert set(accepted.json()) == {"job_id", "status", "estimated_completion"}
    job = client.get(f"/models/retrain/{accepted.json()['job_id']}").json()
    assert (job["status"] in ("queued", "running"), job["user_name"]) == (True, "terminal")
    refused = client.post("/models/retrain", json={})
    assert (refused.status_code, refused.json()["detail"][:45]) == (409, f"job {job['job_id']} is at work already"[:45])
    assert [one["job_id"] for one in client.get("/models/retrain").json()] == [job["job_id"]]


@pytest.mark.parametrize(
    ("asked", "status", "sentence"),
    [
        ({"studio_id": "nobody"}, 404, "no studio 'nobody'; there are 4"),
        ({"include_latest_months": 0}, 422, "include_latest_months: Input should be greater than or equal to 1"),
        ({"retrain_strategy": "half"}, 422, "retrain_strategy: Input should be 'incremental' or 'full'"),
        ({"notify_to": "ana"}, 422, "notify_to: "),
        ({"secret": 1}, 422, "secret: no such key"),
    ],
)
def test_a_wrong_request_is_told_what_is_wrong_and_trains_nothing(client, asked, status, sentence):
    answer = client.post("/models/retrain", json=asked)
    assert (answer.status_code, answer.json()["detail"][: len(sentence)]) == (status, sentence)
    assert client.get("/models/retrain").json() == []
    assert client.get("/models/retrain/x").status_code == 404


def test_who_may_only_look_sees_how_a_training_goes_and_begins_none(client, own):
    for name, role, looks, begins in (("rita", "read-only", 200, 403), ("kim", "front desk", 403, 403)):
        own.accounts.add(name, role, PASSWORD)
        session = client.post("/sign-in", json={"user": name, "password": PASSWORD}).json()
        as_user = {"headers": {"Authorization": f"Bearer {session['token']}"}}
        assert client.get("/models/retrain", **as_user).status_code == looks
        assert client.post("/models/retrain", json={}, **as_user).status_code == begins
        assert client.get("/health", **as_user).status_code == 200
