"""Which pieces of what is known answer a question, without a language model; none where that is not sure."""

import re
from dataclasses import replace

from studiolab.schema import WEEKDAYS
from studiolab.studio_operations.agents import checks, live
from studiolab.studio_operations.agents.coverage import MOST, covers, open_words
from studiolab.studio_operations.agents.intents import OTHER, intent
from studiolab.studio_operations.agents.knowledge import Found
from studiolab.studio_operations.agents.text import NOT, concepts, folded, words

SURE = 0.6  # chance of an intent from which it decides by itself what is answered, or what a colleague is asked
ANSWERED = 0.5  # of what a piece tells, from which another matter is no answer
TOPICS = {"price": (live.PLANS, live.PRODUCTS), "timetable": (live.WEEK,), "location": (live.PLACE,),
          "opening hours": (live.HOURS, live.CLASS_HOURS)}  # fmt: skip
ALSO = {"trial": (live.PLANS, live.PRODUCTS), "level": (live.WEEK,), "book": (live.WEEK,), "payment": (live.PLANS,)}
WHOLE = frozenset(("price", "membership", "timetable", "when", "open", "place"))  # what topics themselves mean
OFFERED = re.compile(r"\bdo you (?:also )?(?:teach|offer)\b|\b(?:bietet|unterrichtet) ihr\b|\bofreceis\b|"
                     r"\b(?:enseignez|proposez)[- ]vous\b")  # fmt: skip
OF_CLASSES = ("timetable", "book", "level", "trial", OTHER)  # intents that times of classes may answer
HOW = frozenset(("how", "wie", "como", "comment"))
FESTIVE = "festive"  # days on which no usual week holds
MONTH = (
    "(?:jan(?:uary|uar|vier)?|janner|enero|feb(?:ruary|ruar|rero)?|fevrier|mar(?:ch|zo|s)?|marz|maerz|apr(?:il)?|abril|"
    "avril|may|mai|mayo|june?|juni[o]?|juin|july?|juli[o]?|juillet|aug(?:ust)?|agosto|aout|sept?(?:ember|embre|iembre)?|"
    "o[ck]t(?:ober|ubre|obre)?|nov(?:ember|embre|iembre)?|de[cz](?:ember|embre|iembre)?|diciembre)"
)
DAY = r"(?:\d{1,2}|first|ersten?|primero|premier)"
DATE = re.compile(  # of folded text; a time as 18.30 is none
    r"\b(?:0?[1-9]|[12]\d|3[01])[./]\s?(?:0?[1-9]|1[0-2])\b(?!:)|\b(?:0?[1-9]|1[0-2])/(?:[12]\d|3[01])\b|"
    r"\b\d{4}-\d\d-\d\d\b|\b\d{1,2}(?:st|nd|rd|th)\b|\b(?:am|den) \d{1,2}\.|\b(?:el|le) \d{1,2}\b(?!\s?(?:h\b|:))|"
    rf"\b{DAY}(?:st|nd|rd|th|er|\.)?\s?(?:(?:of|de|day of)\s)?{MONTH}\b|\b{MONTH}\.? (?:the )?{DAY}\b(?![:.]\d)|"
    r"\bnew year|\bano nuevo\b|\bnouvel an\b|\bgood friday\b|\bviernes santo\b|\bvendredi saint\b"
)
CLOSED = re.compile(r"holiday|feiertag|festiv|\bferie")  # of folded text: what a document calls days without classes
USUAL = (live.WEEK, live.HOURS, live.CLASS_HOURS)
WHENS = frozenset(("timetable", "when", "evening", "morning", "weekend", "soon", "teacher")) | {
    day.lower() for day in live.DAYS["en"]
}


def of_matter(question, about, knowledge, found):
    """List of Found that answer a question, empty where it is not sure that any do.

    about : intents.Intent of the question; found : list of Found, the nearest first
    """
    near = [one for one in found[:1] if one.score >= knowledge.answerable and _is_about(one.piece, question, about)
            and not (one.piece.topic == live.WEEK and _is_of_else(question, about))
            and not (is_dated(question) and _is_usual(one.piece, about))]  # fmt: skip
    named = [one for one in near if _is_titled(one.piece, question) and _stands_on([one.piece], question, about)]
    if named:
        return named
    topic = _of_topic(question, about, knowledge) if about.sure >= SURE else []
    if topic and _stands_on([one.piece for one in topic], question, about):
        return topic
    most = 0 if near and near[0].piece.topic else MOST
    return [one for one in near if _stands_on([one.piece], question, about, most)]


def of_classes(question, about, knowledge):
    """(list of Found of the week's lines on the classes that a question names, what it names that is not taught,
    whether they are not on the days that it names); three times nothing where it asks for something else too, or says
    what is not.

    about : intents.Intent of the question
    """
    if _is_of_else(question, about) or is_dated(question):
        return [], [], False
    week = [one for one in knowledge.pieces if one.topic == live.WEEK]
    taught = {name for one in week for name in one.names}
    asked = {name for name in taught if live.is_named(name, question)}
    told = set(words(" ".join([*taught, *(one.text for one in knowledge.pieces if not one.topic)])))
    strange = sorted((set(words(question)) & checks.STYLES) - told)
    left, _ = open_words(OFFERED.sub(" ", folded(question)), [*asked, *strange], "timetable")
    if not week or not (asked or strange) or [one for one in left if not set(concepts(one)) & WHENS]:
        return [], [], False
    if not asked:
        return _found(week, question, knowledge), strange, False
    days = set(live.days_of(question))
    held = [piece for one in week if (piece := _lines(one, asked)).names]
    then = [one for one in held if one.piece_id.rpartition("#")[2] in days]
    return _found(then or held, question, knowledge), strange, bool(days) and not then


def is_dated(text):
    """Whether a text names a date or a feast, of which the usual week and hours tell nothing."""
    return FESTIVE in concepts(text) or bool(DATE.search(folded(text)))


def is_clear(question, about, most=MOST):
    """Whether an intent is sure, and at most a share of the question's telling words is none of its."""
    return about.sure >= SURE and covers(question, [], about.name, most)


# parts --------------------------------------------------------------------------------------------
def _is_of_else(question, about):
    """Whether times of classes are no answer: it asks for another matter, or how, or says what is not."""
    said = set(words(question))
    return bool(NOT & said) or bool(about.name not in OF_CLASSES if about.sure >= SURE else HOW & said)


def _is_usual(piece, about):
    """Whether a piece tells of the usual week or hours and of no date."""
    text = f"{piece.title}. {piece.text}"
    is_of_hours = piece.topic in USUAL or (not piece.topic and about.name in ("timetable", "opening hours"))
    return is_of_hours and not is_dated(text) and not CLOSED.search(folded(text))


def _of_topic(question, about, knowledge):
    """Found of the live pieces that an intent asks for: prices, those named alone; the days that are named; hours."""
    topics = () if is_dated(question) and about.name in ("timetable", "opening hours") else TOPICS.get(about.name, ())
    topics = () if about.name == "timetable" and _is_of_else(question, about) else topics
    pieces = [one for one in knowledge.pieces if one.topic in topics]
    days = set(live.days_of(question))
    if about.name == "timetable" and days:
        pieces = [one for one in pieces if one.piece_id.rpartition("#")[2] in days]
    if about.name == "price":
        pieces = [one for one in pieces if live.is_named(one.names[0], question)] or pieces
    return _found(pieces, question, knowledge)


def _is_about(piece, question, about):
    """Whether a piece that is near a question in letters is of the same matter; where either is unclear, it may be."""
    if about.name == OTHER or about.sure < SURE:
        return True
    if piece.topic:
        return piece.topic in (*TOPICS.get(about.name, ()), *ALSO.get(about.name, ()))
    own = intent(f"{piece.title}. {piece.text}")
    return own.name in (about.name, OTHER) or own.sure < ANSWERED


def _is_titled(piece, question):
    """Whether a document's heading says in particular what is asked."""
    meant = (set(concepts(piece.title)) & set(concepts(question))) - WHOLE
    return not piece.topic and bool(meant)


def _stands_on(pieces, question, about, most=MOST):
    texts = [text for one in pieces for text in (one.title, one.text, *one.said.values())]
    return covers(question, texts, about.name if about.sure >= SURE else "", most)


def _lines(piece, names):
    """A day of the week with the lines of some classes alone."""
    kept = [at for at, name in enumerate(piece.names) if name in names]

    def only(text):
        lines = text.splitlines()
        return "\n".join(lines[at] for at in kept)

    return replace(piece, text=only(piece.text), said={name: only(text) for name, text in piece.said.items()},
                   names=tuple(piece.names[at] for at in kept))  # fmt: skip


def _found(pieces, question, knowledge):
    if not pieces:
        return []
    scores = dict(zip((one.piece_id for one in knowledge.pieces), knowledge.nearness(question), strict=True))
    pieces = sorted(pieces, key=lambda one: _in_week(one.piece_id)) if pieces[0].topic == live.WEEK else pieces
    return [Found(one, float(scores[one.piece_id])) for one in pieces]


def _in_week(piece_id):
    return WEEKDAYS.index(piece_id.rpartition("#")[2])
