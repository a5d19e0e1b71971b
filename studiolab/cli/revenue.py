"""forecast, scenario, plan, explain, insights: questions to the revenue simulator."""

import json
from typing import Annotated

import typer

KNOWN = 24  # months of history in a sparkline

Studio = Annotated[str, typer.Option(help="Studio id, as `studiolab studios` lists them.")]
Months = Annotated[int, typer.Option(help="How many months ahead, 1 to 12.")]
Base = Annotated[str | None, typer.Option(help="Last month to start from, YYYY-MM; the last one known by default.")]
Json = Annotated[bool, typer.Option("--json", help="Print the answer as the API gives it.")]
Limit = Annotated[float | None, typer.Option(min=0, help="Largest change by the last month.", show_default="its step")]


def forecast(
    studio: Annotated[list[str] | None, typer.Option(help="Studio id; may be repeated. All by default.")] = None,
    months: Months = 3,
    base_month: Base = None,
    as_json: Json = False,
):
    """The coming months of studios that hold their levers."""
    workbench = _workbench()
    ids = studio or [s.studio_id for s in workbench.studios() if s.months]
    if not ids:
        _ = workbench.model  # which says what is missing
    asked = {"projection_months": months, "base_month": base_month}
    answers = [workbench.forecast({"studio_id": studio_id} | asked, logged=True) for studio_id in _followed(ids)]
    if as_json:
        whole = [answer.model_dump_json() for answer in answers]
        typer.echo(whole[0] if studio and len(whole) == 1 else f"[{','.join(whole)}]")
        return
    for answer in answers:
        _show_months(workbench, answer)


def scenario(
    studio: Studio,
    levers: Annotated[str, typer.Option(help='JSON: {"avg_ticket_price": 160} held, or a list of one a month.')] = "{}",
    set_: Annotated[list[str] | None, typer.Option("--set", help="LEVER=VALUE; may be repeated.")] = None,
    months: Months = 3,
    base_month: Base = None,
    as_json: Json = False,
):
    """The coming months of a studio that sets these levers; a lever not named stays where it is."""
    given = parsed("levers", levers)
    if set_:
        if not isinstance(given, dict):
            raise ValueError("--set changes levers that are held; leave it out beside a list of one row a month")
        given |= dict(assignment(text) for text in set_)
    workbench = _workbench()
    answer = workbench.forward(
        {"studio_id": studio, "levers": given, "projection_months": months, "base_month": base_month}, logged=True
    )
    if as_json:
        typer.echo(answer.model_dump_json())
        return
    _show_months(workbench, answer)
    if answer.extrapolating:
        typer.echo(f"  Beyond what the data covers, so less certain than it says: {', '.join(answer.extrapolating)}\n")


def plan(
    studio: Studio,
    target: Annotated[
        float | None,
        typer.Option(help="Revenue to reach, in the studio's currency; left out for the plan that earns most."),
    ] = None,
    months: Months = 3,
    basis: Annotated[str, typer.Option(help="What the target is of: last month, mean month or sum.")] = "last",
    base_month: Base = None,
    state: Annotated[str, typer.Option(help="JSON: levers and current_member_count where they differ now.")] = "{}",
    sure: Annotated[float | None, typer.Option(help="Wanted chance to come to the target, .5 to .95.")] = None,
    cost_basis: Annotated[str, typer.Option(help="What is saved: money, or the weights of the documents.")] = "money",
    unit_costs: Annotated[str, typer.Option(help='JSON: {"upsell_rate": 5000}, money a month for one unit.')] = "{}",
    ramp: Annotated[str, typer.Option(help="even monthly steps, or at_once.")] = "even",
    extrapolate: Annotated[bool, typer.Option("--extrapolate", help="Let levers leave what the data covers.")] = False,
    others: Annotated[bool, typer.Option("--others", help="Show other ways to the same target.")] = False,
    max_retention_increase: Limit = None,
    max_ticket_increase: Limit = None,
    max_attendance_increase: Limit = None,
    max_new_members_increase: Limit = None,
    max_utilization_increase: Limit = None,
    max_upsell_increase: Limit = None,
    max_classes_increase: Limit = None,
    as_json: Json = False,
):
    """The cheapest levers that bring a revenue, or the best there is and what holds it back."""
    limits = {name: value for name, value in locals().items() if name.startswith("max_") and value is not None}
    workbench = _workbench()
    answer = workbench.inverse({
        "studio_id": studio, "target_revenue": target, "target_months": months, "target_basis": basis,
        "base_month": base_month, "current_state": parsed("state", state), "constraints": limits, "sure": sure,
        "cost_basis": cost_basis, "unit_costs": parsed("unit_costs", unit_costs), "ramp": ramp,
        "extrapolate": extrapolate, "other_plans": others,
    })  # fmt: skip
    if as_json:
        typer.echo(answer.model_dump_json())
        return
    from studiolab.cli import show

    show.changes(answer, _currency(workbench, studio))


def explain(
    studio: Studio,
    by: Annotated[str, typer.Option(help="sensitivity, elasticity, correlation or shapley.")] = "sensitivity",
    set_: Annotated[list[str] | None, typer.Option("--set", help="LEVER=VALUE of a plan; may be repeated.")] = None,
    months: Months = 3,
    basis: Annotated[str, typer.Option(help="Revenue of what: last month, mean month or sum.")] = "last",
    base_month: Base = None,
    as_json: Json = False,
):
    """What each lever does to revenue; with `--by shapley --set …`, its part of what a plan changes."""
    workbench = _workbench()
    answer = workbench.impact({
        "studio_id": studio, "analysis_type": by, "levers": dict(map(assignment, set_ or [])),
        "projection_months": months, "target_basis": basis, "base_month": base_month,
    })  # fmt: skip
    if as_json:
        typer.echo(answer.model_dump_json())
        return
    from studiolab.cli import show

    show.impacts(answer, _currency(workbench, studio))


def insights(
    studio: Studio,
    months: Months = 3,
    base_month: Base = None,
    words: Annotated[bool, typer.Option("--words", help="Let a language model rank the actions and add tips.")] = False,
    as_json: Json = False,
):
    """What to do next, what to watch and what to use, with money and chance of each."""
    workbench = _workbench()
    asked = {"studio_id": studio, "projection_months": months, "base_month": base_month, "words": words}
    answer = workbench.insights(asked)
    if as_json:
        typer.echo(answer.model_dump_json())
        return
    from studiolab.cli import show

    show.insights(answer, _currency(workbench, studio))


def _workbench():
    from studiolab.app import Workbench

    return Workbench()


def _show_months(workbench, answer):
    from studiolab.cli import show

    known = workbench.model.history(answer.studio_id)
    past = known.loc[known["month"] <= answer.base_month, "total_revenue"].tail(KNOWN)
    show.months(answer, _currency(workbench, answer.studio_id), list(past))


def _currency(workbench, studio_id):
    studios = workbench.db.read("studios", studio_id, ["currency"])
    return studios["currency"].iloc[0]


def parsed(name, text):
    """The value of an option that is JSON; name : of the option. Raises ValueError."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"--{name} is no JSON ({error}); write it like '{{\"avg_ticket_price\": 160}}'") from None


def assignment(text):
    """(lever, number) of LEVER=NUMBER. Raises ValueError."""
    lever, _, value = text.partition("=")
    try:
        return lever.strip(), float(value)
    except ValueError:
        raise ValueError(f"--set {text!r}: expected LEVER=NUMBER, e.g. avg_ticket_price=160") from None


def _followed(ids):
    """`ids`, with a progress bar on stderr where they are many and someone looks."""
    from rich.console import Console
    from rich.progress import track

    return track(ids, "forecasting", console=Console(stderr=True), transient=True, disable=len(ids) < 10)
