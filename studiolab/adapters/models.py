"""Trained models on disk: each a whole file under the hash of what it was made from, read by its writer only.

A pickle can run code when it is read, so a file that another user owns or may write is not read.
"""

import os
import stat
import tempfile
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import pandas as pd

KEPT = 3
LIBRARIES = ("studiolab", "numpy", "pandas", "scikit-learn", "scipy", "lightgbm", "joblib")


def key(frames, sources, config=None):
    """Hash of DataFrames, of the text of source files (Paths), of the libraries that wrote them, and of `config`,
    anything whose `repr` says all."""
    digest = sha256(repr(([version(name) for name in LIBRARIES], config)).encode())
    for path in sorted(sources):
        digest.update(path.read_bytes())
    for frame in frames:
        digest.update(repr(list(frame.columns)).encode())
        digest.update(pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes())
    return digest.hexdigest()[:32]


def exists(folder, key):
    """Whether a model is saved under `key` in a file that is this user's alone."""
    try:
        about = _path(folder, key).lstat()
    except FileNotFoundError:
        return False
    return stat.S_ISREG(about.st_mode) and about.st_uid == os.getuid() and not about.st_mode & 0o022


def load(folder, key):
    """The model saved under `key`, or None where `exists` says so."""
    import joblib

    return joblib.load(_path(folder, key)) if exists(folder, key) else None


def save(folder, key, model):
    """Keep `model` under `key`, and of older ones the last KEPT - 1. Returns the Path."""
    import joblib

    folder.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=".model-")
    try:
        with os.fdopen(handle, "wb") as file:
            joblib.dump(model, file, compress=("zlib", 1))
        os.replace(temporary, _path(folder, key))
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    for old in sorted(folder.glob("*.joblib"), key=lambda path: path.stat().st_mtime)[:-KEPT]:
        old.unlink(missing_ok=True)
    return _path(folder, key)


def _path(folder, key):
    return folder / f"{key}.joblib"
