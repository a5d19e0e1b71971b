"""The command line: `studiolab COMMAND --help`. A command imports what it needs when it is called."""

from datetime import datetime
from typing import Annotated

import typer
from typer.core import TyperGroup

from studiolab.cli import (
    accounts,
    agents,
    benchmarks,
    channels,
    data,
    demo,
    experiments,
    inbox,
    inbox_figures,
    ledger,
    next_actions,
    outbox,
    products,
    recommend,
    records,
    retraining,
    revenue,
    scenarios,
    studios,
    timetable,
)
from studiolab.cli.errors import in_one_sentence

INBOX = (
    inbox,
    outbox,
    channels,
    agents,
    demo,
    inbox_figures,
)  # the first holds the group, others add theirs


class _Commands(TyperGroup):
    """Commands whose errors are one sentence on stderr and status 2."""

    def invoke(self, context):
        with in_one_sentence():
            return super().invoke(context)


app = typer.Typer(
    cls=_Commands, name="studiolab", no_args_is_help=True, pretty_exceptions_enable=False,
    help="A workbench for studios: real exports in, forecasts, what-ifs and plans out.",
)  # fmt: skip
report = typer.Typer(no_args_is_help=True, help="Reports to read and to print.")


@app.command()
def up():
    """Start the site: owners' dashboards, JupyterLab and the API; Ctrl-C stops it all."""
    from studiolab import serve
    from studiolab.app import Workbench
    from studiolab.settings import settings

    serve.up(settings(), lambda: Workbench().prepare(serve.step))


@report.command()
def monthly(
    studio: Annotated[str, typer.Option(help="Studio id, as `studiolab studios` lists them.")],
    month: Annotated[str | None, typer.Option(help="YYYY-MM, the last month known by default.")] = None,
):
    """The owner's report of a month, as a page to read and a page to print."""
    from studiolab import reports
    from studiolab.app import Workbench

    known = {s.studio_id: s.last_month for s in Workbench().studios()}
    if studio not in known:
        raise ValueError(f"no studio {studio!r}; there are {', '.join(sorted(known)[:5])} …")
    if known[studio] is None:
        raise ValueError(f"{studio} has no monthly figures yet; `studiolab import FILE` brings them")
    pages = reports.run("monthly_owner_report", {"STUDIO_ID": studio, "MONTH": month or known[studio]})
    for path in pages.values():
        typer.echo(path)


@report.command()
def weekly(
    studio: Annotated[str, typer.Option(help="Studio id, as `studiolab studios` lists them.")],
    as_of: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="First day of the week; the end of the known visits by default."),
    ] = None,
    most: Annotated[int, typer.Option(min=1, help="Clients in each list, and clients with a plan.")] = 20,
):
    """Whom to talk to at the start of a week, and eight classes for each, as a page to read and a page to print."""
    from studiolab import reports
    from studiolab.app import Workbench

    known = sorted(Workbench().db.read("studios", columns=["studio_id"])["studio_id"])
    if studio not in known:
        raise ValueError(f"no studio {studio!r}; there are {', '.join(known[:5])} …")
    day = "" if as_of is None else f"{as_of:%Y-%m-%d}"
    for path in reports.run("weekly_class_plans", {"STUDIO_ID": studio, "AS_OF": day, "MOST": most}).values():
        typer.echo(path)


@report.command()
def campaign(
    studio: Annotated[str, typer.Option(help="Studio id, as `studiolab studios` lists them.")],
    policy: Annotated[
        str,
        typer.Option(
            help="learned, ladder for the documents' rules, or uplift for what telling adds, after experiments."
        ),
    ] = "learned",
    segment: Annotated[str, typer.Option(help="new, repeat, high value or lapsed; all by default.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="Customers shown; the CSV holds all.")] = 20,
    as_of: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="First day of the campaign; the end of the known orders by default."),
    ] = None,
):
    """Who gets which product by e-mail and why, as a page to read, a page to print and a CSV for an e-mail tool."""
    from studiolab import reports
    from studiolab.app import Workbench

    Workbench().the_studio(studio)
    given = {"STUDIO_ID": studio, "POLICY": policy, "SEGMENT": segment, "LIMIT": limit}
    day = {} if as_of is None else {"AS_OF": f"{as_of:%Y-%m-%d}"}
    for path in reports.run("campaign_list", given | day).values():
        typer.echo(path)


@report.command("inbox")
def inbox_(
    studio: Annotated[
        str | None, typer.Option(help="Studio id, as `studiolab studios` lists them; the only one.")
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=366, help="Days told, the last one that of --as-of.")] = 7,
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The last day told; today, up to now, by default.")
    ] = None,
):
    """How the inbox did in the last days, as a page to read and a page to print."""
    from studiolab import reports
    from studiolab.app import Workbench

    given = {"STUDIO_ID": Workbench().the_studio(studio), "DAYS": days}
    day = {} if as_of is None else {"AS_OF": f"{as_of:%Y-%m-%d}"}
    for path in reports.run("inbox", given | day).values():
        typer.echo(path)


@report.command("model-card")
def model_card(
    origins: Annotated[int, typer.Option(min=1, max=12, help="Earlier months, three apart, to score from.")] = 4,
):
    """What the revenue model is made of, is for, and how far off it was; some minutes, unless its scores are logged."""
    from studiolab import reports

    for path in reports.run("model_card", {"ORIGINS": origins}).values():
        typer.echo(path)


app.command("import")(data.import_)
app.command()(data.sample)
app.command()(revenue.forecast)
app.command()(revenue.scenario)
app.command()(revenue.plan)
app.command()(revenue.explain)
app.command()(revenue.insights)
app.command()(records.baseline)
app.command()(records.performance)
app.command()(records.export)
app.command()(retraining.retrain)
app.command("next")(next_actions.next_)
app.add_typer(studios.app, name="studios")
app.add_typer(scenarios.app, name="scenarios")
app.add_typer(recommend.app, name="recommend")
app.add_typer(products.app, name="products")
app.add_typer(timetable.app, name="timetable")
app.add_typer(experiments.app, name="experiments")
app.add_typer(INBOX[0].app, name="inbox")
app.add_typer(ledger.app, name="ledger")
app.add_typer(accounts.app, name="accounts")
app.add_typer(report, name="report")
app.add_typer(benchmarks.app, name="bench")
