"""University courses: the curriculum-based problem of ITC-2007, track 3, in its usual formulation (UD2).

What it asks, its files, and a recount of a timetable that knows nothing of how it was found; `anneal` finds one.
Source: Di Gaspero, McCollum & Schaerf 2007, "The second international timetabling competition (ITC-2007):
curriculum-based course timetabling (track 3)".
"""

from collections import Counter, defaultdict
from itertools import combinations
from typing import NamedTuple

TOO_FEW_DAYS, ISOLATED = 5, 2  # points a day missing, a lecture; a student without a seat and a further room are 1
HEADER = ("Name", "Courses", "Rooms", "Days", "Periods_per_day", "Curricula", "Constraints")
SECTIONS = {"COURSES": "Courses", "ROOMS": "Rooms", "CURRICULA": "Curricula",
            "UNAVAILABILITY_CONSTRAINTS": "Constraints"}  # fmt: skip


class Course(NamedTuple):
    """lectures : a week; min_days : days they should be spread over; students : seats they need."""

    name: str
    teacher: str
    lectures: int
    min_days: int
    students: int


class Room(NamedTuple):
    """A room; capacity : students."""

    name: str
    capacity: int


class Problem(NamedTuple):
    """A week of `days` with `periods` each.

    curricula : dict of name to the names of the courses that the same students take
    unavailable : set of (course, day, period) when it cannot be held; days and periods count from 0
    """

    name: str
    days: int
    periods: int
    courses: tuple[Course, ...]
    rooms: tuple[Room, ...]
    curricula: dict[str, tuple[str, ...]]
    unavailable: frozenset[tuple[str, int, int]]


class Lecture(NamedTuple):
    """One lecture in its place; a timetable is a tuple of them."""

    course: str
    day: int
    period: int
    room: str


class Cost(NamedTuple):
    """What a timetable breaks, in numbers of cases, and what it costs, in points."""

    lectures: int
    conflicts: int
    unavailable: int
    shared_rooms: int
    capacity: int
    days: int
    isolated: int
    stability: int

    @property
    def broken(self):
        """Hard rules broken; a feasible timetable has 0."""
        return sum(self[:4])

    @property
    def points(self):
        """Soft penalties in all."""
        return sum(self[4:])


# the recount --------------------------------------------------------------------------------------
def cost(problem, timetable):
    """Count what a timetable breaks and costs, from the rules alone.

    timetable : Lectures, in any order
    Returns Cost. lectures : missing or too many; conflicts : pairs in the same period of one course, teacher or
        curriculum; shared_rooms : lectures beyond the first in a room and period; capacity : students without a seat;
        days : 5 for each day below a course's minimum; isolated : 2 for each lecture of a curriculum with none of the
        same curriculum right before or after it that day; stability : rooms of a course beyond its first.
    Raises ValueError for a lecture of an unknown course or place.
    """
    courses, rooms = ({each.name: each for each in some} for some in (problem.courses, problem.rooms))
    for lecture in timetable:
        _known(problem, courses, rooms, lecture)
    held, periods, days, used = Counter(), defaultdict(list), defaultdict(set), defaultdict(set)
    for lecture in timetable:
        held[lecture.course] += 1
        periods[lecture.day, lecture.period].append(lecture.course)
        days[lecture.course].add(lecture.day)
        used[lecture.course].add(lecture.room)
    together = _together(problem)
    seats = ((courses[lecture.course].students, rooms[lecture.room].capacity) for lecture in timetable)
    places = Counter((lecture.day, lecture.period, lecture.room) for lecture in timetable)
    return Cost(
        lectures=sum(abs(each.lectures - held[each.name]) for each in problem.courses),
        conflicts=sum(pair in together for those in periods.values() for pair in combinations(those, 2)),
        unavailable=sum(lecture[:3] in problem.unavailable for lecture in timetable),
        shared_rooms=sum(places.values()) - len(places),
        capacity=sum(max(0, students - capacity) for students, capacity in seats),
        days=sum(TOO_FEW_DAYS * max(0, each.min_days - len(days[each.name])) for each in problem.courses),
        isolated=sum(ISOLATED * _alone(members, timetable) for members in problem.curricula.values()),
        stability=sum(len(own) - 1 for own in used.values()),
    )


def _known(problem, courses, rooms, lecture):
    whole = 0 <= lecture.day < problem.days and 0 <= lecture.period < problem.periods
    if lecture.course not in courses or lecture.room not in rooms or not whole:
        raise ValueError(
            f"timetable: got {lecture}; expected a course and a room of {problem.name}, a day of "
            f"0 to {problem.days - 1} and a period of 0 to {problem.periods - 1}"
        )


def _together(problem):
    """Set of (course, course) that may not be held in one period, both ways and with themselves."""
    groups = [*problem.curricula.values(), *_by_teacher(problem).values(), *((each.name,) for each in problem.courses)]
    return {(one, other) for group in groups for one in group for other in group}


def _by_teacher(problem):
    taught = defaultdict(list)
    for course in problem.courses:
        taught[course.teacher].append(course.name)
    return taught


def _alone(members, timetable):
    """How many lectures of these courses stand alone in their day."""
    own = [(lecture.day, lecture.period) for lecture in timetable if lecture.course in members]
    return sum((day, period - 1) not in own and (day, period + 1) not in own for day, period in own)


# the files ----------------------------------------------------------------------------------------
def read(text):
    """A Problem from the text of a .ctt file.

    Raises ValueError that names the line, what it holds and what was expected: a line that is not of its section, a
    name given twice or unknown, a day or period outside the week, other numbers of rows than the header says; and for
    lectures that have no place whatever the timetable.
    """
    header, sections = _parts(text)
    rows = {name: _counted(header, name, sections) for name in SECTIONS}
    days, periods = (_count(header, name) for name in ("Days", "Periods_per_day"))
    courses = _named(rows["COURSES"], _course)
    rooms = _named(rows["ROOMS"], _room)
    curricula = {}
    for line, words in rows["CURRICULA"]:
        _expect(words[0] not in curricula, line, words, "a name that no other curriculum has")
        curricula[words[0]] = _curriculum(line, words, courses)
    unavailable = {_place(line, words, courses, days, periods) for line, words in rows["UNAVAILABILITY_CONSTRAINTS"]}
    problem = Problem(" ".join(header["Name"][1]), days, periods, tuple(courses.values()), tuple(rooms.values()),
                      curricula, frozenset(unavailable))  # fmt: skip
    _room_for_all(problem)
    return problem


def _parts(text):
    """(header, sections): dict of name to (line, words), and dict of section to [(line, words)]."""
    header, sections, rows = {}, {}, None
    for line, words in ((number, row.split()) for number, row in enumerate(text.splitlines(), 1)):
        if words == ["END."]:
            break
        if len(words) == 1 and words[0].rstrip(":") in SECTIONS:
            rows = sections.setdefault(words[0].rstrip(":"), [])
        elif rows is not None and words:
            rows.append((line, words))
        elif words:
            name = words[0].rstrip(":")
            _expect(name in HEADER and len(words) > 1, line, words, f"one of {', '.join(HEADER)} and its value")
            header[name] = line, words[1:]
    missing = [name for name in HEADER if name not in header] + [
        f"{name}:" for name in SECTIONS if name not in sections
    ]
    if missing:
        raise ValueError(f"the file has no {', '.join(missing)}; expected the header and four sections of a .ctt file")
    return header, sections


def _counted(header, name, sections):
    """The rows of a section, if they are as many as the header says."""
    expected, rows = _count(header, SECTIONS[name], 1 if name in ("COURSES", "ROOMS") else 0), sections[name]
    if len(rows) != expected:
        where = f"line {rows[-1][0]}: {name} ends" if rows else f"{name}: it ends"
        raise ValueError(f"{where} after {len(rows)} rows; expected {expected}, as {SECTIONS[name]} in the header says")
    return rows


def _count(header, name, least=1):
    line, words = header[name]
    return _whole(words[0], least, line, [name, *words])


def _named(rows, parse):
    """dict of name to record, of rows of (line, words)."""
    found = {}
    for line, words in rows:
        _expect(words[0] not in found, line, words, "a name that is given once")
        found[words[0]] = parse(line, words)
    return found


def _course(line, words):
    _expect(len(words) == 5, line, words, "a course: name, teacher, lectures, minimum of days, students")
    least = (1, 1, 0)
    return Course(*words[:2], *(_whole(word, low, line, words) for word, low in zip(words[2:], least, strict=True)))


def _room(line, words):
    _expect(len(words) == 2, line, words, "a room: name, capacity")
    return Room(words[0], _whole(words[1], 0, line, words))


def _curriculum(line, words, courses):
    _expect(len(words) > 1 and len(words) - 2 == _whole(words[1], 0, line, words), line, words,
            "a curriculum: name, number of courses, and as many courses")  # fmt: skip
    for name in words[2:]:
        _expect(name in courses, line, words, f"courses of the section COURSES, which has no {name}")
    return tuple(words[2:])


def _place(line, words, courses, days, periods):
    _expect(len(words) == 3 and words[0] in courses, line, words, "a known course, a day and a period")
    day, period = (_whole(word, 0, line, words) for word in words[1:])
    _expect(day < days and period < periods, line, words, f"a day below {days} and a period below {periods}")
    return words[0], day, period


def _whole(word, least, line, words):
    _expect(word.isascii() and word.isdigit() and int(word) >= least, line, words,
            f"a whole number of at least {least} for {word!r}")  # fmt: skip
    return int(word)


def _expect(true, line, words, expected):
    if not true:
        raise ValueError(f"line {line}: got {' '.join(words)!r}; expected {expected}")


def _room_for_all(problem):
    """Refuse what has no feasible timetable by counting alone."""
    places = problem.days * problem.periods
    lectures = sum(course.lectures for course in problem.courses)
    if lectures > places * len(problem.rooms):
        raise ValueError(f"{lectures} lectures have {places * len(problem.rooms)} places; expected at most as many")
    shut = Counter(course for course, _, _ in problem.unavailable)
    for course in problem.courses:
        if course.lectures > places - shut[course.name]:
            raise ValueError(f"course {course.name} has {course.lectures} lectures and {places - shut[course.name]} "
                             "periods when it can be held; expected at most as many")  # fmt: skip
