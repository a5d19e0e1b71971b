"""What a timetable is made of: classes, rooms, instructors, and pins; every change is in the ledger."""

import json

import pandas as pd

from studiolab import schema
from studiolab.app.timetable import asked
from studiolab.schema import minor_per_major
from studiolab.studio_calendar import StudioCalendar
from studiolab.studio_operations.timetable import history, questions, replies, tables
from studiolab.studio_operations.timetable.problem import BadProblem, Problem, Room


class UnknownPart(ValueError):
    """No such class or instructor."""


class TimetableParts:
    """The part of the Workbench that keeps what timetables are made of."""

    def timetable_classes(self, studio_id):
        """List of `replies.ClassTold`."""
        return [replies.told_class(one) for one in tables.classes(self._week_ground(self.db, studio_id).definitions)]

    def timetable_rooms(self, studio_id):
        """List of `replies.RoomTold`."""
        self._week_ground(self.db, studio_id)
        return [replies.told_room(room) for room in tables.rooms(self.db.read("rooms", studio_id))]

    def timetable_instructors(self, studio_id):
        """List of `replies.InstructorTold`."""
        self._week_ground(self.db, studio_id)
        return [replies.told_instructor(one) for one in tables.instructors(self.db.read("instructors", studio_id))]

    def save_class(self, studio_id, given, actor):
        """`replies.ClassTold` of a ClassGiven, or a dict of its fields: a new class, or one that is known changed."""
        given = asked(questions.ClassGiven, given)

        def row(changes):
            ground = self._week_ground(changes, studio_id)
            self._week_keep_classes(changes, studio_id)
            return {
                "class_id": given.class_id or _new_id(given.name, ground.definitions["class_id"]),
                "class_name": given.name, "style": given.dance_style or given.name, "level": given.level,
                "minutes": given.duration_minutes, "max_capacity": given.max_capacity,
                "min_capacity": given.min_capacity, "currency": ground.currency,
                "price": round(given.price * minor_per_major(ground.currency)), "preferred": _windows(given.preferred),
                "features": json.dumps(given.features), "site": given.site,
            }  # fmt: skip

        return self._week_part(studio_id, "class_definitions", row, "class saved", actor, self.timetable_classes)

    def save_room(self, studio_id, given, actor):
        """`replies.RoomTold` of a RoomGiven, or a dict of its fields."""
        given = asked(questions.RoomGiven, given)

        def row(changes):
            room_id = given.room_id or _new_id(given.name, changes.read("rooms", studio_id)["room_id"])
            return {"room_id": room_id, "room_name": given.name, "max_capacity": given.capacity,
                    "features": json.dumps(given.features), "site": given.site}  # fmt: skip

        return self._week_part(studio_id, "rooms", row, "room saved", actor, self.timetable_rooms)

    def save_instructor(self, studio_id, given, actor):
        """`replies.InstructorTold` of an InstructorGiven, or a dict of its fields."""
        given = asked(questions.InstructorGiven, given)

        def row(changes):
            known = changes.read("instructors", studio_id).set_index("instructor_id")
            name = given.instructor_id or _new_id(given.name, known.index)
            return {"instructor_id": name, "instructor_name": given.name, "specialties": json.dumps(given.specialties),
                    "availability": _windows(given.availability),
                    "hours_per_month": known["hours_per_month"].get(name)}  # fmt: skip

        return self._week_part(studio_id, "instructors", row, "instructor saved", actor, self.timetable_instructors)

    def set_availability(self, studio_id, instructor_id, windows, actor):
        """`replies.InstructorTold`: these windows, WindowGiven or dicts of its fields, take the place of the old ones.

        Raises UnknownPart where there is no such instructor, BadProblem naming a window that cannot be.
        """
        given = asked(questions.AvailabilityGiven, {"availability": windows})

        def row(changes):
            known = changes.read("instructors", studio_id, instructor_id=instructor_id)
            if known.empty:
                there = ", ".join(changes.read("instructors", studio_id)["instructor_id"].head(5)) or "none"
                raise UnknownPart(f"no instructor {instructor_id!r} at {studio_id}; there are {there}")
            return known.iloc[0].to_dict() | {"availability": _windows(given.availability)}

        return self._week_part(studio_id, "instructors", row, "availability set", actor, self.timetable_instructors)

    def pin_class(self, studio_id, class_id, actor, weekday=None, start=None, room_id=None, instructor_id=None):
        """What of a class's place is settled from now on; with nothing given, all of its place in the saved week.

        weekday : as of `studio_calendar.weekday`; start : "HH:MM". Returns the `Pin`.
        Raises UnknownPart, and BadProblem where the pin cannot be, or contradicts another.
        """
        fields = {"weekday": weekday, "start": start, "room_id": room_id, "instructor_id": instructor_id}
        pin = asked(questions.PinGiven, {"class_id": class_id} | fields).pin()
        with self.db.transaction() as changes:
            changes.alone("timetable_pins")
            self._week_class_known(changes, studio_id, class_id)
            self._week_keep_classes(changes, studio_id)
            if all(value is None for value in fields.values()):
                placed = [p for p in self._week_saved(changes, studio_id).placements if p.class_id == class_id]
                if not placed:
                    raise BadProblem(f"class {class_id} has no place yet; say what to pin: weekday, start, room or who")
                pin = type(pin)(*placed[0])
            changes.write("timetable_pins", tables.pin_rows(studio_id, [pin]))
            self._week_problem(changes, studio_id, questions.Options())
            self.ledger.enter(changes, actor, "class pinned", replies.told_pin(pin), studio_id)
        return pin

    def unpin_class(self, studio_id, class_id, actor):
        """A class may go anywhere again. Raises UnknownPart where it is not pinned."""
        with self.db.transaction() as changes:
            pins = changes.read("timetable_pins", studio_id)
            if class_id not in set(pins["class_id"]):
                raise UnknownPart(f"class {class_id!r} is not pinned")
            changes.replace("timetable_pins", pins.iloc[:0], studio_id=studio_id, class_id=class_id)
            self.ledger.enter(changes, actor, "class unpinned", {"class_id": class_id}, studio_id)

    # parts --------------------------------------------------------------------------------------
    def _week_part(self, studio_id, table, row, action, actor, told):
        """Write one row and put it into the ledger, if a problem can be made with it; all or nothing."""
        self._week_ground(self.db, studio_id)
        with self.db.transaction() as changes:
            changes.alone(table)
            found = {"studio_id": studio_id} | row(changes)
            changes.write(table, pd.DataFrame([found]))
            key = next(name for name in schema.key(table) if name != "studio_id")
            self._week_can_be(changes, studio_id, table, changes.read(table, studio_id, **{key: found[key]}))
            self.ledger.enter(changes, actor, action, _plain(found), studio_id)
        return next(one for one in told(studio_id) if getattr(one, key) == found[key])

    def _week_can_be(self, changes, studio_id, table, frame):
        """Raises BadProblem where a problem of this row alone cannot be; others may still be wrong, one at a time."""
        if table == "instructors":
            Problem((), (), tables.instructors(frame))
        elif table == "rooms":
            Problem((), tables.rooms(frame), ())
        else:
            (one,) = tables.classes(frame)
            rooms = tables.rooms(changes.read("rooms", studio_id))
            rooms = rooms or (Room("any", "any", one.max_capacity, site=one.site or tables.MAIN),)
            Problem((one,), rooms, (), StudioCalendar(self._week_opening(changes, studio_id)))

    def _week_class_known(self, source, studio_id, class_id):
        known = list(self._week_ground(source, studio_id).definitions["class_id"])
        if class_id not in known:
            more = f": {', '.join(known[:5])} …" if known else ""
            raise UnknownPart(f"no class {class_id!r} at {studio_id}; there are {len(known)}{more}")


def _new_id(name, known):
    """The name in lower case, with the first number that is free."""
    plain, taken = history.plain(name), set(known)
    return next(found for n in range(1, len(taken) + 2) if (found := f"{plain}-{n}") not in taken)


def _windows(given):
    return json.dumps([one.model_dump() for one in given])


def _plain(row):
    return {name: None if pd.isna(value) else value for name, value in row.items()}
