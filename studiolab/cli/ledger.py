"""ledger: who decided what; is the record whole; a plan made again."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Who decided what, in a record that only grows.")


@app.command()
def show(
    studio: Annotated[str | None, typer.Option(help="Of this studio only.")] = None,
    last: Annotated[int, typer.Option(min=1, help="How many entries.")] = 20,
):
    """The latest entries."""
    from studiolab.app import Workbench
    from studiolab.cli import show

    lines = Workbench().activity(studio, last)
    rows = [(str(a.entry_id), f"{a.at:%Y-%m-%d %H:%M}", a.who, a.what, a.about, a.studio_id or "–") for a in lines]
    if not rows:
        typer.echo("Nothing is recorded yet: `studiolab recommend save` makes the first entry.")
        return
    show.table("The latest first, times in UTC", [">Entry", "When", "Who", "What", "About", "Studio"], rows)


@app.command()
def verify(
    head: Annotated[str | None, typer.Option(help="COUNT:HASH as an earlier run printed it.")] = None,
):
    """Read the whole chain again: was an entry altered, removed, or the end cut off?"""
    from studiolab.app import Workbench
    from studiolab.ledger import Head

    noted = None
    if head is not None:
        count, _, entry_hash = head.partition(":")
        if not count.isdigit() or len(entry_hash) != 64:
            raise ValueError(f"--head: got {head!r}; expected COUNT:HASH as `studiolab ledger verify` prints it")
        noted = Head(int(count), entry_hash)
    now, problems = Workbench().ledger.verify(noted)
    for problem in problems:
        typer.echo(problem, err=True)
    if problems:
        raise typer.Exit(1)
    typer.echo(f"The ledger is whole. Note its head where nobody here can change it: {now.entries}:{now.entry_hash}")


@app.command()
def replay(
    entry: Annotated[int, typer.Argument(help="Number of the entry.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer as the API gives it.")] = False,
):
    """Make a saved plan again from what was kept of it, and compare."""
    from studiolab.app import Workbench

    made = Workbench().replay(entry)
    typer.echo(made.model_dump_json() if as_json else made.why)
    if not made.same:
        raise typer.Exit(1)


@app.command()
def export(
    to: Annotated[Path, typer.Argument(help="File or folder.")] = Path("recommendation_audit.csv"),
    studio: Annotated[str | None, typer.Option(help="Of this studio only.")] = None,
):
    """Every saved or shared plan as recommendation_audit.csv, a row a class; safe to open in a spreadsheet."""
    from studiolab.app import Workbench

    to = to / "recommendation_audit.csv" if to.is_dir() else to
    to.write_text(Workbench().audit_csv(studio), encoding="utf-8", newline="")
    typer.echo(to)
