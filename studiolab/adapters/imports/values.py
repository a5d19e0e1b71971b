"""Text as values of the schema: money, numbers, instants, days, flags. What cannot be read comes back marked.

Each reader takes a Series of text (None where empty) and returns (values, bad): `bad` is a boolean
Series, True where there was text that says nothing readable. A column is read by its distinct
values, so exact decimal arithmetic stays quick.
"""

import re
from decimal import ROUND_HALF_EVEN, Decimal
from math import prod

import numpy as np
import pandas as pd

from studiolab import schema

_PLAIN = re.compile(r"-?\d+(\.\d+)?")
_UNIT = r"(?:[A-Z]{1,3}[$€£]|[A-Z]{3}|(?:Rs|kr|Fr)\.?|zł|Kč|Ft|[^\w\s.,()+'’%−-])?"
_DIGITS = r"(?P<digits>\d[\d.,'’\s]*|[.,]\d+)(?P<power>[eE][-+]?\d+)?"
_AMOUNT = re.compile(
    rf"\(?\s*[-+−]?\s*{_UNIT}\s*[-+−]?\s*{_DIGITS}\s*{_UNIT}\s*[-−]?\s*\)?",
)
_GROUPS = re.compile(r"\d+|\d{1,3}([.,'’\s]\d{2,3})*[.,'’\s]\d{3}")
_OFFSET = re.compile(r"(:\d\d(?:\.\d+)?)\s*(?:Z|UTC|[+-]\d\d:?\d\d)$", re.IGNORECASE)
_TRUE = {"true", "yes", "y", "1", "t", "x", "on", "ja", "oui", "si", "sí"}
_FALSE = {"false", "no", "n", "0", "f", "off", "nein", "non"}
LARGEST = 10**15  # of any unit; floats are exact to here
EPOCHS = {"epoch": "s", "epoch_ms": "ms"}


def by_value(series, function):
    """Series of `function(text)` for each text, None where empty; called once for each distinct text."""
    codes, texts = pd.factorize(series)
    return _spread(series, codes, [function(text) for text in texts])


def decimal_mark(texts, money=True):
    """ "." or ",": what stands before the decimals in a column of numbers.

    The mark that comes last in a number with both; else the one that is there, unless the column
    only ever groups by three (1,234): then the other. Outside money a lone point is always decimal.
    """
    for text in texts:
        if "." in text and "," in text:
            return max(".,", key=text.rfind)
    for mark, other in (",.", ".,"):
        marked = [t for t in texts if mark in t]
        if marked and (money or mark == ","):
            grouped = all(re.fullmatch(rf"\D*[1-9]\d{{0,2}}(\{mark}\d{{2,3}})*\{mark}\d{{3}}\D*", t) for t in marked)
            return other if grouped else mark
    return "."


def to_decimal(series, decimal=None, thousands=None, money=True):
    """Series of Decimal (None where empty or bad), and what was bad.

    decimal, thousands : the marks; found from the whole column when None. Currency signs and
    codes, spaces and apostrophes are dropped; parentheses or a trailing minus mean negative.
    """
    codes, values = pd.factorize(series)
    mark = decimal or {".": ",", ",": "."}.get(thousands) or decimal_mark(list(values), money)
    return _with_bad(series, _spread(series, codes, [_decimal(v, mark) for v in values]))


def to_minor(factors, currency, scale=1, **marks):
    """Int64 minor units of the product of text columns times `scale`, rounded half to even; and what was bad.

    factors : DataFrame of text, amounts in major units (or a price beside a quantity)
    currency : Series of ISO codes, empty where unknown; marks : `decimal`, `thousands` as in `to_decimal`
    """
    together = factors.assign(_currency=currency)
    codes = together.groupby(list(together), dropna=False, sort=False).ngroup().to_numpy()
    distinct = together[~pd.Series(codes).duplicated().to_numpy()]
    read = [to_decimal(distinct[c], **marks) for c in factors]
    units = distinct["_currency"].map(schema.minor_per_major, na_action="ignore")
    exact = [_minor(amounts, unit, scale) for *amounts, unit in zip(*(r[0] for r in read), units, strict=True)]
    said = np.logical_and.reduce([distinct[c].notna() for c in distinct])
    bad = (np.any([r[1] for r in read], axis=0) | (said & np.array([e is None for e in exact])))[codes]
    return pd.Series(pd.array(exact, dtype="Int64")[codes], index=factors.index), pd.Series(bad, index=factors.index)


def _minor(amounts, unit, scale):
    if pd.isna(unit) or any(a is None for a in amounts):
        return None
    minor = int((prod(amounts) * scale * int(unit)).to_integral_value(ROUND_HALF_EVEN))
    return minor if abs(minor) <= LARGEST else None


def to_number(series, whole, decimal=None, thousands=None, percent=False):
    """Int64 or float64 numbers, and what was bad; `percent` reads 85 % (and 85 in a column above 1) as 0.85."""
    signs = series.str.contains("%", regex=False, na=False) if percent else None
    plain = series.str.replace("%", "", regex=False) if percent else series
    numbers, bad = to_decimal(plain, decimal, thousands, money=False)
    if whole:
        fraction = numbers.map(lambda n: n != n.to_integral_value(), na_action="ignore").eq(True)
        exact = [None if n is None or f else int(n) for n, f in zip(numbers, fraction, strict=True)]
        return pd.Series(pd.array(exact, dtype="Int64"), index=series.index), bad | fraction
    real = numbers.astype("float64")
    if percent and (signs.any() or real.max() > 1.5):
        real = real / 100
    return real, bad


def to_instant(series, zones, form=None, dayfirst=None):
    """UTC instants, and what was bad.

    zones : Series, IANA zone of each row's local time; text with an offset of its own ignores it
    form : strptime format, "epoch" or "epoch_ms"; found when None
    An hour that a zone repeats in autumn is the first of the two; one that it skips in spring
    moves forward to the next that exists.
    """
    if form in EPOCHS:
        numbers, bad = to_number(series, whole=True)
        return pd.to_datetime(numbers, unit=EPOCHS[form], utc=True).astype(schema.INSTANT), bad
    offset = by_value(series, lambda text: bool(_OFFSET.search(text))).eq(True)
    utc = pd.Series(pd.NaT, index=series.index, dtype=schema.INSTANT)
    utc[offset] = pd.to_datetime(series[offset], utc=True, errors="coerce", format="mixed")
    local = _local(series.mask(offset), form, dayfirst)
    for zone in zones.unique():
        here = (zones == zone) & ~offset
        first = np.ones(int(here.sum()), dtype=bool)
        part = local[here].dt.tz_localize(zone, ambiguous=first, nonexistent="shift_forward")
        utc = utc.mask(here, part.dt.tz_convert("UTC")) if not here.all() else part.dt.tz_convert("UTC")
    return utc, series.notna() & utc.isna()


def to_day(series, month=False, form=None, dayfirst=None):
    """Days without a zone, and what was bad; `month` gives the first day of the month each one falls in."""
    days = _local(by_value(series, lambda text: _OFFSET.sub(r"\1", text)), form, dayfirst).dt.normalize()
    if month:
        days = days.dt.to_period("M").dt.to_timestamp()
    return days.astype(schema.DAY), series.notna() & days.isna()


def to_flag(series):
    """Booleans, and what was bad."""
    words = {**dict.fromkeys(_TRUE, True), **dict.fromkeys(_FALSE, False)}
    found, bad = _with_bad(series, by_value(series, lambda text: words.get(text.strip().lower())))
    return found.astype("boolean"), bad


def day_comes_first(texts):
    """True, False or None: whether day precedes month in texts like 03/04/2026; None when nothing tells."""
    pairs = pd.Series(texts, dtype=object).str.extract(r"^\s*(\d{1,2})[./-](\d{1,2})[./-]\d{2,4}").dropna().astype(int)
    if (pairs[0] > 12).any():
        return True
    return False if (pairs[1] > 12).any() else None


def two_ways(texts):
    """A text of the column that reads as month/day and as day/month, when nothing in the column decides; else None."""
    if day_comes_first(texts) is not None:
        return None
    return next((text for text in texts if re.match(r"(\d{1,2})[/-](?!\1[/-])\d{1,2}[/-]\d{2,4}", text)), None)


def _local(series, form, dayfirst):
    codes, values = pd.factorize(series)
    if form:
        read = pd.to_datetime(pd.Series(values, dtype=object), format=form, errors="coerce")
    else:
        read = _guess_dates(pd.Series(values, dtype=object), dayfirst)
    found = np.append(read.to_numpy("datetime64[ns]"), np.datetime64("NaT"))
    return pd.Series(found[codes], index=series.index)


def _guess_dates(texts, dayfirst):
    iso = pd.to_datetime(texts, format="ISO8601", errors="coerce", utc=False)
    rest = iso.isna()
    if rest.any():
        if dayfirst is None:
            dayfirst = bool(day_comes_first(texts[rest])) or texts[rest].str.contains(r"^\d{1,2}\.\d{1,2}\.").any()
        iso[rest] = pd.to_datetime(texts[rest], format="mixed", dayfirst=bool(dayfirst), errors="coerce")
    return iso


def _decimal(text, mark):
    number = _number(text, mark)
    return None if number is None or abs(number) > LARGEST else number


def _number(text, mark):
    if mark == "." and _PLAIN.fullmatch(text):
        return Decimal(text)
    found = _AMOUNT.fullmatch(text)
    if not found:
        return None
    whole, _, fraction = found["digits"].strip().partition(mark)
    if not (fraction.isdigit() or not fraction) or not (_GROUPS.fullmatch(whole) or not whole):
        return None
    negative = "(" in text or "-" in text.replace(found["power"] or "", "") or "−" in text
    number = Decimal(f"{re.sub(r'[^0-9]', '', whole) or 0}.{fraction or 0}{found['power'] or ''}")
    return -number if negative else number


def _spread(series, codes, read):
    found = np.empty(len(read) + 1, dtype=object)
    found[:-1] = read
    found[-1] = None
    return pd.Series(found[codes], index=series.index, dtype=object)


def _with_bad(series, values):
    return values, series.notna() & values.isna()
