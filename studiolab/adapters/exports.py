"""Tables out, for spreadsheets and dashboards of other makers."""

import os
import tempfile
import unicodedata
from pathlib import Path

from studiolab.adapters.errors import StudiolabError

FORMS = ("parquet", "csv")
STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def safe_csv(frame):
    """CSV text of a frame, UTF-8 with a byte-order mark for Excel; a cell that a spreadsheet would run as a formula
    gets an apostrophe before it. Numbers stay numbers."""
    safe = frame.apply(lambda column: column.map(_safe) if column.dtype == object else column)
    return "\ufeff" + safe.rename(columns=_safe).to_csv(index=False, lineterminator="\r\n")


def _safe(cell):
    if not isinstance(cell, str):
        return cell
    seen = unicodedata.normalize("NFKC", "".join(c for c in cell if c in STARTS or c.isprintable())).lstrip(" ")
    return f"'{cell}" if seen.startswith(STARTS) else cell


def write_tables(frames, folder, form="parquet", force=False):
    """List of Paths: each frame is a whole file in `folder`, or nothing of them all is.

    frames : dict of name to DataFrame; form : one of FORMS, a CSV as `safe_csv`; force : replace files of these names
    Raises StudiolabError for a form or a folder that cannot be used, and for files that are there already.
    """
    if form not in FORMS:
        raise StudiolabError(f"no format {form!r}: it is one of {', '.join(FORMS)}")
    paths = {name: folder / f"{name}.{form}" for name in frames}
    there = [path.name for path in paths.values() if path.exists()]
    if there and not force:
        raise StudiolabError(f"{folder} has {', '.join(there)} already: name another folder, or replace with --force")
    begun = {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, frame in frames.items():
            handle, begun[name] = tempfile.mkstemp(dir=folder, prefix=f".{name}-")
            with os.fdopen(handle, "wb") as file:
                file.write(safe_csv(frame).encode() if form == "csv" else frame.to_parquet(index=False))
        for name, path in paths.items():
            os.replace(begun.pop(name), path)
    except OSError as error:
        raise StudiolabError(f"{folder} cannot take the tables: {error.strerror or error}") from error
    finally:
        for temporary in begun.values():
            Path(temporary).unlink(missing_ok=True)
    return list(paths.values())
