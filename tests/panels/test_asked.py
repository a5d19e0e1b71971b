import getpass

import pytest

from studiolab.panels.asked import asked, refused, visitor
from studiolab.settings import Settings
from studiolab.users import COOKIE, NOBODY, STARTER, User, start_cookie, start_session

TOKEN = "a-token-of-some-length"


class Bench:
    """A workbench that knows one session."""

    settings = Settings(STUDIOLAB_TOKEN=TOKEN)

    def visitor(self, session):
        known = {"kims-secret": User("kim", "front desk"), start_session(TOKEN): STARTER}
        return known.get(session)


@pytest.fixture
def opened(monkeypatch):
    """Set up what a kernel of Voilà knows of a request."""

    def opened(query="", cookie=None):
        monkeypatch.setenv("VOILA_PREHEAT", "False")
        monkeypatch.setenv("QUERY_STRING", query)
        monkeypatch.delenv("HTTP_COOKIE", raising=False)
        if cookie is not None:
            monkeypatch.setenv("HTTP_COOKIE", cookie)

    return opened


@pytest.mark.parametrize(
    ("query", "answer"),
    [("studio=studio-002&token=x", "studio-002"), ("studio=a%20b", "a b"), ("token=x", None), ("", None)],
)
def test_the_address_says_which_studio(opened, query, answer):
    opened(query)
    assert asked("studio") == answer


def test_outside_a_dashboard_nothing_is_asked_and_one_is_oneself(monkeypatch):
    for name in ("VOILA_PREHEAT", "QUERY_STRING"):
        monkeypatch.delenv(name, raising=False)
    assert asked("studio") is None
    assert visitor(Bench()) == User(getpass.getuser(), "owner")


@pytest.mark.parametrize(
    ("query", "cookie", "user"),
    [
        (f"token={TOKEN}", None, STARTER),
        ("", f"_xsrf=1; {COOKIE}=kims-secret", User("kim", "front desk")),
        ("", f"{start_cookie(TOKEN)}={start_session(TOKEN)}", STARTER),
        ("", f"{start_cookie(TOKEN)}={start_session(TOKEN)}; {COOKIE}=kims-secret", User("kim", "front desk")),
        ("token=wrong", f"{COOKIE}=kims-secret", User("kim", "front desk")),
        ("token=wrong", "", NOBODY),
        ("", f"theme=dark mode; {COOKIE}=kims-secret", User("kim", "front desk")),
        ("", f'x={{"a":1}}; {COOKIE}=kims-secret; junk', User("kim", "front desk")),
        ("", f"{COOKIE}=made-up", NOBODY),
        ("", "", NOBODY),
        ("", None, NOBODY),
        ("", 'a="; ,=;;', NOBODY),
    ],
)
def test_the_visitor_is_whom_token_or_cookie_name_and_else_nobody(opened, query, cookie, user):
    opened(query, cookie)
    assert visitor(Bench()) == user


def test_a_kernel_of_a_dashboard_that_hears_of_no_request_shows_nothing_to_nobody(opened):
    """Voilà stalled, so the request never came: whoever looks is nobody, and no notebook's owner."""
    opened("", None)
    assert visitor(Bench()) == NOBODY
    for what in ("look", "revenue", "share", "accounts", "code"):
        assert refused(Bench(), what) == "The sign-in has ended; sign in again."


def test_a_page_that_the_role_does_not_see_says_who_does(opened):
    opened("", f"{COOKIE}=kims-secret")
    assert refused(Bench(), "share") == ""
    assert refused(Bench(), "revenue").startswith("Kim is front desk and may not see revenue; that takes owner")
