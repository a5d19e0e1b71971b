"""`studiolab inbox agents …` on a studio of its own, for it writes."""

import json

import pytest
from typer.testing import CliRunner

from studiolab import cli
from studiolab.settings import settings
from studiolab.studio_operations.inbox import contacts
from tests.app.small_inbox import keep, wrote
from tests.app.small_studio import TOKEN, small

ANA = contacts.contact_id("oak", "whatsapp:49151")
VARIABLES = ("LLM_PROVIDER", "OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY", "OLLAMA_HOST", "DATABASE_URL")


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs a command on the small studio, to which Ana wrote; gives the result."""
    for name, value in (("STUDIOLAB_HOME", tmp_path), ("STUDIOLAB_TOKEN", TOKEN)):
        monkeypatch.setenv(name, str(value))
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    settings.cache_clear()
    bench = small(tmp_path)
    keep(bench, wrote("a1", "49151", "Hi, when is yoga on Monday? \x1b[31m", name="Ana"))
    bench.close()

    def run(*words):
        return CliRunner().invoke(cli.app, ["inbox", "agents", *words])

    yield run
    settings.cache_clear()


def test_a_draft_a_score_and_an_analysis_of_a_conversation(run):
    draft = run("draft", ANA)
    assert "Monday 18:00-19:00: Yoga" in draft.stdout
    assert "from timetable#MO" in draft.stdout
    score = json.loads(run("score", ANA, "--json").stdout)
    assert score["score"] == sum(part["points"] for part in score["parts"])
    assert f"{score['score']} of 100" in run("score", ANA).stdout
    told = run("analyze", ANA).stdout
    assert "Interested in yoga." in told
    assert "\x1b" not in told


def test_documents_are_kept_listed_and_forgotten(run, tmp_path):
    file = tmp_path / "house.md"
    file.write_text("# Dogs\nDogs may wait in the yard.")
    assert "house.md" in run("knowledge", str(file)).stdout
    assert "house.md" not in run("knowledge", "--forget", "house.md").stdout
    assert run("knowledge", "--forget", "house.md").exit_code == 2


def test_an_agent_is_set_listed_and_taken_back(run):
    told = run("configure", "smart_reply", "--provider", "ollama", "--model", "some-model", "--temperature", "0.5")
    assert told.stdout == "smart_reply asks some-model at 127.0.0.1:11434.\n"
    agents = {one["name"]: one for one in json.loads(run("list", "--json").stdout)}
    assert agents["smart_reply"]["own"] == {"provider": "ollama", "model": "some-model", "temperature": 0.5}
    assert "by rules" in run("configure", "smart_reply", "--reset").stdout
    assert run("configure", "janitor").exit_code == 2
    assert "some-model" not in run("list").stdout


def test_words_json_and_a_test_without_a_provider(run):
    assert "Yoga" in run("ask", "yoga on monday").stdout
    assert json.loads(run("invoke", "scheduling", '{"words": "conflicts?"}').stdout)["suggestions"] == []
    assert "no JSON" in run("invoke", "scheduling", "{").stderr
    tried = run("test")
    assert (tried.exit_code, "OLLAMA_HOST" in tried.stdout) == (1, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("knowledge", "{}/empty.md"), "empty.md holds nothing that could answer anybody; expected text below"),
        (("knowledge", "{}"), "expected a file that ends in .md, .txt, .csv"),
        (("knowledge", "{}/gone.md"), "gone.md cannot be read"),
        (("invoke", "smart_reply", "[1]"), 'expected a JSON object, e.g. {"conversation_id": "c-…"}, got [1]'),
        (("draft", "c-none"), "no contact 'c-none'; `studiolab inbox contacts` lists them"),
        (("analyze", ANA, "--studio", "moon"), "no studio 'moon'; `studiolab studios` lists them"),
    ],
)
def test_what_is_wrong_is_one_sentence(run, tmp_path, words, said):
    (tmp_path / "empty.md").write_text(" \n")
    result = run(*(word.replace("{}", str(tmp_path)) for word in words))
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())


def test_of_files_to_keep_all_are_kept_or_none(run, tmp_path):
    (tmp_path / "a.md").write_text("# Dogs\nDogs may wait in the yard.")
    (tmp_path / "b.md").write_text("")
    assert run("knowledge", str(tmp_path / "a.md"), str(tmp_path / "b.md")).exit_code == 2
    assert "a.md" not in run("knowledge").stdout
