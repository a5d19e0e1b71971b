"""What a studio knows, cut and searched."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiolab.studio_calendar import Window
from studiolab.studio_operations.agents import live
from studiolab.studio_operations.agents.knowledge import LONGEST, PROBES, Embedded, Knowledge, document, markdown, table
from studiolab.studio_operations.agents.text import LANGUAGES, concepts, language

HOUSE = "Welcome.\n# Trial\nOne class is EUR 10.\n# Visit\n## Parking\nBehind the house.\n"


def test_a_document_falls_into_the_parts_below_its_headings():
    pieces = markdown("house.md", HOUSE)
    assert [(one.piece_id, one.title, one.text) for one in pieces] == [
        ("house.md#1", "", "Welcome."),
        ("house.md#2", "Trial", "One class is EUR 10."),
        ("house.md#3", "Visit / Parking", "Behind the house."),
    ]


@given(st.lists(st.text("abc .!?\n#", max_size=900), max_size=4).map("\n\n".join))
def test_no_word_of_a_document_is_lost_and_no_piece_is_long(text):
    pieces = markdown("x.md", "# A\n" + text.replace("#", ""))
    assert "".join("".join(one.text for one in pieces).split()) == "".join(text.replace("#", "").split())
    longest = max((len(sentence) for sentence in text.split(".")), default=0)
    assert all(len(one.text) <= LONGEST + longest + 10 for one in pieces)


@pytest.mark.parametrize("heading", ["question,answer", "Frage;Antwort", "\ufeffquestion,answer"])
def test_a_table_of_questions_gives_a_piece_each(heading):
    comma = ";" if ";" in heading else ","
    pieces = table("faq.csv", f"{heading}\nParking?{comma}Behind the house.\nDogs?{comma}No dogs.")
    assert [(one.title, one.text) for one in pieces] == [("Parking?", "Behind the house."), ("Dogs?", "No dogs.")]


def test_any_other_table_is_told_with_its_headings():
    (piece,) = document("prices.csv", "what,EUR\nTen classes,120\n")
    assert piece.text == "what: Ten classes, EUR: 120"
    with pytest.raises(ValueError, match=r"prices\.csv: no rows"):
        document("prices.csv", "what,EUR\n")


def test_the_live_data_are_told_in_four_languages():
    lessons = (live.Lesson("Salsa", "", "MO", 1080, 1140, "Hall", "Ana"),)
    facts = live.Live("Oak", "Freiburg", (live.Offer("All", "EUR 89.00", None), live.Offer("Two", "", 2)),
                      (live.Offer("Mat", "EUR 5.00"),), lessons,
                      (Window("MO", 540, 1260),), (("Hall", 30),))  # fmt: skip
    pieces = {one.piece_id: one for one in live.pieces(facts)}
    assert pieces["timetable#MO"].in_language("de") == "Montag 18:00-19:00: Salsa, Hall, mit Ana"
    assert pieces["plans#1"].in_language("es") == "All: EUR 89.00, clases ilimitadas"
    assert pieces["plans#2"].in_language("fr") == "Two, 2 cours par mois"
    assert pieces["products#1"].text == "Mat: EUR 5.00"
    assert pieces["opening hours#1"].in_language("en").startswith("Monday: 09:00-21:00\nTuesday: closed")
    assert pieces["rooms#1"].text == "Hall: for 30 people"
    assert pieces["location#1"].text == "Oak, Freiburg"
    assert all(set(one.said) == set(LANGUAGES) for one in pieces.values())


def test_a_question_in_another_language_or_with_a_typing_error_finds_the_piece():
    known = Knowledge(markdown("house.md", HOUSE))
    for question in ("where can I park?", "Wo kann man parken?", "¿hay aparcamiento?", "parkng"):
        assert known.search(question, 1)[0].piece.piece_id == "house.md#3"


def test_what_shares_nothing_is_not_found():
    known = Knowledge(markdown("house.md", HOUSE))
    assert known.search("☃☃☃") == known.search("  ") == Knowledge([]).search("anything") == []


def directions(texts):
    """Vectors by first letter, of length 1."""
    rows = np.array([[1.0 + (ord(text[:1] or " ") == at) * 50 for at in range(32, 123)] for text in texts])
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_embeddings_decide_where_there_are_any_and_say_what_is_near_enough():
    known = Embedded(markdown("house.md", HOUSE), lambda texts, keep: directions([f"{one.strip()}" for one in texts]))
    assert known.search("Trial", 1)[0].piece.piece_id == "house.md#2"
    assert not known.banner
    near = directions(PROBES) @ directions(["Welcome.", "Trial", "Visit"]).T
    assert known.answerable == pytest.approx(np.quantile(near.max(axis=1), 0.9))


def test_where_embeddings_fail_words_decide_and_a_banner_says_why():
    def fails(texts, keep):
        raise ConnectionError("the server is away")

    known = Embedded(markdown("house.md", HOUSE), fails)
    assert known.search("parking", 1)[0].piece.piece_id == "house.md#3"
    assert known.banner == "Knowledge is searched by its words because the server is away."
    assert known.answerable == Knowledge.answerable


def test_embeddings_that_fail_later_are_given_up():
    def sometimes(texts, keep):
        if not keep:
            raise ConnectionError("the server went away")
        return directions(texts)

    known = Embedded(markdown("house.md", HOUSE), sometimes)
    assert known.search("parking", 1)[0].piece.piece_id == "house.md#3"
    assert "went away" in known.banner


@pytest.mark.parametrize(
    ("text", "due"),
    [("Wo seid ihr?", "de"), ("¿Dónde estáis?", "es"), ("Où êtes-vous ?", "fr"), ("Where are you?", "en"), ("☃", "en")],
)
def test_the_language_of_a_message(text, due):
    assert language(text) == due


def test_words_of_four_languages_mean_the_same():
    assert concepts("price Preis precio prix") == ["price"] * 4
