"""inbox metrics and hours: how the inbox does, as a table, and the opening hours that it counts in."""

import getpass
from datetime import datetime
from typing import Annotated

import typer

from studiolab.cli.inbox import Json, Studio, app


@app.command()
def metrics(
    studio: Studio = None,
    days: Annotated[int, typer.Option(min=1, max=366, help="Days at the studio, the last one that of --end.")] = 28,
    end: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S.%f"],
                     help="UTC; what came later does not count. Now by default."),
    ] = None,
    as_json: Json = False,
):  # fmt: skip
    """Messages, how soon people are answered, who joins, and who does the work."""
    import pandas as pd

    from studiolab.app import Workbench
    from studiolab.cli import show

    workbench = Workbench()
    told = workbench.inbox_metrics(workbench.the_studio(studio), days, end and pd.Timestamp(end, tz="UTC"))
    if as_json:
        typer.echo(told.model_dump_json())
        return
    typer.echo(f"{told.received:,} received, {told.sent:,} sent in {len(told.days)} days. {told.says}")
    rows = [(one.channel, one.received, one.sent) for one in told.channels]
    show.table("Messages", ["Channel", ">Received", ">Sent"], rows)
    rows = [(one.group, one.questions, one.waiting, _hours(one.open_median), _hours(one.open_p90),
             _hours(one.clock_median), _share(one.within_hour)) for one in told.responses]  # fmt: skip
    headings = [">Questions", ">Wait", ">Half within, open h", ">9 of 10 within, open h", ">Half within, h",
                ">Within an open hour"]  # fmt: skip
    show.table("Answers", ["Channel", *headings], rows)
    rows = [
        (
            one.channel,
            one.people,
            *one.stages.values(),
            _share(one.joined),
            "" if one.joined is None else f"{max(one.joined_low, 0):.0%} to {one.joined_high:.0%}",
        )
        for one in told.funnel
    ]
    stages = [f">{name}" for name in told.funnel[0].stages]
    show.table("People who first wrote", ["Channel", ">People", *stages, ">Joined", ">95 in 100 lie in"], rows)
    rows = [(one.user or "elsewhere", one.sent, one.answered, _hours(one.hours), one.open) for one in told.workload]
    show.table("Work", ["Who", ">Sent", ">Answered", ">Half within, h", ">Open"], rows)


@app.command()
def hours(
    opening: Annotated[
        str | None,
        typer.Argument(help='E.g. "MO-FR 09:00-12:30, 16:00-20:00; SA 10:00-14:00"; other days are closed.',
                       metavar="[HOURS]"),
    ] = None,
    studio: Studio = None,
    usual: Annotated[bool, typer.Option("--usual", help="Take the studio's own hours back.")] = False,
    as_json: Json = False,
):  # fmt: skip
    """The opening hours in which answers are due: shown, or set."""
    from studiolab.app import Workbench

    workbench = Workbench()
    studio = workbench.the_studio(studio)
    if opening is not None and usual:
        raise ValueError("either hours or --usual; got both")
    if opening is not None or usual:
        workbench.set_inbox_hours(studio, opening, getpass.getuser())
    told = workbench.inbox_hours(studio)
    own = "as is usual" if told.is_usual else f"set by {told.by} on {told.changed_at:%Y-%m-%d}"
    typer.echo(told.model_dump_json() if as_json else f"{told.text}, {own}.")


def _hours(hours):
    return "–" if hours is None else f"{hours:.1f}"


def _share(share):
    return "–" if share is None else f"{share:.0%}"
