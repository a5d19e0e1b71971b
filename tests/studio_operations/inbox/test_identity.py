"""Who is who: numbers and addresses in one form, and what speaks for two contacts being one person."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiolab.studio_operations.inbox import identity
from studiolab.studio_operations.inbox.same_person import Who, mailbox, suggestions


@pytest.mark.parametrize(("written", "calling", "e164"), [
    ("+49 (0)151 234567", None, "+49151234567"), ("0151/23 45 67", "49", "+49151234567"),
    ("0049 151 234567", "1", "+49151234567"), ("06 1234 5678", "39", "+390612345678"),
    ("(555) 010-0123", "1", "+15550100123"), ("8 912 345-67-89", "7", "+79123456789"),
    ("0151 234567", None, None), ("12", "49", None), ("", "49", None), (None, "49", None), ("call me", "49", None),
])  # fmt: skip
def test_numbers_have_one_form(written, calling, e164):
    assert identity.phone(written, calling) == e164


def test_channels_vouch_for_numbers_and_addresses_and_not_for_their_own_ids():
    assert identity.phone_of("whatsapp:4915111111") == identity.phone_of("sms:+4915111111") == "+4915111111"
    assert identity.phone_of("whatsapp:DE.13491208655302741918") is None
    assert identity.phone_of("instagram:4915111111") is identity.phone_of("sms:STUDIO") is None
    assert identity.email_of("email:Ana@Example.com") == "ana@example.com"
    assert identity.email_of("whatsapp:ana@example.com") is None
    assert identity.calling_code("Europe/Berlin") == "49"
    assert identity.calling_code("America/Kentucky/Louisville") == identity.calling_code("America/New_York") == "1"
    assert identity.calling_code("Mars/Olympus") is None


@given(st.text(max_size=40), st.sampled_from([None, "1", "49", "39", "7"]))
def test_any_text_is_a_number_in_one_form_or_none(text, calling):
    found = identity.phone(text, calling)
    assert found is None or identity.phone(found) == found
    address = identity.email(text)
    assert address is None or identity.email(address) == address


def test_evidence_is_listed_and_adds_up():
    people = [
        Who("a", "ana roth", frozenset({"+491511"}), member_id="m1"),
        Who("b", "ana roth", frozenset({"ana.roth@gmail.com"}), said=frozenset({"+491511"}), member_id="m1"),
        Who("c", "cy", given=frozenset({"anaroth+gym@gmail.com"})),
        Who("d", "dora", frozenset({"+491522"})),
        Who("e", "eva", given=frozenset({"+491522"})),
    ]
    found = {(one.contact_id, one.with_contact_id): one for one in suggestions(people)}
    assert set(found) == {("a", "b"), ("b", "c"), ("d", "e")}
    ours = found["a", "b"]
    assert [points for _, points in ours.evidence] == [0.9, 0.6, 0.5]
    assert ours.score == pytest.approx(1 - 0.1 * 0.4 * 0.5)
    assert "mail to both arrives at anaroth@gmail.com" in dict(found["b", "c"].evidence)
    apart = frozenset({identity.pair("b", "a")})
    assert ("a", "b") not in {(one.contact_id, one.with_contact_id) for one in suggestions(people, apart)}
    assert [one.score for one in suggestions(people)] == sorted((one.score for one in found.values()), reverse=True)


def test_a_common_name_and_a_desks_number_tell_nobody_apart():
    shared = frozenset({"+491599"})
    desk = [Who(f"x{n}", f"guest {'abcdefgh'[n]}", given=shared) for n in range(8)]
    assert suggestions(desk) == []
    anas = [Who("a", "ana li"), Who("b", "ana li")]
    assert suggestions(anas)[0].score == 0.5
    assert suggestions(anas, members_named={"ana li": 6})[0].score == pytest.approx(0.1)
    assert suggestions([Who("a", "ana"), Who("b", "ana")]) == []
    assert mailbox("a.b+c@example.com") == "a.b@example.com"


@given(
    st.permutations([Who(name, "ana li", said=frozenset({"+491511"}), given=frozenset({"+491522"})) for name in "abc"])
)
def test_the_order_of_people_changes_no_suggestion(people):
    assert suggestions(people) == suggestions(sorted(people))
