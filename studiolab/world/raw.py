"""From hidden outcomes to tables: monthly figures of every studio, raw rows of one on demand."""

import hashlib
from functools import partial

import numpy as np
import pandas as pd

from studiolab import schema
from studiolab.world import attendance, people, sales, timetable
from studiolab.world.house import House

COHORT_AGES = (1, 3, 6, 12)


def monthly_metrics(studios, calendar, outcomes, traits):
    """Table `monthly_metrics` of all studios from the outcomes of `mechanism.step`, (months x n) rows."""
    n = len(studios)

    def column(name):
        return np.concatenate([outcome[name] for outcome in outcomes])

    members, before = column("members"), column("before")
    hours = column("staff") * np.tile(traits.hours_per_instructor, len(calendar))
    frame = pd.DataFrame({
        "studio_id": np.tile(studios["studio_id"], len(calendar)),
        "month_year": np.repeat(calendar, n),
        "total_members": members,
        "new_members": column("joined"),
        "churned_members": before + column("joined") - members,
        "retention_rate": (members - column("joined")) / before,
        "retention_definition": "membership_monthly",
        "avg_ticket_price": column("ticket"),
        "total_classes_held": column("held"),
        "offered_spots": column("spots"),
        "total_class_attendance": column("visits"),
        "class_attendance_rate": column("visits") / column("spots"),
        "staff_count": column("staff"),
        "staff_utilization_rate": column("held") / hours,
        **{part: column(part) for part in schema.REVENUE_PARTS},
        "intro_offer_conversions": column("intros"),
        "upsell_rate": column("upsold") / members,
        "currency": np.tile(studios["currency"], len(calendar)),
    })  # fmt: skip
    frame["metric_id"] = schema.metric_id(frame["studio_id"], frame["month_year"])
    frame["total_revenue"] = frame[list(schema.REVENUE_PARTS)].sum(axis=1)
    frame = frame.sort_values(["studio_id", "month_year"], ignore_index=True)
    year = frame.groupby("studio_id")["retention_rate"].rolling(12, min_periods=1).mean().to_numpy()
    frame["average_member_lifetime_months"] = 1 / (1 - year)
    return _whole(frame)


def _whole(frame):
    columns = schema.TABLES["monthly_metrics"].columns
    whole = [c for c in columns if str(columns[c].dtype) == "Int64"]
    return frame.assign(**frame[whole].astype("int64"))[list(columns)]


def tables(chain):
    """Every raw table of a chain of one studio; counted again they give its monthly_metrics.

    Drawn from the chain's seed and the studio's id, month by month, so that a chain cut by `until`
    gives the same rows without the later ones. Returns dict of DataFrames, tables of `schema`:
    members, plans, products, orders, class_sessions, visits, instructors, rooms, class_types, member_cohorts.
    """
    traits = chain.traits.take(0)
    house, flows, rng, crowd, timed = hidden(chain)
    booked = attendance.draw_visits(crowd, timed, house, flows["visits"], flows["drop_ins"], rng)
    lines = sales.draw_lines(crowd, booked[booked["status"] == "attended"], house, flows, traits, rng)
    prices = sales.plan_prices(lines)
    found = {
        "members": people.members_table(crowd, house),
        "plans": people.plans_table(prices, house),
        "products": sales.products_table(prices, traits, house),
        "orders": sales.orders_table(lines, house),
        "class_sessions": timetable.sessions_table(timed, booked, house),
        "visits": attendance.visits_table(booked, timed, house),
        "instructors": timetable.instructors_table(timed, float(traits.hours_per_instructor), house, rng),
        "rooms": timetable.rooms_table(house),
        "class_types": timetable.types_table(timed, booked, int(traits.drop_in_price), house),
        "member_cohorts": _cohorts(crowd, lines, house),
    }
    return {name: _shaped(name, frame) for name, frame in found.items()}


def hidden(chain):
    """What the raw tables of a chain of one studio are drawn from.

    Returns House; flows, dict of outcome to (months,) whole numbers; rng, function of (part, month) to a Generator;
    People; and the frame of `timetable.draw_sessions`.
    """
    studio, traits = chain.studios.iloc[0], chain.traits.take(0)
    house = House(studio["studio_id"], studio["studio_type"], studio["currency"], studio["timezone"],
                  chain.months.to_numpy("datetime64[M]"), int(traits.spots_per_class))  # fmt: skip
    flows, rng = _flows(chain.outcomes), partial(generator, chain.seed, house.studio_id)
    opened = int((np.datetime64(studio["opening_date"], "M") - house.months[0]).astype(int))
    crowd = people.draw_people(chain.states[0], flows, opened, len(timetable.CLASS_NAMES[house.kind]), rng)
    return house, flows, rng, crowd, timetable.draw_sessions(house, flows["held"], flows["staff"], rng)


def _shaped(name, frame):
    """`frame` in the types and order of table `name`; the values are right by construction."""
    types = {c: str(column.dtype) for c, column in schema.TABLES[name].columns.items()}
    return frame.astype({c: kind for c, kind in types.items() if kind in ("Int64", "boolean")})[list(types)]


def _flows(outcomes):
    """dict of outcome name to whole numbers (months,) or (months, 3) of the one studio."""
    return {name: np.rint(np.stack([outcome[name][0] for outcome in outcomes])).astype("int64") for name in outcomes[0]}


def generator(seed, studio_id, part, month):
    """Generator of one part of one studio in one month, the same whatever else is drawn."""
    digest = hashlib.blake2b(f"{seed}/{studio_id}/{part}/{month}".encode(), digest_size=16).digest()
    return np.random.default_rng(int.from_bytes(digest, "big"))


def _cohorts(crowd, lines, house):
    """Table `member_cohorts` of those who joined within the history; a rate not yet known stays empty."""
    spent = lines[lines["person"] >= 0].groupby("person")["amount"].sum()
    people_in = pd.DataFrame({"joined": crowd.joined, "stayed": crowd.left - crowd.joined}).assign(spent=spent)
    cohort = people_in[people_in["joined"] >= 0].groupby("joined")
    table = pd.DataFrame({"cohort_size": cohort.size(), "avg_ltv": cohort["spent"].mean().round()})
    for age in COHORT_AGES:
        share = cohort["stayed"].agg(lambda months, age=age: (months > age).mean())
        table[f"month_{age}_retention"] = share.where(share.index + age < len(house.months))
    month = pd.Series(house.months[table.index].astype("datetime64[ns]"), index=table.index)
    ids = house.studio_id + ":" + month.dt.strftime("%Y-%m")
    table = table.assign(cohort_id=ids, join_month=month, studio_id=house.studio_id, currency=house.currency)
    return table.reset_index(drop=True)
