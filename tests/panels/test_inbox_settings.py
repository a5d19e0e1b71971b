"""The inbox's settings in a real Chromium, without a server: what is drawn, and what a press hands over."""

import json

import pytest

from studiolab.panels import inbox_setup
from studiolab.panels.inbox_desk import Settings
from studiolab.panels.inbox_state import State
from studiolab.users import User
from tests.app.small_inbox import small_inbox

DRAW = """async ([script, told]) => {
    const {default: {render}} = await import(URL.createObjectURL(new Blob([script], {type: "text/javascript"})));
    const el = document.body.appendChild(document.createElement("div"));
    window.sent = [], window.kept = [], window.heard = {};
    const model = {get: () => told, set: (...what) => kept.push(what), save_changes() {}, off() {},
        on: (name, follow) => { heard[name] = follow; }, send: (what) => sent.push(what)};
    window.becomes = (now) => { told = now; heard["change:told"](); };
    render({model, el});
}"""
STEP = {"after_hours": 48, "text": "Hi {first_name}",
        "template": {"name": "still_there", "language": "de", "values": ["{first_name}"]}}  # fmt: skip


@pytest.fixture
def drawn(chromium, tmp_path):
    """Draws the settings as a role sees them; gives the page and what it was told."""
    bench, pages = small_inbox(tmp_path), []
    bench.save_canned_reply("oak", "hello", "Hi <b>{first_name}</b>", "olga")
    bench.save_sequence("oak", {"name": "quiet", "steps": [STEP]}, "olga")

    def drawn(role):
        state = State(bench, lambda: User("olga", role)).load()
        state.open("oak")
        told = json.loads(json.dumps(inbox_setup.told(state)))
        pages.append(chromium.new_page())
        pages[-1].evaluate(DRAW, [Settings._esm, told])
        return pages[-1], told

    yield drawn
    for page in pages:
        page.close()
    bench.close()


def last(page):
    told = page.evaluate("sent.at(-1)")
    return told["what"], told["given"]


def test_a_secret_is_typed_hidden_and_handed_over_in_a_message_alone(drawn):
    page, told = drawn("owner")
    page.locator("summary", has_text="Connect WhatsApp").click()
    secret = page.get_by_label("Access token").first
    assert secret.get_attribute("type") == "password"
    secret.fill("very-secret")
    page.get_by_label("Phone number ID").fill("106")
    page.get_by_role("button", name="Connect", exact=True).first.click()
    given = {"channel": "whatsapp", "account": "106", "settings": {}, "secrets": {"token": "very-secret"}}
    assert last(page) == ("connect", given)
    assert (page.evaluate("kept"), page.evaluate("sent.at(-1).studio")) == ([], "oak")
    n = page.evaluate("sent.at(-1).n")
    page.evaluate("n => heard['msg:custom']({n, problem: 'It is wrong.'})", n)
    assert page.locator(".ib-result.is-problem").inner_text() == "It is wrong."
    page.evaluate("told => becomes(told)", told | {"hours": "MO 09:00-12:00"})
    assert secret.input_value() == "very-secret"  # what is set elsewhere takes nothing away
    page.get_by_role("button", name="Connect", exact=True).first.click()
    page.evaluate("n => heard['msg:custom']({n, done: 'It is connected.'})", n + 1)
    assert secret.input_value() == ""


def test_no_name_of_a_field_is_left_to_guess(drawn):
    page, told = drawn("owner")
    fields = [name for one in told["channels"] for kind in ("settings", "secrets", "optional") for name in one[kind]]
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    shown = page.locator("body").inner_text()
    assert [one for one in fields if "_" in one and one in shown] == []
    assert "smart_reply" not in shown


def test_a_follow_up_is_changed_step_by_step(drawn):
    page, _ = drawn("front desk")
    page.locator("summary", has_text="quiet").click()
    kept = page.locator(".ib-fold", has=page.get_by_label("Name of the follow-up")).first
    assert kept.get_by_label("Gaps of the template of step 1").input_value() == "{first_name}"
    kept.get_by_role("button", name="One step more").click()
    kept.get_by_label("Hours before step 2").fill("120")
    kept.get_by_label("Text of step 2").fill("Bye")
    kept.get_by_role("button", name="Save").click()
    steps = [STEP, {"after_hours": 120, "text": "Bye", "template": None}]
    assert last(page) == ("sequence", {"name": "quiet", "steps": steps})


def test_a_role_is_shown_what_it_may_change(drawn):
    page, _ = drawn("read-only")
    assert (page.locator("form").count(), page.get_by_role("button").count()) == (0, 0)
    page.locator("summary", has_text="hello").click()
    assert page.get_by_text("Hi <b>{first_name}</b>").is_visible()
    page, _ = drawn("front desk")
    assert page.get_by_label("Access token").count() == 0
    assert page.get_by_role("button", name="Look now").count() == 1


def test_what_is_typed_to_connect_outlives_a_message_and_no_other_studio_sees_it(drawn):
    page, told = drawn("owner")
    came = json.loads(json.dumps(told))
    one = {"account": "105", "is_connected": True, "is_sample": False, "says": "works", "last_message_at": None,
           "last_error": None, "to_do": "", "push_at": ""}  # fmt: skip
    came["channels"][0]["accounts"] = [one]
    page.locator("summary", has_text="Connect WhatsApp").click()
    secret = page.get_by_label("Access token").first
    page.get_by_label("Phone number ID").fill("106")
    secret.fill("very-secret")
    page.get_by_role("button", name="Connect", exact=True).first.click()
    page.evaluate("heard['msg:custom']({n: sent.at(-1).n, problem: 'It is wrong.'})")
    secret.focus()
    page.evaluate("told => becomes(told)", came)
    assert page.locator(".ib-account", has_text="105").count() == 1
    assert (secret.input_value(), page.get_by_label("Phone number ID").input_value()) == ("very-secret", "106")
    assert secret.is_visible()
    assert secret.evaluate("one => one === document.activeElement")
    assert page.locator(".ib-result.is-problem").all_inner_texts() == ["It is wrong."]
    page.on("dialog", lambda asked: asked.accept())
    page.get_by_role("button", name="Disconnect").click()
    page.evaluate("heard['msg:custom']({n: sent.at(-1).n, problem: 'It cannot be.'})")
    page.evaluate("told => becomes(told)", told)
    assert page.locator(".ib-result.is-problem").all_inner_texts() == ["It is wrong.", "It cannot be."]
    page.evaluate("told => becomes(told)", told | {"studio": "elm"})
    assert (secret.input_value(), page.locator(".ib-result").count()) == ("", 0)
