from studiolab.panels import home


def test_every_studio_stands_there_with_a_way_to_its_planner(workbench):
    html = home.overview(workbench)
    for studio in workbench.studios():
        assert f'href="revenue_planner.ipynb?studio={studio.studio_id}"' in html
        assert studio.studio_name in html
    assert "€9,290" in html
    assert "Revenue in the last month, USD" in html
    assert 'href="timetable.ipynb"' in html


def test_without_studios_it_says_which_command_to_run(empty_workbench):
    assert "studiolab import" in home.overview(empty_workbench)


def test_a_sparkline_ends_in_a_dot_where_the_expected_revenue_lies():
    picture = home._sparkline([100, 300, 200])
    assert 'points="3.0,19.0 48.0,3.0"' in picture
    assert 'cx="93.0" cy="11.0"' in picture
    assert "nan" not in home._sparkline([5, 5])
