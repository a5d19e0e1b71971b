"""Contacts that may be one person: what speaks for it, listed and in points; a person decides (K3.16).

Points are a judgement of how often such a sign is right, not a measured chance; several add up as independent signs
would: 1 - the product of 1 - points (noisy or; Pearl 1988, 4.3.2).
"""

from itertools import combinations
from typing import NamedTuple

from studiolab.studio_operations.inbox import identity

MEMBER, STAFF, BOTH_STAFF, SAID, MAILBOX, NAME = 0.9, 0.85, 0.7, 0.6, 0.8, 0.5
MOST_HOLDERS = 5  # a number that more contacts share is a desk's or a family's, and tells nobody apart
DOTLESS = ("gmail.com", "googlemail.com")


class Who(NamedTuple):
    """What is known of one contact.

    vouched : phones and addresses that channels vouch for; given : those that staff typed
    said : those that they wrote in messages; member_id : of the member they are, or None; name : folded
    """

    contact_id: str
    name: str = ""
    vouched: frozenset = frozenset()
    given: frozenset = frozenset()
    said: frozenset = frozenset()
    member_id: str | None = None


class Suggestion(NamedTuple):
    """contact_id < with_contact_id; evidence : list of (sentence, points), the strongest first."""

    contact_id: str
    with_contact_id: str
    score: float
    evidence: list


def suggestions(people, apart=frozenset(), members_named=None):
    """List of `Suggestion`, the best first.

    people : list of Who, one a contact; apart : names of pairs, `identity.pair`, that somebody said are two people
    members_named : dict of folded name to how many members have it
    """
    found = {}
    for evidence in (_shared, _members, _mailboxes, lambda people: _names(people, members_named or {})):
        for one, other, sentence, points in evidence(people):
            ends = tuple(sorted((one, other)))
            if identity.pair(*ends) not in apart:
                found.setdefault(ends, {})[sentence] = points
    made = []
    for (one, other), signs in found.items():
        left = 1.0
        for points in signs.values():
            left *= 1 - points
        made.append(Suggestion(one, other, 1 - left, sorted(signs.items(), key=lambda sign: (-sign[1], sign[0]))))
    return sorted(made, key=lambda one: (-one.score, one.contact_id, one.with_contact_id))


def _shared(people):
    """The same phone or address, by whoever it was said."""
    for what, holders in _holders(people, lambda who: who.vouched | who.given | who.said):
        for one, other in combinations(holders, 2):
            ways = sorted((_way(one, what), _way(other, what)))
            if ways == ["channel", "staff"]:
                yield one.contact_id, other.contact_id, f"staff noted {what}, which the other writes from", STAFF
            elif ways == ["staff", "staff"]:
                yield one.contact_id, other.contact_id, f"staff noted {what} with both", BOTH_STAFF
            elif "said" in ways and ways != ["said", "said"]:
                yield one.contact_id, other.contact_id, f"one wrote {what} in a message, which is the other's", SAID


def _way(who, what):
    return "channel" if what in who.vouched else "staff" if what in who.given else "said"


def _members(people):
    for member, holders in _holders(people, lambda who: {who.member_id} - {None}):
        for one, other in combinations(holders, 2):
            yield one.contact_id, other.contact_id, f"both are member {member} by the member file", MEMBER


def _mailboxes(people):
    """Addresses that one mailbox receives: with +something, and at Google with or without dots."""
    for box, holders in _holders(people, lambda who: {mailbox(one) for one in who.vouched | who.given if "@" in one}):
        for one, other in combinations(holders, 2):
            if not (one.vouched | one.given) & (other.vouched | other.given):
                yield one.contact_id, other.contact_id, f"mail to both arrives at {box}", MAILBOX


def mailbox(address):
    """The mailbox behind an address."""
    local, _, domain = address.rpartition("@")
    local = local.partition("+")[0]
    return f"{local.replace('.', '') if domain in DOTLESS else local}@{domain}"


def _names(people, members_named):
    for name, holders in _holders(people, lambda who: {who.name} if _is_full(who.name) else ()):
        others = max(len(holders), members_named.get(name, 0)) - 1
        for one, other in combinations(holders, 2):
            yield one.contact_id, other.contact_id, "both have the same full name, which is rare here", NAME / others


def _is_full(name):
    words = name.split()
    return len(words) >= 2 and all(len(word) > 1 and word.isalpha() for word in words)


def _holders(people, what):
    """(thing, list of Who) of each thing that two or more have, and not too many."""
    by_thing = {}
    for who in people:
        for one in what(who):
            by_thing.setdefault(one, []).append(who)
    return [(thing, own) for thing, own in sorted(by_thing.items()) if 2 <= len(own) <= MOST_HOLDERS]
