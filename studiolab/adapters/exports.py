"""Tables out, for spreadsheets."""

STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def safe_csv(frame):
    """CSV text of a frame, UTF-8 with a byte-order mark for Excel; a cell that a spreadsheet would run as a formula
    gets an apostrophe before it. Numbers stay numbers."""
    safe = frame.apply(lambda column: column.map(_safe) if column.dtype == object else column)
    return "\ufeff" + safe.rename(columns=_safe).to_csv(index=False, lineterminator="\r\n")


def _safe(cell):
    return f"'{cell}" if isinstance(cell, str) and cell.lstrip(" \u00a0").startswith(STARTS) else cell
