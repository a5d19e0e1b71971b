"""One e-mail as rows: whoever wrote it, whatever is broken in it.

One sent to several people is a message to each. What no person wrote to the studio is of kind "other": automatic
replies, newsletters and lists, reports that name no message, and mail that claims to be the studio's own but does not
lie in its sent mail. An answer to what our outbox sent tells that it arrived.
Sources: RFC 5322, 3834 (automatic replies), 2919 and 2369 (lists); SPEC D-01, D-02; FORMATS § 6.
"""

import re
from datetime import UTC, datetime
from email import message_from_bytes
from email.parser import BytesHeaderParser

from studiolab.adapters.channels import Batch, Gone, clean, message
from studiolab.adapters.channels.mail_body import attached, content
from studiolab.adapters.channels.mail_heads import Heads
from studiolab.adapters.channels.mail_ids import NAME, digest, message_name, outbox_id, own_id
from studiolab.adapters.channels.mail_quotes import new_text
from studiolab.adapters.channels.mail_reports import report
from studiolab.adapters.channels.media import file

NOBODY = "unknown"  # handle of who gives no address that could be written to
MOST_PEOPLE = 50  # of one message sent by the studio
FORWARDED = re.compile(r"\s*(?:fwd?|wg|tr|rv|i|enc|doorst|vs|vb|pd|転送|转发)\s*:", re.IGNORECASE)
PROGRAMS = re.compile(r"(?:do-?not-?|no-?)reply|notifications?@|wordpress@|forms?@|mailer@", re.IGNORECASE)
AUTOMATIC = re.compile(
    r"(?:automatic reply|auto(?:matic)?[- ]?reply|out of (?:the )?office|automatische antwort|abwesenheit|"
    r"réponse automatique|respuesta automática|risposta automatica|resposta automática|automatisch antwoord)",
    re.IGNORECASE,
)


def parse(raw, account, is_sent=None, arrived=None):
    """`Batch` of the bytes of one mail in the mailbox `account`.

    is_sent : whether it lies in the sent mail; None where nobody knows, its From decides then
    arrived : Timestamp with a zone, when the mailbox got it; now by default. It serves where the mail's Date cannot be
    Raises ValueError for bytes that are no mail.
    """
    account, batch = account.strip().lower(), Batch()
    mail, is_whole = _mail(raw)
    heads = Heads(mail)
    if not heads:
        raise ValueError("no mail: it has no headers")
    at = heads.moment(arrived or datetime.now(UTC))
    told = report(mail, heads, account) if is_whole and not is_sent else None
    if told and _is_of_ours(told, account):
        _take_report(told, account, at, batch)
        return batch
    people, direction, is_by_a_form = _people(heads, account, is_sent)
    is_automatic = direction == "inbound" and (told or (_is_automatic(heads) and not is_by_a_form))
    text, media = _content(mail, heads) if is_whole else (None, [])
    kind = "other" if is_automatic or (direction == "outbound" and is_sent is False) else _kind(text, media)
    own = own_id(heads, account) if direction == "outbound" else next(iter(heads.ids("message-id")), None)
    answered = next(iter(heads.ids("in-reply-to")[:1] or heads.ids("references")[-1:]), None)
    for who, name in people:
        row = message(NAME, message_name(account, who, own or digest(raw)), account, who, kind, text, at, name=name,
                      direction=direction, subject=heads.text("subject"), media=media,
                      about=answered and message_name(account, who, answered))  # fmt: skip
        batch.messages.append(row)
        if is_sent and own and outbox_id(own, account):
            batch.statuses.append(_status(row["message_id"], "sent", account, at, outbox_id(own, account)))
        elif direction == "inbound" and answered and outbox_id(answered, account):
            arrival = "delivered" if is_automatic else "read"
            batch.statuses.append(_status(row["about"], arrival, account, at, outbox_id(answered, account)))
    return batch


def attachment(mails, reference):
    """`media.File` of what one of these mails, bytes, has attached as a message's reference says. Raises Gone."""
    for raw in mails:
        mail, is_whole = _mail(raw)
        found = attached(mail, reference) if is_whole else None
        if found:
            return file(*found)
    raise Gone("The mail is not in the mailbox any more.")


def _mail(raw):
    """(message, whether its parts could be told apart)."""
    try:
        mail = message_from_bytes(raw)
        list(mail.walk())
        return mail, True
    except (RecursionError, ValueError, LookupError, TypeError, AttributeError):
        return BytesHeaderParser().parsebytes(raw), False


def _people(heads, account, is_sent):
    """([(address, name)] of the others, direction, whether a form on a website sent it for them)."""
    writers = heads.people("from") or heads.people("sender", "return-path") or [(NOBODY, heads.text("from"))]
    writer, receivers = writers[0], heads.people("to", "cc", "bcc")
    answer_to = [one for one in heads.people("reply-to") if one[0] != account][:1]
    is_to_itself = writer[0] == account and [address for address, _ in receivers] == [account]
    if answer_to and not is_sent and (is_to_itself or PROGRAMS.search(writer[0])):
        return answer_to, "inbound", True
    if not is_sent and writer[0] != account:
        return [writer], "inbound", False
    others = dict.fromkeys(address for address, _ in receivers if address != account)
    others = list(others)[:MOST_PEOPLE] or [account if receivers else NOBODY]
    return [(address, None) for address in others], "outbound", False


def _content(mail, heads):
    """(what its writer wrote themselves, what is attached); a forwarded mail is kept whole."""
    is_forwarded = bool(FORWARDED.match(heads.text("subject") or ""))
    text, media = content(mail, with_quotes=is_forwarded)
    if text is None:
        text, media = content(mail, with_quotes=True)
    return text if text is None or is_forwarded else new_text(text), media


def _kind(text, media):
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


def _is_of_ours(told, account):
    return bool(told.about and told.people and told.sender in (None, account))


def _take_report(told, account, at, batch):
    if told.status is None:
        batch.skipped.append(f"email: a report that changes nothing: {told.reason}")
        return
    for who in dict.fromkeys(told.people):
        name = clean(f"{NAME}:{message_name(account, who, told.about)}")
        reason = told.reason if told.status == "failed" else None
        batch.statuses.append(_status(name, told.status, account, at, outbox_id(told.about, account), reason))


def _status(message_id, status, account, at, outbox, reason=None):
    return {"message_id": message_id, "status": status, "account_id": account, "told_at": at,
            "reason": clean(reason), "outbox_id": outbox}  # fmt: skip
