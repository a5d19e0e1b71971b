"""What a draft may not say: a number, price, date, class or promise that is not known, a link, a deed, hidden signs."""

import re
import unicodedata

from studiolab.grounding import ungrounded
from studiolab.studio_operations.agents import live
from studiolab.studio_operations.agents.text import folded, words

ADDRESS = re.compile(r"(?:\w+://|www\.)\S+|\b[\w.+-]+@[\w-]+\.\w+|\b[\w-]+(?:\.[\w-]+)*\.(?:com|net|org|io|info|biz|"
                     r"app|link|shop|site|xyz|me|ly|eu|de|es|fr|uk|ch|at|ru|top|click)(?:/\S*)?\b",
                     re.IGNORECASE)  # fmt: skip
CLOCK = re.compile(r"\b\d{1,2}[:.]\d{2}\b(?![.,]?\d)")
MARKUP = re.compile(r"<[a-zA-Z/!]|\]\(|```")
STYLES = set(
    "salsa bachata merengue kizomba tango milonga swing lindy boogie rumba samba chacha foxtrot waltz quickstep jive "
    "ballroom ballet jazz tap hiphop breakdance breaking popping locking dancehall afrobeat reggaeton contemporary "
    "flamenco zumba burlesque heels pole aerial yoga pilates barre vinyasa hatha yin ashtanga bikram kundalini "
    "crossfit hiit bootcamp spinning cycling boxing kickboxing muaythai karate judo capoeira bodypump aerobics aqua "
    "stretching meditation reformer trx kettlebell ballett walzer tanztheater stepptanz danza".split()
)
PROMISES = {
    "something free": "free gratis kostenlos kostenfrei umsonst gratuit gratuita gratuito gratuite gratuitement "
    "complimentary offert offerte geschenkt",
    "a discount": "discount discounts discounted rabatt rabatte ermassigung ermassigt nachlass descuento descuentos "
    "rebaja remise reduction reduit promo promotion halfprice voucher gutschein",
    "a refund": "refund refunds refunded reimburse reimbursed erstattung erstatten erstattet reembolso reembolsar "
    "reembolsado remboursement rembourser rembourse",
    "a guarantee": "guarantee guaranteed guarantees garantie garantieren garantiert garantia garantizamos garantizado "
    "garantissons garanti",
}
PROMISES = {name: frozenset(said.split()) for name, said in PROMISES.items()}
HALF = re.compile(r"half[- ](?:the )?(?:price|off|fee)|halbe[nmr]? preis|mitad de(?:l)? preci|moitie prix|demi-tarif")
DEEDS = re.compile(
    r"\b(?:i|we)(?:'ve| have| already)*(?: just| already| now)? (?:booked|cancelled|canceled|refunded|reserved|"
    r"enrolled|deleted|removed|paused|frozen|changed|updated|transferred|charged|applied|signed you)\b"
    r"|\b(?:has|have) (?:now |already )?been (?:booked|cancelled|canceled|refunded|reserved|deleted|paused|changed|"
    r"confirmed|applied|transferred)\b"
    r"|\b(?:habe|haben) (?:\w+ ){1,6}(?:gebucht|storniert|gekundigt|erstattet|reserviert|geloscht|"
    r"geandert|eingetragen)\b"
    r"|\b(?:he|hemos|ha sido|han sido) (?:reservado|cancelado|reembolsado|anulado|borrado|cambiado|dado de baja|"
    r"reservada|cancelada|anulada)\b"
    r"|\b(?:j'ai|avons|ai|a ete|ont ete) (?:bien )?(?:reserve|annule|rembourse|resilie|supprime|modifie|inscrit)e?s?\b"
)
NUMBERS = {
    "two": "zwei dos deux", "three": "drei tres trois", "four": "vier cuatro quatre", "five": "funf fuenf cinco cinq",
    "six": "sechs seis", "seven": "sieben siete sept", "eight": "acht ocho huit", "nine": "neun nueve neuf",
    "ten": "zehn diez dix", "eleven": "elf onze", "twelve": "zwolf zwoelf doce douze", "fifteen": "funfzehn quince "
    "quinze", "twenty": "zwanzig veinte vingt", "thirty": "dreissig treinta trente", "forty": "vierzig cuarenta "
    "quarante", "fifty": "funfzig fuenfzig cincuenta cinquante", "sixty": "sechzig sesenta soixante",
    "seventy": "siebzig setenta", "eighty": "achtzig ochenta", "ninety": "neunzig noventa", "hundred": "hundert "
    "einhundert cien ciento cent", "thousand": "tausend mil mille", "percent": "prozent porciento pourcent",
    "Monday": "montag montags lunes lundi lundis", "Tuesday": "dienstag dienstags martes mardi mardis",
    "Wednesday": "mittwoch mittwochs miercoles mercredi mercredis", "Thursday": "donnerstag donnerstags jueves jeudi "
    "jeudis", "Friday": "freitag freitags viernes vendredi vendredis", "Saturday": "samstag samstags sonnabend sabado "
    "sabados samedi samedis", "Sunday": "sonntag sonntags domingo domingos dimanche dimanches",
    "January": "januar enero janvier", "February": "februar febrero fevrier", "March": "marz maerz marzo mars",
    "April": "abril avril", "May": "mayo", "June": "juni junio juin", "July": "juli julio juillet",
    "August": "agosto aout", "September": "septiembre septembre", "October": "oktober octubre octobre",
    "November": "noviembre novembre", "December": "dezember diciembre decembre",
}  # fmt: skip
_DIGITS = dict(zip("one two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty fifty "
                   "sixty seventy eighty ninety hundred".split(),
                   "1 2 3 4 5 6 7 8 9 10 11 12 15 20 30 40 50 60 70 80 90 100".split(), strict=True))  # fmt: skip
_CURRENCY = r"(?:[€£$¥₹]|\b(?:eur|euros?|usd|gbp|chf|dollars?|dolares|bucks?|pounds?|libras|livres|franken|francs?)\b)"
_AMOUNT = r"(\d+(?:[.,' ]\d{3})*(?:[.,]\d{1,2})?)(?!\d)"
MONEY = re.compile(rf"{_CURRENCY}\s?{_AMOUNT}|{_AMOUNT}\s?{_CURRENCY}")
_ENGLISH = {word: english for english, said in NUMBERS.items() for word in said.split()}


def faults(text, cited, found, note="", bookings=(), secret=""):
    """List of sentences on what is wrong with a draft, empty where nothing is.

    cited : ids of pieces; found : list of knowledge.Found that it may cite; note, bookings : what counts beside them;
    secret : text of which the draft may repeat nothing
    """
    known = {one.piece.piece_id: one.piece for one in found}
    wrong = [f"sources: there is no piece {name!r}." for name in cited if name not in known]
    pieces = [known[name] for name in cited if name in known]
    ground = [text_ for one in pieces for text_ in (one.title, one.text, *one.said.values())] + [note, *bookings]
    units = [unit for one in pieces for unit in _units(one)] + [note, *bookings]
    return wrong + shape(text, ground) + _claims(text, ground) + _apart(text, units, pieces) + _told(text, secret)


def shape(text, ground):
    """List of sentences on signs, markup and addresses that a text may not hold; ground : texts that may name some."""
    return _hidden(text) + _addresses(text, ground)


def _hidden(text):
    odd = [c for c in text if not (c.isprintable() or c == "\n") or unicodedata.category(c) == "Cf"]
    odd = [c for c in odd if c != "\u200d"]  # joins emoji
    if odd:
        return ["It holds signs that cannot be seen."]
    return ["It holds markup; plain text is expected."] if MARKUP.search(text) else []


def _addresses(text, ground):
    known = " ".join(ground)
    new = [one for one in ADDRESS.findall(text) if one.rstrip(".,;!?") not in known]
    return [f"It holds an address that the data does not: {new[0][:80]}."] if new else []


def _claims(text, ground):
    invented = ungrounded(in_english(text), [in_english(one) for one in ground])
    plain, told = folded(text).replace("feel free", ""), folded(" ".join(ground))
    said, known = set(words(plain)), set(words(told))
    invented += [f"the class {style!r}" for style in sorted((said & STYLES) - known)]
    invented += [name for name, some in PROMISES.items() if said & some and not known & some]
    invented += [f"the price {one}" for one in sorted(amounts(text) - amounts("\n".join(ground)))]
    invented += ["half the price"] if HALF.search(plain) and not HALF.search(told) else []
    wrong = [f"It says {', '.join(invented[:5])}, which the pieces it cites do not."] if invented else []
    if DEEDS.search(folded(text).replace("’", "'")):
        wrong.append("It says that something was done; nothing was.")
    return wrong


def _units(piece):
    """Texts of which each belongs together: a line of live data, the whole of another piece."""
    if not piece.topic:
        return [f"{piece.title}\n{piece.text}"]
    return [line for text in (piece.text, *piece.said.values()) for line in text.splitlines()]


def _apart(text, units, pieces):
    """Sentences on a day or time said of a class, or a price of an offer, that stands elsewhere, not beside it."""
    wrong, offers = [], {one.text.partition(":")[0] for one in pieces if one.topic in (live.PLANS, live.PRODUCTS)}
    for sentence in re.split(r"(?<=[.!?])\s+|\n", text):
        plain = folded(sentence)
        styles = set(words(sentence)) & STYLES
        beside = [unit for unit in units if styles & set(words(unit))]
        days = set(live.days_of(sentence)) - {day for unit in beside for day in live.days_of(unit)}
        times = set(CLOCK.findall(sentence)) - {time for unit in beside for time in CLOCK.findall(unit)}
        if styles and (days or times):
            wrong.append(
                f"It says {', '.join(sorted(days | times))} of {', '.join(sorted(styles))}; the data does not."
            )
        named = [name for name in offers if folded(name) in plain]
        beside = [unit for unit in units if any(folded(name) in folded(unit) for name in named)]
        if named and amounts(sentence) - amounts("\n".join(beside)):
            wrong.append(f"It gives {', '.join(sorted(named))} a price that is another's; one sentence for each.")
    return wrong


def _told(text, secret):
    """Whether a line of the instructions is repeated."""
    said = " ".join(words(text))
    lines = [" ".join(words(line)) for line in secret.splitlines()]
    return ["It repeats its instructions."] if any(len(line) > 30 and line in said for line in lines) else []


def amounts(text):
    """Set of the amounts of money in a text, as plain numbers: "5" of EUR 5.00, 5 € and five euros."""
    plain = re.sub(r"[a-z]+", lambda match: _DIGITS.get(match[0], match[0]), in_english(text).lower())
    found = (number for pair in MONEY.findall(unicodedata.normalize("NFKC", plain)) for number in pair if number)
    return {_plain_number(number) for number in found}


def _plain_number(text):
    """A number with its thousands together and no empty cents."""
    whole, cents = re.fullmatch(r"(.*?)(?:[.,](\d{1,2}))?", text).groups()
    whole = re.sub(r"\D", "", whole).lstrip("0") or "0"
    return whole if not (cents or "").strip("0") else f"{whole}.{cents.ljust(2, '0')}"


def in_english(text):
    """The text with number words, weekdays and months of other languages in English, which `grounding` reads."""
    return re.sub(r"[^\W\d_]+", lambda match: _ENGLISH.get(folded(match[0]), match[0]), text)
