import pytest

from studiolab.bench import itc2007

TOY = """\
Name: toy
Courses: 1
Rooms: 1
Days: 1
Periods_per_day: {periods}
Curricula: 1
Constraints: {shut}

COURSES:
c0 t0 2 1 12

ROOMS:
r0 10

CURRICULA:
q0 1 c0

UNAVAILABILITY_CONSTRAINTS:
{rows}

END.
"""
TIGHT = TOY.format(periods=2, shut=0, rows="")  # 2 students without a seat, twice
GAP = TOY.format(periods=3, shut=1, rows="c0 0 1")  # and two lectures that stand alone


@pytest.fixture
def folder(tmp_path):
    """Two instances whose only timetables cost 4 and 8."""
    (tmp_path / "comp01.ctt").write_text(TIGHT)
    (tmp_path / "comp02.ctt").write_text(GAP)
    (tmp_path / "best_known.csv").write_text("instance,name,best_known_UD2\ncomp01,toy,4\ncomp02,toy,3\n")
    return tmp_path


def test_an_instance_is_scored_by_its_median_beside_the_best_known(folder):
    found = itc2007.table(folder, seconds=0.1, seeds=(1, 2, 3)).set_index("figure")
    assert found.loc["comp01, points", ["value", "low", "high", "best_known", "ratio"]].tolist() == [4, 4, 4, 4, 1]
    assert found["goal"].tolist() == ["at most 4", "at most 6"]
    assert found["value"].tolist() == [4, 8]
    assert found["reached"].tolist() == [True, False]
    assert found["feasible"].tolist() == [True, True]
    assert found["cases"].tolist() == [3, 3]


def test_a_run_without_a_feasible_timetable_is_said_to_be_so(folder):
    two = TIGHT.replace("Courses: 1", "Courses: 2").replace("c0 t0 2 1 12\n", "c0 t0 1 1 1\nc1 t0 1 1 1\n")
    shut = two.replace("Constraints: 0", "Constraints: 2").replace("CONSTRAINTS:\n", "CONSTRAINTS:\nc0 0 0\nc1 0 0\n")
    (folder / "comp02.ctt").write_text(shut)
    found = itc2007.table(folder, seconds=0.1, seeds=(1,)).set_index("figure").loc["comp02, points"]
    assert (found["value"], found["reached"], found["feasible"]) == (float("inf"), False, False)


def test_without_the_files_nothing_is_measured(tmp_path):
    assert itc2007.table(tmp_path / "nowhere")["figure"].tolist() == ["skipped: no data"]
