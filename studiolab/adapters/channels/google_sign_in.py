"""Google's OAuth 2.0: a mailbox's owner agrees in the browser, and we get a token that is renewed each hour.

Sources: developers.google.com/identity/protocols/oauth2/web-server, RFC 7636 (PKCE).
"""

import base64
import hashlib
import time
from urllib.parse import urlencode

from studiolab.adapters.channels import Later
from studiolab.adapters.channels.posting import ask
from studiolab.adapters.errors import StudiolabError

NAME = "Google"
AGREEMENT, TOKENS = "https://accounts.google.com/o/oauth2/v2/auth", "https://oauth2.googleapis.com/token"
SCOPES = "https://www.googleapis.com/auth/gmail.readonly https://www.googleapis.com/auth/gmail.send"
EARLY = 60  # seconds before its end at which a token is renewed


def agreement_url(client_id, redirect, state, verifier, account="", url=""):
    """Where the owner of the mailbox `account` agrees; redirect : where they come back to, with `state` and a code.

    url : of a server instead of Google's own
    """
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {"client_id": client_id, "redirect_uri": redirect, "response_type": "code", "scope": SCOPES,
             "access_type": "offline", "prompt": "consent", "state": state, "login_hint": account,
             "code_challenge": challenge, "code_challenge_method": "S256"}  # fmt: skip
    return f"{f'{url}/o/oauth2/v2/auth' if url else AGREEMENT}?{urlencode(asked)}"


def refresh_token(code, verifier, client_id, client_secret, redirect, url=""):
    """The lasting token for the code that came back. Raises StudiolabError."""
    told = _asked(url, grant_type="authorization_code", code=code, code_verifier=verifier, client_id=client_id,
                  client_secret=client_secret, redirect_uri=redirect)  # fmt: skip
    if not told.get("refresh_token"):
        raise StudiolabError("Google gave no lasting token: begin again, and agree to all that is asked.")
    return told["refresh_token"]


class Tokens:
    """Access tokens of a mailbox, one at a time; secrets : client_id, client_secret, refresh_token."""

    def __init__(self, secrets, url=""):
        self._secrets, self._url = secrets, url
        self._token, self._until = None, 0.0

    def headers(self, is_refused=False):
        """Headers that let us in; is_refused : the last ones did not. Raises StudiolabError, Later."""
        if is_refused or time.monotonic() >= self._until:
            names = ("client_id", "client_secret", "refresh_token")
            told = _asked(
                self._url, grant_type="refresh_token", **{name: self._secrets.get(name, "") for name in names}
            )
            self._token = told.get("access_token")
            self._until = time.monotonic() + float(told.get("expires_in") or 0) - EARLY
        return {"Authorization": f"Bearer {self._token}"}


def _asked(url, **form):
    answer = ask(NAME, "POST", f"{url}/token" if url else TOKENS, data=form)
    if answer.status == 200 and answer.told.get("access_token"):
        return answer.told
    fault = str(answer.told.get("error") or f"HTTP {answer.status}")[:100]
    if answer.status == 429 or answer.status >= 500:
        raise Later(f"Google does not answer now ({fault}).", answer.wait or 60)
    if fault == "invalid_grant":
        raise StudiolabError("Google does not let us into this mailbox any more: connect it again.")
    raise StudiolabError(f"Google refused ({fault}); check GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET.")
