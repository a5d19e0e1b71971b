"""Work in a process of its own, in the table jobs: one at a time, and found again after a restart."""

import json
import os
import socket

import pandas as pd
import psutil

GONE = (
    "The process ended before it was done, perhaps with the machine; nothing was changed and the present model answers "
    "on. Start it again with POST /api/v1/models/retrain or `studiolab retrain`."
)
UNSEEN = pd.Timedelta(minutes=10)  # silence after which a process of another machine counts as gone
BEGINS = pd.Timedelta(minutes=1)  # time a process has to say that it is there
OPEN = ("queued", "running")


class Busy(ValueError):
    """Another job is at work; the message names it."""


class Jobs:
    """The jobs of a database (`adapters.database.Database`)."""

    def __init__(self, db, now=lambda: pd.Timestamp.now("UTC").floor("us")):
        self.db, self.now = db, now

    def enter(self, job_id, kind, request, user_name, takes, studio_id=None):
        """A new job, queued, as a dict of the table's columns; takes : Timedelta it will last.

        Raises Busy while one of its kind is at work.
        """
        now = self.now()
        row = {
            "job_id": job_id, "kind": kind, "studio_id": studio_id, "status": "queued", "user_name": user_name,
            "request": json.dumps(request, sort_keys=True), "step": "waiting to begin", "progress": 0.0,
            "requested_at": now, "seen_at": now, "estimated_completion": now + takes,
        }  # fmt: skip
        with self.db.transaction() as changes:
            changes.alone("jobs")
            for other in self._settle(changes).to_dict("records"):
                if other["kind"] == kind and other["status"] in OPEN:
                    raise Busy(f"job {other['job_id']} is at work already ({other['step']}); follow it, then ask again")
            changes.write("jobs", pd.DataFrame([row]))
        return row

    def change(self, job_id, only_from=OPEN, **fresh):
        """Write some columns of a job whose status is one of `only_from`; False where it is another by now."""
        with self.db.transaction() as changes:
            changes.alone("jobs")
            found = changes.read("jobs", job_id=job_id)
            if found.empty or found["status"].iloc[0] not in only_from:
                return False
            changes.write("jobs", pd.DataFrame([found.iloc[0].to_dict() | {"seen_at": self.now()} | fresh]))
            return True

    def settle(self):
        """Say of each job whose process is gone that it was interrupted."""
        if len(_gone(self.db.read("jobs"), self.now())):
            with self.db.transaction() as changes:
                changes.alone("jobs")
                self._settle(changes)

    def found(self, job_id):
        """A job as a dict, or None."""
        self.settle()
        rows = self.db.read("jobs", job_id=job_id).to_dict("records")
        return rows[0] if rows else None

    def latest(self):
        """All jobs, the latest first, as a frame."""
        self.settle()
        return self.db.read("jobs").sort_values("requested_at", ascending=False, kind="stable")

    def _settle(self, changes):
        rows, now = changes.read("jobs"), self.now()
        gone = _gone(rows, now)
        if len(gone):
            changes.write("jobs", gone.assign(status="interrupted", finished_at=now, message=GONE))
            rows = changes.read("jobs")
        return rows


def _gone(rows, now):
    begun = rows[rows["status"].isin(OPEN)]
    return begun[[not _is_there(row, now) for row in begun.to_dict("records")]]


def this_process(pid=None):
    """What tells a process from all others, those that get its number later too; ours by default."""
    return _named(psutil.Process(pid or os.getpid()))


def _named(process):
    return f"{socket.gethostname()} {process.pid} {process.create_time():.2f}"


def _is_there(row, now):
    if not isinstance(row["process"], str):
        return now - row["seen_at"] < BEGINS
    machine, pid, _ = row["process"].split(" ")
    if machine != socket.gethostname():
        return now - row["seen_at"] < UNSEEN
    try:
        process = psutil.Process(int(pid))
        return _named(process) == row["process"] and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
