"""What the class planner shows, as HTML: the client, the classes to offer, the classes of late."""

import base64

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
    said = cards.say(advised(advice), "" if advice["decision"] == "keep" else "warn") if advice else ""
    return f"<h2>{name}</h2>{said}" + cards.cards(
        ("Plan", client["plan"] or "No plan known", client["client_id"]),
        ("Visits last month", str(client["visits_last_month"]), f"{client['visits_this_month']} so far this month"),
        ("Usually comes", f"every {days:g} days" if days != 1 else "every day", "the middle of the last 15 gaps"),
        ("Last visit", f"{gone} day{'s' * (gone != 1)} ago" if last else "Never",
         _day(last) if last else "the studio's habits stand in"),
    )  # fmt: skip


def advised(advice):
    """Plan advice in a sentence; advice : JSON of Advice."""
    lead = {"keep": "Keep the plan", "rescue": "At risk", "upgrade": f"Offer {advice['to_plan']}",
            "downgrade": f"Offer {advice['to_plan']}"}[advice["decision"]]  # fmt: skip
    return f"{lead}: {advice['reason']}."


def offers(answer):
    """The classes to offer, with each fit score as a bar of its parts; answer : JSON of RecommendResponse."""
    rows = [
        [_day(row["date"]), row["starts_at"][11:16], row["class_name"], row["instructor"] or "–", _place(row["place"]),
         row["plan_label"], _bar(row), _why(row)]
        for row in answer["recommendations"]
    ]  # fmt: skip
    notes = [note for note in (answer["why_fewer"], answer["schedule_note"]) if note]
    if answer["words"] and answer["words"]["banner"]:
        notes.insert(0, answer["words"]["banner"])
    if answer["schedule"] == "assumed":
        notes.append("The coming schedule is not published yet, so the last four weeks are taken to go on.")
    if answer["source"] == "studio":
        notes.append("This client never came, so these are what the whole studio likes.")
    said = "".join(cards.say(note, "warn") for note in notes)
    if not rows:
        return said
    headings = ["Date", "Time", "Class", "Coach", "Place", "Plan", "Fit", "Why"]
    return f'{said}{_legend()}<div class="sl-stack">{cards.table(headings, rows, texts=len(headings))}</div>'


def lately(client):
    """The classes of the last 60 days; client : JSON of ClientResponse."""
    rows = [
        [_day(row["date"]), row["time"], row["class_name"] or "–", row["instructor"] or "–", row["outcome"]]
        for row in client["recent"]
    ]
    if not rows:
        return "<p>No class in the last 60 days.</p>"
    table = cards.table(["Date", "Time", "Class", "Coach", "What happened"], rows, texts=5)
    return f'<div class="sl-stack">{table}</div>'


def _why(row):
    """The reason; of the concierge's rows its own words, with the confidence it gives itself."""
    if row["source"] != "concierge":
        return row["reason"]
    sure = f"in the concierge's own words, {row['confidence']:.0%} sure" if row["confidence"] is not None else ""
    return Markup('{}<br><small class="sl-source">{}</small>').format(row["rationale"], sure)


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


def happened(lines):
    """Who did what of late; lines : JSON of Activity."""
    if not lines:
        return "<p>Nothing yet. What is saved or shared here is listed, with who did it.</p>"
    rows = [[f"{pd.Timestamp(row['at']):%a %-d %b, %H:%M} UTC", row["who"], row["what"], row["about"]] for row in lines]
    return f'<div class="sl-stack">{cards.table(["When", "Who", "What", "About"], rows, texts=4)}</div>'


def handed_on(shared):
    """What was made to hand on, as a link that downloads it, or the words themselves; shared : JSON of Shared."""
    if shared["sent_to"]:
        return ""
    if shared["media_type"] == "text/plain":
        return f'<textarea class="sl-words" readonly rows="4">{escape(shared["content"])}</textarea>'
    data = base64.b64encode(shared["content"].encode()).decode()
    name = escape(shared["file_name"])
    link = f'download="{name}" href="data:{shared["media_type"]};base64,{data}"'
    return f'<p><a class="sl-download" {link}>Download {name}</a></p>'
