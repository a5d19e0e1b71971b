"""What an experiment measured that showing an offer adds, for who decides what a client is told next.

A lift that may be chance is drawn towards none, by the part of its square that its error explains (James and Stein
1961, for a single figure). In 240 planted experiments of `bench.experiments` (lifts of 0, 2, 4 and 8 points) that
lessened the squared error by six sevenths where nothing was there, and never raised it.
"""

from typing import NamedTuple

from studiolab.product_recommender.experiment.trial import WIDE

HELD_BACK = ("holdout", "nothing")  # names of an arm whose clients are told nothing


class Added(NamedTuple):
    """value, low, high : what being told adds, times the chance that a client buys unasked; value is drawn towards
    none, low to high are as measured; says : a sentence without its full stop."""

    value: float
    low: float
    high: float
    says: str


def added(report, usual=None):
    """`Added` of an experiment; where several arms were shown the offer, of the one that sold most.

    report : Report; usual : mean chance that those who took part buy what they are offered, without being asked; of
        an experiment on one product what its control bought
    Raises ValueError with a sentence on why nothing may be taken from it.
    """
    asked = report.experiment
    if asked.control not in HELD_BACK:
        raise ValueError(f"it compares with {asked.control!r}, and nobody is left alone; the arm of those would be "
                         f"called {' or '.join(HELD_BACK)}")  # fmt: skip
    if report.state != "decided":
        raise ValueError({
            "running": "it has not told yet, and a lift looked at too soon is mostly chance",
            "stopped": "it was stopped before it could tell", "do not trust": "it is not to be trusted",
        }[report.state])  # fmt: skip
    known = [one for one in report.lifts if one.metric == "conversion" and _tells(one, asked.smallest_lift)]
    if not known:
        raise ValueError("it ended without an answer: showing the offer may bring more or less than holding it back")
    found = max(known, key=lambda one: one.lift)
    if usual is None:
        own = next(one for one in report.arms if one.arm == asked.control)
        usual = (own.buyers + 1) / (own.counted + 2)  # as if one more had bought and one more had not
    kept = _kept(found) * found.lift
    low, lift, high = (100 * value for value in (found.low, found.lift, found.high))
    says = f"measured in experiment {asked.name!r}: {lift:+.1f} points [{low:.1f}, {high:.1f}]"
    says += f" by {found.arm!r}" if len(asked.arms) > 2 else ""
    if round(100 * kept, 1) != round(lift, 1):
        says += f", of which {100 * kept:+.1f} count, as the rest may be chance"
    return Added(*(float(value / usual) for value in (kept, found.low, found.high)), says)


def _tells(found, smallest):
    """Whether all of a lift's interval is on one side of zero, or below what is of interest."""
    return found.low is not None and (found.low > 0 or found.high < 0 or (found.decides and found.high < smallest))


def _kept(found):
    """Share of a lift that stays; its half interval is at least WIDE errors, the more the sooner it was decided."""
    error = (found.high - found.low) / 2 / WIDE
    return max(0.0, 1 - (error / found.lift) ** 2) if found.lift else 0.0
