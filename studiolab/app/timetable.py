"""The week of a studio: what it is asked of, the best that is found, and the one that is saved (D-17 to D-24)."""

import dataclasses
from typing import NamedTuple

import pandas as pd
from pydantic import ValidationError

from studiolab.app.classes import zone_of
from studiolab.app.timetable_refused import Broken, Overtaken
from studiolab.ledger import digest
from studiolab.revenue_simulator.answers import UnknownStudio
from studiolab.revenue_simulator.questions import in_words
from studiolab.studio_calendar import DAY_MINUTES, PEAK, StudioCalendar, Window, daily, minutes
from studiolab.studio_operations.timetable import history, questions, replies, tables
from studiolab.studio_operations.timetable.check import check
from studiolab.studio_operations.timetable.problem import BadProblem, Placement, Problem, Weights

SAVED = "timetable saved"
SESSIONS = ["class_id", "class_name", "class_type_id", "starts_at", "ends_at", "instructor_id", "room_id",
            "max_capacity", "is_cancelled"]  # fmt: skip
STAY = {"placed": 1000.0, "keep": 200.0}  # points, where a class moves only for another's place


class SavedTimetable(NamedTuple):
    """placements : tuple of Placement; saved_at : Timestamp, None where the week is the one that is held, read off its
    classes; pins : tuple of Pin."""

    placements: tuple
    saved_at: pd.Timestamp | None
    pins: tuple


class _Ground(NamedTuple):
    """What a studio's timetable stands on: definitions, DataFrame, whether they are kept or read off what is held."""

    definitions: pd.DataFrame
    are_kept: bool
    held: tuple  # of Placement
    recent: pd.DataFrame  # class_sessions of the last year
    timezone: str
    currency: str


class Timetables:
    """The part of the Workbench that plans the week."""

    def __init__(self, settings=None, patience=0.0):
        super().__init__(settings, patience)
        self._week_known = {}

    def the_studio(self, studio_id=None):
        """`studio_id`, or the only studio there is. Raises UnknownStudio, BadProblem where there are several."""
        known = sorted(self.db.distinct("studios", "studio_id"))
        if studio_id is None and len(known) == 1:
            return known[0]
        if studio_id is None and known:
            raise BadProblem(f"studio_id: is missing; there are {len(known)}: {', '.join(known[:5])} …")
        if not known:
            raise UnknownStudio("there is no studio yet; `studiolab import FILE` brings yours, `studiolab up` a sample")
        if studio_id not in known:
            raise UnknownStudio(f"no studio {studio_id!r}; `studiolab studios` lists them")
        return studio_id

    def timetable_problem(self, studio_id, **options):
        """`Problem` of a studio as it is known; options : fields of `questions.Options`.

        Classes that nobody has defined yet are those that recur in the last four weeks of its schedule; last week is
        the saved week, else that one, and demand is amid it. Raises UnknownStudio, BadProblem.
        """
        problem = self._week_problem(self.db, studio_id, asked(questions.Options, options))
        return self.timetable_amid(studio_id, problem, problem.last)

    def saved_timetable(self, studio_id):
        """`SavedTimetable` of a studio. Raises UnknownStudio."""
        return self._week_saved(self.db, studio_id)

    def optimize_timetable(self, studio_id, seconds=10, seed=0, progress=None, stop=None, **options):
        """`replies.Proposal`: the problem, the best timetable found and what `check` says of it.

        seconds, seed, progress, stop : as of `solve_amid`; options : as of `timetable_problem`
        """
        problem = self._week_problem(self.db, studio_id, asked(questions.Options, options))
        problem, timetable = self.solve_timetable(studio_id, problem, seconds, seed, progress, stop)
        return replies.Proposal(problem, timetable, check(problem, timetable))

    def propose_timetable(self, studio_id, request, progress=None, stop=None):
        """`replies.OptimizeResponse` to an OptimizeRequest, or a dict of its fields."""
        request = asked(questions.OptimizeRequest, request)
        found = self.optimize_timetable(studio_id, request.seconds, request.seed, progress, stop, **request.given())
        problem, timetable, report = found
        currency = self._week_ground(self.db, studio_id).currency
        last = check(self.timetable_amid(studio_id, problem, problem.last), problem.last)
        return replies.OptimizeResponse(
            studio_id=studio_id, status=timetable.status, bound=round(timetable.bound, 6), gap=round(timetable.gap, 9),
            engine=timetable.engine, now=replies.Week(**replies.week(problem, problem.last, last, currency)),
            **replies.week(problem, timetable.placements, report, currency),
        )  # fmt: skip

    def timetable_week(self, studio_id, placements=None, **options):
        """`replies.SavedWeek`; placements : another week to look at, the saved one by default."""
        saved, options = self.saved_timetable(studio_id), asked(questions.Options, options)
        placed = saved.placements if placements is None else placements
        problem = self.timetable_amid(studio_id, self._week_problem(self.db, studio_id, options), placed)
        currency = self._week_ground(self.db, studio_id).currency
        return replies.SavedWeek(
            studio_id=studio_id, saved_at=saved.saved_at, pins=[replies.told_pin(pin) for pin in saved.pins],
            **replies.week(problem, placed, check(problem, placed), currency),
        )  # fmt: skip

    def save_timetable(self, studio_id, placements, actor, note=None, made_from=None, pins=None, **options):
        """`replies.Saved`: this week takes the place of the saved one, and is in the ledger; both or neither.

        placements : iterable of Placement; actor : user name; made_from : `saved_at` of the week it was made from,
        None to ask nothing; pins : iterable of Pin that take the place of the kept ones, None leaves them
        options : as of `timetable_problem`
        Raises Broken where it breaks a hard rule, Overtaken where the saved week is another by now; both are NotSaved.
        """
        placed, options = sorted({Placement(*one) for one in placements}), asked(questions.Options, options)
        if not placed:
            raise BadProblem("placements: there are none; expected one or more")
        self.timetable_problem(studio_id)  # what takes long is known before anybody has to wait
        with self.db.transaction() as changes:
            changes.alone("timetable_entries")
            changes.alone("timetable_pins")
            before = self._week_saved(changes, studio_id)
            if made_from is not None and _instant(made_from) != before.saved_at:
                raise Overtaken(before.saved_at, self._week_ground(changes, studio_id).timezone)
            if pins is not None:
                changes.replace("timetable_pins", tables.pin_rows(studio_id, pins), studio_id=studio_id)
            problem = self.timetable_amid(studio_id, self._week_problem(changes, studio_id, options), placed)
            report = check(problem, placed)
            if not report.ok:
                raise Broken(report)
            self._week_keep_classes(changes, studio_id)
            payload = {"note": note, "options": options.model_dump(mode="json", exclude_defaults=True),
                       "placements": [list(one) for one in placed], "before": [list(one) for one in before.placements],
                       "pins": [replies.told_pin(pin) for pin in problem.pins],
                       "score": report.score, "places": report.places, "money": report.money}  # fmt: skip
            entry = self.ledger.enter(changes, actor, SAVED, payload, studio_id, digest(_plain(problem)))
            rows = tables.entries(studio_id, placed, entry["recorded_at"])
            changes.replace("timetable_entries", rows, studio_id=studio_id)
        return replies.Saved(studio_id=studio_id, classes=len(placed), saved_at=entry["recorded_at"],
                             entry_id=entry["entry_id"], entry_hash=entry["entry_hash"])  # fmt: skip

    # parts --------------------------------------------------------------------------------------
    def _week_problem(self, source, studio_id, options):
        """`Problem` without demand; source : Database or Transaction"""
        ground, saved = self._week_ground(source, studio_id), self._week_saved(source, studio_id)
        classes = tables.classes(ground.definitions)
        known = {one.class_id for one in classes}
        calendar = StudioCalendar(self._week_opening(source, studio_id, options), PEAK)
        return Problem(
            classes, tables.rooms(source.read("rooms", studio_id)),
            tables.instructors(source.read("instructors", studio_id)), calendar,
            most_at_once=options.max_concurrent_classes, step=options.step, changeover=options.changeover,
            travel=options.travel, last=saved.placements,
            pins=tuple(pin for pin in saved.pins if pin.class_id in known),
            weights=_weights(options), place_all=options.place_all,
        )  # fmt: skip

    def _week_opening(self, source, studio_id, options=None):
        """Tuple of Window: as the options say, else from the first class to the last, of the schedule and as saved."""
        if options is not None and (options.opening_time or options.closing_time):
            return _daily(options)
        ground, saved = self._week_ground(source, studio_id), self._week_saved(source, studio_id)
        lasts = ground.definitions.set_index("class_id")["minutes"]
        more = [Window(p.weekday, p.start, min(p.start + int(lasts.get(p.class_id, 0)), DAY_MINUTES))
                for p in saved.placements if saved.saved_at is not None]  # fmt: skip
        found = history.opening(ground.recent, ground.timezone, more)
        return found if len(ground.recent) else _widened(found)

    def _week_saved(self, source, studio_id):
        entries, pins = source.read("timetable_entries", studio_id), source.read("timetable_pins", studio_id)
        if entries.empty:
            return SavedTimetable(self._week_ground(source, studio_id).held, None, tables.pins(pins))
        return SavedTimetable(tables.placements(entries), entries["saved_at"].iloc[0], tables.pins(pins))

    def _week_ground(self, source, studio_id):
        kept = source.read("class_definitions", studio_id)
        revision = self.db.revision("studios", "class_sessions", "class_types")
        known, found = self._week_known.get(studio_id, (None, None))
        if known != revision:
            found = self._week_read(studio_id)
            self._week_known[studio_id] = (revision, found)
        return found if kept.empty else found._replace(definitions=kept, are_kept=True, held=_among(found.held, kept))

    def _week_read(self, studio_id):
        """_Ground as the schedule alone tells it."""
        studio = self.db.read("studios", studio_id)
        if studio.empty:
            raise UnknownStudio(f"no studio {studio_id!r}; `studiolab studios` lists them")
        zone, currency = zone_of(studio.iloc[0]), studio["currency"].iloc[0]
        sessions = self.db.read("class_sessions", studio_id, SESSIONS)
        now = pd.Timestamp.now("UTC")
        definitions, held = history.week(
            history.recent(sessions, now), self.db.read("class_types", studio_id=studio_id), zone
        )
        definitions = definitions.assign(studio_id=studio_id, currency=currency)
        return _Ground(definitions, False, held, history.recent(sessions, now, history.HOURS_OF), zone, currency)

    def _week_keep_classes(self, changes, studio_id):
        """What was read off the schedule is kept from now on, for something refers to it."""
        ground = self._week_ground(changes, studio_id)
        if not ground.are_kept:
            changes.write("class_definitions", ground.definitions)


def asked(model, given):
    """`model` of a dict of its fields, or of itself. Raises BadProblem with what is wrong in a sentence."""
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise BadProblem(in_words(error.errors())) from None


def _daily(options):
    times = options.opening_time or questions.OPENING, options.closing_time or questions.CLOSING
    if minutes(times[0]) >= minutes(times[1]):
        raise BadProblem(f"opening_time {times[0]}, closing_time {times[1]}; expected that it opens before it closes")
    return daily(*times)


def _widened(windows):
    """The documents' hours, and what is beyond them in `windows`."""
    own = {one.weekday: one for one in windows}
    usual = daily(questions.OPENING, questions.CLOSING)
    spans = [(one, own.get(one.weekday, one)) for one in usual]
    return tuple(Window(a.weekday, min(a.start, b.start), max(a.end, b.end)) for a, b in spans)


def _instant(moment):
    moment = pd.Timestamp(moment)
    return moment if moment.tzinfo else moment.tz_localize("UTC")


def _weights(options):
    points = STAY if options.minimal_change else {}
    points = points if options.prefer_beginners_in_peak else points | {"beginner": 0.0}
    given = {} if options.weights is None else options.weights.model_dump(exclude_none=True)
    return Weights(**points | given)


def _among(placements, definitions):
    return tuple(one for one in placements if one.class_id in set(definitions["class_id"]))


def _plain(problem):
    """A Problem as JSON: what it was made from."""
    told = dataclasses.asdict(dataclasses.replace(problem, demand=None))
    rows = None if problem.demand is None else problem.demand.round(9).to_numpy().tolist()
    return _sorted(told | {"demand": rows})


def _sorted(value):
    if isinstance(value, dict):
        return {name: _sorted(one) for name, one in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    return [_sorted(one) for one in value] if isinstance(value, (list, tuple)) else value
