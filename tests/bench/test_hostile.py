"""The hostile corpus of the bench, small; and that a script would be counted."""

import pytest

from studiolab import install
from studiolab.bench import hostile, hostile_page, score


def test_nothing_of_a_small_corpus_is_a_fault_an_action_or_a_script():
    found = hostile.table(tries=5)
    assert list(found.columns) == score.COLUMNS
    known = found[~found["model"].str.startswith("skipped")]
    assert (known["value"] == 0).all(), known.to_string()
    assert known["reached"].all()
    assert (known["cases"] > 0).all()


@pytest.mark.parametrize(
    ("html", "count"),
    [("<p>Hello</p>", 0), ("&lt;script&gt;", 0), ("<script>x()</script>", 1), ("<img src=x onerror='x()'>", 1),
     ("<a href=' JavaScript:x()'>", 1), ("<svg onload=x()>", 1), (hostile_page.RUNS, 3)],
)  # fmt: skip
def test_scripts_are_counted(html, count):
    assert hostile_page.scripts(html) == count


@pytest.mark.skipif(install.browser() is None, reason="no Chromium on this machine")
def test_what_runs_in_the_page_is_noticed():
    assert hostile_page.ran([], [hostile_page.RUNS]) == 1
    assert hostile_page.ran([], ["<p>window.evil</p>"]) == 0
    with pytest.raises(RuntimeError, match="the page shows no hostile text"):
        hostile_page.ran([], ["<p>Hello</p>"])


def test_the_corpus_is_the_same_each_time_and_ten_deliveries_of_what_is_right():
    sent = hostile.requests(tries=3, seed=1)
    assert sent == hostile.requests(tries=3, seed=1)
    good = hostile.told(*hostile.TEXTS)
    right = [one for one in sent if one[1] == good and one[3]]
    assert len(right) == hostile.TIMES
    assert max(len(body) for _, body, _, _ in sent) > 10_000_000
