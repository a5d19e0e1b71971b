"""import, sample: data in, and files to try it with."""

import sys
from pathlib import Path
from typing import Annotated

import typer

SHOWN_REASONS = 10


def import_(
    files: Annotated[list[Path], typer.Argument(help="CSV or parquet files.", metavar="FILE...")],
    mapping: Annotated[str | None, typer.Option("--map", help="A mapping file, or the name of a shipped one.")] = None,
    table: Annotated[
        str | None, typer.Option(help="What the files hold, where they do not tell by themselves.")
    ] = None,
    studio: Annotated[str | None, typer.Option(help="Studio id of all rows.")] = None,
    currency: Annotated[str | None, typer.Option(help="ISO code such as EUR, for files that do not say.")] = None,
    timezone: Annotated[str | None, typer.Option(help="IANA zone of local times, such as Europe/Berlin.")] = None,
    preview: Annotated[bool, typer.Option("--preview", help="Show what would go in, and stop.")] = False,
    correct: Annotated[bool, typer.Option("--correct", help="Let a file change every row known of it.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
):
    """Bring in exports: members, visits, sales, class schedules, monthly figures.

    Which header feeds which column is shown first.

    A row that cannot be used is kept with its line and reason; the others go in.

    The same file a second time changes nothing.
    """
    from rich.console import Console

    from studiolab.app import Workbench

    ask = sys.stdin.isatty() and not yes
    waiting = Console(stderr=True).status("")

    def progress(path, step):
        waiting.update({"read": f"reading {path}", "store": f"storing {path}"}[step])
        waiting.start()

    def confirm(export):
        waiting.stop()
        _show_export(export, whole=preview or ask)
        return not preview and (not ask or typer.confirm(f"Import {export.path.name}?"))

    with waiting:
        done = Workbench().import_files(
            files, mapping=mapping, table=table, studio_id=studio, currency=currency, timezone=timezone,
            progress=progress, confirm=confirm, correct=correct,
        )  # fmt: skip
    for export in done:
        _show_counts(export)


def _show_export(export, whole):
    from studiolab.cli import show

    matches = export.matches.to_dict("records")
    rows = [(m["column"], m["header"], f"{m['confidence']:.0%}", m["how"]) for m in matches]
    show.table(f"{export.path.name}: rows of {export.table}", ["Column", "From", ">Confidence", "By"], rows)
    if whole and len(export.preview):
        first = export.preview.astype(str)
        show.table("\nFirst rows", list(first.columns), first.to_numpy().tolist())
        show.console.print(f"\n{len(export.frame):,} rows would go in, {len(export.rejected):,} would not")
        _show_reasons(export)


def _show_counts(export):
    from studiolab.cli import show

    show.console.print(
        f"\n{export.path.name}: {export.rows_read:,} rows read, {export.new:,} new, {export.changed:,} corrected, "
        f"{export.known:,} known already, {len(export.rejected):,} rejected"
    )
    _show_reasons(export)
    for note in export.notes:
        show.console.print(f"  {note}")


def _show_reasons(export):
    from studiolab.cli import show

    why = export.reasons
    if len(why):
        rows = [(f"{row.rows:,}", row.reason) for row in why.head(SHOWN_REASONS).itertuples()]
        show.table(None, [">Rows", "Rejected because"], rows)
    if len(why) > SHOWN_REASONS:
        show.console.print(f"  and {len(why) - SHOWN_REASONS} more reasons; all are kept in the table rejected_rows")


def sample(
    folder: Annotated[Path, typer.Argument(help="Where the files go; made if it is not there.")],
    seed: Annotated[int, typer.Option(help="Another seed, another studio.")] = 7,
    months: Annotated[int, typer.Option(min=3, max=120, help="How many months.")] = 24,
):
    """A simulated studio as CSV files for `studiolab import`; simulated_class_history.csv holds a booking a row."""
    from studiolab.world import make_chain
    from studiolab.world.sample import exports

    chain = make_chain(1, months, seed)
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in exports(chain, chain.studios["studio_id"].iloc[0]).items():
        path = folder / f"{name}.csv"
        frame.to_csv(path, index=False)
        typer.echo(f"{path}  {len(frame):,} rows")
