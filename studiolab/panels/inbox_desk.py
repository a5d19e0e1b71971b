"""The inbox as one widget; drawn by `inbox.js` with the files beside it, styled by `inbox.css`."""

from pathlib import Path

import anywidget
import traitlets

HERE = Path(__file__).parent


def joined(*names):
    """The text of several scripts as one, for a widget takes one; what is first is known to what follows."""
    return "\n".join((HERE / f"{name}.js").read_text() for name in names)


class Desk(anywidget.AnyWidget):
    """Conversations, one thread, the box to answer in, and the contact's card.

    found, thread, draft, score, analysis, settled, filters, alike : as of `inbox_state.State`
    picked : id of the open conversation
    a custom message "media" brings what `inbox_media.fetched` gives
    drafted, analysed : grow with each answer to a press, whether anything came of it or not
    empty : what is said where nothing is found
    What the person does comes as a custom message, dict what, shown (the conversation that was open) and more.
    """

    _esm = joined("inbox_words", "inbox_media", "inbox_answer", "inbox_card", "inbox")
    _css = (HERE / "inbox.css").read_text()
    found, thread, draft, score, analysis, settled, filters = (traitlets.Dict().tag(sync=True) for _ in range(7))
    picked, empty = (traitlets.Unicode().tag(sync=True) for _ in range(2))
    alike = traitlets.List().tag(sync=True)
    drafted, analysed = (traitlets.Int().tag(sync=True) for _ in range(2))


class Settings(anywidget.AnyWidget):
    """The inbox's settings; drawn by `inbox_settings.js`.

    told : as `inbox_setup.told` gives it, {} before the first look
    What is pressed comes as a custom message, dict n, what, studio and given, for a trait would keep and repeat a
    secret; the answer goes back as one, dict n and what `inbox_setup.done` gives.
    """

    _esm = joined("inbox_words", "inbox_sequence", "inbox_settings")
    _css = (HERE / "inbox_settings.css").read_text()
    told = traitlets.Dict().tag(sync=True)
