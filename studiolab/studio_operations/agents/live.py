"""A studio's live data as pieces of knowledge: prices, the week, opening hours, rooms; each in four languages."""

from dataclasses import dataclass
from typing import NamedTuple

from studiolab.schema import WEEKDAYS
from studiolab.studio_calendar import clock
from studiolab.studio_operations.agents.knowledge import Piece
from studiolab.studio_operations.agents.text import ENGLISH, LANGUAGES, concepts

PLANS, PRODUCTS, WEEK, HOURS, ROOMS, PLACE = "plans", "products", "timetable", "opening hours", "rooms", "location"
DAYS = {
    "en": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split(),
    "de": "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag".split(),
    "es": "lunes martes miércoles jueves viernes sábado domingo".split(),
    "fr": "lundi mardi mercredi jeudi vendredi samedi dimanche".split(),
}
WORDS = {
    "en": {"unlimited": "unlimited classes", "classes": "{} classes a month", "price": "price", "closed": "closed",
           "with": "with", "level": "level", "places": "for {} people", PLANS: "Memberships and prices",
           PRODUCTS: "Prices of passes, trials and other products", WEEK: "Timetable, weekly schedule",
           HOURS: "Opening hours", ROOMS: "Rooms", PLACE: "Where we are, address"},
    "de": {"unlimited": "unbegrenzt viele Kurse", "classes": "{} Kurse im Monat", "price": "Preis",
           "closed": "geschlossen", "with": "mit", "level": "Niveau", "places": "für {} Personen",
           PLANS: "Mitgliedschaften und Preise", PRODUCTS: "Preise von Karten und Produkten", WEEK: "Stundenplan",
           HOURS: "Öffnungszeiten", ROOMS: "Räume", PLACE: "Wo wir sind, Adresse"},
    "es": {"unlimited": "clases ilimitadas", "classes": "{} clases al mes", "price": "precio", "closed": "cerrado",
           "with": "con", "level": "nivel", "places": "para {} personas", PLANS: "Cuotas y precios",
           PRODUCTS: "Precios de bonos y productos", WEEK: "Horario de clases", HOURS: "Horario de apertura",
           ROOMS: "Salas", PLACE: "Dónde estamos, dirección"},
    "fr": {"unlimited": "cours illimités", "classes": "{} cours par mois", "price": "prix", "closed": "fermé",
           "with": "avec", "level": "niveau", "places": "pour {} personnes", PLANS: "Abonnements et prix",
           PRODUCTS: "Prix des cartes et produits", WEEK: "Planning des cours", HOURS: "Horaires d'ouverture",
           ROOMS: "Salles", PLACE: "Où nous sommes, adresse"},
}  # fmt: skip


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
    """What is true of a studio now; opening : of studio_calendar.Window; rooms : (name, places) each."""

    studio_name: str
    location: str = ""
    plans: tuple = ()
    products: tuple = ()
    week: tuple = ()
    opening: tuple = ()
    rooms: tuple = ()


def pieces(live):
    """List of Piece: one a plan, product and room, one a weekday, one of the hours, one of the place."""
    found = [_piece(PLANS, n, lambda words, one=one: _offer(one, words)) for n, one in enumerate(live.plans, 1)]
    found += [_piece(PRODUCTS, n, lambda words, one=one: _offer(one, words)) for n, one in enumerate(live.products, 1)]
    for day in WEEKDAYS:
        lessons = sorted((one for one in live.week if one.weekday == day), key=lambda one: (one.start, one.name))
        if lessons:
            found.append(_piece(WEEK, day, lambda words, some=lessons: "\n".join(_lesson(one, words) for one in some)))
    if live.opening:
        found.append(_piece(HOURS, 1, lambda words: _hours(live.opening, words)))
    found += [_piece(ROOMS, n, lambda words, one=one: f"{one[0]}: {words['places'].format(one[1])}")
              for n, one in enumerate(live.rooms, 1)]  # fmt: skip
    if live.location:
        found.append(_piece(PLACE, 1, lambda words: f"{live.studio_name}, {live.location}"))
    return found


def days_of(text):
    """List of the weekdays that a text names, of schema.WEEKDAYS, in any of the four languages."""
    found = [one.title() for one in concepts(text)]
    return [WEEKDAYS[DAYS["en"].index(day)] for day in found if day in DAYS["en"]]


def _piece(source, number, words_to_text):
    said = {language: words_to_text(WORDS[language] | {"days": DAYS[language]}) for language in LANGUAGES}
    title = " / ".join(dict.fromkeys(WORDS[language][source] for language in LANGUAGES))
    return Piece(f"{source}#{number}", source, title, said[ENGLISH], said, source)


def _offer(one, words):
    count = "" if one.classes == "" else words["unlimited"] if one.classes is None else words["classes"].format(
        one.classes)  # fmt: skip
    return ", ".join(filter(None, (f"{one.name}: {one.price}" if one.price else one.name, count)))


def _lesson(one, words):
    day = words["days"][WEEKDAYS.index(one.weekday)]
    name = f"{one.name} ({one.level})" if one.level else one.name
    more = ", ".join(filter(None, (one.room, one.coach and f"{words['with']} {one.coach}")))
    return f"{day} {clock(one.start)}-{clock(one.end)}: {name}" + (f", {more}" if more else "")


def _hours(opening, words):
    lines = []
    for day, name in zip(WEEKDAYS, words["days"], strict=True):
        spans = ", ".join(f"{clock(w.start)}-{clock(w.end)}" for w in opening if w.weekday == day)
        lines.append(f"{name}: {spans or words['closed']}")
    return "\n".join(lines)
