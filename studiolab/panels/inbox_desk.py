"""The inbox as one widget; drawn by `inbox.js`, styled by `inbox.css`."""

from pathlib import Path

import anywidget
import traitlets

HERE = Path(__file__).parent


class Desk(anywidget.AnyWidget):
    """Conversations, one thread, the box to answer in, and the contact's card.

    found, thread, draft, score, settled, filters, alike : as of `inbox_state.State`
    picked : id of the open conversation
    a custom message "media" brings what `inbox_media.fetched` gives
    empty : what is said where nothing is found; asked : dict n (grows), what, and more; what the person does
    """

    _esm = (HERE / "inbox.js").read_text()
    _css = (HERE / "inbox.css").read_text()
    found, thread, draft, score, settled, filters, asked = (traitlets.Dict().tag(sync=True) for _ in range(7))
    picked, empty = (traitlets.Unicode().tag(sync=True) for _ in range(2))
    alike = traitlets.List().tag(sync=True)
    drafted = traitlets.Int().tag(sync=True)
