import contextlib
import imaplib
import itertools
import json
import os
import socket
import threading
from email.message import EmailMessage

import pytest

from studiolab.adapters.channels import Gone, Later, email_imap, mail_box, media
from studiolab.adapters.channels.email_imap import Channel
from studiolab.adapters.errors import StudiolabError

from .conftest import PASSWORD

numbers = itertools.count()


@pytest.fixture
def account(dovecot):
    """settings and secrets of a mailbox that nobody else uses."""
    name = f"studio{next(numbers)}@studio.example"
    settings = {"account": name, "imap_host": "127.0.0.1", "imap_port": dovecot.port, "imap_security": "none",
                "smtp_host": "127.0.0.1", "smtp_security": "none", "studio_name": "Studio One"}  # fmt: skip
    return settings, {"password": PASSWORD}


def mail(name, to, subject="Hello", body="Do you have a class?", **headers):
    lines = {
        "From": f"{name.title()} <{name}@people.example>", "To": to, "Subject": subject,
        "Message-ID": f"<{name}-{next(numbers)}@people.example>", "Date": "Mon, 02 Nov 2026 10:00:00 +0100",
    }  # fmt: skip
    lines |= {key.replace("_", "-"): value for key, value in headers.items()}
    return ("".join(f"{key}: {value}\r\n" for key, value in lines.items()) + "\r\n" + body + "\r\n").encode()


def with_file(name, to, file, data):
    """A mail with a picture attached."""
    told = EmailMessage()
    told["From"], told["To"], told["Subject"] = f"{name}@people.example", to, "Me"
    told["Message-ID"] = f"<{name}-{next(numbers)}@people.example>"
    told.set_content("Look")
    told.add_attachment(data, "image", "jpeg", filename=file)
    return told.as_bytes()


class Breaking:
    """A line to a server that is cut once `after` bytes have come from it; with it as a port."""

    def __init__(self, port, after):
        self._port, self._after = port, after

    def __enter__(self):
        self._server = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()
        return self._server.getsockname()[1]

    def __exit__(self, *_):
        self._server.close()

    def _serve(self):
        client, _ = self._server.accept()
        server = socket.create_connection(("127.0.0.1", self._port))
        threading.Thread(target=self._asks, args=(client, server), daemon=True).start()
        left = self._after
        while left > 0 and (data := server.recv(min(left, 4096))):
            client.sendall(data)
            left -= len(data)
        for line in (client, server):
            line.shutdown(socket.SHUT_RDWR)
            line.close()

    def _asks(self, client, server):
        try:
            while data := client.recv(4096):
                server.sendall(data)
        except OSError:
            return


def test_a_mailbox_becomes_rows_once_each(dovecot, account):
    settings, secrets = account
    for one in range(7):
        dovecot.deliver(settings["account"], mail(f"ana{one}", settings["account"]))
    channel = Channel(settings, secrets)
    batch, cursor = channel.sync({})
    assert sorted(row["handle"] for row in batch.messages) == [f"email:ana{n}@people.example" for n in range(7)]
    assert cursor["left"] == 0
    batch, cursor = channel.sync(cursor)
    assert batch.messages == []
    dovecot.deliver(settings["account"], mail("late", settings["account"]))
    batch, _ = channel.sync(cursor)
    assert [row["sender_name"] for row in batch.messages] == ["Late"]


def test_an_answer_arrives_in_the_thread_and_in_the_sent_mail(dovecot, account, post_office):
    settings, secrets = account
    _, settings["smtp_port"] = post_office
    channel, name = Channel(settings, secrets), f"ana{next(numbers)}"
    dovecot.deliver(settings["account"], mail(name, settings["account"], "Trial?"))
    batch, cursor = channel.sync({})
    [question] = batch.messages
    sent = channel.send(f"email:{name}@people.example", "Yes, on Monday.", "o-1", about=question["message_id"])
    at_home = Channel(settings | {"account": f"{name}@people.example"}, secrets)
    [answer] = at_home.sync({})[0].messages
    assert (answer["subject"], answer["body"], answer["sender_name"]) == ("Re: Trial?", "Yes, on Monday.", "Studio One")
    assert answer["about"].partition(":")[2].rpartition("/")[2] == question["message_id"].rpartition("/")[2]
    [copy] = channel.sync(cursor)[0].messages
    assert copy["message_id"] == sent.message_id
    assert (copy["direction"], copy["about"]) == ("outbound", question["message_id"])


def test_a_large_mailbox_comes_in_portions_that_say_how_much_is_left(dovecot, account, monkeypatch):
    monkeypatch.setattr(email_imap, "PORTION", 100)
    monkeypatch.setattr(email_imap, "AT_ONCE", 30)
    settings, secrets = account
    for one in range(250):
        dovecot.deliver(settings["account"], mail(f"p{one}", settings["account"]))
    channel, cursor, found, left = Channel(settings, secrets), {}, [], []
    while not left or left[-1]:
        batch, cursor = channel.sync(json.loads(json.dumps(cursor)))
        found += [row["message_id"] for row in batch.messages]
        left.append(cursor["left"])
    assert len(found) == len(set(found)) == 250
    assert len(left) == 3
    assert left == sorted(left, reverse=True)


def test_a_mailbox_that_is_numbered_anew_is_read_anew_and_nothing_doubles(dovecot, account):
    settings, secrets = account
    address, channel = settings["account"], Channel(settings, secrets)
    sources = [mail("ana", address), mail("bo", address), mail("cy", address, Message_ID="")]
    for one in sources:
        dovecot.deliver(address, one)
    first, cursor = channel.sync({})
    for name in ("dovecot-uidlist", "dovecot.index.log", "dovecot.index", "dovecot.index.cache"):
        (dovecot.home / "mail" / address / name).unlink(missing_ok=True)
    dovecot.deliver(address, mail("dee", address))
    again, renewed = channel.sync(cursor | {"folders": {"INBOX": cursor["folders"]["INBOX"] | {"validity": 1}}})
    assert renewed["folders"]["INBOX"]["validity"] != 1
    assert {row["message_id"] for row in first.messages} < {row["message_id"] for row in again.messages}
    assert len(again.messages) == 4


def test_what_came_before_the_line_broke_is_kept_and_the_rest_comes_next(dovecot, account, monkeypatch):
    monkeypatch.setattr(email_imap, "AT_ONCE", 10)
    settings, secrets = account
    for one in range(60):
        dovecot.deliver(settings["account"], mail(f"b{one}", settings["account"], body="long " * 400))
    with Breaking(dovecot.port, after=60_000) as port:
        batch, cursor = Channel(settings | {"imap_port": port}, secrets).sync({})
    assert 0 < len(batch.messages) < 60
    assert cursor["left"] > 0
    assert "did not answer" in batch.skipped[-1]
    rest, cursor = Channel(settings, secrets).sync(cursor)
    assert len({row["message_id"] for row in batch.messages + rest.messages}) == 60
    assert len(batch.messages + rest.messages) == 60


def test_a_huge_mail_is_read_by_its_beginning(dovecot, account, monkeypatch):
    monkeypatch.setattr(email_imap, "MOST_BYTES", 5_000)
    settings, secrets = account
    dovecot.deliver(settings["account"], mail("ana", settings["account"], body="words\r\n" * 3_000))
    dovecot.deliver(settings["account"], mail("bo", settings["account"]))
    batch, _ = Channel(settings, secrets).sync({})
    assert [row["sender_name"] for row in batch.messages] == ["Ana", "Bo"]
    assert 4_000 < len(batch.messages[0]["body"]) < 5_000


def test_a_mailbox_is_read_as_far_back_as_its_settings_say(dovecot, account):
    settings, secrets = account
    dovecot.deliver(settings["account"], mail("ana", settings["account"]))
    old = next((dovecot.home / "mail" / settings["account"] / "new").iterdir())
    os.utime(old, (1_600_000_000, 1_600_000_000))
    assert Channel(settings, secrets).sync({})[0].messages == []
    assert len(Channel(settings | {"days": "0"}, secrets).sync({})[0].messages) == 1


def test_nothing_in_the_mailbox_is_changed_by_reading_it(dovecot, account):
    settings, secrets = account
    dovecot.deliver(settings["account"], mail("ana", settings["account"]))
    Channel(settings, secrets).sync({})
    line = imaplib.IMAP4("127.0.0.1", dovecot.port)
    line.login(settings["account"], PASSWORD)
    line.select("INBOX", readonly=True)
    assert line.search(None, "UNSEEN")[1] == [b"1"]
    line.logout()


def test_check_says_whose_mailbox_it_is_and_asks_both_servers(account, post_office):
    settings, secrets = account
    _, settings["smtp_port"] = post_office
    assert settings["account"] in Channel(settings, secrets).check()
    for wrong in ({"imap_port": settings["smtp_port"]}, {"smtp_port": settings["imap_port"]}):
        with pytest.raises(StudiolabError, match=r"The mail server 127\.0\.0\.1"):
            Channel(settings | wrong, secrets).check()


@pytest.mark.parametrize("password", ["wrong", "", 'a "b\\c', "ünïcödé", "a\r\nA1 LOGOUT"])
def test_a_wrong_password_says_so_and_is_not_told(account, password):
    settings, _ = account
    with pytest.raises(StudiolabError, match=r"does not let .* in; check the password") as raised:
        Channel(settings, {"password": password}).sync({})
    assert not password or password not in str(raised.value)


def test_a_server_that_is_not_there_or_says_nothing_is_asked_later(account, monkeypatch):
    settings, secrets = account
    monkeypatch.setattr(mail_box, "SECONDS", 0.5)
    silent = socket.create_server(("127.0.0.1", 0))
    port = silent.getsockname()[1]
    with pytest.raises(Later, match="did not answer"):
        Channel(settings | {"imap_port": port}, secrets).sync({})
    silent.close()
    with pytest.raises(Later, match="did not answer"):
        Channel(settings | {"imap_port": port}, secrets).sync({})


@pytest.mark.parametrize("before", [b"", b"* OK [CAPABILITY IMAP4rev1] hello\r\n"])
def test_a_server_that_speaks_letter_by_letter_is_left(account, monkeypatch, before):
    monkeypatch.setattr(mail_box, "SECONDS", 2)
    monkeypatch.setattr(email_imap, "SYNC_SECONDS", 2)
    settings, secrets = account
    over, server = threading.Event(), socket.create_server(("127.0.0.1", 0))

    def speak():
        line, _ = server.accept()
        with line, contextlib.suppress(OSError):
            line.sendall(before)
            while not over.wait(0.2):
                line.sendall(b"*")

    speaking = threading.Thread(target=speak, daemon=True)
    speaking.start()
    ends = threading.Timer(60, over.set)  # by then it would be the server that ended it
    ends.start()
    with pytest.raises(Later, match="did not answer"):
        Channel(settings | {"imap_port": server.getsockname()[1]}, secrets).sync({})
    assert not over.is_set()
    over.set()
    ends.cancel()
    speaking.join(60)
    server.close()


NUMBERED = b"* OK [UIDVALIDITY 1] y", b"* OK [UIDNEXT 9] z"


class Babbling:
    """An IMAP server that says OK to everything, with these lines before it; with it as a port."""

    def __init__(self, *lines):
        self._lines = lines

    def __enter__(self):
        self._server = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()
        return self._server.getsockname()[1]

    def __exit__(self, *_):
        self._server.close()

    def _serve(self):
        client, _ = self._server.accept()
        with client, client.makefile("rwb") as line:
            line.write(b"* OK [CAPABILITY IMAP4rev1] hello\r\n")
            line.flush()
            for asked in line:
                told = b"".join(one + b"\r\n" for one in self._lines)
                line.write(told + asked.split()[0] + b" OK done\r\n")
                line.flush()


@pytest.mark.parametrize(
    "lines",
    [
        (),
        (b"* garbage",),
        (b"",),
        (b"* 1 FETCH",),
        (b"* 1 FETCH (UID RFC822.SIZE)",),
        (b"* SEARCH x y",),
        (b"* OK [UIDVALIDITY x] y", b"* OK [UIDNEXT 9] z"),
        (b'* LIST (\\Sent) "/" "\xff"',),
        (b"* LIST",),
        (b"+ go on",),
        (*NUMBERED, b"* 1 FETCH (UID 3 RFC822.SIZE 9)", b"* SEARCH 3"),
        (*NUMBERED, b"* 1 FETCH (RFC822.SIZE 9 BODY[] {5}", b"hello)", b"* SEARCH 3"),
    ],
)
def test_a_server_that_babbles_is_no_fault_of_ours(account, monkeypatch, lines):
    monkeypatch.setattr(mail_box, "SECONDS", 2)
    settings, secrets = account
    with Babbling(*lines) as port:
        try:
            batch, cursor = Channel(settings | {"imap_port": port}, secrets).sync({})
        except StudiolabError:
            return
    assert batch.messages == []
    assert cursor["left"] >= 0


def test_what_is_attached_is_read_from_the_mailbox_once_more(dovecot, account):
    settings, secrets = account
    name, picture = settings["account"], b"\xff\xd8\xff" + bytes(range(256)) * 12_000
    dovecot.deliver(name, with_file("ana", name, "small.jpg", picture[:900]))
    dovecot.deliver(name, with_file("ben", name, "large.jpg", picture))  # read in part, for it is so long
    box = Channel(settings, secrets)
    rows = {row["handle"]: row for row in box.sync({})[0].messages}
    with imaplib.IMAP4("127.0.0.1", settings["imap_port"]) as line:  # as a person puts mail away
        line.login(name, PASSWORD)
        line.create("Trials")
        line.select("INBOX")
        line.copy("2", "Trials")
        line.store("2", "+FLAGS", r"\Deleted")
        line.expunge()
    for who, file, data in (("ana", "small.jpg", picture[:900]), ("ben", "large.jpg", picture)):
        row = rows[f"email:{who}@people.example"]
        [told] = json.loads(row["media"])
        assert box.media(told, row["message_id"], row["handle"]) == (data, "image/jpeg", file)
    with pytest.raises(Gone, match="not in the mailbox any more"):
        box.media(told, row["message_id"].replace("ben-", "eve-"), row["handle"])
    with pytest.raises(Gone, match="bears no name"):
        box.media(told, f"email:{name}/ben@people.example/sha256-0", row["handle"])
    with pytest.raises(Gone, match="not in the mailbox any more"):
        box.media(told | {"id": "9"}, row["message_id"], row["handle"])


def test_a_mail_that_is_too_long_is_not_fetched(dovecot, account, monkeypatch):
    settings, secrets = account
    name = settings["account"]
    dovecot.deliver(name, with_file("ana", name, "a.jpg", bytes(3000)))
    box = Channel(settings, secrets)
    [row] = box.sync({})[0].messages
    monkeypatch.setattr(media, "MOST_BYTES", 1000)
    with pytest.raises(StudiolabError, match="look at it there"):
        box.media(json.loads(row["media"])[0], row["message_id"], row["handle"])
