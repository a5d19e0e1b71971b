"""inbox demo: sample messages for an empty inbox."""

from typing import Annotated

import typer

from studiolab.cli.inbox import app


@app.command()
def demo(
    studio: Annotated[str | None, typer.Option(help="Studio id, as `studiolab studios` lists them.")] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Take the samples away again, and nothing else.")] = False,
):
    """Fill an empty inbox with a month of sample messages; nothing is sent to anybody."""
    from studiolab.app import Workbench

    workbench = Workbench()
    studio = workbench.the_studio(studio)
    if remove:
        gone = workbench.remove_demo_inbox(studio)
        typer.echo(f"{gone['messages']} sample messages of {studio} are gone, with {gone['events']} events of their "
                   f"people and {gone['settings']} settings.")  # fmt: skip
        return
    done = workbench.fill_demo_inbox(studio)
    typer.echo(f"{studio} has {done['messages']} sample messages of {done['people']} people; `studiolab inbox demo "
               "--remove` takes them away.")  # fmt: skip
