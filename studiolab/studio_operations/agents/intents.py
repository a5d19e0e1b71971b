"""What a message is about: a linear classifier over words, pairs of them and letters (Fan et al. 2008, LIBLINEAR)."""

from functools import cache
from itertools import combinations
from typing import NamedTuple

import numpy as np

from studiolab.studio_operations.agents import phrases
from studiolab.studio_operations.agents.text import concepts, folded, words
from studiolab.studio_operations.inbox.courtesy import is_thanks

OTHER = "other"
NEAR = 5  # words
SURE = 0.2  # chance below which a message is about something else
POLITE = ("thanks", "greeting")
ASKING = frozenset(  # meanings of which somebody wants something
    "price trial timetable when membership cancel freeze refund level place parking transit open bring shower child "
    "private partner voucher payment book late student drop-in teacher sick online language water access lost call "
    "unhappy messages charged cannot moving account".split()
)
SHARPNESS = 4.0  # of chances, by the log loss of five-fold cross-validation on the bundled phrases


class Intent(NamedTuple):
    """name : of phrases.PHRASES, or OTHER; sure : chance from 0 to 1 that it is this and nothing else."""

    name: str
    sure: float


def features(seen=1, with_concepts=False):
    """A scikit-learn transformer of texts: TF-IDF of words and pairs of them, of letters within words, and of words
    that stand within NEAR of each other, in any order.

    seen : texts that a feature has to stand in; with_concepts : what words mean to a studio counts as well
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import FeatureUnion

    shared = {"preprocessor": folded, "sublinear_tf": True, "min_df": seen}
    parts = [("words", TfidfVectorizer(token_pattern=r"[^\W_]+", ngram_range=(1, 2), **shared)),
             ("letters", TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), **shared)),
             ("near", TfidfVectorizer(analyzer=_near, sublinear_tf=True, min_df=seen))]  # fmt: skip
    if with_concepts:
        parts.append(("concepts", TfidfVectorizer(analyzer=_meant)))
    return FeatureUnion(parts, transformer_weights={"concepts": 2.0} if with_concepts else None)


class Classifier:
    """Fits texts to intents; `classes` are in the order of the columns of `chances`."""

    def __init__(self, seen=1, with_concepts=False):
        self._features = features(seen, with_concepts)

    def fit(self, texts, intents):
        """Learn from texts and the intent of each. Returns self."""
        from sklearn.svm import LinearSVC

        self._model = LinearSVC(C=1.0, random_state=0)
        self._model.fit(self._features.fit_transform(texts), intents)
        self.classes = [str(one) for one in self._model.classes_]
        return self

    def chances(self, texts):
        """(n_texts, n_classes), rows that add to 1: the softmax of distances to the separating planes."""
        far = SHARPNESS * self._model.decision_function(self._features.transform(texts))
        far = np.column_stack([-far, far]) if far.ndim == 1 else far
        far = np.exp(far - far.max(axis=1, keepdims=True))
        return far / far.sum(axis=1, keepdims=True)

    def predict(self, texts):
        """(n_texts,) of intents."""
        return np.array(self.classes)[self.chances(texts).argmax(axis=1)]


def _near(text):
    """Pairs of words at most NEAR apart, the order aside."""
    said = words(text)
    return ["~".join(sorted((a, b))) for at, a in enumerate(said) for b in said[at + 1 : at + 1 + NEAR]]


def _meant(text):
    """Concepts of a text, and pairs of them."""
    found = concepts(text)
    return found + [f"{a}+{b}" for a, b in combinations(sorted(set(found)), 2)]


def _bare(text):
    """The text without greetings where more is said, and without thanks where much more is."""
    said = text.split()
    rest = [word for word in said if "hello" not in concepts(word)]
    said = rest if len(rest) > 1 else said
    rest = [word for word in said if "thanks" not in concepts(word)]
    return " ".join(rest if len(rest) > 6 or (len(rest) > 2 and "?" in text) else said)


@cache
def bundled():
    """The Classifier of a studio's intents, learned from `phrases` once a process."""
    texts, intents, _ = phrases.examples()
    return Classifier(with_concepts=True).fit(texts, intents)


@cache
def _strange():
    """The Classifier of what is about a studio's intents at all, from what is about something else."""
    known, others = phrases.examples()[0], phrases.others()
    return Classifier(with_concepts=True).fit([*known, *others], ["known"] * len(known) + [OTHER] * len(others))


def intent(text):
    """The likeliest `Intent` of a message to a studio, greetings and thanks around it aside."""
    return intents([text])[0]


def intents(texts):
    """List of the `intent` of each text; of many at once in a fraction of the time."""
    if not texts:
        return []
    known, bare = bundled(), [_bare(text) for text in texts]
    chances, of_known = known.chances(bare), _strange().chances(bare)[:, _strange().classes.index("known")]
    for own, text in zip(chances, texts, strict=True):
        if not is_thanks(text):  # who asks for something says thanks too
            own[[known.classes.index(name) for name in POLITE]] *= _is_bare(text)
    best = chances.argmax(axis=1)
    return [Intent(known.classes[one] if own[one] >= SURE else OTHER, float(own[one] * near))
            for one, own, near in zip(best, chances, of_known, strict=True)]  # fmt: skip


def _is_bare(text):
    """Whether nothing in a text speaks of what people ask a studio for."""
    return not set(concepts(text)) & ASKING
