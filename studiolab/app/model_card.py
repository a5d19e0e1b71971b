"""What the model card says of the revenue model, gathered from the workbench's data (B-69)."""

from dataclasses import dataclass

import pandas as pd

from studiolab.adapters import tracking
from studiolab.app.core import reference
from studiolab.revenue_simulator.config import ModelConfig
from studiolab.revenue_simulator.model import METHODS
from studiolab.revenue_simulator.rolling import rolling_origin, scores


@dataclass
class Card:
    """scores : DataFrame of `rolling.scores`; weights : dict of the weights of ensemble and stack, empty
    where no studio has full figures; run : dict of `tracking.logged` where this very model was logged, else None"""

    version: str
    config: ModelConfig
    scores: pd.DataFrame
    weights: dict
    run: dict | None
    full: int
    revenue_only: int
    studio_months: int
    first_month: pd.Timestamp
    last_month: pd.Timestamp
    currencies: list
    taught: bool


class ModelCards:
    """The part of the Workbench that says what its model is and how well it does."""

    def model_card(self, origins=4, methods=METHODS):
        """Card of the model of the data as it is now.

        origins : of the rolling origin, three months apart; it runs anew, minutes long, unless MLflow's champion or
        challenger is this very model. Raises StudiolabError, or ValueError where history is too short to score.
        """
        model = self.model
        run = self._run_of(model.version)
        if run is None:
            told = rolling_origin(*self._data(), methods=methods, origins=origins, reference=reference,
                                  config=self.config)  # fmt: skip
        months, studios = model.frame["month"], self.db.read("studios").set_index("studio_id")
        return Card(
            version=model.version, config=self.config, scores=scores(told) if run is None else run["scores"],
            weights={name: model.fitted(name).weights for name in ("ensemble", "stack") if model.complete}, run=run,
            full=len(model.complete), revenue_only=len(model.studio_ids) - len(model.complete),
            studio_months=len(model.frame), first_month=months.min(), last_month=months.max(),
            currencies=sorted(studios["currency"].reindex(model.studio_ids).dropna().unique()), taught=model.taught,
        )  # fmt: skip

    def _run_of(self, version):
        runs = (tracking.logged(self.settings, alias) for alias in (tracking.CHAMPION, tracking.CHALLENGER))
        return next((run for run in runs if run and run["model"] == version), None)
