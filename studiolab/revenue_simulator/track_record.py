"""What was predicted beside what came: how good it was, and whether it is worse than the model said (B-60, B-66).

Only months ahead of all that was known of the studio count, and each once. Money is in major units.
"""

import json
from datetime import datetime
from hashlib import sha256

import numpy as np
import pandas as pd
from pydantic import Field

from studiolab import schema
from studiolab.revenue_simulator.drift import Drift, drift
from studiolab.revenue_simulator.replies import Answer

KINDS = ("forecast", "forward")
QUESTION = ["studio_id", "prediction_type", "levers_hash", "base_month", "target_month"]
MOVED = 0.02  # a smaller change against the base month is no direction (K1.17)


class Measures(Answer):
    """Errors of predictions whose month has come. Empty where there is nothing to measure, and money also where the
    studios have several currencies."""

    predictions: int
    mape: float | None = Field(description="percent")
    mape_no_change: float | None = Field(description="percent, of predicting the base month's revenue again")
    rmse: float | None
    mae: float | None
    r2_score: float | None = Field(description="of all studios pooled")
    directional_accuracy: float | None = Field(
        description="share with the right side of the base month's revenue, of moves over 2 %"
    )
    coverage: float | None = Field(description="share inside the 90 % interval")


class ErrorDistribution(Answer):
    """Shares of the predictions whose month has come."""

    within_5_pct: float | None
    within_10_pct: float | None
    over_10_pct: float | None


class Distribution(Answer):
    """How far off, and how sure."""

    total_predictions: int
    avg_confidence: float | None = Field(description="mean predicted chance of landing within 5 %")
    error_distribution: ErrorDistribution


class Performance(Answer):
    """The track record of what was predicted through API and command line."""

    prediction_type: str
    model_version: str | None = Field(description="that predicted last")
    deployed_at: str | None = Field(description="the first prediction of that version, UTC")
    performance_metrics: Measures
    prediction_distribution: Distribution
    by_horizon: dict[int, Measures] = Field(description="by months ahead")
    by_version: dict[str, Measures] = Field(description="by model version, the newest first")
    waiting: int = Field(description="predictions whose month has not come")
    drift: Drift


def rows(asked, answer, last_month):
    """The predictions of an answer about months after `last_month`, the last one known of the studio.

    asked : ForecastRequest or ForwardRequest; answer : its ForecastResponse or ForwardResponse
    Returns list of dicts of the columns of prediction_logs but currency and predicted_at; money in major units.
    """
    kind = "forward" if hasattr(asked, "levers") else "forecast"
    last, base = pd.Timestamp(last_month), _first_of(answer.base_month)
    logged = []
    for horizon, month in enumerate(answer.predictions.values(), 1):
        target = _first_of(month.month)
        if target <= last:
            continue
        row = {
            "studio_id": answer.studio_id, "prediction_type": kind, "model_version": answer.model_version,
            "base_month": base, "target_month": target, "horizon": horizon,
            "levers_hash": _levers_hash(asked, horizon) if kind == "forward" else None,
        }  # fmt: skip
        low, high = month.confidence_interval or (None, None)
        logged.append(
            {"log_id": _hash([str(value) for value in row.values()])} | row
            | {"predicted_revenue": month.revenue, "revenue_low": low, "revenue_high": high,
               "confidence_score": month.confidence_score}
        )  # fmt: skip
    return logged


def _first_of(month):
    """The first day of YYYY-MM."""
    return datetime.fromisoformat(f"{month}-01")


def _levers_hash(asked, horizon):
    """What was asked for up to a month: the same for one set held and for as many equal rows."""
    held = not isinstance(asked.levers, list)
    months = [asked.levers.levers()] * horizon if held else [r.model_dump(exclude_none=True) for r in asked.levers]
    return _hash([months[:horizon], asked.levers.current_member_count if held else None])


def _hash(value):
    return sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def scored(predictions, metrics):
    """Each prediction with what came: the columns of prediction_logs in major units, `currency`, and

    actual : revenue of the target month, NaN until it comes; known : revenue of the base month
    error : predicted / actual - 1; newest : False for a prediction that a later model made anew
    predictions, metrics : tables prediction_logs and monthly_metrics
    """
    came = metrics[["studio_id", "month_year", "total_revenue", "currency"]]
    came = schema.to_major("monthly_metrics", came).assign(currency=came["currency"])
    told = schema.to_major("prediction_logs", predictions).assign(currency=predictions["currency"])
    for month, name in (("target_month", "actual"), ("base_month", "known")):
        figures = came.rename(columns={"month_year": month, "total_revenue": name})
        told = told.merge(figures, how="left", on=["studio_id", month, "currency"])
    told = told.sort_values(["predicted_at", "log_id"], ignore_index=True)
    error = told["predicted_revenue"] / told["actual"].where(told["actual"] != 0) - 1
    return told.assign(error=error, newest=~told.duplicated(QUESTION, keep="last"))


def performance(told, kind="forecast"):
    """Performance of the predictions of one kind; told : as `scored`. Raises ValueError for another kind."""
    if kind not in KINDS:
        raise ValueError(f"no type {kind!r} of prediction: it is one of {', '.join(KINDS)}")
    told = told[told["prediction_type"] == kind]
    newest = told[told["newest"]]
    judged, every = newest.dropna(subset="actual"), told.dropna(subset="actual")
    version = told["model_version"].iloc[-1] if len(told) else None
    first = told.loc[told["model_version"] == version, "predicted_at"].min()
    versions = every["model_version"].drop_duplicates(keep="last").iloc[::-1]
    return Performance(
        prediction_type=kind, model_version=version, deployed_at=first.isoformat() if version else None,
        performance_metrics=measures(judged), prediction_distribution=_distribution(judged),
        by_horizon={int(horizon): measures(part) for horizon, part in judged.groupby("horizon")},
        by_version={name: measures(every[every["model_version"] == name]) for name in versions},
        waiting=int(newest["actual"].isna().sum()), drift=drift(judged),
    )  # fmt: skip


def measures(judged):
    """Measures of scored predictions whose month has come."""
    gap = judged["predicted_revenue"] - judged["actual"]
    one_currency = len(set(judged["currency"])) == 1
    money = gap if one_currency else gap.iloc[:0]
    spread = (judged["actual"] - judged["actual"].mean()).pow(2).sum() if one_currency else 0
    rise, said = judged["actual"] - judged["known"], judged["predicted_revenue"] - judged["known"]
    moved = rise.abs() > MOVED * judged["known"]
    told = judged.dropna(subset=["revenue_low", "revenue_high"])
    naive = judged["known"] / judged["actual"].where(judged["actual"] != 0) - 1
    return Measures(
        predictions=len(judged), mape=_mean(100 * judged["error"].abs()), mape_no_change=_mean(100 * naive.abs()),
        rmse=_rounded(_mean(money**2) ** 0.5, 2) if len(money) else None, mae=_mean(money.abs()),
        r2_score=_rounded(1 - (gap**2).sum() / spread, 6) if spread > 0 else None,
        directional_accuracy=_mean((np.sign(rise) == np.sign(said))[moved]),
        coverage=_mean(told["actual"].between(told["revenue_low"], told["revenue_high"])),
    )  # fmt: skip


def _distribution(judged):
    off = (judged["predicted_revenue"] - judged["actual"]).abs() / judged["actual"].abs()
    near = {share: _mean(off <= share) for share in (0.05, 0.10)}
    return Distribution(
        total_predictions=len(judged), avg_confidence=_mean(judged["confidence_score"]),
        error_distribution=ErrorDistribution(
            within_5_pct=near[0.05], within_10_pct=near[0.10], over_10_pct=_mean(off > 0.10)
        ),
    )  # fmt: skip


def _mean(values):
    return _rounded(values.astype("float64").mean(), 6)


def _rounded(value, digits):
    return None if pd.isna(value) else round(float(value), digits) + 0.0
