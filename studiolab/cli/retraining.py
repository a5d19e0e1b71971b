"""retrain: the model made anew, judged beside the present one."""

import getpass
import time
from typing import Annotated

import typer

from studiolab.cli.revenue import Json

SECONDS = 0.5  # between two looks at how far it is


def retrain(
    strategy: Annotated[str, typer.Option(help="incremental, or full for everything anew.")] = "incremental",
    latest_months: Annotated[int, typer.Option(help="The months that are new, 1 to 12; it is judged by them.")] = 3,
    studio: Annotated[str | None, typer.Option(help="Tell this studio's errors beside those of all.")] = None,
    notify: Annotated[str | None, typer.Option(help="Tell this e-mail address when it is done.")] = None,
    background: Annotated[bool, typer.Option("--background", help="Print the job and come back at once.")] = False,
    job: Annotated[str | None, typer.Option(help="Follow this job instead of beginning one.")] = None,
    as_json: Json = False,
):
    """Train a candidate on the data as they are now; it answers from then on if it errs less on months it had not seen.

    Ctrl-C stops the looking on, and the training with it; the present model answers all the while.
    """
    from rich.console import Console

    from studiolab.app import Workbench

    workbench = Workbench()
    if job is None:
        asked = {"studio_id": studio, "include_latest_months": latest_months, "retrain_strategy": strategy,
                 "notify_on_completion": notify is not None, "notify_to": notify}  # fmt: skip
        job = workbench.retrain(asked, getpass.getuser()).job_id
    found = workbench.retrain_job(job)
    with Console(stderr=True).status("") as status:
        while not background and found.status in ("queued", "running"):
            status.update(f"{found.step} ({found.progress:.0%})")
            time.sleep(SECONDS)
            found = workbench.retrain_job(job)
    if as_json:
        typer.echo(found.model_dump_json())
    elif found.message is None:
        typer.echo(f"Job {job}; `studiolab retrain --job {job}` follows it.")
    else:
        typer.echo(found.message)
    if found.status in ("failed", "interrupted"):
        raise typer.Exit(1)
