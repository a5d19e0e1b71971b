"""A lead's score: one answer of every face, by points that the studio's own leads taught."""

import json

import anyio
import httpx
import pytest
from typer.testing import CliRunner

from studiolab import cli
from studiolab.api import app
from studiolab.panels import inbox_state
from studiolab.settings import settings
from studiolab.studio_operations.inbox.contacts import contact_id
from tests.app.small_inbox import small_inbox, wrote
from tests.app.small_leads import decide, lately
from tests.app.small_studio import TOKEN

ANA = contact_id("oak", "whatsapp:49151")
VARIABLES = ("LLM_PROVIDER", "OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY", "OLLAMA_HOST", "DATABASE_URL")


@pytest.fixture
def bench(tmp_path, monkeypatch):
    for name, value in (("STUDIOLAB_HOME", tmp_path), ("STUDIOLAB_TOKEN", TOKEN)):
        monkeypatch.setenv(name, str(value))
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    settings.cache_clear()
    bench = small_inbox(tmp_path, wrote("a1", "49151", "Hello! A trial class?", lately(3), name="Ana"))
    decide(bench, range(60))
    yield bench
    bench.close()
    settings.cache_clear()


def asked(bench):
    """What the API answers, in this process."""

    async def ask():
        transport, headers = httpx.ASGITransport(app(bench)), {"Authorization": f"Bearer {TOKEN}"}
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", headers=headers) as client:
            return await client.post("/api/llm/lead-score", json={"contact_id": ANA})

    return anyio.run(ask)


def test_a_score_is_one_json_from_call_api_command_and_panel(bench):
    called = bench.lead_score("oak", ANA).model_dump(mode="json")
    from_api = asked(bench)
    done = CliRunner().invoke(cli.app, ["inbox", "agents", "score", ANA, "--studio", "oak", "--json"])
    assert (from_api.status_code, done.exit_code) == (200, 0), (from_api.text, done.stderr)
    state = inbox_state.State(bench).load()
    state.open("oak", ANA)
    state.rate()
    answers = [called, from_api.json(), json.loads(done.stdout), state.score]
    for one in answers:
        one.pop("written_at")
    assert all(one == called for one in answers)
    assert (called["learned_from"], called["points_says"]) == (60, "learned from 60 leads of this studio")
    printed = CliRunner().invoke(cli.app, ["inbox", "agents", "score", ANA, "--studio", "oak"]).stdout
    assert called["chance"]["says"] in printed
    assert "Points: learned from 60 leads of this studio." in printed
