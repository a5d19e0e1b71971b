"""The one file of hyper-parameters (B-38), read and checked."""

from pathlib import Path

import yaml
from pydantic import ValidationError

from studiolab import revenue_simulator
from studiolab.adapters.errors import StudiolabError
from studiolab.revenue_simulator.config import ModelConfig
from studiolab.revenue_simulator.questions import in_words

SHIPPED = Path(revenue_simulator.__file__).parent / "model_config.yaml"


def read(path=None):
    """ModelConfig of a YAML file, the one that comes along by default; what it leaves out stays as there.

    Raises StudiolabError naming the file, and each key with what was expected and what came.
    """
    path = Path(path or SHIPPED)
    try:
        given = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        said = " ".join(str(error).split())
        raise StudiolabError(f"the hyper-parameters {path} cannot be read: {said}") from None
    try:
        return ModelConfig.model_validate({} if given is None else given)
    except ValidationError as error:
        unknown = [_unknown(e) for e in error.errors() if e["type"] == "extra_forbidden"]
        wrong = [e for e in error.errors() if e["type"] != "extra_forbidden"]
        raise StudiolabError(f"{path}: {'; '.join([*unknown, *([in_words(wrong)] if wrong else [])])}") from None


def _unknown(error):
    where, came = error["loc"], error["input"]
    known = ModelConfig if len(where) == 1 else ModelConfig.model_fields[where[0]].annotation
    return f"{'.'.join(map(str, where))}: no such key, got {came!r}; there are {', '.join(known.model_fields)}"
