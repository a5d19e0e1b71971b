"""The arbiter on real tables: what it weighs, whom it spares, and what the ledger keeps of it."""

import pandas as pd
import pytest

from studiolab.adapters.errors import StudiolabError
from studiolab.app.next_actions import CHOSEN
from studiolab.app.plans import FAILED, SHARED
from studiolab.class_recommender.answers import UnknownClient
from studiolab.next_best_action import CHANCES, Chance, Rules
from studiolab.product_recommender.replies import Recommendation, RecommendationResult
from studiolab.studio_operations.inbox.contacts import contact_id

from .small_inbox import keep, wrote

STUDIO = "studio-001"
MOMENT = pd.Timestamp("2026-10-19T15:00Z")


def best(bench, **given):
    return bench.next_actions(STUDIO, 1, **given).actions[0]


@pytest.fixture
def someone(workbench):
    """A running member for whom a set of classes wins, and who agreed to e-mail."""
    actions = workbench.next_actions(STUDIO, 1000).actions
    return next(one.client_id for one in actions if (one.kind, one.chosen.channel) == ("class", "e-mail"))


def test_the_classes_weighed_are_those_of_the_recommender(workbench, someone):
    told = workbench.next_action(STUDIO, someone).chosen
    eight = workbench.recommend({"studio_id": STUDIO, "client_id": someone}).recommendations
    chance = workbench.next_action(STUDIO, someone, measured={"class": Chance(1.0, "measured", 0.5, 1.0)}).chosen
    left = 1.0
    for one in eight:
        left *= 1 - CHANCES["class"].value * one.fit_score
    assert told.chance == pytest.approx(1 - left)
    assert chance.chance_source == "measured"
    assert chance.chance_low < chance.chance <= chance.chance_high
    assert all(f"{one.class_name} on {one.starts_at:%a %d %b, %H:%M}" in told.says for one in eight if one.rank <= 3)


def test_a_visit_is_worth_what_dues_and_single_classes_of_three_months_brought_a_visit(workbench, someone):
    action = workbench.next_action(STUDIO, someone)
    orders, visits = workbench.db.read("orders", STUDIO), workbench.db.read("visits", STUDIO)
    since, until = action.as_of - pd.Timedelta(days=91), action.as_of
    own = orders[orders["created_at"].between(since, until, inclusive="left")]
    own = own[own["revenue_kind"].isin(["membership", "class_pack", "intro"]) & (own["status"] == "paid")]
    came = visits[(visits["status"] == "attended") & visits["attended_at"].between(since, until, inclusive="left")]
    assert action.chosen.worth_minor == pytest.approx(own["amount"].sum() / len(came), rel=0.02)


def test_advice_on_plans_becomes_money_over_months_and_holds_its_reason(workbench):
    plans = {row.plan_id: row.price for row in workbench.db.read("plans", STUDIO).itertuples()}
    members = workbench.db.read("members", STUDIO).set_index("member_id")
    upgrades = 0
    for action in workbench.next_actions(STUDIO, 1000).actions:
        for one in [action.chosen, *action.losers]:
            if one.kind == "plan" and one.offer.startswith("plan:") and one.chance == 0.05:
                now = plans[members["plan_id"][action.client_id]]
                assert one.worth_minor == 6 * (plans[one.offer.removeprefix("plan:")] - now) > 0
                assert "came" in one.says
                upgrades += 1
    assert upgrades > 3


def test_without_consent_only_the_desk_speaks_and_who_is_away_is_left_alone(workbench):
    members = workbench.db.read("members", STUDIO).set_index("member_id")
    actions = workbench.next_actions(STUDIO, 1000).actions
    agreed = members[["email_consent", "text_consent"]].fillna(False).astype(bool)
    for action in actions:
        by_email, by_text = agreed.loc[action.client_id]
        assert action.chosen.channel == ("e-mail" if by_email else "text" if by_text else "desk")
        assert by_email or by_text or action.kind != "message"
    assert {action.chosen.channel for action in actions} == {"e-mail", "text", "desk"}


def mailed(bench, client, text, minutes=0):
    """Somebody of the member file writes a mail; their contact's id."""
    address = bench.db.read("members", STUDIO).set_index("member_id").loc[client, "email"]
    keep(bench, wrote(f"{client}-{minutes}", address, text, minutes, channel="email") | {"studio_id": STUDIO})
    return contact_id(STUDIO, f"email:{address}")


def test_who_unsubscribed_in_the_inbox_is_not_weighed_for_e_mail_any_more(own, someone):
    before = own.next_action(STUDIO, someone)
    contact = mailed(own, someone, "unsubscribe")
    [listed] = (one for one in own.next_actions(STUDIO, 1000).actions if one.client_id == someone)
    weighed = own.next_action(STUDIO, someone)
    for action in (listed, weighed):
        assert "e-mail" not in {one.channel for one in [action.chosen, *action.losers]}
    own.consent(STUDIO, contact, "all", False, "said so at the desk", "olga")
    action = own.next_action(STUDIO, someone)
    assert {one.channel for one in [action.chosen, *action.losers]} <= {"desk", None}
    own.consent(STUDIO, contact, "email", True, "signed the form", "olga")
    assert own.next_action(STUDIO, someone).chosen == before.chosen


def test_a_message_of_a_sequence_is_a_contact_and_one_for_a_choice_just_recorded_the_same_one(own, someone):
    contact = mailed(own, someone, "Hello")
    now = pd.Timestamp.now("UTC")
    row = {"outbox_id": "o1", "studio_id": STUDIO, "contact_id": contact, "handle": "email:a@example.com",
           "channel": "email", "account_id": "1", "kind": "text", "body": "Still there?", "user_name": "olga",
           "created_at": now, "send_after": now, "claimed_at": now, "state": "sent", "attempts": 1,
           "sequence": "welcome"}  # fmt: skip
    own.db.write("outbox", pd.DataFrame([row]))
    action = own.next_action(STUDIO, someone)
    assert (action.kind, action.contacts_in_7_days) == ("nothing", 1)
    assert {one.lost for one in action.losers} <= {"limit", "already holds"}
    own.db.replace("outbox", pd.DataFrame([row]).iloc[:0])
    own.record_next_action(STUDIO, someone, "olga")
    own.db.write("outbox", pd.DataFrame([row]))
    assert own.next_action(STUDIO, someone).contacts_in_7_days == 1


def test_one_client_of_a_studio_gets_the_answer_that_the_studios_list_has(workbench):
    for action in workbench.next_actions(STUDIO, 5, as_of=MOMENT).actions:
        assert workbench.next_action(STUDIO, action.client_id, as_of=MOMENT) == action
        assert action.as_of == MOMENT


def test_a_recorded_choice_is_kept_with_its_losers_made_again_and_counts_as_a_contact(own):
    chosen = best(own)
    recorded = own.record_next_action(STUDIO, chosen.client_id, "olga", note="asked at the desk")
    assert recorded.action == chosen
    entry = own.ledger.entry(recorded.entry_id)
    assert (entry["actor"], entry["action"], entry["payload"]["note"]) == ("olga", CHOSEN, "asked at the desk")
    assert [one["lost"] for one in entry["payload"]["choice"]["losers"]] == [one.lost for one in chosen.losers]
    assert own.ledger.verify()[1] == []
    replayed = own.replay(recorded.entry_id)
    assert (replayed.same, replayed.action) == (True, chosen)
    after = own.next_action(STUDIO, chosen.client_id)
    assert (after.kind, after.contacts_in_7_days) == ("nothing", 1)
    assert {one.lost for one in after.losers} <= {"repeated", "limit"}
    again = own.record_next_action(STUDIO, chosen.client_id, "olga")
    assert own.next_action(STUDIO, chosen.client_id).contacts_in_7_days == 1  # nothing is no contact
    assert own.replay(again.entry_id).same
    assert own.activity(STUDIO, 1)[0].about == (chosen.client_name or chosen.client_id)


def test_a_set_of_classes_that_was_handed_on_is_a_contact_and_of_a_choice_just_recorded_the_same_one(own, someone):
    request = {"studio_id": STUDIO, "client_id": someone, "channel": "calendar"}
    own.share(request, "olga")
    action = own.next_action(STUDIO, someone)
    assert (action.kind, action.contacts_in_7_days) == ("nothing", 1)
    assert next(one for one in action.losers if one.kind == "class").lost == "repeated"
    others = (one for one in own.next_actions(STUDIO, 1000).actions if one.kind == "class")
    other = next(others).client_id
    own.record_next_action(STUDIO, other, "olga")
    own.share(request | {"client_id": other}, "olga")
    assert own.next_action(STUDIO, other).contacts_in_7_days == 1
    own.save({"studio_id": STUDIO, "client_id": (third := next(others).client_id)}, "olga")
    assert own.next_action(STUDIO, third).contacts_in_7_days == 0  # saved is not told


@pytest.mark.parametrize(
    "choice",
    ["told her at the desk", {"chosen": "a T-shirt"}, {"chosen": {"offer": "product:mat"}, "contact_at": "yesterday"},
     {"chosen": {"offer": "product:mat"}, "contact_at": "2026-10-01T10:00:00"}],
)  # fmt: skip
def test_a_choice_written_into_the_ledger_by_hand_is_a_contact_of_its_day(own, someone, choice):
    entry = own.ledger.record("olga", CHOSEN, {"client_id": someone, "choice": choice}, STUDIO)
    assert own.next_action(STUDIO, someone).contacts_in_7_days == 1
    assert own.next_actions(STUDIO).clients > 100
    with pytest.raises(ValueError, match="cannot be made again"):
        own.replay(entry["entry_id"])


@pytest.mark.parametrize("payload", ["told her", ["c1"], None, {"client_id": ["c1"]}, {"entry_id": [1]}])
def test_what_names_no_client_is_nobodys_contact_and_stops_no_answer(own, someone, payload):
    for action in (CHOSEN, SHARED, FAILED):
        own.ledger.record("olga", action, payload, STUDIO)
    assert own.next_action(STUDIO, someone).contacts_in_7_days == 0
    assert len(own.activity(STUDIO)) == 3


def test_a_moment_in_the_past_knows_no_later_contact(own, someone):
    before = own.next_action(STUDIO, someone, as_of=MOMENT)
    own.share({"studio_id": STUDIO, "client_id": someone, "channel": "app"}, "olga")
    assert own.next_action(STUDIO, someone, as_of=MOMENT) == before


def offer(product_id, confidence, margin, kind="T-shirt"):
    value = round(confidence * margin)
    return Recommendation(
        product=kind, product_id=product_id, score=50, reason="like others", confidence=confidence,
        confidence_low=confidence / 2, confidence_high=min(1, confidence * 2), evidence="strong",
        expected_value_minor=value, estimated_conversion_value=value,
    )  # fmt: skip


def test_products_are_weighed_by_what_being_told_adds_and_not_where_they_are_held(own, someone, monkeypatch):
    members, orders = own.db.read("members", STUDIO).set_index("member_id"), own.db.read("orders", STUDIO)
    dues = orders[(orders["customer_id"] == someone) & (orders["revenue_kind"] == "membership")]["product_id"].iloc[-1]
    offers = [offer("t-shirt", 0.5, 20_000), offer("bottle", 0.1, 1_000), offer(dues, 0.9, 90_000)]

    def told(studio_id, customer, limit=3, policy="learned", as_of=None):
        return RecommendationResult(
            customer_id=customer, receipt=None, policy=policy, as_of=as_of, horizon_days=28, currency="USD",
            current_level=None, segment="repeat", no_purchase=0.5, recommendations=offers[:limit],
        )  # fmt: skip

    monkeypatch.setattr(type(own), "product_recommendations", staticmethod(told), raising=False)
    action = own.next_action(STUDIO, someone)
    assert (action.kind, action.chosen.offer, action.chosen.value_minor) == ("product", "product:t-shirt", 1000 - 10)
    assert (action.chosen.value_low_minor, action.chosen.value_high_minor) == (490, 1990)
    assert {one.offer: one.lost for one in action.losers}[f"product:{dues}"] == "already holds"
    assert f"plan:{members['plan_id'][someone]}" in own._case(STUDIO, someone, None, None, None).holds

    def nothing(*_, **__):
        raise StudiolabError("There are no orders yet.")

    monkeypatch.setattr(type(own), "product_recommendations", staticmethod(nothing))
    assert own.next_action(STUDIO, someone).notes == ["No product is weighed: There are no orders yet."]


def test_rules_come_from_the_environment_and_wrong_ones_are_refused(own, someone, monkeypatch):
    monkeypatch.setattr(own.settings, "contact_rules", '{"in_7_days": 0}')
    assert own.next_action(STUDIO, someone).kind == "nothing"
    assert own.next_action(STUDIO, someone, rules=Rules()).kind == "class"
    monkeypatch.setattr(own.settings, "contact_rules", '{"in_7_days": -1}')
    with pytest.raises(StudiolabError, match="STUDIOLAB_CONTACT_RULES is no set of rules"):
        own.next_action(STUDIO, someone)


def test_who_is_not_known_is_refused(workbench):
    with pytest.raises(UnknownClient, match="no client 'nobody'"):
        workbench.next_action(STUDIO, "nobody")


def test_without_orders_no_class_is_valued_and_the_answer_says_so(own, someone):
    own.db.replace("orders", own.db.read("orders").iloc[:0])
    action = own.next_action(STUDIO, someone)
    assert not [one for one in [action.chosen, *action.losers] if one and one.kind == "class"]
    assert action.notes[0].startswith("What a visit is worth is not known")
