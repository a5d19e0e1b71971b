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
    const model = {get: (name) => told[name], send: (what) => sent.push(what), off() {},
        on(name, follow) { (heard[name] ||= []).push(follow); }};
    const heard = {};
    window.sent = [];
    window.turns = (name, to) => { told[name] = to; for (const follow of heard[`change:${name}`]) follow(); };
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

    def drawn(role, act=lambda bench, contact: None, pending=(), rated=False, **more):
        """more : fields of the thread, and of its contact as a dict"""
        [row] = bench.conversations("oak", state="all").conversations
        act(bench, row.contact_id)
        state = State(bench, lambda: User("olga", role)).load()
        state.open("oak")
        if rated:
            state.rate()
        thread = state.thread | {"pending": [WAITS | {"state": one} for one in pending]} | more
        thread["contact"] = state.thread["contact"] | more.get("contact", {})
        told = {name: getattr(state, name) for name in (*SAME, "draft")}
        pages.append(chromium.new_page())
        pages[-1].evaluate(DRAW, [Desk._esm, json.loads(json.dumps(told | {"thread": thread}))])
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


def test_points_for_what_nobody_knows_yet_stand_apart_from_those_that_were_earned(drawn):
    page = drawn("front desk", rated=True)
    earned = page.locator(".ib-card .ib-parts > li:not(.ib-guessed)").all_inner_texts()
    guessed = page.locator(".ib-guessed .ib-parts li").all_inner_texts()
    assert guessed
    assert all("not known: " in one for one in guessed)
    earned = [one for one in earned if one not in guessed]
    assert earned
    assert not any("not known: " in one for one in earned)
    total = sum(int(one.split()[0]) for one in guessed)
    assert page.locator(".ib-guessed").inner_text().startswith(f"+{total} counted until it is known:")


def test_whose_account_is_closed_stands_in_the_list_and_the_thread(drawn):
    def leaves(bench, contact):
        bench.assign("oak", contact, "otto", "olga")
        bench.accounts.close("otto")

    page = drawn("front desk", leaves)
    assert page.locator(".ib-row", has_text="otto's, whose account is closed").count() == 1
    whose = page.locator(".ib-top select[aria-label=Whose]")
    assert whose.evaluate("one => one.selectedOptions[0].textContent") == "otto's, whose account is closed"


def asked(page):
    told = page.evaluate("sent.at(-1)")
    return {name: told[name] for name in told if name != "shown"}


def test_what_needs_a_decision_stands_first_on_the_card_and_takes_one_press(drawn):
    move = {"at": "2026-10-05T09:00Z", "to": "TRIAL_SCHEDULED", "reason": "is booked for Salsa on 2026-10-07", "by": ""}
    contact = {"suggested": [move], "consent_hint": "leave me alone", "consent": []}
    page = drawn("front desk", contact=contact)
    assert page.locator(".ib-card .ib-note").all_inner_texts() == [
        "They may want to be left alone: “leave me alone”.", "Ana is booked for Salsa on 2026-10-07."]  # fmt: skip
    page.get_by_role("button", name="Move to: Trial booked").click()
    assert asked(page) == {"what": "move", "to": "TRIAL_SCHEDULED", "reason": move["reason"]}
    page.get_by_role("button", name="Send no more offers").click()
    assert asked(page) == {"what": "consent", "channel": "all", "allowed": False, "why": "wrote “leave me alone”"}
    page = drawn("read-only", contact=contact)
    assert page.locator(".ib-card .ib-note").count() == 2
    assert page.locator(".ib-card form").count() == 0
    no = {"channel": "whatsapp", "allowed": False, "at": None, "why": "", "says": "no"}
    assert drawn("front desk", contact=contact | {"consent": [no]}).locator(".ib-card .ib-note").count() == 1


def test_a_card_is_changed_in_its_folds_and_what_is_typed_outlives_a_message(drawn):
    page = drawn("front desk")
    card = page.locator(".ib-card")
    assert not card.get_by_label("E-mail address").is_visible()
    card.locator("summary", has_text="Change name").click()
    card.get_by_label("E-mail address").fill("ana@example.org")
    page.evaluate("turns('alike', [])")
    assert card.get_by_label("E-mail address").input_value() == "ana@example.org"
    card.get_by_role("button", name="Save").click()
    assert asked(page) == {"what": "change", "changes": {"email": "ana@example.org"}}
    card.locator("summary", has_text="What they agreed to").click()
    card.get_by_label("What they said").select_option("yes")
    page.evaluate("turns('alike', [])")
    card.get_by_role("button", name="Note it").click()
    assert asked(page)["what"] == "change"
    card.get_by_label("Where they said so").fill("at the desk")
    card.get_by_role("button", name="Note it").click()
    assert asked(page) == {"what": "consent", "channel": "all", "allowed": True, "why": "at the desk"}
    page.locator(".ib-list summary", has_text="New contact").click()
    page.locator(".ib-list").get_by_label("Name", exact=True).fill("Cleo")
    page.get_by_role("button", name="Add", exact=True).click()
    assert asked(page) == {"what": "new", "given": {"name": "Cleo"}}


def test_what_a_conversation_holds_is_read_at_a_press(drawn):
    page = drawn("front desk")
    page.locator("summary", has_text="What this conversation holds").click()
    page.get_by_role("button", name="Read it").click()
    assert asked(page) == {"what": "analyse"}
    assert page.get_by_role("button", name="Reading …").is_disabled()
    point = {"text": "Asks for Yoga.", "message_id": "whatsapp:1", "quote": "Yoga? <b>"}
    told = {"conversation_id": page.evaluate("sent.at(-1).shown"), "banner": "", "sentiment": "positive",
            "insights": [], "interests": [point], "action_items": []}  # fmt: skip
    page.evaluate("told => turns('analysis', told)", told)
    assert "Mood: Content" in page.locator(".ib-card").inner_text()
    assert page.locator(".ib-points li").text_content() == "Asks for Yoga.“Yoga? <b>”"
    page.evaluate("turns('analysis', {})")
    page.get_by_role("button", name="Read it").click()
    page.evaluate("turns('analysed', 1)")
    assert page.get_by_role("button", name="Read it").is_enabled()


def test_a_template_goes_with_what_fills_it_and_a_draft_is_told_what_to_say(drawn):
    window = {"takes": "template", "until": None, "says": "Only a template."}
    page = drawn("front desk", window=window, has_earlier=True)
    page.get_by_label("Name of the template").fill("we_miss_you")
    page.get_by_label("Its language").fill("de")
    page.get_by_label("What fills its gaps").fill("Ana\n Tuesday ")
    page.get_by_role("button", name="Send", exact=True).click()
    template = {"name": "we_miss_you", "language": "de", "values": ["Ana", "Tuesday"]}
    assert asked(page) == {"what": "send", "text": "", "later": None, "unless_reply": False, "template": template}
    page.evaluate("told => turns('draft', told)", {"text": "Hi", "sources": [], "template": template})
    assert page.get_by_label("What fills its gaps").input_value() == "Ana\nTuesday"
    page.locator("summary", has_text="A word for the draft").click()
    page.get_by_label("What the draft should say").fill("Tuesday is full")
    page.get_by_role("button", name="Suggest an answer").click()
    assert asked(page) == {"what": "suggest", "context": "Tuesday is full"}
    page.get_by_role("button", name="Show earlier messages").click()
    assert asked(page) == {"what": "earlier"}


def test_every_press_arrives_however_busy_the_kernel_is(drawn):
    page = drawn("front desk", window={"takes": "free", "until": None, "says": ""})
    page.get_by_role("button", name="Suggest an answer").click()
    page.get_by_label("Answer", exact=True).fill("Yes, at six")
    page.get_by_role("button", name="Send", exact=True).click()
    page.locator(".ib-row").click()
    assert page.evaluate("sent.map(one => one.what)") == ["here", "suggest", "send", "open"]
    assert page.evaluate("sent[2].text") == "Yes, at six"


def test_a_refused_message_for_later_comes_back_with_its_time(drawn):
    page = drawn("front desk", window={"takes": "free", "until": None, "says": ""})
    page.locator("summary", has_text="Send later").click()
    page.get_by_label("Send at").fill("2030-01-02T09:00")
    page.get_by_label("unless they write before").check()
    page.get_by_label("Answer", exact=True).fill("Too long")
    page.get_by_role("button", name="Send", exact=True).click()
    first = asked(page)
    assert page.get_by_label("Send at").input_value() == ""
    refused = {name: first[name] for name in ("text", "later", "unless_reply", "template")}
    page.evaluate("told => turns('draft', told)", refused | {"sources": []})
    assert page.get_by_label("Send at").input_value() == "2030-01-02T09:00"
    page.get_by_label("Answer", exact=True).fill("Short")
    page.get_by_role("button", name="Send", exact=True).click()
    assert asked(page) == first | {"text": "Short"}
