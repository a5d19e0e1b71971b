"""Who is who: one person over several channels, by evidence that is said (K3.16).

What a channel itself vouches for joins by itself: the same number on WhatsApp and by SMS, the same e-mail address.
Everything weaker is a suggestion that a person decides. Numbers are E.164 (ITU-T E.164: 15 digits at most).
"""

import hashlib
import re

import pandas as pd

from studiolab.studio_operations.inbox.events import Event

EVER = pd.Timestamp(0, tz="UTC")  # a join by itself has no moment: it holds as soon as both are known


def joined(of_handle):
    """List of Events "merged", one less than there are handles of each person that channels vouch for.

    of_handle : dict of contact id to handle
    """
    same = {}
    for own, handle in sorted(of_handle.items()):
        for what in filter(None, (phone_of(handle), email_of(handle))):
            same.setdefault(what, []).append((own, handle))
    found = []
    for what, holders in same.items():
        first, handle = holders[0]
        for other, twin in holders[1:]:
            channels = " and ".join(sorted({_channel(handle), _channel(twin)}))
            evidence = [f"{channels} both say {what}"]
            found.append(Event(pair(first, other), first, "merged", {"with": other, "evidence": evidence}, EVER))
    return found


def pair(one, other):
    """The name of two contacts' being one person: of a join by itself, and of a suggestion that was turned down."""
    return "same-" + hashlib.sha256("\n".join(sorted((one, other))).encode()).hexdigest()[:16]


def phone_of(handle):
    """E.164 number that a channel vouches for, None where its name of a person is none (FORMATS § 8)."""
    channel, _, name = handle.partition(":")
    if channel == "whatsapp" and re.fullmatch(r"[1-9][0-9]{6,14}", name):
        return "+" + name
    return phone(name) if channel == "sms" else None


def email_of(handle):
    """Address that a channel vouches for, in lower case; None of other channels."""
    channel, _, name = handle.partition(":")
    return email(name) if channel == "email" else None


def email(text):
    """An address in lower case, None for what is none."""
    found = re.fullmatch(r"[^\s@<>,;:\"]+@[^\s@<>,;:\"]+\.[^\s@<>,;:\".]+", (text or "").strip())
    return found and found[0].casefold()


def phone(text, calling=None):
    """A number as E.164, or None where it is none.

    calling : calling code, digits, of the studio's country, for a number that was written as one dials there
    """
    digits = re.sub(r"[^0-9+]", "", re.sub(r"\(0\)", "", text or ""))
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    if not digits.startswith("+") and calling:
        trunk = "" if calling in KEEPS_ZERO else {"7": "8"}.get(calling, "0")
        digits = "+" + calling + (digits.removeprefix(trunk) if trunk else digits)
    return digits if re.fullmatch(r"\+[1-9][0-9]{6,14}", digits) else None


KEEPS_ZERO = {"39", "378", "225"}  # Italy, San Marino and Ivory Coast dial the zero from abroad too


def _channel(handle):
    return handle.partition(":")[0]
