"""From hidden outcomes to tables: monthly figures of every studio, raw rows of one on demand."""

import numpy as np
import pandas as pd

from studiolab import schema


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
