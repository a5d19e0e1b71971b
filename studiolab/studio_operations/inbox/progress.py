"""How far a lead has come by itself: moves that messages, orders and visits prove, and those they only speak for.

A move by the workbench goes forward only, says what it was seen from, and leaves alone what a person decided.
Sources: SPEC D-06, D-09, K3.11.
"""

from typing import NamedTuple

from studiolab.studio_operations.inbox.events import Event
from studiolab.studio_operations.inbox.stages import (
    CONTACTED,
    CONVERTED,
    LOST,
    NEW,
    NO_SHOW,
    QUALIFIED,
    TRIAL_SCHEDULED,
)

JOINING = ("membership", "class_pack")  # revenue kinds
CAME = ("booked", "attended", "no_show", "late_cancelled")
EARLY = (NEW, CONTACTED, QUALIFIED)


class Record(NamedTuple):
    """What the studio's own books say of a member. Timestamps with a zone or None.

    intro_at, bought_at : of the first paid introductory offer, and of the first membership or class pack
    visit : (at, status, class name) of the first class that was booked and not called off
    came_at : of the first class attended
    """

    member_id: str
    name: str = ""
    joined_at: object = None
    left_at: object = None
    has_plan: bool = False
    email_consent: bool | None = None
    text_consent: bool | None = None
    intro_at: object = None
    bought_at: object = None
    visit: tuple | None = None
    came_at: object = None


def answered(contact_id, message_id, at):
    """The Event of the first message that the studio sent."""
    return _move(f"answered-{message_id}", contact_id, CONTACTED, "the studio wrote to them", at, (NEW,))


def moves(contact_id, record, now):
    """List of Events "stage" that the books prove up to Timestamp `now`."""
    found, own = [], f"{contact_id}-{record.member_id}"
    joined_at = record.bought_at or (record.joined_at if record.has_plan else None)
    if record.intro_at is not None:
        found.append(_move(f"intro-{own}", contact_id, TRIAL_SCHEDULED, "bought an introductory offer",
                           record.intro_at, (*EARLY, NO_SHOW)))  # fmt: skip
    if record.visit is not None:
        at, status, name = record.visit
        if at <= now and (joined_at is None or at < joined_at):
            found.append(_move(f"trial-{own}", contact_id, TRIAL_SCHEDULED, f"booked {name}", at, EARLY))
            if status == "no_show":
                found.append(_move(f"trial-missed-{own}", contact_id, NO_SHOW, f"did not come to {name}", at,
                                   (TRIAL_SCHEDULED,)))  # fmt: skip
    if joined_at is not None and joined_at <= now:
        why = "bought a membership or a class pack" if record.bought_at is not None else "has a membership"
        found.append(_move(f"joined-{own}", contact_id, CONVERTED, why, joined_at,
                           (*EARLY, TRIAL_SCHEDULED, NO_SHOW)))  # fmt: skip
    return found


def suggested(stage, record, now):
    """List of (at, stage, why): moves that the books speak for and a person decides."""
    found = []
    if record.visit is not None and record.visit[0] > now and stage in (*EARLY, NO_SHOW):
        at, _, name = record.visit
        found.append((at, TRIAL_SCHEDULED, f"is booked for {name} on {at:%Y-%m-%d}"))
    if stage == NO_SHOW and record.came_at is not None:
        found.append((record.came_at, TRIAL_SCHEDULED, f"came to a class on {record.came_at:%Y-%m-%d} after all"))
    if stage == LOST and record.bought_at is not None:
        found.append((record.bought_at, CONTACTED, f"bought on {record.bought_at:%Y-%m-%d}"))
    if stage == CONVERTED and record.left_at is not None and record.left_at <= now:
        found.append((record.left_at, LOST, f"left on {record.left_at:%Y-%m-%d}"))
    return found


def _move(name, contact_id, to, why, at, only_from):
    return Event(name, contact_id, "stage", {"to": to, "reason": why, "only_from": list(only_from)}, at)
