"""One lever as a slider: its business range, the span the data has seen, and where it stands today."""

from html import escape

import ipywidgets as widgets

from studiolab.panels import words
from studiolab.revenue_simulator.levers import CATALOGUE

HUNDRED = {"share": 100.0}
STEP = {"share": 0.1, "money": 1.0, "people": 0.1, "classes": 1.0}
FORMAT = {"share": ",.1f", "money": ",.0f", "people": ",.1f", "classes": ",.0f"}


class LeverSlider(widgets.VBox):
    """A labelled slider; `move(lever, value)` is called when a person moves it.

    Shares are shown in percent. `place` puts it at a value without calling `move`.
    """

    def __init__(self, lever, move):
        self.lever, self.known, self.move = lever, CATALOGUE[lever], move
        self.per = HUNDRED.get(self.known.unit, 1.0)
        self.slider = widgets.FloatSlider(
            min=self.known.low * self.per, max=self.known.high * self.per, step=STEP[self.known.unit],
            value=self.known.low * self.per, readout_format=FORMAT[self.known.unit],
        )  # fmt: skip
        self.label, self.marks = widgets.HTML(), widgets.HTML()
        self.shown = None
        self.slider.observe(self._slid, "value")
        super().__init__([self.marks, self.label, self.slider])
        self.add_class("sl-lever")
        self.add_class(f"sl-lever-{lever}")
        self.disable()

    def disable(self):
        """No figures to act on: grey, without marks."""
        self.slider.disabled, self.slider.readout = True, False
        self.label.value = f"<b>{escape(self.known.label)}</b>"
        self.marks.value = ""

    def mark(self, today, support, currency):
        """Mark today's value and the (low, high) the data has seen; widen the range where they lie beyond it."""
        low, high = min(self.known.low, today), max(self.known.high, today)
        if self.known.unit == "money":
            low, high = min(low, support[0]), max(high, support[1])
        self.shown = None
        with self.slider.hold_trait_notifications():
            self.slider.min, self.slider.max = low * self.per, high * self.per
        self.slider.disabled, self.slider.readout = False, True
        at = [min(max((value - low) / (high - low), 0), 1) * 100 for value in (*support, today)]
        places = " ".join(f"--{name}: {x:.2f}%;" for name, x in zip(("from", "to", "today"), at, strict=True))
        self.marks.value = f"<style>.sl-lever-{self.lever} {{ {places} }}</style>"
        unit = {"share": " in %", "money": f" in {words.symbol(currency).strip()}"}.get(self.known.unit, " a month")
        self.label.value = (
            f"<b>{escape(self.known.label)}</b><span>{escape(unit)}</span>"
            f'<span class="today">today {escape(words.lever_value(self.lever, today, currency))}</span>'
        )

    def place(self, value):
        """Put the slider at `value` in the lever's own unit; nobody is told."""
        self.shown = None
        self.slider.value = value * self.per
        self.shown = self.slider.value

    def _slid(self, change):
        # The browser rounds a value it is given to the slider's step and sends it back: that is no move.
        if self.shown is not None and abs(change["new"] - self.shown) > self.slider.step * 0.51:
            self.shown = change["new"]
            self.move(self.lever, change["new"] / self.per)
