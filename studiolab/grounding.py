"""Grounded language (N11): a number, date, time, id or price in a draft must stand in what the writer was told.

Read are digits of any script, English number words from two on, ordinals from third on, percents, currencies, dates,
times, weekdays, months and ids that hold a digit. Not read: "one", "first", "second", "once", "half", signs, and words
of other languages. A digit within a date, time or id is no number of its own: "6" is not grounded by 2026-03-06, but
"the 6th", "Friday" and "March" are.
"""

import re
import unicodedata
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

UNITS = ("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
         "seventeen eighteen nineteen").split()  # fmt: skip
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
ORDINALS = ("third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
            "sixteenth seventeenth eighteenth nineteenth twentieth").split()  # fmt: skip
SCALES = {"k": 1000, "dozen": 12, "hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9}
WORDS = {word: n for n, word in enumerate(UNITS)} | {word: 10 * n for n, word in enumerate(TENS, 2)}
WORDS |= {"twice": 2, "thrice": 3}
MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
WEEKDAYS = "mon tue wed thu fri sat sun".split()
CURRENCIES = {"EUR": "€", "GBP": "£", "INR": "₹", "JPY": "¥", "CNY": "¥", "ILS": "₪", "KRW": "₩", "UAH": "₴",
              "CHF": "CHF", "EURO": "€", "DOLLAR": "$",
              **dict.fromkeys("USD AUD CAD NZD SGD HKD MXN BRL".split(), "$")}  # fmt: skip
LONGEST = 60  # digits of a number that is worked with; a longer one must stand in the context as it is written

_MONTH = (r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|(?-i:May|MAY)|june?|july?|aug(?:ust)?|sept?(?:ember)?|"
          r"oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?")  # fmt: skip
_FULL = r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?"
_DAY = rf"(?:{_FULL}|mon|tues?|wed|thu(?:rs?)?|fri|sat|sun)\b\.?"
_SOON = r"(?!\s+(?!and\b|or\b|at\b|to\b|morning|evening|afternoon|night)[a-z])"  # not as in "Sun Salutation"
_TH = r"(?:st|nd|rd|th)\b"
_NUMBER = r"\d+(?:[.,']\d+)*"
_SMALL = rf"(?:(?:{'|'.join(TENS)})(?:[\s-](?:{'|'.join(UNITS[1:10])}))?|{'|'.join(reversed(UNITS))})\b"
_HUNDREDS = rf"(?:(?:(?:an?|{_SMALL})\s+)?(?:hundred|dozen)\b(?:\s+(?:and\s+)?{_SMALL})?|{_SMALL})"
_PATTERNS = {
    "iso": r"(?<!\w)(\d{4})[-/](\d\d?)[-/](\d\d?)(?![\d-])(?:T(\d\d):(\d\d)(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?"
    r"| (\d\d):(\d\d):\d\d(?:\.\d+)?(?:[+-]\d\d:?\d\d)?)?",
    "day_month": rf"\b(?:({_DAY}),?\s+(?:the\s+)?)?(\d\d?)(?:{_TH})?\s+(?:of\s+)?({_MONTH})(?:,?\s+(\d{{4}})\b(?!-))?",
    "month_day": rf"\b(?:({_DAY}),?\s+)?({_MONTH})\s+(?:the\s+)?(\d\d?)(?:{_TH}|\b)(?![:.]\d)"
    r"(?:,?\s+(\d{4})\b(?!-))?",
    "numeric": r"(?<![\w./-])(\d\d?)(?:/(\d\d?)/(\d{4}|\d\d)|\.(\d\d?)\.(\d{4}|\d\d)|-(\d\d?)-(\d{4}|\d\d)"
    r"|/(\d\d?))(?![\w/])",
    "day_of": rf"\b({_DAY}),?\s+(?:the\s+)?(\d\d?){_TH}",
    "clock": r"(?<![\d.,:/])(\d\d?):(\d\d)(?::\d\d)?(?!\d)(?:\s?([ap])\.?m\b\.?)?",
    "hour": r"(?<![\d.,:/])(\d\d?)\s?(?:([ap])\.?m\b\.?|(o['’]clock)\b|(h)(\d\d)?\b)",
    "noon": r"\b(noon|midnight|midday)\b",
    "ordinal": rf"(?<![\d.,])(\d+){_TH}|\b({'|'.join(ORDINALS)})\b",
    "percent": rf"({_NUMBER})\s?(?:%|percent\b|per\s+cent\b)|\b({_HUNDREDS})\s+(?:percent\b|per\s+cent\b)",
    "id": r"(?<!\w)(?:(?=[\w+#-]{0,80}\d)[^\W\d_]\w*(?:[+#-]+\w+)*|\d+[^\W\d_]\w*\d\w*(?:[+#-]+\w+)*)",
    "currency": rf"[€£$¥₹₪₩₺₴₽₫₱฿₦¢]|(?-i:\b(?:{'|'.join(CURRENCIES)})\b)|\b(?:euro|dollar)s?\b",
    "weekday": rf"\b{_FULL}\b|(?-i:\b(?:Mon|Tue|Tues|Wed|Thu|Thur|Thurs|Fri)\b)|(?-i:\b(?:Sat|Sun)\b){_SOON}"
    rf"|(?<=\bon )(?:{_DAY}){_SOON}|(?<=\bevery )(?:{_DAY}){_SOON}",
    "month": rf"(?-i:\b(?:January|February|April|June|July|August|September|October|November|December)\b)"
    rf"|(?<=\b(?:in|of) )(?:{_MONTH})",
    "words": rf"\b(?:(?:an?|{_HUNDREDS})\s+(?:thousand|million|billion)\b(?:\s+(?:and\s+)?{_HUNDREDS})?|{_HUNDREDS}|"
    r"twice|thrice)\b",
    "number": rf"({_NUMBER})(?:\s?(k|hundred|thousand|million|billion|dozen)\b)?",
}  # fmt: skip
_KINDS = {kind: re.compile(pattern, re.IGNORECASE) for kind, pattern in _PATTERNS.items()}
_ANY = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _PATTERNS.items()), re.IGNORECASE)


def facts(context):
    """frozenset of all that a context says, which `ungrounded` takes in its stead: for many drafts of one context."""
    return frozenset().union(*map(_facts, _leaves(context)))


@lru_cache(10_000)
def _facts(leaf):
    return frozenset(key for _, wanted, more in _claims(leaf) for key in wanted | more)


def ungrounded(text, context):
    """List of what `text` claims and `context` does not say, as written (digits in ASCII), each once.

    text : a draft; context : what its writer was told: text, a number, dicts and lists of such, keys
        included, or their `facts`
    A percent is grounded by the same percent or by its fraction (0.35); a date without a year by its day and month,
    and where it names a weekday, by a date on that weekday; a time by the same minute, on either clock.
    """
    said = context if isinstance(context, frozenset) else facts(context)
    return list(dict.fromkeys(token for token, wanted, _ in _claims(text) if wanted and not wanted & said))


def _leaves(context):
    if isinstance(context, dict):
        for key, value in context.items():
            yield str(key).replace("_", " ")
            yield from _leaves(value)
    elif isinstance(context, (list, tuple, set)):
        for value in context:
            yield from _leaves(value)
    elif isinstance(context, float):
        yield format(Decimal(repr(float(context))), "f")
    elif context is not None and not isinstance(context, bool):
        yield str(context)


def _claims(text):
    """(token, keys of which one must be said, keys that it says beside them) of each claim in a text."""
    text = _plain(text)
    for match in _ANY.finditer(text):
        kind, token = match.lastgroup, match.group().strip()
        wanted, more = _READ[kind](token, *_KINDS[kind].match(text, match.start()).groups())
        yield token, wanted, more


def _plain(text):
    """The text in compatibility form, digits in ASCII, without invisible characters, dashes as hyphens."""
    out = []
    for char in re.sub(r"(?<=\d)[\u00a0\u2009\u202f](?=\d{3})", "'", text):
        kind = unicodedata.category(char)
        if kind == "Nd":
            out.append(str(unicodedata.decimal(char)))
        elif kind in ("No", "Nl"):
            out.append(f" {unicodedata.numeric(char):.4g} ")
        elif kind != "Cf":
            out.append({"٫": ".", "٬": ","}.get(char, char))
    return re.sub(r"[\u2010-\u2015\u2212]", "-", unicodedata.normalize("NFKC", "".join(out)))


def _month(name):
    return MONTHS.index(name[:3].lower()) + 1


def _weekday(name):
    return WEEKDAYS.index(name[:3].lower())


def _date(token, day, month, year=None, weekday=None):
    """Claim of a date; weekday : its name, if it is said beside the date."""
    day, month, year = int(day), int(month), None if year is None else int(year)
    year = year + 2000 if year is not None and year < 100 else year
    of_week = _weekday(weekday) if weekday else None
    try:
        really = date(year or 2000, month, day).weekday()
    except ValueError:
        return {("as written", token)}, set()
    more = {("month-day", month, day), ("day", day), ("month", month)}
    if year is not None:
        if of_week not in (None, really):
            return {("as written", token)}, set()
        of_week, more = really, more | {("number", Fraction(year))}
    if of_week is not None:
        more |= {("weekday", of_week), ("weekday-day", of_week, day), ("weekday-date", of_week, month, day)}
    if year is not None:
        return {("date", year, month, day)}, more
    return {("weekday-date", of_week, month, day) if weekday else ("month-day", month, day)}, more


def _iso(token, year, month, day, hour, minute, later_hour, later_minute):
    wanted, more = _date(token, day, month, year)
    at = _clock(token, hour or later_hour, minute or later_minute, None)[0] if hour or later_hour else set()
    return wanted, more | at


def _numeric(token, first, *rest):
    """3/6 is the third of June or the sixth of March, as the reader's country has it."""
    second, year = next(((rest[i], rest[i + 1]) for i in (0, 2, 4) if rest[i]), (rest[-1], None))
    ways = [_date(token, day, month, year) for day, month in ((first, second), (second, first))]
    numbers = set() if year else {("number", Fraction(first)), ("number", Fraction(second))}
    return ways[0][0] | ways[1][0], ways[0][1] | ways[1][1] | numbers


def _clock(token, hour, minute, half):
    hour, minute = int(hour), int(minute)
    if half:
        hour = hour % 12 + (12 if half in "pP" else 0)
    return {("time", 60 * hour + minute) if hour < 25 and minute < 60 else ("as written", token)}, set()


def _hour(token, hour, half, oclock, letter, minute):
    if letter:
        hours = set() if minute else {("number", Fraction(hour))}
        return _clock(token, hour, minute or 0, None)[0] | hours, set()
    return {key for one in ("ap" if oclock else half) for key in _clock(token, hour, 0, one)[0]}, set()


def _ordinal(token, digits, word):
    n = 3 + ORDINALS.index(word.lower()) if word else int(digits[:LONGEST])
    return {("day", n), ("number", Fraction(n))}, set()


def _values(number, scale=None):
    """All that a number in digits can mean: 1,234 is a thousand and more, or one and a bit."""
    if sum(map(str.isdigit, number)) > LONGEST:
        return {number}
    text, found, times = number.replace("'", ""), set(), SCALES.get((scale or "").lower(), 1)
    if text.isdigit():
        return {Fraction(int(text) * times)}
    for thousands, point in ((",", "."), (".", ",")):
        grouped = rf"\d{{1,3}}(?:\{thousands}\d{{2,3}})*\{thousands}\d{{3}}"
        if re.fullmatch(rf"(?:{grouped}|\d+)(?:\{point}\d+)?", text):
            found.add(Fraction(text.replace(thousands, "").replace(point, ".")) * times)
    return found or {number}


def _worded(words):
    total = now = 0
    for word in re.findall("[a-z]+", words.lower()):
        if word in ("a", "an"):
            now = 1
        elif SCALES.get(word, 0) >= 1000:
            total, now = total + (now or 1) * SCALES[word], 0
        elif word in SCALES:
            now = (now or 1) * SCALES[word]
        else:
            now += WORDS.get(word, 0)
    return Fraction(total + now)


def _number(token, number, scale):
    values = _values(number, scale)
    parts = {("percent", 100 * value) for value in values if isinstance(value, Fraction) and 0 < value <= 1}
    return {("number", value) for value in values}, parts


def _words(token):
    keys = {("number", _worded(token))}
    return (set(), keys) if token.lower() == "one" else (keys, set())


_READ = {
    "iso": _iso,
    "day_month": lambda token, of_week, day, month, year: _date(token, day, _month(month), year, of_week),
    "month_day": lambda token, of_week, month, day, year: _date(token, day, _month(month), year, of_week),
    "numeric": _numeric,
    "day_of": lambda token, of_week, day: (
        {("weekday-day", _weekday(of_week), int(day))},
        {("weekday", _weekday(of_week)), ("day", int(day))},
    ),
    "clock": _clock,
    "hour": _hour,
    "noon": lambda token, word: ({("time", 0 if word[:4].lower() == "midn" else 720)}, set()),
    "ordinal": _ordinal,
    "percent": lambda token, digits, words: (
        {("percent", n) for n in (_values(digits) if digits else {_worded(words)})}, set()),
    "id": lambda token: ({("id", token.casefold())}, set()),
    "currency": lambda token: ({("currency", CURRENCIES.get(token.upper().removesuffix("S"), token.upper()))}, set()),
    "weekday": lambda token: ({("weekday", _weekday(token))}, set()),
    "month": lambda token: ({("month", _month(token))}, set()),
    "words": _words,
    "number": _number,
}  # fmt: skip
