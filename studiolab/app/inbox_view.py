"""A conversation as lists need it, and whether a search finds it."""

from dataclasses import dataclass

from studiolab.adapters.channels import folded
from studiolab.studio_operations.inbox import contacts, conversations, progress


@dataclass
class View:
    """A conversation as lists need it.

    contact : Contact; said : conversations.Standing; sight : conversations.Overview; name : as people know them
    card : folded text of who they are; texts : folded, of each line of `said.shown`; blob : all of them
    member_id, member_says : the member they are, and why; record : progress.Record of that member, or None
    hint : words in a message that may ask to be left alone
    """

    contact: contacts.Contact
    said: conversations.Standing
    sight: conversations.Overview
    name: str
    card: str
    texts: list
    blob: str
    member_id: str | None = None
    member_says: str = ""
    record: progress.Record | None = None
    hint: str = ""


def words(search):
    """What has to be found, folded; a number that was written as one dials is found without its zero."""
    plain = folded(search).split()
    return [word.removeprefix("0") if word.isdigit() and len(word) > 3 else word for word in plain]


def shown_of(view, asked):
    """The Line that a list shows: the newest that holds what the card does not, else the last one; None of nobody."""
    left = [word for word in asked if word not in view.card]
    if left:
        for line, text in zip(reversed(view.said.shown), reversed(view.texts), strict=True):
            if all(word in text for word in left):
                return line
    return view.sight.last


def holds(view, asked):
    """For each View at each key, so it looks where most are told apart first."""
    left = None
    for word in asked:
        if word not in view.card:
            if word not in view.blob:
                return False
            left = [word] if left is None else [*left, word]
    return left is None or len(left) == 1 or any(all(word in text for word in left) for text in view.texts)


def called(contact, said, member=None):
    """A name for a person: as staff typed it, the member's, as they call themselves, or what the channel knows."""
    own = (line.name for line in reversed(said.shown) if line.direction == "inbound" and line.name)
    given = contact.given
    return given.get("name") or member or next(own, None) or given.get("email") or given.get("phone") or next(
        (handle.partition(":")[2] for handle in contact.handles), "Somebody")  # fmt: skip


def state_of(contact, sight, now):
    """One of "open", "snoozed" and "closed"; who writes again opens what was closed or put off."""
    last_in = sight.last_in or 0
    if contact.closed_at is not None and contact.closed_at.value >= last_in:
        return "closed"
    if contact.snoozed_until is not None and contact.snoozed_until > now and contact.snoozed_at.value >= last_in:
        return "snoozed"
    return "open"
