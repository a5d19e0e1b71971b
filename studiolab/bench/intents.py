"""Intents of messages: banking77 beside plain TF-IDF with logistic regression, and a studio's own.

banking77 (Casanueva et al. 2020): 77 intents of messages to a bank. C, n-grams and rare features were chosen by
cross-validation with seeds 1 and 2 on the training part; here a fifth of it is drawn by another seed and kept aside.
Where test.csv lies beside train.csv, all of train.csv is learned from and test.csv is what counts.
"""

import time
from pathlib import Path

import numpy as np
import pandas as pd

from studiolab.bench import score
from studiolab.bench.retrieval_questions import messages
from studiolab.studio_operations.agents import phrases
from studiolab.studio_operations.agents.intents import Classifier, intent

OURS, PLAIN = "words, letters, linear SVM", "TF-IDF, logistic regression"
SEED = 20261122
GOAL, SECONDS = score.at_least(0.894), score.at_most(30)


def table(data=None, say=lambda words: None, seed=SEED):
    """DataFrame of score.COLUMNS; intervals are a bootstrap over messages.

    data : folder with banking77/train.csv (text, category); without it that part is one row "skipped: no data"
    """
    rows = banking(data and Path(data) / "banking77", say, seed)
    texts, wanted = zip(*messages(), strict=True)
    right = np.array([float(intent(text).name == name) for text, name in zip(texts, wanted, strict=True)])
    rows.append(score.row("intents of a studio, messages not learned from", _cases(right), score.mean("right"),
                          model="bundled"))  # fmt: skip
    common = max(set(wanted), key=wanted.count)
    rows.append(score.row("intents of a studio, messages not learned from", _cases(np.equal(wanted, common)),
                          score.mean("right"), model="the commonest"))  # fmt: skip
    known, intents, _ = phrases.examples()
    cross = _cross_validated(np.array(known), np.array(intents), seed)
    rows.append(score.row("intents of a studio, five-fold on what is learned from", _cases(cross), score.mean("right"),
                          model="bundled"))  # fmt: skip
    return score.table(rows)


def banking(folder, say, seed):
    """Rows of banking77."""
    figure = "banking77, accuracy"
    if folder is None or not (folder / "train.csv").exists():
        return [score.plain(figure, np.nan, GOAL, model="skipped: no data")]
    train, test, figure = split(folder, seed)
    say(f"{len(train):,} messages to learn from, {len(test):,} to tell")
    right, rows = {}, []
    for name, model in ((OURS, Classifier(seen=2)), (PLAIN, _plain())):
        began = time.process_time()
        model.fit(train["text"].to_numpy(), train["category"].to_numpy())
        seconds = time.process_time() - began
        right[name] = (model.predict(test["text"].to_numpy()) == test["category"].to_numpy()).astype(float)
        goal = GOAL if name == OURS else None
        rows.append(score.row(figure, _cases(right[name]), score.mean("right"), goal, model=name))
        rows.append(score.plain("banking77, processor seconds of training", seconds, SECONDS if goal else None, name))
    gap = _cases(right[OURS] - right[PLAIN])
    return [*rows, score.row(figure, gap, score.mean("right"), score.at_least(0), model=f"{OURS} - {PLAIN}")]


def split(folder, seed):
    """(train, test, name of the figure): test.csv where there is one, else a fifth of each intent."""
    train = pd.read_csv(folder / "train.csv")
    if (folder / "test.csv").exists():
        return train, pd.read_csv(folder / "test.csv"), "banking77, accuracy on its test part"
    kept = train.groupby("category").sample(frac=0.2, random_state=seed).index
    return train.drop(kept), train.loc[kept], "banking77, accuracy on a fifth kept aside"


def _plain():
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    return make_pipeline(TfidfVectorizer(), LogisticRegression(max_iter=1000))


def _cross_validated(texts, intents, seed):
    from sklearn.model_selection import StratifiedKFold

    right = np.zeros(len(texts))
    for learned, told in StratifiedKFold(5, shuffle=True, random_state=seed).split(texts, intents):
        model = Classifier(with_concepts=True).fit(texts[learned], intents[learned])
        right[told] = model.predict(texts[told]) == intents[told]
    return right


def _cases(right):
    return pd.DataFrame({"world": "one", "studio": range(len(right)), "right": np.asarray(right, float)})
