"""Accounts: who may sign in, with which role; passwords as argon2id hashes, a lock after wrong ones, sessions (K0.7).

A session is a random secret that browser or program holds; the database keeps its hash. Every change and every
sign-in is in the ledger.
"""

import hashlib
import secrets
import threading
import unicodedata
from datetime import UTC, datetime

import pandas as pd

from studiolab import schema
from studiolab.users import STARTER, User

SHORTEST = 10
KNOWN_PASSWORDS = {"fitpass123", "password123", "1234567890", "qwertyuiop", "passwordpassword"}
TRIES = 5
LOCKED = pd.Timedelta(minutes=15)
STAYS = pd.Timedelta(hours=12)
_HASHING = threading.BoundedSemaphore(2)  # a hash takes 64 MB for its while
RESERVED = {"terminal", "root", "visitor", "notebook", "class_app_admin"}
REFUSED = f"User name or password is wrong. After {TRIES} wrong passwords an account rests for 15 minutes."


class SignInRefused(ValueError):
    """The sign-in failed; the message does not tell whether the account exists."""


class Accounts:
    """The accounts of a database (`adapters.database.Database`), with changes in a `Ledger`."""

    def __init__(self, db, ledger, now=lambda: datetime.now(UTC)):
        """now : callable, the time in UTC"""
        from argon2 import PasswordHasher

        self.db, self.ledger = db, ledger
        self.now = lambda: pd.Timestamp(now()).floor("us")
        self._hasher = PasswordHasher()
        self._reading = threading.Lock()
        self._sessions, self._revision = {}, None
        self._nobody = None

    # the accounts -------------------------------------------------------------------------------
    def listed(self):
        """DataFrame user_name, role, created_at, locked_until, is_closed, in order of name."""
        return self.db.read("accounts").drop(columns=["password_hash", "wrong_passwords"])

    def add(self, name, role, password, by=STARTER.name, told=None, then=None):
        """Make an account. Raises ValueError for a taken or odd name, an unknown role, a poor password.

        told : dict that the ledger keeps of it besides; then : called with the transaction, for what must be kept or
        lost together with the account
        """
        name = name.strip()
        if not name.isprintable() or not 1 <= len(name) <= 100 or _alike(name) in RESERVED:
            raise ValueError(f"{name[:100]!r} cannot be a user name; take 1 to 100 letters, digits or signs")
        _check_role(role)
        account = {"user_name": name, "role": role, "password_hash": self._hash(name, password),
                   "created_at": self.now(), "wrong_passwords": 0, "locked_until": pd.NaT,
                   "is_closed": False}  # fmt: skip
        with self.db.transaction() as changes:
            changes.alone("accounts")
            if _alike(name) in set(changes.read("accounts")["user_name"].map(_alike)):
                raise ValueError(f"there is an account {name!r} already")
            changes.write("accounts", pd.DataFrame([account]))
            if then is not None:
                then(changes)
            self.ledger.enter(changes, by, "account added", {"user": name, "role": role} | (told or {}))

    def set_role(self, name, role, by=STARTER.name):
        """Raises ValueError for an unknown name or role, and for the last owner."""
        _check_role(role)
        self._change(by, "role changed", name, {"role": role}, loses_owner=role != "owner")

    def set_password(self, name, password, by=STARTER.name):
        """The new password ends all sessions and any lock."""
        fresh = {"password_hash": self._hash(name, password), "wrong_passwords": 0, "locked_until": pd.NaT}
        self._change(by, "password changed", name, fresh, ends_sessions=True)

    def close(self, name, by=STARTER.name):
        """No more sign-ins; what the user did stays in the ledger. Raises ValueError for the last owner."""
        self._change(by, "account closed", name, {"is_closed": True}, loses_owner=True, ends_sessions=True)

    def reopen(self, name, by=STARTER.name):
        """Undo `close`."""
        self._change(by, "account reopened", name, {"is_closed": False})

    def first(self, name, password):
        """Make the first owner where there is no account yet; True if it did."""
        if not self.db.read("accounts", columns=["user_name"]).empty:
            return False
        self.add(name, "owner", password, by="CLASS_APP_ADMIN")
        return True

    # sessions -----------------------------------------------------------------------------------
    def sign_in(self, name, password, stays=STAYS):
        """The secret of a new session, which lasts `stays` (Timedelta). Raises SignInRefused."""
        account = self._try(name)
        if not self._matches(account, password) or account is None:
            raise SignInRefused(REFUSED)
        secret, now = secrets.token_urlsafe(32), self.now()
        started = {"session_hash": _hashed(secret), "user_name": name, "started_at": now, "expires_at": now + stays}
        with self.db.transaction() as changes:
            changes.alone("accounts")
            present = self._account(changes, name)  # it may have been closed or changed since its password was read
            if present is None or present["is_closed"] or present["password_hash"] != account["password_hash"]:
                raise SignInRefused(REFUSED)
            held = changes.read("sign_ins")
            changes.write("accounts", _with(present, wrong_passwords=0, locked_until=pd.NaT))
            gone = held.loc[held["expires_at"] <= now, "session_hash"]
            changes.replace("sign_ins", pd.DataFrame([started]), session_hash=list(gone))
        self.ledger.record(name, "signed in", {})
        return secret

    def who(self, secret):
        """The User whose session this is, None where it ended, is unknown, or the account is closed."""
        if not secret or len(secret) > 200:
            return None
        user, until = self._known_sessions().get(_hashed(secret), (None, None))
        return user if user and until > self.now() else None

    def sign_out(self, secret):
        """End the session; an unknown one is ended already."""
        self.db.replace("sign_ins", pd.DataFrame(), session_hash=_hashed(secret))

    # parts --------------------------------------------------------------------------------------
    def _known_sessions(self):
        """dict of session hash to (User, expires_at) of the accounts that are open, read anew after every change."""
        revision = self.db.revision("accounts", "sign_ins")
        if revision == self._revision:
            return self._sessions
        with self._reading:
            revision = self.db.revision("accounts", "sign_ins")
            if revision != self._revision:
                accounts = self.db.read("accounts", columns=["user_name", "role", "is_closed"])
                accounts = accounts[~accounts["is_closed"].fillna(False).astype(bool)]
                role = dict(zip(accounts["user_name"], accounts["role"], strict=True))
                self._sessions = {
                    row.session_hash: (User(row.user_name, role[row.user_name]), row.expires_at)
                    for row in self.db.read("sign_ins").itertuples() if row.user_name in role
                }  # fmt: skip
                self._revision = revision
            return self._sessions

    @staticmethod
    def _account(source, name):
        found = source.read("accounts")
        found = found[found["user_name"] == name]
        return None if found.empty else found.iloc[0].to_dict()

    def _try(self, name):
        """The account, its try counted before the password is looked at, so that many at once gain nothing.

        None where there is none, or it is closed or locked.
        """
        with self.db.transaction() as changes:
            changes.alone("accounts")
            account, now = self._account(changes, name), self.now()
            if account is None or account["is_closed"] or account["locked_until"] > now:
                return None
            wrong = int(account["wrong_passwords"]) + 1
            locks = wrong >= TRIES
            until = now + LOCKED if locks else pd.NaT
            changes.write("accounts", _with(account, wrong_passwords=0 if locks else wrong, locked_until=until))
        if locks:
            self.ledger.record(name, "account locked", {"until": until.isoformat()})
        return account

    def _matches(self, account, password):
        """Whether the password is right; takes as long where there is no account."""
        from argon2.exceptions import VerificationError

        with _HASHING:
            if self._nobody is None:
                self._nobody = self._hasher.hash(secrets.token_urlsafe())
            try:
                return self._hasher.verify(account["password_hash"] if account else self._nobody, password)
            except VerificationError:
                return False

    def _hash(self, name, password):
        if len(password) < SHORTEST or len(password) > 1000:
            raise ValueError(f"a password has {SHORTEST} to 1000 characters, this one has {len(password)}")
        if password.lower() in KNOWN_PASSWORDS or name.lower() in password.lower() or len(set(password)) < 4:
            raise ValueError("this password is one that others guess; take another")
        return self._hasher.hash(password)

    def _change(self, by, action, name, fresh, loses_owner=False, ends_sessions=False):
        with self.db.transaction() as changes:
            changes.alone("accounts")
            everyone = changes.read("accounts")
            account = self._account(changes, name)
            if account is None:
                raise ValueError(
                    f"there is no account {name!r}; there are {', '.join(everyone['user_name']) or 'none'}"
                )
            owners = everyone.loc[(everyone["role"] == "owner") & ~everyone["is_closed"].fillna(False), "user_name"]
            if loses_owner and list(owners) == [name]:
                raise ValueError(f"{name} is the last owner; make another owner first")
            changes.write("accounts", _with(account, **fresh))
            if ends_sessions:
                changes.replace("sign_ins", pd.DataFrame(), user_name=name)
            told = {"user": name} | ({"role": fresh["role"]} if "role" in fresh else {})
            self.ledger.enter(changes, by, action, told)


def _with(account, **fresh):
    return pd.DataFrame([account | fresh])


def _alike(name):
    """What a reader takes two names for the same by."""
    return unicodedata.normalize("NFKC", name).casefold()


def _hashed(secret):
    return hashlib.sha256(secret.encode()).hexdigest()


def _check_role(role):
    if role not in schema.ROLES:
        raise ValueError(f"no role {role!r}; there are {', '.join(schema.ROLES)}")
