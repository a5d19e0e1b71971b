"""Rows of text into rows of a table: each value read, each key made, each row that cannot be used set aside."""

import json
import re
from fnmatch import fnmatchcase
from functools import reduce
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
import pandas as pd

from studiolab import schema
from studiolab.adapters.imports import values
from studiolab.adapters.imports.headers import names
from studiolab.adapters.imports.mapping import Cell

# The key that a file may lack, and what it is then made of: content that a later export repeats as it is.
MADE_KEYS = {
    "orders": ("line_id", "order_id customer_id product_id product_name quantity amount created_at".split()),
    "visits": ("visit_id", "member_id class_id class_name attended_at".split()),
    "class_sessions": ("class_id", "class_name starts_at room_id instructor_id".split()),
}

HAPPENED = {"orders": "created_at", "monthly_metrics": "month_year"}  # when what a row tells of was over


class Shaped(NamedTuple):
    """`frame`: rows ready for the table; `rejected`: DataFrame line, column, reason, raw."""

    frame: pd.DataFrame
    rejected: pd.DataFrame


class Given(NamedTuple):
    """What the caller knows about the file: ids and zone of its studio, and what the database knows of studios."""

    studio_id: str | None = None
    currency: str | None = None
    timezone: str | None = None
    studios: pd.DataFrame = pd.DataFrame(columns=["studio_id", "currency", "timezone"])


def shape(source, mapping, table, matches, given):
    """`Shaped` rows of `table` from a `reading.Source`.

    matches : as `headers.match` gives; given : `Given`
    Money is rounded half to even where a file is finer than the currency. A row that breaks a
    rule of the schema goes to `rejected` with the first rule it broke; of rows with one key the
    last stays.
    """
    rows, rejects = source.rows, _Rejects(source.rows)
    _leave_out(rows, mapping, rejects)
    fed = matches[matches["how"] != "constant"].set_index("column")["header"]
    text = {c: cell_of(rows, mapping.columns.get(c) or Cell(first=[header])) for c, header in fed.items()}
    text |= {c: pd.Series(v, index=rows.index, dtype=object) for c, v in mapping.constants.items()}
    frame = _read(rows, text, fed.index, mapping, table, given, rejects)
    frame = _complete(frame, table)
    _judge(frame, table, rejects)
    _refuse_future(frame, table, rejects)
    return Shaped(frame[~rejects.rejected], rejects.frame(source.broken))


def _refuse_future(frame, table, rejects):
    """A sale or a month ahead of now is a mistyped year, unless most of the file is: then the clock here is wrong."""
    column = HAPPENED.get(table)
    if column is not None:
        moment = frame[column].dt.tz_localize("UTC") if frame[column].dt.tz is None else frame[column]
        ahead = moment > pd.Timestamp.now("UTC") + pd.Timedelta(days=1)
        if ahead.mean() <= 0.5:
            rejects.mark(ahead, column, "lies in the future; is the year right?", frame[column])


def local_zones(studio_ids, mapping, given):
    """Series of IANA zones: the caller's, else the mapping's, else the studio's in the database, else UTC."""
    fixed = given.timezone or mapping.timezone
    if fixed:
        return pd.Series(fixed, index=studio_ids.index)
    known = given.studios.set_index("studio_id")["timezone"].dropna()
    return studio_ids.map(known).fillna("UTC")


def _leave_out(rows, mapping, rejects):
    for rule in mapping.skip:
        if rule.header in rows:
            rejects.mark(_matches(rows[rule.header], rule.matches) != rule.unless, rule.header, rule.reason)


def _matches(series, pattern):
    whole = re.compile(pattern, re.IGNORECASE)
    return values.by_value(series.fillna(""), lambda text: bool(whole.fullmatch(text))).astype(bool)


def cell_of(rows, cell):
    """Text Series of a mapping's `Cell`; for `multiply` the DataFrame of its factors."""
    there = [h for h in cell.headers if h in rows]
    if cell.multiply:
        return rows[there]
    if cell.first:
        return reduce(pd.Series.fillna, [rows[h] for h in there])
    parts = [rows[h].fillna("") if h in rows else pd.Series("", index=rows.index) for h in cell.headers]
    joined = parts[0].str.cat(parts[1:], sep=cell.by) if len(parts) > 1 else parts[0]
    return joined.str.replace(r"\s+", " ", regex=True).str.strip() if cell.by == " " else joined


def _read(rows, text, fed, mapping, table, given, rejects):
    """Frame of the columns found, each with the schema's dtype; text that cannot be read is marked.

    fed : columns that the file itself says; its currency goes above the caller's
    """
    read = {"studio_id": _identity(text, "studio_id", given.studio_id, rows.index)}
    if "currency" in schema.TABLES[table].columns:
        home = read["studio_id"].map(given.studios.set_index("studio_id")["currency"])
        said = text["currency"] if "currency" in fed else _identity(text, "currency", given.currency, rows.index)
        read["currency"] = said.fillna(given.currency).fillna(home) if given.currency else said.fillna(home)
        read["currency"] = values.by_value(read["currency"], str.upper)
    zones = local_zones(read["studio_id"], mapping, given)
    for column, series in text.items():
        if column in read:
            continue
        read[column], bad = _value(series, column, table, mapping, zones, read.get("currency"), rows)
        rejects.mark(bad, column, "cannot be read", series)
    return pd.DataFrame(read, index=rows.index)


def _identity(text, column, given, index):
    if given or column not in text:
        return pd.Series(given, index=index, dtype=object)
    return text[column]


def _value(series, column, table, mapping, zones, currency, rows):
    spec = schema.TABLES[table].columns[column]
    dtype, unit = str(spec.dtype), (spec.metadata or {}).get("unit")
    marks = {"decimal": mapping.decimal, "thousands": mapping.thousands}
    if unit == "minor":
        return _money(series, column, mapping, currency, rows, marks)
    if dtype in (schema.WHOLE, schema.REAL):
        return values.to_number(series, dtype == schema.WHOLE, percent=unit == "share", **marks)
    if dtype == schema.INSTANT:
        return values.to_instant(series, zones, mapping.date_format, mapping.dayfirst)
    if dtype == schema.DAY:
        return values.to_day(series, unit == "month", mapping.date_format, mapping.dayfirst)
    if dtype == schema.FLAG:
        return values.to_flag(series)
    return _text(series, column, table, mapping), pd.Series(False, index=series.index)


def _money(series, column, mapping, currency, rows, marks):
    if column in mapping.minor_units:
        minor, bad = values.to_number(series, whole=True, **marks)
    else:
        factors = series if isinstance(series, pd.DataFrame) else series.to_frame(column)
        minor, bad = values.to_minor(factors, currency, mapping.scale.get(column, 1), **marks)
    for header, pattern in mapping.negative.items():
        if header in rows:
            minor = minor.mask(_matches(rows[header], pattern), -minor.abs())
    return minor, bad


def _text(series, column, table, mapping):
    patterns = mapping.values.get(column) or names()["values"][table].get(column)
    if patterns:
        rules = [(pattern.lower(), to) for pattern, to in patterns.items()]
        return values.by_value(series, lambda v: next((to for p, to in rules if fnmatchcase(v.lower(), p)), v))
    return values.by_value(series, lambda v: re.sub(r"^(\d+)\.0$", r"\1", v)) if column.endswith("_id") else series


def _complete(frame, table):
    """What the file need not say: status of an order by its sign, its order, the key, ids of months."""
    if table == "orders":
        if "status" not in frame:
            frame["status"] = frame["amount"].lt(0).map({True: "refunded", False: "paid"})
        if "order_id" not in frame:
            who = frame["customer_id"].fillna("") if "customer_id" in frame else ""
            frame["order_id"] = frame["created_at"].dt.strftime("%Y%m%dT%H%M%SZ") + "-" + who
    if table == "monthly_metrics":
        frame["metric_id"] = schema.metric_id(frame["studio_id"], frame["month_year"])
    made = MADE_KEYS.get(table)
    if made and made[0] not in frame:
        frame[made[0]] = _made_key(frame, made[1])
    for column, spec in schema.TABLES[table].columns.items():
        if column not in frame:
            dtype = object if str(spec.dtype) == schema.TEXT else str(spec.dtype)
            frame[column] = pd.Series(None, index=frame.index, dtype=dtype)
    return frame[list(schema.TABLES[table].columns)]


def _made_key(frame, parts):
    """First part, a hash of all parts, and the number among identical rows: the same in every export of the row."""
    said = [_said(frame[p]) if p in frame else [""] * len(frame) for p in parts]
    digest = [blake2b("\x1f".join(parts).encode(), digest_size=6).hexdigest() for parts in zip(*said, strict=True)]
    twins = pd.DataFrame({"studio": frame["studio_id"].to_numpy(), "digest": digest})
    number = twins.groupby(["studio", "digest"], sort=False, dropna=False).cumcount() + 1
    lead = said[0] if parts[0] == "order_id" else [""] * len(frame)
    return [f"{first}-{d}-{n}" if first else f"{d}-{n}" for first, d, n in zip(lead, digest, number, strict=True)]


def _said(series):
    """One text for one value, whatever the export: instants as seconds since 1970, empty as nothing."""
    if isinstance(series.dtype, pd.DatetimeTZDtype):
        series = series.dt.tz_localize(None).to_numpy().astype("datetime64[s]").astype("int64")
    codes, found = pd.factorize(series)
    return np.array([*map(str, found), ""], dtype=object)[codes].tolist()


def _judge(frame, table, rejects):
    """Mark every row that breaks a rule of the schema, or whose key a later row carries again."""
    for column, spec in schema.TABLES[table].columns.items():
        if not spec.nullable:
            rejects.mark(frame[column].isna(), column, "is empty")
        distinct = frame[column].dropna().drop_duplicates() if spec.checks else ()
        for check in spec.checks if len(distinct) else ():
            wrong = distinct[~check(distinct).check_output.astype(bool)]
            if len(wrong):
                reason = f"is not {check.error or check.name}"
                rejects.mark(frame[column].isin(wrong), column, reason, frame[column])
    key = list(schema.key(table))
    good = frame[~rejects.rejected]
    again = good.duplicated(key, keep="last").reindex(frame.index, fill_value=False)
    rejects.mark(again, key[-1], "a later line has the same", frame[key[-1]])
    good = frame[~rejects.rejected]
    for check in schema.TABLES[table].checks if len(good) else ():
        passed = check(good).check_output.reindex(frame.index, fill_value=True).astype(bool)
        rejects.mark(~passed, None, check.error)


class _Rejects:
    """The first reason against each row."""

    def __init__(self, rows):
        self._rows = rows
        self.rejected = pd.Series(False, index=rows.index)
        self._found = []

    def mark(self, bad, column, reason, came=None):
        fresh = bad.fillna(False).astype(bool) & ~self.rejected
        if fresh.any():
            lines = fresh.index[fresh]
            shown = [""] * len(lines) if came is None else [": " + v for v in _shown(came[fresh])]
            self._found.append([(line, column, reason + v) for line, v in zip(lines, shown, strict=True)])
            self.rejected |= fresh

    def frame(self, broken):
        found = pd.DataFrame([f for part in self._found for f in part], columns=["line", "column", "reason"])
        found["raw"] = [_filled(row) for row in self._rows.loc[found["line"]].to_dict("records")]
        odd = pd.DataFrame([(n, None, why, row) for n, why, row in broken], columns=found.columns)
        both = pd.concat([f for f in (found, odd) if len(f)] or [found]).sort_values("line", ignore_index=True)
        return both.assign(raw=[json.dumps(raw, ensure_ascii=False) for raw in both["raw"]])


def _filled(row):
    return {header: value for header, value in row.items() if value is not None}


def _shown(came):
    text = came.astype(str)
    return text.agg(" × ".join, axis=1) if isinstance(came, pd.DataFrame) else text
