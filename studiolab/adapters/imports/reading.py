"""A file as it came: a frame of text, the line of each row, and the lines that are no rows."""

import csv
import io
from collections import Counter
from itertools import compress
from pathlib import Path
from typing import NamedTuple

import ftfy
import ftfy.bad_codecs
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet

from studiolab.adapters.errors import StudiolabError

DELIMITERS = ",;\t|"


class Source(NamedTuple):
    """A file's rows as text, by line of the file (the header is 1), and the lines that are no rows."""

    rows: pd.DataFrame  # text, None where empty
    broken: list  # (line, reason, raw)


def read_source(path, delimiter=None, header=None, skip_lines=0, encoding=None):
    """The `Source` of a CSV or parquet file.

    delimiter : one character, or "whitespace"; found by trying when None
    header : names of the columns for a file without a header line
    skip_lines : lines before the header
    encoding : of a CSV; when None by byte-order mark, else UTF-8, else cp1252
    Text that is UTF-8 read as cp1252 somewhere on its way is repaired (KX.7).
    Raises StudiolabError when the file cannot be read or holds no row.
    """
    try:
        data = Path(path).read_bytes()
        if data[:4] == b"PAR1":
            return Source(_from_parquet(data), [])
        text = decode(data, encoding).replace("\0", "")
        if skip_lines:
            text = "\n" * skip_lines + "".join(text.splitlines(keepends=True)[skip_lines:])
        source = _from_csv(text, delimiter or sniff_delimiter(text), header)
    except (OSError, UnicodeError, LookupError, pa.ArrowException, csv.Error) as error:
        raise StudiolabError(
            f"{path} cannot be read: {error}. Check the path, and that it is a CSV or parquet file."
        ) from error
    if source.rows.empty and not source.broken:
        raise StudiolabError(f"{path} holds no row below its header. Export it again with data in it.")
    return source


def decode(data, encoding=None):
    """Bytes of a text file as str; UTF-16 without a mark is known by its zero bytes.

    What is no UTF-8 is read as ftfy's "sloppy" cp1252, which knows every byte.
    """
    if encoding:
        return data.decode(encoding)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16")
    if data[1:400:2].count(0) > 100:
        return data.decode("utf-16-le")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("sloppy-windows-1252")


def sniff_delimiter(text):
    """The delimiter that cuts the first lines into the most columns of equal number."""
    head = "".join(text.lstrip("\n").splitlines(keepends=True)[:50])

    def regularity(delimiter):
        widths = Counter(len(row) for row in csv.reader(io.StringIO(head, newline=""), delimiter=delimiter) if row)
        width, lines = widths.most_common(1)[0] if widths else (0, 0)
        return (width > 1) * lines / max(1, sum(widths.values())), width

    return max(DELIMITERS, key=regularity)


def mend(text):
    """Text with mojibake undone where it shows."""
    return ftfy.fix_encoding(text) if not text.isascii() and ftfy.badness.is_bad(text) else text


def _from_csv(text, delimiter, header):
    lines, rows = _split(text) if delimiter == "whitespace" else _parse(text, delimiter)
    if header is None:
        first = next((i for i, row in enumerate(rows) if any(row)), len(rows))
        header = rows[first] if rows[first:] else []
        lines, rows = lines[first + 1 :], rows[first + 1 :]
    names = [mend(str(name).strip()) for name in header]
    for name, times in Counter(names).items():
        if name and times > 1:
            raise StudiolabError(f"the header names {name!r} twice. Rename one of the two columns in the file.")
    width, broken = len(names), []
    if set(map(len, rows)) - {width}:
        fits = [len(row) == width for row in rows]
        broken = [
            (line, f"{len(row)} fields, the header has {width}", row)
            for line, row, fit in zip(lines, rows, fits, strict=True)
            if not fit and any(cell.strip() for cell in row)
        ]
        lines, rows = [*compress(lines, fits)], [*compress(rows, fits)]
    columns = zip(*rows, strict=True) if rows else [()] * width
    frame = {name: _text_of(np.array(cells, dtype=object)) for name, cells in zip(names, columns, strict=True) if name}
    return Source(pd.DataFrame(frame, index=pd.Index(lines, name="line"), dtype=object).dropna(how="all"), broken)


def _parse(text, delimiter):
    """The first line of each row, and the rows as lists of text."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows = list(reader)
    if reader.line_num == len(rows):
        return range(1, len(rows) + 1), rows
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    ends = [0, *(reader.line_num for _ in reader)]
    return [end + 1 for end in ends[:-1]], rows


def _split(text):
    lines = text.splitlines()
    return range(1, len(lines) + 1), [line.split() for line in lines]


def _from_parquet(data):
    frame = pa.parquet.read_table(pa.BufferReader(data)).to_pandas()
    frame = frame.reset_index(drop=frame.index.name is None and not isinstance(frame.index, pd.MultiIndex))
    lines = pd.RangeIndex(2, len(frame) + 2, name="line")
    return pd.DataFrame({str(name): _text_of(column) for name, column in frame.items()}, index=lines, dtype=object)


def _text_of(column):
    """Array of clean text, None where empty, of text cells or of a typed column as a CSV would hold it."""
    codes, values = pd.factorize(column, use_na_sentinel=True)
    return np.array([*map(_say, values), None], dtype=object)[codes]


def _say(value):
    if isinstance(value, (float, np.floating)):
        return str(int(value)) if value == int(value) and abs(value) < 2**53 else repr(float(value))
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value)).lower()
    return mend(str(value).strip()) or None
