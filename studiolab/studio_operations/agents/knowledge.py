"""What a studio knows: its own documents and its live data, cut into pieces that a reply can cite (D-10)."""

import csv
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np

from studiolab.studio_operations.agents.text import concepts, folded

LONGEST = 700  # characters of a piece; a longer part is cut at the end of a sentence
ANSWERABLE = 0.16  # similarity below which nothing that is known answers; tuned as bench/retrieval.py says
PROBES = (
    "Who won the world cup in 1998?", "My printer does not work", "What is the capital of Australia?",
    "Wie wird das Wetter in Tokio?", "Ich suche ein gebrauchtes Auto", "Rezept für Apfelkuchen",
    "¿Quién pintó el Guernica?", "Quiero vender mi casa", "El ordenador no arranca", "Comment réparer un vélo cassé ?",
    "Quelle est la distance jusqu'à la lune ?", "Je cherche un plombier", "Can you write my essay about Rome?",
    "Which phone has the best camera?", "Flight to Lisbon on Sunday", "How do I remove a virus from my laptop?",
    "Wann fährt der Zug nach Hamburg?", "Stock prices today", "Can you fix my washing machine?", "Is the museum open?",
)  # fmt: skip


@dataclass(frozen=True)
class Piece:
    """A part of a document.

    piece_id : "source#number"; source : name of the document; title : headings above it; text : in English where it
    is the workbench's own; said : the same in other languages, dict of language to text
    topic : kind of live data, "" of a document; names : of the class or offer that each of its lines is about
    """

    piece_id: str
    source: str
    title: str
    text: str
    said: dict = field(default_factory=dict, hash=False, compare=False)
    topic: str = ""
    names: tuple = ()

    def in_language(self, language):
        """The text as a reply in that language may say it."""
        return self.said.get(language, self.text)


class Found(NamedTuple):
    """A piece and how near it is, from 0 to 1."""

    piece: Piece
    score: float


def markdown(name, text):
    """List of Piece of a Markdown document: each heading's own part, cut where it is long."""
    pieces, path, lines = [], [], []

    def close():
        body = "\n".join(lines).strip()
        lines.clear()
        for part in _cut(body):
            pieces.append(Piece(f"{name}#{len(pieces) + 1}", name, " / ".join(one for _, one in path), part))

    for line in text.splitlines():
        heading = re.match(r"(#{1,6})\s+(.+?)\s*#*\s*$", line)
        if heading:
            close()
            depth = len(heading[1])
            path = [*(one for one in path if one[0] < depth), (depth, heading[2])]
        else:
            lines.append(line)
    close()
    return pieces


def table(name, text):
    """List of Piece of a CSV document: a row each; columns "question" and "answer", or any others with their headings.

    Raises ValueError for a file without a heading and a row.
    """
    dialect = (
        ";" if text.splitlines()[:1] and text.splitlines()[0].count(";") > text.splitlines()[0].count(",") else ","
    )
    rows = list(csv.DictReader(text.lstrip("\ufeff").splitlines(keepends=True), delimiter=dialect))
    if not rows:
        raise ValueError(f"{name}: no rows below a line of headings; expected e.g. question,answer")
    pieces = []
    for row in rows:
        row = {(key or "").strip(): (value or "").strip() for key, value in row.items() if isinstance(value, str)}
        asked = next((key for key in row if folded(key) in ("question", "frage", "pregunta")), None)
        answer = next((key for key in row if folded(key) in ("answer", "antwort", "respuesta", "reponse")), None)
        if asked and answer:
            title, body = row[asked], row[answer]
        else:
            title, body = "", ", ".join(f"{key}: {value}" if key else value for key, value in row.items() if value)
        if body:
            pieces.append(Piece(f"{name}#{len(pieces) + 1}", name, title, body))
    return pieces


def document(name, text):
    """List of Piece of a document by the end of its name: .csv, else Markdown or plain text."""
    return table(name, text) if name.lower().endswith(".csv") else markdown(name, text)


class Knowledge:
    """Pieces that can be searched.

    By default nearness is the cosine of TF-IDF: of character n-grams, which forgive typing errors and endings, and of
    `text.concepts`, which a question in another language shares. Source: Manning, Raghavan, Schütze 2008, 6.4.
    """

    answerable, banner = ANSWERABLE, ""

    def __init__(self, pieces):
        self.pieces = list(pieces)

    def search(self, question, most=3):
        """List of `Found`, the nearest first, at most `most`, none that shares nothing with the question."""
        if not self.pieces or not question.strip():
            return []
        scores = self.nearness(question)
        best = np.argsort(-scores, kind="stable")[:most]
        return [Found(self.pieces[at], float(scores[at])) for at in best if scores[at] > 0]

    def nearness(self, question):
        """(n_pieces,) cosine of the question and each piece."""
        by_letters, by_meaning, letters, meaning = self._index
        near = (letters @ by_letters.transform([question]).T).toarray().ravel()
        same = (meaning @ by_meaning.transform([question]).T).toarray().ravel()
        return 0.5 * near + 0.5 * same

    @cached_property
    def _index(self):
        from sklearn.feature_extraction.text import TfidfVectorizer

        texts = [f"{one.title}\n{one.title}\n{one.text}\n" + "\n".join(one.said.values()) for one in self.pieces]
        by_letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), preprocessor=folded, sublinear_tf=True)
        by_meaning = TfidfVectorizer(analyzer=concepts, sublinear_tf=True)
        letters = by_letters.fit_transform(texts)
        try:
            meaning = by_meaning.fit_transform(texts)
        except ValueError:  # not one word of the list in all of them
            by_meaning.fit(["price"])
            meaning = by_meaning.transform(texts)
        return by_letters, by_meaning, letters, meaning


class Embedded(Knowledge):
    """Knowledge searched by a provider's embeddings; by its own words, with a `banner` why, where none come.

    Providers' vectors lie at different distances, so what is near enough is measured each time: nearer than nine of
    ten of PROBES, questions that no studio answers, come to any piece.
    """

    def __init__(self, pieces, embed):
        """embed : from (texts, whether to keep them) to (n_texts, n_dimensions) of length 1; raises ConnectionError"""
        super().__init__(pieces)
        self._embed = embed
        try:
            self._vectors = embed([f"{one.title}\n{one.text}" for one in self.pieces], True)
            probes = embed(list(PROBES), True)
        except ConnectionError as error:
            self._fall_back(error)
        else:
            self.answerable = float(np.quantile((probes @ self._vectors.T).max(axis=1), 0.9))

    def nearness(self, question):
        """As of Knowledge."""
        if self._vectors is not None:
            try:
                return self._vectors @ self._embed([question], False)[0]
            except (ConnectionError, ValueError) as error:  # ValueError: another length than the pieces' own
                self._fall_back(error)
        return super().nearness(question)

    def _fall_back(self, error):
        self._vectors, self.answerable = None, ANSWERABLE
        self.banner = f"Knowledge is searched by its words because {error}."


def _cut(body):
    """Parts of a text of at most LONGEST characters, at ends of paragraphs, else of sentences."""
    part = ""
    for paragraph in filter(None, (one.strip() for one in re.split(r"\n\s*\n", body))):
        for sentence in [paragraph] if len(paragraph) <= LONGEST else re.split(r"(?<=[.!?])\s+", paragraph):
            if part and len(part) + len(sentence) > LONGEST:
                yield part
                part = ""
            part = f"{part}\n{sentence}" if part else sentence
    if part:
        yield part
