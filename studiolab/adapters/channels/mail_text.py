"""One e-mail as rows: whoever wrote it, whatever is broken in it.

A message's id is "email:account/other person/Message-ID": nobody can take the id of somebody else's message, and an
answer names the message it answers whichever of the two wrote that. One sent to several people is a message to each.
What no person wrote to the studio is of kind "other": automatic replies, newsletters and lists, reports that name no
message, and mail that claims to be the studio's own but does not lie in its sent mail.
Sources: RFC 5322, 3834 (automatic replies), 2919 and 2369 (lists); SPEC D-01, D-02; FORMATS § 6.
"""

import hashlib
import re
from datetime import UTC, datetime
from email import message_from_bytes
from email.parser import BytesHeaderParser

from studiolab.adapters.channels import Batch, clean, message
from studiolab.adapters.channels.mail_body import content
from studiolab.adapters.channels.mail_heads import Heads
from studiolab.adapters.channels.mail_quotes import new_text
from studiolab.adapters.channels.mail_reports import own_id, report

NAME = "email"
NOBODY = "unknown"  # handle of who gives no address that could be written to
LONGEST_ID = 200
MOST_PEOPLE = 50  # of one message sent by the studio
FORWARDED = re.compile(r"\s*(?:fwd?|wg|tr|rv|i|enc|doorst|vs|vb|pd|転送|转发)\s*:", re.IGNORECASE)
NO_REPLY = re.compile(r"(?:do-?not-?|no-?)reply|notifications?@|wordpress@|forms?@", re.IGNORECASE)
AUTOMATIC = re.compile(
    r"(?:automatic reply|auto(?:matic)?[- ]?reply|out of (?:the )?office|automatische antwort|abwesenheit|"
    r"réponse automatique|respuesta automática|risposta automatica|resposta automática|automatisch antwoord)\b",
    re.IGNORECASE,
)


def parse(raw, account, is_sent=None, arrived=None):
    """`Batch` of the bytes of one mail in the mailbox `account`.

    is_sent : whether it lies in the sent mail; None where nobody knows, its From decides then
    arrived : Timestamp with a zone, when the mailbox got it; now by default. It serves where the mail's Date cannot be
    Raises ValueError for bytes that are no mail.
    """
    account, arrived = account.strip().lower(), arrived or datetime.now(UTC)
    mail, is_whole = _mail(raw)
    heads = Heads(mail)
    if not heads:
        raise ValueError("no mail: it has no headers")
    at, batch = heads.moment(arrived), Batch()
    told = report(mail, heads) if is_whole else None
    if told and not is_sent and _reported(told, account, at, batch):
        return batch
    text, media = content(mail) if is_whole else (None, [])
    subject = heads.text("subject")
    if text and not FORWARDED.match(subject or ""):
        text = new_text(text)
    people, direction = _people(heads, account, is_sent)
    kind = _kind(heads, direction, is_sent, people, text, media, account) if not told else "other"
    own = own_id(heads) if direction == "outbound" else heads.ids("message-id")
    for who, name in people:
        batch.messages.append(message(
            NAME, message_name(account, who, own[0] if own else _hash(raw)), account, who, kind, text, at, name=name,
            direction=direction, subject=subject, about=_about(heads, account, who), media=media,
        ))  # fmt: skip
    return batch


def message_name(account, who, mail_id):
    """What a message is called, for `channels.message`; who : the other person's address."""
    mail_id = clean(mail_id) or ""
    return f"{account}/{who}/{mail_id if len(mail_id) <= LONGEST_ID else _hash(mail_id.encode())}"


def mail_id_of(message_id, account, who):
    """The Message-ID in the name of a message with `who`, to answer it; None where it has none."""
    rest = message_id.removeprefix(f"{NAME}:").removeprefix(f"{account}/{who}/")
    return rest if re.fullmatch(r"[^\s<>/][^\s<>]*", rest) and not rest.startswith("sha256-") else None


def _mail(raw):
    """(message, whether its parts could be told apart)."""
    try:
        mail = message_from_bytes(raw)
        list(mail.walk())
        return mail, True
    except (RecursionError, ValueError, LookupError, TypeError, AttributeError):
        return BytesHeaderParser().parsebytes(raw), False


def _people(heads, account, is_sent):
    """([(address, name)] of the others, direction)."""
    [writer] = (heads.people("from") or heads.people("sender", "return-path") or [(NOBODY, _shown(heads))])[:1]
    answer_to = [one for one in heads.people("reply-to") if one[0] != account]
    is_own = writer[0] == account or is_sent
    by_a_form = writer[0] == account and heads.people("to")[:1] == [(account, None)]
    if answer_to and not is_sent and (NO_REPLY.search(writer[0]) or (is_own and by_a_form)):
        return answer_to[:1], "inbound"  # what a form on a website sends
    if not is_own:
        return [writer], "inbound"
    others = {}
    for address, _ in heads.people("to", "cc", "bcc"):
        if address != account:
            others.setdefault(address, None)
    others = others or {account if heads.people("to") else NOBODY: None}
    return list(others.items())[:MOST_PEOPLE], "outbound"


def _kind(heads, direction, is_sent, people, text, media, account):
    if direction == "outbound":
        if is_sent is False:
            return "other"
    elif (_is_automatic(heads) and not NO_REPLY.search(heads.first("from"))) or (
        _is_automatic(heads) and people[0][0] == (heads.people("from") or [("", None)])[0][0]
    ):
        return "other"
    if text or not media:
        return "text"
    main = media[0]["mime_type"].partition("/")[0]
    return main if main in ("image", "audio", "video") else "document"


def _is_automatic(heads):
    """Whether a program wrote it, or it went to many."""
    submitted = heads.first("auto-submitted").lower().partition(";")[0].strip()
    to_many = heads.first("precedence").lower() in ("bulk", "junk", "list", "auto_reply")
    marked = {"list-id", "list-unsubscribe", "x-autoreply", "x-autorespond", "feedback-id"} & heads.keys()
    return bool(submitted not in ("", "no") or to_many or marked or AUTOMATIC.match(heads.text("subject") or ""))


def _about(heads, account, who):
    named = heads.ids("in-reply-to")[:1] or heads.ids("references")[-1:]
    return message_name(account, who, named[0]) if named else None


def _reported(told, account, at, batch):
    """Whether a report became statuses; what names no message of ours is left to be read by people."""
    status, about, recipients, sender, reason = told
    if about is None or not recipients or sender not in (None, account):
        return False
    if status is None:
        batch.skipped.append(f"email: a report that changes nothing: {reason}")
        return True
    for who in dict.fromkeys(recipients):
        batch.statuses.append({
            "message_id": clean(f"{NAME}:{message_name(account, who, about)}"), "status": status,
            "account_id": account, "told_at": at, "reason": clean(reason) if status == "failed" else None,
        })  # fmt: skip
    return True


def _shown(heads):
    return heads.text("from")


def _hash(data):
    return "sha256-" + hashlib.sha256(data).hexdigest()
