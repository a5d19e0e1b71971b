"""Agents over HTTP, without a language model."""

import httpx
import pandas as pd
import pytest

from studiolab.adapters.channels import message
from studiolab.api import app
from studiolab.studio_operations.inbox import contacts
from tests.app.small_studio import TOKEN, small

ANA = contacts.contact_id("oak", "whatsapp:49151")


@pytest.fixture
def oak(tmp_path, monkeypatch, served):
    """A client of a small studio to which Ana wrote."""
    for name in ("LLM_PROVIDER", "OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY", "OLLAMA_HOST"):
        monkeypatch.delenv(name, raising=False)
    bench = small(tmp_path)
    now = pd.Timestamp("2026-11-20T10:00Z")
    row = message("whatsapp", "a1", "1", "49151", "text", "Hi, when is yoga on?", now, name="Ana")
    bench.db.write("messages", pd.DataFrame([row | {"studio_id": "oak", "received_at": now}]))
    known = {"Authorization": f"Bearer {TOKEN}"}
    with served(app(bench, bench.settings)) as url, httpx.Client(base_url=url, timeout=60, headers=known) as client:
        client.bench = bench
        yield client
    bench.close()


def test_a_draft_of_the_documents_own_request(oak):
    asked = {"conversation_id": ANA, "additional_context": "Customer is interested in evening classes"}
    reply = oak.post("/api/llm/smart-reply", json=asked)
    assert reply.status_code == 200
    assert "Monday 18:00-19:00: Yoga" in reply.json()["text"]
    assert reply.json()["sources"][0]["source"] == "timetable"


def test_what_is_not_there_is_404_and_what_cannot_be_asked_is_422(oak):
    assert oak.post("/api/llm/smart-reply", json={"conversation_id": "c-0"}).status_code == 404
    assert oak.post("/api/llm/smart-reply", json={"conversation_id": ""}).status_code == 422
    assert oak.post("/api/llm/smart-reply", json={"conversation_id": ANA, "send": True}).status_code == 422


def test_settings_change_at_run_time_with_the_documents_own_request(oak):
    asked = {"provider": "anthropic", "model": "claude-3-5-sonnet-20241022", "temperature": 0.7, "max_tokens": 500}
    reply = oak.post("/api/llm/agents/smart_reply/configure", json=asked)
    assert reply.status_code == 200
    assert reply.json()["own"] == asked
    assert "ANTHROPIC_API_KEY" in reply.json()["says"]
    agents = {one["name"]: one for one in oak.get("/api/llm/agents").json()}
    assert agents["smart_reply"]["model"] == "claude-3-5-sonnet-20241022"
    assert oak.post("/api/llm/agents/smart_reply/configure", json={"temperature": 9}).status_code == 422
    assert oak.post("/api/llm/agents/janitor/configure", json={}).status_code == 404


def test_every_other_route_of_the_document_answers(oak):
    assert {one["name"] for one in oak.get("/api/llm/providers").json()} == {"openai", "anthropic", "gemini", "ollama"}
    score = oak.post("/api/llm/lead-score", json={"contact_id": ANA}).json()
    assert score["score"] == sum(one["points"] for one in score["parts"])
    assert oak.post("/api/llm/lead-score", json={"conversation_id": ANA}).json()["score"] == score["score"]
    assert oak.post("/api/llm/analyze", json={"conversation_id": ANA}).json()["sentiment"] == "neutral"
    assert (
        oak.post("/api/llm/invoke/scheduling", json={"words": "conflicts?"}).json()["understood"]["asks"] == "conflicts"
    )
    assert oak.post("/api/llm/invoke/smart_reply", json={"conversation_id": ANA}).json()["intent"] == "timetable"
    assert oak.post("/api/llm/invoke/janitor", json={}).status_code == 404
    assert oak.post("/api/llm/invoke/scheduling", json={}).status_code == 422
    assert "OLLAMA_HOST" in oak.post("/api/llm/test", json={}).json()["says"]
    assert "OLLAMA_HOST" in oak.post("/api/llm/test").json()["says"]
    assert oak.post("/api/llm/smart-reply").json() == {"detail": "the body is missing"}


def test_knowledge_is_kept_cited_and_forgotten(oak):
    given = {"name": "house rules.md", "text": "# Dogs\nDogs may wait in the yard."}
    assert oak.post("/api/llm/knowledge", json=given).json()["documents"][0]["pieces"] == 1
    assert oak.get("/api/llm/knowledge").json()["documents"][0]["text"] == given["text"]
    assert oak.delete("/api/llm/knowledge/house%20rules.md").json()["documents"] == []
    assert oak.delete("/api/llm/knowledge/house%20rules.md").status_code == 404
    assert oak.post("/api/llm/knowledge", json={"name": "x.csv", "text": "a,b"}).status_code == 422


def test_the_front_desk_asks_agents_and_does_not_set_them_up(oak):
    oak.bench.accounts.add("dora", "front desk", "a long enough password")
    token = oak.post("/api/v1/sign-in", json={"user": "dora", "password": "a long enough password"}).json()["token"]
    oak.headers["Authorization"] = f"Bearer {token}"
    assert oak.post("/api/llm/smart-reply", json={"conversation_id": ANA}).status_code == 200
    assert oak.post("/api/llm/agents/smart_reply/configure", json={}).status_code == 403
    assert oak.post("/api/llm/test", json={}).status_code == 403
    assert oak.post("/api/llm/knowledge", json={"name": "a.md", "text": "x"}).status_code == 403


def test_nobody_without_a_token_gets_a_draft(oak):
    del oak.headers["Authorization"]
    assert oak.post("/api/llm/smart-reply", json={"conversation_id": ANA}).status_code == 401
