import json
import socket
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from hashlib import sha256

import pytest
from pydantic import BaseModel, Field

from studiolab.adapters.errors import StudiolabError
from studiolab.adapters.llm import LlmUnavailable, Provider, ask, provider
from studiolab.adapters.providers import embedder, models
from studiolab.settings import Settings

from ..llm_server import drips, held, refuses, says, sends, waits

KEY = "sk-secret-0123456789"
VARIABLES = ("LLM_PROVIDER", "OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY", "OLLAMA_HOST", "LLM_BASE_URL",
             "LLM_MODEL", "LLM_MODELS", "LLM_SECONDS")  # fmt: skip
QUESTION = [{"role": "system", "content": "You count."}, {"role": "user", "content": "How many?"}]


class Count(BaseModel):
    count: int = Field(ge=0)
    note: str = ""


GOOD = says({"count": 3})
WRONG = says({"count": "many"})


@pytest.fixture(scope="module", autouse=True)
def imported():
    """The SDK's second of import is not part of short deadlines."""
    import openai

    return openai


@pytest.fixture
def mind(llm_server):
    return Provider("openai", llm_server.url, "m", KEY, seconds=10)


def fault(*given, **more):
    """What an asker is told."""
    with pytest.raises(LlmUnavailable) as caught:
        ask(*given, **more)
    assert KEY not in repr(caught.value)
    assert caught.value.__context__ is None
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_good_answer_comes_with_what_a_record_needs(llm_server, mind):
    llm_server.script(GOOD)
    reply = ask(mind, QUESTION, Count)
    assert (reply.value, reply.model, reply.attempts, reply.problems) == (Count(count=3), "m", 1, ())
    assert 0 < reply.seconds < 10
    [request] = llm_server.requests
    sent = json.dumps(request["messages"], ensure_ascii=False, sort_keys=True)
    assert reply.prompt_hash == sha256(sent.encode()).hexdigest()
    assert llm_server.headers[0]["Authorization"] == f"Bearer {KEY}"


def test_the_schema_is_in_the_systems_message_and_the_settings_in_the_request(llm_server, mind):
    llm_server.script(GOOD)
    ask(replace(mind, temperature=0.5, max_tokens=77), QUESTION, Count)
    ask(replace(mind, name="ollama"), QUESTION[1:], Count)
    first, second = llm_server.requests
    assert [message["role"] for message in first["messages"]] == ["system", "user"]
    assert first["messages"][0]["content"].startswith("You count.")
    assert json.dumps(Count.model_json_schema()) in first["messages"][0]["content"]
    assert (first["temperature"], first["max_completion_tokens"]) == (0.5, 77)
    assert second["messages"][0]["role"] == "system"
    assert (second["max_tokens"], second["response_format"]) == (4000, {"type": "json_object"})
    assert "temperature" not in second


@pytest.mark.parametrize(
    "text",
    [
        '```json\n{"count": 3}\n```',
        '```\n{"count": 3}```',
        'Here you are: {"count": 3}. Anything else?',
        'Of {all} of {"a": 1} it is {"count": 3, "note": ""}',
        '\ufeff{"count": 3}',
        '<think>{"count": 1</think>{"count": 3}',
    ],
)
def test_the_value_is_found_within_fences_and_prose(llm_server, mind, text):
    llm_server.script(says(text))
    reply = ask(mind, QUESTION, Count)
    assert (reply.value.count, reply.attempts) == (3, 1)


ODD = ('{"count": "many"}', "three", "[1, 2]", '{"count": 3', '{"a":' * 5000, '{"count": NaN}', "{" + "9" * 5000 + "}")


@pytest.mark.parametrize("wrong", ODD, ids=lambda text: text[:12])
def test_a_wrong_answer_is_repaired_once(llm_server, mind, wrong):
    llm_server.script(says(wrong), GOOD)
    reply = ask(mind, QUESTION, Count)
    assert (reply.value.count, reply.attempts) == (3, 2)
    told = llm_server.requests[1]["messages"]
    assert [message["role"] for message in told] == ["system", "user", "assistant", "user"]
    assert told[2]["content"] == wrong
    assert "cannot be used" in told[3]["content"]


def test_the_repair_says_what_was_wrong_and_a_second_wrong_answer_is_the_last(llm_server, mind):
    llm_server.script(WRONG)
    assert fault(mind, QUESTION, Count).startswith("m gave no answer that can be used: count: ")
    assert "count: Input should be a valid integer" in llm_server.requests[1]["messages"][-1]["content"]
    assert len(llm_server.requests) == 2


def even(value):
    return [] if value.count % 2 == 0 else [f"{value.count} is odd."]


def test_the_askers_own_check_is_repaired_too(llm_server, mind):
    llm_server.script(GOOD, says({"count": 4}))
    assert ask(mind, QUESTION, Count, even).value.count == 4
    assert "- 3 is odd." in llm_server.requests[1]["messages"][-1]["content"]
    llm_server.script(GOOD)
    assert "3 is odd." in fault(mind, QUESTION, Count, even)


@pytest.mark.parametrize("second", [GOOD, WRONG, refuses(400), waits(30)], ids=["same", "wrong", "refused", "slow"])
def test_who_takes_a_part_gets_the_best_answer_there_was(llm_server, mind, second):
    llm_server.script(GOOD, second)
    reply = ask(replace(mind, seconds=1.5), QUESTION, Count, even, partial=True)
    assert (reply.value.count, reply.problems, reply.attempts) == (3, ("3 is odd.",), 2)


def test_a_mistake_in_the_check_is_not_taken_for_a_fault_of_the_model(llm_server, mind):
    llm_server.script(GOOD)
    with pytest.raises(ZeroDivisionError):
        ask(mind, QUESTION, Count, lambda value: 1 / 0)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_server_is_asked_again(llm_server, mind, status):
    llm_server.script(refuses(status), GOOD)
    reply = ask(mind, QUESTION, Count)
    assert (reply.value.count, reply.attempts) == (3, 2)


def dated(after):
    """A header's date for yesterday and tomorrow; other words as they are."""
    days = {"yesterday": -1, "tomorrow": 1}.get(after)
    return after if days is None else format_datetime(datetime.now(UTC) + timedelta(days=days))


@pytest.mark.parametrize("after", ["1", "yesterday", "soon", "-5", "nan"])
def test_a_server_that_says_when_is_waited_for(llm_server, mind, after):
    llm_server.script(refuses(429, Retry_After=dated(after)), GOOD)
    reply = ask(mind, QUESTION, Count)
    assert reply.attempts == 2
    assert (1 if after == "1" else 0.5) <= reply.seconds < 3


@pytest.mark.parametrize("after", ["60", "inf", "tomorrow"])
def test_a_wait_past_the_deadline_is_not_begun(llm_server, mind, after):
    llm_server.script(refuses(429, Retry_After=dated(after)))
    since = time.monotonic()
    assert "too many requests" in fault(mind, QUESTION, Count)
    assert time.monotonic() - since < 2
    assert len(llm_server.requests) == 1


def test_too_many_requests_for_ever_ends_in_time(llm_server, mind):
    llm_server.script(refuses(429))
    since = time.monotonic()
    assert fault(replace(mind, seconds=6), QUESTION, Count).endswith("(429)")
    assert held(6, since)
    assert 1 < len(llm_server.requests) <= 4


def test_without_credit_nothing_is_tried_again(llm_server, mind):
    llm_server.script(sends({"error": {"message": "no credit", "code": "insufficient_quota"}}, 429))
    assert "no credit is left" in fault(mind, QUESTION, Count)
    assert len(llm_server.requests) == 1


@pytest.mark.parametrize("reply", [waits(30), drips(), drips(0.3)], ids=["silent", "drip", "slow drip"])
def test_a_slow_server_is_cut_at_the_deadline(llm_server, mind, reply):
    llm_server.script(reply)
    since = time.monotonic()
    assert fault(replace(mind, seconds=1), QUESTION, Count).endswith("gave no whole answer within 1 seconds")
    assert held(1, since)


def test_the_repair_shares_the_deadline(llm_server, mind):
    llm_server.script(WRONG, waits(30))
    since = time.monotonic()
    assert "within 1.5 seconds" in fault(replace(mind, seconds=1.5), QUESTION, Count)
    assert held(1.5, since)


def test_a_server_that_takes_the_connection_and_says_nothing_is_cut(mind):
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        silent = replace(mind, base_url=f"http://127.0.0.1:{deaf.getsockname()[1]}/v1", seconds=1)
        since = time.monotonic()
        assert "within 1 seconds" in fault(silent, QUESTION, Count)
        assert held(1, since)


@pytest.mark.parametrize(
    ("reply", "says_what"),
    [
        (refuses(500), "has a fault of its own (500)"),
        (sends("<h1>Bad gateway</h1>", 502, "text/html"), "has a fault of its own (502)"),
        (sends("<html>Sign in</html>", kind="text/html"), "not a chat completion"),
        (sends(""), "not a chat completion"),
        (sends({"choices": []}), "not a chat completion"),
        (sends({"choices": None}), "not a chat completion"),
        (sends({"choices": [{"message": "hello"}]}), "not a chat completion"),
        (sends([1]), "not a chat completion"),
        (sends("[" * 100_000), "not a chat completion"),
        (sends(b"\xff\xfe{"), "not a chat completion"),
        (sends({"error": {"message": "overloaded"}}), "not a chat completion"),
        (says('{"count": ', finish="length"), "cut off at 4000 tokens"),
        (says(None, refusal="I cannot help with that."), "declined to answer"),
        (says("", finish="content_filter"), "declined to answer"),
        (says(None), "empty answer"),
        (says("  \n"), "empty answer"),
        (says([{"type": "text"}]), "gave no answer that can be used"),
        (says("x" * 300_000), "300,000 characters"),
        (says("x" * 10_000_000), "sent more than 1,000,000 bytes"),
        (refuses(404, "no model m"), "does not know the model 'm' or the address (404)"),
        (refuses(400, f"bad\nkey {KEY}"), "refused the request (400): bad key ***"),
        (sends("", 418), "refused the request (418)"),
    ],
)
def test_every_fault_is_one_plain_sentence(llm_server, mind, reply, says_what):
    llm_server.script(reply)
    assert says_what in fault(mind, QUESTION, Count)


@pytest.mark.parametrize("status", [401, 403])
def test_a_wrong_key_is_named_as_such_and_never_shown(llm_server, mind, status):
    llm_server.script(refuses(status, f"Incorrect API key provided: {KEY}"))
    assert fault(mind, QUESTION, Count) == f"{mind.host} refused the key ({status})"
    assert KEY not in repr(mind)


@pytest.mark.parametrize("key", ["sk-é-secret", "sk\nsecret", "sk\udc80"])
def test_a_key_that_no_header_can_hold_is_not_shown_either(mind, key):
    told = fault(replace(mind, key=key), QUESTION, Count)
    assert "secret" not in told


@pytest.mark.parametrize(
    ("url", "who"),
    [
        ("http://127.0.0.1:1/v1", "127.0.0.1:1 cannot be reached"),
        ("http://nobody.invalid/v1", "nobody.invalid"),
        ("ftp://box/v1", "box cannot be reached"),
        ("http://[::1", "the address of the language model cannot be used"),
        ("http://box:99999/v1", "the address of the language model cannot be"),
        ("box", "the address of the language model cannot be"),
    ],
)
def test_an_address_where_nobody_answers(mind, url, who):
    since = time.monotonic()
    assert fault(replace(mind, base_url=url, seconds=3), QUESTION, Count).startswith(who)
    assert held(3, since)


def test_lone_surrogates_pass_in_both_directions(llm_server, mind):
    half = '{"count": 3, "note": "half \\ud83d of it"}'
    for reply in (says(half), says('{"count": 3, "note": "half \ud83d of it"}')):
        llm_server.script(reply)
        asked = [{"role": "user", "content": "half \ud83d"}]
        assert ask(mind, asked, Count).value.note == "half ? of it"
        assert llm_server.requests[0]["messages"][1]["content"] == "half ?"


def test_it_works_within_a_running_loop_as_in_a_notebook(llm_server, mind):
    import asyncio

    async def cell():
        return ask(mind, QUESTION, Count).value.count

    llm_server.script(GOOD)
    assert asyncio.run(cell()) == 3


def test_a_fault_is_what_faces_and_systems_know():
    assert issubclass(LlmUnavailable, StudiolabError)
    assert issubclass(LlmUnavailable, ConnectionError)
    assert fault(None, QUESTION, Count) == "no language model is set up; set LLM_PROVIDER and its key"


@pytest.fixture
def chosen(monkeypatch):
    """Provider of the scheduling agent under these variables alone."""

    def chosen(agent="scheduling", given=(), **variables):
        for name in VARIABLES:
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return provider(agent, Settings(), **dict(given))

    return chosen


def test_the_provider_is_the_one_whose_key_is_set(chosen):
    assert chosen() is None
    assert (chosen(OPENAI_API_KEY=KEY).name, chosen(OPENAI_API_KEY=KEY).model) == ("openai", "gpt-4o")
    assert chosen("smart_reply", OPENAI_API_KEY=KEY).model == "gpt-4o-mini"
    assert chosen(ANTHROPIC_API_KEY=f"{KEY}\n").key == KEY
    assert chosen(GEMINI_API_KEY=KEY).base_url.startswith("https://generativelanguage.googleapis.com/")
    assert chosen(OPENAI_API_KEY=KEY, GEMINI_API_KEY="g", LLM_PROVIDER="gemini").key == "g"
    assert chosen(OLLAMA_HOST="box").base_url == "http://box:11434/v1"


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("0.0.0.0", "http://127.0.0.1:11434/v1"),
        (":4000", "http://127.0.0.1:4000/v1"),
        ("https://box/", "https://box:443/v1"),
        ("http://box:80/deep/", "http://box:80/deep/v1"),
        ("[::1]:4000", "http://[::1]:4000/v1"),
    ],
)
def test_the_host_of_ollama_is_taken_as_ollama_takes_it(chosen, host, url):
    assert chosen(OLLAMA_HOST=host).base_url == url


def test_address_model_and_deadline_can_be_set(chosen):
    mind = chosen(LLM_BASE_URL="http://u:pass@box:9/v1", LLM_MODEL="mine", LLM_SECONDS="7")
    assert (mind.name, mind.model, mind.seconds, mind.host, mind.lacks) == ("openai", "mine", 7, "box:9", "")


def test_an_agent_may_have_a_provider_and_a_model_of_its_own_by_alias_or_id(chosen):
    keys = {"OPENAI_API_KEY": KEY, "ANTHROPIC_API_KEY": "a", "LLM_MODEL": "mine", "LLM_BASE_URL": "http://box:9/v1"}
    mind = chosen(given={"provider": "anthropic", "model": "strong", "temperature": 0.7, "max_tokens": 500}, **keys)
    assert (mind.name, mind.key, mind.model) == ("anthropic", "a", models()["anthropic"]["strong"])
    assert (mind.temperature, mind.max_tokens, mind.host) == (0.7, 500, "api.anthropic.com")
    assert chosen(given={"model": "an-id"}, **keys).model == "an-id"
    assert chosen(given={"model": "local"}, **keys).name == "ollama"
    with pytest.raises(ValueError, match="expected one of openai"):
        chosen(given={"provider": "parrot"}, **keys)


def test_what_an_alias_means_is_in_a_file_of_ones_own(chosen, tmp_path):
    own = tmp_path / "models.yaml"
    own.write_text("openai: {strong: big-one}")
    assert chosen(OPENAI_API_KEY=KEY, LLM_MODELS=str(own)).model == "big-one"
    assert chosen("smart_reply", OPENAI_API_KEY=KEY, LLM_MODELS=str(own)).model == models()["openai"]["fast"]
    with pytest.raises(StudiolabError, match="openai has no model called 'local'"):
        chosen(given={"provider": "openai", "model": "local"}, OPENAI_API_KEY=KEY)


UNREADABLE = ("parrot: {fast: x}", "openai: {quick: x}", "openai: x", "- x", "a: [", "openai: {fast: 3}")


@pytest.mark.parametrize("text", UNREADABLE)
def test_a_file_of_models_that_cannot_be_used_is_named(chosen, tmp_path, text):
    own = tmp_path / "models.yaml"
    own.write_text(text)
    with pytest.raises(StudiolabError, match=r"models\.yaml"):
        chosen(OPENAI_API_KEY=KEY, LLM_MODELS=str(own))


def test_embeddings_come_from_the_usual_provider_where_it_has_them(chosen, monkeypatch):
    chosen(OPENAI_API_KEY=KEY)
    assert embedder(Settings()).model == models()["openai"]["embedding"]
    chosen(ANTHROPIC_API_KEY=KEY)
    assert embedder(Settings()) is None
    chosen()
    assert embedder(Settings()) is None


def test_a_provider_without_its_key_says_which_variable_is_missing(chosen):
    assert fault(chosen(LLM_PROVIDER="anthropic"), QUESTION, Count) == "ANTHROPIC_API_KEY is not set"
    assert chosen(LLM_PROVIDER="ollama").base_url == "http://127.0.0.1:11434/v1"


def test_the_settings_never_show_a_key(chosen):
    mind = chosen(OPENAI_API_KEY=KEY)
    assert KEY not in f"{Settings()!r}{Settings().model_dump_json()}{mind}"
