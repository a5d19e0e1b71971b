"""A language model's server on this machine, which says what a test tells it to say."""

import json
import threading
import time
import zlib

from .local_server import LocalHandler, LocalServer


def says(text, finish="stop", **message):
    """A chat completion with this content; a value that is no text becomes JSON."""
    text = text if isinstance(text, str) or text is None else json.dumps(text)
    choice = {"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": text} | message}
    return sends({"id": "c1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]})


def sends(body, status=200, kind="application/json", **headers):
    """Any reply: body is bytes, text, or a value that becomes JSON; a header's _ becomes -."""
    if not isinstance(body, bytes):
        body = (body if isinstance(body, str) else json.dumps(body)).encode("utf-8", "surrogatepass")

    def reply(handler):
        handler.start(status, len(body), {"Content-Type": kind} | {k.replace("_", "-"): v for k, v in headers.items()})
        handler.wfile.write(body)

    return reply


def refuses(status, message="no", **headers):
    """An error as providers word it."""
    return sends({"error": {"message": message, "type": "error", "code": None}}, status, **headers)


def waits(seconds):
    """Nothing for a while, then a good answer."""

    def reply(handler):
        handler.server.stopped.wait(seconds)
        says({})(handler)

    return reply


def drips(pause=0.05):
    """A reply that never ends, a byte at a time."""

    def reply(handler):
        handler.start(200, 1_000_000, {"Content-Type": "application/json"})
        while not handler.server.stopped.wait(pause):
            handler.wfile.write(b" ")
            handler.wfile.flush()

    return reply


def hashed(texts, width=256):
    """A vector of each text: counts of its letters in threes, by hash; nearer texts share more of them."""
    rows = []
    for text in texts:
        row = [0.0] * width
        padded = f" {text.lower()} "
        for at in range(len(padded) - 2):
            row[zlib.crc32(padded[at : at + 3].encode("utf-8", "replace")) % width] += 1.0
        rows.append(row)
    return rows


class LlmServer(LocalServer):
    """POST /v1/chat/completions and /v1/embeddings, and GET /v1/models, on a free port.

    models : ids that it says it has; embeds : from texts to vectors; embedded : lists of texts that were asked for;
    instead : a reply to /models and /embeddings in their place, None for the right one

    answers : what `script` was given, one for each request, the last again and again
    requests : the JSON bodies received; headers : of each; url : base address for a Provider or LLM_BASE_URL
    """

    def __init__(self):
        self.answers, self.requests, self.headers = [], [], []
        self.models, self.embeds, self.embedded, self.instead = ["m"], hashed, [], None
        self.lock = threading.Lock()
        super().__init__(_Handler, "/v1")

    def script(self, *answers):
        """Say these from now on, and forget what came so far."""
        with self.lock:
            self.answers, self.requests, self.headers = list(answers), [], []
        return self

    def next(self, handler, body):
        with self.lock:
            self.requests.append(body)
            self.headers.append(handler.headers)
            return self.answers[min(len(self.requests), len(self.answers)) - 1]


class _Handler(LocalHandler):
    def do_GET(self):
        if self.path != "/v1/models":
            refuses(404, "no such path")(self)
        else:
            rows = [{"id": name, "object": "model"} for name in self.server.models]
            (self.server.instead or sends({"object": "list", "data": rows}))(self)

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/v1/embeddings":
            self.server.embedded.append(body["input"])
            rows = [{"index": at, "embedding": vector} for at, vector in enumerate(self.server.embeds(body["input"]))]
            (self.server.instead or sends({"object": "list", "data": rows[::-1], "model": body["model"]}))(self)
        elif self.path != "/v1/chat/completions":
            refuses(404, "no such path")(self)
        else:
            self.server.next(self, body)(self)


def held(seconds, since):
    """True where a deadline of `seconds` from `since`, monotonic, was kept within a second."""
    return time.monotonic() - since < seconds + 1
