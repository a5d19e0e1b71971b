"""What mail servers and programs report of a message that was sent: not delivered, delivered, read.

Sources: RFC 3464 (delivery status), RFC 8098 (disposition), and the older forms of Exim and qmail.
"""

import re
from email import message_from_string
from email.parser import HeaderParser
from typing import NamedTuple

from studiolab.adapters.channels.mail_body import content
from studiolab.adapters.channels.mail_heads import Heads, addresses
from studiolab.adapters.channels.mail_ids import own_id

ACTIONS = {"failed": "failed", "delivered": "delivered", "displayed": "read"}
SENDERS = ("mailer-daemon@", "postmaster@")
FAILURES = re.compile(
    r"undeliver|delivery (?:status notification \(failure|has failed|failed)|returned mail|failure notice|"
    r"mail delivery fail|unzustellbar|non remis|no se ha podido|non recapitabile",
    re.IGNORECASE,
)
OF = re.compile(r"^[> ]*message-id:\s*<([^<>\s]{1,300})>", re.IGNORECASE | re.MULTILINE)


class Report(NamedTuple):
    """status : of schema.DELIVERY, None for one that changes nothing, as a delay; about : Message-ID of what was sent
    and sender : who sent it, None where it is not said; people : addresses it was sent to."""

    status: object
    about: object
    people: list
    sender: object
    reason: object


def report(message, heads, account):
    """The `Report` that a mail is, on something that `account` sent; None where it is none."""
    parts = {part.get_content_type(): part for part in list(message.walk())[:50]}
    told = parts.get("message/delivery-status") or parts.get("message/disposition-notification")
    if told is not None:
        fields = _fields(told)
        action = fields.get("action", fields.get("disposition", "").rpartition(";")[2]).split("/")[0].strip().lower()
        recipient = fields.get("final-recipient", fields.get("original-recipient", "")).rpartition(";")[2].strip()
        reason = fields.get("diagnostic-code", fields.get("status", "")).partition(";")
        about, to, sender = _returned(parts, account)
        about = about or (re.findall(r"<([^<>\s]+)>", fields.get("original-message-id", "")) or [None])[0]
        named = to or [address for address, _ in addresses(recipient)]
        return Report(ACTIONS.get(action), about, named, sender, (reason[2] or reason[0]).strip()[:300] or None)
    is_by_a_server = any(name in heads.first("from").lower() for name in SENDERS)
    if "x-failed-recipients" in heads or (is_by_a_server and FAILURES.search(heads.text("subject") or "")):
        text = content(message, with_quotes=True)[0] or ""
        about, to, sender = _returned(parts, account)
        about = about or (OF.findall(text) or [None])[0]
        named = to or [address for address, _ in heads.people("x-failed-recipients")]
        return Report("failed", about, named, sender, re.sub(r"\s+", " ", text)[:300] or None)
    return None


def _fields(part):
    """All fields of the blocks of a report, the last of a name; a broken one is read as far as it goes."""
    payload = part.get_payload()
    blocks = payload if isinstance(payload, list) else [message_from_string(str(payload))]
    fields = {}
    for block in blocks:
        inner = [block] if block.items() else [HeaderParser().parsestr(str(block.get_payload()))]
        for one in inner:
            fields |= {name: values[0] for name, values in Heads(one).items()}
    return fields


def _returned(parts, account):
    """(Message-ID, recipients, sender) of the message that came back, as far as it did."""
    for kind in ("message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers"):
        part = parts.get(kind)
        if part is not None:
            payload = part.get_payload()
            inner = payload[0] if isinstance(payload, list) else HeaderParser().parsestr(str(payload))
            heads = Heads(inner)
            sender = [address for address, _ in heads.people("from")]
            to = [address for address, _ in heads.people("to", "cc")]
            return own_id(heads, account), to, (sender or [None])[0]
    return None, [], None
