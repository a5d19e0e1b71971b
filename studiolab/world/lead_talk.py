"""What the people of `world.leads` and a studio's desk write, in the words of a few languages.

`Offer` says what a studio has, so that no price, class or time in an answer is made up.
"""

from typing import NamedTuple

import numpy as np

from studiolab.world.people import FIRST_NAMES, LAST_NAMES

ASKED = {
    "en": {
        "hello": ("Hi! I found you {found} and would like to know more.", "Hello, do you take new people?"),
        "trial": ("Can I try a class first?", "Do you have a trial class this week?"),
        "price": ("How much is it a month?", "What do you charge?"),
        "timetable": ("When are the classes in the evening?", "Which times do you have on weekends?"),
        "location": ("Where exactly are you? Is there parking?",),
        "level": ("I have never done this before, is that a problem?",),
        "book": ("Great, please put me down for the trial class.", "Yes, I will come to the trial!"),
        "join": ("I loved it. I would like to join, with {plan}.", "Let's do it, sign me up for {plan}."),
        "stop": ("STOP",),
    },
    "es": {
        "hello": ("¡Hola! Me gustaría saber más.",), "trial": ("¿Puedo probar una clase primero?",),
        "price": ("¿Cuánto cuesta al mes?",), "timetable": ("¿Qué horarios tienen por la tarde?",),
        "location": ("¿Dónde están? ¿Hay aparcamiento?",), "level": ("Nunca lo he hecho, ¿es un problema?",),
        "book": ("Perfecto, apúntame a la clase de prueba.",), "join": ("Me encantó, quiero apuntarme: {plan}.",),
        "stop": ("BAJA",),
    },
    "de": {
        "hello": ("Hallo! Ich hätte gern mehr gewusst.",), "trial": ("Kann ich erst einmal eine Stunde probieren?",),
        "price": ("Was kostet das im Monat?",), "timetable": ("Wann sind abends Kurse?",),
        "location": ("Wo seid ihr genau? Gibt es Parkplätze?",), "level": ("Ich bin Anfängerin, geht das?",),
        "book": ("Super, dann komme ich zur Probestunde.",), "join": ("War toll, ich möchte Mitglied werden: {plan}.",),
        "stop": ("STOPP",),
    },
    "fr": {
        "hello": ("Bonjour ! J'aimerais en savoir plus.",), "trial": ("Je peux essayer un cours d'abord ?",),
        "price": ("C'est combien par mois ?",), "timetable": ("Quels horaires avez-vous le soir ?",),
        "location": ("Vous êtes où exactement ? Il y a un parking ?",), "level": ("Je débute, c'est gênant ?",),
        "book": ("Parfait, inscrivez-moi pour le cours d'essai.",), "join": ("J'ai adoré, je m'inscris : {plan}.",),
        "stop": ("ARRET",),
    },
}  # fmt: skip
TOLD = {  # what fits, what does not
    "en": {"is_taught": ("I'm interested in {style}.", "Do you also teach salsa?"),
           "fits_times": ("{time} would suit me well.", "I can only come before six in the morning."),
           "can_pay": ("{price} is fine for me.", "I can spend 30 a month at most."),
           "distance_km": ("I live about {km} km away.",)},
    "es": {"is_taught": ("Me interesa {style}.", "¿También dan salsa?"),
           "fits_times": ("{time} me viene bien.", "Solo puedo antes de las seis de la mañana."),
           "can_pay": ("{price} me parece bien.", "Puedo gastar 30 al mes."), "distance_km": ("Vivo a unos {km} km.",)},
    "de": {"is_taught": ("Mich interessiert {style}.", "Gibt es bei euch auch Salsa?"),
           "fits_times": ("{time} passt mir gut.", "Ich kann nur vor sechs Uhr morgens."),
           "can_pay": ("{price} ist in Ordnung.", "Mehr als 30 im Monat geht nicht."),
           "distance_km": ("Ich wohne etwa {km} km weg.",)},
    "fr": {"is_taught": ("{style} m'intéresse.", "Vous faites aussi de la salsa ?"),
           "fits_times": ("{time} me conviendrait.", "Je ne peux qu'avant six heures du matin."),
           "can_pay": ("{price}, ça me va.", "Je peux mettre 30 par mois."),
           "distance_km": ("J'habite à environ {km} km.",)},
}  # fmt: skip
ANSWERS = {
    "en": {
        "hello": "Welcome! What are you looking for, and when would it suit you?",
        "trial": "With pleasure: your trial class could be {style}, {time}. Shall I put you down?",
        "price": "{plan} is {price} a month.",
        "timetable": "{style} is on {time}, among others; the whole timetable is on our site.",
        "location": "We are in {location}. Write to us if you do not find the door.",
        "level": "Not at all, {style} is a good one to begin with.",
        "booked": "You are down for the trial class. See you there!",
        "welcome": "Welcome! Your account is open, and we are looking forward to seeing you.",
    },
    "es": {
        "hello": "¡Hola! ¿Qué buscas y cuándo te viene bien?",
        "trial": "Con mucho gusto: {style}, {time}. ¿Te apunto?", "price": "{plan}: {price} al mes.",
        "timetable": "{style}: {time}, entre otros; el horario completo está en la web.",
        "location": "Estamos en {location}.", "level": "Para nada, {style} va bien para empezar.",
        "booked": "Tienes plaza en la clase de prueba. ¡Hasta pronto!", "welcome": "¡Te damos la bienvenida!",
    },
    "de": {
        "hello": "Hallo! Was suchen Sie, und wann würde es passen?",
        "trial": "Sehr gern: {style}, {time}. Soll ich Sie eintragen?", "price": "{plan}: {price} im Monat.",
        "timetable": "{style}: {time}, unter anderem; der ganze Plan steht auf der Website.",
        "location": "Wir sind in {location}.", "level": "Gar nicht, mit {style} fängt man gut an.",
        "booked": "Sie sind zur Probestunde eingetragen. Bis dann!", "welcome": "Willkommen! Wir freuen uns.",
    },
    "fr": {
        "hello": "Bonjour ! Que cherchez-vous, et quand cela vous irait-il ?",
        "trial": "Avec plaisir : {style}, {time}. Je vous inscris ?", "price": "{plan} : {price} par mois.",
        "timetable": "{style} : {time}, entre autres ; tous les horaires sont sur le site.",
        "location": "Nous sommes à {location}.", "level": "Pas du tout, {style} est bien pour débuter.",
        "booked": "Vous êtes inscrit au cours d'essai. À bientôt !", "welcome": "Bienvenue parmi nous !",
    },
}  # fmt: skip
FOUND = {"referral": "through a friend", "walk-in": "walking past", "website": "through your website",
         "search": "by a search", "instagram": "on Instagram", "ad": "through an ad", "other": "by chance"}  # fmt: skip


class Offer(NamedTuple):
    """What a studio has: style, a class; time, when it is, in words; plan and price; location."""

    style: str
    time: str
    plan: str
    price: str
    location: str


def person(lead, seed):
    """dict of name, email and phone of a `world.leads.Lead`; numbers are of the range kept for stories (NANPA 555)."""
    rng = np.random.default_rng([seed, 3, lead.number])
    name = f"{rng.choice(FIRST_NAMES)} {rng.choice(LAST_NAMES)}"
    return {"name": name, "email": f"{name.lower().replace(' ', '.')}.{lead.number}@example.org",
            "phone": f"+1{201 + lead.number // 100}55501{lead.number % 100:02d}"}  # fmt: skip


def handle(lead, channel, known):
    """A person's own name at a channel; known : of `person`."""
    names = {"whatsapp": known["phone"][1:], "sms": known["phone"], "email": known["email"],
             "instagram": f"1784140000{lead.number:05d}"}  # fmt: skip
    return names[channel]


def text(lead, turn, rng, offer):
    """What is written in a `world.leads.Turn` of a lead."""
    places = offer._asdict() | {"found": FOUND[lead.source], "km": f"{lead.distance_km:.0f}"}
    if turn.direction == "outbound":
        said = [ANSWERS[lead.language][name] for name in turn.intents]
    else:
        own, told = ASKED[lead.language], TOLD[lead.language]
        said = [str(rng.choice(own[name])) for name in turn.intents]
        for name in turn.tells:
            fits = name == "distance_km" or getattr(lead, name)
            said.append(told[name][0 if fits else 1])
    return " ".join(one.format(**places) for one in said)
