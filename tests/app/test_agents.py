"""Agents on a small studio of their own, with messages as channels bring them."""

import pandas as pd
import pytest

from studiolab.adapters.channels import message
from studiolab.app import UnknownContact
from studiolab.studio_operations.inbox import contacts
from tests.app.small_studio import small

NOW = pd.Timestamp("2026-11-20T10:00Z")
ANA = contacts.contact_id("oak", "whatsapp:49151")


def wrote(bench, *texts, who="49151", name="Ana Ruiz"):
    """These texts came from somebody, a minute apart; those that begin with ">" went to them."""
    rows = [message("whatsapp", f"{who}-{n}", "1", who, "text", text.removeprefix(">"), NOW + pd.Timedelta(n, "min"),
                    name=name, direction="outbound" if text.startswith(">") else "inbound")
            for n, text in enumerate(texts)]  # fmt: skip
    bench.db.write("messages", pd.DataFrame(rows).assign(studio_id="oak", received_at=NOW))


@pytest.fixture
def bench(tmp_path, monkeypatch):
    for name in ("LLM_PROVIDER", "OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY", "OLLAMA_HOST"):
        monkeypatch.delenv(name, raising=False)
    plans = [{"studio_id": "oak", "plan_id": "p1", "plan_name": "Monthly", "price": 8900, "currency": "EUR"}]
    bench = small(tmp_path, plans=plans)
    yield bench
    bench.close()


def test_without_a_language_model_prices_are_answered_from_the_studios_own_plans(bench):
    wrote(bench, "Hi", "How much is a membership?")
    draft = bench.smart_reply("oak", ANA)
    assert "EUR 89.00" in draft.text
    assert draft.intent == "price"
    assert draft.written_by == "templates"
    assert [one.source for one in draft.sources] == ["plans"]
    assert draft.about == "whatsapp:49151-1"


def test_an_answer_is_in_the_language_of_the_question(bench):
    wrote(bench, "Hola, ¿qué clases tenéis los lunes?")
    draft = bench.smart_reply("oak", ANA)
    assert draft.language == "es"
    assert "lunes 18:00-19:00: Yoga" in draft.text
    assert "Salsa" in draft.text
    assert [one.piece_id for one in draft.sources] == ["timetable#MO"]


def test_what_is_not_known_is_said_to_be_so_with_a_question_for_a_colleague(bench):
    wrote(bench, "Do you sell parrots with blue feathers?")
    draft = bench.smart_reply("oak", ANA)
    assert not draft.is_answered
    assert not draft.sources
    assert "parrots" in draft.ask_colleague
    assert "colleague" in draft.text


def test_a_conversation_that_is_not_there_is_refused(bench):
    with pytest.raises(UnknownContact, match="studiolab inbox contacts"):
        bench.smart_reply("oak", "c-0")


def test_where_only_the_studio_wrote_there_is_nothing_to_answer(bench):
    wrote(bench, ">Welcome!")
    with pytest.raises(ValueError, match="nothing"):
        bench.smart_reply("oak", ANA)
