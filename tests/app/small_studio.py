"""A studio of a handful of classes, in a database of its own."""

import json

import pandas as pd

from studiolab.app import Workbench
from studiolab.settings import Settings

MONDAY = pd.Timestamp("2026-10-05")  # the first of the four weeks that are known
ZONE = "Europe/Berlin"
TOKEN = "a-token-of-some-length"
SESSIONS = (("Yoga", "MO", "18:00", "hall", "ana"), ("Yoga", "WE", "18:00", "hall", "ana"),
            ("Salsa", "MO", "18:00", "loft", "ben"))  # fmt: skip


def open_small(folder):
    """The Workbench of `folder`."""
    return Workbench(Settings(STUDIOLAB_HOME=folder, STUDIOLAB_TOKEN=TOKEN))


def small(folder, sessions=SESSIONS, **tables):
    """A Workbench with the studio "oak": two rooms, two instructors, and four weeks of `sessions`.

    sessions : (name, weekday, start, room_id, instructor_id); tables : rows that are written beside
    """
    bench = open_small(folder)
    rows = {
        "studios": [{"studio_id": "oak", "studio_name": "Oak", "currency": "EUR", "timezone": ZONE}],
        "rooms": [{"studio_id": "oak", "room_id": "hall", "room_name": "Hall", "max_capacity": 20},
                  {"studio_id": "oak", "room_id": "loft", "room_name": "Loft", "max_capacity": 10}],
        "instructors": [instructor("ana", ["Yoga"], ("MO", "WE")), instructor("ben", ["Salsa", "Yoga"], ("MO", "TU"))],
        "class_types": [{"class_type_id": "y", "studio_id": "oak", "class_name": "Yoga", "class_price": 1200,
                         "max_capacity": 15, "currency": "EUR"}],
        "class_sessions": [row for one in sessions for row in four_weeks(*one)],
    } | tables  # fmt: skip
    for table, own in rows.items():
        if own:
            bench.db.write(table, pd.DataFrame(own))
    return bench


def instructor(name, specialties, days, start="09:00", end="21:00"):
    windows = [{"weekday": day, "start": start, "end": end} for day in days]
    return {"studio_id": "oak", "instructor_id": name, "instructor_name": name.title(),
            "specialties": json.dumps(specialties), "availability": json.dumps(windows)}  # fmt: skip


def four_weeks(name, weekday, start, room_id, instructor_id, weeks=range(4)):
    """Rows of class_sessions, an hour each."""
    day = ("MO", "TU", "WE", "TH", "FR", "SA", "SU").index(weekday)
    for week in weeks:
        begins = (MONDAY + pd.Timedelta(days=7 * week + day, hours=int(start[:2]), minutes=int(start[3:]))).tz_localize(
            ZONE
        )
        yield {"studio_id": "oak", "class_id": f"{name}-{weekday}-{start}-{room_id}-{week}", "class_name": name,
               "starts_at": begins, "ends_at": begins + pd.Timedelta(hours=1), "room_id": room_id,
               "instructor_id": instructor_id, "max_capacity": 10}  # fmt: skip
