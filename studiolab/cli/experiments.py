"""experiments: offers tried out on some clients and held back from others."""

import getpass
import json
from datetime import datetime
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Offers tried out: how many clients it takes, and what came of it.")

Studio = Annotated[str | None, typer.Option(help="Studio id, as `studiolab studios` lists them; the only one.")]
Json = Annotated[bool, typer.Option("--json", help="Print the answer as the API gives it.")]
One = Annotated[str, typer.Argument(help="Experiment id, as `studiolab experiments list` shows them.", metavar="ID")]
Lift = Annotated[float, typer.Option(help="Smallest of interest: 0.02 is two points; of margin, minor units a client.")]
Metric = Annotated[str, typer.Option(help="What decides: conversion or margin.")]
Product = Annotated[str | None, typer.Option(help="Product id that is offered; any but dues by default.")]
Arm = Annotated[list[str] | None, typer.Option(help="NAME=SHARE; may be repeated. offer=0.5 and holdout=0.5.")]
Days = Annotated[int, typer.Option(min=1, max=180, help="Days after the first exposure in which a purchase counts.")]
More = Annotated[str, typer.Option(help="JSON: what else the API takes, e.g. '{\"power\": 0.9}'.")]


@app.command("list")
def list_(studio: Studio = None, as_json: Json = False):
    """A studio's experiments, the latest first."""
    workbench = _workbench()
    found = workbench.experiments(workbench.the_studio(studio))
    if as_json:
        typer.echo(f"[{','.join(one.model_dump_json() for one in found)}]")
        return
    if not found:
        typer.echo("None yet. `studiolab experiments create` begins one.")
        return
    from studiolab.cli import show

    rows = [(one.experiment_id, one.name, one.metric, f"{one.started_at:%Y-%m-%d}",
             f"{one.stopped_at:%Y-%m-%d}" if one.stopped_at else "runs", f"{one.exposed:,} of {one.clients:,}")
            for one in found]  # fmt: skip
    show.table(None, ["Experiment", "Name", "Decides", "Since", "Until", ">Clients"], rows)


@app.command()
def create(
    name: Annotated[str, typer.Option(help="What it is called.")],
    smallest_lift: Lift,
    studio: Studio = None,
    metric: Metric = "conversion",
    product: Product = None,
    arm: Arm = None,
    window: Days = 28,
    options: More = "{}",
    as_json: Json = False,
):
    """Begin an experiment; the API's `exposures` logs who is shown what."""
    workbench = _workbench()
    asked = _asked(smallest_lift, metric, product, arm, window, options) | {"name": name}
    told = workbench.begin_experiment(workbench.the_studio(studio), asked, getpass.getuser())
    if as_json:
        typer.echo(told.model_dump_json())
        return
    shares = ", ".join(f"{name} {share:.0%}" for name, share in told.arms.items())
    typer.echo(f"Begun as {told.experiment_id}: {shares}; {told.clients:,} clients are planned.")


@app.command()
def size(
    smallest_lift: Lift,
    studio: Studio = None,
    metric: Metric = "conversion",
    product: Product = None,
    arm: Arm = None,
    window: Days = 28,
    options: More = "{}",
    as_json: Json = False,
):
    """How many clients an experiment takes and how long, from what clients did of late."""
    workbench = _workbench()
    asked = _asked(smallest_lift, metric, product, arm, window, options)
    found = workbench.experiment_size(workbench.the_studio(studio), asked)
    typer.echo(found.model_dump_json() if as_json else found.says)


@app.command()
def report(
    experiment: One,
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="As it was known at the start of this day, UTC.")
    ] = None,
    as_json: Json = False,
):
    """What an experiment says so far, each figure with its interval."""
    import pandas as pd

    found = _workbench().experiment_report(experiment, as_of and pd.Timestamp(as_of, tz="UTC"))
    if as_json:
        typer.echo(found.model_dump_json())
        return
    from studiolab.cli import show

    told = found.experiment
    rows = [(one.arm, f"{one.exposed:,}", f"{one.counted:,}", f"{one.buyers:,}",
             _range(one.conversion, one.conversion_low, one.conversion_high, "{:.1%}"),
             _range(one.margin_minor, one.margin_low_minor, one.margin_high_minor, "{:,.0f}"))
            for one in found.arms]  # fmt: skip
    headings = ["Arm", ">Exposed", ">Window over", ">Bought", ">Conversion (95 %)", ">Margin a client, minor units"]
    show.table(f"{told.name}, as of {found.as_of:%Y-%m-%d %H:%M} UTC, {told.window_days} days each", headings, rows)
    show.table(None, ["", "On all days at once"], [(one.metric, one.says) for one in found.lifts])
    show.console.print(f"\n{found.says}", markup=False)
    if found.note:
        show.console.print(found.note, markup=False)


@app.command()
def stop(experiment: One, note: Annotated[str | None, typer.Option(help="Why, in your words.")] = None):
    """Expose nobody any more; those who were still count once their window is over."""
    told = _workbench().stop_experiment(experiment, getpass.getuser(), note)
    typer.echo(f"{told.experiment_id} is stopped after {told.exposed:,} clients.")


def _asked(smallest_lift, metric, product, arm, window, options):
    try:
        more = json.loads(options)
    except json.JSONDecodeError as error:
        raise ValueError(f"--options is no JSON: {error}") from None
    if not isinstance(more, dict):
        raise ValueError("--options is no JSON object; write it like '{\"power\": 0.9}'")
    arms = {"arms": dict(map(_share, arm))} if arm else {}
    return more | arms | {"smallest_lift": smallest_lift, "metric": metric, "product_id": product,
                          "window_days": window}  # fmt: skip


def _share(text):
    name, _, share = text.partition("=")
    try:
        return name, float(share)
    except ValueError:
        raise ValueError(f"--arm {text}: expected NAME=SHARE, e.g. offer=0.5") from None


def _range(value, low, high, form):
    if value is None:
        return "–"
    return form.format(value) + ("" if low is None else f" ({form.format(low)} to {form.format(high)})")


def _workbench():
    from studiolab.app import Workbench

    return Workbench()
