"""scenarios: questions kept with their answers."""

import getpass
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from studiolab.cli.revenue import Base, Json, Studio, assignment, parsed

app = typer.Typer(no_args_is_help=True, help="Scenarios kept, listed and set side by side.")

One = Annotated[str, typer.Argument(help="Scenario id.", metavar="ID")]


@app.command()
def save(
    studio: Studio,
    name: Annotated[str, typer.Option(help="What it is called.")],
    set_: Annotated[list[str] | None, typer.Option("--set", help="LEVER=VALUE; may be repeated.")] = None,
    target: Annotated[float | None, typer.Option(help="Revenue to reach, instead of levers.")] = None,
    inputs: Annotated[str, typer.Option(help="JSON: the question as the API takes it.")] = "{}",
    months: Annotated[int | None, typer.Option(help="How many months ahead, 1 to 12.", show_default="3")] = None,
    base_month: Base = None,
    description: str = "",
    tag: Annotated[list[str] | None, typer.Option(help="May be repeated.")] = None,
):
    """Keep a what-if (--set), a plan (--target) or, without either, a forecast."""
    question = parsed("inputs", inputs)
    if not isinstance(question, dict):
        raise ValueError('--inputs is no JSON object; write it like \'{"levers": {"upsell_rate": 0.3}}\'')
    question |= {"base_month": base_month} if base_month else {}
    question |= {"target_revenue": target} if target is not None else {}
    question |= {"levers": dict(map(assignment, set_))} if set_ else {}
    kind = "inverse" if "target_revenue" in question else "forward" if "levers" in question else "forecast"
    question |= {"target_months" if kind == "inverse" else "projection_months": months} if months else {}
    kept = _workbench().save_scenario(
        {"studio_id": studio, "scenario_name": name, "description": description, "scenario_type": kind,
         "inputs": question, "tags": tag or []}, getpass.getuser(),
    )  # fmt: skip
    typer.echo(f"Saved as {kept.scenario_id}; entry {kept.entry_id} of the ledger.")


@app.command("list")
def list_(
    studio: Studio,
    tag: Annotated[str | None, typer.Option(help="Those with this tag.")] = None,
    kind: Annotated[str | None, typer.Option("--type", help="forecast, forward or inverse.")] = None,
    text: Annotated[str | None, typer.Option(help="Those with this in name, description or a tag.")] = None,
    deleted: Annotated[bool, typer.Option("--deleted", help="The deleted ones, to restore one.")] = False,
    page: Annotated[int, typer.Option(min=1)] = 1,
    as_json: Json = False,
):
    """A studio's scenarios, the latest first."""
    asked = {"tag": tag, "scenario_type": kind, "text": text, "deleted": deleted, "page": page}
    found = _workbench().scenarios({"studio_id": studio} | asked)
    if as_json:
        typer.echo(found.model_dump_json())
        return
    from studiolab.cli import show

    rows = [(one.scenario_id, one.scenario_name, one.scenario_type, f"{one.created_at:%Y-%m-%d %H:%M}",
             f"{one.predicted_revenue:,.0f}", ", ".join(one.tags)) for one in found.scenarios]  # fmt: skip
    if not rows:
        typer.echo("None here. `studiolab scenarios save` keeps one.")
        return
    columns = ["Scenario", "Name", "Type", "Saved (UTC)", ">Revenue", "Tags"]
    show.table(f"{found.total} in all, page {found.page}", columns, rows)


@app.command()
def show(scenario: One, as_json: Json = False):
    """A scenario with its question and its answer."""
    one = _workbench().scenario(scenario)
    if as_json:
        typer.echo(one.model_dump_json())
        return
    from studiolab.cli import show

    typer.echo(
        f"{one.scenario_name}, {one.scenario_type} of {one.studio_id} after {one.base_month}, by {one.user_name}"
    )
    rows = [(month["month"], f"{month['revenue']:,.0f}") for month in one.outputs["predictions"].values()]
    show.table(one.description or None, ["Month", f">Revenue {one.currency}"], rows)
    show.table(None, ["Lever", ">In the last month"], [(name, f"{value:,g}") for name, value in one.levers.items()])


@app.command()
def compare(
    scenarios: Annotated[list[str], typer.Argument(help="Two to six.", metavar="ID...")], as_json: Json = False
):
    """Scenarios side by side: revenue by month, the levers that differ, which is higher."""
    found = _workbench().compare_scenarios({"scenario_ids": scenarios})
    if as_json:
        typer.echo(found.model_dump_json())
        return
    from studiolab.cli import show

    columns = found.scenarios
    rows = [(month, *(f"{one.revenue[month]:,.0f}" for one in columns)) for month in found.months]
    rows += [("in all", *(f"{one.total:,.0f}" for one in columns))]
    rows += [(lever, *("–" if one.levers[lever] is None else f"{one.levers[lever]:,g}" for one in columns))
             for lever in columns[0].levers]  # fmt: skip
    show.table(None, ["", *(f">{one.scenario_name}" for one in columns)], rows)
    show.console.print(f"\n{found.message}", markup=False)


@app.command()
def share(scenario: One):
    """The address to hand on; the ledger keeps who did."""
    typer.echo(_workbench().share_scenario(scenario, getpass.getuser()).shareable_url)


@app.command()
def delete(scenario: One):
    """Take a scenario off the list."""
    _workbench().delete_scenario(scenario, getpass.getuser())
    typer.echo(f"Deleted; `studiolab scenarios restore {scenario}` brings it back.")


@app.command()
def restore(scenario: One):
    """Undo `delete`."""
    _workbench().restore_scenario(scenario, getpass.getuser())
    typer.echo(f"{scenario} is back.")


@app.command()
def schedule(
    scenario: One,
    start: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First day of the plan.")] = None,
    to: Annotated[Path | None, typer.Option(help="Write a calendar file, such as plan.ics.")] = None,
    as_json: Json = False,
):
    """The tasks of a saved plan, week by week, and who does them."""
    workbench, day = _workbench(), start and start.date()
    if to is not None:
        with to.open("xb") as file:
            file.write(workbench.calendar(scenario, day))
        typer.echo(to)
        return
    found = workbench.schedule(scenario, day)
    if as_json:
        typer.echo(found.model_dump_json())
        return
    from studiolab.cli import show

    rows = [(f"{task.due_on:%a %d %b}", task.what, task.owner) for week in found.weeks for task in week.tasks]
    show.table(f"{found.plan_name}, {found.studio_id}", ["By", "What", "Who"], rows)
    show.console.print(f"\n{found.message}", markup=False)


@app.command()
def slack(scenario: One):
    """Send a scenario to the Slack channel of SLACK_WEBHOOK_URL."""
    typer.echo(f"Sent: {_workbench().tell_slack(getpass.getuser(), scenario_id=scenario)}")


def _workbench():
    from studiolab.app import Workbench

    return Workbench()
