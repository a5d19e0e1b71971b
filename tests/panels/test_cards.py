from markupsafe import Markup

from studiolab.panels import cards

EVIL = "<script>alert(1)</script>"


def test_text_from_data_is_escaped_everywhere():
    made = [cards.cards((EVIL, EVIL, EVIL)), cards.say(EVIL), cards.table([EVIL], [[EVIL]]), cards.bullets([EVIL])]
    assert [html for html in made if "<script>" in html] == []


def test_markup_passes_and_changed_cells_stand_out():
    html = cards.table(["Studio", "Revenue"], [[Markup("<a>Yoga</a>"), "$1"]], changed={(0, 1)})
    assert '<td class="text"><a>Yoga</a></td><td class="changed">$1</td>' in html
