"""What an experiment says so far, in figures and in words; and what an offer is worth, measured."""

import math

import numpy as np
import pandas as pd

from studiolab.product_recommender.experiment import trial
from studiolab.product_recommender.experiment.replies import ArmReport, Lift, Look, Report
from studiolab.product_recommender.purchases import seconds
from studiolab.schema import major


def report(told, experiment, exposures, purchases, catalogue, as_of):
    """`Report` as of Timestamp `as_of`, which is not beyond what is known of orders.

    told : ExperimentTold of the `trial.Experiment`; exposures : table exposures of this experiment, those from its end
    on are left out; purchases : Purchases; catalogue : Catalogue
    """
    last = as_of if experiment.stopped_at is None else min(as_of, experiment.stopped_at)
    seen = exposures[exposures["exposed_at"] < last]
    wrong = problems(experiment, seen)
    known = trial.outcomes(experiment, seen, purchases, catalogue)
    lifts = [_lift(experiment, known, arm, metric, as_of, purchases.currency)
             for metric in (experiment.metric, *(m for m in trial.METRICS if m != experiment.metric))
             for arm in experiment.compared()]  # fmt: skip
    deciding = [one for one in lifts if one.decides]
    is_decided = all(one.decided_at for one in deciding)
    until = max(pd.Timestamp(one.decided_at) for one in deciding) if is_decided else as_of
    state = "do not trust" if wrong else "decided" if is_decided else "stopped" if experiment.stopped_at else "running"
    days = _days_left(experiment, seen, known, as_of) if state == "running" else None
    return Report(
        experiment=told, as_of=as_of, currency=purchases.currency, state=state, exposed=len(seen), days_left=days,
        counted=int((known.ends <= seconds(as_of)).sum()), lifts=lifts, problems=wrong,
        arms=[_arm(experiment, known, k, seconds(until)) for k in range(len(experiment.arms))],
        says=_says(experiment, state, wrong, deciding, days),
    )  # fmt: skip


def impact(report):
    """dict lift, low, high (minor units of margin a client within the window) and says, a sentence; None where a report
    is not to be trusted or too early: then there is no measured figure, only an assumption.

    Of several arms it is the one that brought most of what the experiment was about.
    """
    margins = [one for one in report.lifts if one.metric == "margin" and one.low is not None]
    if report.state == "do not trust" or not margins:
        return None
    rank = {one.arm: -math.inf if one.lift is None else one.lift for one in report.lifts if one.decides}
    best, asked = max(margins, key=lambda one: rank[one.arm]), report.experiment
    sure = 100 * (1 - asked.alpha)
    says = (f"Measured in {asked.name!r} over {report.counted:,} clients, {asked.window_days} days each: "
            f"{_between(best, report.currency)}; {sure:g} of 100 such intervals hold the truth.")  # fmt: skip
    return {"lift": best.lift, "low": best.low, "high": best.high, "says": says}


def problems(experiment, seen):
    """List of sentences on why the exposures (DataFrame client_id, arm) are not to be trusted."""
    found = []
    chance = trial.mismatch(experiment, seen["arm"])
    if chance < trial.MISMATCH:
        counts = seen["arm"].value_counts()
        shown = ", ".join(f"{counts.get(arm, 0):,} in {arm} where {share * len(seen):,.0f} were due"
                          for arm, share in experiment.arms.items())  # fmt: skip
        found.append(f"the arms do not have their shares: {shown}; chance does that once in "
                     f"{1 / max(chance, 1e-12):,.0f} times. "
                     "Find out who was not logged, or not shown the offer, and begin anew")  # fmt: skip
    due = trial.assign(experiment.experiment_id, seen["client_id"], experiment.arms)
    astray = seen["client_id"][np.array(due, object) != seen["arm"].to_numpy(object)]
    if len(astray):
        found.append(f"{len(astray):,} clients are logged in another arm than theirs, e.g. {astray.iloc[0]}; "
                     "log exposures with the arm that was assigned")  # fmt: skip
    return found


def _lift(experiment, known, arm, metric, as_of, currency):
    course = trial.running(experiment, known, arm, metric, as_of)
    found = trial.decided(experiment, course, metric)
    at = found if found is not None else len(course.day) - 1
    values = dict.fromkeys(("lift", "low", "high", "spared", "relative"))
    if at >= 0:
        values |= {name: _plain(getattr(course, name)[at]) for name in ("lift", "low", "high", "spared")}
        values["relative"] = _relative(experiment, known, metric, course.day[at], values["lift"])
    one = Lift(
        arm=arm, control=experiment.control, metric=metric, decides=metric == experiment.metric, **values,
        fraction=float(course.fraction[at]) if at >= 0 else 0.0,
        decided_at=_instant(course.day[found]) if found is not None else None, says="",
        course=[_look(course, k) for k in range(at + 1)],
    )  # fmt: skip
    return one.model_copy(update={"says": _verdict(experiment, one, currency)})


def _relative(experiment, known, metric, at, lift):
    own = (known.arm == list(experiment.arms).index(experiment.control)) & (known.ends <= at)
    mean = getattr(known, metric)[own].mean() if own.any() else 0.0
    return float(lift / mean) if lift is not None and mean > 0 else None


def _look(course, k):
    values = {name: _plain(getattr(course, name)[k]) for name in ("lift", "low", "high")}
    return Look(at=_instant(course.day[k]), fraction=float(course.fraction[k]), **values)


def _arm(experiment, known, k, until):
    own = known.arm == k
    over = own & (known.ends <= until)
    n, buyers = int(over.sum()), int(known.conversion[over].sum())
    values = dict.fromkeys(("conversion", "conversion_low", "conversion_high", "margin_minor", "margin_low_minor",
                            "margin_high_minor"))  # fmt: skip
    if n:
        share, margin = buyers / n, known.margin[over]
        middle, half = trial.wilson(share, n)
        error = trial.WIDE * margin.std(ddof=1) / math.sqrt(n) if n > 1 else math.inf
        values |= {"conversion": share, "conversion_low": middle - half, "conversion_high": middle + half,
                   "margin_minor": float(margin.mean())}  # fmt: skip
        if n > 1:
            values |= {
                "margin_low_minor": float(margin.mean() - error),
                "margin_high_minor": float(margin.mean() + error),
            }
    name, part = list(experiment.arms.items())[k]
    return ArmReport(arm=name, share=part, exposed=int(own.sum()), counted=n, buyers=buyers, **values)


def _days_left(experiment, seen, known, as_of):
    """At most, at the pace so far."""
    passed = (as_of - experiment.started_at) / pd.Timedelta(days=1)
    missing = experiment.clients - len(seen)
    if missing <= 0:
        return max(1, math.ceil((known.ends.max() - seconds(as_of)) / trial.DAY))
    return math.ceil(missing / (len(seen) / passed)) + experiment.window_days if len(seen) and passed > 0 else None


# words ----------------------------------------------------------------------------------------------
def _says(experiment, state, problems, deciding, days):
    if state == "do not trust":
        return f"Do not trust this: {'; '.join(problems)}."
    if state == "running":
        known = [one.says for one in deciding if one.low is not None]
        more = f"at most about {days} more days" if days else "nobody has been exposed yet"
        return f"Keep on: {more}. {'So far ' + '; '.join(known) + '.' if known else 'It is too early to tell.'}"
    if state == "stopped":
        return f"It was stopped before it could tell: {'; '.join(one.says for one in deciding)}."
    return f"Stop: {'; '.join(one.says for one in deciding)}."


def _verdict(experiment, one, currency):
    if one.low is None:
        few = "too few bought" if one.course else "it is too early"
        return f"{few} to compare {one.arm} with {one.control}"
    said = _between(one, currency)
    if not one.decides or one.low > 0 or one.high < 0 or one.decided_at is None:
        return said
    if one.high < experiment.smallest_lift:
        what = "difference" if one.low > -experiment.smallest_lift else "gain"
        return f"no {what} worth {_amount(experiment.smallest_lift, one.metric, currency)}; {said}"
    return f"the plan is at its end without an answer; {said}"


def _between(one, currency):
    """Such as "B brings 1.2 to 3.4 points more than A"."""
    unit = _unit(one.metric, currency)
    low, high = (_number(value, one.metric, currency) for value in (one.low, one.high))
    if one.low >= 0 or one.high <= 0:
        near, far, word = (low, high, "more") if one.low >= 0 else (high, low, "less")
        return f"{one.arm} brings {near} to {far} {unit} {word} than {one.control}"
    return f"{one.arm} brings between {low} {unit} less and {high} {unit} more than {one.control}"


def _amount(value, metric, currency):
    return f"{_number(value, metric, currency)} {_unit(metric, currency)}"


def _number(value, metric, currency):
    """Without its sign."""
    return f"{abs(value) * 100:.1f}" if metric == "conversion" else major(abs(value), currency)


def _unit(metric, currency):
    return "points" if metric == "conversion" else f"{currency} of margin a client"


def _plain(value):
    return float(value) if np.isfinite(value) else None


def _instant(moment):
    return pd.Timestamp(moment, tz="UTC").to_pydatetime()
