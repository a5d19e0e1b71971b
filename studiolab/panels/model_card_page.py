"""The model card, piece by piece: HTML and figures of an `app.model_card.Card` (B-69)."""

import plotly.graph_objects as go

from studiolab.panels import cards, plots, words
from studiolab.panels.palette import GREEN
from studiolab.revenue_simulator.levers import CATALOGUE
from studiolab.revenue_simulator.model import ENOUGH
from studiolab.revenue_simulator.panel import FEWEST_MONTHS
from studiolab.revenue_simulator.rolling import YEAR_AGO
from studiolab.revenue_simulator.stack import SAME

NAMES = {
    "structural": "Structural model", "ensemble": "Documents’ ensemble", "stack": "Stack", SAME: "Same as last month",
    YEAR_AGO: "Same as a year ago", "xgboost": "XGBoost", "lightgbm": "LightGBM", "random_forest": "Random forest",
    "ridge": "Ridge regression", "network": "Neural network",
}  # fmt: skip
COLOURS = {"structural": plots.BLUE, "ensemble": plots.VERMILLION, "stack": GREEN, SAME: plots.INK,
           YEAR_AGO: plots.MUTED}  # fmt: skip
AHEAD = (1, 3, 6, 12)  # months that tables show
FEATURES = {f"planned_{lever}": f"planned {known.label.lower()}" for lever, known in CATALOGUE.items()} | {
    "current_member_count": "members now", "month_index": "calendar month of the target", "year_index": "year",
    "prev_month_revenue": "revenue of the last month (logarithm)", "3_month_avg_retention": "retention of three months",
    "retention_rate_momentum": "change of retention over three months", "revenue_growth_rate": "growth on last month",
    "member_churn_rate": "share of members who left", "revenue_per_member": "revenue per member",
    "class_utilization": "class fill", "season_sin": "season (sine)", "season_cos": "season (cosine)",
    "is_january": "whether it is January", "is_summer": "whether it is summer",
    "ltv_estimate": "money a member brings in a year", "staff_utilization_rate": "staff utilisation",
    "retention_x_ticket": "retention times ticket price", "attendance_x_classes": "class fill times classes",
    "upsell_x_members": "add-on share times members", "revenue_momentum": "revenue against its moving average",
    "ticket_change": "planned change of the ticket price", "joins_change": "planned joins per member",
    "horizon": "months ahead",
}  # fmt: skip
FOR = (
    "Forecasting revenue of a studio one to twelve months ahead, its levers held, with a 90 % interval.",
    "Asking what if: seven levers, each month’s value, and the cheapest levers to a target. The structural model alone "
    "answers that, on every page and in every program.",
)
NOT_FOR = (
    "Judging a person: it knows monthly totals, nobody’s visits.",
    "Levers far outside what the data has seen; answers say so when they extrapolate.",
    f"A studio’s first {FEWEST_MONTHS} months, openings, closures, or a shock that hits everybody.",
    "Proof of cause: levers were set for reasons, and what a lever does is learned from how it was used.",
)
HOW_SCORED = (
    "Each model was made anew as of some earlier months, from what was known by then and nothing later, asked for the "
    "months ahead, and compared with what came. Off by 5 % is five per cent above or below. Bars and brackets hold the "
    "mean error of other studios like these in 95 of 100 cases."
)
LIMITS = (
    "Trees repeat months like those they saw. Asked what levers do outside them, they err several times as much as the "
    "structural model; the stack therefore counts them for little in a what-if.",
    "The errors are of forecasts with levers held, though owners moved theirs meanwhile: part of each error is theirs.",
    "Months of the same studio hang together, so intervals of errors are drawn over studios; with few studios they are "
    "rough, and the far horizons rest on few origins.",
    "scikit-learn’s network has no dropout; it stops early instead.",
)


def glance(card):
    """HTML cards: what answers, its error three months ahead, its interval, and what it learned from."""
    at = card.scores.set_index(["method", "horizon"])
    best = min(3, card.scores["horizon"].max())
    ours, usual = at.loc[("structural", best)], at.loc[(SAME, best)]
    better = ours["error"] <= usual["error"]
    ahead = f"{best} months ahead" if best > 1 else "one month ahead"
    return cards.cards(
        (f"Off by, {ahead}", words.percent(ours["error"]), "structural model, mean over studios"),
        ("Same as last month", words.percent(usual["error"]), "off by, as a rule of thumb", "down" if better else "up"),
        ("Inside the 90 % interval", words.percent(ours["coverage"], digits=0), f"of actual figures, {ahead}"),
        ("Learned from", f"{card.studio_months:,}", f"months of {card.full + card.revenue_only} studios"),
    )


def said(card):
    """The sentence on how the methods compare, one month and a year ahead or as far as was scored."""
    far = min(12, card.scores["horizon"].max())
    parts = []
    for horizon in sorted({1, min(3, far), far}):
        table = card.scores[card.scores["horizon"] == horizon].set_index("method")["error"]
        first = table.idxmin()
        parts.append(f"{_months(horizon)} ahead {NAMES[first].lower()} ({words.percent(table[first])})")
    return f"Least far off on average: {words.listed(parts)}."


def data(card):
    """HTML table of what it learned from."""
    span = f"{words.month_name(card.first_month)} to {words.month_name(card.last_month)}"
    alone = "no: their own last year was met better without" if card.full < ENOUGH else "no: these are enough"
    learned = "yes: their own last year was met better with them" if card.taught else alone
    rows = [
        ["Studios with members, visits and classes", f"{card.full}"],
        ["Studios known by revenue alone", f"{card.revenue_only}"],
        ["Months", span], ["Months of studios", f"{card.studio_months:,}"], ["Currency", words.listed(card.currencies)],
        ["Helped by simulated studios", learned],
    ]  # fmt: skip
    return f'<div class="prose">{cards.table(["", ""], rows, texts=2)}</div>'


def errors_figure(card):
    """go.Figure of the error by months ahead, each method with its 95 % interval."""
    figure = go.Figure(layout={"template": plots.TEMPLATE, "height": 360, "hovermode": "closest"})
    methods = list(dict.fromkeys(card.scores["method"]))
    for place, method in enumerate(methods):
        part = card.scores[card.scores["method"] == method]
        rule = method in (SAME, YEAR_AGO)
        figure.add_scatter(
            name=NAMES[method], x=part["horizon"] + (place - len(methods) / 2) * 0.09, y=part["error"],
            error_y={"array": part["high"] - part["error"], "arrayminus": part["error"] - part["low"], "width": 0,
                     "thickness": 1.2}, mode="lines+markers", marker={"size": 6, "color": COLOURS[method]},
            line={"width": 1.5, "color": COLOURS[method], "dash": "dot" if rule else "solid"},
            customdata=part["horizon"], hovertemplate="%{customdata} months ahead: %{y:.1%}",
        )  # fmt: skip
    title = {"font": {"size": 13}}
    figure.update_xaxes(
        title={"text": "months ahead", **title}, dtick=1, range=[0.4, card.scores["horizon"].max() + 0.6]
    )
    figure.update_yaxes(title={"text": "off by, mean", **title}, tickformat=".0%", rangemode="tozero")
    return figure


def errors(card):
    """HTML table of errors with their 95 % intervals, and how much less than that of last month's figure."""
    return _by_horizon(
        card, lambda row: f"{words.percent(row['error'])} ({100 * row['low']:.1f} to {100 * row['high']:.1f})"
    )


def coverage(card):
    """HTML table of the share of actual figures inside the 90 % interval."""
    models = [m for m in dict.fromkeys(card.scores["method"]) if m not in (SAME, YEAR_AGO)]
    return _by_horizon(card, lambda row: words.percent(row["coverage"], digits=0), models)


def weights_figure(card):
    """go.Figure of how much each member counts in the stack, for a forecast and for a what-if."""
    kinds = {"forecast": ("Forecast", plots.BLUE), "scenario": ("What if", plots.VERMILLION)}
    stack = card.weights["stack"]
    members = [*card.config.stack.members, SAME][::-1]
    figure = go.Figure(layout={"template": plots.TEMPLATE, "height": 80 + 42 * len(members), "barmode": "group",
                               "hovermode": False})  # fmt: skip
    for kind in ("scenario", "forecast"):  # drawn from below
        share = [stack[kind].get(member, 0.0) for member in members]
        label, colour = kinds[kind]
        figure.add_bar(
            name=label, y=[NAMES[member] for member in members], x=share, orientation="h", marker={"color": colour},
            text=[words.percent(value, digits=0) for value in share], textposition="outside", cliponaxis=False,
        )  # fmt: skip
    figure.update_layout(legend={"traceorder": "reversed"})
    figure.update_xaxes(visible=False, range=[0, 1.3])
    figure.update_yaxes(showgrid=False)
    return figure


def members(card):
    """HTML table of the members, their settings and how much each counts in the ensemble."""
    of, config = card.weights.get("ensemble", {}), card.config
    told = {
        "structural": "members flow, visits and purchases follow; a regression per flow, with effects of each studio",
        **{name: _boosted(getattr(config, name)) for name in ("xgboost", "lightgbm")},
        "random_forest": "{n_estimators} trees of depth {max_depth}, at least {min_samples_split} rows to split, "
        "{max_features:.0%} of features, {max_samples:.0%} of rows".format(**config.random_forest.model_dump()),
        "ridge": f"penalty {config.ridge.alpha:g} on standardised features",
        "network": f"{' · '.join(map(str, config.network.hidden_layers))} neurons, Adam at "
        f"{config.network.learning_rate:g}, stops early, no dropout",
    }
    rows = [[NAMES[name], text.replace("%", " %"), words.percent(of[name], digits=0) if name in of else "–"]
            for name, text in told.items()]  # fmt: skip
    return f'<div class="prose">{cards.table(["", "Settings", "Counts in the ensemble"], rows, texts=2)}</div>'


def training(card):
    """How the members' weights come about, in sentences."""
    of, stack = card.config.training, card.config.stack
    rule = {"non_negative": "are non-negative and add to one", "inverse_rmse": "go by the inverse of the error"}
    return cards.bullets([
        f"Learners see at most {of.most_rows:,} rows, each the logarithm of a studio’s growth from a month on; months "
        f"ahead: {words.listed([*map(str, of.horizons)])}.",
        f"The stack’s weights come from {stack.folds} rolling origins of {stack.fold_months} months each, with "
        f"{_months(of.embargo_months)} between what a member learned and what it is judged by; they "
        f"{rule[stack.weights]}. A forecast may also rest on last month’s figure.",
        f"The ensemble’s weights go by the inverse of the error on the last {_months(of.validation_months)}.",
    ])  # fmt: skip


def features():
    """HTML list of what learners see."""
    told = words.listed(list(FEATURES.values()))
    return f"<p>{told[0].upper()}{told[1:]}.</p>"


def version(card):
    """Which model this is, in a sentence."""
    if card.run is None:
        return f"Model {card.version}. Scored when this page was made; no training run of it is logged."
    run = card.run
    return f"Model {card.version}, version {run['version']} in MLflow, run {run['run_id']}, trained {run['at'][:10]}."


def _by_horizon(card, shown, methods=None):
    at = card.scores.set_index(["method", "horizon"])
    ahead = [h for h in AHEAD if h in set(card.scores["horizon"])]
    rows = [[NAMES[method], *(shown(at.loc[(method, h)]) if (method, h) in at.index else "–" for h in ahead)]
            for method in methods or dict.fromkeys(card.scores["method"])]  # fmt: skip
    return cards.table(["", *(f"{_months(h)} ahead" for h in ahead)], rows)


def _boosted(config):
    return (
        "{n_estimators} trees of depth {max_depth}, learning rate {learning_rate:g}, {subsample:.0%} of rows and "
        "{colsample_bytree:.0%} of features a tree".format(**config.model_dump())
    )


def _months(number):
    return "one month" if number == 1 else f"{number} months"
