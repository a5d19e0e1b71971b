"""Twilio's API on this machine, as far as studios use it: accounts, numbers, messages in pages, errors."""

import base64
import json
from urllib.parse import parse_qs, parse_qsl, urlsplit

from .graph_server import answer
from .local_server import LocalHandler, LocalServer

SID, AUTH, NUMBER = "AC0f1e2d3c4b5a69788796a5b4c3d2e1f0", "b5a69788796a5b4c3d2e1f00f1e2d3c4", "+4930123456"


def refuses(code, words="no", status=400, **headers):
    """A fault as Twilio words it."""
    told = {"code": code, "message": words, "more_info": f"https://www.twilio.com/docs/errors/{code}", "status": status}
    return answer(told, status, **headers)


class TwilioServer(LocalServer):
    """`url` for TWILIO_API_URL. It knows NUMBER of the account SID, two messages a page.

    sent : forms of the messages it took; listed : what it has, as its API tells; script : replies that come first
    files : bytes by the path of a medium, kept at another address that needs no login; tokens : as asked with
    """

    def __init__(self):
        self.sent, self.listed, self.script = [], [], []
        self.files, self.tokens = {}, []
        super().__init__(_Handler)


class _Handler(LocalHandler):
    def do_GET(self):
        self._answered(None)

    def do_POST(self):
        self._answered(dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode())))

    def _answered(self, form):
        due = "Basic " + base64.b64encode(f"{SID}:{AUTH}".encode()).decode()
        self.server.tokens.append(self.headers.get("Authorization"))
        if self.server.script:
            self.server.script.pop(0)(self)
        elif self.path.startswith("/media.twiliocdn.com"):
            answer(self.server.files[self.path.removeprefix("/media.twiliocdn.com")])(self)
        elif self.headers.get("Authorization") != due:
            refuses(20003, "Authenticate", 401)(self)
        else:
            self._told(form)(self)

    def _told(self, form):
        asked = urlsplit(self.path)
        path, query = asked.path.removeprefix(f"/2010-04-01/Accounts/{SID}"), parse_qs(asked.query)
        if path.endswith("/Media.json"):
            own = [one for one in self.server.files if one.startswith(path.removesuffix(".json"))]
            return answer({"media_list": [{"sid": one.rpartition("/")[2]} for one in own]})
        if path in self.server.files:
            return answer(b"", 307, Location=f"{self.server.url}/media.twiliocdn.com{path}")
        if path == ".json":
            return answer({"sid": SID, "friendly_name": "Rhythm Dance", "status": "active"})
        if path == "/IncomingPhoneNumbers.json":
            known = [{"phone_number": NUMBER}] if query["PhoneNumber"] == [NUMBER] else []
            return answer({"incoming_phone_numbers": known})
        if path == "/Messages.json" and form is None:
            return self._page(query)
        if path == "/Messages.json":
            self.server.sent.append(form)
            return answer({"sid": f"SM{len(self.server.sent)}", "status": "queued"}, 201)
        return refuses(20404, f"The requested resource {path} was not found", 404)

    def _page(self, query):
        way, number = ("to", query["To"][0]) if "To" in query else ("from", query["From"][0])
        found, page = [one for one in self.server.listed if one[way] == number], int(query.get("Page", ["0"])[0])
        more = f"/2010-04-01/Accounts/{SID}/Messages.json?{way.title()}=%2B{number[1:]}&Page={page + 1}"
        is_last = len(found) <= 2 * page + 2
        told = {"messages": found[2 * page : 2 * page + 2], "next_page_uri": None if is_last else more}
        return answer(json.loads(json.dumps(told)))
