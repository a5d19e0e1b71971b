"""Mail on its way out: the message, and an SMTP server that takes it, refuses it, or leaves us in doubt."""

import re
import smtplib
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate

from studiolab.adapters.channels import Later, Refused, Unsure, clean
from studiolab.adapters.channels.mail_heads import is_address
from studiolab.adapters.channels.mail_ids import HEADER, mail_id
from studiolab.adapters.mail import opened

GREYLISTED = 300  # seconds: the usual wait of servers that take mail from strangers the second time only
SERVERS = {
    "gmail.com": ("imap.gmail.com", "smtp.gmail.com"),
    "googlemail.com": ("imap.gmail.com", "smtp.gmail.com"),
    "icloud.com": ("imap.mail.me.com", "smtp.mail.me.com"),
    "me.com": ("imap.mail.me.com", "smtp.mail.me.com"),
    "yahoo.com": ("imap.mail.yahoo.com", "smtp.mail.yahoo.com"),
    "gmx.de": ("imap.gmx.net", "mail.gmx.net"),
    "gmx.net": ("imap.gmx.net", "mail.gmx.net"),
    "web.de": ("imap.web.de", "smtp.web.de"),
}
ANSWERED = re.compile(r"\s*(?:re|aw|sv|antw|odp|回复|r)\s*(?:\[\d+\])?\s*:", re.IGNORECASE)


def server_of(account):
    """The settings of an address's servers, of a large provider's or guessed from its domain."""
    domain = account.rpartition("@")[2]
    imap, smtp = SERVERS.get(domain, (f"imap.{domain}", f"smtp.{domain}"))
    return {"user": account, "imap_host": imap, "imap_port": 993, "imap_security": "tls",
            "smtp_host": smtp, "smtp_port": 587, "smtp_security": "starttls"}  # fmt: skip


def mail(account, name, to, text, outbox_id, subject=None, answers=None):
    """An EmailMessage to `to`; answers : Message-ID of what it answers. Raises Refused for what is no address."""
    if not is_address(to):
        raise Refused(f"{to!r} is no address that a mail can be sent to.")
    message = EmailMessage(policy=SMTP.clone(utf8=not to.isascii()))
    message["From"] = Address(_line(name), addr_spec=account)
    message["To"] = to
    message["Subject"] = _line(subject)
    message["Date"] = formatdate(usegmt=True)
    message["Message-ID"], message[HEADER] = f"<{mail_id(outbox_id, account)}>", outbox_id
    if answers:
        message["In-Reply-To"] = message["References"] = f"<{answers}>"
    message.set_content(clean(text) or "", charset="utf-8")
    return message


def answering(subject):
    """The subject of an answer to one of `subject`."""
    return subject if ANSWERED.match(subject) else f"Re: {subject}"


def handed_over(message, settings, secrets):
    """Hand a mail to the SMTP server. Raises Refused, Later, or Unsure when the line broke while it had all of it."""
    where, server = _where(settings), signed_in(settings, secrets)
    try:
        _conversation(server, message, where)
    finally:
        server.close()


def signed_in(settings, secrets):
    """A line to the SMTP server. Raises Refused or Later."""
    where = _where(settings)
    try:
        return opened(settings["smtp_host"], int(settings["smtp_port"]), settings["user"], secrets.get("password"),
                      settings["smtp_security"])  # fmt: skip
    except smtplib.SMTPAuthenticationError as error:
        if error.smtp_code < 500:
            raise Later(f"{where} cannot check the password now: {_shown(error.smtp_error)}.", GREYLISTED) from None
        raise Refused(f"{where} does not let {settings['user']} in; check the password of the channel.") from None
    except smtplib.SMTPNotSupportedError:
        raise Refused(f"{where} has no STARTTLS or no sign-in; check smtp_security of the channel.") from None
    except (smtplib.SMTPException, OSError) as error:
        raise Later(f"{where} did not answer ({error}); it is tried again.") from None


def _where(settings):
    return f"The mail server {settings['smtp_host']}:{settings['smtp_port']}"


def _conversation(server, message, where):
    to, account = str(message["To"]), message["From"].addresses[0].addr_spec
    wide = [] if to.isascii() else ["SMTPUTF8"]
    if wide and not server.has_extn("smtputf8"):
        raise Refused(f"{where} takes no address with such letters: {to}.")
    try:
        server.ehlo_or_helo_if_needed()
        for answer in (lambda: server.mail(account, wide), lambda: server.rcpt(to), lambda: server.docmd("DATA")):
            _check(*answer(), where, to)
    except (smtplib.SMTPException, OSError) as error:
        raise Later(f"{where} broke off before it had the message ({error}); it is tried again.") from None
    lines = re.sub(rb"(?m)^\.", b"..", message.as_bytes())
    try:
        server.send(lines + b".\r\n")
        code, words = server.getreply()
    except (smtplib.SMTPException, OSError) as error:
        raise Unsure(f"{where} broke off when it had the message ({error}): look whether it arrived.") from None
    _check(code, words, where, to)


def _check(code, words, where, to):
    if code in (421, 450, 451, 452) or 400 <= code < 500:
        raise Later(f"{where} does not take mail for {to} now: {_shown(words)}.", GREYLISTED)
    if code >= 500 or code not in (250, 251, 252, 354):
        raise Refused(f"{where} does not take mail for {to}: {_shown(words)}.")


def _shown(words):
    return words.decode("utf-8", "replace")[:300] if isinstance(words, bytes) else str(words)[:300]


def _line(text):
    return " ".join("".join(c if c.isprintable() else " " for c in clean(text) or "").replace('"', "'").split())[:500]
