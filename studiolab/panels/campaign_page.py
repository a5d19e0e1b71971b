"""The campaign as a page: cards, whom it reaches, worth by product, and who gets what and why.

campaign : everywhere a `campaign.Campaign`, one whose orders are known but in `title`.
"""

import plotly.graph_objects as go
from markupsafe import Markup, escape

from studiolab.panels import campaign as told
from studiolab.panels import cards, plots, words
from studiolab.panels.product_page import small
from studiolab.product_recommender.reach import REACHED

NO_ORDERS = (
    "No order of this studio is known yet, so there is nothing to offer by. Bring orders, products and members with "
    "“studiolab import FILE --studio {}”, then make this report once more."
)
SUREST = (
    "The surest come first. The surest also buy without an e-mail most often: an experiment tells whom it moves, "
    "and holds a part of the list back."
)
POLICIES = {
    "learned": "learned from what customers bought",
    "ladder": "by the documents' ladder, not learned",
    "uplift": "by what telling adds, learned from your experiments",
}
TWO = Markup('{}<br><span class="quiet">{}</span>')


def title(campaign):
    """The heading; where no order is known, also what to do."""
    when = "" if campaign.day is None else f", campaign from {campaign.day:%A %-d %B %Y}"
    said = cards.say(NO_ORDERS.format(campaign.studio_id), "warn") if campaign.day is None else ""
    whom = f"customers of the segment “{campaign.segment}”" if campaign.segment else "all customers"
    how = f", {POLICIES[campaign.policy]}" if campaign.policy else ""
    return (
        f"<h1>{escape(campaign.studio_name)}{when}</h1>"
        f"<p class='quiet'>Products to offer {escape(whom)} by e-mail{escape(how)}</p>{said}"
    )


def glance(campaign):
    """Cards: people in the list, purchases and worth to expect, people it cannot reach."""
    table, currency = told.by_product(campaign), campaign.currency
    people, rest = campaign.reach.get(REACHED, 0), sum(campaign.reach.values()) - campaign.reach.get(REACHED, 0)
    worth = table["value"].sum()
    days = f"in {campaign.horizon_days} days, bought anyway or because of the e-mail"
    return cards.cards(
        ("People in the list", words.count(people), "one product each, in the CSV beside this page"),
        ("Purchases to expect", words.count(table["buyers"].sum()), days),
        ("Margin of these", small(worth, currency), "chance times margin, added up; not what the campaign adds"),
        ("Not in the list", words.count(rest), "see below why"),
    )


def reached(campaign):
    """Whom the campaign reaches, and why not the others."""
    rows = [[name[:1].upper() + name[1:], words.count(number)] for name, number in campaign.reach.items()]
    note = cards.say(campaign.note, "warn") if campaign.note else ""
    return note + cards.table(["Everybody known", "People"], rows)


def value_figure(campaign):
    """go.Figure of expected margin by product, with people and purchases; None where nobody is in the list."""
    table = told.by_product(campaign).iloc[::-1]
    if table.empty:
        return None
    figure = go.Figure(layout={"template": plots.TEMPLATE, "height": 90 + 34 * len(table), "hovermode": "closest"})
    texts = [f"{small(row.value, campaign.currency)} · {row.people:,} people, {_few(row.buyers)} to buy"
             for row in table.itertuples()]  # fmt: skip
    figure.add_bar(x=table["value"], y=table.index, orientation="h", marker={"color": plots.BLUE}, text=texts,
                   textposition="outside", cliponaxis=False, hoverinfo="skip")  # fmt: skip
    figure.update_xaxes(visible=False, range=[0, 1.9 * max(table["value"].max(), 0.01)])
    figure.update_yaxes(showgrid=False, ticks="")
    return figure


def listed(campaign):
    """Who gets what and why, the surest first; at most `most` of them."""
    if campaign.rows.empty:
        return "<p>Nobody who agreed to e-mail can be offered anything.</p>"
    rows = [
        [TWO.format(row.customer_name or row.customer_id, row.segment), row.product, _chance(row),
         small(row.expected_value, campaign.currency), row.reason]
        for row in campaign.rows.head(campaign.most).itertuples()
    ]  # fmt: skip
    headings = ["Customer", "Product", "Chance", "Worth", "Why"]
    more = len(campaign.rows) - campaign.most
    rest = f'<p class="quiet">And {more:,} more in the CSV.</p>' if more > 0 else ""
    return f"<p>{SUREST}</p>{cards.table(headings, rows, texts=len(headings))}{rest}"


def _few(number):
    return f"{number:.1f}" if number < 10 else words.count(number)


def _chance(row):
    low, high = (words.percent(share, digits=0) for share in (row.confidence_low, row.confidence_high))
    return TWO.format(words.percent(row.confidence, digits=0), f"{low} to {high}")
