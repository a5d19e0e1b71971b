"""The scorecard of product recommendations, each figure with its goal and the naive one beside it."""

from studiolab.bench import score

PARTS = {
    "cross-sell": "cross_sell", "calibration": "calibration", "value": "customer_value", "policy": "uplift",
    "experiments": "experiments", "contacts": "contacts", "speed": "product_speed",
}  # fmt: skip


def scorecard(parts=tuple(PARTS), data=None, say=lambda text: None):
    """Tables by part.

    parts : names of PARTS; data : folder that holds `uci_online_retail` and `cdnow`; without it what needs them says
    "skipped: no data"; say : function that is told what is being done
    Returns dict of part to DataFrame of score.COLUMNS. Raises ValueError for a part that is not known.
    """
    return score.of_parts(PARTS, parts, data, say)
