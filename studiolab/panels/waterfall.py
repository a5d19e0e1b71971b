"""The figure of a plan's Shapley values: from the revenue of held levers, lever by lever, to that of the plan."""

import plotly.graph_objects as go

from studiolab.panels import words
from studiolab.panels.palette import BLUE, GREEN, INK, LINE, VERMILLION
from studiolab.panels.plots import TEMPLATE

HELD, PLANNED = "If all stays", "Under the plan"
ROOM = 0.18  # of the span, left and right, for the amounts beside the bars
ROW = 44  # pixels


def waterfall_figure(answer, currency):
    """Revenue under held levers, what each moved lever adds or takes, revenue under the plan; read from the top.

    answer : JSON of ImpactResponse with analysis_type "shapley"; currency : ISO 4217
    Returns go.Figure with one waterfall trace. Levers stand in their order of size, with where they move from and to.
    """
    moved = [impact for impact in answer["lever_impacts"] if impact["held"] != impact["planned"]]
    parts = [impact["contribution"] for impact in moved]
    held, planned = answer["held_revenue"], answer["planned_revenue"]
    figure = go.Figure(layout={"template": TEMPLATE, "height": ROW * (len(moved) + 2) + 40, "hovermode": "closest"})
    figure.add_waterfall(
        orientation="h", y=[HELD, *(_label(impact, currency) for impact in moved), PLANNED], x=[held, *parts, planned],
        measure=["absolute", *["relative"] * len(parts), "total"], textposition="outside", cliponaxis=False,
        text=[words.money(held, currency), *(words.money(part, currency, signed=True) for part in parts),
              words.money(planned, currency)],
        increasing={"marker": {"color": GREEN}}, decreasing={"marker": {"color": VERMILLION}},
        totals={"marker": {"color": BLUE}}, connector={"line": {"color": LINE, "width": 1}},
        textfont={"color": INK}, hovertemplate="%{y}: %{text}<extra></extra>",
    )  # fmt: skip
    figure.update_xaxes(range=_span(held, parts), tickprefix=words.symbol(currency), tickformat="~s", nticks=6)
    figure.update_yaxes(autorange="reversed", showgrid=False)
    return figure


def _label(impact, currency):
    held, planned = (words.lever_value(impact["lever"], impact[at], currency) for at in ("held", "planned"))
    return f"{words.lever_name(impact['lever'])}<br>{held} → {planned}"


def _span(held, parts):
    """What the steps pass through, with room for the amounts; an axis from 0 would make every step a hair."""
    levels = [held]
    for part in parts:
        levels.append(levels[-1] + part)
    low, high = min(levels), max(levels)
    room = ROOM * (high - low or held)
    return [max(0, low - 1.5 * room), high + room]
