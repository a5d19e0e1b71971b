"""Hyper-parameters of the learned models; `model_config.yaml` holds the same values and says whose they are."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

LEARNERS = ("xgboost", "lightgbm", "random_forest", "ridge", "network")
TREES = LEARNERS[:3]
Share = Annotated[float, Field(gt=0, le=1)]
Months = Annotated[int, Field(strict=True, ge=1, le=12)]


class Part(BaseModel):
    """Settings of one learner; nothing unknown among them."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Boosted(Part):
    """Gradient boosting, XGBoost's and LightGBM's (B-30, B-33)."""

    n_estimators: int = Field(300, strict=True, ge=1, le=5000)
    max_depth: int = Field(5, strict=True, ge=1, le=20)
    learning_rate: Share = 0.05
    min_child_weight: float = Field(1.0, ge=0, le=1000)
    subsample: Share = 0.8
    colsample_bytree: Share = 0.8


class Forest(Part):
    """Random forest, scikit-learn's."""

    n_estimators: int = Field(200, strict=True, ge=1, le=5000)
    max_depth: int = Field(10, strict=True, ge=1, le=50)
    min_samples_split: int = Field(5, strict=True, ge=2, le=1000)
    max_features: Share = 0.4
    max_samples: Share = 0.4


class Ridge(Part):
    """Linear regression with shrunken weights."""

    alpha: float = Field(10.0, gt=0, le=1e6)


class Network(Part):
    """Of scikit-learn, which has no dropout: early stopping and a penalty on weights instead (B-31, K1.37)."""

    hidden_layers: tuple[Annotated[int, Field(strict=True, ge=1, le=1024)], ...] = (64, 32, 16)
    learning_rate: Share = 0.001
    alpha: float = Field(0.0001, ge=0, le=1000)
    max_epochs: int = Field(200, strict=True, ge=1, le=10_000)


class Training(Part):
    """The rows that members learn from."""

    horizons: Annotated[tuple[Months, ...], Field(min_length=1)] = (1, 2, 3, 6, 9, 12)
    most_rows: int = Field(8000, strict=True, ge=100, le=1_000_000)
    embargo_months: int = Field(3, strict=True, ge=0, le=12)
    validation_months: Months = 6


class Ensemble(Part):
    """Which members the documents' ensemble has; weighed by inverse validation error (B-32, B-34)."""

    members: Annotated[tuple[Literal["xgboost", "lightgbm", "random_forest", "ridge"], ...], Field(min_length=1)] = (
        LEARNERS[:4]
    )


class Stack(Part):
    """Which members the stack has, and how it weighs them (B-34, K1.12)."""

    members: Annotated[tuple[Literal["structural", *LEARNERS], ...], Field(min_length=1)] = ("structural", *LEARNERS)
    weights: Literal["non_negative", "inverse_rmse"] = "non_negative"
    folds: int = Field(3, strict=True, ge=1, le=12)
    fold_months: Months = 4


class ModelConfig(Part):
    """All of it; a part or a key that is left out has the value above."""

    xgboost: Boosted = Boosted()
    lightgbm: Boosted = Boosted()
    random_forest: Forest = Forest()
    ridge: Ridge = Ridge()
    network: Network = Network()
    training: Training = Training()
    ensemble: Ensemble = Ensemble()
    stack: Stack = Stack()

    @field_validator("ensemble", "stack")
    @classmethod
    def _each_member_once(cls, part):
        if len(set(part.members)) < len(part.members):
            raise ValueError(f"members names one twice: {', '.join(part.members)}")
        return part
