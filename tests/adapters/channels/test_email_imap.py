import itertools

import pytest

from studiolab.adapters.channels.email_imap import Channel

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
    channel = Channel(settings, secrets)
    dovecot.deliver(settings["account"], mail("ana", settings["account"], "Trial?"))
    batch, cursor = channel.sync({})
    [question] = batch.messages
    sent = channel.send(
        "email:ana@people.example", "Yes, on Monday.", "row-1", subject="Trial?", about=question["message_id"]
    )
    at_home = Channel(settings | {"account": "ana@people.example", "user": "ana@people.example"}, secrets)
    [answer] = at_home.sync({})[0].messages
    assert (answer["subject"], answer["body"], answer["sender_name"]) == ("Re: Trial?", "Yes, on Monday.", "Studio One")
    assert answer["about"].partition(":")[2].rpartition("/")[2] == question["message_id"].rpartition("/")[2]
    [copy] = channel.sync(cursor)[0].messages
    assert copy["message_id"] == sent.message_id
    assert (copy["direction"], copy["about"]) == ("outbound", question["message_id"])
