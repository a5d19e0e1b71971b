"""Meta's Graph API, which WhatsApp and Instagram share: how it is asked, and what its errors mean.

Sources: developers.facebook.com/docs/graph-api/guides/error-handling, whatsapp/cloud-api/support/error-codes,
messenger-platform/error-codes; FORMATS § 4, § 5, § 8.
"""

import json

from studiolab.adapters.channels import Gone, Later, Refused, Unsure
from studiolab.adapters.channels.media import download, is_at
from studiolab.adapters.channels.posting import LONGEST_WAIT, ask, hand_over
from studiolab.adapters.channels.reading import dicts, inner, text
from studiolab.adapters.errors import StudiolabError

URL = "https://graph.facebook.com/v24.0"
FILES = ("fbsbx.com", "fbcdn.net", "cdninstagram.com")  # where Meta keeps pictures and recordings
WITH_TOKEN = ("fbsbx.com",)  # of them, which asks for the token
WAITS = {4: 300, 17: 300, 32: 300, 613: 60, 80006: 300, 80007: 300, 1: 30, 2: 30, 1200: 30, 130429: 1, 131056: 6,
         131048: 3600, 133016: 3600, 131000: 60, 131016: 60, 131057: 300}  # fmt: skip
OUTSIDE = "outside the 24-hour window: send a template"
REFUSALS = {
    0: "the token is not valid any more: connect the account again", 190: "the token is not valid any more: connect "
    "the account again", 3: "the app may not do this: add its permissions, then connect again",
    10: "the app may not do this: add its permissions, then connect again",
    131005: "the app may not do this: add its permissions, then connect again",
    368: "Meta has blocked the account for a time for what it sent: look into its quality page",
    131031: "Meta has locked the account: look into its business settings",
    131042: "there is no way of payment: add one in Meta's business settings",
    131047: OUTSIDE, 131026: "this number takes no WhatsApp messages, or has not accepted the newest terms",
    131021: "this is the studio's own number", 131030: "a test number writes only to numbers on its list",
    131045: "the number is not registered: register it in Meta's settings", 133010: "the number is not registered: "
    "register it in Meta's settings", 131049: "WhatsApp keeps people from too much advertising: wait some days",
    131050: "this person does not want advertising from the studio", 131051: "WhatsApp knows no such kind of message",
    130472: "this number is part of an experiment of WhatsApp's, and gets no advertising",
    132000: "the template takes another number of values", 132001: "there is no such template in this language, or it "
    "is not approved yet", 132005: "the template's text becomes too long", 132007: "the template breaks a rule of "
    "WhatsApp's", 132012: "a value does not fit the template", 132015: "the template is paused, for people complained",
    132016: "the template is switched off, for people complained", 551: "this person cannot be written to now",
}  # fmt: skip


class OutsideWindow(Refused):
    """The person wrote too long ago."""


class Graph:
    """An account's line to the Graph API; made of `settings` and `secrets` as a Channel is."""

    def __init__(self, name, settings, secrets):
        self.name, self.url = name, (settings.get("graph_url") or URL).rstrip("/")
        self.seconds = float(settings.get("seconds") or 20)
        self._token = secrets.get("token", "")
        self.headers = {"Authorization": f"Bearer {self._token}"}

    def get(self, path, fields):
        """dict that a GET answers. Raises StudiolabError in words."""
        params = {"fields": fields}
        answer = ask(self.name, "GET", f"{self.url}/{path}", seconds=self.seconds, headers=self.headers, params=params)
        if answer.status == 200 and answer.told:
            return answer.told
        raise StudiolabError(f"{self.name} does not tell of this account: {self._words(answer)}.")

    def file(self, name, field):
        """bytes of what Meta knows by an id and gives the address of in `field`. Raises Gone, StudiolabError."""
        where = f"{self.url}/{name}"
        answer = ask(self.name, "GET", where, seconds=self.seconds, headers=self.headers, params={"fields": field})
        address = text(answer.told, field)
        if answer.status == 200 and address:
            needs_token = is_at(address, WITH_TOKEN, self.url)
            return download(self.name, address, FILES, self.url, headers=self.headers if needs_token else {})
        if answer.status in (200, 404) or _code(inner(answer.told, "error")) == 100:
            raise Gone(f"{self.name} does not have it any more.")
        raise StudiolabError(f"{self.name} does not give the file: {self._words(answer)}.")

    def open_file(self, address):
        """bytes at an address of Meta's that a message names; it sees no token. Raises Gone, StudiolabError."""
        return download(self.name, address, FILES, self.url, (403, 404, 410))

    def subscribe(self, path, **params):
        """Have the account send its webhooks to this app. Raises StudiolabError in words."""
        where = f"{self.url}/{path}/subscribed_apps"
        answer = ask(self.name, "POST", where, seconds=self.seconds, headers=self.headers, params=params)
        if answer.status != 200 or answer.told.get("success") is not True:
            raise StudiolabError(f"{self.name} will not send its webhooks here: {self._words(answer)}.")

    def post(self, path, message):
        """dict that a POST of a message answers. Raises Refused, Later or Unsure."""
        answer = hand_over(self.name, f"{self.url}/{path}", seconds=self.seconds, headers=self.headers, json=message)
        error = inner(answer.told, "error")
        if answer.status == 200 and answer.told and not error:
            return answer.told
        code, words = _code(error), f"{self.name} did not take the message: {self._words(answer)}."
        if answer.status < 300 or (answer.status >= 500 and not error):
            raise Unsure(f"{self.name} answered nothing that can be read ({answer.status}).")
        if code in WAITS or answer.status == 429 or error.get("is_transient") is True:
            raise Later(words, answer.wait or _regained(answer) or WAITS.get(code, 60))
        raise (OutsideWindow if _is_late(error) else Refused)(words)

    def _words(self, answer):
        error = inner(answer.told, "error")
        if _is_late(error):
            return "outside the 24-hour window; within 7 days a person may still answer by hand"
        said = _fault(error) if error else f"HTTP {answer.status}"
        return said.replace(self._token, "***") if self._token else said


def faults(told):
    """In words, what the list `errors` of a status or message says; None where it says nothing."""
    return "; ".join(_fault(one) for one in dicts(told, "errors")) or None


def _fault(error):
    said = text(inner(error, "error_data"), "details") or text(error, "message", "title") or text(error, "code")
    known = REFUSALS.get(_code(error))
    return f"{known or (said or 'no reason')[:450]} ({_code(error)})"


def _code(error):
    return error["code"] if isinstance(error.get("code"), int) else None


def _is_late(error):
    is_of_window = error.get("code") == 10 and "window" in (text(error, "message") or "")
    return error.get("error_subcode") == 2534022 or is_of_window


def _regained(answer):
    """Seconds until a used-up allowance is there again, of the header that says so; None where it does not."""
    try:
        usage = json.loads(answer.headers["x-business-use-case-usage"])
        minutes = [one["estimated_time_to_regain_access"] for kinds in usage.values() for one in kinds]
        return min(60.0 * max(minutes), LONGEST_WAIT) or None
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
