"""One look for every figure: the palette and the template; and the figure of revenue that the faces share."""

import anywidget
import plotly.graph_objects as go

from studiolab.panels.palette import BLUE, COLOURS, INK, LINE, MUTED, PAPER, VERMILLION  # noqa: F401, figures name them
from studiolab.panels.words import symbol

BAND = "rgba(0, 114, 178, 0.16)"
FONT = "system-ui, -apple-system, 'Segoe UI', 'Noto Sans', 'Liberation Sans', Arial, sans-serif"

TEMPLATE = go.layout.Template(
    layout={
        "font": {"family": FONT, "size": 13, "color": INK},
        "colorway": COLOURS,
        "paper_bgcolor": PAPER,
        "plot_bgcolor": PAPER,
        "margin": {"l": 8, "r": 12, "t": 8, "b": 8},
        "xaxis": {"showgrid": False, "linecolor": LINE, "ticks": "outside", "tickcolor": LINE, "automargin": True},
        "yaxis": {"gridcolor": LINE, "zeroline": False, "automargin": True},
        "legend": {"orientation": "h", "x": 0, "xanchor": "left", "y": 1.02, "yanchor": "bottom"},
        "hoverlabel": {"font": {"family": FONT}, "bgcolor": PAPER, "bordercolor": LINE},
        "hovermode": "x unified",
    }
)


def revenue_figure(history, forecast, currency, shown=24, height=400):
    """Revenue so far and to come: a line, and a dashed line in its 90 % band.

    history : DataFrame month, total_revenue (major units); forecast : DataFrame month, revenue, low, high
    shown : int, months of history in view at first. Returns go.Figure with traces named
    band, history, forecast in that order.
    """
    figure = go.Figure(layout={"template": TEMPLATE, "height": height})
    past = history.tail(shown)
    figure.add_scatter(name="90 % interval", fill="toself", fillcolor=BAND, line={"width": 0}, hoverinfo="skip",
                       mode="lines", **band(past, forecast))  # fmt: skip
    figure.add_scatter(name="revenue so far", x=list(past["month"]), y=list(past["total_revenue"]),
                       mode="lines+markers", line={"color": INK, "width": 2}, marker={"size": 4})  # fmt: skip
    figure.add_scatter(name="expected", mode="lines+markers", line={"color": BLUE, "width": 2.5, "dash": "dot"},
                       marker={"size": 7}, **ahead(past, forecast))  # fmt: skip
    sign = symbol(currency)
    figure.update_traces(hovertemplate=f"{sign}%{{y:,.0f}}")
    figure.update_yaxes(tickprefix=sign, tickformat="~s", nticks=6)
    figure.update_xaxes(tickformat="%b\n%Y", dtick="M6", tickangle=0, hoverformat="%B %Y")
    return figure


def ahead(history, forecast):
    """x and y of the forecast line, which starts at the last known month."""
    last = history.iloc[-1:]
    return {
        "x": [*last["month"], *forecast["month"]],
        "y": [*last["total_revenue"], *forecast["revenue"]],
    }


def band(history, forecast):
    """x and y of the outline of the interval, from the last known month forward along `high`, back along `low`."""
    last = history.iloc[-1:]
    x, start = [*last["month"], *forecast["month"]], list(last["total_revenue"])
    return {"x": x + x[::-1], "y": [*start, *forecast["high"], *forecast["low"][::-1], *start]}


def responsive(figure):
    """FigureWidget of `figure` that is as wide as its box and shows no tools."""
    return Chart(figure.update_layout(autosize=True))


class Chart(go.FigureWidget):
    """A FigureWidget that a browser is told of whole: plotly's own comes empty, with its data in a second message that
    on a busy machine came too late now and then, and then the axes stayed empty."""

    def __init__(self, figure):
        self._is_whole = False
        super().__init__(figure)
        self._config = self._config | {"displayModeBar": False, "responsive": True}
        self._is_whole = True
        self.open()

    def open(self):
        """Tell the browser; called by ipywidgets before there is anything to tell."""
        if self._is_whole:
            super().open()


class Fitted(anywidget.AnyWidget):
    """Nothing to see: beside a chart that joins a page already shown, it has the chart take the width of its box.

    Plotly measures its box on a resize of the window only.
    """

    _esm = """export default { render: () => { for (const wait of [0, 300])
        setTimeout(() => window.dispatchEvent(new Event("resize")), wait); } };"""
