"""What is answered without a language model, and what is left to a colleague because it is not sure."""

import pytest

from studiolab.studio_calendar import daily
from studiolab.studio_operations.agents import chosen, live, templates
from studiolab.studio_operations.agents.coverage import open_words
from studiolab.studio_operations.agents.intents import intent
from studiolab.studio_operations.agents.knowledge import Knowledge, markdown
from studiolab.studio_operations.agents.smart_reply import Said, draft

RULES = """# What to bring
Clothes you can move in, a towel and water. Mats and equipment are here.
# Pausing a plan
A plan can be paused for up to four weeks a year.
# Private lessons
EUR 70 for an hour.
"""
WEEK = (live.Lesson("Endurance", "", "MO", 1080, 1140, "Hall", "Ana"),
        live.Lesson("Yoga", "", "MO", 1200, 1260, "Hall", "Ben"),
        live.Lesson("Yoga", "", "WE", 1080, 1140, "Hall", "Ben"),
        live.Lesson("Workout of the Day", "Open level", "TU", 600, 660, "Hall", "Ben"))  # fmt: skip
LIVE = live.Live("Rhythm", "Marktplatz 3",
                 (live.Offer("Unlimited", "EUR 89.00", None), live.Offer("Eight", "EUR 59.00", 8)),
                 (live.Offer("Membership, unlimited", "EUR 89.00"), live.Offer("Ten pass", "EUR 120.00"),
                  live.Offer("Mat", "EUR 89.00")),
                 WEEK, daily("09:00", "21:00"))  # fmt: skip
KNOWN = Knowledge(markdown("house.md", RULES) + live.pieces(LIVE))


def answered(text, known=KNOWN):
    return draft([Said("m", False, text)], known)


@pytest.mark.parametrize(
    "text",
    ["Can I bring my dog?", "Darf ich meinen Hund mitbringen?", "¿Puedo llevar a mi perro?",
     "I left my bottle, did you find it?", "I am pregnant, can I come?", "Could you move me to the unlimited plan?",
     "do the teachers speak English?", "are you closed over christmas", "it's me again, Tom", "Ile kosztuje karnet?"],
)  # fmt: skip
def test_what_nothing_known_speaks_of_is_left_to_a_colleague(text):
    told = answered(text)
    assert (told.is_answered, told.sources) == (False, [])
    assert told.text.endswith(templates.UNKNOWN[told.language])


@pytest.mark.parametrize(
    ("text", "due"),
    [("What do I have to bring?", "house.md#1"), ("Can I pause my plan while I am away?", "house.md#2"),
     ("how much are private lessons", "house.md#3"), ("Where are you?", "location#1"),
     ("When do you open on Saturday?", "opening hours#1")],
)  # fmt: skip
def test_what_is_known_is_answered(text, due):
    told = answered(text)
    assert told.is_answered
    assert [one.piece.piece_id for one in told.sources] == [due]


def test_who_asks_for_a_class_is_told_of_that_class_alone():
    told = answered("What time is Endurance?")
    assert [one.piece.piece_id for one in told.sources] == ["timetable#MO"]
    assert "Monday 18:00-19:00: Endurance" in told.text
    assert "Yoga" not in told.text
    assert "opening hours" not in told.text.lower()
    both = answered("¿A qué hora es yoga?").text
    assert "lunes 20:00-21:00: Yoga" in both
    assert "miércoles 18:00-19:00: Yoga" in both
    assert "Wednesday 18:00-19:00: Yoga" in answered("yoga on wednesday?").text
    assert "Monday" not in answered("yoga on wednesday?").text
    assert "Not on that day; it is at these times:\nMonday 18:00" in answered("Is there endurance on Friday?").text
    assert "Tuesday 10:00" in answered("When is the workout of the day?").text


@pytest.mark.parametrize(
    "text",
    ["I can't come to yoga today", "Ich kann heute nicht zum Yoga kommen", "Hoy no puedo ir a yoga",
     "Je ne peux pas venir au yoga", "How much is yoga?", "Can my son come to yoga?", "Is yoga good for my back?",
     "How do I get to yoga?", "Wie komme ich zum Yoga?", "I don't want to do yoga any more",
     "Why was there no yoga on Wednesday?", "How many people come to yoga?", "I can't come to salsa today"],
)  # fmt: skip
def test_who_names_a_class_and_asks_for_something_else_is_not_given_its_times(text):
    told = answered(text)
    assert "18:00" not in told.text
    assert "Yoga" not in told.text
    assert (told.is_answered, told.sources) == (False, [])


@pytest.mark.parametrize("text", ["¿Cuándo son las clases de yoga?", "Wann ist Yoga?", "C'est quand le yoga ?"])
def test_a_word_that_is_small_in_its_own_language_leaves_nothing_open(text):
    assert [one.piece.piece_id for one in answered(text).sources] == ["timetable#MO", "timetable#WE"]


@pytest.mark.parametrize(
    "text",
    ["Are you open on 25.12.?", "Habt ihr am 24.12. offen?", "When do you open on New Year?", "Are you open on 12/25?",
     "Are you open on May 1?", "Are you open on the first of May?", "Is there yoga on 3rd May?", "¿Abrís el 24?",
     "¿Abrís el 1 de mayo?", "¿Hay yoga el 6 de enero?", "¿Abrís en año nuevo?", "Vous ouvrez le 1er mai ?",
     "Il y a du yoga le 1er mai ?", "Habt ihr am 1. Mai offen?", "Gibt es am 3. 10. Yoga?", "Are you open on the 25th?",
     "When are you open on Good Friday?", "Is there yoga on 2026-12-25?", "Yoga am 24. Dezember?",
     "Is there yoga on 25.12.?"],
)  # fmt: skip
def test_of_a_date_or_a_feast_the_usual_week_and_hours_tell_nothing(text):
    told = answered(text)
    assert (told.is_answered, told.sources) == (False, [])


def test_a_document_of_usual_hours_tells_nothing_of_a_date_and_one_of_dates_does():
    usual = Knowledge(markdown("house.md", "# Opening hours\nWe are open from 9 to 21."))
    assert answered("When are you open?", usual).is_answered
    assert not answered("When are you open on 25.12.?", usual).is_answered
    dated = Knowledge(markdown("house.md", "# Christmas\nWe are closed over Christmas."))
    assert answered("Are you closed over Christmas?", dated).is_answered


@pytest.mark.parametrize(
    "text", ["Is there yoga at 18.00?", "Gibt es am Montag um 20.00 Uhr Yoga?", "Is there yoga in the evening?",
             "When may I come to yoga?"]
)  # fmt: skip
def test_a_time_is_no_date(text):
    assert not chosen.is_dated(text)
    assert answered(text).is_answered


@pytest.mark.parametrize("text", ["salsa on Monday?", "Do you teach salsa?", "Gibt es Salsa bei euch?"])
def test_a_style_that_is_not_taught_is_said_to_be_so(text):
    told = answered(text)
    assert "Salsa" in told.text
    assert "Endurance, Yoga, Workout of the Day" in told.text
    assert "18:00" not in told.text


def test_a_style_that_a_document_speaks_of_is_not_said_to_be_missing():
    known = Knowledge(markdown("house.md", "# Saturdays\nSalsa once a month.") + live.pieces(LIVE))
    assert "not in our timetable" not in answered("salsa on Monday?", known).text


def test_a_price_comes_once_and_alone_where_one_offer_is_named():
    text = answered("How much is it a month?").text
    assert "Membership, unlimited" not in text
    assert "Unlimited: EUR 89.00" in text
    assert "Mat: EUR 89.00" in text
    told = answered("what does the ten pass cost")
    assert [one.piece.names for one in told.sources] == [("Ten pass",)]
    assert "EUR 89.00" not in told.text


@pytest.mark.parametrize(
    ("text", "about"),
    [("Great, please put me down for the trial class.", "book"), ("Yes, I will come to the trial!", "book"),
     ("Super, dann komme ich zur Probestunde.", "book"), ("Perfecto, apúntame a la clase de prueba.", "book"),
     ("Parfait, inscrivez-moi pour le cours d'essai.", "book"),
     ("I would like to join, with 4 classes a month", "join"), ("War toll, ich möchte Mitglied werden.", "join"),
     ("Me encantó, quiero apuntarme: Unlimited.", "join"), ("J'ai adoré, je m'inscris : Unlimited.", "join")],
)  # fmt: skip
def test_who_wants_to_come_or_to_join_is_seen_to_by_a_colleague_and_is_no_thanks(text, about):
    told = answered(text)
    assert (told.intent, told.is_answered) == (about, False)
    assert told.text.endswith(templates.SEEN_TO[about][told.language])
    assert told.ask_colleague == templates.ASK[about]


@pytest.mark.parametrize("text", ["Thank you, that was a great class!", "ok merci beaucoup", "Danke dir!"])
def test_thanks_are_answered_as_thanks(text):
    told = answered(text)
    assert (told.intent, told.is_answered, told.ask_colleague) == ("thanks", True, "")


def test_a_colleague_is_told_what_to_do_only_where_that_is_sure():
    for text in ("I am pregnant, can I come?", "it's me again, Tom, about the thing we talked about"):
        assert text[:30] in answered(text).ask_colleague
    assert answered("Could you move me to the unlimited plan?").ask_colleague == templates.ASK["change plan"]
    assert answered("Sorry, I can't come tonight").ask_colleague == templates.ASK["cancel class"]
    assert not chosen.is_clear(
        "Is Ana coming back after her holidays?", intent("Is Ana coming back after her holidays?")
    )


def test_the_words_that_an_answer_leaves_open():
    assert open_words("Can I bring my dog?", ["bring a towel"]) == (["dog"], 2)
    assert open_words("Can I bring towels?", ["bring a towel"]) == ([], 2)
    assert open_words("What do you charge?", [], "price") == ([], 1)


@pytest.mark.parametrize(
    ("name", "due"),
    [("Workout of the Day", set()), ("Salsa Cubana", {"salsa", "cubana"}), ("Yoga for beginners", {"yoga"}),
     ("Open level class", set()), ("The Kurs am Montag", set())],
)  # fmt: skip
def test_what_names_a_class(name, due):
    assert live.telling(name) == due
    assert live.is_named(name, f"when is {name}?")
    assert not live.is_named(name, "put me down for the trial class on the open day")
