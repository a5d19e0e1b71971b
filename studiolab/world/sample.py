"""The simulated studio as the files a studio would export, and as the one table of the seed document (A-14, A-15)."""

import pandas as pd

HISTORY = "simulated_class_history"
FOCUS = ["upper_focus", "lower_focus"]


def exports(chain, studio_id):
    """dict of file name to DataFrame: the raw tables of a studio, and HISTORY, a row for each booking with client,
    plan, class, coach and outcome, times on the studio's clock.

    chain : Chain; studio_id : of its studios
    """
    raw = chain.raw(studio_id)
    zone = chain.studios.set_index("studio_id")["timezone"][studio_id]
    members = raw["members"][["member_id", "member_name", "plan_id"]]
    classes = raw["class_sessions"][["class_id", "instructor_id", *FOCUS]]
    coaches = raw["instructors"][["instructor_id", "instructor_name"]]
    rows = raw["visits"].merge(members, on="member_id", how="left").merge(classes, on="class_id", how="left")
    rows = rows.merge(coaches, on="instructor_id", how="left")
    start = rows["attended_at"].dt.tz_convert(zone)
    history = pd.DataFrame({
        "client_id": rows["member_id"], "client_name": rows["member_name"], "subscription": rows["plan_id"],
        "class_date": start.dt.strftime("%Y-%m-%d"), "class_time": start.dt.strftime("%H:%M"),
        "class_type": rows["class_name"], **{name: rows[name] for name in FOCUS}, "coach": rows["instructor_name"],
        "status": rows["status"],
    })  # fmt: skip
    return raw | {HISTORY: history.sort_values(["class_date", "class_time", "client_id"], ignore_index=True)}
