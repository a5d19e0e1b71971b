"""The documents' inputs for direct learners: what was known at the origin, what is planned until the target.

Sources: S4 2.1 and 2.3 (B-26 to B-29); lagged so that nothing after the origin is seen (K1.15),
levers of the months asked about (K1.19), revenue per member and lifetime value as K1.32 and K1.33 settle.
"""

import numpy as np
import pandas as pd

from studiolab.schema import LEVERS


def inputs(panel, studio, origin, horizon, plans):
    """Feature table of studio-months.

    studio, origin, horizon : (rows,), indices of panel.studios and panel.months, months ahead
    plans : (rows, 7) mean planned levers from origin + 1 to the target month
    Returns DataFrame (rows, features); rates are shares, money in major units.
    """
    v, t, s = panel.values, origin, studio
    at = {name: v[name][t, s] for name in v}

    def back(name, lag):
        return v[name][np.maximum(t - lag, 0), s]

    retention = [1 - back("churned_members", k) / np.maximum(back("total_members", k + 1), 1) for k in range(4)]
    revenue, members = at["total_revenue"], at["total_members"]
    target = (panel.months.month.to_numpy()[t] - 1 + horizon) % 12 + 1
    share = at["total_class_attendance"] / at["offered_spots"]
    ticket = plans[:, LEVERS.index("avg_ticket_price")]
    kept = plans[:, LEVERS.index("retention_rate")]
    fill, classes = plans[:, LEVERS.index("class_attendance_rate")], plans[:, LEVERS.index("total_classes_held")]
    table = {f"planned_{lever}": plans[:, i] for i, lever in enumerate(LEVERS)} | {
        "current_member_count": members,
        "month_index": target,
        "year_index": (t + horizon) // 12 + 1,
        "prev_month_revenue": np.log(revenue),
        "3_month_avg_retention": np.mean(retention[:3], axis=0),
        "retention_rate_momentum": retention[0] - retention[3],
        "revenue_growth_rate": revenue / back("total_revenue", 1) - 1,
        "member_churn_rate": 1 - retention[0],
        "revenue_per_member": revenue / members,
        "class_utilization": share,
        "season_sin": np.sin(2 * np.pi * target / 12),
        "season_cos": np.cos(2 * np.pi * target / 12),
        "is_january": (target == 1).astype(float),
        "is_summer": np.isin(target, (6, 7, 8)).astype(float),
        "ltv_estimate": ticket * (1 - kept**12) / np.maximum(1 - kept, 1e-3),
        "staff_utilization_rate": at["staff_utilization_rate"],
        "retention_x_ticket": kept * ticket,
        "attendance_x_classes": fill * classes,
        "upsell_x_members": plans[:, LEVERS.index("upsell_rate")] * members,
        "revenue_momentum": _ewm_gap(v["total_revenue"])[t, s],
        "ticket_change": ticket / np.maximum(at["avg_ticket_price"], 1e-9),
        "joins_change": plans[:, LEVERS.index("new_members_monthly")] / members,
        "horizon": horizon,
    }  # fmt: skip
    return pd.DataFrame(table)


def _ewm_gap(revenue):
    frame = pd.DataFrame(revenue)
    return (frame.ewm(span=3).mean() / frame - 1).to_numpy()
