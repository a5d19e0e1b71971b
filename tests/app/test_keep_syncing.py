"""Mail that comes without anybody's doing: from a real Dovecot, beside servers that hang, fail and are away."""

import socket
import subprocess
import sys
import threading
import time

import pandas as pd
import pytest

from studiolab.adapters.channels import email_imap, mail_box
from studiolab.adapters.turns import Turn
from studiolab.app import channel_sync, keep_syncing

from ..gmail_server import CLIENT, REFRESH, GmailServer
from .small_channels import MAIL_KEY, small

BOX = "hello@studio.example"
MAIL = "From: ana@people.example\nTo: {0}\nMessage-ID: <{1}@people.example>\n\n{1}\n"


@pytest.fixture
def silent(monkeypatch):
    """The port of a server that takes calls and says nothing, for as long as it is there."""
    monkeypatch.setattr(mail_box, "SECONDS", 600)
    server = socket.create_server(("127.0.0.1", 0))
    yield server.getsockname()[1]
    server.close()


@pytest.fixture
def bench(tmp_path, monkeypatch):
    monkeypatch.setattr(keep_syncing, "SECONDS", 0.05)
    bench = small(tmp_path, STUDIOLAB_SYNC_SECONDS=0.2)
    yield bench
    until(lambda: not any(one.name.startswith("email:") for one in threading.enumerate()))
    bench.close()


@pytest.fixture
def running(bench):
    """Begins `keep_syncing` in a thread; the Event that stops it."""
    stopped, threads = threading.Event(), []

    def begin():
        threads.append(threading.Thread(target=bench.keep_syncing, args=(stopped,), daemon=True))
        threads[0].start()
        return stopped

    yield begin
    stopped.set()
    for thread in threads:
        thread.join(60)


def connect(bench, dovecot, office, studio="oak", account=BOX):
    settings = {"imap_host": "127.0.0.1", "imap_port": str(dovecot.port), "imap_security": "none",
                "smtp_host": "127.0.0.1", "smtp_port": str(office.port), "smtp_security": "none"}  # fmt: skip
    bench.connect_channel(studio, "email", account, settings, {"password": MAIL_KEY}, "olga")


def moved(bench, port, account=BOX):
    """Have a connected mailbox be at another port."""
    value = bench.account_value(bench.db, "oak", f"email:{account}")
    with bench.db.transaction() as changes:
        bench.write_account(
            changes, "oak", f"email:{account}", value | {"settings": value["settings"] | {"imap_port": port}}
        )


def until(holds, seconds=60):
    ends = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < ends
        time.sleep(0.02)
    return found


def bodies(bench):
    return sorted(bench.db.read("messages", "oak")["body"])


def error_of(bench, account=BOX, studio="oak"):
    return bench.account_value(bench.db, studio, f"email:{account}").get("error")


def test_mail_is_there_by_itself_beside_a_server_that_hangs_and_one_that_fails(
    bench, dovecot, office, silent, running, monkeypatch
):
    for studio, account in (("oak", BOX), ("oak", "hangs@studio.example"), ("elm", "fails@studio.example")):
        connect(bench, dovecot, office, studio, account)
    moved(bench, silent, "hangs@studio.example")
    reads = email_imap.Channel.sync

    def sync(box, cursor):
        if box.account.startswith("fails"):
            raise RuntimeError("nobody thought of this")
        return reads(box, cursor)

    monkeypatch.setattr(email_imap.Channel, "sync", sync)
    running()
    for said in (["n0"], ["n0", "n1"], ["n0", "n1", "n2"]):  # each found by another look, while others are silent
        dovecot.deliver(BOX, MAIL.format(BOX, said[-1]).encode())
        until(lambda said=said: bodies(bench) == said)
    failed = until(lambda: error_of(bench, "fails@studio.example", "elm"))
    assert "the program failed while it read (RuntimeError)" in failed["says"]
    status = {one.account: one for told in bench.channel_status("elm") for one in told.accounts}
    assert status["fails@studio.example"].last_error == failed["says"]
    assert error_of(bench) is None


HOLDS = """
import sys, time
from studiolab.adapters.turns import Turn
with Turn(sys.argv[1]).taken() as is_ours:
    print(is_ours, flush=True)
    time.sleep(600)
"""


def test_a_mailbox_is_read_by_one_program_at_a_time_and_kill_9_frees_it(bench, dovecot, office, running, monkeypatch):
    account = "turns@studio.example"
    connect(bench, dovecot, office, account=account)
    dovecot.deliver(account, MAIL.format(account, "hi").encode())
    path = bench.turn_of("oak", f"email:{account}").path
    with subprocess.Popen([sys.executable, "-c", HOLDS, path], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "True\n"
        tried, asks = [], bench._ask_account
        monkeypatch.setattr(bench, "_ask_account", lambda *given: (asks(*given), tried.append(given)))
        running()
        until(lambda: len(tried) > 3)
        assert bodies(bench) == []
        monkeypatch.setattr(channel_sync, "TURN_SECONDS", 0.2)
        assert "another program is reading it" in bench.sync_channels("oak")[0].error
        assert error_of(bench, account) is None  # that is nothing in the way of the account
        other.kill()
    until(lambda: bodies(bench) == ["hi"])


def test_what_fails_is_asked_less_and_less_often_and_at_once_when_a_person_asks(tmp_path, dovecot, office):
    bench, account = small(tmp_path, STUDIOLAB_SYNC_SECONDS=60), "fails@studio.example"
    connect(bench, dovecot, office, account=account)
    port = bench.account_value(bench.db, "oak", f"email:{account}")["settings"]["imap_port"]
    one, pauses = ("oak", f"email:{account}"), []
    assert bench.accounts_due(time.time()) == [one]
    moved(bench, 1, account)
    for _ in range(7):
        assert "did not answer" in bench.sync_channels("oak")[0].error
        error = error_of(bench, account)
        at, again = (pd.Timestamp(error[name]).timestamp() for name in ("at", "again_at"))
        pauses.append(round(again - at))
        assert (bench.accounts_due(again - 1), bench.accounts_due(again)) == ([], [one])
    assert pauses == [60, 120, 240, 480, 900, 900, 900]
    moved(bench, port, account)
    dovecot.deliver(account, MAIL.format(account, "late").encode())
    assert bench.sync_channels("oak")[0].messages == 1
    assert error_of(bench, account) is None
    now = time.time()
    assert (bench.accounts_due(now), bench.accounts_due(now + 61)) == ([], [one])
    bench.disconnect_channel("oak", "email", account, "olga")
    assert bench.accounts_due(now + 61) == []
    bench.close()


@pytest.mark.parametrize(("topic", "host", "seconds"), [
    ("projects/p/topics/t", "studio.example.org", 3600), ("projects/p/topics/t", "", 60), ("", "studio.example.org", 60)
])  # fmt: skip
def test_a_mailbox_that_google_tells_of_is_asked_seldom_and_its_watch_is_renewed(tmp_path, topic, host, seconds):
    google = GmailServer(BOX)
    bench = small(tmp_path, STUDIOLAB_SYNC_SECONDS=60, STUDIOLAB_PUBLIC_HOST=host)
    given = {"way": "gmail", "google_url": google.url} | ({"topic": topic} if topic else {})
    bench.connect_channel("oak", "email", BOX, given, CLIENT | {"refresh_token": REFRESH}, "olga")
    bench.sync_channels("oak")
    assert len(google.watched) == bool(topic)
    ended = bench.turn_of("oak", f"email:{BOX}").ended
    assert bench.accounts_due(ended + seconds - 1) == []
    assert bench.accounts_due(ended + seconds) == [("oak", f"email:{BOX}")]
    google.stop()
    bench.close()


def test_where_nothing_is_new_nobody_who_looks_at_the_inbox_is_woken(bench, dovecot, office):
    account = "quiet@studio.example"
    connect(bench, dovecot, office, account=account)
    dovecot.deliver(account, MAIL.format(account, "hi").encode())
    bench.sync_channels("oak")
    before = bench.db.revision("messages", "message_statuses", "inbox_settings")
    assert bench.sync_channels("oak")[0].messages == 0
    assert bench.db.revision("messages", "message_statuses", "inbox_settings") == before


def test_what_is_read_after_the_end_is_left_for_the_next_time(bench, dovecot, office, running, monkeypatch):
    account, asked, goes_on = "ends@studio.example", threading.Event(), threading.Event()
    connect(bench, dovecot, office, account=account)
    dovecot.deliver(account, MAIL.format(account, "hi").encode())
    reads = email_imap.Channel.sync

    def sync(box, cursor):
        asked.set()
        goes_on.wait(60)
        return reads(box, cursor)

    monkeypatch.setattr(email_imap.Channel, "sync", sync)
    stopped = running()
    assert asked.wait(60)
    stopped.set()
    goes_on.set()
    until(lambda: not any(one.name == f"email:{account}" for one in threading.enumerate()))
    assert bodies(bench) == []
    assert bench.sync_channels("oak")[0].messages == 1


ENDS = """
import sys, threading
from studiolab.adapters.channels import mail_box
from studiolab.app import Workbench
from studiolab.settings import Settings
mail_box.SECONDS = 600
bench, stopped = Workbench(Settings(STUDIOLAB_HOME=sys.argv[1], STUDIOLAB_SYNC_SECONDS=1)), threading.Event()
threading.Thread(target=bench.keep_syncing, args=(stopped,), daemon=True).start()
sys.stdin.readline()
stopped.set()
"""


def test_a_program_ends_at_once_though_a_server_hangs(bench, dovecot, office, tmp_path):
    connect(bench, dovecot, office)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        moved(bench, silent.getsockname()[1])
        words = [sys.executable, "-c", ENDS, tmp_path]
        with subprocess.Popen(words, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
            line, _ = silent.accept()  # it is being read
            with line:
                _, said = running.communicate("\n", 60)
    assert (running.returncode, said) == (0, "")


def test_samples_are_nobodys_mailbox_and_are_not_asked(tmp_path):
    bench = small(tmp_path, STUDIOLAB_SYNC_SECONDS=1)
    bench.fill_demo_inbox("oak")
    assert "email" in {one.channel for one in bench.channel_status("oak") if one.accounts}
    assert bench.accounts_due(time.time() + 3600) == []
    bench.close()


def test_zero_seconds_is_only_when_somebody_asks(tmp_path):
    small(tmp_path, STUDIOLAB_SYNC_SECONDS=0).keep_syncing(threading.Event())


def test_a_turn_is_had_once_and_the_next_when_it_ended(tmp_path):
    turn = Turn(tmp_path / "a" / "turn")
    assert turn.ended is None
    with turn.taken() as first, Turn(turn.path).taken() as second:
        assert (first, second, turn.ended) == (True, False, None)
    before = time.time()
    with turn.taken() as again:
        assert again
    assert abs(turn.ended - before) < 60
    with pytest.raises(KeyError), turn.taken():
        raise KeyError
    with turn.taken(60) as again:
        assert again
