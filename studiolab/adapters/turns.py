"""One program at a time: a turn at something that two should not do at once, such as reading a mailbox.

The kernel holds the lock and frees it however its holder ends, so nothing is left behind by a crash.
"""

import fcntl
import os
import time
from contextlib import contextmanager, suppress
from pathlib import Path

from studiolab.adapters.errors import StudiolabError

LOOK_SECONDS = 0.1


class Turn:
    """A turn, named by the path of its file, which all programs share; the file's time says when the last one ended."""

    def __init__(self, path):
        self.path = Path(path)

    @property
    def ended(self):
        """When the last turn ended, seconds since 1970; None before the first."""
        with suppress(OSError):
            found = self.path.stat()
            return found.st_mtime if found.st_size else None
        return None

    @contextmanager
    def taken(self, seconds=0.0):
        """Whether the turn is ours, until the block ends; seconds : to wait for who has it.

        Raises StudiolabError where the file cannot be made.
        """
        until = time.monotonic() + seconds
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            lock = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StudiolabError(f"{self.path} cannot be written ({error.strerror}).") from None
        try:
            while not (is_ours := _locked(lock)) and time.monotonic() < until:
                time.sleep(LOOK_SECONDS)
            yield is_ours
            if is_ours:
                with suppress(OSError):  # a full disk: the turn ended all the same
                    os.pwrite(lock, b"ended\n", 0)
        finally:
            os.close(lock)


def _locked(file):
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
