"""A line to a mailbox over IMAP (RFC 3501), whose errors are sentences and which never hangs.

The standard library's client, for it leaves the connection in our hands, whose end tells what was taken already.
"""

import contextlib
import imaplib
import re
import socket
import ssl
import threading
from datetime import UTC, datetime

from studiolab.adapters.channels import Later
from studiolab.adapters.channels.mail_heads import heads_of
from studiolab.adapters.errors import StudiolabError

SECONDS = 20  # for each answer of the server
GRACE = 0.5  # seconds in which a line that was not opened in time says so itself
SENT = ("sent", "sent items", "sent messages", "sent mail", "gesendet", "gesendete objekte", "gesendete elemente",
        "enviados", "itens enviados", "elementos enviados", "posta inviata", "verzonden items")  # fmt: skip
LISTED = re.compile(rb'\((?P<flags>[^)]*)\) (?:"(?P<mark>(?:[^"\\]|\\.)+)"|NIL) (?P<name>.+)')
UID, SIZE, AT = re.compile(rb"UID (\d+)"), re.compile(rb"RFC822\.SIZE (\d+)"), re.compile(rb'INTERNALDATE "([^"]+)"')


class MailBox:
    """A signed-in line, used with `with`; it breaks off by itself after `seconds`.

    settings : imap_host, imap_port, imap_security ("tls", "starttls" or "none"), user; secrets : password
    Its methods raise Later where the line fails, StudiolabError where the server refuses.
    """

    def __init__(self, settings, secrets, seconds):
        self._settings, self._secrets = settings, secrets
        self._where = f"The mail server {settings['imap_host']}:{settings['imap_port']}"
        self._alarm = threading.Timer(seconds, self._break_off)
        self._alarm.daemon = True

    def __enter__(self):
        with self._sentences():
            self._line = self._opened_in_time()
        self._alarm.start()
        try:
            self._sign_in()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError, imaplib.IMAP4.error):
            self._line.logout()
        self._alarm.cancel()

    def sent_folder(self):
        """The name of the folder of sent mail, as commands take it; None where there is none."""
        named = self._listed()
        marked = [name for name, flags in named.items() if rb"\sent" in flags]
        called = [name for name in named if re.split(r"[./]", name.strip('"'))[-1].lower() in SENT]
        return (marked + called + [None])[0]

    def folders(self):
        """Names of the folders that can be opened, as commands take them: the inbox and the sent mail first."""
        named = [name for name, flags in self._listed().items() if rb"\noselect" not in flags]
        return list(dict.fromkeys(filter(None, ("INBOX", self.sent_folder(), *named))))

    def open(self, folder):
        """(UIDVALIDITY, UIDNEXT) of a folder, opened for reading only."""
        with self._sentences():
            kind, told = self._line.select(folder, readonly=True)
            self._check(kind, told, f"open the folder {folder}")
            validity, following = (self._line.response(name)[1][0] for name in ("UIDVALIDITY", "UIDNEXT"))
            return int(validity or 0), int(following or 1)

    def since(self, moment):
        """The lowest UID of what arrived on the day of `moment` or later; None where nothing did."""
        found = self._asked("SEARCH", "SINCE", f"{moment:%d-}{MONTHS[moment.month - 1]}{moment:-%Y}")
        return min((int(one) for one in (found or [b""])[0].split() if one.isdigit()), default=None)

    def named(self, mail_id):
        """UIDs in the open folder of the messages of this Message-ID."""
        found = self._asked("SEARCH", "HEADER", "Message-ID", _quoted(mail_id))
        return found[0].split() if found else []

    def heads(self, uid):
        """The `Heads` of a message."""
        return heads_of(self._fetched([int(uid)], "BODY.PEEK[HEADER]")[0][2])

    def sizes(self, first, last):
        """dict of UID to bytes, of the messages from `first` to `last`, in order."""
        told = [one for one in self._asked("FETCH", f"{first}:{last}", "(UID RFC822.SIZE)") if isinstance(one, bytes)]
        named = [(UID.search(one), SIZE.search(one)) for one in told]
        pairs = sorted((int(uid[1]), int(size[1])) for uid, size in named if uid and size)
        return {uid: size for uid, size in pairs if first <= uid <= last}

    def mails(self, uids, most=None):
        """list of (UID, when it arrived, bytes), of `most` bytes each where that is given."""
        return self._fetched(uids, f"BODY.PEEK[]<0.{most}>" if most else "BODY.PEEK[]")

    def put(self, folder, mail):
        """Add a message that was read to a folder."""
        with self._sentences():
            kind, told = self._line.append(folder, r"(\Seen)", None, mail)
            self._check(kind, told, f"add to the folder {folder}")

    def _listed(self):
        with self._sentences():
            answers = [LISTED.match(one) for one in self._line.list()[1] if isinstance(one, bytes) and one.isascii()]
        return {one["name"].decode(): one["flags"].lower().split() for one in answers if one}

    def _fetched(self, uids, part):
        answers = self._asked("FETCH", ",".join(map(str, uids)), f"(UID INTERNALDATE {part})")
        found = []
        for one, following in zip(answers, [*answers[1:], b""], strict=True):
            if isinstance(one, tuple):
                told = one[0] + (following if isinstance(following, bytes) else b"")
                uid = UID.search(told)
                found += [(int(uid[1]), _moment(AT.search(told)), one[1])] if uid else []
        return found

    def _asked(self, command, *words):
        with self._sentences():
            kind, found = self._line.uid(command, *words)
            self._check(kind, found, command)
            return [one for one in found if one]

    def _opened_in_time(self):
        """The line, opened in a thread: what hangs there, as a name server or a greeting letter by letter, is left."""
        found = {}

        def open_it():
            try:
                found["line"] = self._opened()
            except Exception as error:
                found["fault"] = error

        opening = threading.Thread(target=open_it, name="mailbox", daemon=True)
        opening.start()
        opening.join(SECONDS + GRACE)
        if "line" in found:
            return found["line"]
        raise found.get("fault") or TimeoutError(f"no greeting within {SECONDS} seconds")

    def _opened(self):
        at, trusted = (self._settings["imap_host"], int(self._settings["imap_port"])), ssl.create_default_context()
        if self._settings["imap_security"] == "tls":
            return imaplib.IMAP4_SSL(*at, ssl_context=trusted, timeout=SECONDS)
        line = imaplib.IMAP4(*at, timeout=SECONDS)
        if self._settings["imap_security"] == "starttls":
            line.starttls(trusted)
        return line

    def _sign_in(self):
        user, password = self._settings["user"], self._secrets.get("password", "")
        with self._sentences():
            try:
                if "AUTH=PLAIN" in self._line.capabilities:  # which takes any letters
                    self._line.authenticate("PLAIN", lambda _: f"\0{user}\0{password}".encode())
                else:
                    self._line.login(_quoted(user), password)
            except imaplib.IMAP4.abort:
                raise
            except (imaplib.IMAP4.error, ValueError):
                raise StudiolabError(
                    f"{self._where} does not let {user} in; check the password: many providers want one made for this "
                    "program alone (an app password)."
                ) from None

    def _check(self, kind, told, what):
        if kind != "OK":
            raise StudiolabError(f"{self._where} would not {what}: {_shown(told)}.")

    def _break_off(self):
        with contextlib.suppress(OSError):
            self._line.socket().shutdown(socket.SHUT_RDWR)

    @contextlib.contextmanager
    def _sentences(self):
        try:
            yield
        except (imaplib.IMAP4.error, OSError, EOFError, ValueError, IndexError) as error:
            raise Later(f"{self._where} did not answer ({error}); check its name and port, or wait.") from None


MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


def _moment(told):
    """When a message arrived, by its INTERNALDATE as "22-Nov-2026 05:24:12 +0000"; None where it is not said."""
    if not told:
        return None
    day, month, rest = told[1].decode("ascii", "replace").strip().split("-", 2)
    try:
        return datetime.strptime(f"{day} {MONTHS.index(month.title()) + 1} {rest}", "%d %m %Y %H:%M:%S %z").astimezone(
            UTC
        )
    except ValueError:
        return None


def _quoted(text):
    plain = "".join(c for c in text if c.isprintable())
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _shown(told):
    return b" ".join(one for one in told if isinstance(one, bytes)).decode("utf-8", "replace")[:200]
