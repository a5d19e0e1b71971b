"""Retraining as a job in a process of its own: asked for, followed, judged, and promoted or not (B-59, B-76, K1.34).

`python -m studiolab.app.retraining JOB_ID` is that process; it is nice to whoever asks questions meanwhile.
"""

import json
import logging
import os
import subprocess
import sys
from contextlib import suppress
from email.message import EmailMessage
from uuid import uuid4

import pandas as pd
import psutil

from studiolab.adapters import models
from studiolab.adapters.errors import StudiolabError
from studiolab.app.core import reference
from studiolab.app.jobs import Busy, Jobs, this_process
from studiolab.revenue_simulator import answers, retraining, rolling

__all__ = ["Busy", "Retraining", "UnknownJob"]

USUAL = pd.Timedelta(minutes=2)  # where no job has ended yet that would tell how long one takes
PLACE = 5  # niceness
log = logging.getLogger(__name__)


class UnknownJob(ValueError):
    """No such job."""


class Retraining:
    """The part of the Workbench that renews its model."""

    def __init__(self, settings=None, patience=0.0):
        super().__init__(settings, patience)
        self._at_work = []

    @property
    def jobs(self):
        """The `Jobs` of the database."""
        return Jobs(self.db)

    def retrain(self, request, actor):
        """`JobAccepted` of a RetrainRequest (or a dict of its fields): the job runs in a process of its own.

        actor : user name. Raises UnknownStudio, `Busy` while another runs, StudiolabError where there are no data.
        """
        request = retraining.RetrainRequest.model_validate(request)
        self._at_work = [one for one in self._at_work if one.poll() is None]  # who ended is not a zombie for long
        known = self.db.distinct("monthly_metrics", "studio_id")
        if not known:
            raise StudiolabError("There are no monthly figures to learn from; `studiolab import FILE` brings them.")
        if request.studio_id is not None and request.studio_id not in known:
            unknown = f"no studio {request.studio_id!r}; there are {len(known)}: {', '.join(sorted(known)[:5])} …"
            raise self.no_figures(request.studio_id, answers.UnknownStudio(unknown))
        job_id, asked = str(uuid4()), request.model_dump(mode="json")
        row = self.jobs.enter(job_id, "retrain", asked, actor, self._takes(request), request.studio_id)
        try:
            self._begin(job_id)
        except OSError as error:
            self.jobs.change(job_id, status="failed", finished_at=self.jobs.now(), message=f"no process: {error}")
            raise StudiolabError(f"No process can be started for the training: {error}.") from None
        return retraining.JobAccepted(job_id=job_id, status="queued", estimated_completion=row["estimated_completion"])

    def retrain_job(self, job_id):
        """`RetrainJob` as it stands. Raises UnknownJob."""
        row = self.jobs.found(job_id)
        if row is None:
            raise UnknownJob(f"no job {job_id!r}; `studiolab retrain` begins one")
        return _told(row)

    def retrain_jobs(self, limit=20):
        """List of RetrainJob, the latest first."""
        return [_told(row) for row in self.jobs.latest().head(limit).to_dict("records")]

    # parts --------------------------------------------------------------------------------------
    def _takes(self, request):
        """Timedelta that such a job took last time."""
        done = self.jobs.latest()
        done = done[done["status"] == "done"]
        alike = [json.loads(asked)["retrain_strategy"] == request.retrain_strategy for asked in done["request"]]
        took = (done["finished_at"] - done["requested_at"])[alike]
        return took.iloc[0] if len(took) else USUAL

    def _begin(self, job_id):
        logs = self.settings.home / "data" / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        with (logs / "retraining.log").open("a") as out:
            command, ours = [sys.executable, "-m", "studiolab.app.retraining", job_id], self.settings.environment()
            process = subprocess.Popen(command, env=os.environ | ours, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        self._at_work.append(process)
        with suppress(psutil.Error):  # it may have ended already, and says itself how
            self.jobs.change(job_id, only_from=("queued",), process=this_process(process.pid))

    def retrain_now(self, job_id):
        """Do the job, in this process: train, judge, promote or keep, and write down what came of it."""
        work = Work(self.jobs, job_id)
        if not work.begin():
            return
        try:
            request = retraining.RetrainRequest.model_validate_json(self.jobs.found(job_id)["request"])
            result = self._retrained(request, work)
        except Exception as error:
            log.exception("job %s", job_id)
            work.end("failed", f"Nothing was changed: {error}")
            raise
        notes = [result.why, *self._tell(request, result)]
        work.end("done", " ".join(notes), result)

    def _retrained(self, request, work):
        work.step("reading the data", 0.02)
        with self._training:
            present, made = self.model, self.recipe
        metrics, plan = self._data()
        data_key = self._data_key(metrics, plan)
        asked = {"strategy": request.retrain_strategy, "months": request.include_latest_months}
        work.step("training the candidate", 0.05)
        candidate = retraining.train(metrics, plan, **asked, reference=reference, config=self.config)
        versions = {"candidate_version": candidate.version, "present_version": present.version}
        if candidate.version == present.version:
            why = "Kept the present model: from the same data, the candidate is the same."
            return retraining.RetrainResult(promoted=False, why=why, judged=None, **versions)
        rows = self._compared(metrics, plan, asked, made, request.include_latest_months, work)
        found = None if rows is None else retraining.judged(rows, request.studio_id)
        promoted, why = retraining.decision(found)
        work.step("writing it down", 0.95)
        if promoted and not self._promote(candidate, data_key, asked, found, request):
            promoted, why = False, "Kept the present model: the data changed meanwhile; ask again."
        if rows is not None:
            why += self._track(candidate, rows, promoted, asked)
        return retraining.RetrainResult(promoted=promoted, why=why, judged=found, **versions)

    def _compared(self, metrics, plan, asked, made, months, work):
        """Rows of `retraining.told` of candidate and present, each made as it was made, from each origin."""
        parts, starts = [], retraining.origins(metrics, months)
        for done, origin in enumerate(starts):
            work.step(f"comparing as of {origin:%Y-%m}, {done + 1} of {len(starts)}", 0.2 + 0.7 * done / len(starts))
            for name, recipe in (("candidate", asked), ("present", made)):
                model = retraining.train(metrics, plan, **recipe, reference=reference, config=self.config,
                                         last=origin)  # fmt: skip
                parts.append(retraining.told(model, metrics, origin, name))
        return pd.concat(parts, ignore_index=True) if parts else None

    def _promote(self, candidate, data_key, made, found, request):
        """Let the candidate answer from now on, for these data; False where they are others by now."""
        key = f"{data_key}-{candidate.version.rpartition('-')[2]}"
        models.save(self._models, key, candidate)
        now = self.jobs.now()
        about = {"data_key": data_key, "file": key, "recipe": made, "request": request.model_dump(mode="json")}
        row = {"performance_id": f"{candidate.version}:{now.isoformat()}", "model_version": candidate.version,
               "model_type": "structural", "deployed_at": now, "evaluation_date": now.tz_localize(None).normalize(),
               "mape": 100 * found.candidate_error, "total_predictions": found.predictions,
               "metadata": json.dumps(about, sort_keys=True)}  # fmt: skip
        with self.db.transaction() as changes:
            changes.alone("ledger")
            if self._data_key(changes.read("monthly_metrics"), changes.read("lever_plan")) != data_key:
                return False
            changes.write("model_performance", pd.DataFrame([row]))
            told = {"model_version": candidate.version, **found.model_dump(mode="json")}
            self.ledger.enter(changes, "retraining", "model promoted", told, None, data_key, candidate.version)
        return True

    def _track(self, candidate, rows, promoted, made):
        """What MLflow says against keeping the run, empty where it is kept."""
        from studiolab.adapters import tracking

        try:
            about = {f"retrain.{name}": value for name, value in made.items()}
            run = tracking.log_training(self.settings, candidate, rolling.scores(rows), candidate.config, about)
            if promoted:
                tracking.promote(self.settings, run["version"])
        except StudiolabError as error:
            return f" {error}"
        return ""

    def _tell(self, request, result):
        """Sentences about whom the result was mailed to; none where nobody was to be told."""
        if not request.notify_on_completion:
            return []
        at = self.settings
        to = request.notify_to or at.mail_from
        if not (at.smtp_host and at.mail_from):
            return ["Nobody was told by e-mail: set SMTP_HOST and MAIL_FROM."]
        from studiolab.adapters import mail

        message = EmailMessage()
        message["Subject"], message["From"], message["To"] = "The revenue model was retrained", at.mail_from, to
        message.set_content(
            f"{result.why}\n\nCandidate {result.candidate_version}, present {result.present_version}.\n"
        )
        try:
            password = at.smtp_password.get_secret_value() if at.smtp_password else None
            mail.send(message, at.smtp_host, at.smtp_port, at.smtp_user, password, at.smtp_security)
        except StudiolabError as error:
            return [f"Nobody was told: {error}"]
        return [f"{to} was told by e-mail."]


class Work:
    """A job from inside its process: says where it is."""

    def __init__(self, jobs, job_id):
        self.jobs, self.job_id = jobs, job_id

    def begin(self):
        """Whether it is ours to do."""
        return self.jobs.change(self.job_id, only_from=("queued",), status="running", process=this_process())

    def step(self, text, progress):
        """Say what is done now, and how far it is: progress, 0 to 1."""
        self.jobs.change(self.job_id, step=text, progress=progress)

    def end(self, status, message, result=None):
        """Say how it ended; result : a pydantic model of what came of it."""
        told = None if result is None else result.model_dump_json()
        self.jobs.change(self.job_id, status=status, message=message, result=told, finished_at=self.jobs.now(),
                         **({"step": "done", "progress": 1.0} if status == "done" else {}))  # fmt: skip


def _told(row):
    def moment(name):
        return None if pd.isna(row[name]) else row[name].to_pydatetime()

    result = row["result"] if isinstance(row["result"], str) else None
    return retraining.RetrainJob(
        job_id=row["job_id"], status=row["status"], progress=row["progress"], step=row["step"],
        message=row["message"] if isinstance(row["message"], str) else None,
        requested_at=moment("requested_at"), finished_at=moment("finished_at"),
        estimated_completion=moment("estimated_completion"), user_name=row["user_name"],
        request=retraining.RetrainRequest.model_validate_json(row["request"]),
        result=result and retraining.RetrainResult.model_validate_json(result),
    )  # fmt: skip


if __name__ == "__main__":
    from studiolab.app import Workbench

    os.nice(PLACE)
    Workbench().retrain_now(sys.argv[1])
