from itertools import combinations

import ipywidgets as widgets
import pandas as pd
import plotly.graph_objects as go

from studiolab.panels import plots

HISTORY = pd.DataFrame({"month": pd.to_datetime(["2026-09-01", "2026-10-01"]), "total_revenue": [90.0, 100.0]})
AHEAD = pd.DataFrame(
    {
        "month": pd.to_datetime(["2026-11-01", "2026-12-01"]),
        "revenue": [110, 120],
        "low": [105, 110],
        "high": [115, 130],
    }
)


def test_the_forecast_line_goes_on_from_the_last_known_month():
    assert plots.ahead(HISTORY, AHEAD)["y"] == [100, 110, 120]


def test_the_band_goes_out_along_high_and_back_along_low():
    assert plots.band(HISTORY, AHEAD)["y"] == [100, 115, 130, 110, 105, 100]


def test_amounts_carry_the_currency_of_the_studio():
    figure = plots.revenue_figure(HISTORY, AHEAD, "EUR")
    assert figure.layout.yaxis.tickprefix == "€"
    assert [trace.name for trace in figure.data] == ["90 % interval", "revenue so far", "expected"]


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_text_is_readable_on_paper_and_the_first_colours_differ():
    """Contrast of 4.5 to 1 (WCAG 2.2, 1.4.3)."""
    for ink in (plots.INK, plots.MUTED):
        assert 1.05 / (luminance(ink) + 0.05) > 4.5
    assert all(a != b for a, b in combinations(plots.TEMPLATE.layout.colorway, 2))


def test_a_chart_opens_with_all_its_data_and_not_empty(monkeypatch):
    told = []
    monkeypatch.setattr(widgets.Widget, "open", lambda self: told.append(self.get_state()))
    plots.responsive(go.Figure().add_scatter(x=[1, 2], y=[3, 4]))
    [first] = told
    assert (list(first["_widget_data"][0]["x"]), bool(first["_widget_layout"])) == ([1, 2], True)
