"""What servers of tests have in common: a free port of this machine, a thread, and an end."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class LocalServer(ThreadingHTTPServer):
    """`url` of a server that answers, by `handler`, from its making until `stop`.

    stopped : Event, set by `stop`, for replies that wait
    """

    daemon_threads = True

    def __init__(self, handler, path=""):
        super().__init__(("127.0.0.1", 0), handler)
        self.stopped, self.url = threading.Event(), f"http://127.0.0.1:{self.server_port}{path}"
        self.thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    def stop(self):
        self.stopped.set()
        self.shutdown()
        self.server_close()
        self.thread.join(5)

    def handle_error(self, request, client_address):
        """A client that hangs up is what some tests want."""


class LocalHandler(BaseHTTPRequestHandler):
    """One request; it keeps no log."""

    def start(self, status, length, headers):
        """Everything of an answer that comes before its body."""
        self.send_response(status)
        for name, value in ({"Content-Type": "application/json", "Content-Length": str(length)} | headers).items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *args):
        pass
