"""recommend: the next classes to offer a client, and why not another."""

import getpass
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Classes to offer a client.")

Studio = Annotated[str, typer.Option(help="Studio id, as `studiolab studios` lists them.")]
Client = Annotated[str, typer.Option(help="Member id.")]
AsOf = Annotated[datetime | None, typer.Option(help="The moment asked about, UTC; the end of known visits by default.")]
Ahead = Annotated[int, typer.Option(help="Days ahead that are looked at.")]
Json = Annotated[bool, typer.Option("--json", help="Print the answer as the API gives it.")]


@app.command()
def classes(
    studio: Studio,
    client: Client,
    as_of: AsOf = None,
    size: int = 8,
    ahead: Ahead = 28,
    concierge: Annotated[bool, typer.Option("--concierge", help="Have a language model pick and say why.")] = False,
    fitted: Annotated[bool, typer.Option("--fitted", help="Weights learnt from this studio's own choices.")] = False,
    as_json: Json = False,
):
    """The best set of classes for a client, one a date, each with its reason."""
    from studiolab.app import Workbench

    question = _asked(studio, client, as_of, size, ahead) | ({"weights": "fitted"} if fitted else {})
    bench = Workbench()
    answer = bench.concierge(question) if concierge else bench.recommend(question)
    if as_json:
        typer.echo(answer.model_dump_json())
        return
    from studiolab.cli import show

    rows = [
        (f"{row.date:%a %d %b}", f"{row.starts_at:%H:%M}", row.class_name, row.instructor or "–", row.place,
         row.plan_label, f"{row.fit_score:.3f}", row.rationale or row.reason)
        for row in answer.recommendations
    ]  # fmt: skip
    who = f"{answer.client_name or answer.client_id}, from {answer.as_of:%Y-%m-%d}"
    show.table(who, ["Date", "Time", "Class", "Coach", "Place", "Plan", ">Fit", "Why"], rows)
    if answer.schedule == "assumed":
        typer.echo("  The coming schedule is not published; the last four weeks are taken to go on.")
    if answer.words and answer.words.banner:
        typer.echo(f"  {answer.words.banner}")
    if answer.schedule_note:
        typer.echo(f"  {answer.schedule_note}")
    if answer.why_fewer:
        typer.echo(f"  {answer.why_fewer}")


@app.command("why-not")
def why_not(
    studio: Studio,
    client: Client,
    class_: Annotated[str, typer.Option("--class", help="Class id.")],
    as_of: AsOf = None,
    size: int = 8,
    ahead: Ahead = 28,
    as_json: Json = False,
):
    """Why a class is not among them."""
    from studiolab.app import Workbench

    answer = Workbench().why_not(_asked(studio, client, as_of, size, ahead) | {"class_id": class_})
    typer.echo(answer.model_dump_json() if as_json else answer.reason)


@app.command()
def save(
    studio: Studio,
    client: Client,
    note: Annotated[str, typer.Option(help="Why, in your words.")] = "",
    as_of: AsOf = None,
    size: int = 8,
    ahead: Ahead = 28,
):
    """Put the recommended set into the ledger."""
    from studiolab.app import Workbench

    saved = Workbench().save(_asked(studio, client, as_of, size, ahead) | {"note": note}, getpass.getuser())
    typer.echo(f"Saved as entry {saved.entry_id}; `studiolab ledger replay {saved.entry_id}` makes it again.")


@app.command()
def share(
    studio: Studio,
    client: Client,
    channel: Annotated[str, typer.Option(help="e-mail, draft, calendar, text, app or table.")],
    to: Annotated[Path | None, typer.Option(help="Folder for the file; printed without it.")] = None,
    as_of: AsOf = None,
    size: int = 8,
    ahead: Ahead = 28,
):
    """Send the recommended set to the client, or make the file or words to hand on; it is in the ledger then."""
    from studiolab.app import Workbench

    shared = Workbench().share(_asked(studio, client, as_of, size, ahead) | {"channel": channel}, getpass.getuser())
    if shared.sent_to:
        typer.echo(f"Sent to {shared.sent_to}; entry {shared.entry_id} of the ledger.")
    elif to is None:
        typer.echo(shared.content)
    else:
        (to / shared.file_name).write_text(shared.content, encoding="utf-8", newline="")
        typer.echo(to / shared.file_name)


@app.command()
def watch(studio: Studio, as_json: Json = False):
    """Clients to talk to today: at risk, out of credits, after a first visit."""
    from studiolab.app import Workbench

    rows = Workbench().watched(studio)
    if as_json:
        typer.echo(f"[{','.join(row.model_dump_json() for row in rows)}]")
        return
    from studiolab.cli import show

    told = [(row.list, row.client_name or row.client_id, row.reason, row.next_step) for row in rows]
    show.table("To talk to today", ["List", "Client", "Why", "What to do"], told)


def _asked(studio, client, as_of, size, ahead):
    return {"studio_id": studio, "client_id": client, "as_of": as_of, "size": size, "horizon_days": ahead}
