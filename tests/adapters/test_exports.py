import os

import pandas as pd
import pytest

from studiolab.adapters import exports
from studiolab.adapters.errors import StudiolabError

ODD = ["=1+1", "@SUM(A1)", "x" * 10_000, "خطة", "👩‍👩‍👧", 'a "b"; c', "a\nb"]


@pytest.fixture
def frames():
    when = pd.Series(pd.date_range("2026-01-01", periods=len(ODD), freq="MS"))
    return {"names": pd.DataFrame({"name": ODD, "month": when, "revenue": 12.5}), "none": pd.DataFrame({"a": []})}


@pytest.mark.parametrize("form", exports.FORMS)
def test_each_table_is_a_file_that_holds_what_it_held(frames, tmp_path, form):
    names, none = exports.write_tables(frames, tmp_path / "new" / "folder", form)
    if form == "parquet":
        back = pd.read_parquet(names)
        pd.testing.assert_frame_equal(back, frames["names"])
        assert pd.read_parquet(none).empty
    else:
        back = pd.read_csv(names, encoding="utf-8-sig", parse_dates=["month"])
        assert back["name"].tolist() == ["'=1+1", "'@SUM(A1)", *ODD[2:]]
        assert back["revenue"].tolist() == [12.5] * len(ODD)
        assert (back["month"] == frames["names"]["month"]).all()
    assert sorted(os.listdir(tmp_path / "new" / "folder")) == [f"names.{form}", f"none.{form}"]


def test_what_is_there_is_replaced_with_force_alone(frames, tmp_path):
    (tmp_path / "none.csv").write_text("mine")
    with pytest.raises(StudiolabError, match=r"has none\.csv already: name another folder, or replace with --force"):
        exports.write_tables(frames, tmp_path, "csv")
    assert [path.name for path in tmp_path.iterdir()] == ["none.csv"]
    assert (tmp_path / "none.csv").read_text() == "mine"
    exports.write_tables(frames, tmp_path, "csv", force=True)
    assert (tmp_path / "none.csv").read_text(encoding="utf-8-sig") == "a\n"


def test_a_failure_half_way_leaves_no_file(frames, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(exports, "safe_csv", full)
    with pytest.raises(StudiolabError, match="cannot take the tables: No space left on device"):
        exports.write_tables(frames, tmp_path, "csv")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_a_file_and_an_unknown_format_are_named(frames, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StudiolabError, match="file cannot take the tables: File exists"):
        exports.write_tables(frames, tmp_path / "file", "csv")
    with pytest.raises(StudiolabError, match="no format 'xlsx': it is one of parquet, csv"):
        exports.write_tables(frames, tmp_path, "xlsx")
