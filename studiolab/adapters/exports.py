"""Tables out, for spreadsheets."""

import unicodedata

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
