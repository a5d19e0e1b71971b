"""Thanks that ask for nothing."""

import pytest

from studiolab.studio_operations.inbox.courtesy import is_thanks


@pytest.mark.parametrize(
    "text",
    ["Thank you, that was a great class!", "Thx 🙏", "Vielen Dank, das war toll!", "Gracias, ¡hasta mañana!",
     "merci à demain", "Grazie mille", "No worries, thank you!", "no problem, thanks",
     "Teşekkürler", "dziękuję", "ありがとう", "धन्यवाद"],
)  # fmt: skip
def test_thanks_alone_are_thanks(text):
    assert is_thanks(text)


@pytest.mark.parametrize(
    "text",
    [None, "", "Great!", "Thanks! And how much is it?", "thanks, please cancel my plan", "Thanks, see you at 6",
     "Thank you, but I cannot come", "Great, please put me down for the trial class.", "Danke, aber es ist kalt",
     "gracias, pero no puedo", "merci d'annuler ma réservation", "thanks " * 40,
     "Thanks, there was no class tonight", "Thanks, there was no teacher today!", "thanks, class was a problem today",
     "Gracias, hoy no hay clase", "Merci, il n'y a pas de cours"],
)  # fmt: skip
def test_thanks_with_a_wish_a_question_or_a_number_are_more_than_thanks(text):
    assert not is_thanks(text)
