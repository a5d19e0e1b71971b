"""`studiolab inbox connect`, `status`, `sync`, `replay` and `disconnect`, as somebody types them."""

import json
import subprocess
import sys
from urllib.parse import urlencode

import pytest
from typer.testing import CliRunner

from studiolab import cli
from studiolab.app import Workbench
from studiolab.settings import settings

from .app.small_channels import SECRET, small, whatsapp
from .gmail_server import CLIENT, GmailServer
from .graph_server import PHONE, TOKEN


@pytest.fixture
def run(tmp_path, monkeypatch, graph):
    """Run `studiolab inbox` with these words on two studios; input : what is typed or piped in."""
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


def test_a_picture_is_fetched_into_a_file_or_a_folder(run, tmp_path, graph):
    run("connect", "whatsapp", "--account", PHONE, "--studio", "oak", input=f"{TOKEN}\n")
    told = json.loads(whatsapp("?"))
    told["entry"][0]["changes"][0]["value"]["messages"][0] |= {"type": "image", "image": {"id": "77"}}
    (tmp_path / "log.json").write_text(json.dumps(told))
    run("replay", tmp_path / "log.json", "--studio", "oak")
    graph.files["77"] = b"\x89PNG\r\n\x1a\n of somebody"
    for out, written in ((tmp_path / "me.png", "me.png"), (tmp_path, "file.png")):
        result = run("media", "whatsapp:wamid.0", "--out", out, "--studio", "oak")
        assert (result.exit_code, "20 bytes, image/png" in result.stdout) == (0, True)
        assert (tmp_path / written).read_bytes() == graph.files["77"]
    for wrong, said in ((("--out", tmp_path, "--number", 2), "counted from 1"), (("--out", tmp_path / "no/x"), "no/x")):
        result = run("media", "whatsapp:wamid.0", *wrong, "--studio", "oak")
        assert (result.exit_code, said in " ".join(result.stderr.split())) == (2, True)


@pytest.fixture
def google(monkeypatch):
    server = GmailServer("hello@studio.example")
    given = {"GOOGLE_URL": server.url, "GOOGLE_CLIENT_ID": CLIENT["client_id"],
             "GOOGLE_CLIENT_SECRET": CLIENT["client_secret"], "GOOGLE_PUBSUB_TOPIC": "projects/p/topics/t"}  # fmt: skip
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    yield server
    server.stop()


GOOGLE = ("connect", "email", "--set", "way=gmail", "--studio", "oak")


def typing(*words):
    """`studiolab inbox` in a process of its own, which is answered while it runs."""
    line = [sys.executable, "-c", "from studiolab import cli; cli.app()", "inbox", *words]
    return subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("account", ["hello@studio.example", ""])
def test_the_owner_of_a_mailbox_at_google_agrees_and_pastes_where_the_browser_ended(run, google, account):
    with typing(*GOOGLE, "--account", account) as running:
        assert "agree here" in running.stdout.readline()
        code, state = google.agree(running.stdout.readline().strip())
        back = urlencode({"state": state, "code": code, "scope": "gmail"})
        said, _ = running.communicate(f"https://studio.example.org/api/integrations/callback/email?{back}\n", 60)
    assert (running.returncode, "hello@studio.example is connected" in said) == (0, True)
    for told in (said, run("status", "--studio", "oak").stdout):
        assert "https://studio.example.org/api/integrations/webhook/email?token=" in told
    assert CLIENT["client_secret"] not in said


def test_who_agreed_on_the_page_of_the_service_presses_enter(run, google, tmp_path):
    with typing(*GOOGLE) as running:
        running.stdout.readline()
        code, state = google.agree(running.stdout.readline().strip())
        bench = Workbench(settings())
        bench.oauth_callback(code, state)
        bench.close()
        said, _ = running.communicate("\n", 60)
    assert (running.returncode, "hello@studio.example is connected" in said) == (0, True)


@pytest.mark.parametrize(("typed", "exit_code", "said"), [
    ("\n", 1, "not connected yet"), ("", 1, "not connected yet"),
    ("https://x.example/?code=1&state=2\n", 2, "begin anew"),
    ("https://x.example/?error=access_denied\n", 2, "did not agree ('access_denied')"),
])  # fmt: skip
def test_who_did_not_agree_is_not_connected(run, google, typed, exit_code, said):
    result = run(*GOOGLE, input=typed)
    assert (result.exit_code, said in " ".join(result.output.split())) == (exit_code, True)


@pytest.mark.parametrize(
    ("words", "given", "said"),
    [
        (("connect", "whatsapp", "--account", PHONE, "--studio", "oak"), "", "also needs token"),
        (("connect", "whatsapp", "--account", PHONE, "--studio", "oak"), "your-access-token", "placeholder"),
        (("connect", "whatsapp", "--studio", "oak"), TOKEN, "needs the account"),
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
