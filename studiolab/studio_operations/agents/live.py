"""A studio's live data as pieces of knowledge: prices, the week, opening hours, rooms; each in four languages."""

from dataclasses import dataclass
from typing import NamedTuple

from studiolab.schema import WEEKDAYS
from studiolab.studio_calendar import clock
from studiolab.studio_operations.agents.coverage import PLAIN
from studiolab.studio_operations.agents.knowledge import Piece
from studiolab.studio_operations.agents.text import ENGLISH, LANGUAGES, concepts, folded, words

PLANS, PRODUCTS, WEEK, HOURS, ROOMS, PLACE = "plans", "products", "timetable", "opening hours", "rooms", "location"
CLASS_HOURS = "class hours"  # from the first class to the last, where nobody has said when the studio is open
DAYS = {
    "en": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split(),
    "de": "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag".split(),
    "es": "lunes martes miércoles jueves viernes sábado domingo".split(),
    "fr": "lundi mardi mercredi jeudi vendredi samedi dimanche".split(),
}
WORDS = {
    "en": {"from": "classes from {} to {}", "none": "no classes", CLASS_HOURS: "Times between which there are classes",
           "unlimited": "unlimited classes", "classes": "{} classes a month", "price": "price", "closed": "closed",
           "with": "with", "level": "level", "places": "for {} people", PLANS: "Memberships and prices",
           PRODUCTS: "Prices of passes, trials and other products", WEEK: "Timetable, weekly schedule",
           HOURS: "Opening hours", ROOMS: "Rooms", PLACE: "Where we are, address"},
    "de": {"from": "Kurse von {} bis {}", "none": "keine Kurse", CLASS_HOURS: "Zeiten, zu denen Kurse sind",
           "unlimited": "unbegrenzt viele Kurse", "classes": "{} Kurse im Monat", "price": "Preis",
           "closed": "geschlossen", "with": "mit", "level": "Niveau", "places": "für {} Personen",
           PLANS: "Mitgliedschaften und Preise", PRODUCTS: "Preise von Karten und Produkten", WEEK: "Stundenplan",
           HOURS: "Öffnungszeiten", ROOMS: "Räume", PLACE: "Wo wir sind, Adresse"},
    "es": {"from": "clases de {} a {}", "none": "sin clases", CLASS_HOURS: "Horas entre las que hay clases",
           "unlimited": "clases ilimitadas", "classes": "{} clases al mes", "price": "precio", "closed": "cerrado",
           "with": "con", "level": "nivel", "places": "para {} personas", PLANS: "Cuotas y precios",
           PRODUCTS: "Precios de bonos y productos", WEEK: "Horario de clases", HOURS: "Horario de apertura",
           ROOMS: "Salas", PLACE: "Dónde estamos, dirección"},
    "fr": {"from": "cours de {} à {}", "none": "pas de cours", CLASS_HOURS: "Heures entre lesquelles il y a des cours",
           "unlimited": "cours illimités", "classes": "{} cours par mois", "price": "prix", "closed": "fermé",
           "with": "avec", "level": "niveau", "places": "pour {} personnes", PLANS: "Abonnements et prix",
           PRODUCTS: "Prix des cartes et produits", WEEK: "Planning des cours", HOURS: "Horaires d'ouverture",
           ROOMS: "Salles", PLACE: "Où nous sommes, adresse"},
}  # fmt: skip


GENERAL = frozenset(  # words of many names, which say nothing of what is taught
    "workout training fit fitness open level levels basic basics kurs kurse unlimited special express offer pass "
    "back best good many new old people work "
    "ticket group gruppe grupo groupe course cours classic standard plus premium flex basis all".split()
)


class Offer(NamedTuple):
    """A plan or product; price : "EUR 89.00", or ""; classes : a month, None unlimited, "" where it says nothing."""

    name: str
    price: str
    classes: object = ""


class Lesson(NamedTuple):
    """A class of the week; start, end : minutes since midnight."""

    name: str
    level: str
    weekday: str
    start: int
    end: int
    room: str
    coach: str


@dataclass(frozen=True)
class Live:
    """What is true of a studio now.

    opening : of studio_calendar.Window, when it is open where `is_stated`, else from the first class to the last
    rooms : (name, places) each
    """

    studio_name: str
    location: str = ""
    plans: tuple = ()
    products: tuple = ()
    week: tuple = ()
    opening: tuple = ()
    rooms: tuple = ()
    is_stated: bool = True


def pieces(live):
    """List of Piece: one a plan, product and room, one a weekday, one of the hours, one of the place."""
    found = [_piece(PLANS, n, lambda words, one=one: _offer(one, words), (one.name,))
             for n, one in enumerate(live.plans, 1)]  # fmt: skip
    found += [_piece(PRODUCTS, n, lambda words, one=one: _offer(one, words), (one.name,))
              for n, one in enumerate(_others(live), 1)]  # fmt: skip
    for day in WEEKDAYS:
        lessons = sorted((one for one in live.week if one.weekday == day), key=lambda one: (one.start, one.name))
        if lessons:
            found.append(_piece(WEEK, day, lambda words, some=lessons: "\n".join(_lesson(one, words) for one in some),
                                tuple(one.name for one in lessons)))  # fmt: skip
    if live.opening:
        source, says = (HOURS, _hours) if live.is_stated else (CLASS_HOURS, _class_hours)
        found.append(_piece(source, 1, lambda words: says(live.opening, words)))
    found += [_piece(ROOMS, n, lambda words, one=one: f"{one[0]}: {words['places'].format(one[1])}")
              for n, one in enumerate(live.rooms, 1)]  # fmt: skip
    if live.location:
        found.append(_piece(PLACE, 1, lambda words: f"{live.studio_name}, {live.location}"))
    return found


def days_of(text):
    """List of the weekdays that a text names, of schema.WEEKDAYS, in any of the four languages."""
    found = [one.title() for one in concepts(text)]
    return [WEEKDAYS[DAYS["en"].index(day)] for day in found if day in DAYS["en"]]


def telling(name):
    """Set of the words of a class's or offer's name that name it: no small word, no level, day or other plain word."""
    return {word for word in words(name)
            if len(word) > 2 and not word.isdigit() and word not in PLAIN | GENERAL and not concepts(word)}  # fmt: skip


def is_named(name, text):
    """Whether a text names a class or offer: by one of its telling words, else by the whole of its name."""
    own, said = telling(name), words(text)
    return bool(own & set(said)) or f" {' '.join(words(name))} " in f" {' '.join(said)} "


def _others(live):
    """Products that are no plan of the same price, with more words or fewer."""
    plans = [(one.price, set(words(one.name))) for one in live.plans if one.price]

    def is_plan(one):
        own = set(words(one.name))
        return any(one.price == price and (own <= plan or plan <= own) for price, plan in plans)

    return [one for one in live.products if not is_plan(one)]


def _piece(source, number, words_to_text, names=()):
    said = {language: words_to_text(WORDS[language] | {"days": DAYS[language]}) for language in LANGUAGES}
    title = " / ".join(dict.fromkeys(WORDS[language][source] for language in LANGUAGES))
    return Piece(f"{source}#{number}", source, title, said[ENGLISH], said, source, names)


def _offer(one, words):
    count = "" if one.classes == "" else words["unlimited"] if one.classes is None else words["classes"].format(
        one.classes)  # fmt: skip
    count = "" if count and folded(count) in folded(one.name) else count
    return ", ".join(filter(None, (f"{one.name}: {one.price}" if one.price else one.name, count)))


def _lesson(one, words):
    day = words["days"][WEEKDAYS.index(one.weekday)]
    name = f"{one.name} ({one.level})" if one.level else one.name
    more = ", ".join(filter(None, (one.room, one.coach and f"{words['with']} {one.coach}")))
    return f"{day} {clock(one.start)}-{clock(one.end)}: {name}" + (f", {more}" if more else "")


def _class_hours(opening, words):
    lines = []
    for day, name in zip(WEEKDAYS, words["days"], strict=True):
        spans = [(one.start, one.end) for one in opening if one.weekday == day]
        first, last = min((one for one, _ in spans), default=0), max((one for _, one in spans), default=0)
        lines.append(f"{name}: {words['from'].format(clock(first), clock(last)) if spans else words['none']}")
    return "\n".join(lines)


def _hours(opening, words):
    lines = []
    for day, name in zip(WEEKDAYS, words["days"], strict=True):
        spans = ", ".join(f"{clock(w.start)}-{clock(w.end)}" for w in opening if w.weekday == day)
        lines.append(f"{name}: {spans or words['closed']}")
    return "\n".join(lines)
