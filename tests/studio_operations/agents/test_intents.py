"""What messages are about."""

import numpy as np
import pytest

from studiolab.studio_operations.agents import phrases, templates
from studiolab.studio_operations.agents.intents import Classifier, bundled, intent
from studiolab.studio_operations.agents.text import LANGUAGES


def test_what_is_learned_from_has_every_intent_in_every_language():
    texts, intents, languages = phrases.examples()
    assert len(set(texts)) == len(texts)
    assert {(one, language) for one in phrases.PHRASES for language in LANGUAGES} == set(
        zip(intents, languages, strict=True)
    )
    assert set(templates.WITHOUT_FACTS) | set(templates.ASK) | set(templates.SEEN_TO) <= set(phrases.PHRASES)


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("Hello, what are the prices please?", "price"),
        ("Hallo! Kann ich eine Probestunde buchen?", "trial"),
        ("STOP", "opt-out"),
        ("¿dónde puedo dejar el coche?", "parking"),
        ("Merci beaucoup !", "thanks"),
        ("hey", "greeting"),
        ("Thanks! I would like to join, with 4 classes a month", "join"),
        ("Great, please put me down for the trial class.", "book"),
        ("Perfecto, apúntame a la clase de prueba.", "book"),
        ("Could you move me to the unlimited plan?", "change plan"),
    ],
)
def test_plain_messages(text, due):
    assert intent(text).name == due


def test_chances_add_to_one_and_the_same_texts_learn_the_same():
    texts, intents, _ = phrases.examples()
    again = Classifier(with_concepts=True).fit(texts, intents)
    chances = again.chances(texts[:50])
    np.testing.assert_allclose(chances.sum(axis=1), 1)
    np.testing.assert_allclose(chances, bundled().chances(texts[:50]))


def test_two_kinds_of_text_that_differ_in_one_word_are_told_apart():
    texts = [f"please {verb} the {noun}" for verb in ("open", "close") for noun in ("door", "gate", "lid", "box")]
    model = Classifier().fit(texts, ["open"] * 4 + ["close"] * 4)
    assert list(model.predict(["open the drawer", "close the drawer"])) == ["open", "close"]
