"""Answers as readable tables: units at each figure, history as a sparkline."""

import sys

from rich.console import Console
from rich.markup import escape
from rich.table import Table

BLOCKS = "▁▂▃▄▅▆▇█"
PIPE_WIDTH = 120

console = Console(highlight=False, width=None if sys.stdout.isatty() else PIPE_WIDTH)


def table(title, columns, rows):
    """Print rows of text as it is; a column whose name starts with ">" stands right."""
    shown = Table(
        title=title and escape(title), title_justify="left", box=None, padding=(0, 2, 0, 0), header_style="bold"
    )
    for name in columns:
        shown.add_column(
            escape(name.removeprefix(">")), justify="right" if name.startswith(">") else "left", overflow="fold"
        )
    for row in rows:
        shown.add_row(*(escape(str(cell)) for cell in row))
    console.print(shown)


def sparkline(values):
    """One block a value, from the least to the largest."""
    low, high = min(values), max(values)
    step = (high - low) / (len(BLOCKS) - 1) or 1
    return "".join(BLOCKS[round((value - low) / step)] for value in values)


def months(answer, currency, past):
    """Print a ForecastResponse (or a kind of it); past : known revenues, the last one that of the base month."""
    rows = [
        (
            month.month, f"{month.revenue:,.0f}", _interval(month.confidence_interval), _or_dash(month.member_count),
            _or_dash(month.retention_rate, "{:.1%}"), f"{month.confidence_score:.0%}",
        )
        for month in answer.predictions.values()
    ]  # fmt: skip
    headings = ["Month", f">Revenue {currency}", ">90 % lie in", ">Members", ">Retention", ">Within 5 %"]
    table(f"{answer.studio_id}, after {answer.base_month}", headings, rows)
    ahead = [month.revenue for month in answer.predictions.values()]
    line = sparkline([*past, *ahead])
    console.print(
        f"  {line[: len(past)]}│{line[len(past) :]}  the last {len(past)} months, then {len(ahead)} predicted"
    )
    growth = "" if answer.growth_rate is None else f", {round(answer.growth_rate, 3) + 0.0:+.1%} on {answer.base_month}"
    console.print(f"  {answer.total_projected_revenue:,.0f} {currency} in all{growth}\n")


def changes(answer, currency):
    """Print the levers of an InverseResponse that move, and what to do."""
    moved = [(lever, c) for lever, c in answer.lever_changes.items() if c.current != c.recommended]
    rows = [
        (lever, f"{c.current:,g}", f"{c.recommended:,g}", f"{c.impact_on_revenue:+,.0f}", f"{c.cost_per_month:,.0f}",
         c.estimated_cost, f"{c.feasibility_score:.0%}")
        for lever, c in moved
    ]  # fmt: skip
    if rows:
        headings = ["Lever", ">Now", ">Then", f">Adds {currency}", f">Costs {currency} a month", "Cost", ">Step left"]
        table("Levers", headings, rows)
        steps = [(a.priority, a.lever, a.action, f"{a.expected_impact:,.0f}", a.timeline_weeks, a.effort)
                 for a in answer.action_plan]  # fmt: skip
        table(
            "\nWhat to do (effects are assumed, not measured)",
            [">", "Lever", "Action", f">Adds {currency}", ">Weeks", "Effort"],
            steps,
        )
    if answer.other_plans:
        ways = [(way.name, f"{way.cost:,.0f}", f"{way.chance:.0%}", _moved(way.levers, answer.lever_changes))
                for way in answer.other_plans]  # fmt: skip
        table("\nOther ways to the target", ["Way", f">Costs {currency}", ">Chance", "Levers"], ways)
    if answer.relaxations:
        far = {True: "beyond what the data covers", False: ""}
        steps = [(step.constraint or "months", f"{step.needed:,g}", f"{step.cost:,.0f}", far[step.beyond_data])
                 for step in answer.relaxations]  # fmt: skip
        table("\nOne of these brings it", ["What to allow", ">At least", f">Costs {currency}", ""], steps)
    console.print(f"\n{answer.message}\n")


def _moved(levers, changes):
    """What moves, and to where."""
    return ", ".join(f"{lever} {value:g}" for lever, value in levers if value != changes[lever].current)


def impacts(answer, currency):
    """Print the levers of an ImpactResponse, the strongest first."""
    plan = answer.analysis_type == "shapley"
    rows = [
        (i.lever, f"{i.held:,g}", *([f"{i.planned:,g}", f"{i.contribution:+,.0f}"] if plan else
         [f"{i.revenue_sensitivity:+,.0f}", f"{i.elasticity:+.2f} %"]), _or_dash(i.correlation, "{:+.2f}"),
         f"{i.impact_score:.2f}", i.recommendation)
        for i in answer.lever_impacts
    ]  # fmt: skip
    measured = [">Then", f">Adds {currency}"] if plan else [f">1 % brings {currency}", ">That is"]
    headings = ["Lever", ">Now", *measured, ">Correlation", ">Score", "So"]
    table(f"{answer.studio_id}, after {answer.base_month}, by {answer.analysis_type}", headings, rows)
    ahead = f"  {answer.held_revenue:,.0f} {currency} expected as held"
    console.print(f"{ahead}, {answer.planned_revenue:,.0f} under the plan\n" if plan else f"{ahead}\n")


def insights(answer, currency):
    """Print an InsightsResponse: what to do, to watch and to use; in a language model's words where it has them."""
    found = answer.insights
    for title, rows in (
        ("What to do next", [(row.action, row.expected_revenue_gain, row.confidence,
                              f"{row.timeline}, {row.effort} effort") for row in found.next_best_actions]),
        ("\nWhat to watch", [(row.risk, row.potential_revenue_impact, row.probability, row.mitigation)
                             for row in found.risk_factors]),
        ("\nWhat to use", [(row.opportunity, row.potential_revenue_gain, row.confidence, "; ".join(row.actions))
                           for row in found.opportunities]),
    ):  # fmt: skip
        if rows:
            shown = [(text, f"{money:+,.0f}", f"{chance:.0%}", then) for text, money, chance, then in rows]
            table(title, ["", f">{currency} a month", ">Chance", "How"], shown)
    for row in answer.actions:
        console.print(f"\n{row.priority}. {row.action} ({row.evidence})\n   {row.expected_impact}")
        for text in (*row.implementation_tips, *row.obstacles):
            console.print(f"   - {text}")
    for text in (answer.uplift.message if answer.uplift else "", *answer.notes, answer.banner):
        if text:
            console.print(f"\n{text}", markup=False)


def _interval(pair):
    return "–" if pair is None else f"{pair[0]:,.0f} to {pair[1]:,.0f}"


def _or_dash(value, form="{:,}"):
    return "–" if value is None else form.format(value)
