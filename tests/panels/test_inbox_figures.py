"""The tables of how the inbox does."""

import pytest

from studiolab.panels import inbox_figures, words
from studiolab.schema import LEAD_STATUSES
from studiolab.studio_operations.inbox import stages

REACHED = {name: 3 + at for at, name in enumerate(LEAD_STATUSES)}
PEOPLE = {"channel": "all", "people": 40, "stages": REACHED, "joined": 0.1, "joined_low": 0.05, "joined_high": 0.2}


@pytest.mark.parametrize("stage", [one for one in LEAD_STATUSES if one != stages.NEW])
def test_every_stage_that_people_come_to_has_its_column(stage):
    table = inbox_figures.leads({"funnel": [PEOPLE]})
    assert f">{stages.WORDS[stage].capitalize()}</th>" in table
    assert f">{REACHED[stage]}</td>" in table


def test_messages_by_channel_stand_below_all_of_them():
    of = [("whatsapp", 25, 5), ("email", 5, 5)]
    rows = [dict(zip(("channel", "received", "sent"), one, strict=True)) for one in of]
    table = inbox_figures.channels({"received": 30, "sent": 10, "channels": rows})
    assert table.index("All") < table.index("WhatsApp") < table.index("E-mail")
    assert [share in table for share in (f">{words.percent(one, digits=0)}<" for one in (1, 0.75, 0.25))] == [True] * 3
    assert inbox_figures.channels({"received": 0, "sent": 0, "channels": []}) == "<p>No message in these days.</p>"
