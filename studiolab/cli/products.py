"""products: what to offer customers, whom to talk to, and what each product brought."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Products to offer customers.")

Studio = Annotated[
    str | None, typer.Option(help="Studio id, as `studiolab studios` lists them; the only one there is.")
]
AsOf = Annotated[datetime | None, typer.Option(help="The moment asked about, UTC; the end of known orders by default.")]
Policy = Annotated[
    str,
    typer.Option(help="learned, ladder for the documents' rules, or uplift for what telling adds, after experiments."),
]
Segment = Annotated[str | None, typer.Option(help="new, repeat, high value or lapsed.")]
Json = Annotated[bool, typer.Option("--json", help="Print the answer as the API gives it.")]


@app.command()
def customer(
    receipt: Annotated[str, typer.Argument(help="A receipt, or a customer's id.")],
    studio: Studio = None,
    limit: int = 3,
    policy: Policy = "learned",
    as_of: AsOf = None,
    as_json: Json = False,
):
    """What to offer a customer, each product with its chance, its worth and the reason."""
    bench, studio = _open(studio)
    answer = bench.product_recommendations(studio, receipt, limit, policy, as_of)
    if as_json:
        typer.echo(answer.model_dump_json())
        return
    from studiolab.cli import show

    rows = [(one.product, f"{one.score:.1f}", _chance(one), _money(one.expected_value_minor, answer), one.evidence,
             one.reason) for one in answer.recommendations]  # fmt: skip
    who = f"{answer.customer_name or answer.customer_id}, {answer.segment}, {answer.current_level or 'no membership'}"
    if rows:
        columns = ["Product", ">Match", ">Chance", f">Worth {answer.currency}", "Evidence", "Why"]
        show.table(f"{who}, in {answer.horizon_days} days from {answer.as_of:%Y-%m-%d}", columns, rows)
        typer.echo(f"  None of these is bought in {answer.no_purchase:.0%} of cases.")
    if answer.note:
        typer.echo(f"  {answer.note}")


@app.command()
def opportunities(
    studio: Studio = None,
    limit: int = 20,
    segment: Segment = None,
    sort: Annotated[str, typer.Option(help="value, confidence, ltv or orders.")] = "value",
    policy: Policy = "learned",
    as_of: AsOf = None,
    as_json: Json = False,
):
    """Whom to talk to, each with the one product."""
    bench, studio = _open(studio)
    answer = bench.product_opportunities(studio, limit, segment, sort, policy, as_of)
    if as_json:
        typer.echo(answer.model_dump_json())
        return
    from studiolab.cli import show

    rows = [(one.customer_name or one.customer_id, one.segment, _money(one.ltv_minor, answer), one.order_count,
             one.recommended_product, _chance(one), _money(one.expected_value_minor, answer), one.reason)
            for one in answer.opportunities]  # fmt: skip
    counts = ", ".join(f"{number:,} {name}" for name, number in answer.segments.items())
    columns = ["Customer", "Segment", f">Spent {answer.currency}", ">Orders", "Product", ">Chance", ">Worth", "Why"]
    show.table(f"{studio}, from {answer.as_of:%Y-%m-%d}: {counts}", columns, rows)
    if answer.note:
        typer.echo(f"  {answer.note}")


@app.command()
def performance(studio: Studio = None, as_of: AsOf = None, as_json: Json = False):
    """Orders, revenue and customers of each product, and what of the orders does not count."""
    bench, studio = _open(studio)
    answer = bench.product_performance(studio, as_of)
    if as_json:
        typer.echo(answer.model_dump_json())
        return
    from studiolab.cli import show

    rows = [(one.product, f"{one.total_orders:,}", _money(one.total_revenue_minor, answer), f"{one.unique_customers:,}",
             _major(one.avg_order_value, answer), show.sparkline([month.revenue for month in one.history[-24:]] or [0]))
            for one in answer.products.values()]  # fmt: skip
    columns = ["Product", ">Orders", f">Revenue {answer.currency}", ">Customers", ">An order", "Two years"]
    show.table(f"{studio}, before {answer.as_of:%Y-%m-%d}", columns, rows)
    for reason, lines in answer.left_out.items():
        typer.echo(f"  {lines:,} order lines do not count: {reason}.")
    for sentence in answer.problems:
        typer.echo(f"  {sentence}")


@app.command()
def stats(studio: Studio = None, policy: Policy = "learned", as_of: AsOf = None, as_json: Json = False):
    """The whole studio: customers, their worth, and what recommendations may bring."""
    bench, studio = _open(studio)
    answer = bench.product_stats(studio, policy, as_of)
    if as_json:
        typer.echo(answer.model_dump_json())
        return
    told, currency = answer.impact, answer.currency
    total, each, low, high = (
        _major(amount, answer)
        for amount in (told.total_customer_ltv, told.average_customer_ltv, told.lift_low, told.lift_high)
    )
    lift = _major(told.estimated_revenue_lift, answer, signed=True)
    typer.echo(f"{told.total_customers:,} customers, {total} {currency} kept from them so far, {each} each.")
    typer.echo(f"{told.recommendations_made:,} recommendations: {lift} {currency} ({low} to {high}), "
               f"{told.estimated_lift_percentage:+.1f} % of as many days before.")  # fmt: skip
    typer.echo(told.says)


@app.command()
def export(
    studio: Studio = None,
    to: Annotated[Path | None, typer.Option(help="The file; printed without it.")] = None,
    limit: Annotated[int, typer.Option(help="Products a customer, a row each.")] = 1,
    segment: Segment = None,
    policy: Policy = "learned",
    as_of: AsOf = None,
):
    """A CSV for e-mail tools: everybody who agreed to e-mail, the surest first."""
    bench, studio = _open(studio)
    text = bench.product_export(studio, limit, segment, policy, as_of)
    if to is None:
        typer.echo(text, nl=False)
    else:
        to.write_text(text, encoding="utf-8", newline="")
        typer.echo(to)


@app.command()
def values(studio: Studio = None, limit: int = 20, as_of: AsOf = None, as_json: Json = False):
    """Who is worth most in the year to come, and when they order next."""
    bench, studio = _open(studio)
    answer = bench.customer_values(studio, limit, as_of)
    if as_json:
        typer.echo(answer.model_dump_json())
        return
    from studiolab.cli import show

    rows = [(one.customer_name or one.customer_id, _money(one.expected_value_minor, answer),
             f"{one.expected_orders:.1f}", _money(one.order_value_minor, answer), f"{one.alive:.0%}", one.last_order,
             one.next_order or "–")
            for one in answer.customers]  # fmt: skip
    columns = ["Customer", f">Worth {answer.currency}", ">Orders", ">An order", ">Still there", "Last", "Next"]
    show.table(f"{studio}, {answer.horizon_days} days from {answer.as_of:%Y-%m-%d}", columns, rows)
    _notes(answer)


@app.command()
def churn(studio: Studio = None, limit: int = 20, as_of: AsOf = None, as_json: Json = False):
    """Whose silence puts most money at risk."""
    bench, studio = _open(studio)
    answer = bench.churn_list(studio, limit, as_of)
    if as_json:
        typer.echo(answer.model_dump_json())
        return
    from studiolab.cli import show

    rows = [(one.customer_name or one.customer_id, _money(one.money_at_risk_minor, answer), f"{one.alive:.0%}",
             one.reason) for one in answer.customers]  # fmt: skip
    columns = ["Customer", f">At risk {answer.currency}", ">Still there", "Why"]
    show.table(f"{studio}, {len(rows)} of {answer.total} who fell silent before {answer.as_of:%Y-%m-%d}", columns, rows)
    _notes(answer)


def _notes(answer):
    for sentence in answer.notes:
        typer.echo(f"  {sentence}")


def _open(studio):
    from studiolab.app import Workbench

    bench = Workbench()
    return bench, bench.the_studio(studio)


def _chance(one):
    return f"{one.confidence:.1%} ({one.confidence_low:.1%} to {one.confidence_high:.1%})"


def _money(minor, answer):
    from studiolab.schema import major

    return major(minor, answer.currency)


def _major(amount, answer, signed=False):
    from studiolab.schema import major, minor_per_major

    return major(amount * minor_per_major(answer.currency), answer.currency, signed)
