"""E-mail over IMAP and SMTP, which every provider has.

A cursor is {"folders": {name: {"validity", "uid"}}, "left"}: up to which message each folder was read, under which
numbering (UIDVALIDITY, RFC 3501 2.3.1.1), and how many are left at most. Where a server numbers anew, the folder is
read anew, and the names of the messages keep them from doubling.
"""

import contextlib
import time
from datetime import UTC, datetime, timedelta

from studiolab.adapters.channels import Batch, Gone, Sent, media
from studiolab.adapters.channels.mail_box import MailBox
from studiolab.adapters.channels.mail_ids import NAME, mail_id, mail_id_of, message_name
from studiolab.adapters.channels.mail_send import answering, handed_over, mail, server_of, signed_in
from studiolab.adapters.channels.mail_text import attachment, parse
from studiolab.adapters.errors import StudiolabError

PORTION = 500  # messages of one call of `sync`
AT_ONCE = 50  # messages asked for in one command
MOST_BYTES = 2_000_000  # of one message; what is longer is attachments, and their beginning will do
MOST_FOLDERS = 50  # that are looked through for one mail
MOST_NAMED = 5  # mails of one Message-ID, which is to be one
SYNC_SECONDS = 120
DAYS = 365  # how far back a mailbox is read at first
ACCOUNT = "the address of the mailbox"
SECRETS = {"password": "of the mailbox; many providers want one made for a program (an app password)"}
SETTINGS = {}
OPTIONAL = {
    "user": "the name to sign in with, the address by default",
    "imap_host": "the server to read from, e.g. imap.studio.example", "imap_port": "993 by default",
    "imap_security": "tls, starttls or none; tls by default",
    "smtp_host": "the server to send through, e.g. smtp.studio.example", "smtp_port": "587 by default",
    "smtp_security": "starttls, tls or none; starttls by default",
    "studio_name": "the name of the sender", "sent_folder": "the folder of sent mail, as the server calls it",
    "days": f"how far back to read at first, {DAYS} by default, 0 for all",
}  # fmt: skip


class Channel:
    """A mailbox; see adapters.channels.Channel.

    settings : account, its address; user, imap_host, imap_port, imap_security, smtp_host, smtp_port, smtp_security,
        each of them known for large providers and guessed from the address; studio_name, of the sender; days, how far
        back to read at first; sent_folder
    secrets : password
    """

    def __init__(self, settings, secrets):
        self.account = settings["account"].strip().lower()
        self._settings = server_of(self.account) | {key: value for key, value in settings.items() if value is not None}
        self._secrets = secrets

    def sync(self, cursor):
        """What came to the inbox and the sent mail since the cursor, at most PORTION, and the next cursor.

        Whatever was read before the line broke is kept. Raises Later or StudiolabError where nothing was.
        """
        batch, cursor = Batch(), {"folders": dict(cursor.get("folders", {})), "left": 0}
        before, until = dict(cursor["folders"]), time.monotonic() + SYNC_SECONDS
        try:
            with MailBox(self._settings, self._secrets, SYNC_SECONDS) as box:
                sent = self._settings.get("sent_folder") or box.sent_folder()
                for folder in filter(None, (sent, "INBOX")):  # what is ours is known by the time somebody claims it
                    self._read(box, folder, cursor, batch, until)
                    if cursor["left"]:
                        break
        except StudiolabError as error:
            if cursor["folders"] == before:
                raise
            batch.skipped.append(f"email: {error}")
            cursor["left"] = cursor["left"] or 1
        return batch, cursor

    def check(self):
        """A sentence on the mailbox; asks both servers to let us in."""
        with MailBox(self._settings, self._secrets, SYNC_SECONDS) as box:
            box.open("INBOX")
        signed_in(self._settings, self._secrets).close()
        return f"{self.account} at {self._settings['imap_host']}"

    def media(self, reference, message_id, handle):
        """As `channels.Channel.media`: of the mail itself, which is read once more."""
        named = mail_id_of(message_id, self.account, handle.removeprefix("email:"))
        if not named:
            raise Gone("This mail bears no name by which the mailbox would find it again; look in the mailbox itself.")
        with MailBox(self._settings, self._secrets, SYNC_SECONDS) as box:
            return attachment(self._named(box, named), reference)

    def send(self, handle, text, outbox_id, template=None, subject=None, about=None):
        """Hand a mail over, as an answer to `about` where that is given, and put a copy to the sent mail."""
        to = handle.removeprefix("email:")
        answers = about and mail_id_of(about, self.account, to)
        if answers:
            subject = subject or self._subject(answers)
            subject = subject and answering(subject)
        message = mail(self.account, self._settings.get("studio_name"), to, text, outbox_id, subject, answers)
        handed_over(message, self._settings, self._secrets)
        with contextlib.suppress(StudiolabError):  # it is sent, whatever becomes of the copy
            self._file(message)
        name = message_name(self.account, to, mail_id(outbox_id, self.account))
        return Sent(f"{NAME}:{name}", datetime.now(UTC))

    def _subject(self, answered):
        """The subject of a message in the inbox; None where it is not there any more."""
        with contextlib.suppress(StudiolabError), MailBox(self._settings, self._secrets, SYNC_SECONDS) as box:
            box.open("INBOX")
            for uid in box.named(answered):
                return box.heads(uid).text("subject")
        return None

    def _named(self, box, named):
        """Yield the bytes of the mails of this Message-ID, in whichever folder they were put."""
        for folder in box.folders()[:MOST_FOLDERS]:
            box.open(folder)
            for uid in map(int, box.named(named)[:MOST_NAMED]):
                if box.sizes(uid, uid).get(uid, 0) > media.MOST_BYTES * 1.4:  # as mail writes it
                    raise StudiolabError(f"The mail has more than {media.MOST_BYTES // 2**20} MB; look at it there.")
                yield from (raw for _, _, raw in box.mails([uid]))

    def _file(self, message):
        with MailBox(self._settings, self._secrets, SYNC_SECONDS) as box:
            sent = self._settings.get("sent_folder") or box.sent_folder()
            if sent:
                box.open(sent)
                if not box.named(message["Message-ID"]):  # many providers do it themselves
                    box.put(sent, message.as_bytes())

    def _read(self, box, folder, cursor, batch, until):
        validity, following = box.open(folder)
        known = cursor["folders"].get(folder, {})
        at = known.get("uid", 0)
        if known.get("validity") != validity:
            days = int(self._settings.get("days", DAYS))
            first = box.since(datetime.now(UTC) - timedelta(days=days)) if days else 1
            at = (first or following) - 1
        taken, step = 0, AT_ONCE
        while at < following - 1 and taken < PORTION and time.monotonic() < until:
            last = min(at + step, following - 1)
            sizes = box.sizes(at + 1, last)
            step = AT_ONCE if sizes else step * 2  # numbers may lie far apart
            for uids, most in _groups(sizes):
                for uid, arrived, raw in box.mails(uids, most):
                    self._take(raw, folder, uid, arrived, batch)
                    taken += 1
                cursor["folders"][folder] = {"validity": validity, "uid": max(uids)}
            at = last
            cursor["folders"][folder] = {"validity": validity, "uid": at}
        cursor["folders"].setdefault(folder, {"validity": validity, "uid": at})
        cursor["left"] = following - 1 - at

    def _take(self, raw, folder, uid, arrived, batch):
        try:
            read = parse(raw, self.account, is_sent=folder != "INBOX", arrived=arrived)
        except ValueError as error:
            batch.skipped.append(f"email: {folder} {uid}: {error}")
            return
        batch.messages += read.messages
        batch.statuses += read.statuses
        batch.skipped += read.skipped


def _groups(sizes):
    """[(UIDs, most bytes of each or None)]: together what is small, by itself and in part what is large."""
    groups, size = [], MOST_BYTES
    for uid, one in sizes.items():
        if one > MOST_BYTES:
            groups.append(([uid], MOST_BYTES))
            size = MOST_BYTES
        elif size + one > MOST_BYTES:
            groups.append(([uid], None))
            size = one
        else:
            groups[-1][0].append(uid)
            size += one
    return groups
