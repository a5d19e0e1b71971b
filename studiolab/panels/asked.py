"""What the address of a dashboard asks for, `?studio=…`, and who asks."""

import getpass
import os
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

from studiolab.users import COOKIE, STARTER, NotAllowed, User

NOBODY = User("visitor", "read-only")


def asked(name):
    """Value of `name` in the page's query string, or None.

    Under Voilà's preheated kernels the first call waits for the request, so do all slow work before it.
    """
    query = os.environ.get("QUERY_STRING")
    if query is None and "VOILA_PREHEAT" in os.environ:
        from voila.utils import get_query_string

        query = get_query_string()
    return parse_qs(query or "").get(name, [None])[0]


def visitor(workbench):
    """The `users.User` in front of the page; who runs a notebook themselves may do all, for they run code."""
    token = asked("token")
    if not os.environ.get("SERVER_SOFTWARE", "").startswith("voila"):
        return User(getpass.getuser(), STARTER.role)
    if token and token == workbench.settings.token:
        return STARTER
    try:
        cookie = SimpleCookie(os.environ.get("HTTP_COOKIE", "")).get(COOKIE)
    except CookieError:
        cookie = None
    session = token or (cookie.value if cookie else "")
    return (workbench.visitor(session) if session else None) or NOBODY


def refused(workbench, what):
    """Why the visitor may not `what` (of `users.SAID`) in a sentence; empty where they may."""
    try:
        visitor(workbench).needs(what)
    except NotAllowed as why:
        return f"{why}. Sign in as one of them to see this page."
    return ""
