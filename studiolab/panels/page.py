"""A dashboard's page: a word while its state loads, then what there is to see, built once."""

import threading
from contextlib import contextmanager

import ipywidgets as widgets

from studiolab.panels import cards

# Seconds without a page, before it comes with a word that it loads. Long, for what changes while a browser takes the
# page over from the kernel is lost to it: Jupyter's front end drops messages to widgets that it is still making.
PATIENCE = 60.0


@contextmanager
def loading(state):
    """Load `state` while the block asks the visitor what they want; waits up to PATIENCE for it at the end."""
    thread = threading.Thread(target=state.load, daemon=True)
    thread.start()
    yield
    thread.join(PATIENCE)


class Page(widgets.VBox):
    """What is seen of `state`, whose `status` may change in another thread at any moment.

    status : "ready", "failed" with the reason in `problem`, "empty" without studios, anything else while it loads
    A page names the word said while it loads, `opening`, and makes the widgets of a ready state in `parts()`: a list
    that follows the state from then on.
    """

    opening = ""

    def __init__(self, state):
        super().__init__()
        self.state, self._shown, self._alone = state, None, threading.RLock()
        for name in ("sl", "sl-planner"):
            self.add_class(name)
        state.observe(self._follow, "status")
        self._follow(None)

    def _follow(self, _):
        with self._alone:
            status = self.state.status
            if status == self._shown:
                return
            self._shown = status
            seen = self.parts() if status == "ready" else [widgets.HTML(self._word(status))]
            self.children = [widgets.HTML(cards.STYLE), *seen]

    def _word(self, status):
        if status == "empty":
            return f'<div class="sl-panel">{cards.NO_STUDIOS}</div>'
        if status == "failed":
            return cards.say(self.state.problem, "stop")
        return cards.say(self.opening) + cards.SKELETON
