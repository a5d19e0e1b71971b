"""Texts as vectors, from a provider's /embeddings; kept on disk by what was asked, so that no text is asked twice."""

import os
import tempfile
from hashlib import sha256

import numpy as np

from studiolab.adapters.errors import LlmUnavailable
from studiolab.adapters.llm_http import asked

AT_ONCE = 64  # texts of one request
LONGEST = 8000  # characters of a text that are told


def embed(provider, texts, folder=None):
    """(n_texts, n_dimensions) float64, each row of length 1.

    provider : as of `providers.embedder`; folder : Path of the cache, None to keep nothing
    Raises LlmUnavailable.
    """
    texts = [_plain(text) for text in texts]
    found = {text: vector for text in dict.fromkeys(texts) if (vector := _kept(provider, text, folder)) is not None}
    fresh = [text for text in dict.fromkeys(texts) if text not in found]
    for at in range(0, len(fresh), AT_ONCE):
        some = fresh[at : at + AT_ONCE]
        for text, vector in zip(some, _asked(provider, some), strict=True):
            found[text] = vector
            _keep(provider, text, vector, folder)
    if len({len(vector) for vector in found.values()}) > 1:
        raise LlmUnavailable(f"{provider.model} gave vectors of different lengths")
    return np.array([found[text] for text in texts])


def _asked(provider, texts):
    told = asked(provider, "/embeddings", {"model": provider.model, "input": texts, "encoding_format": "float"})
    try:
        rows = sorted(told["data"], key=lambda row: row["index"])
        vectors = np.array([row["embedding"] for row in rows], float)
        whole = [row["index"] for row in rows] == list(range(len(texts)))
    except (KeyError, TypeError, ValueError):
        raise LlmUnavailable(f"{provider.host} sent something that is no list of embeddings") from None
    if not whole or vectors.ndim != 2 or not vectors.shape[1]:
        raise LlmUnavailable(f"{provider.host} sent {len(rows)} embeddings of {len(texts)} texts")
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not np.isfinite(lengths).all() or not lengths.all():
        raise LlmUnavailable(f"{provider.model} gave vectors that are no directions")
    return vectors / lengths


def _plain(text):
    """The text as a request can hold it; none is empty, which providers refuse."""
    return text.encode("utf-8", "replace").decode()[:LONGEST].strip() or "-"


def _file(provider, text, folder):
    return folder / (sha256(f"{provider.base_url}\n{provider.model}\n{text}".encode()).hexdigest() + ".npy")


def _kept(provider, text, folder):
    if folder is None:
        return None
    try:
        vector = np.load(_file(provider, text, folder), allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return vector if vector.ndim == 1 and vector.size and np.isfinite(vector).all() else None


def _keep(provider, text, vector, folder):
    """Written beside and moved in place: a crash leaves no half of a vector."""
    if folder is None:
        return
    folder.mkdir(parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(dir=folder)
    with os.fdopen(handle, "wb") as file:
        np.save(file, vector, allow_pickle=False)
    os.replace(beside, _file(provider, text, folder))
