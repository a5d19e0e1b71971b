"""accounts: who may sign in, and as what."""

from typing import Annotated

import typer

app = typer.Typer(
    no_args_is_help=True,
    help="Who may sign in to dashboards, laboratory and API: owner, manager, front desk, read-only.",
)  # fmt: skip

Name = Annotated[str, typer.Argument(help="User name.")]
Role = Annotated[str, typer.Option(help="owner, manager, front desk or read-only.")]
DAYS = Annotated[int, typer.Option(min=1, max=366, help="How long the token serves.")]


def _accounts():
    from studiolab.app import Workbench

    return Workbench().accounts


def _password():
    """Asked for twice and not shown; one line where it is piped in."""
    import sys

    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    return typer.prompt("Password", hide_input=True, confirmation_prompt=True)


@app.command()
def add(name: Name, role: Role):
    """Make an account; asks for the password."""
    _accounts().add(name, role, _password())
    typer.echo(f"{name} may sign in as {role}.")


@app.command("list")
def list_():
    """Every account."""
    from studiolab.cli import show

    rows = [
        (row.user_name, row.role, f"{row.created_at:%Y-%m-%d}", "closed" if row.is_closed else "open")
        for row in _accounts().listed().itertuples()
    ]
    if not rows:
        typer.echo("No accounts yet: `studiolab accounts add NAME --role owner` makes the first.")
        return
    show.table("Accounts", ["User", "Role", "Since", "Is"], rows)


@app.command()
def role(name: Name, role: Role):
    """Change what a user may do."""
    _accounts().set_role(name, role)
    typer.echo(f"{name} is {role} now.")


@app.command()
def password(name: Name):
    """Set a new password; ends the user's sessions and any lock."""
    _accounts().set_password(name, _password())
    typer.echo(f"{name} has a new password.")


@app.command()
def close(name: Name):
    """End an account; what the user did stays in the ledger."""
    _accounts().close(name)
    typer.echo(f"{name} may not sign in any more; `studiolab accounts reopen {name}` undoes it.")


@app.command()
def reopen(name: Name):
    """Undo `close`."""
    _accounts().reopen(name)
    typer.echo(f"{name} may sign in again.")


@app.command()
def token(name: Name, days: DAYS = 90):
    """A bearer token of a user for programs that ask the API; asks for the password."""
    import pandas as pd

    typer.echo(_accounts().sign_in(name, _password(), pd.Timedelta(days=days)))
