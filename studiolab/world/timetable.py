"""One studio's classes: a weekly timetable that lengthens and shortens, and who teaches it."""

import json

import numpy as np
import pandas as pd

from studiolab import schema
from studiolab.world.mechanism import CLASS_HOURS
from studiolab.world.people import FIRST_NAMES, LAST_NAMES

CLASS_NAMES = {
    "Yoga": ("Vinyasa", "Hatha", "Yin", "Power Yoga", "Restorative"),
    "Pilates": ("Reformer", "Mat", "Tower", "Barre Fusion", "Sculpt"),
    "CrossFit": ("Workout of the Day", "Olympic Lifting", "Foundations", "Gymnastics", "Endurance"),
    "Wellness": ("Breathwork", "Meditation", "Mobility", "Sound Bath", "Gentle Stretch"),
    "Boutique Fitness": ("Intervals", "Cycle", "Barre", "Strength", "Dance Cardio"),
}
FOCUS = {  # class: what it works above and below the waist
    "Vinyasa": ("shoulders", "hips"), "Hatha": ("spine", "hips"), "Yin": ("spine", "hips"),
    "Power Yoga": ("core", "thighs"), "Restorative": ("spine", None),
    "Reformer": ("core", "glutes"), "Mat": ("core", "thighs"), "Tower": ("back", "hamstrings"),
    "Barre Fusion": ("arms", "glutes"), "Sculpt": ("arms", "glutes"),
    "Workout of the Day": ("whole upper body", "whole lower body"), "Olympic Lifting": ("back", "thighs"),
    "Foundations": ("core", "thighs"), "Gymnastics": ("shoulders", "hips"), "Endurance": (None, "calves"),
    "Breathwork": ("chest", None), "Meditation": (None, None), "Mobility": ("shoulders", "hips"),
    "Sound Bath": (None, None), "Gentle Stretch": ("back", "hamstrings"),
    "Intervals": ("core", "thighs"), "Cycle": (None, "thighs"), "Barre": ("arms", "glutes"),
    "Strength": ("back", "glutes"), "Dance Cardio": ("core", "calves"),
}  # fmt: skip
#               6    7    8    9    10   11   12   13   14   15   16   17   18   19   20
HOUR_WEIGHT = (1.6, 2.2, 1.5, 1.2, 0.8, 0.5, 1.1, 0.4, 0.3, 0.4, 0.9, 2.0, 2.6, 2.0, 0.9)
WEEKEND_WEIGHT = (0.1, 0.5, 1.4, 2.0, 1.8, 1.0, 0.5, 0.2, 0.2, 0.4, 0.6, 0.6, 0.3, 0.2, 0.1)
FIRST_HOUR, ROOMS, MOST_INSTRUCTORS = 6, 2, 120
CANCELLED = 0.012


def draw_sessions(house, held, staff, rng):
    """Sessions of all months, studio-local.

    house : House; held, staff : (months,) whole numbers; rng : function of (part, month) to a Generator
    Returns DataFrame month (index), starts (local), weekday, hour, room, type, instructor, cancelled; exactly
    held[t] of month t took place and exactly staff[t] instructors taught them. Rows are in order of start.
    """
    slots = _weekly_slots(len(CLASS_NAMES[house.kind]), rng("timetable", -1))
    liking = rng("instructors", -1).random((MOST_INSTRUCTORS, len(slots)))
    parts = [
        _month(slots, liking[: staff[t]], t, month, held[t], rng("timetable", t))
        for t, month in enumerate(house.months)
    ]
    frame = pd.DataFrame(np.concatenate(parts), columns=["month", "day", "slot", "cancelled", "instructor"])
    frame = frame.join(slots, on="slot").assign(cancelled=frame["cancelled"].astype(bool))
    starts = frame["day"].to_numpy().astype("datetime64[D]") + frame["hour"].to_numpy().astype("timedelta64[h]")
    return frame.assign(starts=starts.astype("datetime64[ns]")).drop(columns="day").sort_values(
        ["starts", "room"], ignore_index=True
    )  # fmt: skip


def _weekly_slots(types, rng):
    """Every weekday, hour and room, the ones that run first on top."""
    choices = np.indices((7, len(HOUR_WEIGHT), ROOMS)).reshape(3, -1)
    grid = pd.DataFrame(choices.T, columns=["weekday", "hour", "room"])
    weight = np.where(grid["weekday"] < 5, np.take(HOUR_WEIGHT, grid["hour"]), np.take(WEEKEND_WEIGHT, grid["hour"]))
    wanted = np.log(weight) - 1.2 * grid["room"] + rng.normal(0, 0.35, len(grid))
    share = rng.dirichlet(np.full(types, 6.0))
    grid = grid.assign(hour=grid["hour"] + FIRST_HOUR, type=rng.choice(types, len(grid), p=share), wanted=wanted)
    return grid.sort_values("wanted", ascending=False, ignore_index=True).drop(columns="wanted")


def _month(slots, liking, t, month, held, rng):
    """(classes, 5) whole numbers: month, day since 1970, slot, called off, instructor (-1 for none)."""
    days = np.arange(month, month + 1, dtype="datetime64[D]").astype(int)
    day, slot = np.nonzero((days[:, None] + 3) % 7 == slots["weekday"].to_numpy())  # 1970 began on a Thursday
    cancelled = min(rng.binomial(held, CANCELLED), len(slot) - held)
    run = np.argsort(slot, kind="stable")[: held + cancelled]
    called_off = rng.permutation(len(run)) < cancelled
    teacher = _share_out(slots, np.bincount(slot[run][~called_off], minlength=len(slots)), liking)
    instructor = np.where(called_off, -1, teacher[slot[run]])
    return np.column_stack([np.full(len(run), t), days[day[run]], slot[run], called_off, instructor])


def _share_out(slots, times, liking):
    """Instructor of each weekly slot: whoever has least to do and likes the slot, never in two rooms at once."""
    load, mean = np.zeros(len(liking)), times.sum() / len(liking)
    hour = (slots["weekday"] * 24 + slots["hour"]).to_numpy()
    busy, teacher = {}, np.full(len(times), -1)
    for slot in np.flatnonzero(times):
        cost = load / mean + 0.3 * liking[:, slot]
        cost[busy.get(hour[slot], [])] = np.inf
        teacher[slot] = cost.argmin()
        load[teacher[slot]] += times[slot]
        busy.setdefault(hour[slot], []).append(teacher[slot])
    return teacher


def sessions_table(sessions, booked, house):
    """Table `class_sessions`; booked : frame of `attendance.draw_visits`, no-shows hold their place."""
    starts = house.instants(sessions["starts"])
    return pd.DataFrame({
        "studio_id": house.studio_id,
        "class_id": house.numbered("c", sessions["month"].to_numpy()),
        "class_name": class_names(sessions, house),
        "class_type_id": [f"{house.studio_id}-t{number + 1}" for number in sessions["type"]],
        "starts_at": starts,
        "ends_at": starts + pd.Timedelta(hours=CLASS_HOURS),
        "instructor_id": [_instructor_id(house, i) if i >= 0 else None for i in sessions["instructor"]],
        "room_id": [f"{house.studio_id}-r{number + 1}" for number in sessions["room"]],
        "max_capacity": house.capacity,
        "booked": _per_class(sessions, booked, "attended", "no_show"),
        "waitlisted": _per_class(sessions, booked, "waitlisted"),
        "is_cancelled": sessions["cancelled"],
        **dict(zip(("upper_focus", "lower_focus"), _focus(sessions, house), strict=True)),
    })  # fmt: skip


def class_names(sessions, house):
    """Name of each session's class."""
    return np.array(CLASS_NAMES[house.kind], dtype=object)[sessions["type"]]


def _focus(sessions, house):
    """Upper and lower focus of each session."""
    pairs = [FOCUS[name] for name in CLASS_NAMES[house.kind]]
    return (np.array(side, dtype=object)[sessions["type"]] for side in zip(*pairs, strict=True))


def _instructor_id(house, number):
    return f"{house.studio_id}-i{number + 1:02d}"


def _per_class(sessions, booked, *statuses):
    rows = booked.loc[booked["status"].isin(statuses), "session"]
    return np.bincount(rows, minlength=len(sessions))


def instructors_table(sessions, hours, house, rng):
    """Table `instructors`: everyone who ever taught; hours : float, hours a month each has to give."""
    draws = rng("instructors", -2)
    names = [f"{draws.choice(FIRST_NAMES)} {draws.choice(LAST_NAMES)}" for _ in range(MOST_INSTRUCTORS)]
    taught = sessions[~sessions["cancelled"]].assign(class_name=lambda rows: class_names(rows, house))
    return pd.DataFrame([{
        "studio_id": house.studio_id,
        "instructor_id": _instructor_id(house, number),
        "instructor_name": names[number],
        "specialties": json.dumps(sorted(set(own["class_name"]))),
        "availability": json.dumps(_hours_of(own)),
        "hours_per_month": hours,
    } for number, own in taught.groupby("instructor")])  # fmt: skip


def _hours_of(own):
    """From the first to the last class ever taught on each weekday."""
    days = own.groupby("weekday")["hour"].agg(["min", "max"])
    return [
        {"weekday": schema.WEEKDAYS[day], "start": f"{low:02d}:00", "end": f"{high + 1:02d}:00"}
        for day, low, high in days.itertuples()
    ]


def types_table(sessions, booked, price, house):
    """Table `class_types`; price : int, one visit, minor units."""
    fill = pd.Series(_per_class(sessions, booked, "attended") / house.capacity)[~sessions["cancelled"].to_numpy()]
    names = CLASS_NAMES[house.kind]
    return pd.DataFrame({
        "class_type_id": [f"{house.studio_id}-t{number + 1}" for number in range(len(names))],
        "studio_id": house.studio_id,
        "class_name": names,
        "class_price": price,
        "max_capacity": house.capacity,
        "avg_attendance_rate": fill.groupby(sessions["type"]).mean().reindex(range(len(names))).to_numpy(),
        "currency": house.currency,
    })  # fmt: skip


def rooms_table(house):
    """Table `rooms`."""
    return pd.DataFrame({
        "studio_id": house.studio_id,
        "room_id": [f"{house.studio_id}-r{number + 1}" for number in range(ROOMS)],
        "room_name": ["Main room", "Second room"],
        "max_capacity": house.capacity,
        "features": "[]",
        "site": "main",
    })  # fmt: skip
