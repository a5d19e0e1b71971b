import pandas as pd
import pytest

from studiolab.adapters.errors import StudiolabError
from studiolab.adapters.imports.headers import choose, match
from studiolab.adapters.imports.mapping import Mapping


def rows(**columns):
    return pd.DataFrame(columns, dtype=object)


def fed(matches):
    return dict(zip(matches["column"], matches["header"], strict=True))


SALES = rows(
    **{"Order No": ["A1"], "Sale Date": ["2026-01-05"], "Client ID": ["007"], "Total": ["12,50"], "Qty": ["1"]}
)


def test_a_sales_export_is_recognised_by_its_headers():
    _, table, matches = choose(SALES, [Mapping()])
    assert table == "orders"
    assert fed(matches) == {
        "order_id": "Order No",
        "created_at": "Sale Date",
        "customer_id": "Client ID",
        "amount": "Total",
        "quantity": "Qty",
    }
    assert matches["confidence"].between(0.9, 1).all()


@pytest.mark.parametrize(
    ("file", "table"),
    [
        (rows(Id=["1"], FirstName=["Ana"], Email=["a@b.c"], CreationDate=["2026-01-05"]), "members"),
        (rows(ClientId=["1"], StartDateTime=["2026-01-05T10:00"], Status=["Attended"], Name=["Yoga"]), "visits"),
        (
            rows(Id=["1"], Class=["Yoga"], StartDateTime=["2026-01-05T10:00"], Staff=["Ana"], Capacity=["12"]),
            "class_sessions",
        ),
        (rows(Month=["2026-01"], Revenue=["4000"], Members=["120"]), "monthly_metrics"),
    ],
)
def test_each_kind_of_export_finds_its_table(file, table):
    assert choose(file, [Mapping()])[1] == table


def test_a_column_whose_values_do_not_look_the_part_loses_confidence():
    good = match(rows(Date=["2026-01-05"], Total=["1"]), Mapping(), "orders").set_index("column")["confidence"]
    bad = match(rows(Date=["tomorrow"], Total=["1"]), Mapping(), "orders").set_index("column")["confidence"]
    assert good["created_at"] > 0.9
    assert "created_at" not in bad


def test_a_mapping_outranks_a_name_and_a_constant_needs_no_column():
    mapping = Mapping(table="orders", columns={"amount": "Qty"}, constants={"currency": "USD"})
    found = match(SALES, mapping, "orders").set_index("column")
    assert found.loc["amount", ["header", "how"]].tolist() == ["Qty", "mapping"]
    assert found.loc["currency", "how"] == "constant"


def test_a_misspelt_header_is_found_with_less_confidence():
    found = match(rows(Custommer=["7"], Total=["1"], Date=["2026-01-05"]), Mapping(), "orders").set_index("column")
    assert found.loc["customer_id", "header"] == "Custommer"
    assert 0.5 < found.loc["customer_id", "confidence"] < 0.8


def test_headers_that_fit_nothing_are_refused_with_what_each_table_lacks():
    with pytest.raises(StudiolabError, match="orders lacks amount and created_at") as caught:
        choose(rows(Foo=["1"], Bar=["2"]), [Mapping()])
    assert "Name the columns in a mapping file" in str(caught.value)
