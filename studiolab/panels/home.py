"""The first page: how each studio stands, and the way to its planner."""

import threading
from urllib.parse import quote

import ipywidgets as widgets
from markupsafe import Markup

from studiolab.app import StudiolabError, Workbench
from studiolab.panels import cards, words
from studiolab.panels.asked import refused
from studiolab.panels.page import PATIENCE

WEEK = Markup('<a href="timetable.ipynb">Timetable</a>')
OFFERS = Markup('<a href="product_opportunities.ipynb">Product opportunities</a>')
CLASSES = f'<p><a href="class_planner.ipynb">To the class planner</a> · {WEEK} · {OFFERS}</p>'


def show():
    """The first page, filled as soon as the model is there."""
    workbench, page = Workbench(), widgets.HTML(cards.STYLE + cards.say(cards.LEARNING) + cards.SKELETON)
    for name in ("sl", "sl-home"):
        page.add_class(name)

    def fill():
        page.value = cards.STYLE + overview(workbench)

    loading = threading.Thread(target=fill, daemon=True)
    loading.start()
    if why := refused(workbench, "revenue"):  # waits for the visitor, while the page fills
        loading.join()
        page.value = cards.STYLE + cards.say(why, "stop") + CLASSES
    elif not loading.is_alive():
        fill()
    loading.join(PATIENCE)
    return page


def overview(workbench):
    """HTML of all studios: last month, what is expected next, and a link to each one's planner."""
    try:
        studios = [studio for studio in workbench.studios() if studio.months]
        if not studios:
            return cards.NO_STUDIOS
        ahead = workbench.model.forecast([studio.studio_id for studio in studios], months=1).set_index("studio_id")
    except StudiolabError as error:
        return cards.say(str(error), "stop")
    past = {studio.studio_id: workbench.model.history(studio.studio_id)["total_revenue"].tail(24) for studio in studios}
    rows = [_row(studio, ahead.loc[studio.studio_id], past[studio.studio_id]) for studio in studios]
    headings = ["Studio", "Two years", "Revenue", "Expected next", "Change", "9 of 10 cases", "Last month", "Kind"]
    return f'{_totals(studios, ahead)}<div class="sl-panel">{cards.table(headings, rows)}</div>'


def _totals(studios, ahead):
    items = [("Studios", str(len(studios)), f"{sum(studio.plannable for studio in studios)} with levers to plan")]
    for currency in sorted({studio.currency for studio in studios}):
        own = [studio for studio in studios if studio.currency == currency]
        last = sum(studio.last_revenue for studio in own)
        coming = sum(ahead.loc[studio.studio_id, "revenue"] for studio in own)
        items += [
            (f"Revenue in the last month, {currency}", words.money(last, currency), "each studio's last known month"),
            (f"Expected in the next, {currency}", words.money(coming, currency),
             f"{words.percent(coming / last - 1, signed=True)} with levers as today" if last else ""),
        ]  # fmt: skip
    return cards.cards(
        *items, ("The week", WEEK, "see it, move a class, have a better one proposed"),
        ("Products", OFFERS, "whom to offer what, and why"),
    )  # fmt: skip


def _row(studio, ahead, past):
    address = f"revenue_planner.ipynb?studio={quote(studio.studio_id)}"
    low, high = (words.money(ahead[bound], studio.currency) for bound in ("low", "high"))
    change = words.percent(ahead["revenue"] / studio.last_revenue - 1, signed=True) if studio.last_revenue else "–"
    return [
        Markup('<a href="{}">{}</a>').format(address, studio.studio_name), cards.sparkline([*past, ahead["revenue"]]),
        words.money(studio.last_revenue, studio.currency), words.money(ahead["revenue"], studio.currency),
        change, f"{low} to {high}", words.month_name(studio.last_month), studio.studio_type or "–",
    ]  # fmt: skip
