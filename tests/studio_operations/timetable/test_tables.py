import pandas as pd
import pytest

from studiolab.studio_calendar import Window
from studiolab.studio_operations.timetable import tables
from studiolab.studio_operations.timetable.problem import BadProblem, Pin, Placement, StudioClass

ROW = {
    "class_id": "b", "class_name": "Ballet", "style": "Dance", "level": "Beginner", "minutes": 45, "max_capacity": 9,
    "min_capacity": 3, "price": 1250, "currency": "EUR", "site": None, "features": '["barre"]',
    "preferred": '[{"weekday": 0, "start": "18:00", "end": "20:00"}]',
}  # fmt: skip


def test_a_row_is_a_class_with_money_in_major_units():
    (one,) = tables.classes(pd.DataFrame([ROW]))
    preferred = (Window("MO", 1080, 1200),)
    assert one == StudioClass("b", "Ballet", "Dance", "Beginner", 45, 9, 3, preferred, frozenset({"barre"}), None, 12.5)
    (yen,) = tables.classes(pd.DataFrame([ROW | {"currency": "JPY"}]))
    assert yen.price == 1250


def test_empty_cells_are_nothing_asked_for():
    empty = {"level": None, "min_capacity": None, "price": None, "preferred": None, "features": None}
    (one,) = tables.classes(pd.DataFrame([ROW | empty]))
    assert (one.level, one.min_capacity, one.price, one.preferred, one.features) == ("", 0, 0, (), frozenset())


def test_a_room_of_unknown_capacity_is_left_out_and_one_without_a_site_is_in_the_main_one():
    rooms = pd.DataFrame({"room_id": ["a", "b"], "room_name": ["A", "B"], "max_capacity": [None, 9],
                          "features": [None, "[]"], "site": [None, None]})  # fmt: skip
    assert [(room.room_id, room.site) for room in tables.rooms(rooms)] == [("b", "main")]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("soon", "class b: preferred: 'soon'; expected a list in JSON"),
        ('{"weekday": 0}', "expected a list in JSON"),
        ('[{"weekday": "MO"}]', "expected a list of {weekday, start, end}"),
        ("[7]", "expected a list of {weekday, start, end}"),
        ('[{"weekday": "Noday", "start": "9:00", "end": "10:00"}]', "class b: preferred: weekday 'Noday'; expected"),
        ('[{"weekday": 0, "start": "9", "end": "10:00"}]', "class b: preferred: time of day '9'; expected HH:MM"),
    ],
)
def test_a_cell_that_cannot_be_read_is_named(text, sentence):
    with pytest.raises(BadProblem) as caught:
        tables.classes(pd.DataFrame([ROW | {"preferred": text}]))
    assert sentence in str(caught.value)


def test_placements_and_pins_come_back_as_they_went():
    placed = (Placement("b", "MO", 1080, "hall", "ana"),)
    assert tables.placements(tables.entries("oak", placed, pd.Timestamp("2026-10-05T00:00Z"))) == placed
    pins = (Pin("b", "MO"), Pin("c", None, 600, "hall", None))
    assert tables.pins(tables.pin_rows("oak", pins)) == pins
