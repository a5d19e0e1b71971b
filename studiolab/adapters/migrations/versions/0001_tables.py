"""The first tables, their indexes (B-17) and the view of each studio's last year (B-16, K1.30)."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

# column:type, with * for a part of the key and ! for never empty
TABLES = {
    "studios": """
        studio_id:text* studio_name:text! studio_type:text location:text opening_date:day square_footage:whole
        max_capacity:whole currency:text! timezone:text""",
    "monthly_metrics": """
        metric_id:text studio_id:text* month_year:day* total_members:whole new_members:whole churned_members:whole
        retention_rate:real retention_definition:text avg_ticket_price:whole total_classes_held:whole
        offered_spots:whole total_class_attendance:whole class_attendance_rate:real staff_count:whole
        staff_utilization_rate:real total_revenue:whole! membership_revenue:whole class_pack_revenue:whole
        intro_revenue:whole retail_revenue:whole upsell_revenue:whole intro_offer_conversions:whole upsell_rate:real
        average_member_lifetime_months:real currency:text!""",
    "lever_plan": """
        studio_id:text* month:day* retention_rate:real avg_ticket_price:whole class_attendance_rate:real
        new_members_monthly:real staff_utilization_rate:real upsell_rate:real total_classes_held:real currency:text!""",
    "class_types": """
        class_type_id:text* studio_id:text! class_name:text! class_price:whole max_capacity:whole
        avg_attendance_rate:real currency:text!""",
    "member_cohorts": """
        cohort_id:text* studio_id:text! join_month:day! cohort_size:whole month_1_retention:real
        month_3_retention:real month_6_retention:real month_12_retention:real avg_ltv:whole currency:text!""",
    "scenarios": """
        scenario_id:text* studio_id:text! scenario_name:text! scenario_description:text scenario_type:text
        created_at:instant! updated_at:instant base_month:day projection_months:whole lever_inputs:text
        predicted_outputs:text confidence_score:real tags:text""",
    "model_performance": """
        performance_id:text* model_version:text! model_type:text deployed_at:instant evaluation_date:day rmse:real
        mape:real r2_score:real mae:real directional_accuracy:real total_predictions:whole metadata:text""",
    "prediction_logs": """
        log_id:text* studio_id:text! prediction_type:text model_version:text input_levers:text predicted_output:text
        confidence_score:real actual_outcome:real prediction_error:real predicted_at:instant!""",
    "members": """
        studio_id:text* member_id:text* member_name:text email:text phone:text joined_at:instant left_at:instant
        plan_id:text email_consent:flag text_consent:flag""",
    "plans": """
        studio_id:text* plan_id:text* plan_name:text! classes_per_month:whole price:whole currency:text!""",
    "products": """
        studio_id:text* product_id:text* product_name:text revenue_kind:text price:whole cost:whole currency:text!""",
    "orders": """
        studio_id:text* line_id:text* order_id:text! customer_id:text product_id:text product_name:text
        revenue_kind:text quantity:real amount:whole! currency:text! status:text created_at:instant!""",
    "class_sessions": """
        studio_id:text* class_id:text* class_name:text class_type_id:text starts_at:instant! ends_at:instant
        instructor_id:text room_id:text max_capacity:whole booked:whole waitlisted:whole is_cancelled:flag""",
    "visits": """
        studio_id:text* visit_id:text* member_id:text! class_id:text class_name:text attended_at:instant!
        status:text! is_drop_in:flag""",
    "instructors": """
        studio_id:text* instructor_id:text* instructor_name:text! specialties:text availability:text
        hours_per_month:real""",
    "rooms": """
        studio_id:text* room_id:text* room_name:text! max_capacity:whole features:text""",
    "contacts": """
        contact_id:text* studio_id:text! contact_name:text email:text phone:text lead_status:text lead_score:real
        member_id:text created_at:instant!""",
    "conversations": """
        conversation_id:text* contact_id:text! channel:text external_id:text last_message_at:instant""",
    "messages": """
        message_id:text* conversation_id:text! direction:text! body:text sent_at:instant! status:text""",
    "ledger": """
        entry_id:whole* recorded_at:instant! actor:text! action:text! studio_id:text payload:text! data_hash:text
        model_version:text previous_hash:text entry_hash:text!""",
    "imports": """
        import_id:text* file_name:text! file_hash:text! table_name:text! rows_read:whole rows_new:whole
        rows_known:whole rows_rejected:whole imported_at:instant!""",
    "rejected_rows": """
        file_hash:text* table_name:text* line:whole* file_name:text! column:text reason:text! raw:text""",
}

TYPES = {
    "text": sa.Text,
    "whole": sa.BigInteger,
    "real": lambda: sa.Float(53),
    "flag": sa.Boolean,
    "instant": lambda: sa.DateTime(timezone=True),
    "day": sa.Date,
}

INDEXES = (
    ("monthly_metrics", "studio_id", sa.text("month_year DESC")),
    ("scenarios", "studio_id", sa.text("created_at DESC")),
    ("prediction_logs", "studio_id", sa.text("predicted_at DESC")),
    ("scenarios", "tags"),
)


def upgrade():
    """Create everything; PostgreSQL with TimescaleDB keeps monthly_metrics as a hypertable."""
    for name, columns in TABLES.items():
        op.create_table(name, *map(_column, columns.split()))
    for table, *columns in INDEXES:
        names = [str(column).removesuffix(" DESC") for column in columns]
        op.create_index("ix_" + "_".join((table, *names)), table, columns)
    postgres = op.get_bind().dialect.name == "postgresql"
    serial = "extract(year from {0}) * 12 + extract(month from {0})" if postgres else SQLITE_SERIAL
    op.execute(BASELINES.format(serial.format("m.month_year"), serial.format("max(month_year)")))
    if postgres and op.get_bind().scalar(sa.text("SELECT 1 FROM pg_extension WHERE extname = 'timescaledb'")):
        op.execute("SELECT create_hypertable('monthly_metrics', 'month_year')")


def _column(words):
    name, kind = words.rstrip("*!").split(":")
    nullable = words[-1] not in "*!"
    return sa.Column(name, TYPES[kind](), primary_key=words[-1] == "*", nullable=nullable, autoincrement=False)


SQLITE_SERIAL = "CAST(strftime('%Y', {0}) AS INTEGER) * 12 + CAST(strftime('%m', {0}) AS INTEGER)"

BASELINES = """
CREATE VIEW studio_baselines AS
SELECT m.studio_id, avg(m.retention_rate) AS avg_retention_rate, avg(m.avg_ticket_price) AS avg_ticket_price,
       avg(m.class_attendance_rate) AS avg_attendance_rate, avg(m.total_revenue) AS avg_monthly_revenue,
       stddev_samp(m.total_revenue) AS revenue_stddev, count(*) AS months_of_data, max(m.currency) AS currency
FROM monthly_metrics AS m
JOIN (SELECT studio_id, {1} AS serial FROM monthly_metrics GROUP BY studio_id) AS last
  ON last.studio_id = m.studio_id AND {0} > last.serial - 12
GROUP BY m.studio_id
"""
