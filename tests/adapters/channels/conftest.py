"""Servers of channels on this machine: Meta's, and real ones for mail."""

import socket

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from studiolab import install

from ...dovecot_server import DovecotServer
from ...graph_server import GraphServer

PASSWORD = "mail-pass"


@pytest.fixture
def graph():
    """A `GraphServer`."""
    server = GraphServer()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def dovecot():
    """A `DovecotServer`; `make test` installs it on Debian, elsewhere these tests are skipped where it is missing."""
    if install.dovecot() is None:
        pytest.skip("no Dovecot on this machine: apt-get install dovecot-imapd, or brew install dovecot")
    server = DovecotServer(PASSWORD)
    yield server
    server.close()


class PostOffice:
    """An SMTP server that delivers into the mailboxes of a Dovecot.

    says : address or "DATA" to the answer it gives to that instead; breaks : the command at which it hangs up
    """

    def __init__(self, dovecot):
        self.dovecot, self.says, self.taken, self.breaks = dovecot, {}, [], None

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.breaks == "RCPT":
            server.transport.abort()
        if address in self.says:
            return self.says[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.breaks == "DATA":
            server.transport.abort()
        if "DATA" in self.says:
            return self.says["DATA"]
        self.taken.append(envelope)
        for user in envelope.rcpt_tos:
            self.dovecot.deliver(user.lower(), envelope.content)
        return "250 OK"


@pytest.fixture
def post_office(dovecot):
    """(PostOffice, port); it lets in who knows PASSWORD."""
    office = PostOffice(dovecot)

    def let_in(server, session, envelope, mechanism, given):
        return AuthResult(success=given.password == PASSWORD.encode(), handled=False)

    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    controller = Controller(
        office, "127.0.0.1", port, authenticator=let_in, auth_require_tls=False, enable_SMTPUTF8=True
    )
    controller.start()
    yield office, port
    controller.stop()
