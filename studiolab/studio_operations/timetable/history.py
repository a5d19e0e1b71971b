"""The week that a studio keeps, read off the classes it has held: what recurs is a class that is held once a week."""

import re

import pandas as pd

from studiolab.schema import WEEKDAYS
from studiolab.studio_calendar import DAY_MINUTES, Window
from studiolab.studio_operations.timetable.problem import BEGINNER, Placement

WEEKS, TWICE = 4, 2  # how far back one looks, and how often a class has to be there
HOURS_OF = 52  # weeks whose classes tell the opening hours
USUAL_MINUTES, USUAL_PLACES = 60, 20
_SLOT = ["class_name", "weekday", "start", "room_id"]


def recent(sessions, now, weeks=WEEKS):
    """The rows of `sessions` that take place, from `weeks` before the last known start on.

    sessions : DataFrame of class_sessions, one studio's; now : instant; coming classes count only where there are no
        past ones
    """
    held = sessions[~sessions["is_cancelled"].fillna(False).astype(bool)]
    past = held[held["starts_at"] <= now]
    known = held if past.empty else past
    return known[known["starts_at"] > known["starts_at"].max() - pd.Timedelta(weeks=weeks)]


def week(sessions, types, timezone):
    """(definitions, placements) of the classes among `sessions` that recur.

    sessions : DataFrame of class_sessions as `recent` gives it; types : DataFrame of class_types, prices in minor units
    timezone : IANA zone of the studio
    definitions : DataFrame of the columns of class_definitions but studio_id and currency; style is the class's name,
        the level "Beginner" where the name says so; ids tell name and time, so that they stay when others come
    placements : tuple of Placement, where the room and whoever taught most often are known
    """
    told = sessions.dropna(subset="class_name")
    local = told["starts_at"].dt.tz_convert(timezone)
    lasts = (told["ends_at"] - told["starts_at"]).dt.total_seconds() / 60
    told = told.assign(weekday=local.dt.weekday, start=local.dt.hour * 60 + local.dt.minute,
                       minutes=lasts.where(lasts > 0, USUAL_MINUTES).fillna(USUAL_MINUTES))  # fmt: skip
    told["room_id"] = told["room_id"].fillna("")
    groups = told.groupby(_SLOT)
    slots = groups.agg(
        held=("starts_at", "size"), minutes=("minutes", "median"), max_capacity=("max_capacity", "median"),
        instructor_id=("instructor_id", _usual), class_type_id=("class_type_id", _usual),
    ).reset_index()  # fmt: skip
    slots = slots[slots["held"] >= TWICE].sort_values(["weekday", "start", "room_id", "class_name"], ignore_index=True)
    slots["class_id"] = _ids(slots)
    slots = slots.sort_values("class_id", ignore_index=True)
    return _definitions(slots, types), _placements(slots)


def opening(sessions, timezone, more=()):
    """Tuple of Window: each weekday from its first class to the end of its last, () where there are none.

    sessions : DataFrame of class_sessions; more : iterable of Window that are open too
    """
    starts, ends = (sessions[name].dt.tz_convert(timezone) for name in ("starts_at", "ends_at"))
    begin = starts.dt.hour * 60 + starts.dt.minute
    lasts = ((ends - starts).dt.total_seconds() / 60).fillna(USUAL_MINUTES).clip(0, DAY_MINUTES)
    spans = pd.DataFrame({"day": starts.dt.weekday, "start": begin, "end": (begin + lasts).clip(upper=DAY_MINUTES)})
    spans = spans[spans["end"] > spans["start"]].groupby("day").agg({"start": "min", "end": "max"})
    known = [Window(WEEKDAYS[day], int(start), int(end)) for day, start, end in spans.itertuples()] + list(more)
    days = {day: [one for one in known if one.weekday == day] for day in WEEKDAYS}
    return tuple(
        Window(day, min(one.start for one in own), max(one.end for one in own)) for day, own in days.items() if own
    )


def _usual(values):
    """The most frequent value, the first by name of equals; None where there is none."""
    counts = values.value_counts()
    return None if counts.empty else min(counts.index[counts == counts.iloc[0]])


def _ids(slots):
    """Name, weekday and time of each, in lower case; a number where there are several of them."""
    clocks = slots["start"].map(lambda start: f"{start // 60:02d}{start % 60:02d}")
    days = slots["weekday"].map(lambda day: WEEKDAYS[day].lower())
    found = slots["class_name"].map(plain) + "-" + days + "-" + clocks
    nth = found.groupby(found).cumcount() + 1
    return found.where(nth == 1, found + "-" + nth.astype(str))


def plain(name):
    """A name in lower case, with nothing but letters, digits and hyphens."""
    return re.sub(r"[\W_]+", "-", name.lower()).strip("-") or "class"


def _definitions(slots, types):
    by_id, by_name = (types.drop_duplicates(key).set_index(key) for key in ("class_type_id", "class_name"))

    def known(column):
        return slots["class_type_id"].map(by_id[column]).fillna(slots["class_name"].map(by_name[column]))

    capacity = slots["max_capacity"].astype("Float64").fillna(known("max_capacity").astype("Float64"))
    beginner = slots["class_name"].str.contains(BEGINNER, case=False)
    return pd.DataFrame({
        "class_id": slots["class_id"], "class_name": slots["class_name"], "style": slots["class_name"],
        "level": beginner.map({True: BEGINNER, False: ""}),
        "minutes": slots["minutes"].round().astype("Int64"),
        "max_capacity": capacity.fillna(USUAL_PLACES).clip(lower=1).round().astype("Int64"),
        "min_capacity": pd.Series(0, slots.index, "Int64"), "price": known("class_price").astype("Int64"),
        "preferred": "[]", "features": "[]", "site": None,
    })  # fmt: skip


def _placements(slots):
    there = slots[(slots["room_id"] != "") & slots["instructor_id"].notna()]
    return tuple(
        Placement(row.class_id, WEEKDAYS[row.weekday], int(row.start), row.room_id, row.instructor_id)
        for row in there.itertuples()
    )
