"""What the product opportunities show, as HTML: cards, one client's offers, products with their history."""

import pandas as pd
from markupsafe import Markup, escape

from studiolab import schema
from studiolab.panels import cards, words
from studiolab.panels.data_grid import share_cell

COLUMNS = [{"label": "Client", "text": True}, {"label": "Segment", "text": True}, {"label": "Offer", "text": True},
           {"label": "Chance in 4 weeks", "text": False}, {"label": "Worth", "text": False},
           {"label": "Spent so far", "text": False}, {"label": "Orders", "text": False},
           {"label": "Why", "text": True}]  # fmt: skip
EVIDENCE = {"new": "little is known yet", "repeat": "comes back", "strong": "one of your best"}
POLICY = {
    "learned": "what clients like this one bought",
    "ladder": "the ladder's published rules",
    "uplift": "what telling adds, by your experiments",
}
MAIN = 4  # products that get a card of their own
ROWS = 40  # products below these


def summary(stats):
    """The four cards; stats : JSON of Stats."""
    impact, currency = stats["impact"], stats["currency"]
    lift = [words.money(impact[name], currency) for name in ("estimated_revenue_lift", "lift_low", "lift_high")]
    said = "measured" if impact["basis"] == "measured" else "assumption, not measured"
    return cards.cards(
        ("Clients", words.count(impact["total_customers"]), f"{impact['recommendations_made']:,} with an offer"),
        ("Worth of offers", lift[0], f"{lift[1]} to {lift[2]}; {said}"),
        ("Against four weeks' sales", words.percent(impact["estimated_lift_percentage"] / 100), said),
        ("Spent by a client", words.money(impact["average_customer_ltv"], currency), "so far, on average"),
    ) + cards.say(impact["says"], "" if impact["basis"] == "measured" else "warn")  # fmt: skip


def rows(found):
    """Rows of a DataGrid with COLUMNS; found : JSON of Opportunities."""
    told, currency = found["opportunities"], found["currency"]
    per = schema.minor_per_major(currency)
    most = max((row["confidence_high"] for row in told), default=0)
    return [
        {"id": row["customer_id"], "cells": [
            _plain(row["customer_name"] or row["customer_id"]), _plain(row["segment"]),
            _plain(row["recommended_product"]),
            share_cell(_chance(row["confidence"]), row["confidence"], row["confidence_low"], row["confidence_high"],
                       most, _interval(row)),
            {"text": small(row["expected_value_minor"] / per, currency), "by": row["expected_value_minor"]},
            {"text": words.money(row["ltv"], currency), "by": row["ltv"]},
            {"text": words.count(row["order_count"]), "by": row["order_count"]}, _plain(row["reason"]),
        ]} for row in told
    ]  # fmt: skip


def offers(answer):
    """One client's offers; answer : JSON of RecommendationResult."""
    name = escape(answer["customer_name"] or answer["customer_id"])
    level = answer["current_level"] or "none"
    head = f'<h2>{name}</h2><p class="quiet">{escape(answer["segment"]).capitalize()} · membership or pack: '
    head += f"{escape(level)} · last receipt {escape(answer['receipt'] or 'none')}</p>"
    note = cards.say(answer["note"], "warn") if answer["note"] else ""
    per = schema.minor_per_major(answer["currency"])
    told = [
        [row["product"], _because(row), _chance(row["confidence"]), _interval(row),
         small(row["expected_value_minor"] / per, answer["currency"]), f"{row['score']:.0f} of 100"]
        for row in answer["recommendations"]
    ]  # fmt: skip
    if not told:
        return head + (note or cards.say("There is nothing to offer this client now."))
    headings = ["Offer", "Why", "Chance in 4 weeks", "9 of 10 cases", "Worth", "Match"]
    table = cards.table(headings, told, texts=2)
    nothing = f"The chance that they buy none of these is {words.percent(answer['no_purchase'], digits=0)}."
    return f'{head}{note}<div class="sl-stack sl-offers">{table}</div><p class="quiet">{nothing}</p>'


def products(performance):
    """Cards of the MAIN products, each with two years' months, and a table of the next ROWS."""
    told, currency = list(performance["products"].values()), performance["currency"]
    if not told:
        return "<p>Nothing was sold yet.</p>"
    html = f'<div class="cards">{"".join(_product(one, currency) for one in told[:MAIN])}</div>'
    table = [
        [one["product"], _months(one),
         words.count(one["total_orders"]), words.money(one["total_revenue"], currency),
         words.count(one["unique_customers"]), small(one["avg_order_value"], currency)]
        for one in told[MAIN : MAIN + ROWS]
    ]  # fmt: skip
    if table:
        html += cards.table(["Other products", "Two years", "Orders", "Revenue", "Clients", "Average order"], table)
    if len(told) > MAIN + ROWS:
        html += f'<p class="quiet">And {words.things(len(told) - MAIN - ROWS, "product")} more, which sold less.</p>'
    return html + "".join(cards.say(text, "warn") for text in performance["problems"])


def small(amount, currency):
    """Major units, below a hundred with all decimals of the currency: $4.20, $1,240, ¥12."""
    if abs(amount) >= 100:
        return words.money(amount, currency)
    sign = "−" if amount < 0 else ""
    return f"{sign}{words.symbol(currency)}{schema.major(abs(amount) * schema.minor_per_major(currency), currency)}"


def _product(one, currency):
    orders = words.things(one["total_orders"], "order")
    people = words.things(one["unique_customers"], "client")
    return Markup(
        '<div class="card"><div class="label">{}</div><div class="figure">{}</div>'
        '<div class="note">{} of {}, {} each</div>{}</div>'
    ).format(one["product"], words.money(one["total_revenue"], currency), orders, people,
             small(one["avg_order_value"], currency),
             _months(one, 160, 30))  # fmt: skip


def _months(one, *size):
    return cards.sparkline([month["revenue"] for month in one["history"]][-24:], *size, joined=True)


def _plain(text):
    return {"text": text, "by": text.lower()}


def _chance(share):
    return words.percent(share, digits=0 if share >= 0.1 else 1)


def _interval(row):
    return f"{_chance(row['confidence_low'])} to {_chance(row['confidence_high'])}"


def _because(row):
    return Markup('{}<br><small class="sl-source">{}</small>').format(row["reason"], EVIDENCE[row["evidence"]])


def when(found):
    """Until when orders are known, in words: all that is before `as_of`."""
    last = pd.Timestamp(found["as_of"]) - pd.Timedelta(seconds=1)
    return f"Orders known until {last:%-d %B %Y}."
