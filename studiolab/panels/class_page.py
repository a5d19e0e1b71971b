"""What the class planner shows, as HTML: the client, the classes to offer, the classes of late."""

import pandas as pd
from markupsafe import Markup, escape

from studiolab.panels import cards, palette

PARTS = {"kind": "kind of class", "upper": "upper focus", "lower": "lower focus", "time": "time of day",
         "day": "weekday", "freshness": "soon"}  # fmt: skip
COLOURS = dict(zip(PARTS, palette.COLOURS, strict=True))
WIDTH = 120  # pixels of a fit of 1


def snapshot(client):
    """Name and cards of a client; client : JSON of ClientResponse."""
    name = escape(client["client_name"] or client["client_id"])
    last, days = client["last_visit"], client["usual_days_between_visits"]
    gone = (pd.Timestamp(client["as_of"][:10]) - pd.Timestamp(last)).days if last else None
    advice = client["advice"]
    said = cards.say(_advice(advice), "" if advice["decision"] == "keep" else "warn") if advice else ""
    return f"<h2>{name}</h2>{said}" + cards.cards(
        ("Plan", client["plan"] or "No plan known", client["client_id"]),
        ("Visits last month", str(client["visits_last_month"]), f"{client['visits_this_month']} so far this month"),
        ("Usually comes", f"every {days:g} days" if days != 1 else "every day", "the middle of the last 15 gaps"),
        ("Last visit", f"{gone} day{'s' * (gone != 1)} ago" if last else "Never",
         _day(last) if last else "the studio's habits stand in"),
    )  # fmt: skip


def _advice(advice):
    lead = {"keep": "Keep the plan", "rescue": "At risk", "upgrade": f"Offer {advice['to_plan']}",
            "downgrade": f"Offer {advice['to_plan']}"}[advice["decision"]]  # fmt: skip
    return f"{lead}: {advice['reason']}."


def offers(answer):
    """The classes to offer, with each fit score as a bar of its parts; answer : JSON of RecommendResponse."""
    rows = [
        [_day(row["date"]), row["starts_at"][11:16], row["class_name"], row["instructor"] or "–", _place(row["place"]),
         row["plan_label"], _bar(row), row["reason"]]
        for row in answer["recommendations"]
    ]  # fmt: skip
    notes = [answer["why_fewer"]] if answer["why_fewer"] else []
    if answer["schedule"] == "assumed":
        notes.append("The coming schedule is not published yet, so the last four weeks are taken to go on.")
    if answer["source"] == "studio":
        notes.append("This client never came, so these are what the whole studio likes.")
    said = "".join(cards.say(note, "warn") for note in notes)
    if not rows:
        return said
    headings = ["Date", "Time", "Class", "Coach", "Place", "Plan", "Fit", "Why"]
    return f"{said}{_legend()}{cards.table(headings, rows, texts=len(headings))}"


def lately(client):
    """The classes of the last 60 days; client : JSON of ClientResponse."""
    rows = [
        [_day(row["date"]), row["time"], row["class_name"] or "–", row["instructor"] or "–", row["outcome"]]
        for row in client["recent"]
    ]
    if not rows:
        return "<p>No class in the last 60 days.</p>"
    return cards.table(["Date", "Time", "Class", "Coach", "What happened"], rows, texts=5)


def _day(text):
    return f"{pd.Timestamp(text):%a %-d %b}"


def _place(place):
    return place if place == "open" else Markup("<b>{}</b>").format(place)


def _bar(row):
    """The fit score and its parts, each as wide as what it adds."""
    spans = Markup("").join(
        Markup('<span style="width:{:.1f}px;background:{}" title="{}: {:.3f}, {}"></span>').format(
            part["adds"] * WIDTH, COLOURS[part["part"]], PARTS[part["part"]], part["adds"], part["because"]
        )
        for part in row["parts"]
        if part["adds"] > 0
    )
    return Markup('<span class="fit">{:.2f} <span class="bar">{}</span></span>').format(row["fit_score"], spans)


def _legend():
    keys = "".join(
        f'<span style="background:{colour}"></span>{escape(PARTS[part])}' for part, colour in COLOURS.items()
    )
    return f'<div class="sl-legend fit-legend">{keys}</div>'
