"""Whether the last months went worse than the model said they would, by a test of known size (B-66)."""

import numpy as np
from pydantic import Field

from studiolab.revenue_simulator.intervals import LEVEL
from studiolab.revenue_simulator.replies import Answer

WINDOW = 3  # months
FALSE_ALARMS = 0.05


class Drift(Answer):
    """Whether the last months went worse than the model's own measured errors let expect."""

    verdict: str = Field(description="as expected, worse than expected, or too early to say")
    message: str
    predictions: int
    outside: int = Field(description="actual figures outside the 90 % interval")
    p_value: float | None = Field(description="chance of as many outside if each is outside one time in ten")
    false_alarm_rate: float = Field(FALSE_ALARMS, description="share of sound models called worse, at most")
    first_month: str | None
    last_month: str | None


def drift(judged):
    """Drift of the last WINDOW months that have come; judged : scored predictions of one kind.

    Each studio's month counts once, and each base month once: the months ahead of one share their error. The interval
    that the log kept is the model's `Errors` as they were when it spoke; those of today have the doubtful months among
    their held-out ones. A sound model's actual figures lie outside one time in ten, so their number is
    Binomial(n, 0.1), and "worse" is said at p <= FALSE_ALARMS (exact one-sided binomial test). A month that hits every
    studio at once is no false alarm: no month like it was among the held-out ones.
    """
    from scipy.stats import binom  # 0.3 s that an answer does not need

    told = judged.dropna(subset=["revenue_low", "revenue_high"]).sort_values(["horizon", "predicted_at"])
    told = told.drop_duplicates(["studio_id", "target_month"]).drop_duplicates(["studio_id", "base_month"])
    months = np.sort(told["target_month"].unique())[-WINDOW:]
    told = told[told["target_month"].isin(months)]
    n, out = len(told), int((~told["actual"].between(told["revenue_low"], told["revenue_high"])).sum())
    found = {"predictions": n, "outside": out, "first_month": None, "last_month": None, "p_value": None}
    if n:
        first, last = told["target_month"].min(), told["target_month"].max()
        found |= {"first_month": f"{first:%Y-%m}", "last_month": f"{last:%Y-%m}"}
    if (1 - LEVEL) ** n > FALSE_ALARMS:
        return Drift(
            verdict="too early to say", message=f"Too early to say: predictions whose month has come: {n}.", **found
        )
    p = float(binom.sf(out - 1, n, 1 - LEVEL))
    found["p_value"] = round(p, 6)
    counted = f"{out} of {n} figures lie outside their 90 % interval, {n * (1 - LEVEL):.1f} are expected"
    if p > FALSE_ALARMS:
        return Drift(verdict="as expected", message=f"As expected: {counted}.", **found)
    off = (told["actual"] / told["predicted_revenue"]).median() - 1
    side = f"the middle one is {abs(off):.1%} {'above' if off > 0 else 'below'} its prediction"
    message = f"Worse than expected: {counted}; {side}."
    return Drift(verdict="worse than expected", message=message, **found)
