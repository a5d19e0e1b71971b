"""The inbox's page in a real Chromium, without a server: what is drawn of what it is told."""

import json

import pytest

from studiolab.panels.inbox import SAME
from studiolab.panels.inbox_desk import Desk
from studiolab.panels.inbox_state import State
from studiolab.users import User
from tests.app.small_inbox import small_inbox, wrote

DRAW = """async ([script, told]) => {
    const {default: {render}} = await import(URL.createObjectURL(new Blob([script], {type: "text/javascript"})));
    const el = document.body.appendChild(document.createElement("div"));
    const model = {get: (name) => told[name], set: (name, to) => { told[name] = to; }, save_changes() {}, on() {}};
    render({model, el});
}"""
WAITS = {"outbox_id": "o-1", "channel": "whatsapp", "handle": "whatsapp:491", "body": "Yes", "user_name": "otto",
         "created_at": "2026-10-05T09:00Z", "send_after": "2026-10-05T09:00Z", "reason": None}  # fmt: skip


@pytest.fixture
def drawn(chromium, tmp_path):
    """Draws the inbox of one who wrote, as a role sees it; gives the page."""
    bench, pages = small_inbox(tmp_path, wrote("1", "491", "Yoga?", name="Ana")), []
    for name in ("olga", "otto"):
        bench.accounts.add(name, "owner", "a long enough password")

    def drawn(role, act=lambda bench, contact: None, pending=()):
        [row] = bench.conversations("oak", state="all").conversations
        act(bench, row.contact_id)
        state = State(bench, lambda: User("olga", role)).load()
        state.open("oak")
        thread = state.thread | {"pending": [WAITS | {"state": one} for one in pending]}
        told = {name: getattr(state, name) for name in (*SAME, "draft")}
        pages.append(chromium.new_page())
        pages[-1].evaluate(DRAW, [Desk._esm, json.loads(json.dumps(told | {"thread": thread, "asked": {}}))])
        return pages[-1]

    yield drawn
    for page in pages:
        page.close()
    bench.close()


def buttons(page):
    return {one.strip() for one in page.locator(".ib-said button").all_inner_texts()}


def test_who_only_reads_sees_what_waits_and_no_button_to_change_it(drawn):
    states = ("waiting", "failed", "unsure", "sending")
    assert buttons(drawn("front desk", pending=states)) == {"Undo", "Withdraw", "Send again"}
    page = drawn("read-only", pending=states)
    assert page.locator(".is-pending").count() == 4
    assert buttons(page) == set()
    assert page.locator(".ib-add").count() == 0


def test_whose_account_is_closed_stands_in_the_list_and_the_thread(drawn):
    def leaves(bench, contact):
        bench.assign("oak", contact, "otto", "olga")
        bench.accounts.close("otto")

    page = drawn("front desk", leaves)
    assert page.locator(".ib-row", has_text="otto's, whose account is closed").count() == 1
    whose = page.locator(".ib-top select[aria-label=Whose]")
    assert whose.evaluate("one => one.selectedOptions[0].textContent") == "otto's, whose account is closed"
