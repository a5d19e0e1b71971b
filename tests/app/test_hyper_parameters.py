import re

import pytest

from studiolab.app import StudiolabError, Workbench, core, hyper_parameters
from studiolab.revenue_simulator.config import ModelConfig
from studiolab.settings import Settings, settings


@pytest.fixture
def file(tmp_path):
    """A function that writes a file of hyper-parameters and gives its path."""

    def written(text):
        (tmp_path / "mine.yaml").write_text(text)
        return tmp_path / "mine.yaml"

    return written


def test_the_file_that_comes_along_says_every_value_of_the_code():
    known = ModelConfig()
    assert hyper_parameters.read() == known
    text = hyper_parameters.SHIPPED.read_text()
    for part in ModelConfig.model_fields:
        block = re.search(rf"^{part}:\n((?:  .*\n)+)", text, re.MULTILINE)[1]
        assert set(re.findall(r"^  (\w+):", block, re.MULTILINE)) == set(getattr(known, part).model_dump())


def test_the_documents_settings_are_there():
    known = ModelConfig()
    assert (known.xgboost.n_estimators, known.xgboost.max_depth, known.xgboost.learning_rate) == (300, 5, 0.05)
    assert (known.xgboost.subsample, known.xgboost.colsample_bytree) == (0.8, 0.8)
    forest = known.random_forest
    assert (forest.n_estimators, forest.max_depth, forest.min_samples_split) == (200, 10, 5)
    assert known.network.hidden_layers == (64, 32, 16)
    assert known.training.embargo_months == 3


def test_what_a_file_leaves_out_stays_as_it_was(file):
    known = hyper_parameters.read(file("xgboost: {max_depth: 3}"))
    assert known.xgboost.max_depth == 3
    assert known == ModelConfig(xgboost={"max_depth": 3})
    assert hyper_parameters.read(file("# nothing")) == ModelConfig()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("xgboost: {depth: 3}", r"xgboost\.depth: no such key, got 3; there are n_estimators, max_depth"),
        ("boost: {depth: 3}", r"boost: no such key, got .*; there are xgboost, lightgbm"),
        ("xgboost: {max_depth: 99}", r"xgboost\.max_depth: .*less than or equal to 20, got 99"),
        ("ridge: {alpha: much}", r"ridge\.alpha: .*valid number.*got 'much'"),
        ("ridge: {alpha: .nan}", r"ridge\.alpha: .*got nan"),
        ("stack: {members: [structural, prophet]}", r"stack\.members\.1: .*'structural', 'xgboost'.*got 'prophet'"),
        ("stack: {members: [ridge, ridge]}", r"stack: members names one twice"),
        ("ensemble: {members: []}", r"ensemble\.members: .*at least 1"),
        ("stack: {weights: equal}", r"stack\.weights: .*'non_negative' or 'inverse_rmse', got 'equal'"),
        ("xgboost: [", r"cannot be read: .*line 1"),
        ("just words", "dictionary"),
    ],
)
def test_an_unknown_key_or_a_value_out_of_range_is_refused_with_file_key_and_what_was_expected(file, text, says):
    path = file(text)
    with pytest.raises(StudiolabError, match=f"{re.escape(str(path))}.*{says}"):
        hyper_parameters.read(path)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(StudiolabError, match=r"none\.yaml cannot be read"):
        hyper_parameters.read(tmp_path / "none.yaml")


def test_other_hyper_parameters_are_another_model_under_another_version(copied, home, tmp_path, file, monkeypatch):
    copied(tmp_path / "copy")
    asked = []
    fit = core.fit
    monkeypatch.setattr(core, "fit", lambda *data, **given: asked.append(given["config"]) or fit(*data, **given))
    plain = Workbench(Settings(STUDIOLAB_HOME=tmp_path / "copy"))
    kept = plain.model.version
    assert asked == []  # the model on disk
    monkeypatch.setenv("STUDIOLAB_MODEL_CONFIG", str(file("ridge: {alpha: 2.5}")))
    settings.cache_clear()
    mine = Workbench(Settings(STUDIOLAB_HOME=tmp_path / "copy"))
    assert mine.model.version != kept
    assert [config.ridge.alpha for config in asked] == [2.5]
    assert mine.model.config.ridge.alpha == 2.5
    for bench in (plain, mine):
        bench.close()
