"""Many who bring messages, one transaction for all that waits: group commit.

A disk takes a few thousand commits a second at most, and a commit of a hundred rows costs it hardly more than one of
a single row. So one thread writes; whoever brings something while it does waits for the next round with the others.
"""

import queue
import threading
from concurrent.futures import Future

MOST = 500  # rows of one transaction


class Ingest:
    """The one writer of a `Database`. A call of `put` answers when all it brought is on the disk."""

    def __init__(self, db):
        self._db, self._waiting = db, queue.SimpleQueue()
        self._thread, self._lock = None, threading.Lock()

    def put(self, rows):
        """Future that is done, with None, when `rows`, a dict of table to list of dicts, are kept.

        A row of known key stays as it is. The future raises what the database says where it keeps none of them.
        """
        done = Future()
        done.set_running_or_notify_cancel()  # who waits no longer must not keep the others from being told
        with self._lock:  # what comes while we close would wait for a thread that has ended
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="ingest", daemon=True)
                self._thread.start()
            self._waiting.put((rows, done))
        return done

    def close(self):
        """Write what waits, and end the thread."""
        with self._lock:
            if self._thread is not None:
                self._waiting.put(None)
                self._thread.join()
                self._thread = None

    def _work(self):
        while True:
            brought = self._brought()
            if None not in brought:
                self._write(brought)
                continue
            self._write([one for one in brought if one is not None])
            return

    def _brought(self):
        """What waits, at least one thing, of MOST rows or hardly more."""
        brought = [self._waiting.get()]
        size = _size(brought[0])
        while size < MOST:
            try:
                brought.append(self._waiting.get_nowait())
            except queue.Empty:
                break
            size += _size(brought[-1])
        return brought

    def _write(self, brought):
        tables = {name: found for name in sorted({name for rows, _ in brought for name in rows})
                  if (found := [row for rows, _ in brought for row in rows.get(name, ())])}  # fmt: skip
        try:
            if len(tables) == 1:
                self._db.log(*tables.popitem())
            elif tables:
                with self._db.transaction() as changes:
                    for name, found in tables.items():
                        changes.add(name, found)
        except Exception as error:
            if len(brought) == 1:
                brought[0][1].set_exception(error)
            else:  # one that cannot be written must not take the others along
                for one in brought:
                    self._write([one])
            return
        for _, done in brought:
            done.set_result(None)


def _size(one):
    return 0 if one is None else sum(map(len, one[0].values()))
