"""The arbiter's one answer from function, API and command line, and what each refuses."""

import json

import httpx
import pytest
from typer.testing import CliRunner

from studiolab import cli
from studiolab.api import app
from studiolab.next_best_action import Case, NextAction, decide

STUDIO = "studio-001"
MOMENT = "2026-10-19T15:00:00"


def shell(*words):
    return CliRunner().invoke(cli.app, ["next", *(str(word) for word in words), "--studio", STUDIO])


@pytest.fixture
def ask(token):
    """Ask the API of a workbench, in this process: status and JSON."""
    import anyio

    async def send(bench, method, path, params):
        headers, transport = {"Authorization": f"Bearer {token}"}, httpx.ASGITransport(app(bench))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", headers=headers) as client:
            answer = await client.request(method, f"/api/next-best-action{path}", params=params)
        return answer.status_code, answer.json()

    return lambda bench, path="", method="GET", **params: anyio.run(
        send, bench, method, path, {"studio_id": STUDIO} | params
    )


@pytest.fixture
def someone(workbench):
    return workbench.next_actions(STUDIO, 1).actions[0].client_id


def test_a_clients_next_action_is_one_json_from_function_call_api_and_command(workbench, ask, someone):
    for given, words in (({}, ()), ({"as_of": MOMENT}, ("--as-of", MOMENT))):
        case = workbench._case(STUDIO, someone, given.get("as_of"), None, None)
        from_function = decide(Case.model_validate_json(case.model_dump_json())).model_dump(mode="json")
        called = workbench.next_action(STUDIO, someone, **given).model_dump(mode="json")
        from_shell = json.loads(shell(someone, "--json", *words).stdout)
        assert from_function == called == ask(workbench, f"/{someone}", **given)[1] == from_shell


def test_a_studios_next_actions_are_one_json_from_call_api_and_command(workbench, ask):
    called = workbench.next_actions(STUDIO, 4).model_dump(mode="json")
    assert called == ask(workbench, top=4)[1] == json.loads(shell("--top", 4, "--json").stdout)
    assert len(called["actions"]) == 4
    assert sum(called["wins"].values()) - called["wins"]["limit"] == called["clients"] > 100


def test_a_choice_recorded_by_api_or_command_is_in_the_ledger_and_chosen_again(own, ask):
    first, second = (one.client_id for one in own.next_actions(STUDIO, 2).actions)
    status, recorded = ask(own, f"/{first}/record", "POST", note="by phone")
    assert status == 200
    text = shell(second, "--record", "--note", "at the desk").stdout
    assert f"Entry {recorded['entry_id'] + 1} of the ledger" in text
    kept = own.ledger.entries(STUDIO, ["next action chosen"])
    assert [one["payload"]["note"] for one in kept] == ["by phone", "at the desk"]
    assert kept[0]["payload"]["choice"] == recorded["action"]
    done = CliRunner().invoke(cli.app, ["ledger", "replay", str(recorded["entry_id"]), "--json"])
    assert NextAction.model_validate(json.loads(done.stdout)["action"]).model_dump(mode="json") == recorded["action"]
    assert own.ledger.verify()[1] == []


def test_an_altered_choice_is_told_from_one_that_is_whole(own, monkeypatch):
    client = own.next_actions(STUDIO, 1).actions[0].client_id
    entry_id = own.record_next_action(STUDIO, client, "olga").entry_id
    entry = own.ledger.entry(entry_id)
    monkeypatch.setattr(type(own.ledger), "entry", lambda *_: entry | {"data_hash": "0" * 64})
    assert not own.replay(entry_id).same
    entry["payload"]["choice"]["kind"] = "nothing"
    monkeypatch.setattr(type(own.ledger), "entry", lambda *_: entry)
    assert "chooses otherwise from the same data" in own.replay(entry_id).why
    monkeypatch.setattr(type(own.ledger), "entry", lambda *_: entry | {"model_version": "next-old"})
    assert "made by arbiter next-old" in own.replay(entry_id).why


def test_the_command_says_what_won_what_lost_and_when(workbench, someone):
    action = workbench.next_action(STUDIO, someone)
    text = shell(someone).stdout
    assert f": {action.kind}" in text
    assert "chosen" in text
    assert f"Not before {action.contact_at:%a %d %b, %H:%M} at the studio." in text
    assert "Of 215 members: message" in shell("--top", 2).stdout


@pytest.mark.parametrize(
    ("path", "given", "status", "sentence"),
    [
        ("/nobody", {}, 404, "no client 'nobody' at studio-001; there are "),
        ("/x", {"studio_id": "nowhere"}, 404, "no studio 'nowhere'"),
        ("", {"studio_id": "nowhere"}, 404, "no studio 'nowhere'"),
        ("", {"top": 0}, 422, "top: Input should be greater than or equal to 1"),
        ("", {"studio_id": "studio-002"}, 503, "studio-002 has no visits yet"),
        ("/x", {"as_of": "soon"}, 422, "as_of: Input should be a valid datetime"),
        ("", {"as_of": "2999-01-01T00:00:00Z"}, 422, "as_of: "),
    ],
)
def test_a_wrong_question_says_what_is_wrong(workbench, ask, path, given, status, sentence):
    told = ask(workbench, path, **given)
    assert (told[0], told[1]["detail"][: len(sentence)]) == (status, sentence)


def test_a_studio_cannot_be_recorded_as_a_whole(workbench):
    result = shell("--record")
    assert (result.exit_code, result.stderr) == (2, "studiolab: --record: name the client whose choice it is\n")
