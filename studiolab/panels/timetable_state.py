"""The timetable's State: the week that the owner sees, what they do to it, and the workbench's answers.

`timetable` draws it. A test sets a trait or calls a deed and looks at the others; no browser is needed.
"""

import traitlets

from studiolab.app.timetable_refused import Overtaken
from studiolab.panels import timetable_words
from studiolab.panels.timetable_asking import Asking
from studiolab.panels.timetable_studio import CHANGES
from studiolab.studio_operations.timetable.changes import apply
from studiolab.studio_operations.timetable.problem import Pin, Placement
from studiolab.users import NotAllowed

CALENDAR = {"file_name": "timetable.ics", "media_type": "text/calendar", "sent_to": None}


class State(Asking):
    """One person at the week: what they do to it. shared : JSON of the last calendar file."""

    shared = traitlets.Dict()

    def move(self, class_id, **where):
        """Put a class elsewhere and pin it there; where : any of weekday, start, room_id, instructor_id."""
        now = self.placement(class_id) or self.first_place(class_id)
        self.put(now._replace(**where))

    def put(self, placement):
        """Put a class at a Placement and pin it there."""
        class_id = placement.class_id
        self._become([*self._others(class_id), placement], self._pins_but(class_id, placement), class_id)

    def take_out(self, class_id):
        """Take a class out of the week."""
        self._become(self._others(class_id), self._pins_but(class_id), class_id)

    def pin(self, class_id, fast=True):
        """Hold a class where it is, or let go of it; the next proposal keeps to that."""
        self._become(self.placements, self._pins_but(class_id, self.placement(class_id) if fast else None))

    def accept(self, change):
        """Do what a Change of an Explanation says, where that takes nothing but places of classes."""
        class_id = change.placements[0].class_id
        _, placements = apply(self.question, self.placements, change)
        self._become(placements, self._pins_but(class_id, change.placements[0]), class_id)

    def undo(self):
        """Back to the week before the last deed."""
        if self.past:
            *rest, (placements, pins) = self.past
            self.past, self.done, self.problem, self.before = rest, "", "", None
            self._show(placements, pins)

    def first_place(self, class_id):
        """A Placement for a class that has none: its place in force, else where somebody who teaches it first has time.

        It may break a rule. None where the studio has nobody who could teach.
        """
        if kept := next((placement for placement in self.asked.last if placement.class_id == class_id), None):
            return kept
        if not self.asked.instructors:
            return None
        one = next(one for one in self.asked.classes if one.class_id == class_id)
        able = [who for who in self.asked.instructors if one.style in who.specialties] or self.asked.instructors
        person = next((who for who in able if who.availability), able[0])
        window = next(iter(person.availability or self.asked.calendar.opening), None)
        room = max(self.asked.rooms, key=lambda room: (one.features <= room.features, room.capacity))
        day, start = (window.weekday, window.start) if window else ("MO", 9 * 60)
        return Placement(class_id, day, start, room.room_id, person.instructor_id)

    def save(self, note=""):
        """Keep the week as the studio's, in the ledger; refused while it breaks a rule."""
        self.done = ""
        if not self._may():
            return
        if not self.report.ok:
            first = timetable_words.plain(self.asked, self.report.violations[0].sentence)
            self.problem = f"Not saved, for the week breaks {_rules(len(self.report.violations))}: {first}"
            return
        name = self.user.name
        kept = self._asked(lambda: self._save(name, note))
        if kept is not None:
            self.done = f"Saved as entry {kept.entry_id} of the ledger, by {name}."
            self._show(self.placements, self.asked.pins)

    def load_saved(self):
        """Show the saved week in place of the one shown, to which `undo` leads back."""
        if self._asked(self._open):
            self._become(self.asked.last, self.asked.pins)
            self.done = "This is the saved week. Undo brings back the one you had."

    def export(self):
        """Make the calendar file of the saved week; sets `shared`."""
        if not self.is_saved:
            self.problem = "The calendar holds the saved week: save this one first."
            return
        made = self._asked(lambda: self.workbench.export_calendar(self.studio_id))
        if made is not None:
            self.shared = CALENDAR | {"content": made.decode()}

    @traitlets.observe("turn")
    def _week_changed(self, _):
        super()._week_changed(_)
        self.shared = {}

    # parts ---------------------------------------------------------------------------------------
    def _save(self, name, note):
        """Save the week with its pins, and open what is saved."""
        try:
            kept = self.workbench.save_timetable(
                self.studio_id, self.placements, name, note, self.saved_at, self._pins_kept(), **CHANGES[self.changes]
            )
        except Overtaken:
            self.overtaken = True
            raise
        self._open()
        return kept

    def _pins_kept(self):
        """The pins shown, and those that others set meanwhile of classes whose pins were left alone here."""
        touched = {pin.class_id for pin in set(self.pins) ^ set(self.asked.pins)}
        kept = self.workbench.saved_timetable(self.studio_id).pins
        return [pin for pin in kept if pin.class_id not in touched] + [p for p in self.pins if p.class_id in touched]

    def _others(self, class_id):
        return [placement for placement in self.placements if placement.class_id != class_id]

    def _pins_but(self, class_id, placement=None):
        rest = tuple(pin for pin in self.pins if pin.class_id != class_id)
        return rest + ((Pin(*placement),) if placement else ())

    def _may(self):
        try:
            self.user.needs("timetable")
        except NotAllowed as why:
            self.problem = f"{str(why)[:1].upper()}{str(why)[1:]}."
            return False
        return True


def _rules(count):
    return "a rule" if count == 1 else f"{count} rules"
