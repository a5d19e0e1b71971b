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


def test_nobody_without_a_token_gets_a_draft(oak):
    del oak.headers["Authorization"]
    assert oak.post("/api/llm/smart-reply", json={"conversation_id": ANA}).status_code == 401
