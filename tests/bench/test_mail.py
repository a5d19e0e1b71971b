"""The mail loop of the bench, small; and that a loss, a double or a torn thread would be counted."""

import pytest

from studiolab import install
from studiolab.bench import mail, score


def test_without_dovecot_it_says_so(monkeypatch):
    monkeypatch.setattr(install, "dovecot", lambda: None)
    found = mail.table()
    assert list(found.columns) == score.COLUMNS
    assert found["model"].tolist() == ["skipped: no Dovecot"]


@pytest.mark.skipif(install.dovecot() is None, reason="no Dovecot on this machine")
@pytest.mark.parametrize(("spoil", "wrong"), [(None, {}), ("lost", {"messages lost": 1}),
                                              ("doubled", {"messages doubled": 1})])  # fmt: skip
def test_a_small_loop_loses_nothing_and_a_loss_would_be_seen(monkeypatch, spoil, wrong):
    sound = mail.Loop.counted

    def counted(loop, people, rounds):
        if spoil == "doubled":
            box, text = mail.Loop._mailbox, mail.answer_to(mail.asked(0, 0))
            monkeypatch.setattr(mail.Loop, "_mailbox", lambda loop, who: [
                row for one in box(loop, who) for row in [one] * (1 + (one["body"] == text))])  # fmt: skip
        if spoil == "lost":
            monkeypatch.setattr(mail, "asked", lambda who, number, asked=mail.asked: (
                asked(who, number) if who or number else "never written"))  # fmt: skip
        return sound(loop, people, rounds)

    monkeypatch.setattr(mail.Loop, "counted", counted)
    found = mail.table(people=2, rounds=2).set_index("figure")["value"]
    assert set(found.index) == set(mail.FIGURES)
    if spoil is None:
        assert found.to_dict() == dict.fromkeys(mail.FIGURES, 0)
    assert all(found[figure] >= count for figure, count in wrong.items())


def test_an_answer_that_names_another_question_is_torn():
    asked = {"direction": "outbound", "body": "p0: a", "message_id": "email:1", "about": None}
    answer = {"direction": "inbound", "body": "Re p0: a", "message_id": "email:2", "about": "email:1"}
    assert mail.torn([asked, answer]) == 0
    assert mail.torn([asked, answer | {"about": None}]) == 1
