"""Gmail by its own API: what changed since a number, told at once by a push, and sending.

A cursor is {"history_id"} up to which the mailbox was read; while it is read for the first time, or anew because
Google forgot that number, {"full": {"history_id", "page", "seen"}} as well. "left" says how many are left, about.
Sources: developers.google.com/gmail/api (guides/sync, guides/push, reference/quota); FORMATS § 6 and § 8.
"""

import base64
import time
from datetime import UTC, datetime

from studiolab.adapters.channels import Batch, Gone, Later, Refused, Sent, Unsure
from studiolab.adapters.channels.google_sign_in import Tokens
from studiolab.adapters.channels.mail_ids import NAME, mail_id, mail_id_of, message_name
from studiolab.adapters.channels.mail_send import answering, mail
from studiolab.adapters.channels.mail_text import attachment, parse
from studiolab.adapters.channels.posting import TooLong, ask, hand_over
from studiolab.adapters.channels.reading import dicts, inner, load, text
from studiolab.adapters.errors import StudiolabError

API = "https://gmail.googleapis.com"
PAGE = 50  # messages of one page
SYNC_SECONDS = 120
MOST_NAMED = 5  # mails of one Message-ID, which is to be one
DAYS = 365  # how far back a mailbox is read at first
A_DAY = 86_400
NOT_OURS = {"DRAFT", "SPAM", "TRASH", "CHAT"}
QUOTA = {"rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "dailyLimitExceeded"}
ACCOUNT = "the address of the mailbox"
SETTINGS = {"way": "gmail"}
SECRETS = {"client_id": "of your app at Google", "client_secret": "of your app at Google",
           "refresh_token": "of this mailbox; agreeing in the browser fetches it"}  # fmt: skip
OPTIONAL = {
    "topic": "the Pub/Sub topic that tells of new mail, e.g. projects/P/topics/T",
    "studio_name": "the name of the sender",
    "days": f"how far back to read at first, {DAYS} by default",
    "google_url": "of a server in place of Google's",
}


class Channel:
    """A mailbox at Gmail; see adapters.channels.Channel. settings : account, and of OPTIONAL; secrets : SECRETS."""

    def __init__(self, settings, secrets):
        self.account, self._settings = settings["account"].strip().lower(), settings
        url = (settings.get("google_url") or "").rstrip("/")
        self._url, self._tokens = f"{url or API}/gmail/v1/users/me", Tokens(secrets, url)

    def check(self):
        """A sentence on the mailbox. Raises StudiolabError where it is another than `account`."""
        found = self.address()
        if found != self.account:
            raise StudiolabError(f"Google let us into {found}, not into {self.account}: agree with that account.")
        return f"{found} at Gmail"

    def address(self):
        """The address of the mailbox that Google lets us into. Raises StudiolabError."""
        return (text(self._get("profile"), "emailAddress") or "").lower()

    def sync(self, cursor):
        """What came or was sent since the cursor, and the next cursor. What was read before a fault is kept."""
        batch, cursor, before = Batch(), dict(cursor), dict(cursor)
        until, cursor["left"] = time.monotonic() + SYNC_SECONDS, 0
        try:
            self._watch(cursor, batch)
            if "history_id" in cursor and "full" not in cursor:
                try:
                    self._since(cursor, batch, until)
                except Gone:  # numbers are kept for a week or so
                    del cursor["history_id"]
            if "history_id" not in cursor:
                self._all(cursor, batch, until)
        except StudiolabError as error:
            if not batch.messages and cursor | {"left": 0} == before | {"left": 0}:
                raise
            batch.skipped.append(f"email: {error}")
            cursor["left"] = cursor["left"] or 1
        return batch, cursor

    def media(self, reference, message_id, handle):
        """As `channels.Channel.media`: of the mail itself, which is read once more."""
        named = mail_id_of(message_id, self.account, handle.removeprefix("email:"))
        if not named:
            raise Gone("This mail bears no name by which Gmail would find it again; look in the mailbox itself.")
        asked = {"q": f"rfc822msgid:{named}", "maxResults": MOST_NAMED}
        found = dicts(self._get("messages", params=asked), "messages")
        return attachment((self._whole(text(one, "id"))["raw"] for one in found), reference)

    def send(self, handle, text, outbox_id, template=None, subject=None, about=None):
        """Hand a mail over, in the thread of `about` where that is given."""
        to = handle.removeprefix("email:")
        answers = about and mail_id_of(about, self.account, to)
        thread, asked = self._thread(answers) if answers else (None, None)
        if answers and (subject or asked):
            subject = answering(subject or asked)
        told = mail(self.account, self._settings.get("studio_name"), to, text, outbox_id, subject, answers)
        raw = base64.urlsafe_b64encode(told.as_bytes()).decode()
        self._post({"raw": raw} | ({"threadId": thread} if thread else {}))
        name = message_name(self.account, to, mail_id(outbox_id, self.account))
        return Sent(f"{NAME}:{name}", datetime.now(UTC))

    def _watch(self, cursor, batch):
        """Ask Google to tell of new mail, a day before it would stop to."""
        topic = self._settings.get("topic")
        if not topic or cursor.get("watched_until", 0) > time.time() + A_DAY:
            return
        try:
            told = self._get("watch", "POST", json={"topicName": topic, "labelIds": ["INBOX", "SENT"],
                                                    "labelFilterBehavior": "include"})  # fmt: skip
            cursor["watched_until"] = int(text(told, "expiration") or 0) / 1000
        except (StudiolabError, ValueError) as error:
            batch.skipped.append(f"email: Gmail will not tell of new mail by itself: {error}")

    def _since(self, cursor, batch, until):
        while True:
            told = self._get("history", params={"startHistoryId": cursor["history_id"], "maxResults": PAGE,
                                                "historyTypes": "messageAdded"})  # fmt: skip
            steps = dicts(told, "history")
            for step in steps:
                self._take([inner(one, "message") for one in dicts(step, "messagesAdded")], batch)
                cursor["history_id"] = text(step, "id") or cursor["history_id"]
            if not told.get("nextPageToken") or not steps:
                cursor["history_id"] = text(told, "historyId") or cursor["history_id"]
                return
            if time.monotonic() > until:
                cursor["left"] = PAGE
                return

    def _all(self, cursor, batch, until):
        full = cursor.get("full") or {"history_id": text(self._get("profile"), "historyId"), "page": None, "seen": 0}
        days = int(self._settings.get("days") or DAYS)
        while True:
            asked = {"q": f"newer_than:{days}d", "maxResults": PAGE} | (
                {"pageToken": full["page"]} if full["page"] else {}
            )
            try:
                told = self._get("messages", params=asked)
            except StudiolabError as error:
                if full["page"] and not isinstance(error, Later):  # a page's name does not last
                    cursor["full"] = full | {"page": None, "seen": 0}
                raise
            found = dicts(told, "messages")
            self._take(found, batch)
            full = {
                "history_id": full["history_id"],
                "page": text(told, "nextPageToken"),
                "seen": full["seen"] + len(found),
            }
            cursor["full"] = full
            if not full["page"]:
                cursor["history_id"] = cursor.pop("full")["history_id"]
                return
            if time.monotonic() > until:
                cursor["left"] = max(int(told.get("resultSizeEstimate") or 0) - full["seen"], 1)
                return

    def _take(self, found, batch):
        for one in found:
            labels = set(one.get("labelIds") or ())
            if labels & NOT_OURS:
                continue
            try:
                told = self._whole(text(one, "id"))
                labels = set(told.get("labelIds") or ())
                if labels & NOT_OURS:
                    continue
                arrived = datetime.fromtimestamp(int(told["internalDate"]) / 1000, UTC)
                read = parse(told["raw"], self.account, is_sent="SENT" in labels, arrived=arrived)
            except Gone:  # deleted meanwhile
                continue
            except (ValueError, KeyError, TypeError, OverflowError) as error:
                batch.skipped.append(f"email: {text(one, 'id')}: {error}")
                continue
            batch.messages += read.messages
            batch.statuses += read.statuses
            batch.skipped += read.skipped

    def _whole(self, name):
        """A message with the bytes of its mail as "raw"; of one that is too long, its headers and first words."""
        try:
            told = self._get(f"messages/{name}", params={"format": "raw"})
            return told | {"raw": _bytes(told["raw"])}
        except TooLong:
            pass
        told = self._get(f"messages/{name}", params={"format": "metadata"})
        heads = [f"{text(one, 'name')}: {text(one, 'value')}" for one in dicts(inner(told, "payload"), "headers")
                 if not (text(one, "name") or "").lower().startswith("content-")]  # fmt: skip
        return told | {"raw": "\n".join([*heads, "", text(told, "snippet") or ""]).encode("utf-8", "replace")}

    def _thread(self, answers):
        """(thread, subject) of a message by its Message-ID, as far as they are known."""
        try:
            found = dicts(self._get("messages", params={"q": f"rfc822msgid:{answers}", "maxResults": 1}), "messages")
            if not found:
                return None, None
            told = self._get(
                f"messages/{text(found[0], 'id')}", params={"format": "metadata", "metadataHeaders": "Subject"}
            )
        except StudiolabError:
            return None, None
        heads = {text(one, "name"): text(one, "value") for one in dicts(inner(told, "payload"), "headers")}
        return text(found[0], "threadId"), heads.get("Subject")

    def _get(self, path, method="GET", **request):
        for is_refused in (False, True):
            headers = self._tokens.headers(is_refused)
            answer = ask("Gmail", method, f"{self._url}/{path}", headers=headers, **request)
            if answer.status != 401:
                break
        if answer.status == 200:
            return answer.told
        if answer.status == 404:
            raise Gone(f"Gmail has no {path} any more.")
        if _is_for_later(answer):
            raise Later(f"Gmail takes no more for now: {_words(answer)}.", answer.wait or 60)
        raise StudiolabError(f"Gmail would not tell of {self.account}: {_words(answer)}.")

    def _post(self, message):
        for is_refused in (False, True):
            headers = self._tokens.headers(is_refused)
            answer = hand_over("Gmail", f"{self._url}/messages/send", headers=headers, json=message)
            if answer.status != 401:
                break
        if answer.status == 200:
            return
        words = f"Gmail did not take the message: {_words(answer)}."
        if _is_for_later(answer):
            raise Later(words, answer.wait or 60)
        raise Unsure(words) if answer.status >= 500 else Refused(words)


def pushed(body):
    """The address of the mailbox that a push of Google's Pub/Sub tells of. Raises ValueError for what is none."""
    data = text(inner(load(body), "message"), "data") or ""
    try:
        data = _bytes(data)
    except ValueError as error:
        raise ValueError(f"the push holds no data that can be read: {error}") from None
    told = load(data)
    if not text(told, "emailAddress"):
        raise ValueError("a push of Gmail with an emailAddress was expected")
    return text(told, "emailAddress").strip().lower()


def _bytes(data):
    return base64.urlsafe_b64decode(data + "=" * (-len(data) % 4))


def _is_for_later(answer):
    reasons = {text(one, "reason") for one in dicts(inner(answer.told, "error"), "errors")}
    return answer.status in (429, 503) or (answer.status == 403 and bool(reasons & QUOTA))


def _words(answer):
    return (text(inner(answer.told, "error"), "message") or f"HTTP {answer.status}")[:300]
