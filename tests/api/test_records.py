"""Baselines, scenarios and the track record over HTTP and as commands, on a service of its own, for it writes."""

import json

import httpx
import pytest
from typer.testing import CliRunner

from studiolab import cli
from studiolab.api import app

STUDIO = "studio-001"
PASSWORD = "correct horse battery"
WHAT_IF = {"studio_id": STUDIO, "scenario_name": "👩‍👩‍👧 spring", "scenario_type": "forward",
           "inputs": {"levers": {"avg_ticket_price": 170.0}}, "tags": ["q2"]}  # fmt: skip


@pytest.fixture
def client(own, served, token):
    with served(app(own)) as address, httpx.Client(base_url=f"{address}/api/v1", timeout=60) as client:
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


def shell(*words):
    done = CliRunner().invoke(cli.app, [str(word) for word in words])
    assert done.exit_code == 0, done.stderr
    return done.stdout


def test_a_scenario_is_one_json_from_call_api_and_command(own, client):
    kept = client.post("/scenarios/save", json=WHAT_IF | {"outputs": {"predictions": {}}}).json()
    other = shell("scenarios", "save", "--studio", STUDIO, "--name", "dear", "--set", "avg_ticket_price=200",
                  "--months", 2, "--tag", "q2").split()[2].rstrip(";")  # fmt: skip
    one, both = kept["scenario_id"], {"scenario_ids": [kept["scenario_id"], other]}
    path = kept["shareable_url"].removeprefix("/api/v1")
    called = own.scenario(one).model_dump(mode="json")
    assert called == client.get(path).json() == json.loads(shell("scenarios", "show", one, "--json"))
    called = own.scenarios({"studio_id": STUDIO, "tag": "q2"}).model_dump(mode="json")
    from_shell = json.loads(shell("scenarios", "list", "--studio", STUDIO, "--tag", "q2", "--json"))
    assert called == client.get(f"/scenarios/{STUDIO}/list", params={"tag": "q2"}).json() == from_shell
    assert [row["scenario_name"] for row in from_shell["scenarios"]] == ["dear", WHAT_IF["scenario_name"]]
    called = own.compare_scenarios(both).model_dump(mode="json")
    from_shell = json.loads(shell("scenarios", "compare", *both["scenario_ids"], "--json"))
    assert called == client.post("/scenarios/compare", json=both).json() == from_shell


def test_a_deletion_over_http_is_undone_by_a_command_and_the_other_way_round(own, client):
    one = client.post("/scenarios/save", json=WHAT_IF).json()["scenario_id"]
    assert client.delete(f"/scenarios/{one}").status_code == 200
    assert client.get(f"/scenarios/{one}").status_code == 404
    assert f"{one} is back." in shell("scenarios", "restore", one)
    assert client.get(f"/scenarios/{one}").status_code == 200
    assert f"studiolab scenarios restore {one}" in shell("scenarios", "delete", one)
    assert client.post(f"/scenarios/{one}/restore").json()["scenario_id"] == one
    assert client.post(f"/scenarios/{one}/share").json()["shareable_url"] == shell("scenarios", "share", one).strip()


def test_compare_and_save_are_no_scenarios(client):
    for name in ("compare", "save"):
        answer = client.get(f"/scenarios/{name}")
        assert (answer.status_code, answer.json()["detail"][:17]) == (404, f"no scenario '{name}'"[:17])
    answer = client.post("/scenarios/compare", json={"scenario_ids": ["a", "b"]})
    assert (answer.status_code, answer.json()["detail"][:15]) == (404, "no scenario 'a'")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"scenario_name": "x" * 10_000}, "scenario_name: String should have at most 200 characters, got 'xxx"),
        ({"inputs": {"levers": {"prize": 1}}}, "inputs: levers.prize: no such key"),
        ({"inputs": []}, "inputs: Input should be a valid dictionary"),
        ({"secret": 1}, "secret: no such key"),
    ],
)
def test_what_cannot_be_kept_is_422_in_a_sentence(client, change, sentence):
    answer = client.post("/scenarios/save", json=WHAT_IF | change)
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith(sentence)
    assert len(answer.json()["detail"]) < 300


def test_a_name_with_half_a_character_is_422(client):
    body = json.dumps(WHAT_IF | {"scenario_name": "\ud800"})
    answer = client.post("/scenarios/save", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422


def test_who_may_only_look_may_read_and_not_write(own, client):
    one = client.post("/scenarios/save", json=WHAT_IF).json()["scenario_id"]
    for name, role, reads, writes in (("rita", "read-only", 200, 403), ("kim", "front desk", 403, 403),
                                      ("max", "manager", 200, 200)):  # fmt: skip
        own.accounts.add(name, role, PASSWORD)
        session = client.post("/sign-in", json={"user": name, "password": PASSWORD}).json()
        as_user = {"headers": {"Authorization": f"Bearer {session['token']}"}}
        for path in (f"/studio/{STUDIO}/baseline", f"/scenarios/{one}", f"/scenarios/{STUDIO}/list",
                     "/models/performance", f"/benchmarks?studio_id={STUDIO}"):  # fmt: skip
            assert client.get(path, **as_user).status_code == reads, (name, path)
        assert client.post("/scenarios/save", json=WHAT_IF, **as_user).status_code == writes
        assert client.delete(f"/scenarios/{one}", **as_user).status_code == writes
        assert client.post(f"/scenarios/{one}/restore", **as_user).status_code == writes
        assert client.post(f"/scenarios/{one}/share", **as_user).status_code == writes
    assert own.ledger.entries(STUDIO, ["scenario shared"])[-1]["actor"] == "max"


def test_what_api_and_command_predict_is_logged_once_and_judged_alike(own, client):
    client.get(f"/studio/{STUDIO}/forecast")
    client.post("/predict/forward", json={"studio_id": STUDIO, "levers": {}})
    shell("forecast", "--studio", STUDIO)
    shell("scenario", "--studio", STUDIO)
    called = own.performance().model_dump(mode="json")
    assert called["waiting"] == 3
    assert called == client.get("/models/performance").json() == json.loads(shell("performance", "--json"))
    assert client.get("/models/performance", params={"prediction_type": "forward"}).json()["waiting"] == 3
    assert client.get("/models/performance", params={"studio_id": "nobody"}).status_code == 404


def test_tables_for_a_person_say_what_the_json_says(own, tmp_path):
    one = own.save_scenario(WHAT_IF | {"scenario_name": "[/b] =1"}, "ana").scenario_id
    other = own.save_scenario(WHAT_IF | {"scenario_type": "forecast", "inputs": {}}, "ana").scenario_id
    assert "[/b] =1, forward of studio-001 after 2026-10, by ana" in shell("scenarios", "show", one)
    assert "[/b] =1" in shell("scenarios", "list", "--studio", STUDIO)
    assert "chance alone may move either" in shell("scenarios", "compare", one, other).replace("\n", " ")
    assert "Too early to say: predictions whose month has come: 0." in shell("performance")
    assert "all 3 other studios, as fewer than 5" in shell("baseline", "--studio", STUDIO).replace("\n", " ")
    paths = shell("export", "--to", tmp_path / "out", "--format", "csv").split()
    assert [path.rpartition("/")[2] for path in paths] == [
        "monthly_metrics.csv", "lever_plan.csv", "predictions.csv", "scenarios.csv",
    ]  # fmt: skip
    again = CliRunner().invoke(cli.app, ["export", "--to", str(tmp_path / "out"), "--format", "csv"])
    assert again.exit_code == 2
    assert "replace with --force" in again.stderr
