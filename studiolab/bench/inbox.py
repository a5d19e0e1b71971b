"""The scorecard of the inbox, each figure with its goal and the naive one beside it."""

from studiolab.bench import score

PARTS = {
    "ingest": "ingest", "mail": "mail", "hostile": "hostile", "live": "inbox_live", "search": "inbox_search",
    "leads": "leads", "retrieval": "retrieval", "intents": "intents",
}  # fmt: skip


def scorecard(parts=tuple(PARTS), data=None, say=lambda text: None):
    """Tables by part.

    parts : names of PARTS; data : folder that holds `banking77` and `bank_marketing`; without it what needs them says
    "skipped: no data"; say : function that is told what is being done
    Returns dict of part to DataFrame of score.COLUMNS. Raises ValueError for a part that is not known.
    """
    return score.of_parts(PARTS, parts, data, say)
