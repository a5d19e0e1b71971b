"""experiments: offers tried out on some clients and held back from others, and prices drawn for each."""

import getpass
import inspect
import json
from datetime import datetime
from functools import partial
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
AsOf = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d"], help="As it was known at the start of this day, UTC.")
]
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


def _asked(
    smallest_lift: Lift,
    metric: Metric = "conversion",
    product: Product = None,
    arm: Arm = None,
    window: Days = 28,
    options: More = "{}",
):
    """dict of what is asked of an experiment."""
    try:
        more = json.loads(options)
    except json.JSONDecodeError as error:
        raise ValueError(f"--options is no JSON: {error}") from None
    if not isinstance(more, dict):
        raise ValueError("--options is no JSON object; write it like '{\"power\": 0.9}'")
    arms = {"arms": dict(map(_share, arm))} if arm else {}
    return more | arms | {"smallest_lift": smallest_lift, "metric": metric, "product_id": product,
                          "window_days": window}  # fmt: skip


def _asking(command):
    """`command`, whose argument `asked` is made of the options of `_asked`."""
    shared, own = (dict(inspect.signature(one).parameters) for one in (_asked, command))
    del own["asked"]

    def run(**given):
        command(asked=_asked(**{name: given.pop(name) for name in shared}), **given)

    listed = [one.replace(kind=one.KEYWORD_ONLY) for one in (own | shared).values()]
    run.__name__, run.__doc__, run.__signature__ = command.__name__, command.__doc__, inspect.Signature(listed)
    run.__annotations__ = {one.name: one.annotation for one in listed}
    return run


@app.command()
@_asking
def create(name: Annotated[str, typer.Option(help="What it is called.")], asked, studio: Studio = None,
           as_json: Json = False):  # fmt: skip
    """Begin an experiment; the API's `exposures` logs who is shown what."""
    workbench = _workbench()
    told = workbench.begin_experiment(workbench.the_studio(studio), asked | {"name": name}, getpass.getuser())
    typer.echo(told.model_dump_json() if as_json else _begun(told))


@app.command()
@_asking
def size(asked, studio: Studio = None, as_json: Json = False):
    """How many clients an experiment takes and how long, from what clients did of late."""
    workbench = _workbench()
    found = workbench.experiment_size(workbench.the_studio(studio), asked)
    typer.echo(found.model_dump_json() if as_json else found.says)


@app.command()
def price(
    experiment: Annotated[str | None, typer.Argument(help="Price test that has begun: what it says.")] = None,
    product: Annotated[str | None, typer.Option(help="Product id: which prices to try, and on how many.")] = None,
    begin: Annotated[str | None, typer.Option(help="Begin the test of --product, under this name.")] = None,
    prices: Annotated[int, typer.Option(min=2, max=6, help="How many, the list price among them.")] = 4,
    deepest: Annotated[float, typer.Option(help="Share of the list price that the lowest is below it at most.")] = 0.25,
    studio: Studio = None,
    as_of: AsOf = None,
    as_json: Json = False,
):
    """Which price of a product earns most: what a test takes, or what one that has begun says, with its interval."""
    if (experiment is None) == (product is None):
        raise ValueError("expected the id of a price test, or --product for a new one")
    workbench = _workbench()
    if experiment is not None:
        found = workbench.price_report(experiment, as_of and _utc(as_of))
        typer.echo(found.model_dump_json()) if as_json else _prices(found)
        return
    studio, asked = workbench.the_studio(studio), {"product_id": product, "prices": prices, "deepest": deepest}
    if begin is None:
        found = workbench.price_plan(studio, asked, as_of and _utc(as_of))
        typer.echo(found.model_dump_json() if as_json else found.says)
        return
    told = workbench.begin_price_test(studio, asked | {"name": begin}, getpass.getuser())
    typer.echo(told.model_dump_json() if as_json else _begun(told))


def _prices(found):
    from studiolab.cli import show

    told, money = found.experiment, partial(_money, found)
    rows = [(money(one.price_minor), f"{one.asked:,}", f"{one.buyers:,}",
             _range(one.share, one.low, one.high, "{:.1%}")) for one in found.prices]  # fmt: skip
    title = f"{told.name}, as of {found.as_of:%Y-%m-%d %H:%M} UTC, {told.window_days} days each"
    show.table(title, [f">Price {found.currency}", ">Asked", ">Bought", ">Share (95 %)"], rows)
    rows = [(one.segment, f"{one.asked:,}", money(one.price_minor),
             f"{money(one.gain_minor)} ({money(one.gain_low_minor)} to {money(one.gain_high_minor)})",
             f"{money(one.best_low_minor)} to {money(one.best_high_minor)}") for one in found.advice]  # fmt: skip
    show.table(None, ["Clients", ">Asked", ">Ask", ">More margin each (90 %)", ">Earns most (90 %)"], rows)
    show.console.print(f"\n{found.says}", markup=False)
    if found.note:
        show.console.print(found.note, markup=False)


@app.command()
def report(
    experiment: One,
    as_of: AsOf = None,
    as_json: Json = False,
):
    """What an experiment says so far, each figure with its interval."""
    found = _workbench().experiment_report(experiment, as_of and _utc(as_of))
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


def _begun(told):
    shares = ", ".join(f"{name} {share:.0%}" for name, share in told.arms.items())
    return f"Begun as {told.experiment_id}: {shares}; {told.clients:,} clients are planned."


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


def _money(found, minor):
    from studiolab.schema import major

    return major(minor, found.currency)


def _utc(day):
    import pandas as pd

    return pd.Timestamp(day, tz="UTC")


def _workbench():
    from studiolab.app import Workbench

    return Workbench()
