"""inbox: who wrote, what is waiting for an answer, and the channels it comes through."""

import getpass
import json
from datetime import datetime
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Messages of all channels, contacts and leads.")

Studio = Annotated[str | None, typer.Option(help="Studio id, as `studiolab studios` lists them; the only one.")]
Json = Annotated[bool, typer.Option("--json", help="Print the answer as the API gives it.")]
One = Annotated[str, typer.Argument(help="Contact id, as `studiolab inbox list` shows them.", metavar="ID")]
Search = Annotated[str, typer.Option(help="Words that the card and one message hold.")]
Most = Annotated[int, typer.Option(min=1, max=500, help="How many at most.")]


@app.command("list")
def list_(
    studio: Studio = None,
    search: Search = "",
    state: Annotated[str, typer.Option(help="open, waiting, unread, snoozed, closed, all or people.")] = "open",
    channel: Annotated[str | None, typer.Option(help="whatsapp, instagram, email or sms.")] = None,
    stage: Annotated[str | None, typer.Option(help="NEW, CONTACTED, QUALIFIED, …")] = None,
    assigned: Annotated[
        str | None, typer.Option(help="User name; an empty one: nobody's, and closed accounts'.")
    ] = None,
    label: Annotated[str | None, typer.Option(help="Those with this label.")] = None,
    limit: Most = 30,
    as_json: Json = False,
):
    """Conversations, the newest first."""
    workbench = _workbench()
    found = workbench.conversations(workbench.the_studio(studio), search, channel, stage, assigned, label, state, limit)
    if as_json:
        typer.echo(found.model_dump_json())
        return
    from studiolab.cli import show

    rows = [(row.contact_id, row.name, row.channel or "", f"{row.unread or ''}", row.stage,
             f"{row.assigned}, closed" if row.assigned_is_closed else row.assigned,
             row.last and f"{row.last.sent_at:%Y-%m-%d %H:%M}", row.last and _line(row.last.text, row.last.direction))
            for row in found.conversations]  # fmt: skip
    show.table(None, ["Contact", "Name", "Channel", ">Unread", "Stage", "Whose", "At, UTC", "Last"], rows)
    typer.echo(f"{len(rows):,} of {found.total:,}; {found.waiting:,} wait for an answer.")
    if not found.total and not workbench.conversations(workbench.the_studio(studio), state="all", limit=1).total:
        typer.echo("Nobody has written; `studiolab inbox connect` brings messages, `studiolab inbox demo` samples.")


@app.command("show")
def show_(who: One, studio: Studio = None, limit: Most = 50, as_json: Json = False):
    """One person's messages over all channels, and who they are."""
    workbench = _workbench()
    found = workbench.conversation(workbench.the_studio(studio), who, limit=limit)
    if as_json:
        typer.echo(found.model_dump_json())
        return
    from studiolab.cli import show

    show.console.print(_card(found.contact), markup=False)
    rows = [(f"{one.sent_at:%Y-%m-%d %H:%M}", one.channel,
             found.contact.name if one.direction == "inbound" else one.author or "studio", one.status or "",
             "(taken back)" if one.deleted_at else " ".join((one.body or f"({one.kind})").split()))
            for one in found.messages]  # fmt: skip
    show.table(None, ["At, UTC", "Channel", "Who", "", "Message"], rows)
    for one in found.contact.notes:
        show.console.print(f"Note of {one.by}, {one.at:%Y-%m-%d}: {one.text}", markup=False)
    if found.waiting_since:
        typer.echo(f"They have waited for an answer since {found.waiting_since:%Y-%m-%d %H:%M} UTC.")


@app.command()
def contacts(studio: Studio = None, search: Search = "", stage: Annotated[str | None, typer.Option()] = None,
             limit: Most = 30, as_json: Json = False):  # fmt: skip
    """Contacts by name, those who never wrote too."""
    workbench = _workbench()
    found = workbench.contacts_of(workbench.the_studio(studio), search, stage, None, limit)
    if as_json:
        typer.echo(found.model_dump_json())
        return
    from studiolab.cli import show

    rows = [(one.contact_id, one.name, one.stage, ", ".join(sorted({way.channel for way in one.handles})),
             one.phone or "", one.email or "", one.member_id or "") for one in found.contacts]  # fmt: skip
    show.table(None, ["Contact", "Name", "Stage", "Channels", "Phone", "E-mail", "Member"], rows)
    typer.echo(f"{len(rows):,} of {found.total:,}.")


@app.command()
def contact(
    who: Annotated[str | None, typer.Argument(help="Contact id; a new one without.", metavar="[ID]")] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="name, email, phone, member_id or language=VALUE.")
    ] = None,
    studio: Studio = None,
):
    """Change what is known of a person, or with no id make a new contact."""
    workbench, given = _workbench(), dict(map(_pair, set_ or ()))
    studio = workbench.the_studio(studio)
    if who is None:
        told = workbench.create_contact(studio, given, getpass.getuser())
    elif given:
        told = workbench.change_contact(studio, who, given, getpass.getuser())
    else:
        told = workbench.contact(studio, who)
    typer.echo(_card(told))


@app.command()
def stage(who: One, to: Annotated[str, typer.Argument(help="NEW, CONTACTED, QUALIFIED, …", metavar="STAGE")],
          reason: Annotated[str, typer.Option(help="Why, in a few words.")] = "", studio: Studio = None):  # fmt: skip
    """Move a lead to another stage."""
    typer.echo(_card(_changed("move_lead", studio, who, to, reason)))


@app.command()
def merge(who: One, other: Annotated[str, typer.Argument(metavar="OTHER")], studio: Studio = None):
    """Make two contacts one person's."""
    typer.echo(_card(_changed("merge_contacts", studio, who, other)))


@app.command()
def unmerge(who: One, merge_id: Annotated[str, typer.Argument(metavar="MERGE")], studio: Studio = None):
    """Take a merge back; `studiolab inbox show` lists them."""
    typer.echo(_card(_changed("unmerge_contacts", studio, who, merge_id)))


@app.command()
def suggestions(studio: Studio = None, as_json: Json = False):
    """Contacts that may be one person, and what speaks for it."""
    workbench = _workbench()
    found = workbench.suggested_merges(workbench.the_studio(studio))
    if as_json:
        typer.echo(json.dumps([one.model_dump(mode="json") for one in found]))
        return
    from studiolab.cli import show

    if not found:
        typer.echo("Nobody seems to be two contacts.")
        return
    rows = [(one.contact_id, one.name, one.with_contact_id, one.with_name, f"{one.score:.2f}",
             "; ".join(sign.says for sign in one.evidence)) for one in found]  # fmt: skip
    show.table(None, ["Contact", "Name", "Contact", "Name", ">Score", "Because"], rows)


@app.command()
def consent(who: One, channel: Annotated[str, typer.Argument(help="A channel, or all.", metavar="CHANNEL")],
            allowed: Annotated[bool, typer.Option("--yes/--no", help="Whether they want marketing.")],
            why: Annotated[str, typer.Option(help="Where they said so.")], studio: Studio = None):  # fmt: skip
    """Note what a person said about marketing."""
    told = _changed("consent", studio, who, channel, allowed, why)
    typer.echo("\n".join(f"{one.channel}: {one.says}" for one in told.consent))


@app.command()
def note(who: One, text: Annotated[str, typer.Argument(help="What nobody outside sees.")], studio: Studio = None):
    """Keep a private note."""
    typer.echo(f"{len(_changed('note', studio, who, text).notes)} notes.")


@app.command()
def label(who: One, label: Annotated[str, typer.Argument(metavar="LABEL")], studio: Studio = None,
          off: Annotated[bool, typer.Option("--off", help="Take it off.")] = False):  # fmt: skip
    """Put a label on a contact, or take it off."""
    typer.echo(", ".join(_changed("label", studio, who, label, not off).labels) or "no label")


@app.command()
def assign(who: One, to: Annotated[str, typer.Argument(help="User name; '' for nobody.", metavar="USER")],
           studio: Studio = None):  # fmt: skip
    """Give a conversation to a user."""
    typer.echo(f"It is {_changed('assign', studio, who, to).assigned or 'nobody'}'s.")


@app.command()
def snooze(who: One, until: Annotated[datetime | None, typer.Option(help="UTC; without it, it is open again.")] = None,
           studio: Studio = None):  # fmt: skip
    """Put a conversation off until a moment, or until they write."""
    import pandas as pd

    typer.echo(_changed("snooze", studio, who, until and pd.Timestamp(until, tz="UTC")).state)


@app.command()
def unread(who: One, studio: Studio = None):
    """Have a conversation count as unread, until somebody opens it on the page or answers."""
    _changed("mark_unread", studio, who)
    typer.echo("unread")


@app.command()
def close(who: One, reopen: Annotated[bool, typer.Option("--reopen", help="Open it.")] = False, studio: Studio = None):
    """Close a conversation; it opens when they write again."""
    typer.echo(_changed("close_conversation", studio, who, not reopen).state)


@app.command()
def canned(
    name: Annotated[str | None, typer.Argument(help="Of one reply; all without.", metavar="[NAME]")] = None,
    text: Annotated[
        str | None, typer.Option(help="With {first_name}, {name}, {studio}, {user}; '' deletes it.")
    ] = None,
    studio: Studio = None,
):
    """Replies to use again: listed, or one kept."""
    workbench = _workbench()
    studio = workbench.the_studio(studio)
    if name is not None and text is not None:
        workbench.save_canned_reply(studio, name, text, getpass.getuser())
    kept = workbench.canned_replies(studio)
    for one in kept:
        if name in (None, one.name):
            typer.echo(f"{one.name}: {one.text}")
    if name is not None and text is None and name not in [one.name for one in kept]:
        known = ", ".join(one.name for one in kept) or "none yet"
        raise ValueError(f"no reply {name!r}; there are: {known}. --text 'Hi {{first_name}}' keeps one")
    if not kept:
        typer.echo("No replies yet; `studiolab inbox canned NAME --text 'Hi {first_name}'` keeps one.")


def _changed(change, studio, who, *given):
    workbench = _workbench()
    return getattr(workbench, change)(workbench.the_studio(studio), who, *given, actor=getpass.getuser())


def _card(told):
    lines = [f"{told.name}  {told.contact_id}  {told.stage}, {told.state}",
             "  ".join(f"{one.channel} {one.name}" for one in told.handles) or "no channel yet"]  # fmt: skip
    if told.member_id or told.member_says:
        lines.append(f"Member {told.member_id or 'unknown'}: {told.member_says}")
    lines += [f"{one.merge_id}: one with {one.with_contact_id}, for {'; '.join(one.evidence)}" for one in told.merges]
    lines += [f"{one.channel}: {one.says}" for one in told.consent]
    lines += [f"{one.at:%Y-%m-%d} {one.to}, {one.reason or 'no reason given'}, by {one.by or 'the workbench'}"
              for one in told.history]  # fmt: skip
    lines += [f"Perhaps {one.to}: {one.reason}" for one in told.suggested]
    if told.labels:
        lines.append(", ".join(told.labels))
    return "\n".join(lines)


def _line(text, direction):
    return f"{'' if direction == 'inbound' else '→ '}{text[:60]}"


def _pair(text):
    name, sign, value = text.partition("=")
    if not sign:
        raise ValueError(f'--set {text}: expected NAME=VALUE, e.g. phone="+49 151 1111111"')
    return name, value


def _workbench():
    from studiolab.app import Workbench

    return Workbench()
