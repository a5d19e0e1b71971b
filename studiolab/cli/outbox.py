"""inbox: messages to people, at once, later, or where they do not answer."""

import getpass
import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from studiolab.cli.inbox import app as inbox

app = typer.Typer(no_args_is_help=True, help="Follow-ups: messages to who does not answer, each after some hours.")
inbox.add_typer(app, name="sequences")

Studio = Annotated[str | None, typer.Option(help="Studio id, as `studiolab studios` lists them; the only one.")]
Json = Annotated[bool, typer.Option("--json", help="Print the answer as the API gives it.")]
Person = Annotated[str, typer.Argument(help="Contact id, as `studiolab inbox list` shows them.", metavar="CONTACT")]
Message = Annotated[str, typer.Argument(help="Of a message, as `studiolab inbox outbox` lists them.", metavar="ID")]
Name = Annotated[str, typer.Argument(help="As `studiolab inbox sequences list` shows it.", metavar="NAME")]
PATIENCE = 10  # seconds; WhatsApp takes one message in six seconds for the same person
MOMENTS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"]


@inbox.command()
def send(
    who: Person,
    text: Annotated[str, typer.Argument(help="What to write; - reads it from a pipe.")] = "",
    channel: Annotated[str | None, typer.Option(help="whatsapp, instagram, email or sms; that of their last.")] = None,
    subject: Annotated[str | None, typer.Option(help="Of an e-mail; an answer keeps its own.")] = None,
    later: Annotated[datetime | None, typer.Option(formats=MOMENTS, help="When to send it, UTC; at once.")] = None,
    unless_reply: Annotated[bool, typer.Option("--unless-reply", help="Not if they write before.")] = False,
    template: Annotated[str | None, typer.Option(help="Name of a template that the channel has approved.")] = None,
    language: Annotated[str, typer.Option(help="Of the template.")] = "en",
    value: Annotated[list[str] | None, typer.Option(help="What fills the template's next gap; repeat it.")] = None,
    studio: Studio = None,
    as_json: Json = False,
):
    """Write to a person, now or later; `studiolab up` sends what is for later."""
    given = {"channel": channel, "subject": subject, "send_after": later and later.replace(tzinfo=UTC),
             "unless_reply": unless_reply}  # fmt: skip
    if template is not None:
        given["template"] = {"name": template, "language": language, "values": value or []}
    elif value:
        raise ValueError("--value fills a gap of a template; name it with --template")
    workbench = _workbench()
    body = sys.stdin.read() if text == "-" else text
    told = workbench.send_message(workbench.the_studio(studio), who, body, getpass.getuser(), **given)
    _tell([_in_a_moment(workbench, told)], as_json)


@inbox.command()
def outbox(
    contact: Annotated[str | None, typer.Option(help="Only what is for this person.")] = None,
    studio: Studio = None,
    as_json: Json = False,
):
    """What waits to be sent, could not be, or of which nobody knows whether it arrived."""
    workbench = _workbench()
    found = workbench.outbox(workbench.the_studio(studio), contact)
    if as_json:
        typer.echo(_json(found))
        return
    from studiolab.cli import show

    rows = [(one.outbox_id, one.contact_id, one.channel, one.sequence or "", " ".join(one.text.split())[:60], one.says)
            for one in found]  # fmt: skip
    if rows:
        show.table(None, ["Message", "Contact", "Channel", "Sequence", "Text", "What becomes of it"], rows)
    else:
        typer.echo("Nothing waits: all that was written is sent.")


@inbox.command()
def withdraw(message: Message, as_json: Json = False):
    """Not to send a message after all; one that is sent stays so."""
    _tell([_workbench().withdraw_message(message, getpass.getuser())], as_json, {"withdrawn"})


@inbox.command()
def again(message: Message, as_json: Json = False):
    """Send what failed, or what did not arrive."""
    workbench = _workbench()
    _tell([_in_a_moment(workbench, workbench.send_again(message, getpass.getuser()))], as_json)


@app.command("list")
def list_(studio: Studio = None, as_json: Json = False):
    """The studio's sequences, with every step."""
    workbench = _workbench()
    found = workbench.sequences(workbench.the_studio(studio))
    if as_json:
        typer.echo(_json(found))
        return
    from studiolab.cli import show

    rows = [(one.name, f"{step.after_hours:g} h", getattr(step.template, "name", step.template) or "",
             " ".join(step.text.split())) for one in found for step in one.steps]  # fmt: skip
    if rows:
        show.table(None, ["Sequence", ">After", "Template", "Text"], rows)
    else:
        typer.echo("No sequences yet; `studiolab inbox sequences save NAME --step '24: Hi {first_name}'` makes one.")


@app.command()
def save(
    name: Annotated[str, typer.Argument(help="Its name; or a .json file of a whole one, as the API takes it.")],
    step: Annotated[
        list[str] | None, typer.Option(help='"HOURS: TEXT", since the step before, with {first_name}; repeat it.')
    ] = None,
    studio: Studio = None,
):
    """Make a sequence, or another one of the same name; what runs already stays as it began."""
    given = {"name": name, "steps": list(map(_step, step))} if step else _from_file(name)
    workbench = _workbench()
    kept = workbench.save_sequence(workbench.the_studio(studio), given, getpass.getuser())
    typer.echo(f"{kept.name}: {len(kept.steps)} messages; `studiolab inbox sequences start` begins it for a person.")


@app.command()
def start(name: Name, who: Person, studio: Studio = None, as_json: Json = False):
    """Begin a sequence for a person; it ends when they write."""
    workbench = _workbench()
    _tell(workbench.start_sequence(workbench.the_studio(studio), who, name, getpass.getuser()), as_json)


@app.command()
def stop(name: Name, who: Person, studio: Studio = None, as_json: Json = False):
    """End a sequence for a person; what still waits is withdrawn."""
    workbench = _workbench()
    found = workbench.stop_sequence(workbench.the_studio(studio), who, name, getpass.getuser())
    if not found and not as_json:
        typer.echo(f"{name!r} does not run for them.")
    _tell(found, as_json, {"withdrawn"})


def _in_a_moment(workbench, told):
    """What became of a message that is due, once its channel takes it, for nobody else may be there to send it."""
    until = time.monotonic() + PATIENCE
    while told.state == "waiting" and told.send_after <= datetime.now(UTC) and time.monotonic() < until:
        time.sleep(0.2)
        workbench.send_due(only=told.outbox_id)
        told = workbench.queued(told.outbox_id)
    return told


def _tell(found, as_json, wanted=("waiting", "sending", "sent")):
    """Print what became of messages; status 1 where one did not become what was wanted."""
    if as_json:
        typer.echo(_json(found))
    else:
        for one in found:
            typer.echo(f"{one.outbox_id} to {one.contact_id} by {one.channel}: {one.says}.")
    if any(one.state not in wanted for one in found):
        raise typer.Exit(1)


def _json(found):
    return json.dumps([one.model_dump(mode="json") for one in found])


def _step(text):
    hours, _, words = text.partition(":")
    try:
        return {"after_hours": float(hours), "text": words.strip()}
    except ValueError:
        raise ValueError(f'--step {text!r}: expected HOURS: TEXT, e.g. "24: Hi {{first_name}}"') from None


def _from_file(name):
    path = Path(name)
    if path.suffix.lower() != ".json":
        raise ValueError(f"{name!r} has no steps yet: give it --step '24: Hi {{first_name}}', or a .json file")
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ValueError(f"{path} cannot be read: there is no such file") from None
    except ValueError as error:
        raise ValueError(f"{path} is no JSON: {error}") from None


def _workbench():
    from studiolab.app import Workbench

    return Workbench()
