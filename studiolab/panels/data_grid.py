"""A table to sort by its headings and to open a row of; drawn by `data_grid.js`, styled by `data_grid.css`."""

from pathlib import Path

import anywidget
import traitlets

HERE = Path(__file__).parent


class DataGrid(anywidget.AnyWidget):
    """Rows of text; in a narrow window each row is a card.

    columns : list of dict label, text (True for words); rows : list of dict id, cells, a dict for each column of text
    (what is shown) and by (what it is sorted by), or of `share_cell`; picked : id of the row that was clicked
    """

    _esm = (HERE / "data_grid.js").read_text()
    _css = (HERE / "data_grid.css").read_text()
    columns = traitlets.List().tag(sync=True)
    rows = traitlets.List().tag(sync=True)
    picked = traitlets.Unicode().tag(sync=True)


def share_cell(text, share, low, high, most, said):
    """A share with its interval drawn as a bar that ends at `most`; said : words on hovering."""
    share, low, high = (min(max(value / most, 0.0), 1.0) if most else 0.0 for value in (share, low, high))
    return {"text": text, "by": share, "share": share, "low": low, "high": high, "said": said}
