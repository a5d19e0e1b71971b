"""Who asks: a user, what each role may do, and the sign-in of whoever started the site.

Light, for the servers import it: the accounts themselves are in `accounts`.
"""

import hmac
from hashlib import sha256
from typing import NamedTuple

COOKIE = "studiolab"  # a cookie knows no ports, so one serves dashboards, laboratory and API
MAY = {
    "owner": {"look", "revenue", "share", "timetable", "export", "channels", "accounts", "code"},
    "manager": {"look", "revenue", "share", "timetable", "export", "channels"},
    "front desk": {"look", "share"},
    "read-only": {"look", "revenue"},
}
SAID = {
    "look": "look at the studio",
    "revenue": "see revenue",
    "share": "save and share plans",
    "timetable": "change the timetable",
    "export": "take customers' addresses out for a campaign",
    "channels": "connect channels and set agents up",
    "accounts": "manage accounts",
    "code": "open the laboratory, where any code runs",
}


class NotAllowed(PermissionError):
    """A user's role does not allow what was asked; the message says which roles do."""


class User(NamedTuple):
    """name : user name; role : one of MAY."""

    name: str
    role: str

    def may(self, what):
        """Whether the role allows `what`, one of SAID."""
        return what in MAY.get(self.role, ())

    def needs(self, what):
        """Raise NotAllowed unless the role allows `what`."""
        if self.role == NOBODY.role:
            raise NotAllowed("the sign-in has ended; sign in again")
        if not self.may(what):
            roles = [role for role in MAY if what in MAY[role]]
            raise NotAllowed(f"{self.name} is {self.role} and may not {SAID[what]}; that takes {' or '.join(roles)}")


STARTER = User("terminal", "owner")
NOBODY = User("visitor", "nobody")  # a session that ended; may nothing


def start_cookie(token):
    """Name of the cookie for `start_session`: the laboratory's token is another, and one must not end the other."""
    return f"{COOKIE}-start-{sha256(token.encode()).hexdigest()[:8]}"


def start_session(token):
    """What the browser of whoever holds the start's token keeps; follows from the token, which it does not tell."""
    return "start." + hmac.new(token.encode(), COOKIE.encode(), sha256).hexdigest()


def starter(session, token):
    """STARTER if `session` belongs to the start with this token, else None; in constant time."""
    if token and session and hmac.compare_digest(session.encode(), start_session(token).encode()):
        return STARTER
    return None
