"""Embeddings and lists of models, from a real server on this machine, in every way that it can go wrong."""

from dataclasses import replace

import numpy as np
import pytest

from studiolab.adapters.embeddings import embed
from studiolab.adapters.llm import LlmUnavailable, Provider
from studiolab.adapters.llm_http import retired, there

from ..llm_server import drips, hashed, refuses, sends, waits

KEY = "sk-secret-0123456789"
TEXTS = ["where can I park", "what does it cost", "parking"]
BAD = {
    "refused key": (refuses(401), "refused the key"),
    "no such model": (refuses(404), "may be retired"),
    "too many": (refuses(429), "too many requests"),
    "fault": (refuses(500), "fault of its own"),
    "wrong request": (refuses(400, f"bad {KEY}\ninput"), "refused the request (400): bad *** input"),
    "HTML": (sends("<html>proxy</html>", 200, "text/html"), "no JSON object"),
    "list": (sends([1]), "no JSON object"),
    "nothing": (sends({"data": None}), "no list of"),
    "cut off": (sends(b'{"data": ['), "no JSON object"),
    "drips": (drips(), "no whole answer"),
    "waits": (waits(5), "no whole answer"),
}  # fmt: skip


@pytest.fixture
def mind(llm_server):
    return Provider("openai", llm_server.url, "e", KEY, seconds=10)


def test_a_vector_a_text_in_the_order_asked_each_of_length_one(llm_server, mind):
    vectors = embed(mind, TEXTS)
    due = np.array(hashed(TEXTS))
    np.testing.assert_allclose(vectors, due / np.linalg.norm(due, axis=1, keepdims=True))


def test_a_text_that_is_on_the_disk_is_not_asked_again(llm_server, mind, tmp_path):
    first = embed(mind, TEXTS, tmp_path / "cache")
    again = embed(mind, [*TEXTS[::-1], "new"], tmp_path / "cache")
    np.testing.assert_array_equal(again[:3], first[::-1])
    assert llm_server.embedded == [TEXTS, ["new"]]
    embed(replace(mind, model="other"), TEXTS[:1], tmp_path / "cache")
    assert llm_server.embedded[-1] == TEXTS[:1]


def test_a_vector_that_was_half_written_is_asked_again(llm_server, mind, tmp_path):
    first = embed(mind, TEXTS, tmp_path)
    for file in tmp_path.iterdir():
        file.write_bytes(file.read_bytes()[:40])
    np.testing.assert_array_equal(embed(mind, TEXTS, tmp_path), first)


def test_a_text_is_sent_once_and_no_empty_one(llm_server, mind):
    assert len(embed(mind, ["a", "a", " ", "\ud800"])) == 4
    assert llm_server.embedded == [["a", "-", "?"]]


@pytest.mark.parametrize(
    ("vectors", "said"),
    [
        ([[0.0, 0.0]] * 3, "no directions"),
        ([[1.0, float("nan")]] * 3, "no directions"),
        ([[1.0], [1.0, 2.0], [1.0]], "no list of embeddings"),
        ([[1.0, 2.0]], "1 embeddings of 3 texts"),
        ([["x"]] * 3, "no list of embeddings"),
        ([[], [], []], "embeddings of 3 texts"),
    ],
)
def test_vectors_that_cannot_be_are_refused(llm_server, mind, vectors, said):
    llm_server.embeds = lambda texts: vectors
    with pytest.raises(LlmUnavailable, match=said):
        embed(mind, TEXTS)


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("asked", [lambda mind: embed(mind, TEXTS), there], ids=["embeddings", "models"])
def test_every_fault_is_one_sentence_without_the_key(llm_server, mind, asked, name):
    llm_server.instead, said = BAD[name]
    quick = replace(mind, seconds=0.5 if name in ("drips", "waits") else 10)
    with pytest.raises(LlmUnavailable) as caught:
        asked(quick)
    assert said in str(caught.value)
    assert KEY not in repr(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("asked", [lambda mind: embed(mind, TEXTS), there], ids=["embeddings", "models"])
def test_a_server_that_is_not_there_and_a_key_that_is_not_set(mind, asked):
    with pytest.raises(LlmUnavailable, match="cannot be reached"):
        asked(replace(mind, base_url="http://127.0.0.1:1/v1"))
    with pytest.raises(LlmUnavailable, match="OPENAI_API_KEY is not set"):
        asked(Provider("openai", "https://api.openai.com/v1", "e"))


def test_a_model_that_the_provider_has_no_more_is_called_retired(llm_server, mind):
    llm_server.models = ["models/gemini-flash", "b", "llama3.2:latest"]
    known = there(mind)
    assert known == ["b", "gemini-flash", "llama3.2:latest"]
    assert retired("gemini-flash", known) == retired("llama3.2", known) == ""
    assert retired("claude-3-5-sonnet-20241022", known).startswith("model retired: ")
