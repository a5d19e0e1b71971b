"""inbox: who wrote, what is waiting for an answer, and the channels it comes through."""

import typer

app = typer.Typer(no_args_is_help=True, help="Messages of all channels, contacts and leads.")
