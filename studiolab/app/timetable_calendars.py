"""A studio's schedule from and to calendars, and what in it cannot be (D-25, D-44)."""

from hashlib import sha256
from pathlib import Path

import pandas as pd

from studiolab import schema
from studiolab.adapters import calendars, imports
from studiolab.adapters.errors import StudiolabError
from studiolab.app.core import renew_metrics
from studiolab.app.timetable import SESSIONS, asked
from studiolab.studio_operations.timetable import conflict_words, conflicts, history, questions, replies
from studiolab.studio_operations.timetable.check import check
from studiolab.studio_operations.timetable.problem import BadProblem

PAST, COMING = pd.Timedelta(weeks=4), pd.Timedelta(weeks=8)  # what is taken from a calendar
EPOCH = pd.Timestamp("2020-01-01T00:00Z")  # of the numbers that tell a calendar which week is the newer one
MOST_SAID = 20


class TimetableCalendars:
    """The part of the Workbench that meets other calendars."""

    def timetable_conflicts(self, studio_id, **options):
        """`replies.ConflictsResponse`: the imported schedule of the last four weeks on, and the saved week.

        options : opening_time, closing_time, "HH:MM", to look for classes outside of them. Raises UnknownStudio.
        """
        opening = self._week_opening(self.db, studio_id, asked(questions.Options, options))
        zone = self._week_ground(self.db, studio_id).timezone
        events = self.db.read("class_sessions", studio_id, [*SESSIONS, "booked"])
        since = history.recent(events, pd.Timestamp.now("UTC"))["starts_at"].min()
        events = events[events["starts_at"] >= since].reset_index(drop=True)
        rooms, people = self.db.read("rooms", studio_id), self.db.read("instructors", studio_id)
        hours = {one.weekday: (one.start, one.end) for one in opening} if options else None
        found = conflicts.find(events, rooms, hours, zone)
        rows = conflict_words.said(found, events, rooms, hours, zone, people)
        saved = self.saved_timetable(studio_id)
        problem = None if saved.saved_at is None else self.timetable_problem(studio_id)
        wrong = replies.broken(check(problem, saved.placements)) if problem else []
        return replies.ConflictsResponse(
            studio_id=studio_id, total=found.total, totals=found.totals, saved_week=wrong,
            conflicts=[replies.ConflictTold(kind=row.kind, first=row.first, second=row.second, sentence=row.sentence)
                       for row in rows.itertuples()],
        )  # fmt: skip

    def import_calendar(self, studio_id, file, since=None, until=None):
        """`replies.CalendarImported`: the classes of a calendar file are in the studio's schedule.

        file : bytes, or the path of an .ics file; since, until : dates or instants, four weeks back and eight ahead by
        default. Rooms and instructors are known by their ids or names. What is rejected is kept with its line; the
        same file twice changes nothing. Raises UnknownStudio, BadProblem for a file that is no calendar.
        """
        zone, today = self._week_ground(self.db, studio_id).timezone, pd.Timestamp.now("UTC").normalize()
        since, until = since or today - PAST, until or today + COMING
        name, content = ("calendar.ics", file) if isinstance(file, bytes) else (Path(file).name, file)
        try:
            found, rejected = calendars.read_calendar(content, since, until, zone)
        except StudiolabError as error:  # the file is at fault, not a service of ours
            raise BadProblem(str(error)) from None
        content = content if isinstance(content, bytes) else Path(content).read_bytes()
        found, notes = self._week_named(studio_id, found)
        done = imports.store(self.db, _export(name, content, studio_id, found, rejected, notes), then=renew_metrics,
                             correct=True)  # fmt: skip
        self.forget_answers(studio_id)
        return replies.CalendarImported(
            classes=len(found), new=done.new, changed=done.changed, known=done.known, notes=notes,
            rejected=rejected["reason"].head(MOST_SAID).tolist(),
        )  # fmt: skip

    def export_calendar(self, studio_id):
        """iCalendar bytes of the saved week, a weekly series a class; the same week gives the same bytes.

        Raises ValueError where no week is saved.
        """
        saved, ground = self.saved_timetable(studio_id), self._week_ground(self.db, studio_id)
        if saved.saved_at is None:
            raise ValueError(f"{studio_id} has no saved week yet; `studiolab timetable save` keeps one")
        week = self.timetable_week(studio_id)
        lasts = {one.class_id: one for one in self.timetable_classes(studio_id)}
        rows = [
            held.model_dump(include={"class_id", "class_name", "weekday", "room_id", "room_name", "instructor_id",
                                     "instructor_name", "style", "level"})
            | {"start": placement.start, "minutes": lasts[held.class_id].duration_minutes,
               "max_capacity": lasts[held.class_id].max_capacity}
            for held in week.placements for placement in saved.placements if placement.class_id == held.class_id
        ]  # fmt: skip
        return calendars.write_calendar(
            rows, ground.timezone, saved.saved_at.tz_convert(ground.timezone).date(), studio_id=studio_id,
            stamp=saved.saved_at.to_pydatetime(), revision=int((saved.saved_at - EPOCH).total_seconds()),
        )  # fmt: skip

    # parts --------------------------------------------------------------------------------------
    def _week_named(self, studio_id, found):
        """Classes of a calendar with our ids of rooms and instructors, and a sentence on those we do not know."""
        notes = []
        for table, kind in (("rooms", "room"), ("instructors", "instructor")):
            known, column = self.db.read(table, studio_id), f"{kind}_id"
            ids = dict(zip(known[f"{kind}_name"].str.casefold(), known[column], strict=True))
            ours = found[column].map(lambda name, ids=ids: name if pd.isna(name) else ids.get(name.casefold(), name))
            found = found.assign(**{column: ours.astype(object)})
            new = sorted(set(ours.dropna()) - set(known[column]))
            if new:
                notes.append(f"Not known yet of {table}: {', '.join(map(repr, new[:5]))}, {len(new)} in all; add them.")
        return found, notes


def _export(name, content, studio_id, found, rejected, notes):
    columns = [column for column in schema.TABLES["class_sessions"].columns if column in found]
    frame = schema.validate("class_sessions", found[columns].assign(studio_id=studio_id))
    wrong = rejected.drop_duplicates("line").assign(column=None, raw=None)
    return imports.Export(
        Path(name), sha256(content).hexdigest(), "class_sessions", pd.DataFrame(), frame,
        wrong[["line", "column", "reason", "raw"]], pd.DataFrame(), notes,
    )  # fmt: skip
