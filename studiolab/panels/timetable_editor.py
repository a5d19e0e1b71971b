"""One class of the week: where it is, and the controls that move, pin and take it out."""

import ipywidgets as widgets

from studiolab import schema
from studiolab.panels import cards, timetable_page
from studiolab.panels.controls import box, button
from studiolab.panels.timetable_words import DAYS, place, points
from studiolab.studio_calendar import DAY_MINUTES, clock

INVITATION = cards.say("Click a class to move it, pin it, or see what its place is worth.")


class Editor(widgets.VBox):
    """The class that `state.selected` names; a choice moves it at once."""

    def __init__(self, state):
        super().__init__()
        self.state, self.filling = state, False
        self.told, self.changed, self.broken, self.reason = (widgets.HTML() for _ in range(4))
        self.day = widgets.Dropdown(options=[(name, day) for day, name in DAYS.items()], description="Day")
        self.time, self.room, self.who = (widgets.Dropdown(description=name) for name in ("Time", "Room", "With"))
        self.controls = {"weekday": self.day, "start": self.time, "room_id": self.room, "instructor_id": self.who}
        for name, control in self.controls.items():
            control.observe(lambda change, name=name: self._chosen(name, change["new"]), "value")
        self.place = button("Place it here", self._place, "primary")
        self.why = button("Why not?", lambda: state.why(state.selected))
        self.pin = button("Pin", self._pin)
        self.out = button("Take out", lambda: state.take_out(state.selected))
        self.away = box("tt-away", button("Close", lambda: state.set_trait("selected", "")))
        self.choices = box("sl-bar tt-choices", *self.controls.values())
        self.deeds = box("sl-bar", self.place, self.why, self.pin, self.out)
        self.ideas = box("tt-ideas")
        below = self.broken, self.deeds, self.reason, self.ideas
        self.children = [self.told, self.away, self.choices, self.changed, *below]
        state.observe(self.show, ["turn", "selected", "solving", "reasons", "asking"])
        self.show(None)

    def show(self, _):
        """Draw the class that is selected; an observer of the state."""
        state, class_id = self.state, self.state.selected
        known = any(one.class_id == class_id for one in state.asked.classes)
        for child in (self.away, self.choices, self.changed, self.deeds, self.reason, self.ideas):
            child.layout.display = None if known else "none"
        self.broken.value = timetable_page.broken(state)
        if not known:
            self.told.value = INVITATION if state.placements else ""
            return
        placed = state.placement(class_id)
        self.told.value = timetable_page.one_class(state, class_id)
        self.changed.value = (
            timetable_page.difference(state.before, state.report) if state.before and state.touched == class_id else ""
        )
        self._fill(class_id, placed or state.first_place(class_id))
        for control, shown in (
            (self.place, not placed),
            (self.why, not placed),
            (self.pin, placed),
            (self.out, placed),
        ):
            control.layout.display = None if shown else "none"
        self.pin.description = "Unpin" if self._pinned() else "Pin"
        for control in (*self.controls.values(), self.place, self.why, self.pin, self.out):
            control.disabled = state.solving or bool(state.asking)
        self._advise(class_id)

    # parts ---------------------------------------------------------------------------------------
    def _fill(self, class_id, placement):
        """Put the controls at a placement without moving the class."""
        self.choices.layout.display = None if placement else "none"
        if placement is None:
            return
        one = next(one for one in self.state.asked.classes if one.class_id == class_id)
        self.filling = True
        self.time.options = [(clock(t), t) for t in _times(self.state.asked, one, placement)]
        self.room.options = [(_room(room, one), room.room_id) for room in self.state.asked.rooms]
        people = sorted(self.state.asked.instructors, key=lambda who: (one.style not in who.specialties, who.name))
        self.who.options = [(_person(who, one), who.instructor_id) for who in people]
        for name, control in self.controls.items():
            there = getattr(placement, name)  # a room or an instructor may be no more
            control.value = there if there in [value for _, value in control.options] else None
        self.filling = False

    def _advise(self, class_id):
        """Other free places of a class, or why it has none and what would give it one, each on a button."""
        state, found = self.state, self.state.reasons.get(class_id)
        if state.asking == class_id:
            self.reason.value, self.ideas.children = cards.say("Looking for the reason."), ()
        elif found is not None:
            self.reason.value = timetable_page.explained(state.asked, found)
            ways = [change for change in found.changes[: timetable_page.WAYS] if not change.edits]
            self.ideas.children = [
                button(timetable_page.way(state.asked, way), lambda way=way: state.accept(way)) for way in ways
            ]
        else:
            ideas = [] if state.solving else state.ideas(class_id)
            self.reason.value = "<h3>Free places elsewhere</h3>" if ideas else ""
            self.ideas.children = [
                button(_idea(state.asked, *idea), lambda to=idea[0]: state.put(to)) for idea in ideas
            ]

    def _chosen(self, name, value):
        placed = self.state.placement(self.state.selected)
        if self.filling or value is None or placed is None:
            return
        if getattr(placed, name) != value:
            self.state.move(self.state.selected, **{name: value})

    def _place(self):
        if self.who.value is not None:
            where = {name: control.value for name, control in self.controls.items()}
            self.state.move(self.state.selected, **where)

    def _pin(self):
        self.state.pin(self.state.selected, not self._pinned())

    def _pinned(self):
        return any(pin.class_id == self.state.selected for pin in self.state.pins)


def _idea(question, placement, more, expected):
    people = "" if expected is None else f", {expected:.0f} expected"
    return f"{place(question, placement)}: {points(more, signed=True)} points{people}"


def _times(question, one, placement):
    """Starts by the step of the question within the longest opening, and where the class is."""
    opening = [window for window in question.calendar.opening if window.weekday in schema.WEEKDAYS]
    first, last = min((w.start for w in opening), default=0), max((w.end for w in opening), default=DAY_MINUTES)
    return sorted({*range(first, last - one.minutes + 1, question.step), placement.start})


def _room(room, one):
    small = room.capacity < one.max_capacity
    return f"{room.name} ({room.capacity}{', too small' if small else ''})"


def _person(who, one):
    return who.name if one.style in who.specialties else f"{who.name} (does not teach {one.style})"
