"""Tokens and passwords of connected channels: one file that nobody but its owner may read, and no database holds."""

import fcntl
import json
import os
from contextlib import contextmanager, suppress
from pathlib import Path

from studiolab.adapters.errors import StudiolabError

PLACEHOLDERS = ("your-", "your_", "changeme", "change-me", "change-in", "example", "placeholder", "secret-key",
                "test123", "password", "dummy", "xxxx", "<", "…")  # fmt: skip


def weakness(name, secret, least=8):
    """Why `secret` is none, in a sentence that does not tell it; "" where it may serve (K3.14).

    name : as the owner knows it; least : characters
    """
    plain = secret.casefold()
    if not secret:
        return f"{name} is missing"
    if any(mark in plain for mark in PLACEHOLDERS) or len(set(secret)) < 3:
        return f"{name} is a placeholder, as documents show it; put the real one in its place"
    if len(secret) < least or secret != secret.strip() or not secret.isprintable():
        return f"{name} has {len(secret)} characters; at least {least} without blanks around them were expected"
    return ""


class SecretsFile:
    """Secrets by (studio_id, name), e.g. ("studio-001", "whatsapp:4915"), each a dict of texts.

    A change is whole or not at all, also when the disk is full or the power fails, and two writers wait for each other.
    Raises StudiolabError, in a sentence, where the file cannot be read or written.
    """

    def __init__(self, path):
        self.path = Path(path)

    def get(self, studio_id, name):
        """dict of texts, empty where nothing is kept."""
        return self._read().get(studio_id, {}).get(name, {})

    def names(self):
        """List of (studio_id, name)."""
        return [(studio_id, name) for studio_id, kept in self._read().items() for name in kept]

    def put(self, studio_id, name, secrets):
        """Keep `secrets` in place of what was there; an empty dict forgets it."""
        with self._alone():
            known = self._read()
            kept = known.setdefault(studio_id, {})
            kept.pop(name, None)
            if secrets:
                kept[name] = dict(secrets)
            self._write({one: kept for one, kept in known.items() if kept})

    # parts --------------------------------------------------------------------------------------
    def _read(self):
        try:
            known = json.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise StudiolabError(f"{self.path} cannot be read ({error.strerror}); give this user the right.") from None
        except ValueError:
            known = None
        if not isinstance(known, dict) or not all(isinstance(kept, dict) for kept in known.values()):
            raise StudiolabError(f"{self.path} is damaged; move it away, then connect the channels again.")
        return known

    def _write(self, known):
        new = self.path.with_name(f"{self.path.name}.{os.getpid()}.new")
        try:
            with suppress(FileNotFoundError):
                new.unlink()
            with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
                json.dump(known, file, indent=1)
                file.flush()
                os.fsync(file.fileno())
            os.replace(new, self.path)
            folder = os.open(self.path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            with suppress(OSError):
                new.unlink()
            raise StudiolabError(f"{self.path} cannot be written ({error.strerror}); it is as it was. "
                                 "Free some space or give this user the right, then repeat.") from None  # fmt: skip

    @contextmanager
    def _alone(self):
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            lock = os.open(self.path.with_name(f"{self.path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StudiolabError(f"{self.path} cannot be written ({error.strerror}).") from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)
