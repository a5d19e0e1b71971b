"""Raw tables to monthly metrics: real exports and the simulated world take this one road.

A month is a calendar month at the studio. A count is zero only between the first and the last
month in which the studio has rows of that table; outside it is unknown, so it stays empty.
"""

import pandas as pd

from studiolab import schema

RETENTION_WINDOW = 12

_NO_MONTHS = pd.MultiIndex.from_arrays([[], pd.DatetimeIndex([])], names=["studio_id", "month_year"])


def monthly_metrics(raw, studios):
    """The `monthly_metrics` table of every studio with orders, from whichever raw tables there are.

    raw : dict of schema tables: orders, members, visits, class_sessions, instructors
    studios : schema table; `timezone` (UTC when empty) says where a month begins
    Months run from the first to the last order. A month at either end is left out when orders
    are missing at its edge for longer than the longest pause within: the export cut it.
    A refund counts negative; a sale that is itself marked refunded was given back and counts
    nothing, as do failed and pending ones. Attendance is what was signed in, drop-ins included.
    Retention is 1 - churned / members at the start of the month (K1.1, K1.3, K1.6, K1.8).
    Raises ValueError when a studio sells in two currencies; the message names it.
    """
    columns = schema.TABLES["monthly_metrics"].columns
    nothing = pd.DataFrame({c: pd.Series(dtype=str(spec.dtype)) for c, spec in columns.items()})
    if _lacks(raw, "orders") or not _counts(raw["orders"]).any():
        return nothing
    zones = studios.set_index("studio_id")["timezone"] if "timezone" in studios else pd.Series(dtype=object)
    orders = _with_month(raw["orders"][_counts(raw["orders"])], "created_at", zones)
    months = _revenue(orders)
    if months.empty:
        return nothing
    for part in (_members(raw, months, zones), _add_ons(raw, orders), _classes(raw, zones), _attendance(raw, zones)):
        months = months.join(part)
    return schema.validate("monthly_metrics", _rates(months).reset_index())


def convert_retention(rate, from_definition):
    """Monthly membership retention from a rate of another definition of schema.RETENTION_DEFINITIONS.

    An annual rate is twelve equal months: 0.71 a year is 0.972 a month (K1.1). A check-in rate says who came,
    not who stayed, and has no such formula: it raises ValueError.
    """
    if from_definition == "membership_monthly":
        return rate
    if from_definition == "annual":
        return rate ** (1 / 12)
    raise ValueError(
        f"retention of definition {from_definition!r} does not convert; expected membership_monthly or annual"
    )


def _with_month(frame, column, zones):
    """`frame` with `month_year`, the month of instant `column` at the studio, and `day`, that day."""
    frame = frame[frame[column].notna()]
    zone = frame["studio_id"].map(zones).fillna("UTC").astype(str)
    day = pd.Series(pd.NaT, index=frame.index, dtype="datetime64[ns]")
    for name in zone.unique():
        local = frame.loc[zone == name, column].dt.tz_convert(name).dt.tz_localize(None)
        day = day.fillna(local.dt.normalize())
    return frame.assign(day=day, month_year=day.dt.to_period("M").dt.to_timestamp())


def _revenue(orders):
    """Frame by studio and month: total, parts where every line has a kind, currency."""
    currencies = orders.groupby("studio_id")["currency"].nunique()
    if (currencies > 1).any():
        raise ValueError(f"studio {currencies.idxmax()} sells in {currencies.max()} currencies; expected one, split it")
    spans = orders.groupby("studio_id")["day"].apply(_whole_months)
    months = pd.MultiIndex.from_tuples(
        [(studio, month) for studio, span in spans.items() for month in span], names=["studio_id", "month_year"]
    )
    by_month = orders.groupby(["studio_id", "month_year"])["amount"].sum()
    frame = pd.DataFrame({"total_revenue": by_month.reindex(months, fill_value=0)}, index=months)
    parts = orders.pivot_table(
        index=["studio_id", "month_year"], columns="revenue_kind", values="amount", aggfunc="sum", observed=True
    )
    parts = parts.reindex(index=months, columns=list(schema.REVENUE_KINDS)).fillna(0)
    told = orders["revenue_kind"].notna().groupby(orders["studio_id"]).all()
    known = months.get_level_values("studio_id").map(told).to_numpy(dtype=bool)
    for kind, part in zip(schema.REVENUE_KINDS, schema.REVENUE_PARTS, strict=True):
        frame[part] = parts[kind].where(known)
    currency = orders.groupby("studio_id")["currency"].first()
    return frame.assign(currency=months.get_level_values("studio_id").map(currency))


def _counts(orders):
    paid = orders["status"].isna() | (orders["status"] == "paid")
    return paid | ((orders["status"] == "refunded") & (orders["amount"] < 0))


def _whole_months(days):
    """First to last month of sale days, without a month that the export cut at its edge."""
    days = days.drop_duplicates().sort_values()
    pause = days.diff().max() if len(days) > 1 else pd.Timedelta(0)
    first, last = days.iloc[0], days.iloc[-1]
    start, end = first.to_period("M"), last.to_period("M")
    start += int(first - start.start_time > pause)
    end -= int(end.end_time.normalize() - last > pause)
    return pd.period_range(start, end, freq="M").to_timestamp()


def _members(raw, months, zones):
    """Frame of stock and flow; the identity holds because the stock is the sum of the flows."""
    if _lacks(raw, "members"):
        return pd.DataFrame(index=months.index)
    members = raw["members"]
    members = members[members["joined_at"].notna() & ~(members["left_at"] < members["joined_at"])]
    flows = pd.DataFrame({
        "new_members": _with_month(members, "joined_at", zones).groupby(["studio_id", "month_year"]).size(),
        "churned_members": _with_month(members, "left_at", zones).groupby(["studio_id", "month_year"]).size(),
    })  # fmt: skip
    flows = flows.reindex(flows.index.union(months.index)).fillna(0)
    net = flows["new_members"] - flows["churned_members"]
    flows["total_members"] = net.groupby("studio_id").cumsum()
    return flows[flows.index.get_level_values("studio_id").isin(members["studio_id"])]


def _add_ons(raw, orders):
    """Frame of members who bought an add-on, and of introductory offers sold."""
    bought = orders[orders["amount"] > 0]
    extras = bought[bought["revenue_kind"] == "upsell"]
    if not _lacks(raw, "members"):
        people = raw["members"][["studio_id", "member_id"]].rename(columns={"member_id": "customer_id"})
        extras = extras.merge(people, on=["studio_id", "customer_id"])
    by = ["studio_id", "month_year"]
    return pd.DataFrame({
        "upsold": extras.groupby(by)["customer_id"].nunique(),
        "intro_offer_conversions": bought[bought["revenue_kind"] == "intro"].groupby(by).size(),
    })  # fmt: skip


def _classes(raw, zones):
    """Frame of classes held, places offered, instructors who taught, their hours taught and available."""
    if _lacks(raw, "class_sessions"):
        return pd.DataFrame(index=_NO_MONTHS)
    sessions = _with_month(raw["class_sessions"], "starts_at", zones)
    held = sessions[~sessions["is_cancelled"].fillna(False).astype(bool)]
    by = held.groupby(["studio_id", "month_year"])
    spots = held["max_capacity"].astype("float64").groupby([held["studio_id"], held["month_year"]])
    told = spots.sum().where(spots.count() == spots.size())
    frame = _fill_span(pd.DataFrame({"total_classes_held": by.size(), "offered_spots": told}))
    return frame.join(_staff(raw, held))


def _staff(raw, held):
    """Frame of instructors who taught in the month, and hours taught over the hours they have."""
    taught = held[held["instructor_id"].notna()]
    if taught.empty:
        return pd.DataFrame(index=_NO_MONTHS)
    hours = (taught["ends_at"] - taught["starts_at"]).dt.total_seconds() / 3600
    by = ["studio_id", "month_year"]
    team = taught.assign(hours=hours).groupby([*by, "instructor_id"])["hours"].sum(min_count=1).reset_index()
    frame = pd.DataFrame({"staff_count": team.groupby(by).size()})
    if not _lacks(raw, "instructors"):
        team = team.merge(raw["instructors"][["studio_id", "instructor_id", "hours_per_month"]], how="left")
        told = team[["hours", "hours_per_month"]].notna().all(axis=1).groupby([team[c] for c in by]).all()
        sums = team.groupby(by)[["hours", "hours_per_month"]].sum()
        frame["staff_utilization_rate"] = (sums["hours"] / sums["hours_per_month"]).clip(upper=1).where(told)
    return frame


def _attendance(raw, zones):
    if _lacks(raw, "visits"):
        return pd.DataFrame(index=_NO_MONTHS)
    visits = _with_month(raw["visits"], "attended_at", zones)
    attended = (visits["status"] == "attended").groupby([visits["studio_id"], visits["month_year"]]).sum()
    return _fill_span(pd.DataFrame({"total_class_attendance": attended}))


def _rates(months):
    """The columns that follow from others of the same month, and the lifetime from the last year's retention."""
    frame = months.reindex(columns=months.columns.union(_COUNTED))
    members = frame["total_members"].astype("float64").where(lambda m: m > 0)
    before = frame["total_members"] - frame["new_members"] + frame["churned_members"]
    retention = (1 - frame["churned_members"] / before.where(before > 0)).clip(lower=0)
    told = frame["membership_revenue"].notna()
    fill = frame["total_class_attendance"] / frame["offered_spots"].where(frame["offered_spots"] > 0)
    mean = retention.groupby("studio_id").rolling(RETENTION_WINDOW, min_periods=1).mean().droplevel(0)
    names = frame.index.to_frame()
    return frame.drop(columns="upsold").assign(
        metric_id=schema.metric_id(names["studio_id"], names["month_year"]),
        retention_rate=retention,
        retention_definition=retention.notna().map({True: "membership_monthly", False: None}),
        avg_ticket_price=(frame["membership_revenue"].astype("float64") / members).clip(lower=0).round(),
        class_attendance_rate=fill.clip(upper=1),
        upsell_rate=(frame["upsold"].fillna(0).where(told) / members).clip(upper=1),
        intro_offer_conversions=frame["intro_offer_conversions"].fillna(0).where(told),
        average_member_lifetime_months=(1 / (1 - mean)).where(mean < 1),
    )


_COUNTED = [
    "total_members", "new_members", "churned_members", "membership_revenue", "total_class_attendance", "offered_spots",
    "upsold", "intro_offer_conversions",
]  # fmt: skip


def _lacks(raw, table):
    return table not in raw or raw[table].empty


def _fill_span(counts):
    """Zero in the months between a studio's first and last row."""
    months = counts.index.get_level_values("month_year").to_series(index=counts.index).groupby("studio_id")
    spans = [(studio, m) for studio, span in months for m in pd.date_range(span.min(), span.max(), freq="MS")]
    every = pd.MultiIndex.from_tuples(spans, names=counts.index.names)
    return counts.reindex(every).fillna({"total_classes_held": 0, "total_class_attendance": 0})
