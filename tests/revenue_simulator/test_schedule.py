from datetime import date

import icalendar
import pytest

from studiolab.revenue_simulator.schedule import calendar, schedule

LEVERS = {"retention_rate": 0.8, "avg_ticket_price": 160.0, "upsell_rate": 0.2}


def answer(*actions, months=("2026-11", "2026-12", "2027-01")):
    """An InverseResponse's JSON; actions : (lever, weeks)."""
    moved = {lever for lever, _ in actions}
    return {
        "studio_id": "s1",
        "monthly_levers": [{"month": month} | LEVERS for month in months],
        "lever_changes": {lever: {"current": 0.1 if lever in moved else value, "recommended": value}
                          for lever, value in LEVERS.items()},
        "action_plan": [{"priority": n, "lever": lever, "action": f"Do {n}.", "timeline_weeks": weeks}
                        for n, (lever, weeks) in enumerate(actions, 1)],
    }  # fmt: skip


def told(found):
    return {(task.kind, task.what, task.due_on.isoformat()) for week in found.weeks for task in week.tasks}


def test_an_action_begins_goes_on_each_week_and_is_looked_back_at_when_its_weeks_are_over():
    found = schedule("p", "Spring", answer(("upsell_rate", 3)), date(2026, 11, 2))
    assert {task for task in told(found) if task[0] != "goal"} == {
        ("begin", "Begin: Do 1", "2026-11-02"),
        ("carry on", "Carry on: Do 1", "2026-11-09"),
        ("carry on", "Carry on: Do 1", "2026-11-16"),
        ("look back", "Look back: did it move upsell? Do 1", "2026-11-23"),
    }
    assert [week.week for week in found.weeks][:4] == [1, 2, 3, 4]
    assert all(week.starts_on.weekday() == 0 for week in found.weeks)


def test_two_actions_begin_in_a_week_those_first_that_bring_most():
    actions = [("upsell_rate", 2), ("retention_rate", 4), ("avg_ticket_price", 2), ("upsell_rate", 1)]
    found = schedule("p", "Spring", answer(*actions), date(2026, 11, 2))
    begun = {what: day for kind, what, day in told(found) if kind == "begin"}
    assert begun == {"Begin: Do 1": "2026-11-02", "Begin: Do 2": "2026-11-02", "Begin: Do 3": "2026-11-09",
                     "Begin: Do 4": "2026-11-09"}  # fmt: skip


def test_each_month_ends_with_where_the_levers_that_move_should_stand():
    found = schedule("p", "Spring", answer(("retention_rate", 2), ("avg_ticket_price", 2)))
    goals = {day: what for kind, what, day in told(found) if kind == "goal"}
    assert sorted(goals) == ["2026-11-30", "2026-12-31", "2027-01-31"]
    assert goals["2026-11-30"] == "Goal of month 1: retention 80.0%, ticket price 160"
    assert found.ends_on == date(2027, 1, 31)


def test_every_task_has_someone_and_no_day_before_the_start():
    found = schedule("p", "Spring", answer(("upsell_rate", 3), ("retention_rate", 1)), date(2026, 11, 5))
    tasks = [task for week in found.weeks for task in week.tasks]
    assert all(task.owner and task.due_on >= date(2026, 11, 5) for task in tasks)
    assert all(week.starts_on <= task.due_on < week.starts_on.fromordinal(week.starts_on.toordinal() + 7)
               for week in found.weeks for task in week.tasks)  # fmt: skip
    assert len({task.task_id for task in tasks}) == len(tasks)


def test_a_plan_that_changes_nothing_has_nothing_to_do():
    found = schedule("p", "Stay", answer())
    assert (found.weeks, found.message) == ([], "There is nothing to change, so nothing to do.")
    assert icalendar.Calendar.from_ical(calendar(found)).walk("VEVENT") == []


@pytest.mark.parametrize("name", ["Spring", "a;b,c\\n\r\nEND:VCALENDAR", "日本 🌸" * 30])
def test_a_calendar_program_reads_the_same_tasks_and_a_second_file_updates_the_first(name):
    found = schedule("p", name, answer(("upsell_rate", 3)))
    first, again = calendar(found), calendar(schedule("p", name, answer(("upsell_rate", 3))))
    assert first == again
    events = icalendar.Calendar.from_ical(first).walk("VEVENT")
    tasks = [task for week in found.weeks for task in week.tasks]
    assert {(str(event["uid"]), event.decoded("dtstart")) for event in events} == {
        (f"{task.task_id}@studiolab", task.due_on) for task in tasks
    }
    assert all(len(line) <= 75 for line in first.splitlines())
