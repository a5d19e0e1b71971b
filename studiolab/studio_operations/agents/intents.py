"""What a message is about: a linear classifier over words, word pairs and letters."""

from functools import cache
from typing import NamedTuple

import numpy as np

from studiolab.studio_operations.agents import phrases
from studiolab.studio_operations.agents.text import concepts, folded


class Intent(NamedTuple):
    """name : of phrases.PHRASES; sure : chance from 0 to 1, as the model has it."""

    name: str
    sure: float


def features(with_concepts=False):
    """A scikit-learn transformer of texts: TF-IDF of words and pairs, of letters within words, and of concepts."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import FeatureUnion

    words, letters = (
        {"token_pattern": r"[^\W_]+", "ngram_range": (1, 2)},
        {"analyzer": "char_wb", "ngram_range": (2, 5)},
    )
    parts = [("words", TfidfVectorizer(preprocessor=folded, sublinear_tf=True, **words)),
             ("letters", TfidfVectorizer(preprocessor=folded, sublinear_tf=True, **letters))]  # fmt: skip
    if with_concepts:
        parts.append(("concepts", TfidfVectorizer(analyzer=concepts, sublinear_tf=True)))
    return FeatureUnion(parts)


class Classifier:
    """Fits texts to intents; `classes` are in the order of the columns of `chances`."""

    def __init__(self, with_concepts=False, strength=10.0):
        self._features, self._strength = features(with_concepts), strength

    def fit(self, texts, intents):
        from sklearn.linear_model import LogisticRegression

        self._model = LogisticRegression(C=self._strength, max_iter=1000)
        self._model.fit(self._features.fit_transform(texts), intents)
        self.classes = list(self._model.classes_)
        return self

    def chances(self, texts):
        """(n_texts, n_classes)."""
        return self._model.predict_proba(self._features.transform(texts))

    def predict(self, texts):
        """(n_texts,) of intents."""
        return np.array(self.classes)[self.chances(texts).argmax(axis=1)]


@cache
def bundled():
    """The Classifier of a studio's intents, learned from `phrases` once a process."""
    texts, intents, _ = phrases.examples()
    return Classifier(with_concepts=True).fit(texts, intents)


def intent(text):
    """The likeliest `Intent` of a message to a studio."""
    known = bundled()
    chances = known.chances([text])[0]
    return Intent(known.classes[int(chances.argmax())], float(chances.max()))
