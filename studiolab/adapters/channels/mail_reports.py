"""What mail servers and programs report of a message that was sent: not delivered, delivered, read.

Sources: RFC 3464 (delivery status), RFC 8098 (disposition), and the older forms of Exim and qmail.
"""

import re
from email import message_from_string
from email.parser import HeaderParser

from studiolab.adapters.channels.mail_body import content
from studiolab.adapters.channels.mail_heads import Heads, addresses

ACTIONS = {"failed": "failed", "delivered": "delivered", "displayed": "read"}
SENDERS = ("mailer-daemon@", "postmaster@")
FAILURES = re.compile(
    r"undeliver|delivery (?:status notification \(failure|has failed|failed)|returned mail|failure notice|"
    r"mail delivery fail|unzustellbar|non remis|no se ha podido|non recapitabile",
    re.IGNORECASE,
)
OF = re.compile(r"^[> ]*message-id:\s*<([^<>\s]{1,300})>", re.IGNORECASE | re.MULTILINE)


def report(message, heads):
    """(status, Message-ID, recipients, sender, reason) that a mail reports; None where it is no report.

    status : of schema.DELIVERY, None for one that changes nothing, as a delay
    Message-ID : of what was sent, None where it is not named; sender : who sent it, None where it is not said
    """
    parts = {part.get_content_type(): part for part in list(message.walk())[:50]}
    told = parts.get("message/delivery-status") or parts.get("message/disposition-notification")
    if told is not None:
        fields = _fields(told)
        action = fields.get("action", fields.get("disposition", "").rpartition(";")[2]).split("/")[0].strip().lower()
        recipient = fields.get("final-recipient", fields.get("original-recipient", "")).rpartition(";")[2].strip()
        reason = fields.get("diagnostic-code", fields.get("status", "")).partition(";")
        about, to, sender = _returned(parts)
        about = about or (re.findall(r"<([^<>\s]+)>", fields.get("original-message-id", "")) or [None])[0]
        named = to or [address for address, _ in addresses(recipient)]
        return ACTIONS.get(action), about, named, sender, (reason[2] or reason[0]).strip()[:300] or None
    is_a_bounce = heads.first("from").lower().find(SENDERS[0]) >= 0 or heads.first("from").lower().find(SENDERS[1]) >= 0
    if "x-failed-recipients" in heads or (is_a_bounce and FAILURES.search(heads.text("subject") or "")):
        text = content(message, with_quotes=True)[0] or ""
        about, to, sender = _returned(parts)
        about = about or (OF.findall(text) or [None])[0]
        named = to or [address for address, _ in heads.people("x-failed-recipients")]
        return "failed", about, named, sender, re.sub(r"\s+", " ", text)[:300] or None
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


def _returned(parts):
    """(Message-ID, recipients, sender) of the message that came back, as far as it did."""
    for kind in ("message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers"):
        part = parts.get(kind)
        if part is not None:
            payload = part.get_payload()
            inner = payload[0] if isinstance(payload, list) else HeaderParser().parsestr(str(payload))
            heads = Heads(inner)
            sender = [address for address, _ in heads.people("from")]
            to = [address for address, _ in heads.people("to", "cc")]
            return (own_id(heads) or [None])[0], to, (sender or [None])[0]
    return None, [], None


def own_id(heads):
    """The Message-ID under which something was sent, for some services put one of their own in its place."""
    return heads.ids("x-outbox-id") or heads.ids("message-id")
