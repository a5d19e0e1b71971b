"""One class of the week: where it is, and the controls that move, pin and take it out."""

import ipywidgets as widgets

from studiolab import schema
from studiolab.panels import cards, timetable_page
from studiolab.panels.controls import box, button
from studiolab.panels.timetable_words import DAYS
from studiolab.studio_calendar import DAY_MINUTES, clock

INVITATION = cards.say("Click a class to move it, pin it, or see what its place is worth.")


class Editor(widgets.VBox):
    """The class that `state.selected` names; a choice moves it at once."""

    def __init__(self, state):
        super().__init__()
        self.state, self.filling = state, False
        self.told, self.changed = widgets.HTML(), widgets.HTML()
        self.day = widgets.Dropdown(options=[(name, day) for day, name in DAYS.items()], description="Day")
        self.time, self.room, self.who = (widgets.Dropdown(description=name) for name in ("Time", "Room", "With"))
        self.controls = {"weekday": self.day, "start": self.time, "room_id": self.room, "instructor_id": self.who}
        for name, control in self.controls.items():
            control.observe(lambda change, name=name: self._chosen(name, change["new"]), "value")
        self.place = button("Place it here", self._place, "primary")
        self.pin = button("Pin", self._pin)
        self.out = button("Take out", lambda: state.take_out(state.selected))
        self.away = button("Close", lambda: state.set_trait("selected", ""))
        self.broken = widgets.HTML()
        self.own = [box("sl-bar tt-choices", *self.controls.values()), self.changed,
                    box("sl-bar", self.place, self.pin, self.out, self.away)]  # fmt: skip
        self.children = [self.told, self.own[0], self.changed, self.broken, self.own[2]]
        for name in ("turn", "selected", "solving"):
            state.observe(self.show, name)
        self.show(None)

    def show(self, _):
        state, class_id = self.state, self.state.selected
        known = any(one.class_id == class_id for one in state.asked.classes)
        self.broken.value = timetable_page.broken(state)
        for child in self.own:
            child.layout.display = None if known else "none"
        if not known:
            self.told.value = INVITATION
            return
        placed = state.placement(class_id)
        self.told.value = timetable_page.one_class(state, class_id)
        self.changed.value = timetable_page.difference(state.before, state.report) if state.before else ""
        self._fill(class_id, placed or state.first_place(class_id))
        self.place.layout.display = "none" if placed else None
        self.pin.layout.display = self.out.layout.display = None if placed else "none"
        self.pin.description = "Unpin" if self._pinned() else "Pin"
        for control in (*self.controls.values(), self.place, self.pin, self.out):
            control.disabled = state.solving

    # parts ---------------------------------------------------------------------------------------
    def _fill(self, class_id, placement):
        """Put the controls at a placement without moving the class."""
        one = next(one for one in self.state.asked.classes if one.class_id == class_id)
        self.filling = True
        self.time.options = [(clock(t), t) for t in _times(self.state.asked, one, placement)]
        self.room.options = [(_room(room, one), room.room_id) for room in self.state.asked.rooms]
        people = sorted(self.state.asked.instructors, key=lambda who: (one.style not in who.specialties, who.name))
        self.who.options = [(_person(who, one), who.instructor_id) for who in people]
        for name, control in self.controls.items():
            control.value = getattr(placement, name)
        self.filling = False

    def _chosen(self, name, value):
        placed = self.state.placement(self.state.selected)
        if self.filling or value is None or placed is None:
            return
        if getattr(placed, name) != value:
            self.state.move(self.state.selected, **{name: value})

    def _place(self):
        self.state.move(self.state.selected, **{name: control.value for name, control in self.controls.items()})

    def _pin(self):
        self.state.pin(self.state.selected, not self._pinned())

    def _pinned(self):
        return any(pin.class_id == self.state.selected for pin in self.state.pins)


def _times(question, one, placement):
    """Starts by the step of the question within the longest opening, and where the class is."""
    opening = [window for window in question.calendar.opening if window.weekday in schema.WEEKDAYS]
    first, last = min((w.start for w in opening), default=0), max((w.end for w in opening), default=DAY_MINUTES)
    return sorted({*range(first, last - one.minutes + 1, question.step), placement.start})


def _room(room, one):
    small = room.capacity < one.max_capacity
    return f"{room.name} ({room.capacity} people{', too small' if small else ''})"


def _person(who, one):
    return who.name if one.style in who.specialties else f"{who.name} (does not teach {one.style})"
