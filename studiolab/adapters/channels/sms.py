"""Text messages by Twilio: webhooks in, messages out, and its list of messages for what a webhook missed.

Sources: twilio.com/docs/messaging (guides/webhook-request, api/message-resource), docs/usage/security (signatures),
docs/api/errors; SPEC D-43.
"""

import base64
import hashlib
import hmac
import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import parse_qsl, quote, urlsplit

from studiolab.adapters.channels import Batch, Gone, Later, Refused, Sent, Unsure, clean, message
from studiolab.adapters.channels.media import download, file
from studiolab.adapters.channels.posting import ask, hand_over
from studiolab.adapters.channels.reading import dicts, identifier, likely, text
from studiolab.adapters.errors import StudiolabError

NAME = "sms"
URL = "https://api.twilio.com"
FILES = ("twilio.com", "twiliocdn.com", "amazonaws.com")  # where Twilio sends who asks for a picture, without login
LONGEST = 1600  # characters
STATUSES = {"sent": "sent", "delivered": "delivered", "read": "read", "undelivered": "failed", "failed": "failed"}
ACCOUNT = "the number as +491512345678, as Twilio lists it"
SETTINGS = {"account_sid": "AC…, of Twilio's console"}
SECRETS = {"auth_token": "beside the account SID"}
LATER = {20429: 1, 20503: 60, 14107: 1, 30001: 30, 30022: 30}
REFUSALS = {
    20003: "the account SID or auth token is wrong: connect the number again", 21211: "this is no telephone number",
    21214: "this number cannot be reached", 21408: "Twilio is not set to write to this country: allow it in its "
    "console", 21606: "the studio's number is not Twilio's, or takes no text messages", 21608: "a trial account writes "
    "only to numbers that it has verified", 21610: "this person wrote STOP: they have to write START first",
    21612: "there is no way from this number to that one", 21614: "this number takes no text messages", 21617: "the "
    "text is too long", 30003: "the telephone is off or out of reach", 30004: "the person has blocked the number",
    30005: "there is no such number any more", 30006: "a landline takes no text messages", 30007: "the carrier took "
    "it for spam", 30034: "the number is not registered for business messages (10DLC)",
}  # fmt: skip


def is_signed(auth_token, signature, url, fields):
    """Whether X-Twilio-Signature is of this address and these form fields, pairs; in constant time.

    With or without the standard port, for Twilio signs it either way.
    """
    parts = urlsplit(url)
    port = {"https": ":443", "http": ":80"}.get(parts.scheme, "")
    ported = parts._replace(netloc=parts.netloc + port).geturl() if parts.port is None else url
    told = "".join(name + value for name, value in sorted(set(fields)))
    given, found = (signature or "").encode("utf-8", "replace"), False
    for address in (url, ported):
        due = hmac.new(auth_token.encode(), (address + told).encode("utf-8", "replace"), hashlib.sha1).digest()
        found |= hmac.compare_digest(base64.b64encode(due), given)
    return found


def fields(body):
    """List of (name, value) of a form's bytes. Raises ValueError for what is none."""
    try:
        return parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=500)
    except ValueError as error:
        raise ValueError(f"the body is no form: {error}") from None


def parse(body, outbox_id=None):
    """`Batch` of a webhook's form: a message, or the status of one that we sent. Raises ValueError for what is none.

    outbox_id : that the address it came to names
    """
    told, batch = dict(fields(body)), Batch()
    sid = identifier(told, "MessageSid", "SmsSid")
    status = told.get("MessageStatus") or (told.get("SmsStatus") if "Body" not in told else None)
    if status and status != "received":
        row = _status(sid, status, text(told, "From"), _fault(text(told, "ErrorCode")), outbox_id=outbox_id)
        batch.statuses += row
        if not row:
            batch.skipped.append(f"{NAME}: a status {status[:40]!r}")
        return batch
    media = [{"url": told.get(f"MediaUrl{n}", ""), "mime_type": told.get(f"MediaContentType{n}", "")}
             for n in range(_count(text(told, "NumMedia")))]  # fmt: skip
    batch.messages.append(message(NAME, sid, identifier(told, "To"), identifier(told, "From"), _kind(media),
                                  text(told, "Body"), _moment(told.get("DateSent")), name=text(told, "ProfileName"),
                                  media=media))  # fmt: skip
    return batch


class Channel:
    """A connected number. settings : account, account_sid, and perhaps twilio_url, public_host and seconds;
    secrets : auth_token"""

    def __init__(self, settings, secrets):
        self.account, self.sid = settings["account"], settings["account_sid"]
        self.base = (settings.get("twilio_url") or URL).rstrip("/")
        self.url = f"{self.base}/2010-04-01/Accounts/{quote(self.sid, safe='')}"
        self.auth, self.host = (self.sid, secrets["auth_token"]), settings.get("public_host")
        self.seconds = float(settings.get("seconds") or 20)

    def send(self, handle, text, outbox_id, template=None, subject=None, about=None):
        """As `channels.Channel.send`; templates are for other channels."""
        if template or not text or len(text) > LONGEST:
            raise Refused(f"A text message has 1 to {LONGEST:,} characters and no template.")
        form = {"To": handle.removeprefix(f"{NAME}:"), "From": self.account, "Body": text}
        if self.host:
            where = f"https://{self.host}/api/integrations/webhook/sms/status"
            form["StatusCallback"] = f"{where}?outbox={quote(outbox_id, safe='')}"
        answer = hand_over("Twilio", f"{self.url}/Messages.json", seconds=self.seconds, auth=self.auth, data=form)
        sid = answer.told.get("sid")
        if answer.status < 300 and isinstance(sid, str):
            return Sent(f"{NAME}:{sid}", datetime.now(UTC))
        code = _code(answer)
        if answer.status < 300 or (answer.status >= 500 and code not in LATER):
            raise Unsure(f"Twilio answered nothing that can be read ({answer.status}).")
        words = f"Twilio did not take the message: {_words(answer)}."
        if code in LATER or answer.status == 429:
            raise Later(words, answer.wait or LATER.get(code, 1))
        raise Refused(words)

    def sync(self, cursor):
        """As `channels.Channel.sync`: what Twilio lists since the day before the last one asked for."""
        now = datetime.now(UTC)
        since = cursor.get("since") or f"{now - timedelta(days=30):%Y-%m-%d}"
        batch = Batch()
        for way in ("To", "From"):
            page = self._get("Messages.json", {way: self.account, "DateSent>": since, "PageSize": "1000"})
            for one in self._pages(page):
                _listed(one, way == "From", self.account, batch)
        return batch, {"since": f"{now - timedelta(days=1):%Y-%m-%d}"}

    def media(self, reference, message_id, handle):
        """As `channels.Channel.media`: of the message's address only the path counts: the login is Twilio's."""
        path = urlsplit(text(reference, "url") or self._listed_file(text(reference, "id") or "")).path
        if not re.fullmatch(rf"/2010-04-01/Accounts/{re.escape(self.sid)}/Messages/\w+/Media/\w+", path, re.ASCII):
            raise StudiolabError("The message names no file of this Twilio account; it was not asked for.")
        try:
            return file(download("Twilio", self.base + path, FILES, self.base, auth=self.auth), text(reference, "name"))
        except Gone as error:
            raise Gone(f"{error} Somebody deleted it there; ask them to send it again.") from None

    def _listed_file(self, name):
        """Where the file is that `_listed` named."""
        known = re.fullmatch(r"(\w+)/(\d{1,2})", name, re.ASCII)
        told = self._get(f"Messages/{known[1]}/Media.json", {}) if known else {}
        sids = [text(one, "sid") for one in dicts(told, "media_list")]
        if not known or int(known[2]) >= len(sids):
            raise StudiolabError("Twilio lists no such file of this message; it may have been deleted there.")
        return f"/2010-04-01/Accounts/{self.sid}/Messages/{known[1]}/Media/{sids[int(known[2])]}"

    def check(self):
        """Whose number it is, as Twilio tells."""
        name = text(self._get("", {}), "friendly_name")
        numbers = dicts(self._get("IncomingPhoneNumbers.json", {"PhoneNumber": self.account}), "incoming_phone_numbers")
        if self.account not in [one.get("phone_number") for one in numbers]:
            raise StudiolabError(f"Twilio's account {name!r} has no number {self.account}.")
        return f"{self.account}, of the account {name}"

    def _get(self, path, params):
        where = self.base + path if path.startswith("/") else f"{self.url}/{path}" if path else f"{self.url}.json"
        answer = ask("Twilio", "GET", where, seconds=self.seconds, auth=self.auth, params=params or None)
        if answer.status != 200:
            raise StudiolabError(f"Twilio does not tell of this account: {_words(answer)}.")
        return answer.told

    def _pages(self, page):
        while True:
            yield from dicts(page, "messages")
            following = text(page, "next_page_uri")
            if not following or not following.startswith("/2010-04-01/Accounts/"):
                return
            page = self._get(following, {})


def _listed(one, is_ours, account, batch):
    """A message of Twilio's list, and what became of it."""
    try:
        sid, at = identifier(one, "sid"), _moment(one.get("date_sent") or one.get("date_created"))
        who = identifier(one, "to" if is_ours else "from")
        media = [{"id": f"{sid}/{n}"} for n in range(_count(text(one, "num_media")))]
        kind, way = "document" if media else "text", "outbound" if is_ours else "inbound"
        batch.messages.append(message(NAME, sid, account, who, kind, text(one, "body"), at, direction=way, media=media))
        if is_ours:
            batch.statuses += _status(sid, one.get("status"), account, _fault(text(one, "error_code")), at)
    except ValueError as error:
        batch.skipped.append(f"{NAME}: a message with {error}")


def _status(sid, status, account, reason, at=None, outbox_id=None):
    known = STATUSES.get(status)
    row = {"message_id": clean(f"{NAME}:{sid}"), "status": known, "account_id": clean(account) or "",
           "told_at": at or datetime.now(UTC), "reason": reason, "outbox_id": clean(outbox_id)}  # fmt: skip
    return [row] if known else []


def _count(written):
    """How many files, of which more than 20 cannot be."""
    count = written or "0"
    return min(int(count), 20) if count.isdecimal() and len(count) < 4 else 0


def _kind(media):
    kind = media[0]["mime_type"].partition("/")[0] if media else "text"
    return kind if kind in ("text", "image", "audio", "video") else "document"


def _moment(written):
    """Of a date as mail writes it; now, where there is none."""
    try:
        at = parsedate_to_datetime(written)
        return likely(at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC))
    except (TypeError, ValueError, OverflowError, IndexError):
        return datetime.now(UTC)


def _fault(code):
    if not code or code == "0":
        return None
    known = REFUSALS.get(int(code)) if code.isdecimal() and len(code) < 7 else None
    return clean(f"{known or 'Twilio says no more'} ({code[:20]})")


def _words(answer):
    said, code = text(answer.told, "message"), _code(answer)
    return f"{REFUSALS.get(code) or (said or 'no reason')[:300]} ({code or answer.status})"


def _code(answer):
    return answer.told["code"] if isinstance(answer.told.get("code"), int) else None
