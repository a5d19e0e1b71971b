"""inbox: the channels it comes through, connected and asked."""

import getpass
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from urllib.parse import parse_qs, urlsplit

import typer

from studiolab.cli.inbox import app

Studio = Annotated[str | None, typer.Option(help="Studio id, as `studiolab studios` lists them; the only one.")]
Json = Annotated[bool, typer.Option("--json", help="Print the answer as the API gives it.")]
Channel = Annotated[str, typer.Argument(help="whatsapp, instagram, email or sms.", metavar="CHANNEL")]
Account = Annotated[str | None, typer.Option(help="The number, page or mailbox; the only one.")]


@app.command()
def connect(
    channel: Channel,
    account: Annotated[str, typer.Option(help="The studio's own number, page or mailbox there.")] = "",
    studio: Studio = None,
    set_: Annotated[list[str] | None, typer.Option("--set", help="NAME=VALUE of what is no secret; repeat it.")] = None,
):
    """Connect an account; secrets are asked for and not shown, or read line by line from a pipe.

    A mailbox at Google, `email --set way=gmail`, takes no password: its owner agrees in a browser.
    """
    from studiolab.app import channel_needs

    settings = dict(map(_pair, set_ or ()))
    if channel == "email" and settings.get("way") == "gmail":
        _agree(_workbench(), studio, account)
        return
    given = {name: _secret(name, words) for name, words in channel_needs(channel, settings).secrets.items()}
    given = {name: secret for name, secret in given.items() if secret}  # the environment may have it
    workbench = _workbench()
    studio = workbench.the_studio(studio)
    told = workbench.connect_channel(studio, channel, account, settings, given, getpass.getuser())
    says = next(one.says for one in told.accounts if one.account == account)
    typer.echo(f"{channel} {account} is connected: {says}.")


@app.command()
def disconnect(channel: Channel, account: Account = None, studio: Studio = None):
    """Forget an account's secrets; its messages stay."""
    workbench = _workbench()
    workbench.disconnect_channel(workbench.the_studio(studio), channel, account, getpass.getuser())
    typer.echo(f"{channel} is disconnected; `studiolab inbox connect {channel}` connects it again.")


@app.command()
def status(studio: Studio = None, as_json: Json = False):
    """Which channels are connected, what came last, and what stands in the way."""
    workbench = _workbench()
    found = workbench.channel_status(workbench.the_studio(studio), is_to_connect=True)
    if as_json:
        typer.echo(json.dumps([one.model_dump(mode="json") for one in found]))
        return
    from studiolab.cli import show

    rows = [(one.channel, account.account, account.says if account.is_connected else "disconnected",
             f"{account.last_message_at:%Y-%m-%d %H:%M}" if account.last_message_at else "none",
             ". ".join(filter(None, (account.last_error, account.to_do))))
            for one in found for account in one.accounts]  # fmt: skip
    rows += [(one.channel, "–", "not connected", "", one.to_do) for one in found if not one.accounts]
    show.table(None, ["Channel", "Account", "Whose", "Last message, UTC", "To do"], rows)
    _tell_push(account for one in found for account in one.accounts)


@app.command()
def sync(
    channel: Annotated[str | None, typer.Option(help="Only this one.")] = None,
    studio: Studio = None,
    as_json: Json = False,
):
    """Ask every connected account for what is new."""
    workbench = _workbench()
    found = workbench.sync_channels(workbench.the_studio(studio), channel)
    if as_json:
        typer.echo(json.dumps([one.model_dump(mode="json") for one in found]))
    elif not found:
        typer.echo(f"Nothing is connected{f' of {channel}' if channel else ''}; `studiolab inbox connect` does it.")
    else:
        for one in found:
            typer.echo(f"{one.channel} {one.account}: {one.error or f'{one.messages:,} new messages'}")
            _tell_skipped(one.skipped)
    if any(one.error for one in found):
        raise typer.Exit(1)


@app.command()
def replay(
    files: Annotated[list[Path], typer.Argument(help="Webhooks as .json or .jsonl, mail as .eml or .mbox.")],
    account: Annotated[str | None, typer.Option(help="Whose mail it is; the address most of it names.")] = None,
    studio: Studio = None,
    as_json: Json = False,
):
    """Bring in recorded webhooks and mail files; the same twice adds nothing."""
    workbench = _workbench()
    told = workbench.replay_files(workbench.the_studio(studio), files, account)
    if as_json:
        typer.echo(told.model_dump_json())
        return
    typer.echo(f"{told.read:,} messages and {told.statuses:,} statuses were read, {told.new:,} messages are new.")
    _tell_skipped(told.skipped)


@app.command()
def media(
    message: Annotated[str, typer.Argument(help="Id of a message, as `inbox show --json` gives it.")],
    out: Annotated[Path, typer.Option(help="File to write, or a folder.")],
    number: Annotated[int, typer.Option(help="Which of several, from 1.")] = 1,
    studio: Studio = None,
):
    """Fetch the picture, recording or file of a message from its channel."""
    workbench = _workbench()
    found = workbench.message_media(workbench.the_studio(studio), message, number)
    path = out / found.name if out.is_dir() else out
    path.write_bytes(found.data)
    typer.echo(f"{path}: {len(found.data):,} bytes, {found.mime_type if found.is_shown else 'open it with care'}")


def _agree(workbench, studio, account):
    """Have the owner of a mailbox at Google agree, and wait until they did."""
    studio, begun = workbench.the_studio(studio), datetime.now(UTC)
    told = workbench.begin_oauth(studio, account, getpass.getuser())
    whose = account or "the mailbox"
    typer.echo(f"Let the owner of {whose} agree here, within a quarter of an hour:\n{told.agree_at}\n")
    typer.echo("Then press Enter. Where their browser ended without a page, paste the address it shows: ", nl=False)
    back = {name: values[0] for name, values in parse_qs(urlsplit(sys.stdin.readline().strip()).query).items()}
    typer.echo()
    if "code" in back or "error" in back:
        if "code" not in back:
            raise ValueError(f"the mailbox is not connected: its owner did not agree ({back['error'][:100]!r})")
        workbench.oauth_callback(back["code"], back.get("state", ""))
    known = next(one.accounts for one in workbench.channel_status(studio, is_to_connect=True) if one.channel == "email")
    new = [one for one in known if one.is_connected and one.since >= begun]
    for one in new:
        typer.echo(f"email {one.account} is connected: {one.says}; `studiolab inbox sync` reads it for the first time.")
    _tell_push(new)
    if not new:
        typer.echo("It is not connected yet; `studiolab inbox status` shows it once its owner has agreed.")
        raise typer.Exit(1)


def _tell_push(accounts):
    """Where Google's Pub/Sub is to tell of new mail, of those mailboxes that are there."""
    for one in accounts:
        if one.push_at:
            typer.echo(f"{one.account}: have the subscription of its Pub/Sub topic push to\n{one.push_at}")


def _tell_skipped(sentences):
    for sentence in sentences:
        typer.echo(f"  not read: {sentence}", err=True)


def _pair(text):
    name, mark, value = text.partition("=")
    if not mark:
        raise ValueError(f"--set {text}: expected NAME=VALUE, e.g. account_sid=AC123")
    return name.strip(), value.strip()


def _secret(name, words):
    if sys.stdin.isatty():
        return typer.prompt(f"{name}, {words}", "", hide_input=True, show_default=False).strip()
    return sys.stdin.readline().strip()


def _workbench():
    from studiolab.app import Workbench

    return Workbench()
