import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from studiolab import accounts, schema, users
from studiolab.accounts import Accounts, SignInRefused
from studiolab.adapters.database import open_database
from studiolab.ledger import Ledger
from studiolab.users import NotAllowed, User

GOOD = "correct horse battery"


class Clock:
    def __init__(self):
        self.at = datetime(2026, 3, 2, 8, tzinfo=UTC)

    def __call__(self):
        return self.at


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def known(tmp_path, clock):
    """Accounts with ana, an owner."""
    db = open_database(f"sqlite:///{tmp_path / 'studio.sqlite'}")
    known = Accounts(db, Ledger(db), clock)
    known.add("ana", "owner", GOOD)
    yield known
    db.close()


def test_roles_are_those_of_the_schema_and_each_may_look():
    assert tuple(users.MAY) == schema.ROLES
    assert all("look" in may for may in users.MAY.values())
    assert {role for role, may in users.MAY.items() if "code" in may} == {"owner"}


def test_who_may_not_is_told_who_may():
    User("kim", "front desk").needs("share")
    with pytest.raises(NotAllowed, match="kim is front desk and may not see revenue; that takes owner or manager"):
        User("kim", "front desk").needs("revenue")


def test_a_session_says_who_it_is_until_it_ends(known, clock):
    secret = known.sign_in("ana", GOOD)
    assert known.who(secret) == User("ana", "owner")
    assert known.who(secret[:-1]) is None
    assert known.who("") is None
    clock.at += timedelta(hours=12)
    assert known.who(secret) is None


def test_signing_out_ends_one_session_only(known):
    here, there = known.sign_in("ana", GOOD), known.sign_in("ana", GOOD)
    known.sign_out(here)
    assert (known.who(here), known.who(there)) == (None, User("ana", "owner"))


def test_neither_password_nor_session_is_in_the_database(known):
    secret = known.sign_in("ana", GOOD)
    text = "".join(known.db.read(table).to_csv() for table in ("accounts", "sign_ins", "ledger"))
    assert GOOD not in text
    assert secret not in text
    assert "$argon2id$" in text


def test_five_wrong_passwords_lock_the_account_for_a_quarter_of_an_hour(known, clock):
    for _ in range(5):
        with pytest.raises(SignInRefused):
            known.sign_in("ana", "wrong password")
    with pytest.raises(SignInRefused):
        known.sign_in("ana", GOOD)
    clock.at += timedelta(minutes=15, seconds=1)
    assert known.who(known.sign_in("ana", GOOD))
    assert "account locked" in [row["action"] for row in known.ledger.entries()]


def test_a_right_password_forgets_the_wrong_ones(known):
    for _ in range(3):
        for _ in range(4):
            with pytest.raises(SignInRefused):
                known.sign_in("ana", "wrong password")
        known.sign_in("ana", GOOD)


def test_an_unknown_name_hears_the_same_as_a_wrong_password(known):
    told = []
    for name in ("ana", "nobody", "'; DROP TABLE accounts; --", "x" * 10_000):
        with pytest.raises(SignInRefused) as refused:
            known.sign_in(name, "wrong password")
        told.append(str(refused.value))
    assert set(told) == {accounts.REFUSED}


@pytest.mark.parametrize(
    ("name", "role", "password", "sentence"),
    [
        ("ana", "manager", GOOD, "there is an account 'ana' already"),
        ("ben", "boss", GOOD, "no role 'boss'; there are owner, manager, front desk, read-only"),
        ("ben", "manager", "short", "a password has 10 to 1000 characters, this one has 5"),
        ("ben", "manager", "fitpass123", "one that others guess"),
        ("ben", "manager", "aaaaaaaaaaaa", "one that others guess"),
        ("benjamin", "manager", "Benjamin2026", "one that others guess"),
        ("", "manager", GOOD, "cannot be a user name"),
        ("terminal", "owner", GOOD, "cannot be a user name"),
        ("a\nb", "owner", GOOD, "cannot be a user name"),
    ],
)
def test_a_poor_account_is_refused_in_a_sentence(known, name, role, password, sentence):
    with pytest.raises(ValueError, match=sentence):
        known.add(name, role, password)
    assert list(known.listed()["user_name"]) == ["ana"]


def test_the_last_owner_stays(known):
    for lose in (lambda: known.close("ana"), lambda: known.set_role("ana", "manager")):
        with pytest.raises(ValueError, match="ana is the last owner"):
            lose()
    known.add("ben", "owner", GOOD)
    known.set_role("ana", "manager")
    assert known.who(known.sign_in("ana", GOOD)).role == "manager"


def test_a_new_password_or_a_closed_account_ends_the_sessions(known):
    known.add("ben", "front desk", GOOD)
    secret = known.sign_in("ben", GOOD)
    known.set_password("ben", "another good one")
    assert known.who(secret) is None
    secret = known.sign_in("ben", "another good one")
    known.close("ben")
    assert known.who(secret) is None
    with pytest.raises(SignInRefused):
        known.sign_in("ben", "another good one")
    known.reopen("ben")
    assert known.who(known.sign_in("ben", "another good one")) == User("ben", "front desk")


def test_every_change_is_in_the_ledger_with_who_made_it(known):
    known.add("ben", "manager", GOOD, by="ana")
    known.sign_in("ben", GOOD)
    told = [(row["actor"], row["action"]) for row in known.ledger.entries()]
    assert told == [("terminal", "account added"), ("ana", "account added"), ("ben", "signed in")]


def test_the_first_account_comes_from_the_environment_once(tmp_path):
    db = open_database(f"sqlite:///{tmp_path / 'new.sqlite'}")
    known = Accounts(db, Ledger(db))
    assert known.first("admin", GOOD)
    assert not known.first("admin", "another good one")
    assert known.who(known.sign_in("admin", GOOD)).role == "owner"
    db.close()


GUESS = """
import sys
from studiolab.accounts import Accounts, SignInRefused
from studiolab.adapters.database import open_database
from studiolab.ledger import Ledger
db = open_database(sys.argv[1])
known = Accounts(db, Ledger(db))
for n in range(6):
    try:
        known.sign_in("ana", f"wrong password {n}")
    except SignInRefused:
        pass
"""


def test_programs_that_guess_side_by_side_get_no_more_tries(known, clock):
    clock.at = datetime.now(UTC)
    address = str(known.db.engine.url)
    guessers = [subprocess.Popen([sys.executable, "-c", GUESS, address]) for _ in range(3)]
    assert [guesser.wait(60) for guesser in guessers] == [0, 0, 0]
    locked = [row for row in known.ledger.entries() if row["action"] == "account locked"]
    assert len(locked) == 1
    clock.at = datetime.now(UTC)
    with pytest.raises(SignInRefused):
        known.sign_in("ana", GOOD)


def test_the_starts_session_follows_from_its_token_alone():
    session = users.start_session("a-token-of-some-length")
    assert users.starter(session, "a-token-of-some-length") == users.STARTER
    assert users.starter(session, "another-token-of-some-length") is None
    assert users.starter("", "") is None
    assert users.starter("start.é", "a-token-of-some-length") is None
    assert "a-token" not in session


def test_expired_sessions_do_not_pile_up(known, clock):
    for _ in range(3):
        known.sign_in("ana", GOOD)
    clock.at += pd.Timedelta(days=1)
    known.sign_in("ana", GOOD)
    assert len(known.db.read("sign_ins")) == 1


@pytest.mark.parametrize("change", [
    lambda known: known.close("eve"),
    lambda known: known.set_password("eve", "another good one"),
    lambda known: known.set_role("eve", "read-only"),
])  # fmt: skip
def test_a_sign_in_on_its_way_undoes_no_change_that_comes_between(known, change):
    known.add("eve", "owner", GOOD)
    matches = known._matches

    def slowly(account, password):
        right = matches(account, password)
        change(known)
        return right

    known._matches = slowly
    before = None
    try:
        secret = known.sign_in("eve", GOOD)
        before = known.who(secret)
    except SignInRefused:
        pass
    known._matches = matches
    row = known.db.read("accounts").set_index("user_name").loc["eve"]
    if row["is_closed"]:
        assert before is None
    elif row["role"] == "read-only":
        assert before == User("eve", "read-only")
    else:
        assert before is None
        assert known.who(known.sign_in("eve", "another good one"))


@pytest.mark.parametrize("name", ["Ana", "ANA", "ａｎａ", "root", "Visitor", "notebook"])
def test_names_that_read_like_another_are_refused(known, name):
    with pytest.raises(ValueError, match=r"there is an account|cannot be a user name"):
        known.add(name, "manager", GOOD)


def test_an_account_that_cannot_be_told_to_the_ledger_is_not_made(known, monkeypatch):
    def full(*_, **__):
        raise OSError("disk full")

    monkeypatch.setattr(known.ledger, "enter", full)
    with pytest.raises(OSError, match="disk full"):
        known.add("ghost", "owner", GOOD)
    assert list(known.listed()["user_name"]) == ["ana"]
