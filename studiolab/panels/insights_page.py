"""Insights as a page shows them: what to do next, what to watch, what to use; a few of each, in the owner's words."""

from markupsafe import Markup, escape

from studiolab.panels import cards, words

MOST = 3  # of each list
PARTS = (("next_best_actions", "Do next"), ("risk_factors", "Watch"), ("opportunities", "Make use of"))
FIELDS = {  # list: (text, money, chance)
    "next_best_actions": ("action", "expected_revenue_gain", "confidence"),
    "risk_factors": ("risk", "potential_revenue_impact", "probability"),
    "opportunities": ("opportunity", "potential_revenue_gain", "confidence"),
}
ASSUMED = "Effects and costs of single actions are assumptions until you measure your own."
SHARED = "Risks may share a cause: do not add them up."


def insights_html(answer, currency, most=MOST):
    """Three short lists and what could not be said; answer : JSON of InsightsResponse."""
    found = answer["insights"]
    columns = [_column(name, title, found[name][:most], currency) for name, title in PARTS if found[name]]
    quiet = "".join(f'<p class="quiet">{escape(note)}</p>' for note in answer["notes"])
    uplift = answer["uplift"]
    towards = f"<p>{escape(uplift['message'])}</p>" if uplift and found["next_best_actions"] else ""
    remarks = [*[ASSUMED] * bool(found["next_best_actions"]), *[SHARED] * (len(found["risk_factors"]) > 1)]
    last = f'<p class="quiet">{" ".join(remarks)}</p>' if remarks else ""
    return f'<div class="sl-insights">{"".join(columns)}</div>{_spoken(answer)}{towards}{quiet}{last}'


def _column(name, title, rows, currency):
    said = "".join(_item(name, row, currency) for row in rows)
    return f"<div><h3>{title}</h3><ol>{said}</ol></div>"


def _item(name, row, currency):
    text, money, chance = (row[field] for field in FIELDS[name])
    tone, when = "down" if money < 0 else "up", words.month_name(row["month"])
    figure = f'<b class="{tone}">{words.money(money, currency, signed=True)}</b> in {when}'
    against = name == "risk_factors"
    sure = f"{'if it comes so ' * against}· {words.percent(chance, digits=0)} chance{' to show' * (not against)}"
    how = {"next_best_actions": lambda: f"Shows in {row['timeline']}, {row['effort']} effort",
           "risk_factors": lambda: f"What helps: {row['mitigation']}",
           "opportunities": lambda: "; ".join(row["actions"])}[name]()  # fmt: skip
    note = Markup(f'<div class="how">{escape(how)}</div>') if how else ""
    return f'<li>{escape(text)}<div class="quiet">{figure} {sure}</div>{note}</li>'


def _spoken(answer):
    """The language model's rows, or the banner that says why there are none."""
    rows = "".join(
        f"<li><b>{escape(row['action'])}</b> {escape(row['expected_impact'])}"
        f'<div class="quiet">{escape(row["evidence"])}</div>'
        f"{cards.bullets([*row['implementation_tips'], *row['obstacles']])}</li>"
        for row in answer["actions"]
    )
    banner = cards.say(answer["banner"]) if answer["banner"] else ""
    return banner + (f"<h3>In words</h3><ol>{rows}</ol>" if rows else "")
