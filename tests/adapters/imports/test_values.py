from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiolab.adapters.imports.values import (
    day_comes_first,
    decimal_mark,
    to_day,
    to_flag,
    to_instant,
    to_minor,
    to_number,
)

UTC_ZONE = "UTC"


def texts(*values):
    return pd.Series(values, dtype=object)


def minor(*amounts, currency="EUR", scale=1, **marks):
    cents, bad = to_minor(
        texts(*amounts).to_frame("amount"), pd.Series(currency, index=range(len(amounts))), scale, **marks
    )
    return [None if b else c for c, b in zip(cents, bad, strict=True)]


def utc(*local, zone="Europe/Berlin", **how):
    return to_instant(texts(*local), pd.Series(zone, index=range(len(local))), **how)


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("12.34", 1234), ("12,34", 1234), ("1.234,56", 123456), ("1,234.56", 123456), ("1 234,56 €", 123456),
        ("1\u00a0234,5", 123450), ("CHF 1'234.50", 123450), ("$-5", -500), ("-$5.10", -510), ("(5.10)", -510),
        ("($1,005.10)", -100510), ("5.10-", -510), ("−3,20", -320), ("US$ 7", 700), ("Rs. 500", 50000),
        ("₹1,00,000", 10000000),
        ("0.1", 10), (".5", 50), ("1e3", 100000), ("1E-05", 0), ("+4", 400), ("1,234", 123400), ("1.234", 123400),
        ("0.125", 12),
    ],
)  # fmt: skip
def test_money_is_read_as_people_write_it(text, cents):
    assert minor(text) == [cents]


@pytest.mark.parametrize("text", ["", "n/a", "1.2.3,4", "12.34.56", "--", "1,23,4.5", "abc12", "12:30", "03.04.2026"])
def test_what_is_no_amount_is_marked_and_not_guessed(text):
    assert minor(text, decimal=".") == [None]


def test_a_column_is_read_with_one_decimal_mark():
    assert minor("1.234,00", "1.234", "5,5") == [123400, 123400, 550]
    assert minor("1,234.00", "1,234", "5.5") == [123400, 123400, 550]
    assert minor("1.234", "5.50") == [123, 550]
    assert minor("1.234", decimal=".") == [123]
    assert minor("1.234", thousands=".") == [123400]


def test_currencies_have_their_own_minor_units():
    assert minor("1200", currency="JPY") == [1200]
    assert minor("1.250", "0.5", currency="KWD", decimal=".") == [1250, 500]


def test_a_price_times_a_quantity_is_exact_and_a_half_cent_goes_to_the_even_cent():
    factors = pd.DataFrame({"quantity": texts("3", "5", "-12", "1"), "price": texts("0.335", "0.5", "6.95", "0.001")})
    cents, bad = to_minor(factors, pd.Series("GBP", index=range(4)))
    assert cents.tolist() == [100, 250, -8340, 0]
    assert not bad.any()
    assert minor("0.125", "0.135", decimal=".") == [12, 14]


def test_millions_are_scaled_without_drift():
    assert minor("4.4", "6.1", currency="AUD", scale=1_000_000, decimal=".") == [440_000_000, 610_000_000]


WRITERS = {
    "point": lambda n: f"{n:,.2f}",
    "comma": lambda n: f"{n:,.2f}".translate(str.maketrans(",.", ".,")),
    "blank": lambda n: f"{n:,.2f}".replace(",", "\u202f").replace(".", ",") + " €",
    "brackets": lambda n: f"({-n:,.2f})" if n < 0 else f"{n:,.2f}",
}


@pytest.mark.parametrize("writer", WRITERS)
@given(amounts=st.lists(st.integers(-(10**12), 10**12), min_size=1))
def test_money_written_in_any_style_comes_back_to_the_cent(writer, amounts):
    written = [WRITERS[writer](Decimal(cents) / 100) for cents in amounts]
    assert minor(*written) == amounts


@given(st.lists(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=3)))
def test_numbers_written_plainly_come_back(numbers):
    read, bad = to_number(texts(*map(str, numbers)), whole=False, decimal=".")
    assert read.tolist() == [float(n) for n in numbers]
    assert not bad.any()


def test_outside_money_a_lone_point_is_decimal():
    assert to_number(texts("12.345", "8.125"), whole=False)[0].tolist() == [12.345, 8.125]
    assert decimal_mark(["12.345"], money=False) == "."


def test_rates_are_read_as_shares_or_percent():
    assert to_number(texts("0.85", "1"), whole=False, percent=True)[0].tolist() == [0.85, 1.0]
    assert to_number(texts("85 %", "7,5%"), whole=False, percent=True)[0].tolist() == [0.85, 0.075]
    assert to_number(texts("85", "0"), whole=False, percent=True)[0].tolist() == [0.85, 0.0]


def test_a_fraction_is_no_count():
    counts, bad = to_number(texts("3", "3.0", "3.5", None), whole=True)
    assert counts[:2].tolist() == [3, 3]
    assert bad.tolist() == [False, False, True, False]


def test_local_times_become_utc_and_own_offsets_count():
    instants, bad = utc(
        "2026-01-15 18:00", "15.07.2026 18:00", "2026-07-15T18:00:00+05:30", "2026-07-15 18:00Z", None, "soon"
    )
    assert instants[:4].dt.strftime("%m-%dT%H:%M").tolist() == [
        "01-15T17:00",
        "07-15T16:00",
        "07-15T12:30",
        "07-15T18:00",
    ]
    assert bad.tolist() == [False] * 5 + [True]


def test_a_skipped_hour_moves_forward_and_a_repeated_one_is_the_first():
    instants, bad = utc("2026-03-29 02:30", "2026-10-25 02:30", "2026-10-25 03:00")
    assert instants.dt.strftime("%dT%H:%M").tolist() == ["29T01:00", "25T00:30", "25T02:00"]
    assert not bad.any()


@given(
    st.datetimes(min_value=pd.Timestamp("1990-01-01"), max_value=pd.Timestamp("2040-01-01")),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]),
)
def test_every_local_time_of_every_zone_becomes_one_instant_near_it(local, zone):
    instants, bad = utc(local.isoformat(sep=" "), zone=zone)
    back = instants[0].tz_convert(zone).tz_localize(None)
    assert not bad.any()
    assert abs(back - pd.Timestamp(local)) <= pd.Timedelta(hours=1)


def test_rows_of_two_zones_are_read_in_their_own():
    instants, _ = to_instant(texts("2026-01-15 12:00", "2026-01-15 12:00"), texts("Asia/Tokyo", "America/Denver"))
    assert instants.dt.hour.tolist() == [3, 19]


def test_a_column_tells_whether_the_day_comes_first():
    assert day_comes_first(["03/04/2026", "13/04/2026"]) is True
    assert day_comes_first(["03/04/2026", "04/13/2026"]) is False
    assert day_comes_first(["03/04/2026"]) is None
    days, _ = to_day(texts("03/04/2026", "13/04/2026"))
    assert days.tolist() == [pd.Timestamp("2026-04-03"), pd.Timestamp("2026-04-13")]
    assert to_day(texts("03/04/2026"), dayfirst=True)[0][0] == pd.Timestamp("2026-04-03")
    assert to_day(texts("03/04/2026"))[0][0] == pd.Timestamp("2026-03-04")


def test_epochs_and_given_formats_are_read():
    assert utc("1767225600", form="epoch")[0][0] == pd.Timestamp("2026-01-01T00:00Z")
    assert utc("1767225600000", form="epoch_ms")[0][0] == pd.Timestamp("2026-01-01T00:00Z")
    assert to_day(texts("19970112"), form="%Y%m%d")[0][0] == pd.Timestamp("1997-01-12")


@pytest.mark.parametrize(
    "text", ["2026-03", "2026-03-31", "31.03.2026", "Mar 2026", "2026-03-31T23:59:59Z", "03/31/2026"]
)
def test_any_day_names_its_month(text):
    months, bad = to_day(texts(text), month=True)
    assert months.tolist() == [pd.Timestamp("2026-03-01")]
    assert not bad.any()


def test_flags_are_words_and_digits_in_either_case():
    flags, bad = to_flag(texts("TRUE", "no", "1", None, "maybe"))
    assert flags[:3].tolist() == [True, False, True]
    assert bad.tolist() == [False, False, False, False, True]
