"""How the inbox does, as the page and the report show it: cards, a chart of the days, four tables."""

import pandas as pd
import plotly.graph_objects as go

from studiolab.panels import cards, words
from studiolab.panels.palette import BLUE, ORANGE, SKY
from studiolab.panels.plots import TEMPLATE
from studiolab.studio_operations.inbox import stages

CHANNELS = {"all": "All", "whatsapp": "WhatsApp", "instagram": "Instagram", "email": "E-mail", "sms": "SMS"}


def glance(told):
    """Four cards; told : JSON of InboxMetrics, as below."""
    first, funnel, days = told["first_responses"][0], told["funnel"][0], len(told["days"])
    since = told["oldest_waiting_since"]
    hours = since and (pd.Timestamp(told["end"]) - pd.Timestamp(since)).total_seconds() / 3600
    is_answered, is_new = first["open_median"] is not None, funnel["joined"] is not None
    joined, low, high = (words.percent(funnel[name], digits=0) if is_new else ""
                         for name in ("joined", "joined_low", "joined_high"))  # fmt: skip
    return cards.cards(
        ("Waiting for an answer", words.count(told["waiting"]), f"the first for {span(hours)}" if since
         else "everybody has one"),
        (f"First answer, {days} days", span(first["open_median"]) if is_answered else "–",
         "half are sooner, in opening hours" if is_answered else "nobody asked for the first time"),
        ("Received and sent", f"{told['received']:,} / {told['sent']:,}", f"messages in the last {days} days"),
        ("Joined", joined or "–", f"of {funnel['people']:,} new people; {low} to {high}" if is_new
         else "nobody wrote for the first time"),
    )  # fmt: skip


def day_figure(told, height=300):
    """Messages a day, received and sent, and who waited at its end."""
    days = [one["day"] for one in told["days"]]
    figure = go.Figure(layout={"template": TEMPLATE, "height": height, "barmode": "group", "bargap": 0.25})
    for name, colour in (("received", BLUE), ("sent", SKY)):
        figure.add_bar(name=name, x=days, y=[one[name] for one in told["days"]], marker_color=colour)
    figure.add_scatter(name="waiting at the end of the day", x=days, y=[one["waiting"] for one in told["days"]],
                       mode="lines+markers", line={"color": ORANGE, "width": 2}, marker={"size": 5})  # fmt: skip
    figure.update_xaxes(type="date", tickformat="%-d %b", hoverformat="%A, %-d %B")
    figure.update_yaxes(tickformat=",d", rangemode="tozero", title="messages, people waiting")
    return figure


def channels(told):
    """Messages by channel, the busiest first, and all of them."""
    if not told["channels"]:
        return "<p>No message in these days.</p>"
    total = {"channel": "all", "received": told["received"], "sent": told["sent"]}
    rows = [
        [CHANNELS[one["channel"]], words.count(one["received"]), words.count(one["sent"]),
         words.percent((one["received"] + one["sent"]) / (told["received"] + told["sent"]), digits=0)]
        for one in (total, *told["channels"])
    ]  # fmt: skip
    return cards.table(["Channel", "Received", "Sent", "Share of messages"], rows)


def answers(told):
    """How soon questions were answered, all and by channel."""
    rows = [
        [CHANNELS[one["group"]], words.count(one["questions"]), words.count(one["waiting"]),
         *(span(one[name]) for name in ("open_median", "open_p90", "clock_median", "clock_p90")),
         "–" if one["within_hour"] is None else words.percent(one["within_hour"], digits=0)]
        for one in told["responses"]
    ]  # fmt: skip
    headings = ["Channel", "Questions", "Wait now", "Half within, opening hours", "9 of 10 within",
                "Half within, by the clock", "9 of 10 within", "Within an hour"]  # fmt: skip
    return cards.table(headings, rows)


def leads(told):
    """How far the people came who wrote for the first time."""
    rows = [
        [CHANNELS[one["channel"]], words.count(one["people"]), *(words.count(one["stages"][name]) for name in STAGES),
         "–" if one["joined"] is None else f"{words.percent(one['joined'], digits=0)} "
         f"({words.percent(one['joined_low'], digits=0)} to {words.percent(one['joined_high'], digits=0)})"]
        for one in told["funnel"]
    ]  # fmt: skip
    headings = ["First wrote over", "People", *(stages.WORDS[name].capitalize() for name in STAGES), "Share who joined"]
    return cards.table(headings, rows)


STAGES = (stages.CONTACTED, stages.QUALIFIED, stages.TRIAL_SCHEDULED, stages.NO_SHOW, stages.CONVERTED, stages.LOST)


def work(told):
    """What each person did."""
    rows = [
        [one["user"] or "written elsewhere", words.count(one["sent"]), words.count(one["answered"]), span(one["hours"]),
         words.count(one["open"])] for one in told["workload"]
    ]  # fmt: skip
    if not rows:
        return "<p>Nobody has answered yet.</p>"
    return cards.table(["Who", "Messages", "Questions answered", "Half within, by the clock", "Theirs, open"], rows)


def span(hours):
    """Hours in words; "–" for None."""
    if hours is None:
        return "–"
    if hours < 1:
        return f"{max(round(hours * 60), 1)} min"
    return f"{hours:.1f} h" if hours < 10 else f"{hours:.0f} h" if hours < 48 else f"{hours / 24:.0f} days"
