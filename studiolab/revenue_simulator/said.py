"""Amounts, shares and months as people write them."""

import pandas as pd

_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹", "AUD": "A$", "CAD": "C$", "NZD": "NZ$"}


def symbol(currency):
    """Sign of an ISO 4217 currency to put before an amount; its code and a space where it has none."""
    return _SYMBOLS.get(currency, f"{currency} ")


def money(amount, currency, signed=False):
    """An amount in major units without decimals: 44120.3 and "USD" give $44,120."""
    return f"{_sign(amount, 0, signed)}{symbol(currency)}{abs(amount):,.0f}"


def percent(share, signed=False, digits=1):
    """A share as a percentage: 0.0512 gives 5.1 %."""
    return f"{_sign(share * 100, digits, signed)}{abs(share) * 100:.{digits}f} %"


def count(number, signed=False):
    """People, classes and the like: 1234.4 gives 1,234."""
    return f"{_sign(number, 0, signed)}{abs(number):,.0f}"


def month_name(month):
    """October 2026 for a Timestamp or YYYY-MM."""
    return f"{pd.Timestamp(month):%B %Y}"


def listed(words):
    """a, b and c."""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def _sign(number, digits, signed):
    rounded = round(number, digits)
    return "−" if rounded < 0 else "+" if signed and rounded > 0 else ""
