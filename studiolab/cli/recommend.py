"""recommend: the next classes to offer a client, and why not another."""

from datetime import datetime
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
    studio: Studio, client: Client, as_of: AsOf = None, size: int = 8, ahead: Ahead = 28, as_json: Json = False
):
    """The best set of classes for a client, one a date, each with its reason."""
    from studiolab.app import Workbench

    answer = Workbench().recommend(
        {"studio_id": studio, "client_id": client, "as_of": as_of, "size": size, "horizon_days": ahead}
    )
    if as_json:
        typer.echo(answer.model_dump_json())
        return
    from studiolab.cli import show

    rows = [
        (f"{row.date:%a %d %b}", f"{row.starts_at:%H:%M}", row.class_name, row.instructor or "–", row.place,
         row.plan_label, f"{row.fit_score:.3f}", row.reason)
        for row in answer.recommendations
    ]  # fmt: skip
    who = f"{answer.client_name or answer.client_id}, from {answer.as_of:%Y-%m-%d}"
    show.table(who, ["Date", "Time", "Class", "Coach", "Place", "Plan", ">Fit", "Why"], rows)
    if answer.schedule == "assumed":
        typer.echo("  The coming schedule is not published; the last four weeks are taken to go on.")
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

    answer = Workbench().why_not(
        {
            "studio_id": studio,
            "client_id": client,
            "class_id": class_,
            "as_of": as_of,
            "size": size,
            "horizon_days": ahead,
        }
    )
    typer.echo(answer.model_dump_json() if as_json else answer.reason)
