"""A candidate beside the present model: what may be asked, how both are judged, and what comes of it (B-59, K1.34).

`full` learns everything anew from all months. `incremental` goes on from a model that knows nothing of the latest
months: what studios have in common, slopes, seasons and speeds, stays as it was, and only what tells studios apart is
learned from all months. That is enough unless the market itself changed, and less moved by a few odd months.
"""

from typing import Annotated, Literal

import numpy as np
import pandas as pd
from pydantic import AwareDatetime, Field

from studiolab.revenue_simulator.model import fit
from studiolab.revenue_simulator.panel import tidy
from studiolab.revenue_simulator.questions import Question
from studiolab.revenue_simulator.replies import Answer
from studiolab.revenue_simulator.rolling import _until

AHEAD = 3  # months that each origin is judged by
FEWEST_KNOWN = 12  # months before the first origin
CLEARLY = 2.0  # standard errors by which a candidate must be better


class RetrainRequest(Question):
    """Train a candidate on the data as they are now, and let it answer from then on if it is better."""

    studio_id: Annotated[str, Field(min_length=1, max_length=200)] | None = Field(
        None, description="the model is of all studios; the errors of this one are told beside those of all"
    )
    include_latest_months: int = Field(
        3, strict=True, ge=1, le=12,
        description="the months that are new: candidate and present are judged from each of them, and `incremental` "
        "goes on from a model that has not seen them",
    )  # fmt: skip
    retrain_strategy: Literal["incremental", "full"] = "incremental"
    notify_on_completion: bool = Field(False, description="by e-mail, to notify_to or MAIL_FROM")
    notify_to: Annotated[str, Field(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")] | None = None


class JobAccepted(Answer):
    """What became of the request."""

    job_id: str
    status: str
    estimated_completion: AwareDatetime


class Judged(Answer):
    """Candidate beside present, from the same months."""

    origins: list[str] = Field(description="last months that they were shown, YYYY-MM")
    predictions: int
    candidate_error: float = Field(description="mean |predicted / came - 1| over studios, origins and months ahead")
    present_error: float
    better_by: float = Field(description="present_error - candidate_error")
    margin: float = Field(description="what better_by has to exceed: two standard errors over studios")
    studio_candidate_error: float | None = Field(None, description="of the studio that the request names")
    studio_present_error: float | None = None


class RetrainResult(Answer):
    """How a retraining ended."""

    promoted: bool
    why: str
    candidate_version: str
    present_version: str
    judged: Judged | None = Field(description="empty where both are one model, or no month could be judged")


class RetrainJob(JobAccepted):
    """A retraining as it stands."""

    progress: float = Field(description="share of the steps that are done")
    step: str
    message: str | None = Field(description="how it ended")
    requested_at: AwareDatetime
    finished_at: AwareDatetime | None
    user_name: str | None
    request: RetrainRequest
    result: RetrainResult | None


def cut_off(monthly_metrics, months):
    """The last month but `months`: what was known before the latest ones."""
    return tidy(monthly_metrics).dropna(subset="total_revenue")["month"].max() - pd.DateOffset(months=months)


def train(monthly_metrics, lever_plan, strategy, months, reference=None, config=None, last=None):
    """RevenueModel as `strategy` makes it from all months up to `last` (all by default); months : the latest ones;
    reference, config : as `fit`."""
    if last is not None:
        monthly_metrics, before = _until(monthly_metrics, last), cut_off(monthly_metrics, months)
        lever_plan = _until(lever_plan, last)
    else:
        before = cut_off(monthly_metrics, months)
    if strategy == "full":
        return fit(monthly_metrics, lever_plan, reference=reference, config=config)
    old = fit(_until(monthly_metrics, before), _until(lever_plan, before), reference=reference, config=config)
    return fit(monthly_metrics, lever_plan, config=config, near=old)


def origins(monthly_metrics, months):
    """The months that candidate and present are judged from, those of the latest `months` but the last one."""
    known = pd.DatetimeIndex(sorted(tidy(monthly_metrics).dropna(subset="total_revenue")["month"].unique()))
    return [month for month in known[-1 - months : -1] if (known <= month).sum() >= FEWEST_KNOWN]


def told(model, monthly_metrics, origin, name):
    """Rows as `rolling.rolling_origin` has them, under method `name`, of a model that knows nothing after `origin`."""
    came = tidy(monthly_metrics).set_index(["studio_id", "month"])["total_revenue"].rename("actual")
    rows = model.forecast(model.complete or None, AHEAD).join(came, on=["studio_id", "month"])
    rows = rows[(rows["actual"] > 0) & (rows["revenue"] > 0)].assign(method=name, origin=origin)
    return rows[["studio_id", "origin", "horizon", "month", "method", "revenue", "low", "high", "actual"]]


def judged(rows, studio_id=None):
    """`Judged` of the rows of `told` of "candidate" and "present", or None where there are none."""
    rows = rows.assign(error=(rows["revenue"] / rows["actual"] - 1).abs())
    both = rows.pivot(index=["studio_id", "origin", "horizon"], columns="method", values="error")
    both = both.reindex(columns=["candidate", "present"]).dropna()
    if both.empty:
        return None
    gap = (both["present"] - both["candidate"]).groupby("studio_id").mean()
    margin = CLEARLY * gap.std(ddof=1) / np.sqrt(len(gap)) if len(gap) > 1 else 0.0
    one = both[both.index.get_level_values("studio_id") == studio_id].mean()
    return Judged(
        origins=[f"{month:%Y-%m}" for month in sorted(both.index.unique("origin"))], predictions=len(both),
        candidate_error=_digits(both["candidate"].mean()), present_error=_digits(both["present"].mean()),
        better_by=_digits(gap.mean()), margin=_digits(margin),
        studio_candidate_error=None if np.isnan(one["candidate"]) else _digits(one["candidate"]),
        studio_present_error=None if np.isnan(one["present"]) else _digits(one["present"]),
    )  # fmt: skip


def _digits(value):
    return round(float(value), 6) + 0.0


def decision(found):
    """(whether to promote, why in a sentence) of a Judged or None."""
    if found is None:
        return False, "Kept the present model: too few months to judge a candidate by."
    told = f"{found.candidate_error:.2%} beside {found.present_error:.2%} over {found.predictions} predictions"
    if found.better_by > found.margin:
        return True, f"Promoted: the candidate errs less, {told}."
    if found.better_by > 0:
        return False, f"Kept the present model: the candidate errs less, {told}, but no more than chance would allow."
    return False, f"Kept the present model: the candidate errs no less, {told}."
