"""What was predicted is kept, what came is set beside it, and both go out as tables."""

import logging
import threading
from collections import deque
from contextlib import contextmanager
from datetime import UTC, datetime

from studiolab import schema
from studiolab.revenue_simulator import track_record
from studiolab.revenue_simulator.answers import UnknownStudio

PAUSE = 1.0  # seconds of answers that share a transaction
MOST_WAITING = 10_000  # answers that wait for a busy database; what comes beyond is not kept
MOST_KNOWN = 50_000  # answers remembered to be in the log
MONEY = ("predicted_revenue", "revenue_low", "revenue_high")
log = logging.getLogger(__name__)


class Predictions:
    """The part of the Workbench that remembers predictions.

    An answer does not wait for its entry: a thread writes all that came within PAUSE in one transaction, and at once
    when the program ends. An entry that cannot be written is a warning in the log, and no answer fails for it.
    """

    def __init__(self, settings=None, patience=0.0):
        super().__init__(settings, patience)
        self._to_log, self._known, self._scribe = deque(), (None, None, None), None
        self._logged = set()
        self._hiring, self._writing = threading.Lock(), threading.Lock()

    def remember(self, model, asked, shape, told, key):
        """Put an answer of `model` to a ForecastRequest or ForwardRequest into prediction_logs, soon. Never raises.

        told : the answer, of model class `shape`, or its JSON in bytes; key : names question and answer, so that one
        that is in the log already is left at that
        """
        if key in self._logged:
            return
        if len(self._to_log) >= MOST_WAITING:
            log.warning("a prediction for %s is not logged: the database takes none", asked.studio_id)
            return
        self._to_log.append((model, asked, shape, told, key, datetime.now(UTC)))
        with self._hiring:
            if self._scribe is not None:
                return
            self._scribe = threading.Thread(target=self._write_soon, name="predictions")
        try:
            self._scribe.start()
        except RuntimeError:  # the program is ending
            self._write_down()

    def performance(self, studio_id=None, kind="forecast"):
        """`track_record.Performance` of one studio's predictions, or of all; kind : forecast or forward.

        Raises UnknownStudio.
        """
        known = set(self.db.distinct("studios", "studio_id")) | set(self.db.distinct("monthly_metrics", "studio_id"))
        if studio_id is not None and studio_id not in known:
            raise UnknownStudio(f"no studio {studio_id!r}; there are {len(known)}: {', '.join(sorted(known)[:5])} …")
        return track_record.performance(self.predictions(studio_id, prediction_type=kind), kind)

    def predictions(self, studio_id=None, **where):
        """`track_record.scored` of what was logged; where : as `Database.read`."""
        self._write_down()
        metrics = self.db.read("monthly_metrics", studio_id, ["studio_id", "month_year", "total_revenue", "currency"])
        return track_record.scored(self.db.read("prediction_logs", studio_id, **where), metrics)

    def close(self):
        """Write the last entries, then let go of the database."""
        self._write_down()
        super().close()

    # parts --------------------------------------------------------------------------------------
    def _write_soon(self):
        threading.main_thread().join(PAUSE)
        with self._hiring:
            self._scribe = None  # who is told something from now on calls the next one
        self._write_down()

    def _write_down(self):
        """Write what was remembered so far."""
        rows, keys = [], set()
        with self._writing:
            while self._to_log:
                with _a_warning_at_most():
                    model, asked, shape, told, key, when = self._to_log.popleft()
                    if key not in keys:
                        answer = shape.model_validate_json(told) if isinstance(told, bytes) else told
                        rows += self._rows(model, asked, answer, when)
                        keys.add(key)
            if rows:
                with _a_warning_at_most():
                    with self.db.transaction() as changes:
                        changes.add("prediction_logs", rows)
                    self._logged = keys | (self._logged if len(self._logged) < MOST_KNOWN else set())

    def _rows(self, model, asked, answer, when):
        """Rows of prediction_logs, as the schema has them."""
        if self._known[0] is not model:
            currency = self.db.read("monthly_metrics", columns=["studio_id", "currency"])
            last_month = model.frame.groupby("studio_id")["month"].max().to_dict()
            self._known = model, last_month, currency.groupby("studio_id")["currency"].last().to_dict()
        _, last_month, currency = self._known
        code = currency[answer.studio_id]
        per = schema.minor_per_major(code)
        rows = track_record.rows(asked, answer, last_month[answer.studio_id])
        for row in rows:
            row |= {name: round(row[name] * per) for name in MONEY if row[name] is not None}
            row |= {"currency": code, "predicted_at": when}
        return [row for row in rows if all(abs(row[name] or 0) < 2**63 for name in MONEY)]


@contextmanager
def _a_warning_at_most():
    try:
        yield
    except Exception as error:  # whatever stands in the way of the log, no answer fails for it
        log.warning("predictions are not in the log: %s", error)
