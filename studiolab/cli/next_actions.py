"""next: what to do next about a client, or in a studio."""

import getpass
from datetime import datetime
from typing import Annotated

import typer


def next_(
    client: Annotated[str | None, typer.Argument(help="Member id; without one, the whole studio.")] = None,
    studio: Annotated[str, typer.Option(help="Studio id, as `studiolab studios` lists them.")] = ...,
    as_of: Annotated[
        datetime | None, typer.Option(help="The moment asked about, UTC; the end of known visits by default.")
    ] = None,
    top: Annotated[
        int, typer.Option(min=1, max=1000, help="Clients of the studio's list, the most valuable first.")
    ] = 20,
    record: Annotated[
        bool, typer.Option("--record", help="Put the choice into the ledger; it counts as told.")
    ] = False,
    note: Annotated[str, typer.Option(help="Why, in your words, beside --record.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer as the API gives it.")] = False,
):
    """A class, a plan, a product, a message or nothing: what is worth most to tell a client, within contact limits."""
    from studiolab.app import Workbench

    bench = Workbench()
    if client is None:
        if record:
            raise ValueError("--record: name the client whose choice it is")
        told = bench.next_actions(studio, top, as_of)
        show = _studio
    elif record:
        told = bench.record_next_action(studio, client, getpass.getuser(), as_of, note=note)
        show = _recorded
    else:
        told = bench.next_action(studio, client, as_of)
        show = _client
    typer.echo(told.model_dump_json()) if as_json else show(told)


def _client(told):
    from studiolab.cli import show

    who = f"{told.client_name or told.client_id}, from {told.as_of:%Y-%m-%d}: {told.kind}"
    chosen = [told.chosen] if told.chosen else []
    rows = [(one.kind, one.says, one.channel or "–", f"{one.chance:.1%}", _money(one.value_minor, told.currency),
             one.lost or "chosen", one.why or told.why) for one in (*chosen, *told.losers)]  # fmt: skip
    headings = ["Kind", "What", "By", ">Chance", f">Worth {told.currency}", "", "Why"]
    show.table(who, headings, rows)
    if not chosen:
        typer.echo(f"  {told.why}")
    elif told.contact_at > told.as_of:
        typer.echo(f"  Not before {told.contact_at:%a %d %b, %H:%M} at the studio.")
    for note in told.notes:
        typer.echo(f"  {note}")
    typer.echo("  Worth is expected, after the cost of contact; chances are assumptions where nothing measured them.")


def _recorded(told):
    _client(told.action)
    typer.echo(f"  Entry {told.entry_id} of the ledger; `studiolab ledger replay {told.entry_id}` chooses again.")


def _studio(told):
    from studiolab.cli import show

    rows = [(one.client_name or one.client_id, one.kind, one.chosen.says, one.chosen.channel,
             _money(one.chosen.value_minor, one.currency)) for one in told.actions]  # fmt: skip
    show.table(f"{told.studio_id}, from {told.as_of:%Y-%m-%d}", ["Client", "Kind", "What", "By", ">Worth"], rows)
    wins = ", ".join(f"{kind} {count}" for kind, count in told.wins.items() if kind != "limit")
    typer.echo(f"  Of {told.clients} members: {wins}; limits withheld something new from {told.wins['limit']}.")
    for note in told.notes:
        typer.echo(f"  {note}")


def _money(minor, currency):
    from studiolab.schema import major

    return major(minor, currency)
