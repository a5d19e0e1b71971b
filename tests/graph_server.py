"""Meta's Graph API on this machine, as far as studios use it: tokens, ids, errors, limits, slow and broken lines."""

import json

from .local_server import LocalHandler, LocalServer

TOKEN = "EAAG-a-token-of-the-real-kind"
PHONE, PAGE, WABA = "106540352242922", "17841405309211844", "215589313241560883"


def error(code, message, status=400, subcode=None, **headers):
    """A fault as the Graph API words it."""
    told = {"message": f"(#{code}) {message}", "type": "OAuthException", "code": code, "fbtrace_id": "A"}
    return answer({"error": told | ({"error_subcode": subcode} if subcode else {})}, status, **headers)


def answer(body, status=200, **headers):
    """Any answer: body is bytes, or a value that becomes JSON; a header's _ becomes -."""
    body = body if isinstance(body, bytes) else json.dumps(body).encode()

    def reply(handler):
        handler.start(status, len(body), {k.replace("_", "-"): v for k, v in headers.items()})
        handler.wfile.write(body)

    return reply


def hangs_up():
    """The line breaks once the message was read."""
    return lambda handler: handler.connection.close()


def breaks_off():
    """Half an answer, then nothing."""

    def reply(handler):
        handler.start(200, 1000, {})
        handler.wfile.write(b'{"messages": [')
        handler.wfile.flush()
        handler.connection.close()

    return reply


def drips(pause=0.05):
    """An answer that never ends, a byte at a time."""

    def reply(handler):
        handler.start(200, 1_000_000, {})
        while not handler.server.stopped.wait(pause):
            handler.wfile.write(b" ")
            handler.wfile.flush()

    return reply


class GraphServer(LocalServer):
    """`url` for META_GRAPH_URL. It knows PHONE and PAGE under TOKEN, and takes messages for them.

    sent : JSON bodies of messages that it took, each with its path; script : replies that come first
    files : bytes by id, which it gives the address of; asked for without a token where their id begins with "open"
    tokens : what each question showed as Authorization
    """

    def __init__(self):
        self.sent, self.asked, self.script = [], [], []
        self.files, self.tokens = {}, []
        super().__init__(_Handler, "/v24.0")

    def says(self, *replies):
        """Answer the next questions so."""
        self.script = list(replies)
        return self


class _Handler(LocalHandler):
    def do_GET(self):
        self._answered(None)

    def do_POST(self):
        self._answered(json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or "{}"))

    def _answered(self, message):
        path = self.path.partition("?")[0].removeprefix("/v24.0/")
        self.server.asked.append((path, message))
        self.server.tokens.append(self.headers.get("Authorization"))
        if self.server.script:
            self.server.script.pop(0)(self)
        elif path.startswith("lookaside/open"):
            answer(self.server.files[path.removeprefix("lookaside/")])(self)
        elif self.headers.get("Authorization") != f"Bearer {TOKEN}":
            error(190, "Invalid OAuth access token - Cannot parse access token", 401)(self)
        else:
            self._told(path, message)(self)

    def _told(self, path, message):
        if path in self.server.files:
            where = f"{self.server.url}/lookaside/{path}"
            return answer({"url": where, "media_url": where, "mime_type": "image/jpeg", "id": path})
        if path.startswith("lookaside/"):
            return answer(self.server.files[path.removeprefix("lookaside/")])
        if path == PHONE:
            number = {"display_phone_number": "+49 151 2345678", "verified_name": "Rhythm Dance Studio"}
            return answer(number | {"quality_rating": "GREEN", "id": PHONE})
        if path == "me" and message is None:
            account = {"id": PAGE, "username": "rhythm.dance"}
            return answer({"id": "1", "name": "Rhythm Dance", "instagram_business_account": account})
        if path in ("me/subscribed_apps", f"{WABA}/subscribed_apps"):
            return answer({"success": True})
        if path == f"{PHONE}/messages" and message["messaging_product"] == "whatsapp":
            self.server.sent.append(message)
            name = f"wamid.{len(self.server.sent)}"
            return answer({"messaging_product": "whatsapp", "messages": [{"id": name}]})
        if path == "me/messages":
            self.server.sent.append(message)
            name = f"aWdf{len(self.server.sent)}"
            return answer({"recipient_id": message["recipient"].get("id"), "message_id": name})
        return error(100, f"Unsupported request: {path} does not exist", 400)
