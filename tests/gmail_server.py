"""Google on this machine, as far as a mailbox needs it: agreeing, tokens, messages, history, watching and sending."""

import base64
import hashlib
import json
import threading
from urllib.parse import parse_qs, urlsplit

from .local_server import LocalHandler, LocalServer

CLIENT = {"client_id": "studio-app.apps.googleusercontent.com", "client_secret": "GOCSPX-of-the-real-kind"}
REFRESH = "1//04-a-lasting-token"


class GmailServer(LocalServer):
    """`url` in place of Google's; one mailbox, `address`, for who signs in as CLIENT with REFRESH.

    put : what arrives; sent : bytes of mails that were sent; script : replies (status, body, headers) that come first
    broken : name of a message to the reply that comes once in its place
    oldest : the number before which history is forgotten; forms : what was asked of the token's address
    """

    def __init__(self, address):
        self.address, self.mails, self.history, self.sent, self.script = address, {}, [], [], []
        self.asked, self.forms, self.watched, self.codes, self.oldest, self.page = [], [], [], {}, 0, 10
        self.access, self.lock, self.broken = 0, threading.RLock(), {}
        super().__init__(_Handler)

    @property
    def number(self):
        return 1000 + len(self.history)

    def put(self, raw, *labels, at=1_793_000_000_000):
        """The name of a message with these labels, INBOX by default."""
        with self.lock:
            name = f"m{len(self.mails):04d}"
            self.mails[name] = {"id": name, "threadId": f"t{name}", "labelIds": list(labels or ["INBOX"]),
                                "internalDate": str(at), "bytes": raw}  # fmt: skip
            self.history.append(name)
            return name

    def agree(self, asked):
        """The code that Google sends back once the owner agreed to this address's question."""
        told = {name: values[0] for name, values in parse_qs(urlsplit(asked).query).items()}
        code = f"4/{len(self.codes)}"
        self.codes[code] = told
        return code, told["state"]


class _Handler(LocalHandler):
    def do_GET(self):
        self._do(b"")

    def do_POST(self):
        self._do(self.rfile.read(int(self.headers["Content-Length"])))

    def _do(self, body):
        server, at = self.server, urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(at.query).items()}
        with server.lock:
            server.asked.append(at.path)
            if at.path == "/token":
                return self._token({name: values[0] for name, values in parse_qs(body.decode()).items()})
            if self.headers.get("Authorization") != f"Bearer ya29.{server.access}":
                return self._say(401, {"error": {"message": "Invalid Credentials"}})
            if server.script:
                return self._say(*server.script.pop(0))
            path = at.path.removeprefix("/gmail/v1/users/me/")
            if path.startswith("messages/m"):
                return self._message(path.removeprefix("messages/"), asked)
            return {"profile": self._profile, "messages": self._messages, "history": self._history,
                    "watch": self._watch, "messages/send": self._send}[path](asked, body)  # fmt: skip

    def _token(self, form):
        server = self.server
        server.forms.append(form)
        is_client = all(form.get(name) == value for name, value in CLIENT.items())
        if not is_client:
            return self._say(401, {"error": "invalid_client"})
        if form["grant_type"] == "refresh_token" and form.get("refresh_token") != REFRESH:
            return self._say(400, {"error": "invalid_grant"})
        told = {"token_type": "Bearer", "expires_in": 3599}
        if form["grant_type"] == "authorization_code":
            given = server.codes.pop(form.get("code"), None)
            proof = (
                base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=").decode()
            )
            if not given or given["code_challenge"] != proof or given["redirect_uri"] != form["redirect_uri"]:
                return self._say(400, {"error": "invalid_grant"})
            told["refresh_token"] = REFRESH
        server.access += 1
        return self._say(200, told | {"access_token": f"ya29.{server.access}"})

    def _profile(self, asked, body):
        self._say(200, {"emailAddress": self.server.address, "historyId": str(self.server.number)})

    def _messages(self, asked, body):
        server, names = self.server, sorted(self.server.mails, reverse=True)
        if asked["q"].startswith("rfc822msgid:"):
            wanted = f"<{asked['q'].partition(':')[2]}>".encode()
            names = [name for name in names if wanted in server.mails[name]["bytes"].partition(b"\n\n")[0]]
        first = int(asked.get("pageToken", 0))
        shown = names[first : first + server.page]
        told = {"messages": [{"id": name, "threadId": server.mails[name]["threadId"]} for name in shown],
                "resultSizeEstimate": len(names)}  # fmt: skip
        more = {"nextPageToken": str(first + server.page)} if first + server.page < len(names) else {}
        self._say(200, told | more)

    def _message(self, name, asked):
        if name in self.server.broken:
            return self._say(*self.server.broken.pop(name))
        told = self.server.mails.get(name)
        if told is None:
            return self._say(404, {"error": {"message": "Requested entity was not found."}})
        shown = {key: value for key, value in told.items() if key != "bytes"}
        if asked["format"] == "raw":
            return self._say(200, shown | {"raw": base64.urlsafe_b64encode(told["bytes"]).decode()})
        lines = told["bytes"].partition(b"\n\n")[0].decode().split("\n")
        heads = [dict(zip(("name", "value"), line.split(": ", 1), strict=True)) for line in lines]
        return self._say(200, shown | {"snippet": "first words", "payload": {"headers": heads}})

    def _history(self, asked, body):
        server, since = self.server, int(asked["startHistoryId"])
        if since < server.oldest:
            return self._say(404, {"error": {"message": "Requested entity was not found."}})
        steps = [(1001 + at, name) for at, name in enumerate(server.history) if 1001 + at > since]
        shown = [{"id": str(number), "messagesAdded": [{"message": {"id": name, "labelIds": (server.mails.get(name) or
                  {"labelIds": ["INBOX"]})["labelIds"]}}]} for number, name in steps[: server.page]]  # fmt: skip
        told = {"history": shown, "historyId": str(server.number)} if shown else {"historyId": str(server.number)}
        return self._say(200, told | ({"nextPageToken": "1"} if len(steps) > server.page else {}))

    def _watch(self, asked, body):
        self.server.watched.append(json.loads(body))
        self._say(200, {"historyId": str(self.server.number), "expiration": "4102444800000"})

    def _send(self, asked, body):
        told = json.loads(body)
        raw = base64.urlsafe_b64decode(told["raw"])
        self.server.sent.append((raw, told.get("threadId")))
        name = self.server.put(raw.replace(b"\r\n", b"\n"), "SENT")
        self._say(200, {"id": name, "threadId": told.get("threadId") or f"t{name}"})

    def _say(self, status, told, headers=None):
        if status is None:  # hang up
            return self.connection.close()
        body = told if isinstance(told, bytes) else json.dumps(told).encode()
        self.start(status, len(body), headers or {})
        self.wfile.write(body)
        return None
