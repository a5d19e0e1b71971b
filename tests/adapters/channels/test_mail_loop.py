"""A mail's whole way, over real servers: SMTP, a mailbox, our rows, an answer, and back."""

import json
import smtplib
import subprocess
import sys
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path

import pytest

from studiolab.adapters.channels.email_imap import Channel
from studiolab.adapters.database import open_database

from .conftest import PASSWORD

PEOPLE, ANSWERED = 300, 12


def account(dovecot, port, address):
    settings = {"account": address, "imap_host": "127.0.0.1", "imap_port": dovecot.port, "imap_security": "none",
                "smtp_host": "127.0.0.1", "smtp_port": port, "smtp_security": "none"}  # fmt: skip
    return settings, {"password": PASSWORD}


@pytest.fixture
def written(dovecot, post_office, request):
    """(settings, secrets, Message-IDs) of a mailbox that PEOPLE wrote to, each of them once."""
    port = post_office[1]
    settings, secrets = account(dovecot, port, f"{request.node.name[:20].lower()}@studio.example")
    ids = []
    with smtplib.SMTP("127.0.0.1", port) as line:
        for number in range(PEOPLE):
            told = EmailMessage()
            told["From"], told["To"] = f"Person {number} <p{number}@people.example>", settings["account"]
            told["Subject"], told["Message-ID"] = f"Question {number}", make_msgid(domain="people.example")
            told.set_content(f"May I come on day {number}? Çok teşekkürler")
            line.send_message(told)
            ids.append(told["Message-ID"].strip("<>"))
    return settings, secrets, ids


def test_everybody_is_heard_once_and_answers_stay_in_their_threads(dovecot, post_office, written):
    settings, secrets, ids = written
    channel = Channel(settings, secrets)
    heard, cursor = channel.sync({})
    assert sorted(row["message_id"].rpartition("/")[2] for row in heard.messages) == sorted(ids)
    sent = {}
    for row in heard.messages[:ANSWERED]:
        done = channel.send(row["handle"], f"Yes, {row['sender_name']}!", f"o-{len(sent)}",
                            subject=row["subject"], about=row["message_id"])  # fmt: skip
        sent[row["handle"]] = done.message_id, row
    for handle, (_, question) in sent.items():
        at_home = Channel(*account(dovecot, post_office[1], handle.partition(":")[2]))
        [answer] = at_home.sync({})[0].messages
        assert answer["subject"] == f"Re: {question['subject']}"
        assert answer["about"].rpartition("/")[2] == question["message_id"].rpartition("/")[2]
        at_home.send(f"email:{settings['account']}", "Thanks!", "o-back", subject=answer["subject"],
                     about=answer["message_id"])  # fmt: skip
    back, cursor = channel.sync(cursor)
    copies = {row["message_id"]: row for row in back.messages if row["direction"] == "outbound"}
    thanks = {row["handle"]: row for row in back.messages if row["direction"] == "inbound"}
    assert set(copies) == {message_id for message_id, _ in sent.values()}
    assert set(thanks) == set(sent)
    for handle, (message_id, question) in sent.items():
        assert thanks[handle]["about"] == message_id
        assert copies[message_id]["about"] == question["message_id"]
        assert thanks[handle]["body"] == "Thanks!"
    told = {(one["message_id"], one["status"], one["outbox_id"]) for one in back.statuses}
    names = [(message_id, f"o-{number}") for number, (message_id, _) in enumerate(sent.values())]
    assert told == {(name, status, outbox_id) for name, outbox_id in names for status in ("sent", "read")}
    assert channel.sync(cursor)[0].messages == []


@pytest.mark.parametrize("seed", [3])
def test_a_reader_that_is_killed_again_and_again_loses_nothing_and_doubles_nothing(written, tmp_path, seed):
    settings, secrets, ids = written
    url = f"sqlite:///{tmp_path / 'inbox.sqlite'}"
    script = Path(__file__).with_name("killed_sync.py")
    words = [sys.executable, script, url, json.dumps(settings), json.dumps(secrets), str(seed)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= 5
    db = open_database(url)
    kept = db.read("messages")["message_id"].str.rpartition("/")[2]
    db.close()
    assert sorted(kept) == sorted(ids)
