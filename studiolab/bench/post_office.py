"""A real mail server for tests and measurements: SMTP in, delivered into the mailboxes of a Dovecot."""

import socket

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult


class PostOffice:
    """SMTP on `port` for who knows the Dovecot's password.

    says : address or "DATA" to the answer it gives to that instead; taken : envelopes that it took
    breaks : "RCPT", "DATA" or "DELIVERED", at which it hangs up without a word
    """

    def __init__(self, dovecot):
        self.dovecot, self.says, self.taken, self.breaks = dovecot, {}, [], None
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        self._controller = Controller(self, "127.0.0.1", self.port, authenticator=self._let_in,
                                      auth_require_tls=False, enable_SMTPUTF8=True)  # fmt: skip
        self._controller.start()

    def stop(self):
        self._controller.stop()

    def _let_in(self, server, session, envelope, mechanism, given):
        return AuthResult(success=given.password == self.dovecot.password.encode(), handled=False)

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.breaks == "RCPT":
            server.transport.abort()
        if address in self.says:
            return self.says[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if "DATA" in self.says:
            return self.says["DATA"]
        if self.breaks != "DATA":
            self.taken.append(envelope)
            for user in envelope.rcpt_tos:
                self.dovecot.deliver(user.lower(), envelope.content)
        if self.breaks:
            server.transport.abort()
        return "250 OK"
