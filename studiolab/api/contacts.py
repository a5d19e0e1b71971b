"""Contacts and leads over HTTP, `/api/contacts` (D-29, K3.10, K3.11, K3.16).

Whoever may look reads them, who may share changes them. Every change answers the contact as it is then, and the
opposite change takes it back.
"""

from typing import Annotated

from fastapi import APIRouter, Body, Path
from pydantic import BaseModel, ConfigDict, Field

from studiolab.api.auth import Asker, needs
from studiolab.api.conversations import Id, Offset, Page, Stage, Text, Words
from studiolab.api.revenue import Bench, problem
from studiolab.api.scheduling import Studio
from studiolab.studio_operations.inbox import replies

router = APIRouter(
    prefix="/contacts", tags=["contacts"],
    responses={401: problem("no token, or a wrong one"), 403: problem("a page of another address, or a role, asks"),
               404: problem("no such studio or contact"), 503: problem("the database does not answer"),
               422: problem("what came, what was expected, and where")},
)  # fmt: skip
WRITES = [needs("share")]
Short = Annotated[str, Field(max_length=200)]


class Asked(BaseModel):
    """Base of the bodies below: nothing unknown."""

    model_config = ConfigDict(extra="forbid")


class ContactChanges(Asked):
    """What is known of a person; an empty text takes a field back to what channels say, none leaves it as it is."""

    name: Short | None = None
    email: Short | None = None
    phone: Short | None = Field(None, description="with its country, or as one dials it at the studio")
    member_id: Short | None = None
    language: Short | None = None


class NewContact(ContactChanges):
    """A person who did not write, or not yet."""

    handle: Short | None = Field(None, description="CHANNEL:NAME, where it is known how they write")


class NewStatus(Asked):
    """Where a lead is now."""

    status: Stage
    reason: str | None = Field(
        None, max_length=1000, description="needed to lose a lead, to reopen one, and to go back"
    )


class ToMerge(Asked):
    """Another contact that is the same person."""

    with_contact_id: Short
    evidence: list[Short] = Field([], max_length=20, description="what speaks for it")


class Other(Asked):
    """Another contact that is somebody else."""

    contact_id: Short


class ToUnmerge(Asked):
    """Which merge to take back."""

    merge_id: Short


class NewConsent(Asked):
    """What a person said about marketing; `all` is of every channel."""

    channel: Short
    allowed: bool
    why: str = Field(min_length=1, max_length=1000, description="where they said so")


class NewNote(Asked):
    """A private note; in the place of another one, or with no text: that one is gone."""

    text: str = Field("", max_length=10_000)
    instead_of: Short | None = None


class Labelled(Asked):
    """Whether a contact has a label."""

    is_set: bool = True


@router.get("")
def contacts(workbench: Bench, studio: Studio, search: Words = "", stage: Stage | None = None, label: Text = None,
             limit: Page = 50, offset: Offset = 0) -> replies.Contacts:  # fmt: skip
    """A studio's contacts by name, those who never wrote too."""
    return workbench.contacts_of(studio, search, stage, label, limit, offset)


@router.post("", dependencies=WRITES)
def create(workbench: Bench, studio: Studio, user: Asker, given: NewContact) -> replies.ContactTold:
    """A new contact."""
    return workbench.create_contact(studio, given.model_dump(exclude_none=True), user.name)


@router.get("/suggested-merges")
def suggested(workbench: Bench, studio: Studio) -> list[replies.SuggestedMerge]:
    """Contacts that may be one person, the surest first, with what speaks for it."""
    return workbench.suggested_merges(studio)


@router.get("/{contact_id}")
def contact(workbench: Bench, studio: Studio, contact_id: Id) -> replies.ContactTold:
    """One contact."""
    return workbench.contact(studio, contact_id)


@router.put("/{contact_id}", dependencies=WRITES)
def change(
    workbench: Bench, studio: Studio, user: Asker, contact_id: Id, changes: ContactChanges
) -> replies.ContactTold:
    """Change what is known of a person."""
    return workbench.change_contact(studio, contact_id, changes.model_dump(exclude_none=True), user.name)


@router.put("/{contact_id}/status", dependencies=WRITES)
def move(workbench: Bench, studio: Studio, user: Asker, contact_id: Id, to: NewStatus) -> replies.ContactTold:
    """Move a lead to another stage."""
    return workbench.move_lead(studio, contact_id, to.status, to.reason, user.name)


@router.post("/{contact_id}/merge", dependencies=WRITES)
def merge(workbench: Bench, studio: Studio, user: Asker, contact_id: Id, given: ToMerge) -> replies.ContactTold:
    """Make two contacts one person's."""
    return workbench.merge_contacts(studio, contact_id, given.with_contact_id, user.name, given.evidence)


@router.post("/{contact_id}/unmerge", dependencies=WRITES)
def unmerge(workbench: Bench, studio: Studio, user: Asker, contact_id: Id, given: ToUnmerge) -> replies.ContactTold:
    """Take a merge back."""
    return workbench.unmerge_contacts(studio, contact_id, given.merge_id, user.name)


@router.post("/{contact_id}/not-the-same", dependencies=WRITES)
def not_the_same(workbench: Bench, studio: Studio, user: Asker, contact_id: Id, other: Other) -> replies.ContactTold:
    """Two contacts are two people, and not suggested any more."""
    return workbench.not_the_same(studio, contact_id, other.contact_id, user.name)


@router.put("/{contact_id}/consent", dependencies=WRITES)
def consent(workbench: Bench, studio: Studio, user: Asker, contact_id: Id, said: NewConsent) -> replies.ContactTold:
    """Note what a person said about marketing."""
    return workbench.consent(studio, contact_id, said.channel, said.allowed, said.why, user.name)


@router.post("/{contact_id}/notes", dependencies=WRITES)
def note(workbench: Bench, studio: Studio, user: Asker, contact_id: Id, given: NewNote) -> replies.ContactTold:
    """Keep a private note."""
    return workbench.note(studio, contact_id, given.text, user.name, given.instead_of)


@router.put("/{contact_id}/labels/{label}", dependencies=WRITES)
def label(
    workbench: Bench, studio: Studio, user: Asker, contact_id: Id,
    label: Annotated[str, Path(min_length=1, max_length=50)], how: Annotated[Labelled | None, Body()] = None,
) -> replies.ContactTold:  # fmt: skip
    """Put a label on, or take it off."""
    return workbench.label(studio, contact_id, label, how is None or how.is_set, user.name)
