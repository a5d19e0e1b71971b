import pandas as pd
import pytest

from studiolab import schema

SALE = {
    "studio_id": "oak", "line_id": "1", "order_id": "1", "amount": 900, "currency": "EUR",
    "created_at": pd.Timestamp("2026-01-05T10:00Z"),
}  # fmt: skip


def test_a_frame_comes_back_with_every_column_in_the_order_of_the_schema():
    valid = schema.validate("orders", pd.DataFrame([SALE]))
    assert list(valid) == list(schema.TABLES["orders"].columns)
    assert str(valid["amount"].dtype) == "Int64"
    assert valid["product_id"].isna().all()


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("currency", "eu", "currency: three capital letters, got 'eu' in row 0"),
        ("status", "sold", "status: one of paid, refunded, failed, pending, got 'sold' in row 0"),
        ("amount", None, "amount"),
    ],
)
def test_a_fault_is_named_with_column_rule_value_and_row(column, value, says):
    with pytest.raises(ValueError, match=f"orders: .*{says}"):
        schema.validate("orders", pd.DataFrame([SALE | {column: value}]))


def test_a_column_that_is_not_of_the_table_is_named():
    with pytest.raises(ValueError, match="orders: there is no column 'colour'"):
        schema.validate("orders", pd.DataFrame([SALE | {"colour": "red"}]))


@pytest.mark.parametrize(("currency", "major"), [("USD", 12.34), ("JPY", 1234.0), ("KWD", 1.234)])
def test_minor_units_become_major_by_their_currency(currency, major):
    frame = pd.DataFrame([SALE | {"amount": 1234, "currency": currency}])
    assert schema.to_major("orders", frame)["amount"].tolist() == [major]


def test_a_frame_without_a_currency_speaks_its_own_unit():
    frame = pd.DataFrame({"amount": [12.5]})
    assert schema.to_major("orders", frame) is frame


def test_an_amount_is_written_with_the_decimals_of_its_currency():
    assert [schema.major(123_456, code) for code in ("USD", "JPY", "KWD")] == ["1,234.56", "123,456", "123.456"]
    assert schema.major(500, "EUR", signed=True) == "+5.00"
