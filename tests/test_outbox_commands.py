"""`studiolab inbox send`, `outbox`, `withdraw`, `again` and `sequences`, against Meta's API on this machine."""

import json
import time
from datetime import timedelta

import pandas as pd
import pytest
from typer.testing import CliRunner

from studiolab import cli
from studiolab.app import Workbench
from studiolab.settings import settings
from studiolab.studio_operations.inbox import sending
from studiolab.studio_operations.inbox.contacts import contact_id

from .app.small_channels import SECRET, signed, small, whatsapp
from .graph_server import PHONE, TOKEN, error

ANA = contact_id("oak", "whatsapp:4915112345")


@pytest.fixture
def run(tmp_path, monkeypatch, graph):
    """Run `studiolab inbox` with these words; Ana has just written."""
    given = {"STUDIOLAB_HOME": tmp_path, "META_GRAPH_URL": graph.url, "WHATSAPP_APP_SECRET": SECRET}
    monkeypatch.setitem(sending.GAPS, "whatsapp", timedelta(seconds=1))
    for name, value in given.items():
        monkeypatch.setenv(name, str(value))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    settings.cache_clear()
    bench = small(tmp_path, META_GRAPH_URL=graph.url)
    bench.connect_channel("oak", "whatsapp", PHONE, {}, {"token": TOKEN}, "olga")
    body = whatsapp("When is salsa?").replace(b"1760000000", str(int(time.time())).encode())
    bench.receive("whatsapp", signed(body), body).result(30)
    bench.close()

    def run(*words, studio=True, **more):
        words = [*map(str, words), *(("--studio", "oak") if studio else ())]
        return CliRunner().invoke(cli.app, ["inbox", *words], prog_name="studiolab", **more)

    yield run
    settings.cache_clear()


def queue(run, *words):
    return json.loads(run("outbox", "--json", *words).stdout)


def test_an_answer_goes_out_and_is_in_the_thread(run, graph):
    said = run("send", ANA, "On Tuesday at six.")
    assert (said.exit_code, f"to {ANA} by whatsapp: sent." in said.stdout) == (0, True)
    assert graph.sent[0]["text"]["body"] == "On Tuesday at six."
    assert "On Tuesday at six." in run("show", ANA).stdout
    assert run("send", ANA, "-", input="From a pipe.\n").exit_code == 0
    assert graph.sent[1]["text"]["body"] == "From a pipe."
    assert run("outbox").stdout == "Nothing waits: all that was written is sent.\n"
    [entry, *_] = Workbench(settings()).ledger.entries("oak", ["message sent"])
    assert entry["payload"]["contact_id"] == ANA


def test_a_template_is_sent_with_its_gaps_filled(run, graph):
    assert (
        run("send", ANA, "--template", "follow_up", "--language", "de", "--value", "Ana", "--value", "6 pm").exit_code
        == 0
    )
    told = graph.sent[0]["template"]
    assert (told["name"], told["language"]["code"]) == ("follow_up", "de")
    assert [one["text"] for one in told["components"][0]["parameters"]] == ["Ana", "6 pm"]


def test_what_is_for_later_waits_is_listed_and_withdrawn(run, graph):
    later = (pd.Timestamp.now("UTC") + pd.Timedelta(days=30)).floor("min")
    when = f"{later:%Y-%m-%dT%H:%M}"
    [told] = json.loads(run("send", ANA, "Still there?", "--later", when, "--unless-reply", "--json").stdout)
    assert (told["state"], pd.Timestamp(told["send_after"])) == ("waiting", later)
    [listed] = queue(run, "--contact", ANA)
    assert listed == told
    assert "Still there?" in run("outbox").stdout
    gone = run("withdraw", told["outbox_id"], studio=False)
    assert (gone.exit_code, "withdrawn: by " in gone.stdout) == (0, True)
    assert (queue(run), graph.sent) == ([], [])
    twice = run("withdraw", told["outbox_id"], studio=False)
    assert (twice.exit_code, "this message is withdrawn" in twice.stderr) == (2, True)


def test_what_failed_is_said_with_status_1_and_sent_again(run, graph):
    graph.script = [error(131026, "Message undeliverable")]
    said = run("send", ANA, "Hi")
    assert (said.exit_code, "not sent: " in said.stdout) == (1, True)
    [failed] = queue(run)
    assert failed["state"] == "failed"
    said = run("again", failed["outbox_id"], studio=False)
    assert (said.exit_code, ": sent." in said.stdout, len(graph.sent)) == (0, True, 1)


def test_a_sequence_is_made_begun_and_ended(run, tmp_path):
    assert run("sequences", "list").stdout.startswith("No sequences yet; ")
    kept = run("sequences", "save", "No answer", "--step", "1: Hi {first_name}: any questions?", "--step", "2.5: Bye")
    assert kept.stdout.startswith("No answer: 2 messages")
    template = {"name": "follow_up", "language": "de"}
    whole = {"name": "Late", "steps": [{"after_hours": 48, "text": "Hi", "template": template}]}
    (tmp_path / "late.json").write_text(json.dumps(whole))
    assert run("sequences", "save", tmp_path / "late.json").exit_code == 0
    shown = run("sequences", "list").stdout
    assert all(one in shown for one in ("No answer", "2.5 h", "Hi {first_name}: any questions?", "48 h", "follow_up"))
    assert [one["name"] for one in json.loads(run("sequences", "list", "--json").stdout)] == ["Late", "No answer"]
    begun = run("sequences", "start", "Late", ANA)
    assert (begun.exit_code, "is sent at" in begun.stdout) == (0, True)
    assert [one["sequence"] for one in queue(run)] == ["Late"]
    assert "'Late' runs for them already" in run("sequences", "start", "Late", ANA).stderr
    ended = run("sequences", "stop", "Late", ANA)
    assert (ended.exit_code, "withdrawn: sequence ended by" in ended.stdout, queue(run)) == (0, True, [])
    assert run("sequences", "stop", "Late", ANA).stdout == "'Late' does not run for them.\n"


@pytest.mark.parametrize(("words", "said"), [
    (("send", ANA), "text: is empty; write something, or name a template"),
    (("send", ANA, "Hi", "--channel", "fax"), "'email' or 'sms', got 'fax'"),
    (("send", ANA, "Hi", "--channel", "sms"), "cannot be reached by sms; there is whatsapp"),
    (("send", ANA, "Hi", "--value", "x"), "--value fills a gap of a template; name it with --template"),
    (("send", "c-nobody", "Hi"), "c-nobody"),
    (("withdraw", "o-none"), "there is no message 'o-none' on its way"),
    (("again", "o-none"), "there is no message 'o-none' on its way"),
    (("sequences", "save", "x"), "'x' has no steps yet: give it --step"),
    (("sequences", "save", "x.json"), "x.json cannot be read: there is no such file"),
    (("sequences", "save", "{}/bad.json"), "bad.json is no JSON"),
    (("sequences", "save", "{}/odd.json"), "Input should be a valid dictionary"),
    (("sequences", "save", "x", "--step", "soon"), "expected HOURS: TEXT"),
    (("sequences", "save", "x", "--step", "nan: hi"), "steps.0.after_hours"),
    (("sequences", "save", "x", "--step", "1:"), "steps.0.text"),
    (("sequences", "start", "x", ANA), "no sequence 'x'; there are: none yet"),
])  # fmt: skip
def test_what_is_wrong_is_one_sentence_and_nothing_goes_out(run, graph, tmp_path, words, said):
    (tmp_path / "bad.json").write_text("{")
    (tmp_path / "odd.json").write_text("[1]")
    result = run(*(word.replace("{}", str(tmp_path)) for word in words), studio=words[0] not in ("withdraw", "again"))
    assert (result.exit_code, said in " ".join(result.stderr.split())) == (2, True), result.stderr
    assert graph.sent == []
