import pandas as pd
import pytest

from studiolab.revenue_simulator.answers import UnknownStudio

STUDIO = "studio-001"


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_tables_go_out_in_major_units_beside_their_currency(own, tmp_path, form):
    own.forecast({"studio_id": STUDIO}, logged=True)
    kept = own.save_scenario(
        {"studio_id": STUDIO, "scenario_name": "=plan", "scenario_type": "forecast", "inputs": {}, "tags": ["a", "b"]},
        "ana",
    )
    read = pd.read_parquet if form == "parquet" else lambda path: pd.read_csv(path, encoding="utf-8-sig")
    out = {path.stem: read(path) for path in own.export_tables(tmp_path / "out", form)}
    metrics, known = out["monthly_metrics"], own.db.read("monthly_metrics")
    assert metrics["total_revenue"].sum() == pytest.approx(known["total_revenue"].sum() / 100)
    assert set(metrics["currency"]) == {"USD", "EUR"}
    assert out["lever_plan"]["avg_ticket_price"].between(50, 500).all()
    predictions, months = out["predictions"], out["scenarios"]
    answer = own.scenario(kept.scenario_id).outputs["predictions"]
    revenue = [month["revenue"] for month in answer.values()]
    assert sorted(predictions["predicted_revenue"]) == sorted(months["revenue"]) == sorted(revenue)
    assert predictions["actual"].isna().all()
    assert set(months["scenario_name"]) == {"=plan" if form == "parquet" else "'=plan"}
    assert set(months["tags"]) == {"a, b"}


def test_deleted_scenarios_and_other_studios_stay_at_home(own, tmp_path):
    asked = {"studio_id": STUDIO, "scenario_name": "gone", "scenario_type": "forecast", "inputs": {}}
    own.delete_scenario(own.save_scenario(asked, "ana").scenario_id, "ana")
    own.save_scenario(asked | {"studio_id": "till"}, "ana")
    out = {path.stem: pd.read_parquet(path) for path in own.export_tables(tmp_path / "out", studio_id=STUDIO)}
    assert out["scenarios"].empty
    assert set(out["monthly_metrics"]["studio_id"]) == {STUDIO}
    with pytest.raises(UnknownStudio, match="no studio 'nobody'"):
        own.export_tables(tmp_path / "other", studio_id="nobody")
