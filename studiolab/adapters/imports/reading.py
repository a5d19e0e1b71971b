"""A file as it came: a frame of text, the line of each row, and the lines that are no rows."""

import csv
import io
import re
from collections import Counter
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
        text = "\n" * skip_lines + "".join(decode(data, encoding).splitlines(keepends=True)[skip_lines:])
    except (OSError, UnicodeError, LookupError, pa.ArrowException) as error:
        raise StudiolabError(
            f"{path} cannot be read: {error}. Check the path, and that it is a CSV or parquet file."
        ) from error
    source = _from_csv(text, delimiter or sniff_delimiter(text), header)
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
        widths = Counter(len(row) for row in csv.reader(io.StringIO(head), delimiter=delimiter) if row)
        width, lines = widths.most_common(1)[0] if widths else (0, 0)
        return (width > 1) * lines / max(1, sum(widths.values())), width

    return max(DELIMITERS, key=regularity)


def mend(series):
    """Text Series with mojibake undone in the values that show it, the others untouched."""
    values = pd.Series(series.dropna().unique(), dtype=object)
    suspect = [v for v in values if not v.isascii() and ftfy.badness.is_bad(v)]
    return series.replace({v: ftfy.fix_encoding(v) for v in suspect}) if suspect else series


def _from_csv(text, delimiter, header):
    records = _split(text) if delimiter == "whitespace" else _parse(text, delimiter)
    if header is None:
        _, header = next(records, (0, []))
    names = mend(pd.Series([str(name).strip() for name in header], dtype=object)).tolist()
    lines, kept, broken = [], [], []
    for line, row in records:
        if len(row) == len(names):
            lines.append(line)
            kept.append(row)
        elif any(cell.strip() for cell in row):
            broken.append((line, f"{len(row)} fields, the header has {len(names)}", row))
    frame = pd.DataFrame(kept, index=pd.Index(lines, name="line"), columns=names, dtype=object)
    return Source(_tidy(frame, mojibake=not text.isascii()), broken)


def _parse(text, delimiter):
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    before = 0
    for row in reader:
        if row and any(row):
            yield before + 1, row
        before = reader.line_num


def _split(text):
    for line, row in enumerate(text.splitlines(), 1):
        if row.strip():
            yield line, row.split()


def _tidy(frame, mojibake):
    frame = frame.loc[:, [bool(name) for name in frame.columns]]
    if frame.columns.has_duplicates:
        twice = frame.columns[frame.columns.duplicated()][0]
        raise StudiolabError(f"the header names {twice!r} twice. Rename one of the two columns in the file.")
    frame = frame.map(str.strip).replace({"": None})
    return frame.apply(mend) if mojibake and len(frame) else frame


def _from_parquet(data):
    frame = pa.parquet.read_table(pa.BufferReader(data)).to_pandas()
    frame = frame.reset_index(drop=frame.index.name is None and not isinstance(frame.index, pd.MultiIndex))
    frame.columns = frame.columns.astype(str)
    frame.index = pd.RangeIndex(2, len(frame) + 2, name="line")
    return frame.apply(_text_of)


def _text_of(series):
    """A typed column as the text a CSV of it would hold; whole floats lose their `.0`."""
    codes, values = pd.factorize(series, use_na_sentinel=True)
    text = [_say(value) for value in values]
    found = np.array([*text, None], dtype=object)
    return mend(pd.Series(found[codes], index=series.index, name=series.name))


def _say(value):
    if isinstance(value, (float, np.floating)):
        return str(int(value)) if value == int(value) and abs(value) < 2**53 else repr(float(value))
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value)).lower()
    return re.sub(r"^\s+|\s+$", "", str(value)) or None
