"""The ledger: who decided what, when and from what; it only grows, and every entry holds the hash of the one before.

An altered, removed or reordered entry is found by `verify` (K0.9, N10). Whoever can rewrite the whole database can
also chain it anew, so note the head that `verify` prints where they cannot reach it, and give it back as `head`.
"""

import hashlib
import json
from datetime import UTC, datetime
from typing import NamedTuple

import pandas as pd

FIRST = "0" * 64
SIGNED = ("entry_id", "recorded_at", "actor", "action", "studio_id", "payload", "data_hash", "model_version",
          "previous_hash")  # fmt: skip


class Head(NamedTuple):
    """The last entry: how many there are, and its hash."""

    entries: int
    entry_hash: str


def canonical(value):
    """The one JSON text of a value: keys sorted, no spaces, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest(value):
    """SHA-256 of `canonical` of a value, in hex."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


class Ledger:
    """The ledger of a database (`adapters.database.Database`)."""

    def __init__(self, db):
        self.db = db

    def record(self, actor, action, payload, studio_id=None, data_hash=None, model_version=None):
        """Append an entry and return it, a dict of the table's columns, once it is on the disk.

        actor : user name; action : verb and object, e.g. "plan saved"; payload : JSON-able; data_hash : of what the
        decision was made from; model_version : of what made it
        Raises ValueError for an actor or action that is empty or no text.
        """
        with self.db.transaction() as changes:
            return self.enter(changes, actor, action, payload, studio_id, data_hash, model_version)

    def enter(self, changes, actor, action, payload, studio_id=None, data_hash=None, model_version=None):
        """As `record`, inside a transaction: the entry is kept or lost together with what it tells of."""
        # The one row is made here, so this stands in for the schema's checks, which take longer than all the rest
        # while nobody else can write.
        for name, said in (("actor", actor), ("action", action)):
            if not isinstance(said, str) or not said:
                raise ValueError(f"ledger: {name} is {said!r}; a text was expected")
        changes.alone("ledger")
        last = changes.last("ledger", columns=["entry_id", "entry_hash"])
        entry = {
            "entry_id": 1 if last.empty else int(last["entry_id"].iloc[0]) + 1,
            "recorded_at": pd.Timestamp(datetime.now(UTC)).floor("us"), "actor": actor, "action": action,
            "studio_id": studio_id, "payload": canonical(payload), "data_hash": data_hash,
            "model_version": model_version,
            "previous_hash": FIRST if last.empty else last["entry_hash"].iloc[0],
        }  # fmt: skip
        entry["entry_hash"] = _entry_hash(entry)
        changes.write("ledger", pd.DataFrame([entry]).astype({"entry_id": "Int64"}), judged=True)
        return entry | {"payload": payload}

    def entry(self, entry_id):
        """The entry as a dict, its payload read. Raises ValueError where there is none."""
        found = self.db.read("ledger")
        found = found[found["entry_id"] == entry_id]
        if found.empty:
            raise ValueError(f"there is no entry {entry_id} in the ledger; `studiolab ledger show` lists them")
        return _read(found)[0]

    def entries(self, studio_id=None, actions=None, last=None):
        """List of dicts, the oldest first; studio_id and actions (names) narrow it; last : how many at most."""
        found = self.db.read("ledger", studio_id) if last is None else self.db.last("ledger", last, studio_id)
        return _read(found if actions is None else found[found["action"].isin(actions)])

    def verify(self, head=None):
        """(Head, problems): what is wrong with the chain, a sentence each; none where it is whole.

        head : Head noted earlier; that entry must still be there and say the same.
        """
        try:
            rows = self.db.read("ledger").to_dict("records")
        except (ValueError, TypeError, OverflowError) as error:
            return Head(0, FIRST), [f"an entry was altered so that it cannot be read: {str(error)[:200]}"]
        problems, before = [], {"entry_id": 0, "entry_hash": FIRST}
        for row in rows:
            if row["entry_id"] != before["entry_id"] + 1:
                problems.append(f"entries {before['entry_id'] + 1} to {row['entry_id'] - 1} are missing")
            elif row["previous_hash"] != before["entry_hash"]:
                problems.append(f"entry {row['entry_id']} does not follow the entry before it")
            if row["entry_hash"] != _entry_hash(row):
                problems.append(f"entry {row['entry_id']} was altered after it was written")
            before = row
        if head and not any(row["entry_id"] == head.entries and row["entry_hash"] == head.entry_hash for row in rows):
            problems.append(
                f"entry {head.entries} with the hash noted earlier is gone: the end was cut off or rewritten"
            )
        return Head(int(before["entry_id"]), before["entry_hash"]), problems


def _read(frame):
    return [row | {"payload": _payload(row["payload"])} for row in frame.to_dict("records")]


def _payload(text):
    try:
        payload = json.loads(text)
    except ValueError:  # `verify` names the entry
        return {"damaged": text[:200]}
    return payload if isinstance(payload, dict) else {"told": payload}


def _entry_hash(row):
    signed = {column: None if pd.isna(row[column]) else row[column] for column in SIGNED}
    signed["recorded_at"] = signed["recorded_at"].isoformat(timespec="microseconds")
    signed["entry_id"] = int(signed["entry_id"])
    return digest(signed)
