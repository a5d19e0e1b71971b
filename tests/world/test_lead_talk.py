import numpy as np
import pytest

from studiolab.world import lead_talk
from studiolab.world.leads import CHANNELS, LANGUAGES, make_leads

OFFER = lead_talk.Offer("Hatha", "Monday 18:00", "Unlimited", "99 EUR", "Bremen")


def test_every_turn_has_words_of_its_intents_and_no_open_place():
    seen = set()
    for lead in make_leads(1, 400):
        for turn in lead.turns:
            said = lead_talk.text(lead, turn, np.random.default_rng(1), OFFER)
            assert len(said) > 2
            assert "{" not in said
            seen |= {(lead.language, name) for name in turn.intents}
    assert seen >= {("en", name) for name in lead_talk.ASKED["en"]} - {("en", "hello")}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_words_for_all_that_english_has(language):
    for words in (lead_talk.ASKED, lead_talk.TOLD, lead_talk.ANSWERS):
        assert set(words[language]) == set(words["en"])


def test_a_person_is_called_the_same_on_every_channel_that_shows_a_number():
    lead = make_leads(1, 3)[2]
    known = lead_talk.person(lead, 5)
    assert known == lead_talk.person(lead, 5)
    names = {channel: lead_talk.handle(lead, channel, known) for channel in CHANNELS}
    assert "+" + names["whatsapp"] == names["sms"] == known["phone"]
    assert names["email"].endswith("@example.org")
