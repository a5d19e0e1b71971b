"""How a mail is called in the tables, and how our own are called on their way.

A message's id is "email:account/other person/Message-ID": nobody can take the id of somebody else's message, and an
answer names the message it answers whichever of the two wrote that.
"""

import hashlib
import re

from studiolab.adapters.channels import clean

NAME = "email"
HEADER = "X-Outbox-Id"  # for those services that put a Message-ID of their own in place of ours
LONGEST = 200  # characters of a Message-ID that is kept as it is
OUTBOX_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")


def message_name(account, who, mail_id):
    """What a message is called, for `channels.message`; who : the other person's address."""
    mail_id = clean(mail_id) or ""
    return f"{account}/{who}/{mail_id if 0 < len(mail_id) <= LONGEST else digest(mail_id.encode())}"


def mail_id_of(message_id, account, who):
    """The Message-ID of a message with `who` by its id in the tables, to answer it; None where it has none."""
    start = f"{NAME}:{account}/{who}/"
    rest = message_id[len(start) :] if message_id.startswith(start) else ""
    is_one = re.fullmatch(r"[\x21-\x3b\x3d\x3f-\x7e]+", rest) and not rest.startswith("sha256-")
    return rest if is_one else None


def mail_id(outbox_id, account):
    """The Message-ID of what is sent from the outbox, the same whenever it is asked; ValueError for no such id."""
    if not OUTBOX_ID.fullmatch(outbox_id):
        raise ValueError(f"outbox_id: got {outbox_id!r}, expected letters, digits, - and _")
    return f"{outbox_id}.outbox@{account.rpartition('@')[2]}"


def outbox_id(found, account):
    """The outbox_id in a Message-ID that `mail_id` made; None where somebody else made it."""
    name, _, domain = found.partition(".outbox@")
    return name if domain == account.rpartition("@")[2] and OUTBOX_ID.fullmatch(name) else None


def own_id(heads, account):
    """The Message-ID under which `account` sent something, by its headers; None where it has none."""
    given = heads.first(HEADER.lower())
    if OUTBOX_ID.fullmatch(given):
        return mail_id(given, account)
    return next(iter(heads.ids("message-id")), None)


def digest(data):
    """A name for what has none."""
    return "sha256-" + hashlib.sha256(data).hexdigest()
