"""Answers that are asked for again: their bytes are kept, and an equal question gets equal bytes (B-65, K1.24).

A key is the studio, the model's version, the hash of its data and code, and the question in canonical JSON. Forecasts
and what-ifs stay in this process: to ask a Redis takes 0.15 ms and to tell it 0.35 ms, where to answer anew takes 0.7.
Plans, levers' effects and insights, 5 to 60 ms, go to the Redis of REDIS_URL where there is one.
"""

import threading
from collections import Counter
from functools import cached_property
from hashlib import blake2b

from pydantic import BaseModel, Field

from studiolab.adapters import cache
from studiolab.ledger import canonical

QUICK = ("forecast", "forward")


class CacheHealth(BaseModel):
    """How often an answer was there already, since the start of this process."""

    plans_kept: str = Field(description="where plans, effects and insights are kept: in process, or Redis")
    hits: int
    misses: int
    hit_rate: float | None = Field(description="share of the questions; empty before the first")
    entries: int | None = Field(description="answers kept in this process")
    by_question: dict[str, dict[str, int]] = Field(description="hits and misses of each kind of question")


class Cached:
    """The part of the Workbench that keeps answers."""

    def __init__(self, settings=None, patience=0.0):
        super().__init__(settings, patience)
        self._counting, self._hits, self._misses = threading.Lock(), Counter(), Counter()

    def cache_health(self):
        """`CacheHealth` of this process."""
        with self._counting:
            hits, misses = Counter(self._hits), Counter(self._misses)
        asked = hits.total() + misses.total()
        return CacheHealth(
            plans_kept=self._shared.name, hits=hits.total(), misses=misses.total(),
            hit_rate=round(hits.total() / asked, 6) if asked else None, entries=self._near.entries(),
            by_question={kind: {"hits": hits[kind], "misses": misses[kind]} for kind in sorted(hits | misses)},
        )  # fmt: skip

    def forget_answers(self, studio_id):
        """No answer about a studio is kept any more, here and in Redis."""
        for kept in {self._near, self._shared}:
            kept.forget(studio_id)

    def import_files(self, paths, **given):
        """As `Core.import_files`; answers about the studios that it brings rows of are made anew."""
        done = super().import_files(paths, **given)
        for studio_id in {studio_id for export in done for studio_id in export.frame["studio_id"].unique()}:
            self.forget_answers(studio_id)
        return done

    # parts --------------------------------------------------------------------------------------
    @cached_property
    def _near(self):
        return cache.InProcess()

    @cached_property
    def _shared(self):
        url = self.settings.redis_url
        return cache.Redis(url.get_secret_value()) if url else self._near

    def _find(self, kind, studio_id, key, misses=True):
        """Bytes of the answer kept under `key`, or None; counted, a miss only where `misses` says so."""
        told = self._place(kind).get(studio_id, key)
        if told is not None or misses:
            with self._counting:
                (self._misses if told is None else self._hits)[kind] += 1
        return told

    def _keep_answer(self, kind, studio_id, key, told):
        self._place(kind).put(studio_id, key, told)

    def _place(self, kind):
        return self._near if kind in QUICK else self._shared


def answer_key(kind, request, *made_from):
    """Hash of a request and of what its answer is made from, JSON-able."""
    told = canonical([kind, request.model_dump(mode="json"), *made_from])
    return blake2b(told.encode(), digest_size=20).hexdigest()
