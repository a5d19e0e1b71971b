"""The start of a week at the desk: whom to talk to today, eight classes for each of them, and where there is room."""

from dataclasses import dataclass, field
from itertools import chain, islice, zip_longest

import pandas as pd

from studiolab import schema
from studiolab.class_recommender import behaviour, upsell, watch

SEEN_DAYS = 30
WEEKS = 4  # before the day asked about, whose free places are called usual


@dataclass
class Week:
    """One studio from one day on. Answers are the JSON of `class_recommender.answers`.

    today : Timestamp, the day on the studio's clock, no zone; None where no visit is known, and nothing below is then
    most : clients in a list; currency : ISO code; seen : (clients of the last SEEN_DAYS, of those before)
    watched : list of Watched; plans : dict of client to (ClientResponse, RecommendResponse)
    upgrades : DataFrame indexed by client: name, to_plan, effect (major units a month, NaN where unknown), reason
    room : as of `room`
    """

    studio_id: str
    studio_name: str
    most: int
    today: pd.Timestamp | None = None
    currency: str = ""
    seen: tuple = (0, 0)
    watched: tuple = ()
    plans: dict = field(default_factory=dict)
    upgrades: pd.DataFrame | None = None
    room: pd.DataFrame | None = None


def look(workbench, studio_id, as_of="", most=20):
    """The `Week` of a studio.

    as_of : YYYY-MM-DD, a day that begins on the studio's clock; the end of the known visits where empty
    most : clients in each list, and clients who get a plan. Raises ValueError for an unknown studio or no day.
    """
    studio = workbench.db.read("studios", studio_id)
    if studio.empty:
        raise ValueError(f"no studio {studio_id!r}")
    week = Week(studio_id, studio["studio_name"].iloc[0] or studio_id, most)
    if studio_id not in workbench.studios_with_visits():
        return week
    zone = studio["timezone"].iloc[0] or "UTC"
    question = {"studio_id": studio_id, "as_of": start_of(as_of, zone).isoformat() if as_of else None}
    someone = workbench.clients(studio_id, limit=1)[0].client_id
    moment = pd.Timestamp(workbench.client(question | {"client_id": someone}).as_of)
    visits, sessions, members, plans = (
        workbench.db.read(name, studio_id) for name in ("visits", "class_sessions", "members", "plans")
    )
    week.today = moment.tz_convert(zone).tz_localize(None).normalize()
    week.currency = (plans if len(plans) else studio)["currency"].iloc[0]
    week.seen = tuple(_seen(visits, moment - pd.Timedelta(days=SEEN_DAYS * n)) for n in (0, 1))
    week.watched = [row.model_dump(mode="json") for row in workbench.watched(studio_id, question["as_of"])]
    week.plans = {
        client_id: tuple(ask(question | {"client_id": client_id}).model_dump(mode="json")
                         for ask in (workbench.client, workbench.recommend))
        for client_id in first(week.watched, most)
    }  # fmt: skip
    week.upgrades = _upgrades(visits, members, plans, moment, zone)
    week.room = room(sessions, visits, moment, zone)
    return week


def start_of(day, zone):
    """Timestamp at which a day, YYYY-MM-DD, begins in an IANA zone. Raises ValueError."""
    try:
        day = pd.Timestamp(day)
    except ValueError:
        raise ValueError(f"AS_OF: got {day!r}; expected a day as YYYY-MM-DD") from None
    return day.tz_convert(zone) if day.tz else day.tz_localize(zone, ambiguous=True, nonexistent="shift_forward")


def first(watched, most):
    """Ids of the clients who get a plan: the first of each list, then the second of each, until there are `most`."""
    lists = [[row["client_id"] for row in watched if row["list"] == name] for name in watch.LISTS]
    turns = filter(None, chain.from_iterable(zip_longest(*lists)))
    return list(islice(dict.fromkeys(turns), most))


def _seen(visits, until):
    came = visits[(visits["status"] == "attended") & (visits["attended_at"] < until)]
    return came.loc[came["attended_at"] >= until - pd.Timedelta(days=SEEN_DAYS), "member_id"].nunique()


def _upgrades(visits, members, plans, as_of, zone):
    told = upsell.advise(visits, members, plans, as_of, zone)
    told = told[told["decision"] == "upgrade"].sort_values("effect", ascending=False, kind="stable")
    minor = schema.minor_per_major(plans["currency"].iloc[0]) if len(plans) else 1
    named = members.set_index("member_id")["member_name"].reindex(told.index)
    return pd.DataFrame({
        "name": named.fillna(told.index.to_series()), "effect": told["effect"].astype("float64") / minor,
        "to_plan": told["to_plan_id"].map(plans.set_index("plan_id")["plan_name"]), "reason": told["reason"],
    })  # fmt: skip


def room(sessions, visits, as_of, zone):
    """Places that stayed free in a usual week of the last WEEKS, by weekday and time of day.

    sessions, visits : tables of one studio; as_of : Timestamp, UTC; zone : IANA
    Returns DataFrame (7, 4), WEEKDAYS by BUCKETS of `behaviour`, NaN where no class of known size was held, and
    throughout where no visit names its class.
    """
    since = as_of - pd.Timedelta(weeks=WEEKS)
    held = sessions[(sessions["starts_at"] >= since) & (sessions["starts_at"] < as_of)]
    held = held[~held["is_cancelled"].fillna(False).astype(bool) & held["max_capacity"].notna()]
    came = (
        visits[(visits["status"] == "attended") & visits["class_id"].isin(held["class_id"])].groupby("class_id").size()
    )
    held = held if len(came) else held.iloc[:0]
    free = (held["max_capacity"].astype("float64") - held["class_id"].map(came).fillna(0)).clip(lower=0)
    table = behaviour.described(held, zone).assign(free=free / WEEKS)
    table = table.pivot_table(index="weekday", columns="time_of_day", values="free", aggfunc="sum")
    return table.reindex(index=list(behaviour.WEEKDAYS), columns=list(behaviour.BUCKETS)).astype("float64")


def offered(week):
    """DataFrame (7, 4), as `Week.room`: offers of the plans in the coming seven days."""
    table = pd.DataFrame(0, index=week.room.index, columns=week.room.columns)
    for _, answer in week.plans.values():
        for row in answer["recommendations"]:
            if pd.Timestamp(row["date"]) < week.today + pd.Timedelta(days=7):
                table.loc[row["weekday"], row["time_of_day"]] += 1
    return table
