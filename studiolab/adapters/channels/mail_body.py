"""What a mail holds: its words, whatever their encoding, and references to what is attached.

Sources: RFC 2045 to 2049 (MIME), RFC 2183 (disposition), RFC 5545 (invitations).
"""

import hashlib
import re

from studiolab.adapters.channels.mail_heads import decoded, words
from studiolab.adapters.channels.mail_html import text_of

MOST_TEXT = 100_000  # characters of a body that is kept
MOST_PARTS = 200


def content(message, with_quotes=False):
    """(text, media) of an email.message.Message parsed with the policy compat32.

    text : the plain parts, or the HTML ones as text where there are no plain ones; None where there is none
    media : dicts {id, mime_type, name, size, sha256} of what is attached; id numbers the parts, from 1
    """
    plain, marked, media = [], [], []
    for number, part in enumerate(_parts(message), 1):
        kind, name = part.get_content_type(), _name(part)
        data = _bytes(part)
        if kind in ("text/plain", "text/html") and not (name or _is_attached(part)):
            text = decoded(data, _charset(part))
            (plain if kind == "text/plain" else marked).append(text[: 4 * MOST_TEXT])
            continue
        media.append(_reference(number, part, kind, name, data))
    text = "\n\n".join(one.strip("\r\n") for one in plain if one.strip())
    if not text:
        text = "\n\n".join(filter(None, (text_of(one, with_quotes) for one in marked)))
    if not text:
        text = "\n".join(_told(one) for one in media if "summary" in one)
    return text[:MOST_TEXT] or None, media


def attached(message, reference):
    """(bytes, name) of the part that a reference of `content` means; None where it is another or there is none.

    A mail that was read in part has parts of other bytes than its reference says; those go by their number and name.
    """
    parts = _parts(message)
    number = int(reference["id"]) if str(reference.get("id")).isdecimal() else 0
    for part in parts[number - 1 : number] if number else ():
        data, name = _bytes(part), _name(part)
        same = hashlib.sha256(data).hexdigest() == reference.get("sha256")
        if same or (part.get_content_type(), name) == (reference.get("mime_type"), reference.get("name")):
            return data, name
    return None


def _parts(message):
    """The parts that are no containers, without those of a message that is attached."""
    waiting, found = [message], []
    while waiting and len(found) < MOST_PARTS:
        part = waiting.pop(0)
        if part.is_multipart() and part.get_content_maintype() == "multipart":
            waiting[:0] = part.get_payload()
        else:
            found.append(part)
    return found


def _bytes(part):
    payload = part.get_payload()
    if isinstance(payload, list):  # a message or a report inside: as it stands
        return b"\n".join(one.as_bytes() for one in payload)
    try:
        return part.get_payload(decode=True) or b""
    except (ValueError, LookupError, AssertionError):
        return payload.encode("utf-8", "replace")


def _reference(number, part, kind, name, data):
    found = {"id": str(number), "mime_type": kind, "name": name, "size": len(data),
             "sha256": hashlib.sha256(data).hexdigest()}  # fmt: skip
    if kind == "text/calendar":
        found |= _invitation(decoded(data, _charset(part)))
    return {key: value for key, value in found.items() if value is not None}


def _invitation(text):
    """What the first event of a calendar says: {method, summary, starts, place}."""
    lines = re.sub(r"\r?\n[ \t]", "", text[:MOST_TEXT]).splitlines()
    found = {}
    for line in lines:
        name, _, value = line.partition(":")
        key = {"METHOD": "method", "SUMMARY": "summary", "DTSTART": "starts", "LOCATION": "place"}.get(
            name.partition(";")[0].upper()
        )
        within = key == "method" or "BEGIN:VEVENT" in lines[: lines.index(line)]
        if key and within and value.strip():
            found.setdefault(key, re.sub(r"\\([,;\\])", r"\1", value.replace("\\n", " ").strip())[:500])
    return found


def _told(invitation):
    return ", ".join(invitation[key] for key in ("method", "summary", "starts", "place") if key in invitation)


def _is_attached(part):
    return str(part.get("Content-Disposition", "")).strip().lower().startswith("attachment")


def _charset(part):
    try:
        return part.get_param("charset")
    except (ValueError, LookupError, TypeError):  # of its parts in an order that cannot be
        return None


def _name(part):
    """The name of an attached file, without any path; None where it has none."""
    try:
        name = part.get_filename()
    except (ValueError, LookupError, TypeError):
        return None
    name = words(str(name or "")).replace("\\", "/").rpartition("/")[2]
    return "".join(c for c in name if c.isprintable()).strip()[:200] or None
