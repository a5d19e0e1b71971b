"""Reading what strangers sent: of the wrong type, too deep, of the year 90,000. What is wrong is left out."""

import json
from datetime import UTC, datetime, timedelta

LONGEST_ID = 500  # bytes; databases index ids, and no channel's own has half as many
NOBODYS = "?"  # an account that nobody can connect
FIRST = datetime(2000, 1, 1, tzinfo=UTC)
AHEAD = timedelta(days=1)  # clocks differ, but not more


def load(body):
    """dict of a JSON body. Raises ValueError, in a sentence, for what is none."""
    try:
        told = json.loads(body, parse_int=_whole, parse_constant=str)
    except RecursionError:
        raise ValueError("the body is nested too deeply to be read") from None
    except ValueError as error:
        raise ValueError(f"the body is no JSON: {str(error)[:100]}") from None
    if not isinstance(told, dict):
        raise ValueError(f"the body is a JSON {type(told).__name__}; an object was expected")
    return told


def dicts(told, name):
    """The dicts in list `name` of `told`, for it may be left out or filled with anything."""
    found = told.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def inner(told, name):
    """dict `name` of `told`, an empty one where there is none."""
    found = told.get(name)
    return found if isinstance(found, dict) else {}


def text(told, *names):
    """The first text, or number as text, that one of `names` has in `told`; None where none has."""
    for name in names:
        found = told.get(name)
        if found.__class__ in (int, float):
            found = str(found)
        if isinstance(found, str) and found:
            return found
    return None


def identifier(told, *names):
    """As `text`, for ids: raises ValueError where there is none, or one of more than LONGEST_ID bytes."""
    found = text(told, *names)
    if found is None or not found.isprintable():
        raise ValueError(f"no {names[0]!r}")
    size = len(found.encode())
    if size > LONGEST_ID:
        raise ValueError(f"{names[0]!r} of {size} bytes")
    return found


def account_of(told, name):
    """The account that something came to, NOBODYS where it is not said."""
    try:
        return identifier(told, name)
    except ValueError:
        return NOBODYS


def moment(value, per_second=1):
    """A UTC datetime of a time stamp, text or number; now, where that tells no time that a message can have.

    A message is worth more than its time stamp, so a wrong one does not keep it out.
    """
    try:
        return likely(datetime.fromtimestamp(int(value) / per_second, UTC))
    except (TypeError, ValueError, OverflowError, OSError):
        return datetime.now(UTC)


def likely(at):
    """`at`, or now where no message can be from then."""
    now = datetime.now(UTC)
    return at if FIRST <= at <= now + AHEAD else now


def _whole(digits):
    return int(digits) if len(digits) < 30 else digits
