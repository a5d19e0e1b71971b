"""What the address of a dashboard asks for, `?studio=…`, and who asks."""

import getpass
import os
from urllib.parse import parse_qs

from tornado.httputil import parse_cookie

from studiolab.users import COOKIE, NOBODY, STARTER, NotAllowed, User, start_cookie


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
    if "VOILA_PREHEAT" not in os.environ:  # set in every kernel of Voilà, whatever became of its request
        return User(getpass.getuser(), STARTER.role)
    if token and token == workbench.settings.token:
        return STARTER
    cookies = parse_cookie(os.environ.get("HTTP_COOKIE") or "")  # as the server itself reads them
    started = cookies.get(start_cookie(workbench.settings.token or ""))
    sessions = filter(None, (token, cookies.get(COOKIE), started))
    return next(filter(None, map(workbench.visitor, sessions)), NOBODY)


def refused(workbench, what):
    """Why the visitor may not `what` (of `users.SAID`) in a sentence; empty where they may."""
    try:
        visitor(workbench).needs(what)
    except NotAllowed as why:
        return f"{str(why)[:1].upper()}{str(why)[1:]}."
    return ""
