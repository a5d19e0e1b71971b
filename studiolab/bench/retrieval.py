"""Retrieval of what answers a question: recall at 3, and whether it is known that nothing answers.

Models: ours; letters alone; BM25 over words; the pieces that answered most questions of the tuning set; and embeddings
of a server on this machine that counts hashed letters in threes, which says that the road works and nothing about the
embeddings of a provider.
"""

import json
import threading
import zlib
from collections import Counter
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pandas as pd

from studiolab.adapters.embeddings import embed
from studiolab.adapters.providers import Provider
from studiolab.bench import retrieval_questions as asked
from studiolab.bench import score
from studiolab.bench.everyday import everyday
from studiolab.studio_calendar import daily
from studiolab.studio_operations.agents import knowledge, live, smart_reply, templates
from studiolab.studio_operations.agents.text import folded, words

OURS, LETTERS, BM25, POPULAR = "TF-IDF of letters and meanings", "TF-IDF of letters", "BM25", "most asked for"
HASHED = "embeddings of a local server (hashed letters)"
TEMPLATES, ALWAYS = "rules and templates", "always the prices"
WRONG = "confident answers that are wrong, fresh everyday messages"
MOST = 3
WIDTH = 512  # of hashed vectors
WEEK = (("Salsa", "Beginner", "MO", 1080), ("Yoga", "", "WE", 1080), ("Bachata", "", "TH", 1140),
        ("Pilates", "", "TU", 540))  # fmt: skip


def table(data=None, say=lambda words: None):
    """DataFrame of score.COLUMNS; intervals are a bootstrap over questions, or Wilson's. data : not needed"""
    pieces = studio()
    tuning, reported = asked.questions(asked.TUNING), asked.questions(asked.REPORTING)
    say(f"{len(reported)} questions to {len(pieces)} pieces")
    with hashing_server() as provider:
        ours = knowledge.Knowledge(pieces)
        embedded = knowledge.Embedded(pieces, lambda texts, keep: embed(provider, texts))
        models = {OURS: ours.nearness, LETTERS: letters(pieces), BM25: bm25(pieces), POPULAR: popular(pieces, tuning),
                  HASHED: embedded.nearness}  # fmt: skip
        found = cases(pieces, reported, models)
        rows = [score.row(f"recall@{MOST}, questions not tuned on", part(found, model), score.mean("hit"), model=model)
                for model in models]  # fmt: skip
        for other in (LETTERS, BM25, POPULAR):
            gap = part(found, OURS).assign(
                hit=part(found, OURS)["hit"].to_numpy() - part(found, other)["hit"].to_numpy()
            )
            rows.append(score.row(f"recall@{MOST}, difference", gap, score.mean("hit"), model=f"{OURS} - {other}"))
        seen = cases(pieces, tuning, {OURS: ours.nearness})
        rows.append(score.row(f"recall@{MOST}, tuning questions", part(seen, OURS), score.mean("hit"), model=OURS))
        for model, known in ((OURS, ours), (HASHED, embedded)):
            rows += answered(reported, known, model)
    return score.table([*rows, *confident(ours, everyday(True))])


def studio():
    """The pieces of the made-up studio."""
    week = tuple(live.Lesson(*row, row[3] + 60, "Hall", "Ana") for row in WEEK)
    facts = live.Live("Rhythm", "Marktplatz 3, Freiburg",
                      (live.Offer("Unlimited", "EUR 89.00", None), live.Offer("Eight", "EUR 59.00", 8)),
                      (live.Offer("Ten classes pass", "EUR 120.00"),), week, daily("09:00", "21:00"),
                      (("Hall", 30), ("Loft", 15)))  # fmt: skip
    return knowledge.markdown("house.md", asked.HOUSE) + live.pieces(facts)


def cases(pieces, questions, models):
    """A row a question and model: hit 1 where one of the MOST nearest pieces answers it."""
    rows = []
    for at, question in enumerate(one for one in questions if one.answer):
        right = np.array([question.answer in (piece.title, piece.topic) for piece in pieces])
        assert right.any(), question
        for model, nearness in models.items():
            near = nearness(question.text)
            best = np.argsort(-near, kind="stable")[:MOST]
            rows.append((model, "one", at, float((right & (near > 0))[best].any())))
    return pd.DataFrame(rows, columns=["model", "world", "studio", "hit"])


def part(found, model):
    """The rows of a model, without its name."""
    return found[found["model"] == model].drop(columns="model").reset_index(drop=True)


def answered(questions, known, model):
    """Rows: share of answerable questions that are answered, and of others that are said to be unanswerable."""
    rows = []
    for said, wanted in (("answerable questions that something is found for", True),
                         ("unanswerable questions that are said to be so", False)):  # fmt: skip
        near = [known.nearness(one.text).max() >= known.answerable for one in questions if bool(one.answer) == wanted]
        frame = pd.DataFrame(
            {"world": "one", "studio": range(len(near)), "right": np.equal(near, wanted).astype(float)}
        )
        rows.append(score.row(said, frame, score.mean("right"), model=model))
    return rows


def confident(known, messages, asked_most=("plans", "products")):
    """Rows: share of answers without a language model that say they answer and are wrong, and how many there are.

    messages : list of everyday.Everyday; asked_most : the naive answer to everything, prices, of which most ask
    """
    told = pd.DataFrame([outcome(known, one) for one in messages])
    naive = sum(not set(asked_most) & set(one.answers) for one in messages)
    count, answered_ = len(messages), int(told["confident"].sum())
    return [
        _share(WRONG, int(told["wrong"].sum()), answered_, TEMPLATES), _share(WRONG, naive, count, ALWAYS),
        _share("everyday messages that get a confident answer", answered_, count, TEMPLATES),
        _share("everyday messages whose word to a colleague is of another matter", int(told["misled"].sum()), count,
               TEMPLATES),
    ]  # fmt: skip


def _share(figure, some, of, model):
    """A row: `some` of `of`, with the interval of Wilson 1927, which is no point where nothing or all is counted."""
    z, share = 1.96, some / of
    centre, half = share + z * z / (2 * of), z * np.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    low, high = (centre - half) / (1 + z * z / of), (centre + half) / (1 + z * z / of)
    return score.plain(figure, share, None, model, None, max(low, 0.0), min(high, 1.0), of)


def outcome(known, message):
    """dict of a draft without a language model: confident 1 where it says that it answers, wrong 1 where it does not;
    misled 1 where it tells a colleague to do something that nobody asked for."""
    draft = smart_reply.draft([smart_reply.Said("m", False, message.text)], known)
    said = {one.piece.topic or one.piece.title for one in draft.sources} or {draft.intent}
    right = said <= set(message.answers) and all(
        folded(message.answers[one]) in folded(draft.text) for one in said & set(message.answers)
    )
    to_do = next((name for name, text in templates.ASK.items() if text == draft.ask_colleague), "")
    return {"confident": float(draft.is_answered), "wrong": float(draft.is_answered and not right),
            "misled": float(bool(to_do) and to_do not in message.intents), "draft": draft}  # fmt: skip


# the others ---------------------------------------------------------------------------------------
def letters(pieces):
    """Nearness by TF-IDF of letters alone."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    by = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), preprocessor=folded, sublinear_tf=True)
    matrix = by.fit_transform([text_of(one) for one in pieces])
    return lambda question: (matrix @ by.transform([question]).T).toarray().ravel()


def bm25(pieces, k1=1.2, b=0.75):
    """Nearness by Okapi BM25 over folded words. Source: Robertson & Zaragoza 2009."""
    counts = [Counter(words(text_of(one))) for one in pieces]
    lengths = np.array([sum(one.values()) for one in counts], float)
    seen = Counter(word for one in counts for word in one)

    def nearness(question):
        total = np.zeros(len(counts))
        for word in words(question):
            often = np.array([one[word] for one in counts], float)
            rare = np.log(1 + (len(counts) - seen[word] + 0.5) / (seen[word] + 0.5))
            total += rare * often * (k1 + 1) / (often + k1 * (1 - b + b * lengths / lengths.mean()))
        return total

    return nearness


def popular(pieces, tuning):
    """The same for every question: how many questions of the tuning set a piece answers."""
    wanted = Counter(one.answer for one in tuning if one.answer)
    counts = np.array([float(wanted[one.title] + wanted[one.topic]) for one in pieces])
    return lambda question: counts


def text_of(piece):
    """What is searched of a piece: what ours sees too."""
    return "\n".join([piece.title, piece.title, piece.text, *piece.said.values()])


@contextmanager
def hashing_server():
    """A Provider whose /embeddings, on this machine, are counts of hashed letters in threes."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Hashing)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield Provider("openai", f"http://127.0.0.1:{server.server_port}/v1", "hashed-letters", "none", seconds=30)
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


class _Hashing(BaseHTTPRequestHandler):
    def do_POST(self):
        texts = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["input"]
        rows = [{"index": at, "embedding": _counts(text)} for at, text in enumerate(texts)]
        body = json.dumps({"object": "list", "data": rows}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


def _counts(text):
    row, padded = [0.0] * WIDTH, f" {folded(text)} "
    for at in range(len(padded) - 2):
        row[zlib.crc32(padded[at : at + 3].encode()) % WIDTH] += 1.0
    return row
