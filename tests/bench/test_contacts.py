import pytest

from studiolab.bench import contacts, score


@pytest.fixture(scope="module")
def table():
    said = []
    found = contacts.table(say=said.append, seeds=(9,), studios=1, months=14)
    assert said == ["contacts: world 9 is done"]
    return found


def value(table, figure, way=contacts.ARBITER):
    return table[table["figure"].str.contains(figure) & (table["model"] == way)]["value"].item()


def test_the_arbiter_keeps_its_limits_where_systems_on_their_own_break_them(table):
    assert list(table) == score.COLUMNS
    assert list(table["reached"].dropna()) == [True, True]
    assert value(table, "more than once in 7 days", contacts.ALONE) > 0.2
    assert value(table, "more than 4 times", contacts.FORGETFUL) > 0.2


def test_fewer_contacts_lose_the_less_valuable_ones_first(table):
    few, free = (value(table, "contacts a client", way) for way in (contacts.ARBITER, contacts.UNLIMITED))
    assert few < free < value(table, "contacts a client", contacts.FORGETFUL)
    assert few / free < value(table, "left under the limits") < 1
    assert 0 < value(table, "too soon") < 1


def test_what_the_arbiter_takes_a_class_to_bring_is_of_the_order_of_what_a_simulated_studio_gives(table):
    rows = table[table["figure"].str.startswith("true extra visits")].set_index("model")["value"]
    assert 0.1 < rows["what the arbiter takes"] / rows["simulated world"] < 10
