"""The vocabulary: every table, its columns, types, units and ranges. The one place a column is named.

Money is an integer in the minor unit of the row's `currency` (ISO 4217). Instants are UTC; a
month is the first day of that month at the studio, without a zone. Rates are shares in [0, 1].
Sources: SPEC B-09 to B-16, A-18, C-20, D-17 to D-19; settlements K1.1 to K1.8, KX.1, KX.2.
"""

import pandas as pd
import pandera.pandas as pa

from studiolab.studio_calendar import WEEKDAYS

TEXT, WHOLE, REAL, FLAG = "str", "Int64", "float64", "boolean"
INSTANT, DAY = "datetime64[ns, UTC]", "datetime64[ns]"

STUDIO_TYPES = ("Yoga", "Pilates", "CrossFit", "Wellness", "Boutique Fitness", "Dance", "Retail")
RETENTION_DEFINITIONS = ("membership_monthly", "checkin_monthly", "annual")
VISIT_STATUSES = ("booked", "attended", "no_show", "late_cancelled", "cancelled", "waitlisted")
ORDER_STATUSES = ("paid", "refunded", "failed", "pending")
REVENUE_KINDS = ("membership", "class_pack", "intro", "retail", "upsell")
LEAD_STATUSES = ("NEW", "CONTACTED", "QUALIFIED", "TRIAL_SCHEDULED", "CONVERTED", "LOST", "NO_SHOW")
CHANNELS = ("whatsapp", "instagram", "email", "sms")
MESSAGE_KINDS = ("text", "image", "audio", "video", "document", "sticker", "location", "contact", "button", "reaction",
                 "template", "story", "comment", "edit", "deletion", "other")  # fmt: skip
DELIVERY = ("sent", "delivered", "read", "failed")
CONTACT_EVENTS = ("created", "changed", "stage", "consent", "assigned", "label", "note", "read", "snoozed", "closed",
                  "merged", "unmerged", "sequence")  # fmt: skip
OUTBOX_STATES = ("waiting", "sending", "sent", "failed", "withdrawn", "unsure")
UNPLACED = "?"  # studio_id of what came to an account that no studio has connected
ROLES = ("owner", "manager", "front desk", "read-only")
JOB_STATUSES = ("queued", "running", "done", "failed", "interrupted")

LEVERS = (
    "retention_rate",
    "avg_ticket_price",
    "class_attendance_rate",
    "new_members_monthly",
    "staff_utilization_rate",
    "upsell_rate",
    "total_classes_held",
)
REVENUE_PARTS = tuple(f"{kind}_revenue" for kind in REVENUE_KINDS)


def _column(dtype, *checks, required=False, unit=None, says=None):
    return pa.Column(
        dtype, list(checks), nullable=not required, required=required, coerce=True,
        description=says, metadata={"unit": unit} if unit else None,
    )  # fmt: skip


def text(*allowed, required=False, says=None):
    """Column of texts, one of `allowed` where some are named; `required` in a file and never empty; says : of it."""
    checks = [pa.Check.isin(allowed, error=f"one of {', '.join(allowed)}")] if allowed else []
    return _column(TEXT, *checks, required=required, says=says)


def whole(low=None, high=None, required=False, unit="count", says=None):
    """Column of whole numbers from `low` to `high`; unit : what is counted."""
    return _column(WHOLE, *_bounds(low, high), required=required, unit=unit, says=says)


def real(low=None, high=None, unit=None, says=None):
    """Column of numbers from `low` to `high`."""
    return _column(REAL, *_bounds(low, high), unit=unit, says=says)


def rate(says=None):
    """Column of shares, 0 to 1."""
    return real(0, 1, unit="share", says=says)


def money(low=None, required=False, says=None):
    """Column of money in minor units of the row's currency."""
    return whole(low, required=required, unit="minor", says=says)


def instant(required=False, says=None):
    """Column of moments with a zone, kept in UTC."""
    return _column(INSTANT, required=required, unit="UTC", says=says)


def day(required=False, says=None):
    """Column of calendar days."""
    return _column(DAY, required=required, says=says)


def month(required=True):
    """Column of months, each by its first day."""
    return _column(
        DAY,
        pa.Check(lambda s: (s.dt.day == 1) & (s.dt.normalize() == s), error="the first day of a month"),
        required=required,
        unit="month",
    )


def flag(says=None):
    """Column of yes or no."""
    return _column(FLAG, says=says)


def identifier(says=None):
    """Column of names that rows are known by."""
    return text(required=True, says=says)


def currency():
    """Column of ISO 4217 codes."""
    code = pa.Check.str_matches(r"^[A-Z]{3}$", error="three capital letters")
    return _column(TEXT, code, required=True, says="ISO 4217 code")


def _bounds(low, high):
    checks = []
    if low is not None:
        checks.append(pa.Check.ge(low, error=f"at least {low}"))
    if high is not None:
        checks.append(pa.Check.le(high, error=f"at most {high}"))
    return checks


def _members_add_up(metrics):
    """members = previous + new - churned wherever a studio has both months (K1.3)."""
    ordered = metrics.reset_index(drop=True).sort_values(["studio_id", "month_year"])
    by_studio = ordered.groupby("studio_id", sort=False)
    stock = ordered["total_members"].astype("float64")
    before = by_studio["total_members"].shift().astype("float64")
    serial = ordered["month_year"].dt.year * 12 + ordered["month_year"].dt.month
    follows = serial.groupby(ordered["studio_id"], sort=False).diff() == 1
    flow = ordered["new_members"].astype("float64") - ordered["churned_members"].astype("float64")
    wrong = follows & ((stock - before - flow).abs() > 0)
    return pd.Series(~wrong.sort_index().to_numpy(), index=metrics.index)


def _parts_add_up(metrics):
    """The five revenue components add to the total, to the minor unit (K1.6)."""
    parts = metrics[list(REVENUE_PARTS)].astype("float64")
    gap = parts.sum(axis=1, min_count=5) - metrics["total_revenue"].astype("float64")
    return parts.isna().any(axis=1) | (gap.abs() < 0.5)


def _table(name, key, columns, checks=()):
    return pa.DataFrameSchema(
        columns,
        name=name,
        unique=list(key),
        strict=True,
        coerce=True,
        checks=list(checks),
        metadata={"key": tuple(key)},
    )


_TABLES = (
    _table("studios", ["studio_id"], {
        "studio_id": identifier(),
        "studio_name": text(required=True),
        "studio_type": text(*STUDIO_TYPES),
        "location": text(says="city, state"),
        "opening_date": day(),
        "square_footage": whole(0, unit="square feet"),
        "max_capacity": whole(0, unit="people"),
        "currency": currency(),
        "timezone": text(says="IANA zone of local times, e.g. Europe/Berlin"),
    }),
    _table("monthly_metrics", ["studio_id", "month_year"], {
        "metric_id": text(says="studio_id:YYYY-MM"),
        "studio_id": identifier(),
        "month_year": month(),
        "total_members": whole(0, says="members on the last day of the month"),
        "new_members": whole(0),
        "churned_members": whole(0),
        "retention_rate": rate("1 - churned / members at the start of the month (K1.1)"),
        "retention_definition": text(*RETENTION_DEFINITIONS),
        "avg_ticket_price": money(0, says="membership revenue per member"),
        "total_classes_held": whole(0),
        "offered_spots": whole(0, says="places in the classes held"),
        "total_class_attendance": whole(0, says="signed-in visits"),
        "class_attendance_rate": rate("attendance / offered spots (K1.8)"),
        "staff_count": whole(0, unit="people"),
        "staff_utilization_rate": rate("hours taught / hours available"),
        "total_revenue": money(required=True),
        "membership_revenue": money(),
        "class_pack_revenue": money(),
        "intro_revenue": money(),
        "retail_revenue": money(),
        "upsell_revenue": money(),
        "intro_offer_conversions": whole(0),
        "upsell_rate": rate("members who bought an add-on / members"),
        "average_member_lifetime_months": real(0, unit="months"),
        "currency": currency(),
    }, [
        pa.Check(_members_add_up, error="members are not previous + new - churned"),
        pa.Check(_parts_add_up, error="revenue parts do not add to the total"),
    ]),
    _table("lever_plan", ["studio_id", "month"], {
        "studio_id": identifier(),
        "month": month(),
        "retention_rate": rate("monthly membership retention set out for"),
        "avg_ticket_price": money(0),
        "class_attendance_rate": rate(),
        "new_members_monthly": real(0, unit="people a month"),
        "staff_utilization_rate": rate(),
        "upsell_rate": rate(),
        "total_classes_held": real(0, unit="classes a month"),
        "currency": currency(),
    }),
    _table("class_types", ["class_type_id"], {
        "class_type_id": identifier(),
        "studio_id": identifier(),
        "class_name": text(required=True),
        "class_price": money(0),
        "max_capacity": whole(0, unit="people"),
        "avg_attendance_rate": rate(),
        "currency": currency(),
    }),
    _table("member_cohorts", ["cohort_id"], {
        "cohort_id": identifier("studio_id:YYYY-MM of joining"),
        "studio_id": identifier(),
        "join_month": month(),
        "cohort_size": whole(0),
        "month_1_retention": rate(),
        "month_3_retention": rate(),
        "month_6_retention": rate(),
        "month_12_retention": rate(),
        "avg_ltv": money(says="revenue so far per member of the cohort"),
        "currency": currency(),
    }),
    _table("scenarios", ["scenario_id"], {
        "scenario_id": identifier(),
        "studio_id": identifier(),
        "scenario_name": text(required=True),
        "scenario_description": text(),
        "scenario_type": text("forecast", "forward", "inverse"),
        "created_at": instant(required=True),
        "updated_at": instant(),
        "base_month": month(required=False),
        "projection_months": whole(1, unit="months"),
        "lever_inputs": text(says="JSON: the question, and the levers of its last month"),
        "predicted_outputs": text(says="JSON: the answer"),
        "confidence_score": rate(),
        "tags": text(says="JSON list"),
        "user_name": text(says="who saved it"),
        "model_version": text(),
        "data_hash": text(says="of the data and the code that the model was made from"),
        "is_deleted": flag("kept, so that deleting can be undone"),
    }),
    _table("model_performance", ["performance_id"], {
        "performance_id": identifier(),
        "model_version": text(required=True),
        "model_type": text(),
        "deployed_at": instant(),
        "evaluation_date": day(),
        "rmse": real(0, unit="major"),
        "mape": real(0, unit="percent"),
        "r2_score": real(high=1),
        "mae": real(0, unit="major"),
        "directional_accuracy": rate(),
        "total_predictions": whole(0),
        "metadata": text(says="JSON"),
    }),
    _table("prediction_logs", ["log_id"], {
        "log_id": identifier("hash of what tells one prediction from another, so that asking again adds none"),
        "studio_id": identifier(),
        "prediction_type": text("forecast", "forward", required=True),
        "model_version": text(required=True),
        "base_month": month(),
        "target_month": month(),
        "horizon": whole(1, required=True, unit="months"),
        "levers_hash": text(says="of the levers asked for up to the target month; empty for a forecast"),
        "predicted_revenue": money(required=True),
        "revenue_low": money(says="low to high holds the revenue in 90 of 100 cases"),
        "revenue_high": money(),
        "currency": currency(),
        "confidence_score": rate("chance of landing within 5 %"),
        "predicted_at": instant(required=True),
    }),
    _table("studio_baselines", ["studio_id"], {
        "studio_id": identifier(),
        "avg_retention_rate": rate(),
        "avg_ticket_price": real(0, unit="minor"),
        "avg_attendance_rate": rate(),
        "avg_monthly_revenue": real(unit="minor"),
        "revenue_stddev": real(0, unit="minor"),
        "months_of_data": whole(0, unit="months"),
        "currency": currency(),
    }),
    _table("members", ["studio_id", "member_id"], {
        "studio_id": identifier(),
        "member_id": identifier(),
        "member_name": text(),
        "email": text(),
        "phone": text(),
        "joined_at": instant(),
        "left_at": instant(says="empty while the membership runs"),
        "plan_id": text(),
        "email_consent": flag(),
        "text_consent": flag(),
    }),
    _table("plans", ["studio_id", "plan_id"], {
        "studio_id": identifier(),
        "plan_id": identifier(),
        "plan_name": text(required=True),
        "classes_per_month": whole(0, says="empty means unlimited"),
        "price": money(0),
        "currency": currency(),
    }),
    _table("products", ["studio_id", "product_id"], {
        "studio_id": identifier(),
        "product_id": identifier(),
        "product_name": text(),
        "revenue_kind": text(*REVENUE_KINDS),
        "price": money(),
        "cost": money(),
        "currency": currency(),
    }),
    _table("orders", ["studio_id", "line_id"], {
        "studio_id": identifier(),
        "line_id": identifier("names one line of one order for good, so a second import finds it"),
        "order_id": identifier(),
        "customer_id": text(),
        "product_id": text(),
        "product_name": text(),
        "revenue_kind": text(*REVENUE_KINDS),
        "quantity": real(),
        "amount": money(required=True, says="of the whole line; a refund is negative"),
        "currency": currency(),
        "status": text(*ORDER_STATUSES),
        "created_at": instant(required=True),
    }),
    _table("class_sessions", ["studio_id", "class_id"], {
        "studio_id": identifier(),
        "class_id": identifier(),
        "class_name": text(),
        "class_type_id": text(),
        "starts_at": instant(required=True),
        "ends_at": instant(),
        "instructor_id": text(),
        "room_id": text(),
        "max_capacity": whole(0, unit="people"),
        "booked": whole(0, unit="people"),
        "waitlisted": whole(0, unit="people"),
        "is_cancelled": flag(),
        "upper_focus": text(says="what it works above the waist, e.g. shoulders"),
        "lower_focus": text(says="what it works below the waist, e.g. hips"),
    }),
    _table("visits", ["studio_id", "visit_id"], {
        "studio_id": identifier(),
        "visit_id": identifier(),
        "member_id": identifier(),
        "class_id": text(),
        "class_name": text(),
        "attended_at": instant(required=True, says="start of the class"),
        "status": text(*VISIT_STATUSES, required=True, says="only `attended` counts as a visit (K0.16)"),
        "is_drop_in": flag(),
    }),
    _table("instructors", ["studio_id", "instructor_id"], {
        "studio_id": identifier(),
        "instructor_id": identifier(),
        "instructor_name": text(required=True),
        "specialties": text(says="JSON list of styles"),
        "availability": text(says="JSON list of {weekday, start, end}"),
        "hours_per_month": real(0, unit="hours"),
    }),
    _table("rooms", ["studio_id", "room_id"], {
        "studio_id": identifier(),
        "room_id": identifier(),
        "room_name": text(required=True),
        "max_capacity": whole(0, unit="people"),
        "features": text(says="JSON list"),
        "site": text(says="empty for the main one"),
    }),
    _table("class_definitions", ["studio_id", "class_id"], {
        "studio_id": identifier(),
        "class_id": identifier("a class held once a week"),
        "class_name": text(required=True),
        "style": text(required=True, says="what an instructor has to teach"),
        "level": text(),
        "minutes": whole(1, required=True, unit="minutes"),
        "max_capacity": whole(1, required=True, unit="people"),
        "min_capacity": whole(0, unit="people", says="with fewer it is called off"),
        "price": money(0, says="that a place brings"),
        "currency": currency(),
        "preferred": text(says="JSON list of {weekday, start, end}"),
        "features": text(says="JSON list of what a room must have"),
        "site": text(says="empty for any"),
    }),
    _table("timetable_entries", ["studio_id", "class_id"], {
        "studio_id": identifier(),
        "class_id": identifier(),
        "weekday": text(*WEEKDAYS, required=True),
        "start_minute": whole(0, 1439, required=True, unit="minutes since midnight"),
        "room_id": text(required=True),
        "instructor_id": text(required=True),
        "saved_at": instant(required=True, says="of the whole week"),
    }),
    _table("timetable_pins", ["studio_id", "class_id"], {
        "studio_id": identifier(),
        "class_id": identifier(),
        "weekday": text(*WEEKDAYS, says="empty leaves it open, as in the columns below"),
        "start_minute": whole(0, 1439, unit="minutes since midnight"),
        "room_id": text(),
        "instructor_id": text(),
    }),
    _table("experiments", ["experiment_id"], {
        "experiment_id": identifier(),
        "studio_id": identifier(),
        "name": text(required=True),
        "arms": text(required=True, says="JSON object of name to share"),
        "control": text(required=True, says="the arm that others are compared with"),
        "product_id": text(says="offered; empty for any purchase but dues"),
        "metric": text("conversion", "margin", required=True),
        "smallest_lift": real(0, unit="share, or minor units a client"),
        "window_days": whole(1, required=True, unit="days"),
        "pre_days": whole(0, required=True, unit="days"),
        "alpha": rate("chance to find a difference where there is none"),
        "power": rate("chance to find the smallest lift"),
        "clients": whole(1, required=True, unit="people", says="planned, in all arms"),
        "started_at": instant(required=True),
        "stopped_at": instant(says="empty while it runs"),
        "stop_note": text(),
        "user_name": text(says="who began it"),
    }),
    _table("exposures", ["experiment_id", "client_id"], {
        "experiment_id": identifier(),
        "client_id": identifier(),
        "studio_id": identifier(),
        "arm": text(required=True),
        "exposed_at": instant(required=True, says="for the first time; later ones are not kept"),
    }),
    _table("messages", ["message_id"], {
        "message_id": identifier("channel:the channel's own id, so a redelivery is recognised"),
        "studio_id": identifier("UNPLACED until the account it came to is connected to a studio"),
        "channel": text(*CHANNELS, required=True),
        "account_id": text(required=True, says="the studio's own number, page or mailbox"),
        "handle": identifier("channel:the channel's own name of the other person"),
        "sender_name": text(says="as the other person calls themselves there"),
        "direction": text("inbound", "outbound", required=True),
        "kind": text(*MESSAGE_KINDS, required=True),
        "subject": text(),
        "body": text(),
        "found_by": text(says="what a search looks through: subject, body and name, folded"),
        "about": text(says="message_id that this one answers, reacts to, edits or takes back"),
        "media": text(says="JSON list of {id or url, mime_type, name, sha256}"),
        "sent_at": instant(required=True, says="by the channel's clock"),
        "received_at": instant(required=True, says="by ours, the first time"),
    }),
    _table("message_statuses", ["message_id", "status"], {
        "message_id": identifier("may be known before the message itself"),
        "status": text(*DELIVERY, required=True),
        "studio_id": identifier(),
        "told_at": instant(required=True),
        "reason": text(says="why it failed"),
        "outbox_id": text(says="of the message that it is about, where the channel gives back what we called it"),
    }),
    _table("contact_events", ["event_id"], {
        "event_id": identifier(),
        "studio_id": identifier(),
        "contact_id": identifier(),
        "kind": text(*CONTACT_EVENTS, required=True),
        "value": text(required=True, says="JSON object"),
        "happened_at": instant(required=True),
        "user_name": text(says="empty where the workbench did it by itself"),
    }),
    _table("outbox", ["outbox_id"], {
        "outbox_id": identifier(),
        "studio_id": identifier(),
        "contact_id": identifier(),
        "handle": identifier(),
        "channel": text(*CHANNELS, required=True),
        "account_id": text(required=True),
        "kind": text("text", "template", required=True),
        "subject": text(),
        "body": text(required=True),
        "template": text(says="JSON {name, language, values} of a template"),
        "about": text(says="message_id that it answers"),
        "user_name": text(required=True),
        "created_at": instant(required=True),
        "send_after": instant(required=True),
        "unless_reply_since": instant(says="not sent if the person wrote after this"),
        "sequence": text(says="name of the follow-up sequence it is a step of"),
        "state": text(*OUTBOX_STATES, required=True),
        "attempts": whole(0, required=True),
        "claimed_at": instant(says="when somebody began to send it"),
        "message_id": text(says="once it is sent"),
        "reason": text(says="why it failed, waits or was not sent"),
        "draft": text(says="JSON {agent, written_by, model, sources, is_changed} of the draft that it began as"),
    }),
    _table("inbox_settings", ["studio_id", "kind", "name"], {
        "studio_id": identifier(),
        "kind": text("channel", "canned reply", "knowledge", "agent", "sequence", "hours", required=True),
        "name": identifier(),
        "value": text(required=True, says="JSON object"),
        "changed_at": instant(required=True),
        "user_name": text(),
    }),
    _table("ledger", ["entry_id"], {
        "entry_id": whole(1, required=True, unit=None),
        "recorded_at": instant(required=True),
        "actor": text(required=True),
        "action": text(required=True),
        "studio_id": text(),
        "payload": text(required=True, says="JSON"),
        "data_hash": text(),
        "model_version": text(),
        "previous_hash": text(),
        "entry_hash": text(required=True),
    }),
    _table("accounts", ["user_name"], {
        "user_name": identifier(),
        "role": text(*ROLES, required=True),
        "password_hash": text(required=True, says="argon2id, with its salt"),
        "created_at": instant(required=True),
        "wrong_passwords": whole(0, says="in a row, since the last right one"),
        "locked_until": instant(),
        "is_closed": flag(),
    }),
    _table("sign_ins", ["session_hash"], {
        "session_hash": identifier("SHA-256 of what the browser or program holds"),
        "user_name": identifier(),
        "started_at": instant(required=True),
        "expires_at": instant(required=True),
    }),
    _table("jobs", ["job_id"], {
        "job_id": identifier(),
        "kind": text("retrain", required=True),
        "studio_id": text(),
        "status": text(*JOB_STATUSES, required=True),
        "request": text(required=True, says="JSON"),
        "step": text(says="what it does now"),
        "progress": rate("share of the steps that are done"),
        "message": text(says="how it ended, in a sentence"),
        "result": text(says="JSON"),
        "user_name": text(says="who asked for it"),
        "requested_at": instant(required=True),
        "seen_at": instant(required=True, says="when it last said something"),
        "finished_at": instant(),
        "estimated_completion": instant(),
        "process": text(says="machine, number and start of the process, which tell whether it is still there"),
    }),
    _table("imports", ["import_id"], {
        "import_id": identifier(),
        "file_name": text(required=True),
        "file_hash": text(required=True, says="SHA-256 of the bytes"),
        "table_name": text(required=True),
        "rows_read": whole(0),
        "rows_new": whole(0),
        "rows_known": whole(0),
        "rows_rejected": whole(0),
        "imported_at": instant(required=True),
    }),
    _table("rejected_rows", ["file_hash", "table_name", "line"], {
        "file_hash": identifier(),
        "table_name": identifier(),
        "line": whole(1, required=True, unit="line of the file, header is 1"),
        "file_name": text(required=True),
        "column": text(),
        "reason": text(required=True),
        "raw": text(says="the row as it came, JSON"),
    }),
)  # fmt: skip

TABLES = {table.name: table for table in _TABLES}


def key(name):
    """Names of the columns that identify a row of table `name`."""
    return TABLES[name].metadata["key"]


def validate(name, frame):
    """`frame` coerced to table `name`, its columns complete and in the schema's order.

    Columns that the table has and `frame` lacks come back empty, unless they are required.
    Raises ValueError naming table, column, row and value of each fault, at most five.
    """
    schema = TABLES[name]
    unknown = [c for c in frame if c not in schema.columns]
    if unknown:
        raise ValueError(f"{name}: there is no column {unknown[0]!r}; the columns are {', '.join(schema.columns)}")
    missing = {c: pd.Series(None, index=frame.index, dtype=_EMPTY.get(str(column.dtype), str(column.dtype)))
               for c, column in schema.columns.items() if c not in frame and not column.required}  # fmt: skip
    complete = frame.assign(**missing)
    try:
        valid = schema.validate(complete, lazy=True)
    except pa.errors.SchemaErrors as error:
        raise ValueError(f"{name}: {_faults(error.failure_cases)}") from None
    return valid[list(schema.columns)]


_EMPTY = {"str": "object"}


def _faults(cases):
    whole_row = cases["schema_context"] == "DataFrameSchema"
    cases = pd.concat([cases[~whole_row], cases[whole_row].drop_duplicates(["check", "index"])])
    cases.loc[whole_row, ["column", "failure_case"]] = None
    lines = [
        f"{case.column or 'row'}: {case.check}"
        + (f", got {case.failure_case!r}" if case.failure_case is not None else "")
        + (f" in row {case.index}" if pd.notna(case.index) else "")
        for case in cases.head(5).itertuples()
    ]
    more = len(cases) - len(lines)
    return "; ".join(lines) + (f"; and {more} more" if more > 0 else "")


def metric_id(studio_id, month_year):
    """Series of `studio_id:YYYY-MM` for Series of studio ids and months."""
    return studio_id.astype(str) + ":" + month_year.dt.strftime("%Y-%m")


def minor_per_major(code):
    """Minor units in one major unit of ISO currency `code`: 100 for USD, 1 for JPY (ISO 4217)."""
    return 10 ** _EXPONENTS.get(code, 2)


def major(minor, code, signed=False):
    """An amount in minor units as its major units are written: 123456 gives 1,234.56 in USD, 123,456 in JPY."""
    digits = _EXPONENTS.get(code, 2)
    return f"{minor / 10**digits:{'+' if signed else ''},.{digits}f}"


_EXPONENTS = dict.fromkeys(
    "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0
) | dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3)


def to_major(name, frame):
    """`frame` with the money columns of table `name` as floats in major units, `currency` dropped.

    A frame without a `currency` column already speaks in the caller's own unit and comes back
    as it is. This is the one rule of money: a currency beside it means integer minor units.
    """
    if "currency" not in frame:
        return frame
    per = frame["currency"].map({code: minor_per_major(code) for code in frame["currency"].unique()}).astype("float64")
    columns = [c for c, column in TABLES[name].columns.items()
               if (column.metadata or {}).get("unit") == "minor" and c in frame]  # fmt: skip
    return frame.assign(**{c: frame[c].astype("float64") / per for c in columns}).drop(columns="currency")
