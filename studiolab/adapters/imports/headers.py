"""Which header of a file feeds which column: by the mapping, by name, and by the look of the values."""

from difflib import SequenceMatcher
from functools import cache
from pathlib import Path

import pandas as pd
import yaml

from studiolab import schema
from studiolab.adapters.errors import StudiolabError
from studiolab.adapters.imports import values
from studiolab.adapters.imports.mapping import IMPORTABLE, plain

SURE_ENOUGH = 0.5
_SAMPLE = 200

# What a file must hold to be this table: one column of each group.
NEEDED = {
    "orders": [("amount",), ("created_at",)],
    "monthly_metrics": [("month_year",), ("total_revenue",)],
    "members": [("member_id",), ("joined_at", "member_name", "email")],
    "visits": [("member_id",), ("attended_at",), ("status",)],
    "class_sessions": [("starts_at",), ("class_name", "class_id")],
    "products": [("product_id",), ("price", "cost")],
}


@cache
def names():
    """The table of other names: `columns` and `values`, each by table and column."""
    return yaml.safe_load((Path(__file__).parent / "names.yml").read_text(encoding="utf-8"))


def choose(rows, mappings):
    """(mapping, table, matches) that explain the file best.

    rows : DataFrame of text; mappings : list of Mapping, one of which is taken
    matches : DataFrame column, header, confidence in [0, 1], how ("mapping" | "name" | "constant")
    Raises StudiolabError when no table has what it needs; the message says what is lacking.
    """
    options = [(m, t, match(rows, m, t)) for m in mappings for t in ([m.table] if m.table else IMPORTABLE)]
    complete = [option for option in options if not lacking(option[1], option[2])]
    if not complete:
        lacks = "; ".join(f"{t} lacks {' and '.join(lacking(t, found))}" for _, t, found in options)
        headers = ", ".join(map(str, rows.columns))
        raise StudiolabError(f"no table fits the headers {headers}: {lacks}. Name the columns in a mapping file.")
    return max(complete, key=lambda option: option[2]["confidence"].sum())


def lacking(table, matches):
    """The needed columns of `table` that nothing feeds."""
    found = set(matches["column"])
    return [" or ".join(group) for group in NEEDED[table] if not found & set(group)]


def match(rows, mapping, table):
    """DataFrame column, header, confidence, how: each column of `table` and each header used at most once."""
    by_mapping = [
        (column, " + ".join(there), 1.0, "mapping")
        for column, cell in mapping.columns.items()
        if (there := [h for h in cell.headers if h in rows]) and (not cell.multiply or there == cell.multiply)
    ]
    constants = [(column, repr(value), 1.0, "constant") for column, value in mapping.constants.items()]
    taken = {column for column, *_ in by_mapping + constants} | set(mapping.columns)
    free = [h for h in rows if h not in mapping.headers]
    wanted = [c for c in names()["columns"][table] if c not in taken]
    scores = [(_confidence(rows[h], h, table, c, mapping.date_format), c, h) for c in wanted for h in free]
    by_name, used = [], set()
    for score, column, header in sorted(scores, key=lambda s: -s[0]):
        if score >= SURE_ENOUGH and column not in taken and header not in used:
            by_name.append((column, header, round(score, 2), "name"))
            taken.add(column)
            used.add(header)
    return pd.DataFrame([*by_mapping, *constants, *by_name], columns=["column", "header", "confidence", "how"])


def _confidence(series, header, table, column, form):
    spoken = _name_confidence(plain(header), table, column)
    return spoken * _shape_confidence(series, table, column, form) if spoken >= SURE_ENOUGH else 0.0


@cache
def _name_confidence(header, table, column):
    if header == plain(column):
        return 1.0
    others = [plain(name) for name in names()["columns"][table][column]]
    if header in others:
        return 0.95 - 0.005 * others.index(header)
    likeness = max(SequenceMatcher(None, header, name).ratio() for name in [plain(column), *others])
    return 0.8 * likeness if likeness >= 0.8 else 0.0


def _shape_confidence(series, table, column, form):
    """1 when a sample reads as the column's type, down to 0.3 when none of it does."""
    sample = series.dropna().head(_SAMPLE)
    dtype = str(schema.TABLES[table].columns[column].dtype)
    if sample.empty or dtype == schema.TEXT:
        return 1.0
    if dtype in (schema.INSTANT, schema.DAY):
        _, bad = values.to_instant(sample, pd.Series("UTC", index=sample.index), form)
    elif dtype == schema.FLAG:
        _, bad = values.to_flag(sample)
    else:
        _, bad = values.to_number(sample, whole=False, percent=True)
    return 0.3 + 0.7 * float(1 - bad.mean())
