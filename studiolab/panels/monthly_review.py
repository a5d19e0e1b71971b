"""One month of one studio, looked back on: what changed, what stands out, in figures and sentences.

history : everywhere the frame of `RevenueModel.history` up to the month looked at, money in major units.
"""

import pandas as pd
import plotly.graph_objects as go

from studiolab.panels import cards, plots, words
from studiolab.panels.insights_page import insights_html
from studiolab.schema import REVENUE_PARTS

PARTS = dict(zip(REVENUE_PARTS, ("Memberships", "Class packs", "Intro offers", "Retail", "Upsell"), strict=True))
FIGURES = {  # column: (name, unit, worse when it "falls" or "rises", None where neither)
    "total_revenue": ("Revenue", "money", "falls"),
    **{part: (name, "money", None) for part, name in PARTS.items()},
    "total_members": ("Members at the end", "count", "falls"),
    "new_members": ("New members", "count", "falls"),
    "churned_members": ("Members who left", "count", "rises"),
    "retention_rate": ("Retention", "share", "falls"),
    "avg_ticket_price": ("Ticket price", "money", None),
    "total_classes_held": ("Classes held", "count", None),
    "class_attendance_rate": ("Class fill", "share", "falls"),
    "staff_utilization_rate": ("Staff utilisation", "share", "rises"),
    "upsell_rate": ("Members who bought an add-on", "share", "falls"),
}
REMARKABLE = 1.5  # standard deviations of the year before


def at(history, month, column):
    """Value of a column in a month, or None where it is not known."""
    rows = history.loc[history["month"] == pd.Timestamp(month), column] if column in history else []
    return float(rows.iloc[0]) if len(rows) and pd.notna(rows.iloc[0]) else None


def compared(history, month):
    """DataFrame indexed by column: now, before (last month), year_ago; columns of FIGURES that are known now."""
    month = pd.Timestamp(month)
    when = {"now": month, "before": month - pd.DateOffset(months=1), "year_ago": month - pd.DateOffset(years=1)}
    table = pd.DataFrame(
        {name: {column: at(history, m, column) for column in FIGURES} for name, m in when.items()}, dtype="float64"
    )
    return table[table["now"].notna()]


def _sold(table):
    """`compared` without the parts of revenue that no month in it had."""
    never = table.index.isin(list(PARTS)) & table.fillna(0).eq(0).all(axis=1)
    return table[~never]


def missing(history, month):
    """Names of the figures that are not known in the month."""
    known = compared(history, month).index
    return [FIGURES[column][0] for column in FIGURES if column not in known]


def change(now, before, unit):
    """A change with its sign: money and counts in percent, shares in points; a dash where one is not known."""
    if pd.isna(before) or (unit != "share" and before == 0):
        return "–"
    if unit == "share":
        return words.percent(now - before, signed=True).replace(" %", " points")
    return words.percent(now / before - 1, signed=True)


def shown(value, unit, currency):
    """A figure in words; unit : money, share or count."""
    if pd.isna(value):
        return "–"
    return {"money": lambda: words.money(value, currency), "share": lambda: words.percent(value),
            "count": lambda: words.count(value)}[unit]()  # fmt: skip


def headline(history, month, currency):
    """What happened to revenue, in a sentence."""
    revenue = compared(history, month).loc["total_revenue"]
    month = pd.Timestamp(month)
    parts = [
        f"{'up' if revenue['now'] >= revenue[key] else 'down'} {words.percent(abs(revenue['now'] / revenue[key] - 1))} "
        f"on {words.month_name(when)}"
        for key, when in (("before", month - pd.DateOffset(months=1)), ("year_ago", month - pd.DateOffset(years=1)))
        if revenue[key] > 0
    ]
    tail = f", {' and '.join(parts)}" if parts else ""
    return f"Revenue was {words.money(revenue['now'], currency)} in {words.month_name(month)}{tail}."


def glance(history, month, currency, forecast):
    """HTML cards of revenue, members and next month; forecast : JSON of ForecastResponse."""
    table, coming = compared(history, month), forecast["predictions"]["month_1"]
    revenue = table.loc["total_revenue"]
    items = [
        ("Revenue", words.money(revenue["now"], currency), words.month_name(month)),
        *((label, change(revenue["now"], revenue[key], "money"), f"{words.money(revenue[key], currency)} then",
           "up" if revenue["now"] >= revenue[key] else "down")
          for label, key in (("On the month before", "before"), ("On the same month last year", "year_ago"))
          if revenue[key] > 0),
    ]  # fmt: skip
    if {"total_members", "new_members", "churned_members"} <= set(table.index):
        members, joined, left = table.loc[["total_members", "new_members", "churned_members"], "now"]
        items.append(("Members", words.count(members), f"{joined:,.0f} joined, {left:,.0f} left"))
    low, high = (words.money(bound, currency) for bound in coming["confidence_interval"])
    items.append((f"Expected in {words.month_name(coming['month'])}", words.money(coming["revenue"], currency),
                  f"{low} to {high} in 9 of 10 cases"))  # fmt: skip
    return cards.cards(*items)


def coming(forecast, currency):
    """HTML table of the months ahead; forecast : JSON of ForecastResponse."""
    months = forecast["predictions"].values()
    rows = [
        [words.month_name(month["month"]), words.money(month["revenue"], currency),
         " to ".join(words.money(bound, currency) for bound in month["confidence_interval"]),
         words.percent(month["confidence_score"], digits=0),
         *([] if month["member_count"] is None else [words.count(month["member_count"])])]
        for month in months
    ]  # fmt: skip
    headings = ["", "Expected", "9 of 10 cases", "Chance to land within 5 %", "Members"]
    return cards.table(headings[: len(rows[0])], rows)


def numbers(history, month, currency):
    """HTML table of every known figure: now, last month, a year ago."""
    rows = []
    for column, row in _sold(compared(history, month)).iterrows():
        name, unit, _ = FIGURES[column]
        values = [shown(row[key], unit, currency) for key in ("now", "before", "year_ago")]
        changes = [change(row["now"], row[key], unit) for key in ("before", "year_ago")]
        rows.append([name, values[0], values[1], changes[0], values[2], changes[1]])
    headings = ["", words.month_name(month), "Month before", "Change", "Year before", "Change"]
    return cards.table(headings, rows)


def watch(history, month, currency):
    """Sentences on figures that moved against the owner, beyond what the year before did."""
    said, past = [], history[history["month"] < pd.Timestamp(month)].tail(12)
    for column, row in compared(history, month).iterrows():
        name, unit, worse = FIGURES[column]
        year = past[column].astype("float64").dropna()
        if worse is None or len(year) < 6 or year.std() == 0:
            continue
        away = (row["now"] - year.mean()) / year.std()
        if (away < -REMARKABLE and worse == "falls") or (away > REMARKABLE and worse == "rises"):
            side = "below" if worse == "falls" else "above"
            said.append(f"{name}: {shown(row['now'], unit, currency)}, well {side} the usual "
                        f"{shown(year.mean(), unit, currency)} of the year before.")  # fmt: skip
    return said


def next_and_watch(insights, history, month, currency):
    """HTML of what to do next, what to watch and what to use, and of what this month stands out by.

    insights : JSON of InsightsResponse from the same month
    """
    stands_out = watch(history, month, currency)
    usual = "Each figure of this month is at its usual level of the year before, or better."
    return (
        f"<h2>What to do next, what to watch</h2>{insights_html(insights, currency)}"
        f"<h2>What stands out this month</h2>{cards.bullets(stands_out or [usual])}"
    )


def drivers(history, month, currency):
    """go.Figure of how each part of revenue changed on the month before, or None where parts are not known."""
    table = _sold(compared(history, month)).reindex(list(PARTS)).dropna(subset=["now", "before"])
    if len(table) < 2:
        return None
    moved = (table["now"] - table["before"])[::-1]
    colours = [plots.BLUE if value >= 0 else plots.VERMILLION for value in moved]
    figure = go.Figure(layout={"template": plots.TEMPLATE, "height": 250, "hovermode": "closest"})
    figure.add_bar(x=list(moved), y=[PARTS[part] for part in moved.index], orientation="h", marker={"color": colours},
                   text=[words.money(value, currency, signed=True) for value in moved], textposition="outside",
                   cliponaxis=False, hoverinfo="skip")  # fmt: skip
    reach = max(moved.abs().max(), 1) * 2.2
    figure.update_xaxes(range=[-reach, reach], visible=False)
    figure.update_yaxes(showgrid=False)
    figure.add_vline(0, line={"color": plots.LINE, "width": 2})
    return figure


def member_flow(history, month):
    """go.Figure of members who joined and left in the last 13 months, or None where they are not known."""
    if not {"new_members", "churned_members"} <= set(history):
        return None
    past = history[history["month"] <= pd.Timestamp(month)].dropna(subset=["new_members", "churned_members"]).tail(13)
    if past.empty:
        return None
    figure = go.Figure(layout={"template": plots.TEMPLATE, "height": 250, "barmode": "relative"})
    for name, column, sign, colour in (("joined", "new_members", 1, plots.BLUE),
                                       ("left", "churned_members", -1, plots.VERMILLION)):  # fmt: skip
        values = past[column].astype("float64")
        figure.add_bar(name=name, x=list(past["month"]), y=list(sign * values), marker={"color": colour},
                       customdata=list(values), hovertemplate="%{customdata:,.0f}")  # fmt: skip
    figure.update_xaxes(tickformat="%b\n%Y", dtick="M3", hoverformat="%B %Y", tickangle=0)
    figure.update_yaxes(title={"text": "people a month"})
    return figure
