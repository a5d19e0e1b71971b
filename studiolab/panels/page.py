"""A dashboard's page: a word while its state loads, then what there is to see, built once.

What changes while a browser takes a page over from the kernel is lost: Jupyter's front end drops messages to widgets
that it is still making. So a page that is handed over before its state is ready stays as it is until `Seen`.
"""

import os
import threading
from contextlib import contextmanager

import anywidget
import ipywidgets as widgets
import traitlets

from studiolab.panels import cards


class Seen(anywidget.AnyWidget):
    """Nothing to see: `drawn` becomes True as a browser draws the page that this is a part of."""

    _esm = "export default { render({ model }) { model.set('drawn', true); model.save_changes(); } };"
    drawn = traitlets.Bool(False).tag(sync=True)


@contextmanager
def loading(state, then=lambda: None, whole=False):
    """Load `state` in a thread while the block asks the visitor what they want, and `then` do what that takes.

    Elsewhere than in Voilà, where there may be no browser ever, all of it is done when the block ends; so it is for a
    page that has to come `whole`: a plotly chart that joins a page already shown stays empty or still now and then.
    """
    known = threading.Event()

    def work():
        state.load()
        known.wait()
        then()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    yield
    known.set()
    if whole or "VOILA_PREHEAT" not in os.environ:  # set in every kernel of Voilà
        thread.join()


class Page(widgets.VBox):
    """What is seen of `state`, whose `status` may change in another thread at any moment.

    status : "ready", "failed" with the reason in `problem`, "empty" without studios, anything else while it loads
    A page names the word said while it loads, `opening`, and makes the widgets of a ready state in `parts()`: a list
    that follows the state from then on.
    """

    opening = ""

    def __init__(self, state):
        super().__init__()
        self.state, self.seen, self._shown, self._alone = state, Seen(), None, threading.RLock()
        for name in ("sl", "sl-planner"):
            self.add_class(name)
        state.observe(self._follow, "status")
        self._follow(None)
        self.seen.observe(self._follow, "drawn")

    def _follow(self, _):
        with self._alone:
            status = self.state.status
            if status == self._shown or (self._shown and not self.seen.drawn):
                return
            self._shown = status
            seen = self.parts() if status == "ready" else [widgets.HTML(self._word(status)), self.seen]
            self.children = [widgets.HTML(cards.STYLE), *seen]

    def _word(self, status):
        if status == "empty":
            return f'<div class="sl-panel">{cards.NO_STUDIOS}</div>'
        if status == "failed":
            return cards.say(self.state.problem, "stop")
        return cards.say(self.opening) + cards.SKELETON
