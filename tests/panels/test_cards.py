from markupsafe import Markup

from studiolab.panels import cards

EVIL = "<script>alert(1)</script>"


def test_text_from_data_is_escaped_everywhere():
    made = [cards.cards((EVIL, EVIL, EVIL)), cards.say(EVIL), cards.table([EVIL], [[EVIL]]), cards.bullets([EVIL])]
    assert [html for html in made if "<script>" in html] == []


def test_markup_passes_and_changed_cells_stand_out():
    html = cards.table(["Studio", "Revenue"], [[Markup("<a>Yoga</a>"), "$1"]], changed={(0, 1)})
    assert '<td class="text"><a>Yoga</a></td><td class="changed">$1</td>' in html


def test_a_sparkline_ends_in_a_dot_where_the_expected_revenue_lies():
    picture = cards.sparkline([100, 300, 200])
    assert 'points="3.0,19.0 48.0,3.0"' in picture
    assert 'cx="93.0" cy="11.0"' in picture
    assert "nan" not in cards.sparkline([5, 5])


def test_a_joined_sparkline_leads_to_its_last_value_and_one_value_is_no_picture():
    assert str(cards.sparkline([1, 2, 3], joined=True)).count(",") == 3
    assert str(cards.sparkline([1, 2, 3])).count(",") == 2
    assert cards.sparkline([5]) == ""
