"""studios: what there is, and one more."""

from typing import Annotated

import typer

app = typer.Typer(help="The studios there are; `add` begins one before anything of it is imported.")


@app.callback(invoke_without_command=True)
def studios(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print the list as the API gives it.")] = False,
):
    """The studios there are; `add` begins one before anything of it is imported."""
    if context.invoked_subcommand:
        return
    from studiolab.app import Workbench

    found = Workbench().studios()
    if as_json:
        typer.echo(f"[{','.join(studio.model_dump_json() for studio in found)}]")
        return
    from studiolab.cli import show

    rows = [
        (
            s.studio_id, s.studio_name, s.studio_type or "–", f"{s.first_month} to {s.last_month}" if s.months else "–",
            "–" if s.last_revenue is None else f"{s.last_revenue:,.0f} {s.currency}",
            "forecast, scenario, plan" if s.plannable else "forecast" if s.months else "inbox",
        )
        for s in found
    ]  # fmt: skip
    if not rows:
        typer.echo(
            "There are none yet. `studiolab up` brings a sample chain, `studiolab import FILE` your own, "
            "`studiolab studios add NAME` begins one."
        )
        return
    show.table(None, ["Studio", "Name", "Type", "Months", ">Last revenue", "Can be asked"], rows)


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="As owner and clients call it; the id is made of it.")],
    currency: Annotated[
        str | None, typer.Option(help="ISO code such as EUR; that of the others, where they share one.")
    ] = None,
    timezone: Annotated[
        str | None, typer.Option(help="IANA zone such as Europe/Berlin; that of the others, where they share one.")
    ] = None,
):
    """Begin a studio: its inbox can be connected at once, its data be imported later."""
    from studiolab.app import Workbench

    made = Workbench().add_studio({"studio_name": name, "currency": currency, "timezone": timezone})
    typer.echo(
        f"{made.studio_name} is there as {made.studio_id}. `studiolab inbox connect email --studio {made.studio_id}` "
        f"brings its messages, `studiolab import FILE --studio {made.studio_id}` its data."
    )
