import pytest

from studiolab.bench import score, speed, worlds


def test_every_speed_comes_as_a_figure_and_as_a_share_of_its_goal():
    small = worlds.Worlds((21,), 8, 40)
    table = score.table(speed.speed(small, batch=500, calls=5, fleet=3)).set_index("figure")["value"]
    for name, goal in speed.GOALS.items():
        name, goal = ("3 " + name, goal * 3 / speed.FLEET) if name.startswith("studios") else (name, goal)
        assert table[f"{name} / goal"] == pytest.approx(table[name] / goal)
    assert (table > 0).all()
