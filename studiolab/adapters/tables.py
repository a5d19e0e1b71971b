"""The schema's tables as SQLAlchemy tables, and frames as the values a database takes and gives."""

import datetime
from operator import itemgetter

import numpy as np
import pandas as pd
import sqlalchemy as sa

from studiolab import schema

VIEWS = ("studio_baselines",)

_TYPES = {
    schema.TEXT: sa.Text,
    schema.WHOLE: sa.BigInteger,
    schema.REAL: lambda: sa.Float(53),
    schema.FLAG: sa.Boolean,
    schema.INSTANT: lambda: sa.DateTime(timezone=True),
    schema.DAY: sa.Date,
}

# B-17 and the inbox: (table, columns), the last one descending.
_INDEXES = (
    ("monthly_metrics", "studio_id", "month_year"),
    ("scenarios", "studio_id", "created_at"),
    ("prediction_logs", "studio_id", "predicted_at"),
    ("scenarios", "tags"),
    ("messages", "studio_id", "handle", "sent_at"),
    ("messages", "studio_id", "sent_at"),
    ("contact_events", "studio_id", "happened_at"),
    ("outbox", "state", "send_after"),
)


def _table(name, metadata):
    key = schema.key(name)
    columns = [
        sa.Column(c, _TYPES[str(column.dtype)](), primary_key=c in key, nullable=column.nullable, autoincrement=False)
        for c, column in schema.TABLES[name].columns.items()
    ]
    return sa.Table(name, metadata, *columns)


def _index(table, *columns):
    keys = [table.c[c] for c in columns]
    if len(keys) > 1:
        keys[-1] = keys[-1].desc()
    return sa.Index("ix_" + "_".join((table.name, *columns)), *keys)


METADATA = sa.MetaData()
TABLES = {name: _table(name, sa.MetaData() if name in VIEWS else METADATA) for name in schema.TABLES}
REVISIONS = sa.Table(
    "revisions", METADATA,
    sa.Column("table_name", sa.Text(), primary_key=True), sa.Column("revision", sa.BigInteger(), nullable=False),
)  # fmt: skip
for _name, *_columns in _INDEXES:
    _index(TABLES[_name], *_columns)


def to_rows(name, frame, dialect):
    """`frame`, valid by schema, as a list of tuples with what the driver of `dialect` takes."""
    columns = [_to_values(frame[c], column.type, dialect) for c, column in TABLES[name].c.items()]
    return list(zip(*columns, strict=True))


def _to_values(series, kind, dialect):
    if isinstance(kind, (sa.DateTime, sa.Date)):
        return _instants(series, "D" if isinstance(kind, sa.Date) else "us", dialect)
    if dialect == "sqlite" and isinstance(kind, sa.Boolean):
        series = series.astype("Int8")
    empty = series.isna().to_numpy()
    if not empty.any():
        return series.tolist()
    values = series.to_numpy(dtype=object, copy=True)
    values[empty] = None
    return values.tolist()


def _instants(series, unit, dialect):
    moments = series.dt.tz_localize(None).to_numpy().astype(f"datetime64[{unit}]")
    if dialect != "sqlite":
        zone = datetime.UTC if unit == "us" else None
        return [m if m is None or zone is None else m.replace(tzinfo=zone) for m in moments.tolist()]
    text = np.datetime_as_string(moments)
    if unit == "us" and len(text):
        text.view("U1").reshape(len(text), -1)[:, 10] = " "
    values = text.tolist()
    for empty in np.flatnonzero(np.isnat(moments)):
        values[empty] = None
    return values


def from_dicts(name, rows):
    """`rows`, dicts valid by schema but for days and instants, which are UTC datetimes, as lists for JSON: instants
    are texts without a zone.

    For a log, and a few rows at a time: a frame takes longer to make than they take to write.
    """
    values, known = itemgetter(*TABLES[name].c.keys()), {kind: {None: None} for kind in _PLAINLY}
    moments = [(k, type(column.type)) for k, column in enumerate(TABLES[name].c) if type(column.type) in _PLAINLY]
    lists = [list(values(row)) for row in rows]
    for k, kind in moments:
        texts = known[kind]
        for one in lists:
            moment = one[k]
            if moment not in texts:  # rows of one webhook share theirs
                texts[moment] = _PLAINLY[kind](moment)
            one[k] = texts[moment]
    return lists


_PLAINLY = {
    sa.Date: lambda day: day.date().isoformat(),
    sa.DateTime: lambda moment: moment.replace(tzinfo=None).isoformat(" ", "microseconds"),
}


def from_rows(name, rows, columns):
    """Rows of a raw SELECT of `columns` as a frame with the dtypes of schema table `name`."""
    found = zip(*rows, strict=True) if rows else [()] * len(columns)
    dtypes = [str(schema.TABLES[name].columns[c].dtype) for c in columns]
    return pd.DataFrame({c: _from_values(v, d) for c, v, d in zip(columns, found, dtypes, strict=True)})


def _from_values(values, dtype):
    if dtype == schema.TEXT:
        once = {}  # one string for equal ones: a driver makes a new one for every cell
        values = [once.setdefault(value, value) for value in values]
    series = pd.Series(np.array(values, dtype=object))
    if dtype == schema.INSTANT:
        return pd.to_datetime(series, utc=True, format="ISO8601").astype(dtype)
    if dtype == schema.DAY:
        return pd.to_datetime(series, format="ISO8601").astype(dtype)
    return series if dtype == schema.TEXT else series.astype(dtype)
