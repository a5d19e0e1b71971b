import pytest

from studiolab.panels.insights_page import insights_html


@pytest.fixture(scope="module")
def answer(workbench):
    return workbench.insights({"studio_id": "studio-002"}).model_dump(mode="json")


def test_each_list_is_short_with_money_month_and_chance(answer):
    page = insights_html(answer, "USD")
    assert page.count("<li>") <= 9
    first = answer["insights"]["next_best_actions"][0]
    assert f"+${first['expected_revenue_gain']:,.0f}</b> in January 2027" in page
    assert f"{first['confidence']:.0%}".replace("%", " % chance to show") in page
    assert answer["uplift"]["message"] in page
    assert "assumptions until you measure your own" in page


def test_nothing_is_shown_where_there_is_nothing_but_the_reason(answer):
    quiet = answer | {
        "insights": {part: [] for part in answer["insights"]},
        "notes": ["A quiet month."],
        "uplift": None,
    }
    assert insights_html(quiet, "USD") == '<div class="sl-insights"></div><p class="quiet">A quiet month.</p>'


def test_words_of_a_language_model_and_its_banner_are_escaped(answer):
    row = {"id": None, "priority": 1, "action": "<b>Dance</b>", "implementation_tips": ["<i>tip</i>"], "obstacles": [],
           "expected_impact": "More.", "evidence": "idea, not measured"}  # fmt: skip
    page = insights_html(answer | {"actions": [row], "banner": "Plain <insights>."}, "USD")
    assert "&lt;b&gt;Dance" in page
    assert "&lt;i&gt;tip" in page
    assert "Plain &lt;insights&gt;." in page
    assert "idea, not measured" in page
