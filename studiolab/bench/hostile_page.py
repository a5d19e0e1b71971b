"""Whether what strangers wrote runs in the inbox's page: its HTML is read, and a real Chromium draws all of it."""

import base64
import os
from html.parser import HTMLParser
from importlib.util import find_spec

from studiolab import install
from studiolab.panels import inbox, inbox_state

RUNS = "<img src=x onerror=\"window.evil()\"><script>window.evil()</script><a href='javascript:window.evil()'>x</a>"
ROOTLESS = ["--no-sandbox"] if os.geteuid() == 0 else []
DRAWS = """async ([source, desks, parts, control]) => {
  window.ran = 0;
  window.evil = () => { window.ran += 1; };
  const settled = () => new Promise((done) => {
    window.settled = done;
    const last = document.body.appendChild(document.createElement("div"));
    last.innerHTML = '<img src="data:image/none," onerror="setTimeout(window.settled, 200)">';
  });
  const { default: desk } = await import(`data:text/javascript;base64,${source}`);
  for (const state of desks) {
    const model = { get: (name) => state[name], set: (name, value) => { state[name] = value; }, save_changes() {},
                    on() {}, off() {}, send() {} };
    desk.render({ model, el: document.body.appendChild(document.createElement("div")) });
  }
  for (const part of parts) document.body.appendChild(document.createElement("div")).innerHTML = part;
  await settled();
  const ran = window.ran, drawn = document.body.textContent.includes("window.evil");
  document.body.appendChild(document.createElement("div")).innerHTML = control;
  await settled();
  return [ran, drawn, window.ran > ran];
}"""


def pages(bench, asked):
    """(states of the desk, texts of HTML) of the inbox's pages; asked : (studio, contact) of the addresses, each of
    which may be made up. Every person of a studio is opened in turn."""
    states, parts = [], []
    for studio, contact in asked:
        state = inbox_state.State(bench).load()
        view = inbox.View(state, studio, contact)
        for one in [contact, *(row["conversation_id"] for row in state.found["conversations"])]:
            if one:
                state.pick(one)
            states.append({name: getattr(view.desk, name) for name in view.desk.keys if name in DESK})
            parts += [part.value for part in (view.figures, view.notice, view.tables)]
        state.close()
    return states, parts


DESK = (*inbox.SAME, "draft", "picked", "empty", "drafted", "analysed")


def scripts(html):
    """How many scripts, handlers of events and addresses that run are in a text of HTML."""
    reader = _Scripts()
    reader.feed(html)
    return reader.found


def ran(states, parts):
    """How often anything of `pages` ran in a Chromium; None where there is none, or no Playwright to speak with it.

    Raises RuntimeError where the page shows no hostile text, or what surely runs was not noticed.
    """
    program = install.browser()
    if program is None or find_spec("playwright") is None:
        return None
    from playwright.sync_api import sync_playwright

    source = base64.b64encode(inbox.Desk._esm.encode()).decode()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ROOTLESS)
        try:
            page = browser.new_page()
            count, is_drawn, is_noticed = page.evaluate(DRAWS, [source, states, parts, RUNS])
        finally:
            browser.close()
    if not (is_drawn and is_noticed):
        raise RuntimeError("the page shows no hostile text, or a script that surely runs was not noticed")
    return count


class _Scripts(HTMLParser):
    found = 0

    def handle_starttag(self, tag, attrs):
        self.found += tag in ("script", "iframe", "object", "embed")
        self.found += sum(name.startswith("on") or (value or "").strip().lower().startswith("javascript:")
                          for name, value in attrs)  # fmt: skip
