"""The week as a grid that answers to a click; drawn by `timetable_grid.js`, styled by `timetable_grid.css`."""

from pathlib import Path

import anywidget
import traitlets

HERE = Path(__file__).parent


class WeekGrid(anywidget.AnyWidget):
    """Days side by side, hours downwards, a block for each class; in a narrow window one day at a time.

    week : dict, as `timetable_week.drawn` makes it; selected : class id that was clicked, "" for none
    """

    _esm = (HERE / "timetable_grid.js").read_text()
    _css = (HERE / "timetable_grid.css").read_text()
    week = traitlets.Dict().tag(sync=True)
    selected = traitlets.Unicode().tag(sync=True)
