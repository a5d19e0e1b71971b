"""What is known of chances, offers and experiments, as pictures."""

import numpy as np
import plotly.graph_objects as go

from studiolab.panels import plots
from studiolab.panels.palette import BLUE, GREEN, INK, LINE, MUTED, ORANGE, VERMILLION

AT = {"0.1 %": 0.001, "1 %": 0.01, "10 %": 0.1, "100 %": 1}
LOOKS = (("circle", BLUE), ("square", VERMILLION), ("diamond", MUTED))
WRONG = "rgba(213, 94, 0, 0.18)"  # the band of an interval that does not hold what it says


def reliability_figure(groups):
    """go.Figure of what was told and what came, on log scales; groups : dict of up to three names to DataFrames as of
    `likelihood.reliability`, whose rates are above zero."""
    figure = go.Figure(layout={"template": plots.TEMPLATE, "height": 430, "hovermode": "closest"})
    figure.add_scatter(x=[1e-3, 1], y=[1e-3, 1], mode="lines", line={"color": LINE}, name="told is what comes")
    for (name, group), (symbol, colour) in zip(groups.items(), LOOKS, strict=False):
        bars = {"array": group["high"] - group["observed"], "arrayminus": group["observed"] - group["low"]}
        figure.add_scatter(x=group["predicted"], y=group["observed"], mode="markers", name=name,
                           marker={"symbol": symbol, "color": colour, "size": 8},
                           error_y=bars | {"thickness": 1, "width": 0},
                           hovertemplate="told %{x:.2%}, came %{y:.2%}")  # fmt: skip
    ticks = {"type": "log", "range": [-3, 0], "tickvals": list(AT.values()), "ticktext": list(AT)}
    figure.update_xaxes(title="chance that was told", **ticks)
    figure.update_yaxes(title="share that bought", **ticks)
    return figure


def qini_figure(curves, mean):
    """go.Figure of purchases added as one goes down a list; curves : dict of up to four names to `policy_value.Qini`,
    the one to beat first; mean : purchases added by an offer on average, a chance."""
    figure = go.Figure(layout={"template": plots.TEMPLATE, "height": 400, "hovermode": "closest"})
    for (name, curve), colour in zip(curves.items(), (MUTED, BLUE, VERMILLION, ORANGE), strict=False):
        at = np.unique(np.linspace(0, len(curve.share) - 1, 200).astype(int))
        figure.add_scatter(x=curve.share[at], y=1000 * curve.gain[at], mode="lines", name=name,
                           line={"color": colour, "width": 2.5}, hovertemplate="%{y:.1f} at %{x:.0%}")  # fmt: skip
    figure.add_scatter(x=[0, 1], y=[0, 1000 * mean], mode="lines", name="in no order",
                       line={"color": MUTED, "dash": "dot"})  # fmt: skip
    figure.update_layout(margin_r=28)
    figure.update_xaxes(title="share of all offers that are made, the best first", tickformat=".0%")
    figure.update_yaxes(title="purchases added, per 1,000 offers", rangemode="tozero")
    return figure


def daily_figure(course, usual, planted, decided):
    """go.Figure of an experiment on conversion, day by day.

    course : `trial.Course`; usual : (days,) half of the interval that is made for one look; planted : the true lift;
    decided : position of the day on which it may be stopped
    """
    figure = go.Figure(layout={"template": plots.TEMPLATE, "height": 380})
    bands = (("interval to be looked at daily", course.low, course.high, plots.BAND),
             ("interval for one look", course.lift - usual, course.lift + usual, WRONG))  # fmt: skip
    for name, low, high, colour in bands:
        x, y = np.concatenate([course.day, course.day[::-1]]), np.concatenate([high, low[::-1]])
        figure.add_scatter(x=x, y=y, fill="toself", fillcolor=colour, line={"width": 0}, name=name, hoverinfo="skip")
    figure.add_scatter(x=course.day, y=course.lift, name="difference so far", line={"color": BLUE, "width": 2.5})
    figure.add_hline(planted, line={"color": INK, "dash": "dot"}, annotation_text="planted")
    figure.add_hline(0, line={"color": MUTED})
    figure.add_vline(course.day[decided].item(), line={"color": GREEN, "dash": "dash"})
    figure.update_yaxes(title="more buyers than without the offer", tickformat=".0%", range=[-0.1, 0.15])
    return figure
