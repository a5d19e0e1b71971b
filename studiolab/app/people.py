"""Who works with the workbench, and what they did."""

from datetime import datetime

from pydantic import BaseModel, Field

from studiolab.accounts import STAYS, Accounts
from studiolab.ledger import Ledger
from studiolab.users import starter

DETAIL = ("client_name", "client_id", "scenario_name", "studio_name", "user", "channel", "role")


class Activity(BaseModel):
    """A line of the activity feed."""

    entry_id: int
    at: datetime
    who: str
    what: str = Field(description="in words, such as plan saved")
    studio_id: str | None
    about: str = Field(description="the client, scenario or user it was about; empty where there is none")


class People:
    """The part of the Workbench that knows accounts and the ledger."""

    def __init__(self, settings=None, patience=0.0):
        super().__init__(settings, patience)
        self._accounts = None

    @property
    def ledger(self):
        """The `Ledger` of the database."""
        return Ledger(self.db)

    @property
    def accounts(self):
        """The `Accounts` of the database."""
        with self._lock:
            if self._accounts is None:
                self._accounts = Accounts(self.db, self.ledger)
            return self._accounts

    def visitor(self, session):
        """The `users.User` whose session this is, None where it is nobody's; session : value of our cookie."""
        return starter(session, self.settings.token) or self.accounts.who(session)

    def sign_in(self, name, password):
        """dict user, role, token, expires_at of a new session. Raises accounts.SignInRefused."""
        token = self.accounts.sign_in(name, password)
        user = self.accounts.who(token)
        return {"user": user.name, "role": user.role, "token": token, "expires_at": self.accounts.now() + STAYS}

    def first_account(self):
        """Make the owner that CLASS_APP_ADMIN and CLASS_APP_PASSWORD name, where there is no account yet."""
        name, password = self.settings.admin, self.settings.admin_password
        if name and password:
            self.accounts.first(name, password.get_secret_value())

    def activity(self, studio_id=None, limit=50):
        """List of Activity, the latest first; of one studio, or of all."""
        rows = self.ledger.entries(studio_id, last=limit)
        return [
            Activity(
                entry_id=row["entry_id"], at=row["recorded_at"], who=row["actor"], what=row["action"],
                studio_id=row["studio_id"],
                about=next((str(row["payload"][name]) for name in DETAIL if row["payload"].get(name)), ""),
            )
            for row in reversed(rows)
        ]  # fmt: skip
