"""Lead scores in worlds whose true chances are known: calibration, and what they tell apart.

A studio learns from its first leads and scores the later ones, each at one moment of the first three weeks after they
wrote, by what its threads told up to then. What people ask and let out is taken as the world means it, so that these
figures are of the score and not of who reads the texts. The table of points and the learning's few constants were set
with a look at worlds of other seeds than are told, so a studio whose people are unlike the world's has a worse table
to begin with, and what it learns from its own leads leans on that table, the less the more they are.
"""

import numpy as np
import pandas as pd

from studiolab.studio_operations.inbox import lead_facts, lead_learning
from studiolab.studio_operations.inbox.lead_facts import Facts
from studiolab.world.leads import make_leads

HOUR, SHORT, LONG = 3600.0, 0.5, 504.0  # hours after their first message
MOMENTS = 3  # of each lead that is learned from
OURS, DEFAULT = "score, learned points", "score, points of the table"
REGRESSION, COUNT, ORACLE, RATE = "logistic regression", "number of messages", "true chance", "constant rate"
MODELS = (OURS, DEFAULT, REGRESSION, COUNT, ORACLE, RATE)


def world_cases(seed, learned=600, told=400):
    """DataFrame converted, and the chance told by each of MODELS, of leads after the first `learned` of a studio."""
    leads = make_leads(seed, learned + told, days=(learned + told) / 4)
    rng = np.random.default_rng([seed, 2])
    past = [one for lead in leads[:learned] for one in moments(lead, rng, MOMENTS)]
    now = [one for lead in leads[learned:] for one in moments(lead, rng, 1)]
    facts, y = [one["facts"] for one in past], np.array([one["converted"] for one in past])
    group = np.array([one["lead"] for one in past])
    weight = np.full(len(y), 1 / MOMENTS)
    asked = [one["facts"] for one in now]
    weights, chances = lead_learning.learn_weights(facts, y, weight, group)
    default = lead_facts.Weights()
    of_default = lead_learning.calibrate(lead_learning.scores(facts, default), y, weight=weight)
    return pd.DataFrame({
        "converted": [one["converted"] for one in now],
        OURS: chances.of(lead_learning.scores(asked, weights))[0],
        DEFAULT: of_default.of(lead_learning.scores(asked, default))[0],
        REGRESSION: _regression(facts, y, weight, asked),
        COUNT: _counted(facts, y, weight, asked),
        ORACLE: [one["chance"] for one in now],
        RATE: np.average(y, weights=weight),
    })  # fmt: skip


def moments(lead, rng, count):
    """dicts of a lead, its facts, true chance and end, at moments when nothing was decided yet; may be none."""
    found = []
    for hours in np.exp(rng.uniform(np.log(SHORT), np.log(LONG), count)):
        at = lead.began + hours * HOUR
        if not any(when <= at and what in ("joined", "opted out") for when, what in lead.happened):
            found.append({"lead": lead.number, "at": at, "facts": facts_at(lead, at), "chance": lead.chance(at),
                          "converted": lead.converted})  # fmt: skip
    return found


def facts_at(lead, at):
    """The Facts of a `world.leads.Lead` that a reader of its thread has at `at` seconds."""
    seen = [turn for turn in lead.turns if turn.at <= at]
    theirs = [turn for turn in seen if turn.direction == "inbound"]
    happened = [what for when, what in lead.happened if when <= at]
    told = {name for turn in theirs for name in turn.tells}
    booked = "booked" in happened
    trials = lead.trials[: happened.count("booked")]
    facts = Facts(
        **{name: getattr(lead, name) for name in told}, source=lead.source,
        asked=frozenset(name for turn in theirs for name in turn.intents),
        clicks=sum(when <= at for when in lead.clicks),
        stage="NO_SHOW" if happened[-1:] == ["missed"] else "TRIAL_SCHEDULED" if booked else "CONTACTED",
        has_come="came" in happened,
    )  # fmt: skip
    inbound = [turn.direction == "inbound" for turn in seen]
    return lead_facts.of_turns([turn.at for turn in seen], inbound, at, facts, trials[-1] if trials else None)


def numbers(facts):
    """(n, k) the same facts as plain numbers, with what is not known apart: for a logistic regression."""
    found = []
    for one in facts:
        row = [*lead_facts.shares(one).values(), one.days_silent, np.log1p(one.days_silent)]
        row += [float(getattr(one, name) is None) for name in ("is_taught", "fits_times", "can_pay", "distance_km")]
        row += [float(one.stage == "NO_SHOW"), float(one.answered), np.log1p(one.messages)]
        found.append(row)
    return np.array(found)


def _regression(facts, y, weight, asked):
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
    model.fit(numbers(facts), y, logisticregression__sample_weight=weight)
    return model.predict_proba(numbers(asked))[:, 1]


def _counted(facts, y, weight, asked):
    """The chance by the number of their messages alone."""

    def count(of):
        return np.minimum([one.messages for one in of], 10) * 10

    return lead_learning.calibrate(count(facts), y, weight=weight).of(count(asked))[0]
