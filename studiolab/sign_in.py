"""One sign-in for dashboards, laboratory and API: Jupyter Server's identity provider over our accounts (K0.7).

Voilà and JupyterLab load it by name (`site/`). A cookie knows no ports, so who signed in at one server is known at
the others. The start's token still opens the pages it was printed for. Nothing of the workbench is imported before
the first session of an account comes, so that the servers start as fast as without.
"""

import asyncio
import base64
import hmac
import os
import sys
from functools import cached_property
from html import escape
from pathlib import Path

from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.auth.identity import IdentityProvider
from jupyter_server.auth.identity import User as JupyterUser
from jupyter_server.auth.login import LoginFormHandler
from tornado.web import HTTPError

from studiolab.users import COOKIE, SAID, STARTER, start_cookie, start_session, starter

PAGE = (Path(__file__).parent / "site" / "sign_in.html").read_text()


class SignIn(IdentityProvider):
    """Whoever has an account, or the start's token, may look."""

    needs = "look"

    def get_user(self, handler):
        """The Jupyter user behind a request, or None."""
        user = self.visitor(handler)
        return JupyterUser(user.name) if user and user.may(self.needs) else None

    def visitor(self, handler):
        """The `users.User` behind a request, or None."""
        token = self.get_token(handler)
        if token and self.token and hmac.compare_digest(token.encode(), self.token.encode()):
            handler._token_authenticated = True
            if handler.get_cookie(start_cookie(self.token)) != start_session(self.token):
                self.keep(handler, start_session(self.token), start_cookie(self.token))
            return STARTER
        if token and (user := self.accounts.who(token)):
            handler._token_authenticated = True
            return user
        session = handler.get_cookie(COOKIE, "")
        started = starter(handler.get_cookie(start_cookie(self.token), ""), self.token)
        return (self.accounts.who(session) if session else None) or started

    def keep(self, handler, session, name=COOKIE):
        """Have the browser keep a session, out of reach of scripts and of other sites' requests."""
        secure = handler.request.protocol == "https"
        handler.set_cookie(name, session, path="/", httponly=True, samesite="Lax", secure=secure)

    def get_handlers(self):
        if "STUDIOLAB_KERNELS" in os.environ and (voila := sys.modules.get("voila.request_info_handler")):
            voila.RequestInfoSocketHandler.prepare = _from_a_kernel
        return [(r"/login", SignInPage), (r"/logout", SignOut)]

    @cached_property
    def accounts(self):
        from studiolab.app import Workbench

        return Workbench().accounts


def _from_a_kernel(handler):
    """Voilà tells who visits to whoever names a kernel, and `ps` names them all: only a kernel may ask."""
    sent = handler.request.headers.get("Authorization", "").removeprefix("Basic ")
    own = base64.b64encode(f"kernel:{os.environ['STUDIOLAB_KERNELS']}".encode())  # as `serve` gives it to kernels
    if not hmac.compare_digest(sent.encode(), own):
        raise HTTPError(403)


class Laboratory(SignIn):
    """Only roles that may run code."""

    needs = "code"


class SignInPage(LoginFormHandler):
    """A form for name and password."""

    @allow_unauthenticated
    def get(self):
        if self.current_user:
            self._redirect_safe(self.get_argument("next", default=self.base_url))
            return
        visitor = self.identity_provider.visitor(self)
        said = f"{visitor.name} is {visitor.role} and may not {SAID[self.identity_provider.needs]}." if visitor else ""
        self._show(said)

    @allow_unauthenticated
    async def post(self):
        provider = self.identity_provider
        name, password = self.get_argument("user", ""), self.get_argument("password", "", strip=False)
        try:
            session = await asyncio.to_thread(lambda: provider.accounts.sign_in(name.strip(), password))
        except ValueError as refused:
            self._show(str(refused), 401)
            return
        provider.keep(self, session)
        user = provider.accounts.who(session)
        if not user.may(provider.needs):
            self._show(f"{user.name} is {user.role} and may not {SAID[provider.needs]}.", 403)
            return
        self._redirect_safe(self.get_argument("next", default=self.base_url))

    def _show(self, said, status=200):
        self.set_status(status)
        self.set_header("Cache-Control", "no-store")
        said = f'<p class="say" role="alert">{escape(said)}</p>' if said else ""
        self.finish(PAGE.replace("{{ said }}", said).replace("{{ xsrf }}", self.xsrf_form_html()))


class SignOut(LoginFormHandler):
    """Ends the session on all three servers."""

    @allow_unauthenticated
    def get(self):
        session = self.get_cookie(COOKIE, "")
        if session:
            self.identity_provider.accounts.sign_out(session)
        for name in (COOKIE, start_cookie(self.identity_provider.token)):
            self.clear_cookie(name, path="/")
        self.redirect(f"{self.base_url}login")
