"""The measurements of retrieval and intents, on little and on themselves."""

import numpy as np
import pandas as pd
import pytest

from studiolab.adapters.embeddings import embed
from studiolab.bench import intents, retrieval, score
from studiolab.bench import retrieval_questions as asked
from studiolab.bench.everyday import Everyday, everyday
from studiolab.studio_operations.agents.knowledge import Knowledge


def test_no_question_is_both_tuned_on_and_reported_and_each_answer_is_there():
    tuning, reported = asked.questions(asked.TUNING), asked.questions(asked.REPORTING)
    assert not {one.text.casefold() for one in tuning} & {one.text.casefold() for one in reported}
    assert len(reported) >= 60
    known = {name for piece in retrieval.studio() for name in (piece.title, piece.topic)}
    assert {one.answer for one in (*tuning, *reported)} - {""} <= known


def test_no_reported_message_is_learned_from():
    from studiolab.studio_operations.agents import phrases

    learned = {text.casefold() for text in phrases.examples()[0]}
    assert not learned & {text.casefold() for text, _ in asked.messages()}
    assert {intent for _, intent in asked.messages()} <= set(phrases.PHRASES)


def test_everyday_messages_are_tuned_on_or_fresh_or_learned_from_and_what_answers_them_is_there():
    from studiolab.studio_operations.agents import phrases, templates

    tuning, fresh = everyday(False), everyday(True)
    texts = [{one.text.casefold() for one in some} for some in (tuning, fresh)]
    assert not texts[0] & texts[1]
    assert not texts[1] & {text.casefold() for text in (*phrases.examples()[0], *phrases.others())}
    assert len(fresh) >= 100
    known = {name for piece in retrieval.studio() for name in (piece.topic or piece.title,)}
    for one in (*tuning, *fresh):
        assert set(one.answers) <= known | set(templates.WITHOUT_FACTS) | set(templates.SEEN_TO), one
        assert one.intents <= set(phrases.PHRASES), one


def test_an_answer_is_wrong_where_it_says_that_it_answers_and_does_not():
    known = Knowledge(retrieval.studio())
    prices = {"plans": "", "products": ""}
    told = retrieval.outcome(known, Everyday(prices, frozenset({"price"}), "how much is a month"))
    assert (told["confident"], told["wrong"], told["misled"]) == (1, 0, 0)
    other = retrieval.outcome(known, Everyday({"Trial": ""}, frozenset(), "how much is a month"))
    assert (other["confident"], other["wrong"]) == (1, 1)
    lacks = retrieval.outcome(
        known, Everyday({"plans": "EUR 7.77", "products": ""}, frozenset(), "how much is a month")
    )
    assert lacks["wrong"] == 1
    unsure = retrieval.outcome(known, Everyday({}, frozenset(), "I can't come tonight"))
    assert (unsure["confident"], unsure["wrong"], unsure["misled"]) == (0, 0, 1)


def test_the_row_of_wrong_answers_has_an_interval_and_the_naive_answer_beside_it():
    rows = score.table(retrieval.confident(Knowledge(retrieval.studio()), everyday(False)))
    wrong = rows[rows["figure"] == retrieval.WRONG].set_index("model")
    assert list(wrong.index) == [retrieval.TEMPLATES, retrieval.ALWAYS]
    assert wrong.loc[retrieval.TEMPLATES, "high"] < wrong.loc[retrieval.ALWAYS, "low"]


def test_bm25_prefers_the_piece_with_the_rare_word():
    pieces = retrieval.studio()
    near = retrieval.bm25(pieces)("wheelchair")
    assert pieces[int(near.argmax())].title == "Wheelchair access"


def test_a_model_that_knows_all_has_recall_one_and_one_that_knows_nothing_zero():
    pieces = retrieval.studio()
    questions = asked.questions(asked.TUNING)
    answers = {one.text: one.answer for one in questions}

    def oracle(question):
        return np.array([float(answers[question] in (piece.title, piece.topic)) for piece in pieces])

    found = retrieval.cases(pieces, questions, {"oracle": oracle, "nothing": lambda question: np.zeros(len(pieces))})
    assert found.groupby("model")["hit"].mean().to_dict() == {"nothing": 0.0, "oracle": 1.0}


def test_the_local_server_of_embeddings_answers_over_http():
    with retrieval.hashing_server() as provider:
        near = embed(provider, ["parking", "parkings", "yoga"])
    assert near[0] @ near[1] > near[0] @ near[2]


def test_banking77_without_data_is_skipped_and_said():
    rows = intents.banking(None, print, 1)
    assert [row["model"] for row in rows] == ["skipped: no data"]


@pytest.mark.parametrize("has_test", [False, True])
def test_banking77_is_told_on_what_was_not_learned_from(tmp_path, has_test):
    verbs = {"open": "open unlock", "close": "close shut", "paint": "paint colour"}
    rows = [(f"please {word} the {noun} number {n}", category) for category, some in verbs.items()
            for word in some.split() for n, noun in enumerate("door gate lid box bin jar can pot".split())]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["text", "category"])
    frame.to_csv(tmp_path / "train.csv", index=False)
    if has_test:
        frame.head(6).to_csv(tmp_path / "test.csv", index=False)
    train, test, figure = intents.split(tmp_path, 1)
    assert ("test part" in figure) == has_test
    assert len(test) == 6 if has_test else not set(train["text"]) & set(test["text"])
    table = score.table(intents.banking(tmp_path, lambda words: None, 1))
    assert table["value"].iloc[0] == 1.0
    assert table["model"].nunique() == 3
