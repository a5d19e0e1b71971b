"""Tidy tables for Tableau, Power BI and spreadsheets (B-80): money in major units beside its currency."""

import pandas as pd

from studiolab import schema
from studiolab.adapters import exports
from studiolab.revenue_simulator.answers import UnknownStudio

PREDICTIONS = [
    "studio_id", "prediction_type", "base_month", "target_month", "horizon", "predicted_revenue", "revenue_low",
    "revenue_high", "actual", "error", "confidence_score", "currency", "model_version", "levers_hash", "predicted_at",
]  # fmt: skip
SCENARIOS = [
    "scenario_id", "studio_id", "scenario_name", "scenario_type", "tags", "created_at", "user_name", "month", "revenue",
    "revenue_low", "revenue_high", "member_count", "confidence_score", "currency", "model_version",
]  # fmt: skip


class Export:
    """The part of the Workbench that hands out tables."""

    def export_tables(self, folder, form="parquet", force=False, studio_id=None):
        """List of Paths: monthly_metrics, lever_plan, predictions and scenarios as files in `folder`.

        form, force : as `adapters.exports.write_tables`; studio_id : of one studio only
        Raises UnknownStudio, StudiolabError.
        """
        if studio_id is not None and studio_id not in self.db.distinct("studios", "studio_id"):
            raise UnknownStudio(f"no studio {studio_id!r}; `studiolab studios` lists them")
        frames = {
            "monthly_metrics": self._major("monthly_metrics", studio_id),
            "lever_plan": self._major("lever_plan", studio_id),
            "predictions": self.predictions(studio_id)[PREDICTIONS],
            "scenarios": self._scenario_months(studio_id),
        }
        return exports.write_tables(frames, folder, form, force)

    def _major(self, table, studio_id):
        frame = self.db.read(table, studio_id)
        return schema.to_major(table, frame).assign(currency=frame["currency"])

    def _scenario_months(self, studio_id):
        """A row a month of each scenario that is not deleted."""
        kept = self.db.read("scenarios", studio_id, ["scenario_id", "is_deleted"])
        rows = []
        for scenario_id in kept.loc[~kept["is_deleted"].fillna(False), "scenario_id"]:
            one = self.scenario(scenario_id)
            about = {name: getattr(one, name) for name in SCENARIOS if name in type(one).model_fields}
            about |= {"created_at": pd.Timestamp(one.created_at), "tags": ", ".join(one.tags)}
            for month in one.outputs["predictions"].values():
                low, high = month["confidence_interval"]
                rows.append(about | month | {"month": pd.Timestamp(month["month"]), "revenue_low": low,
                                             "revenue_high": high})  # fmt: skip
        return pd.DataFrame(rows, columns=SCENARIOS)
