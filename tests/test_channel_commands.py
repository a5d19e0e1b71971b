"""`studiolab inbox connect`, `status`, `sync`, `replay` and `disconnect`, as somebody types them."""

import json

import pytest
from typer.testing import CliRunner

from studiolab import cli
from studiolab.settings import settings

from .app.small_channels import SECRET, small, whatsapp
from .graph_server import PHONE, TOKEN, GraphServer


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run `studiolab inbox` with these words on two studios; input : what is typed or piped in."""
    graph = GraphServer()
    small(tmp_path).close()
    given = {"STUDIOLAB_HOME": tmp_path, "META_GRAPH_URL": graph.url, "WHATSAPP_APP_SECRET": SECRET,
             "WHATSAPP_VERIFY_TOKEN": "v-0f1e2d3c4b5a", "STUDIOLAB_PUBLIC_HOST": "studio.example.org"}  # fmt: skip
    for name, value in given.items():
        monkeypatch.setenv(name, str(value))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    settings.cache_clear()

    def run(*words, **more):
        return CliRunner().invoke(cli.app, ["inbox", *map(str, words)], prog_name="studiolab", **more)

    yield run
    settings.cache_clear()
    graph.stop()


def test_connect_takes_the_secret_from_a_pipe_and_never_shows_it(run, tmp_path):
    result = run("connect", "whatsapp", "--account", PHONE, "--studio", "oak", input=f"{TOKEN}\n")
    assert (result.exit_code, TOKEN in result.output) == (0, False)
    assert "Rhythm Dance Studio, +49 151 2345678" in result.stdout
    (tmp_path / "log.jsonl").write_bytes(whatsapp("Hi", "Open?") + b"\n{\n")
    replayed = run("replay", tmp_path / "log.jsonl", "--studio", "oak")
    assert "2 messages and 0 statuses were read, 2 messages are new." in replayed.stdout
    assert "log.jsonl, line 2" in replayed.stderr
    assert json.loads(run("replay", tmp_path / "log.jsonl", "--studio", "oak", "--json").stdout)["new"] == 0
    told = json.loads(run("status", "--studio", "oak", "--json").stdout)
    assert told[0]["accounts"][0]["account"] == PHONE
    assert "whatsapp" in run("status", "--studio", "oak").stdout
    assert "0 new messages" in run("sync", "--studio", "oak").stdout
    assert "is disconnected" in run("disconnect", "whatsapp", "--studio", "oak").stdout
    assert "Nothing is connected" in run("sync", "--studio", "oak").stdout


@pytest.mark.parametrize(
    ("words", "given", "said"),
    [
        (("connect", "whatsapp", "--account", PHONE, "--studio", "oak"), "", "also needs token"),
        (("connect", "whatsapp", "--account", PHONE, "--studio", "oak"), "your-access-token", "placeholder"),
        (("connect", "fax", "--account", "1", "--studio", "oak"), "", "there is no channel 'fax'"),
        (("connect", "sms", "--account", "1", "--studio", "oak", "--set", "account_sid"), "", "expected NAME=VALUE"),
        (("disconnect", "sms", "--studio", "oak"), "", "connect one first"),
        (("status",), "", "studio_id"),
        (("replay", "gone.jsonl", "--studio", "oak"), "", "gone.jsonl cannot be read: there is no such file"),
        (("replay", "/nonexistent", "--studio", "oak"), "", "/nonexistent cannot be read: there is no such file"),
        (("replay", "{}/nothing", "--studio", "oak"), "", "nothing cannot be read: expected what ends in .eml, .mbox"),
        (("replay", "{}/list.xls", "--studio", "oak"), "", "list.xls cannot be read: expected what ends in .json"),
        (
            ("replay", "{}/empty.mbox", "--studio", "oak"),
            "",
            "empty.mbox is empty: expected recorded",
        ),
        (("replay", "{}/boxes", "--studio", "oak"), "", "boxes is empty"),
        (("sync", "--channel", "fax", "--studio", "oak"), "", "there is no channel 'fax'; there are whatsapp"),
    ],
)
def test_what_is_wrong_is_one_sentence(run, tmp_path, words, given, said):
    for folder in ("nothing", "boxes"):
        (tmp_path / folder).mkdir()
    for name in ("empty.mbox", "boxes/a.eml"):
        (tmp_path / name).touch()
    (tmp_path / "list.xls").write_bytes(b"\xd0\xcf")
    result = run(*(word.format(tmp_path) for word in words), input=given)
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())
    assert "Traceback" not in result.stderr


def test_what_no_channel_sends_is_said_by_file_and_line(run, tmp_path):
    (tmp_path / "log.jsonl").write_bytes(b"[1, 2]\n\xff\xfe\n")
    result = run("replay", tmp_path / "log.jsonl", "--studio", "oak")
    assert "log.jsonl, line 1: neither a webhook of Meta's, which is a JSON object, nor a form" in result.stderr
    assert "log.jsonl, line 2: neither" in result.stderr
    assert "Nothing is connected of sms" in run("sync", "--channel", "sms", "--studio", "oak").stdout
