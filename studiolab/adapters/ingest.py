"""Many who bring messages, one transaction for all that waits: group commit.

A disk takes a few thousand commits a second at most, and a commit of a hundred rows costs it hardly more than one of
a single row. So one thread writes; whoever brings something while it does waits for the next round with the others.
"""

import asyncio
import queue
import threading
from concurrent.futures import Future

MOST = 5_000  # rows of one transaction


class Ingest:
    """The one writer of a `Database`. What a call of `put` brought is on the disk when its answer is there."""

    def __init__(self, db):
        self._db, self._lock = db, threading.Lock()
        self._thread, self._waiting, self._open = None, None, None

    def put(self, rows):
        """`Kept`, of `rows`, a dict of table to list of dicts. A row of known key stays as it is."""
        with self._lock:
            if self._thread is None:
                self._waiting = queue.SimpleQueue()
                self._thread = threading.Thread(target=self._work, args=(self._waiting,), name="ingest", daemon=True)
                self._thread.start()
            if self._open is None or self._open.size >= MOST:
                self._open = Round()
                self._waiting.put(self._open)
            return self._open.take(rows)

    def close(self):
        """Write what waits, and end the thread."""
        with self._lock:
            ending, self._thread, self._open = self._thread, None, None
            if ending is not None:
                self._waiting.put(None)
        if ending is not None:
            ending.join()

    def _work(self, waiting):
        while (due := waiting.get()) is not None:
            with self._lock:
                if self._open is due:
                    self._open = None
            due.set_result(self._write(due.brought))

    def _write(self, brought):
        """dict of place in `brought` to why it is not kept, of those that are not."""
        tables = {name: found for name in sorted({name for rows in brought for name in rows})
                  if (found := [row for rows in brought for row in rows.get(name, ())])}  # fmt: skip
        try:
            if len(tables) == 1:
                self._db.log(*tables.popitem())
            elif tables:
                with self._db.transaction() as changes:
                    for name, found in tables.items():
                        changes.add(name, found)
        except Exception as error:
            if len(brought) == 1:
                return {0: error}
            # one that cannot be written must not take the others along
            return {place: why for place, rows in enumerate(brought) for why in self._write([rows]).values()}
        return {}


class Round(Future):
    """What is written together. Its result : dict of place to why that was not kept."""

    def __init__(self):
        super().__init__()
        self.brought, self.size, self._told = [], 0, None

    def take(self, rows):
        self.brought.append(rows)
        self.size += sum(map(len, rows.values()))
        return Kept(self, len(self.brought) - 1)

    def told(self):
        """An awaitable of the result, one for all who wait in a loop: each would wake it anew."""
        if self._told is None or self._told.get_loop() is not asyncio.get_running_loop():
            self._told = asyncio.wrap_future(self)
        return asyncio.shield(self._told)  # one who waits no longer must not keep the others from being told


class Kept:
    """Whether rows are on the disk. `result(timeout)` and `await` wait, and raise what the database says if not."""

    def __init__(self, own, place):
        self._round, self._place = own, place

    def result(self, timeout=None):
        self._judge(self._round.result(timeout))

    def __await__(self):
        self._judge((yield from self._round.told().__await__()))

    def _judge(self, failed):
        if self._place in failed:
            raise failed[self._place]
