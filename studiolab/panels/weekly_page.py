"""The weekly report as a page: cards, people to talk to, a plan for each, and where offers meet free places.

week : everywhere a `weekly_plans.Week`, one whose visits are known but in `title`.
"""

import pandas as pd
import plotly.graph_objects as go
from markupsafe import Markup, escape

from studiolab.class_recommender import watch
from studiolab.panels import cards, class_page, plots, words
from studiolab.panels.weekly_plans import SEEN_DAYS, WEEKS, offered

TITLES = {"at risk": "At risk", "low balance": "Low balance", "first visit": "First visits"}
NOTES = {
    "at risk": f"away {watch.RHYTHMS:.0f} times as long as usual",
    "low balance": "one class of the plan left, or none",
    "first visit": f"in the last {watch.FIRST_DAYS} days",
}
NO_VISITS = (
    "No visit to this studio is known yet, so there is nobody to plan for. Bring visits, members and classes with "
    "“studiolab import FILE --studio {}”, then make this report once more."
)
MOST_TIMES = 3  # named as too full
TWO = Markup('{}<br><span class="quiet">{}</span>')
FREE = [[0, "#f1f3f5"], [1, "#9fcbe6"]]


def title(week):
    """The heading; where no visit is known, also what to do."""
    when = "" if week.today is None else f", the week from {week.today:%A %-d %B %Y}"
    said = cards.say(NO_VISITS.format(week.studio_id), "warn") if week.today is None else ""
    return f"<h1>{escape(week.studio_name)}{when}</h1><p class='quiet'>Class plans for front desk and owner</p>{said}"


def glance(week):
    """Cards: who came, how many are on each list, what larger plans would bring."""
    now, before = week.seen
    counts = pd.Series([row["list"] for row in week.watched], dtype=object).value_counts()
    effect = week.upgrades["effect"].sum(min_count=1)
    brings = "" if pd.isna(effect) else f"{words.money(effect, week.currency, signed=True)} a month if all accept"
    change = f"{before:,} in the {SEEN_DAYS} days before"
    return cards.cards(
        (f"Clients seen in {SEEN_DAYS} days", words.count(now), change, "up" if now >= before else "down"),
        *((TITLES[name], words.count(counts.get(name, 0)), NOTES[name]) for name in watch.LISTS),
        ("Larger plans to offer", words.count(len(week.upgrades)), brings),
    )


def talk(week):
    """The three lists, each at most `week.most` long; a name leads to the client's plan below."""
    parts = []
    for name in watch.LISTS:
        rows = [row for row in week.watched if row["list"] == name]
        shown = [[_link(row["client_id"], row["client_name"], week), row["reason"], row["next_step"]]
                 for row in rows[: week.most]]  # fmt: skip
        listed = cards.table(["Client", "Why", "What to do"], shown, texts=3) if rows else "<p>Nobody today.</p>"
        parts.append(f"<h3>{TITLES[name]}</h3>{listed}{_more(len(rows), week.most)}")
    return f'<div class="lists">{"".join(parts)}</div>'


def upgrades(week):
    """Who should be offered a larger plan, those first who bring most."""
    if week.upgrades.empty:
        return "<p>Nobody needs a larger plan.</p>"
    rows = [
        [_link(row.Index, row.name, week), f"{row.to_plan}", row.reason,
         "–" if pd.isna(row.effect) else words.money(row.effect, week.currency, signed=True)]
        for row in week.upgrades.head(week.most)[["name", "to_plan", "reason", "effect"]].itertuples(name="Upgrade")
    ]  # fmt: skip
    listed = cards.table(["Client", "Plan to offer", "Why", "Monthly"], rows, texts=3)
    return listed + _more(len(week.upgrades), week.most)


def _more(number, most):
    rest = number - most
    return f'<p class="quiet">And {rest:,} more.</p>' if rest > 0 else ""


def _link(client_id, name, week):
    name = name or client_id
    if client_id not in week.plans:
        return name
    return Markup('<a href="#{}">{}</a>').format(client_id, name)


def plans(week):
    """Eight classes and the plan advice for each client of `week.plans`."""
    answers = [answer for _, answer in week.plans.values()]
    notes = {answer["schedule_note"] for answer in answers} - {""}
    if any(answer["schedule"] == "assumed" for answer in answers):
        notes.add("The coming schedule is not published yet, so the last four weeks are taken to go on.")
    said = "".join(cards.say(note, "warn") for note in sorted(notes))
    if not answers:
        return said + "<p>Nobody is on a list today, so nobody gets a plan here.</p>"
    return said + "".join(_plan(week, *pair) for pair in week.plans.values())


def _plan(week, client, answer):
    lines = [f"{row['list'].capitalize()}: {row['reason']}. {row['next_step']}"
             for row in week.watched if row["client_id"] == client["client_id"]]  # fmt: skip
    if client["advice"]:
        held = f"Has {client['plan']}. " if client["plan"] else ""
        lines.append(held + class_page.advised(client["advice"]))
    rows = [
        [TWO.format(_day(row["date"]), row["starts_at"][11:16]), TWO.format(row["class_name"], row["instructor"] or ""),
         TWO.format(row["place"] if row["place"] == "open" else Markup("<b>{}</b>").format(row["place"]),
                    row["plan_label"]), row["reason"]]
        for row in answer["recommendations"]
    ]  # fmt: skip
    headings = ["When", "Class and coach", "Place and plan", "Why"]
    listed = cards.table(headings, rows, texts=len(headings)) if rows else ""
    fewer = cards.say(answer["why_fewer"], "warn") if answer["why_fewer"] else ""
    name = client["client_name"] or client["client_id"]
    heading = Markup('<h3 id="{}">{} <span class="quiet">{}</span></h3>').format(
        client["client_id"], name, client["client_id"] if client["client_name"] else ""
    )
    said = "".join(f"<p>{escape(line)}</p>" for line in lines)
    return f'<section class="client">{heading}{said}{listed}{fewer}</section>'


def _day(date):
    return f"{pd.Timestamp(date):%a %-d %b}"


# where offers meet free places ------------------------------------------------------------------
def room_figure(week):
    """go.Figure of the coming seven days by time of day: offers of the plans on free places of a usual week. None
    where no class of known size was held of late."""
    if week.room.isna().all(axis=None):
        return None
    days = pd.date_range(week.today, periods=7)
    free, offers = (table.loc[days.day_name()] for table in (week.room, offered(week)))
    texts = [[_cell(f, o) for f, o in zip(*rows, strict=True)] for rows in zip(free.values, offers.values, strict=True)]
    figure = go.Figure(layout={"template": plots.TEMPLATE, "height": 340, "hovermode": "closest"})
    figure.add_heatmap(
        x=[name.capitalize() for name in free.columns], y=[f"{day:%a %-d %b}" for day in days],
        z=free.astype(object).where(free.notna(), None).values.tolist(), text=texts, texttemplate="%{text}",
        colorscale=FREE, zmin=0, showscale=False, xgap=3, ygap=3, hoverinfo="skip",
        textfont={"color": plots.INK, "size": 12},  # or plotly shrinks it beyond reading on a telephone
    )  # fmt: skip
    figure.update_xaxes(side="top", ticks="", linecolor=plots.PAPER)
    figure.update_yaxes(autorange="reversed", showgrid=False, ticks="", ticklabelstandoff=6)
    return figure


def _cell(free, offers):
    if pd.isna(free):
        return f"<b>{_offers(offers)}</b>" if offers else ""
    return (f"<b>{_offers(offers)}</b><br>" if offers else "") + f"{free:.0f} free"


def _offers(number):
    return f"{number} offer{'' if number == 1 else 's'}"


def room_said(week):
    """What the picture shows, in sentences."""
    free, offers = (table.T.unstack() for table in (week.room.fillna(0).round(), offered(week)))
    total, over = offers.sum(), (offers - free).clip(lower=0)
    said = f"Darker: more places usually stay free, by the mean of the last {WEEKS} weeks. "
    if not total:
        return said + "No offer on this page falls into the coming seven days."
    if over.any():
        tight = over[over > 0].nlargest(MOST_TIMES).index
        said += (f"{over.sum():.0f} of the {_offers(total)} come on top of the places that usually stay free, most of "
                 f"all on {words.listed([' '.join(at) for at in tight])}: call these clients first, or expect a "
                 "waiting list. ")  # fmt: skip
    else:
        said += f"The {_offers(total)} find a usually free place. "
    unasked = free[(offers == 0) & (free > 0)]
    if len(unasked):
        said += f"Most room that nobody here is offered: {' '.join(unasked.idxmax())}, {unasked.max():.0f} places."
    return said.strip()
