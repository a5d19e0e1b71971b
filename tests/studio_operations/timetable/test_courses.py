import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiolab.studio_operations.timetable import courses
from studiolab.studio_operations.timetable.courses import Cost, Course, Lecture, Problem, Room

TEXT = """\
Name: a small school
Courses: 3
Rooms: 2
Days: 2
Periods_per_day: 3
Curricula: 2
Constraints: 2

COURSES:
ballet ana 3 2 30
jazz ana 1 1 10
salsa ben 2 2 20

ROOMS:
big\t30
small\t15

CURRICULA:
young  2 ballet salsa
old 1 jazz

UNAVAILABILITY_CONSTRAINTS:
salsa 0 0
jazz 1 2

END.
"""
SCHOOL = Problem(
    "a small school", 2, 3,
    (Course("ballet", "ana", 3, 2, 30), Course("jazz", "ana", 1, 1, 10), Course("salsa", "ben", 2, 2, 20)),
    (Room("big", 30), Room("small", 15)), {"young": ("ballet", "salsa"), "old": ("jazz",)},
    frozenset({("salsa", 0, 0), ("jazz", 1, 2)}),
)  # fmt: skip
NEAT = (
    Lecture("ballet", 0, 0, "big"), Lecture("ballet", 0, 1, "big"), Lecture("salsa", 0, 2, "big"),
    Lecture("jazz", 0, 2, "small"), Lecture("salsa", 1, 0, "big"), Lecture("ballet", 1, 1, "big"),
)  # fmt: skip


def moved(index, **place):
    """NEAT with one lecture elsewhere."""
    return tuple(each._replace(**place) if i == index else each for i, each in enumerate(NEAT))


def cost(**cases):
    """What NEAT costs, jazz being alone in its curriculum, with other cases."""
    return Cost(**dict.fromkeys(Cost._fields, 0) | {"isolated": 2} | cases)


# the files ----------------------------------------------------------------------------------------
def test_a_file_says_the_problem():
    assert courses.read(TEXT) == SCHOOL


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "jazz ana 1 1 10",
            "jazz ana one 1 10",
            r"line 11: got 'jazz ana one 1 10'; expected a whole number of .*'one'",
        ),
        ("jazz ana 1 1 10", "jazz ana -1 1 10", "line 11.*at least 1 for '-1'"),
        ("jazz ana 1 1 10", "jazz ana 1 1", "line 11: got 'jazz ana 1 1'; expected a course: name, teacher"),
        ("jazz ana 1 1 10", "ballet ana 1 1 10", "line 11.*a name that is given once"),
        ("jazz ana 1 1 10\n", "", "line 11: COURSES ends after 2 rows; expected 3, as Courses in the header says"),
        ("small\t15", "small", "line 16: got 'small'; expected a room: name, capacity"),
        ("young  2", "young 3", "line 19.*expected a curriculum: name, number of courses"),
        ("old 1 jazz", "old 1 tango", "line 20.*section COURSES, which has no tango"),
        ("old 1 jazz", "young 1 jazz", "line 20.*no other curriculum"),
        ("salsa 0 0", "salsa 2 0", "line 23.*expected a day below 2 and a period below 3"),
        ("salsa 0 0", "tango 0 0", "line 23.*expected a known course, a day and a period"),
        ("Days: 2", "Days: 0", "line 4: got 'Days 0'; expected a whole number of at least 1"),
        ("Days: 2", "Days:", "line 4: got 'Days:'; expected one of Name, Courses"),
        ("Days: 2\n", "", "the file has no Days; expected the header"),
        ("CURRICULA:", "", "the file has no CURRICULA:; expected the header and four sections"),
        ("ballet ana 3 2 30", "ballet ana 12 2 30", "15 lectures have 12 places; expected at most as many"),
        ("ballet ana 3 2 30", "ballet ana 7 2 30", "course ballet has 7 lectures and 6 periods when it can be held"),
    ],
)
def test_a_broken_file_is_refused_with_its_line_and_what_was_expected(old, new, said):
    assert old in TEXT
    with pytest.raises(ValueError, match=said):
        courses.read(TEXT.replace(old, new, 1))


def refusal(text):
    """What is said of a text that is no file; empty for one that is the small school's, cut after its last section."""
    try:
        assert courses.read(text) == SCHOOL
    except ValueError as error:
        return str(error)
    return ""


@given(st.text(max_size=200) | st.integers(0, len(TEXT)).map(lambda cut: TEXT[:cut]))
def test_whatever_is_no_file_of_the_kind_is_refused_in_words(text):
    said = refusal(text)
    assert said == "" or "expected" in said


# the recount --------------------------------------------------------------------------------------
def test_a_neat_timetable_breaks_nothing_and_costs_the_one_class_that_must_stand_alone():
    found = courses.cost(SCHOOL, NEAT)
    assert found == cost()
    assert (found.broken, found.points) == (0, 2)


@pytest.mark.parametrize(
    ("timetable", "expected"),
    [
        pytest.param(NEAT[:-1], cost(lectures=1, days=5, isolated=4), id="ballet once less: one day, salsa alone"),
        pytest.param((*NEAT, Lecture("jazz", 1, 1, "small")), cost(lectures=1, conflicts=1, isolated=4),
                     id="jazz once more, while its teacher gives ballet"),
        pytest.param(moved(3, period=1), cost(conflicts=1), id="jazz while its teacher gives ballet"),
        pytest.param(moved(0, period=1), cost(conflicts=1, shared_rooms=1), id="two lectures of ballet at once"),
        pytest.param(moved(5, period=0, room="small"), cost(conflicts=1, capacity=15, stability=1, isolated=6),
                     id="ballet and salsa of one curriculum at once, both alone in their day"),
        pytest.param(moved(3, room="big"), cost(shared_rooms=1), id="jazz in the room of salsa"),
        pytest.param(moved(3, day=1), cost(unavailable=1), id="jazz when it cannot be held"),
        pytest.param(moved(4, room="small"), cost(capacity=5, stability=1), id="20 dancers where 15 have room"),
        pytest.param(moved(5, period=2), cost(isolated=6), id="a gap between salsa and ballet leaves both alone"),
    ],
)  # fmt: skip
def test_each_rule_is_counted_by_hand(timetable, expected):
    assert courses.cost(SCHOOL, timetable) == expected


def test_the_last_period_of_a_day_is_no_neighbour_of_the_next_day():
    problem = SCHOOL._replace(curricula={"young": ("ballet",)}, courses=(Course("ballet", "ana", 2, 1, 30),))
    assert courses.cost(problem, (Lecture("ballet", 0, 2, "big"), Lecture("ballet", 1, 0, "big"))).isolated == 4


@given(st.permutations(NEAT))
def test_the_order_of_lectures_does_not_matter(timetable):
    assert courses.cost(SCHOOL, timetable) == cost()


@pytest.mark.parametrize("lecture", [Lecture("tango", 0, 0, "big"), Lecture("jazz", 2, 0, "big"),
                                     Lecture("jazz", 0, 3, "big"), Lecture("jazz", 0, 0, "attic")])  # fmt: skip
def test_a_lecture_of_nothing_known_is_refused(lecture):
    with pytest.raises(ValueError, match="timetable: got Lecture"):
        courses.cost(SCHOOL, (lecture,))
