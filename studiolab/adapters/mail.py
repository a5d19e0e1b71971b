"""E-mail out, over SMTP."""

import smtplib
import ssl
from email.utils import formatdate, make_msgid
from functools import partial

from studiolab.adapters.errors import StudiolabError

SECONDS = 20


def opened(host, port=587, user=None, password=None, security="starttls"):
    """A line to an SMTP server that has let us in, to be used with `with`.

    security : "starttls", "tls" from the first byte, or "none"
    Raises what smtplib and sockets do.
    """
    trusted = ssl.create_default_context()
    way = partial(smtplib.SMTP_SSL, context=trusted) if security == "tls" else smtplib.SMTP
    server = way(host, port, timeout=SECONDS)
    try:
        if security == "starttls":
            server.starttls(context=trusted)
        if user:
            server.login(user, password or "")
    except BaseException:
        server.close()
        raise
    return server


def send(message, host, port=587, user=None, password=None, security="starttls"):
    """Hand an EmailMessage with From and To to an SMTP server.

    security : "starttls", "tls" from the first byte, or "none"
    Raises StudiolabError in a sentence that says what to do; nothing was sent then.
    """
    message["Date"], message["Message-ID"] = formatdate(usegmt=True), make_msgid(domain="studiolab")
    where = f"The mail server {host}:{port}"
    try:
        with opened(host, port, user, password, security) as server:
            server.send_message(message)
    except smtplib.SMTPAuthenticationError:
        raise StudiolabError(f"{where} does not let us in; check SMTP_USER and SMTP_PASSWORD.") from None
    except smtplib.SMTPRecipientsRefused as error:
        [(address, (_, words))] = error.recipients.items()
        raise StudiolabError(f"{where} does not take mail for {address}: {words.decode(errors='replace')}.") from None
    except smtplib.SMTPNotSupportedError as error:
        if "SMTPUTF8" in str(error):
            raise StudiolabError(f"{where} takes no address with such letters: {message['To']}.") from None
        raise StudiolabError(f"{where} has no STARTTLS or sign-in; set SMTP_SECURITY to tls, as it offers.") from None
    except (smtplib.SMTPException, OSError) as error:
        raise StudiolabError(
            f"{where} did not take the message ({error}); check SMTP_HOST and SMTP_PORT, or save it as a draft."
        ) from None
