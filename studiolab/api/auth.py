"""Who may ask: a bearer token, or the cookie that a browser gets once for it."""

import hmac
from hashlib import sha256
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, HTTPException, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

COOKIE = "studiolab_api"
bearer = HTTPBearer(auto_error=False, description="the token that `studiolab up` prints")


class Guard:
    """A dependency that lets a request pass, or answers 401 (no token) or 403 (a page of another origin)."""

    def __init__(self, token):
        self._token = token.encode()
        self.cookie = hmac.new(self._token, COOKIE.encode(), sha256).hexdigest()

    def __call__(
        self, request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)] = None
    ):
        if credentials is not None:
            if self.knows(credentials.credentials):
                return
        elif self.recognises(request):
            if from_elsewhere(request):
                raise HTTPException(403, "this page is of another address and may not ask; use a bearer token")
            return
        raise HTTPException(401, "a token is needed: Authorization: Bearer …", {"WWW-Authenticate": "Bearer"})

    def knows(self, token):
        """Whether `token` is ours, in constant time."""
        return hmac.compare_digest(token.encode(), self._token)

    def recognises(self, request):
        """Whether the request carries our cookie."""
        return hmac.compare_digest(request.cookies.get(COOKIE, "").encode(), self.cookie.encode())


def from_elsewhere(request):
    """Whether a browser sent this for a page of another scheme, host or port.

    A cookie does not know ports: another program's page on this machine would have it sent along.
    """
    origin = request.headers.get("origin")
    site = request.headers.get("sec-fetch-site", "same-origin")
    return site not in ("same-origin", "none") or (
        origin is not None and urlsplit(origin).netloc != request.headers.get("host")
    )
