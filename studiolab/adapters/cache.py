"""Answers that were given before (B-65, K1.24): in this process, or in a Redis that several share.

Both have `get(studio_id, key)`, `put(studio_id, key, answer)`, `forget(studio_id)` and `entries()`, with answers as
bytes, kept for SECONDS at most. A key says everything that an answer depends on, so an old one is never wrong; `forget`
makes room. No cache ever stands in an answer's way: what fails is a miss.
"""

import logging
import threading
import time
from collections import OrderedDict, defaultdict
from hashlib import blake2b
from typing import Protocol

from studiolab.adapters.errors import StudiolabError

SECONDS = 3600
MOST_BYTES = 32 * 2**20
WAIT = 0.05  # seconds for a Redis to connect or answer
PAUSE = 5.0  # seconds without asking a Redis that failed
PREFIX = "studiolab:answers:"
log = logging.getLogger(__name__)


class Cache(Protocol):
    """What both caches do."""

    def get(self, studio_id: str, key: str) -> bytes | None:
        """The answer kept under a key, None where there is none or it is too old."""

    def put(self, studio_id: str, key: str, answer: bytes) -> None:
        """Keep an answer for SECONDS."""

    def forget(self, studio_id: str) -> None:
        """Drop a studio's answers."""

    def entries(self) -> int | None:
        """How many are kept, None where that is not known."""


class InProcess:
    """The answers asked for last, MOST_BYTES of them at most."""

    name = "in process"

    def __init__(self, most_bytes=MOST_BYTES, clock=time.monotonic):
        self._most, self._clock, self._lock = most_bytes, clock, threading.Lock()
        self._held, self._of, self._size = OrderedDict(), defaultdict(set), 0  # key to (until, studio, answer)

    def get(self, studio_id, key):
        with self._lock:
            until, _, answer = self._held.get(key, (0.0, None, None))
            if answer is None:
                return None
            if until < self._clock():
                self._drop(key)
                return None
            self._held.move_to_end(key)
            return answer

    def put(self, studio_id, key, answer):
        with self._lock:
            self._drop(key)
            self._held[key] = self._clock() + SECONDS, studio_id, answer
            self._of[studio_id].add(key)
            self._size += len(answer)
            while self._size > self._most:
                self._drop(next(iter(self._held)))

    def forget(self, studio_id):
        with self._lock:
            for key in list(self._of.get(studio_id, ())):
                self._drop(key)

    def entries(self):
        return len(self._held)

    def _drop(self, key):
        if key in self._held:
            _, studio_id, answer = self._held.pop(key)
            self._size -= len(answer)
            self._of[studio_id].discard(key)
            if not self._of[studio_id]:
                del self._of[studio_id]


class Redis:
    """Answers in the Redis at `url`, which several programs may share.

    Each studio has an index, a sorted set of its keys by when they end, so that nobody ever searches all keys. An
    entry carries a checksum of key and answer; one that does not fit is a miss. A Redis that is slow or gone costs
    WAIT once, is left alone for PAUSE, and is told of in the log once until it answers again.
    """

    name = "Redis"

    def __init__(self, url):
        import redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        self._errors = (redis.RedisError, OSError)
        try:
            self._server = redis.Redis.from_url(
                url, socket_timeout=WAIT, socket_connect_timeout=WAIT, retry=Retry(NoBackoff(), 0)
            )
        except ValueError as error:
            raise StudiolabError(f"REDIS_URL cannot be used: {error}") from None
        self._unlink = self._server.register_script(_FORGET)
        self._failing, self._again, self._warned = threading.Lock(), 0.0, False

    def get(self, studio_id, key):
        kept = self._asked(lambda: self._server.get(_entry(studio_id, key)))
        return kept[16:] if kept and kept[:16] == _checksum(key, kept[16:]) else None

    def put(self, studio_id, key, answer):
        entry, index, now = _entry(studio_id, key), _index(studio_id), time.time()
        batch = self._server.pipeline(transaction=True)
        batch.set(entry, _checksum(key, answer) + answer, ex=SECONDS)
        batch.zadd(index, {entry: now + SECONDS}).zremrangebyscore(index, "-inf", now).expire(index, SECONDS)
        self._asked(batch.execute)

    def forget(self, studio_id):
        self._asked(lambda: self._unlink(keys=[_index(studio_id)]))

    def entries(self):
        return None  # others' are among them

    def _asked(self, question):
        """What the server says to a callable; None where it rests, or says nothing."""
        began = time.monotonic()
        if began < self._again:
            return None
        try:
            said = question()
        except self._errors as error:
            with self._failing:  # threads that were under way find out together
                self._again = time.monotonic() + PAUSE
                told, self._warned = self._warned, True
            if not told:
                log.warning("Redis keeps no answers (%s); they are made anew until it does", error)
            return None
        if began >= self._again:  # not one that had got through before the rest did not
            self._warned = False
        return said


_FORGET = """
local entries = redis.call('ZRANGE', KEYS[1], 0, -1)
for first = 1, #entries, 1000 do
    redis.call('UNLINK', unpack(entries, first, math.min(first + 999, #entries)))
end
redis.call('UNLINK', KEYS[1])
"""


def _index(studio_id):
    return f"{PREFIX}of:{studio_id}"


def _entry(studio_id, key):
    return f"{PREFIX}{key}:{studio_id}"


def _checksum(key, answer):
    return blake2b(answer, digest_size=16, key=key.encode()[:64]).digest()
