"""Scenarios saved, listed, compared, shared, deleted and brought back; what changes one is in the ledger."""

import json
from uuid import uuid4

import pandas as pd

from studiolab.ledger import canonical
from studiolab.revenue_simulator import answers, comparison, scenarios
from studiolab.revenue_simulator.levers import CATALOGUE
from studiolab.revenue_simulator.questions import InverseRequest
from studiolab.revenue_simulator.scenarios import UnknownScenario

LIGHT = ["scenario_id", "scenario_name", "scenario_description", "scenario_type", "created_at", "tags", "is_deleted"]
ANSWERED = {"forecast": answers.forecast, "forward": answers.forward, "inverse": answers.inverse}


class Scenarios:
    """The part of the Workbench that keeps scenarios."""

    def save_scenario(self, request, actor):
        """`Kept`: the answer to a SaveRequest (or a dict of its fields), asked anew and kept; actor : user name.

        Raises as the question itself does.
        """
        request = scenarios.SaveRequest.model_validate(request)
        asked = request.question()
        with self._training:  # no other model comes between
            model, data_hash = self.model, self._key
        try:
            outputs = ANSWERED[request.scenario_type](model, asked).model_dump(mode="json")
        except answers.UnknownStudio as error:
            raise self.no_figures(asked.studio_id, error) from None
        row = {
            "scenario_id": str(uuid4()), "studio_id": request.studio_id, "scenario_name": request.scenario_name,
            "scenario_description": request.description, "scenario_type": request.scenario_type,
            "base_month": pd.Timestamp(outputs["base_month"]), "projection_months": len(outputs["predictions"]),
            "lever_inputs": canonical({"question": asked.model_dump(mode="json", exclude_none=True),
                                       "levers": _levers(model, asked, outputs)}),
            "predicted_outputs": canonical(outputs), "tags": canonical(list(dict.fromkeys(request.tags))),
            "confidence_score": outputs.get("prediction_accuracy", outputs.get("confidence_score")),
            "user_name": actor, "model_version": model.version, "data_hash": data_hash, "is_deleted": False,
        }  # fmt: skip
        return self._keep(row, "scenario saved", actor)

    def scenario(self, scenario_id):
        """`Scenario` that was saved. Raises UnknownScenario."""
        found = self.db.read("scenarios", scenario_id=scenario_id)
        if found.empty:
            raise UnknownScenario(f"no scenario {scenario_id!r}; `studiolab scenarios list` shows those of a studio")
        row = found.iloc[0]
        if row["is_deleted"]:
            raise UnknownScenario(f"scenario {scenario_id} was deleted; restore it first")
        currency = self.db.read("studios", row["studio_id"], ["currency"])["currency"]
        inputs = json.loads(row["lever_inputs"])
        return scenarios.Scenario(
            **_listed(row), studio_id=row["studio_id"], currency=currency.iloc[0] if len(currency) else "XXX",
            description=row["scenario_description"] or "", base_month=f"{row['base_month']:%Y-%m}",
            inputs=inputs["question"], levers=inputs["levers"], outputs=json.loads(row["predicted_outputs"]),
            user_name=row["user_name"], model_version=row["model_version"], data_hash=row["data_hash"],
        )  # fmt: skip

    def scenarios(self, request):
        """`Page` of a studio's scenarios by a ListRequest, or a dict of its fields. Raises UnknownStudio."""
        request = scenarios.ListRequest.model_validate(request)
        if request.studio_id not in self.db.distinct("studios", "studio_id"):
            raise answers.UnknownStudio(f"no studio {request.studio_id!r}; `studiolab studios` lists them")
        rows = self.db.read("scenarios", request.studio_id, LIGHT)
        rows = [row for row in rows.to_dict("records") if _wanted(row, request)]
        rows.sort(key=lambda row: (row["created_at"], row["scenario_id"]), reverse=True)
        start = (request.page - 1) * request.per_page
        ids = [row["scenario_id"] for row in rows[start : start + request.per_page]]
        page = self.db.read("scenarios", scenario_id=ids).set_index("scenario_id", drop=False)
        listed = [scenarios.Listed(**_listed(page.loc[scenario_id])) for scenario_id in ids]
        return scenarios.Page(scenarios=listed, total=len(rows), page=request.page)

    def compare_scenarios(self, request):
        """`Comparison` by a CompareRequest, or a dict of its fields. Raises UnknownScenario."""
        request = scenarios.CompareRequest.model_validate(request)
        return comparison.compare([self.scenario(scenario_id) for scenario_id in request.scenario_ids])

    def share_scenario(self, scenario_id, actor):
        """`Kept`: the ledger says that `actor` hands the address on. Raises UnknownScenario."""
        return self._change(scenario_id, "scenario shared", actor, from_deleted=False, to_deleted=False)

    def delete_scenario(self, scenario_id, actor):
        """`Kept`: the scenario is in no list any more, until it is restored. Raises UnknownScenario."""
        return self._change(scenario_id, "scenario deleted", actor, from_deleted=False, to_deleted=True)

    def restore_scenario(self, scenario_id, actor):
        """`Kept`: undoes `delete_scenario`. Raises UnknownScenario where it is not deleted."""
        return self._change(scenario_id, "scenario restored", actor, from_deleted=True, to_deleted=False)

    # parts --------------------------------------------------------------------------------------
    def _change(self, scenario_id, action, actor, from_deleted, to_deleted):
        with self.db.transaction() as changes:
            changes.alone("ledger")
            found = changes.read("scenarios", scenario_id=scenario_id)
            if found.empty:
                raise UnknownScenario(
                    f"no scenario {scenario_id!r}; `studiolab scenarios list` shows those of a studio"
                )
            if bool(found["is_deleted"].iloc[0]) != from_deleted:
                raise UnknownScenario(
                    f"scenario {scenario_id} is {'not deleted' if from_deleted else 'deleted already'}"
                )
            row = found.iloc[0]
            entry = self._enter_scenario(changes, row, action, actor)
            if to_deleted != from_deleted:
                changes.write("scenarios", found.assign(is_deleted=to_deleted, updated_at=entry["recorded_at"]))
        return _kept(row, entry)

    def _keep(self, row, action, actor):
        with self.db.transaction() as changes:
            entry = self._enter_scenario(changes, row, action, actor)
            row = row | {"created_at": entry["recorded_at"]}
            changes.write("scenarios", pd.DataFrame([row]))
        return _kept(row, entry)

    def _enter_scenario(self, changes, row, action, actor):
        payload = {name: row[name] for name in ("scenario_id", "scenario_name", "scenario_type")}
        if action == "scenario saved":
            payload |= {name: json.loads(row[name]) for name in ("lever_inputs", "predicted_outputs", "tags")}
        told = (row["studio_id"], row["data_hash"], row["model_version"])
        return self.ledger.enter(changes, actor, action, payload, *told)


def _kept(row, entry):
    return scenarios.Kept(
        scenario_id=row["scenario_id"], saved_at=row["created_at"], entry_id=entry["entry_id"],
        shareable_url=f"/api/v1/scenarios/{row['scenario_id']}",
    )  # fmt: skip


def _wanted(row, request):
    tags, kind = json.loads(row["tags"] or "[]"), request.scenario_type
    words = "\n".join([row["scenario_name"], row["scenario_description"] or "", *tags]).casefold()
    return (
        bool(row["is_deleted"]) == request.deleted
        and (kind is None or row["scenario_type"] == kind)
        and (request.tag is None or request.tag in tags)
        and (request.text or "").casefold() in words
    )


def _listed(row):
    outputs = json.loads(row["predicted_outputs"])
    return {
        "scenario_id": row["scenario_id"], "scenario_name": row["scenario_name"], "created_at": row["created_at"],
        "scenario_type": row["scenario_type"], "target_revenue": outputs.get("target_revenue"),
        "predicted_revenue": scenarios.last_revenue(row["scenario_type"], outputs),
        "tags": json.loads(row["tags"] or "[]"),
    }  # fmt: skip


def _levers(model, asked, outputs):
    """All levers of the last month; none for a studio that levers cannot act on."""
    if asked.studio_id not in model.complete:
        return {}
    held = model.held_levers(asked.studio_id, outputs["base_month"])
    held = {name: round(value, 6 if CATALOGUE[name].unit == "share" else 2) for name, value in held.items()}
    if isinstance(asked, InverseRequest):
        return held | outputs["recommended_levers"]
    levers = getattr(asked, "levers", None)
    if levers is None:
        return held
    return held | (levers[-1].model_dump(exclude_none=True) if isinstance(levers, list) else levers.levers())
