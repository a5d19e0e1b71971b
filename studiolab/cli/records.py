"""baseline, performance, export: where studios stand, how good predictions were, and tables for other programs."""

from pathlib import Path
from typing import Annotated

import typer

from studiolab.cli.revenue import Json

FIGURES = (("retention_rate", "Retention", "{:.1%}"), ("avg_ticket_price", "Ticket", "{:,.2f}"),
           ("class_attendance_rate", "Class fill", "{:.1%}"), ("total_members", "Members", "{:,.0f}"),
           ("monthly_revenue", "Revenue", "{:,.0f}"))  # fmt: skip
PLACES = ("retention_rate_percentile", "avg_ticket_percentile", "attendance_percentile", "", "revenue_percentile")


def baseline(
    studio: Annotated[list[str], typer.Option(help="Studio id; may be repeated, for studios side by side.")],
    as_json: Json = False,
):
    """A studio's last year: figures, trends, its place among the others."""
    from studiolab.app import Workbench

    found = Workbench().benchmarks(studio)
    if as_json:
        whole = [one.model_dump_json() for one in found]
        typer.echo(whole[0] if len(whole) == 1 else f"[{','.join(whole)}]")
        return
    for one in found:
        _show_baseline(one)


def performance(
    studio: Annotated[str | None, typer.Option(help="Of this studio only.")] = None,
    kind: Annotated[str, typer.Option("--type", help="forecast, or forward for what-ifs.")] = "forecast",
    as_json: Json = False,
):
    """What was predicted beside what came, and whether it went worse than the model said."""
    from studiolab.app import Workbench

    found = Workbench().performance(studio, kind)
    if as_json:
        typer.echo(found.model_dump_json())
        return
    from studiolab.cli import show

    judged = {"all": found.performance_metrics} | {f"{h} ahead": m for h, m in found.by_horizon.items()}
    rows = [(name, m.predictions, _or_dash(m.mape, "{:.1f} %"), _or_dash(m.mape_no_change, "{:.1f} %"),
             _or_dash(m.mae, "{:,.0f}"), _or_dash(m.directional_accuracy, "{:.0%}"), _or_dash(m.coverage, "{:.0%}"))
            for name, m in judged.items()]  # fmt: skip
    columns = ["Months", ">Came", ">MAPE", ">No change", ">MAE", ">Direction", ">In the 90 % interval"]
    show.table(f"{found.prediction_type}s; {found.waiting} wait for their month", columns, rows)
    show.console.print(f"\n{found.drift.message}")


def export(
    to: Annotated[Path, typer.Option(help="Folder; made if it is not there.")],
    form: Annotated[str, typer.Option("--format", help="parquet or csv.")] = "parquet",
    studio: Annotated[str | None, typer.Option(help="Of this studio only.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace files of the same names.")] = False,
):
    """Monthly figures, levers, predictions with what came, and scenarios, for Tableau, Power BI or a spreadsheet.

    Money is in major units beside its currency.
    """
    from studiolab.app import Workbench

    for path in Workbench().export_tables(to, form, force, studio):
        typer.echo(path)


def _show_baseline(one):
    from studiolab.cli import show

    now, year, place = one.current_metrics, one.year_metrics, one.industry_benchmarks
    rows = [
        (title, _or_dash(getattr(now, name), form), _or_dash(getattr(year, name), form),
         _or_dash(getattr(place, at, None), "{}"))
        for (name, title, form), at in zip(FIGURES, PLACES, strict=True)
    ]  # fmt: skip
    period, trends = one.baseline_period, one.historical_trends
    columns = ["", f">In {period.end_month}", f">Mean from {period.start_month}", ">Percentile"]
    show.table(f"{one.studio_id}, money in {one.currency}", columns, rows)
    growth = _or_dash(trends.revenue_growth_12m, "{:+.1%}")
    points = _or_dash(trends.retention_points_per_month, " {:+.2f} points a month")
    typer.echo(f"  Revenue of 12 months {growth}; retention {trends.retention_trend},{points}; "
               f"season {trends.seasonality_pattern}; percentiles among {place.compared_with}.\n")  # fmt: skip


def _or_dash(value, form):
    return "–" if value is None else form.format(value)
