"""Who may ask: a bearer token (the start's, or of a session), or the cookie that a browser gets for it."""

import hmac
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from studiolab.users import COOKIE, STARTER, User, start_cookie, start_session, starter

bearer = HTTPBearer(auto_error=False, description="the token that `studiolab up` prints, or one of a sign-in")


class Guard:
    """A dependency that gives the User who asks, or answers 401 (nobody known) or 403 (a page of another origin)."""

    def __init__(self, token, workbench):
        self.token, self._workbench = token, workbench
        self.name, self.cookie = start_cookie(token), start_session(token)

    async def __call__(
        self, request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)] = None
    ) -> User:
        user = None
        if credentials is not None:
            known = self.knows(credentials.credentials)
            user = STARTER if known else await run_in_threadpool(self._of, credentials.credentials)
        else:
            user = await run_in_threadpool(self._of, request.cookies.get(COOKIE, ""))
            user = user or starter(request.cookies.get(self.name, ""), self.token)
            if user and from_elsewhere(request):
                raise HTTPException(403, "this page is of another address and may not ask; use a bearer token")
        if user is None:
            raise HTTPException(401, "a token is needed: Authorization: Bearer …", {"WWW-Authenticate": "Bearer"})
        request.state.user = user
        return user

    def knows(self, token):
        """Whether `token` is the start's, in constant time."""
        return hmac.compare_digest(token.encode(), self.token.encode())

    def _of(self, session):
        return self._workbench.accounts.who(session) if session else None


def needs(what):
    """A dependency for routes behind a Guard: 403 unless the user's role allows `what`, of `users.SAID`."""

    async def allowed(request: Request):
        request.state.user.needs(what)

    return Depends(allowed)


async def _user(request: Request):
    return request.state.user


Asker = Annotated[User, Depends(_user)]


def from_elsewhere(request):
    """Whether a browser sent this for a page of another scheme, host or port.

    A cookie does not know ports: another program's page on this machine would have it sent along.
    """
    origin = request.headers.get("origin")
    site = request.headers.get("sec-fetch-site", "same-origin")
    return site not in ("same-origin", "none") or (
        origin is not None and urlsplit(origin).netloc != request.headers.get("host")
    )
