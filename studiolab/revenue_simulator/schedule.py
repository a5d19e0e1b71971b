"""A saved plan on a calendar: what to do in which week, who does it, where levers should stand at each month's end.

An action begins the sooner the more it brings, two a week at most, and its effect is looked at when its weeks are over.
"""

import hashlib
from datetime import UTC, date, datetime, timedelta

from icalendar import Calendar, Event

from studiolab.revenue_simulator.levers import CATALOGUE
from studiolab.revenue_simulator.replies import Answer

OWNER = {
    "retention_rate": "front desk", "avg_ticket_price": "owner", "class_attendance_rate": "instructors",
    "new_members_monthly": "manager", "staff_utilization_rate": "manager", "upsell_rate": "front desk",
    "total_classes_held": "manager",
}  # fmt: skip
AT_ONCE = 2  # actions that begin in one week


class Task(Answer):
    """Something to do by a day."""

    task_id: str
    what: str
    kind: str  # begin, carry on, look back, goal
    lever: str | None
    owner: str
    due_on: date


class Week(Answer):
    """Monday to Sunday."""

    week: int
    starts_on: date
    tasks: list[Task]


class Schedule(Answer):
    """The tasks of a plan, week by week; a week without any is left out."""

    plan_id: str
    studio_id: str
    plan_name: str
    starts_on: date
    ends_on: date
    weeks: list[Week]
    message: str


def schedule(plan_id, name, answer, start=None):
    """Schedule of a plan; answer : JSON of an InverseResponse; start : date of the first day, the first of the plan's
    first month by default."""
    start = start or date.fromisoformat(f"{answer['monthly_levers'][0]['month']}-01")
    monday, tasks = start - timedelta(days=start.weekday()), []
    for place, action in enumerate(answer["action_plan"]):
        first = place // AT_ONCE
        tasks += _of_action(plan_id, action, monday, first, first + action["timeline_weeks"] - 1)
    tasks += _goals(plan_id, answer, start)
    tasks = [task.model_copy(update={"due_on": max(task.due_on, start)}) for task in tasks]
    weeks = {}
    for task in sorted(tasks, key=lambda task: (task.due_on, task.kind != "begin", task.task_id)):
        weeks.setdefault((task.due_on - monday).days // 7, []).append(task)
    rows = [Week(week=number + 1, starts_on=monday + timedelta(weeks=number), tasks=rows)
            for number, rows in weeks.items()]  # fmt: skip
    said = "There is nothing to change, so nothing to do." if not tasks else (
        f"{len(answer['action_plan'])} actions and {len(tasks)} tasks; effects are assumed, so look back when they end."
    )  # fmt: skip
    ends = max([task.due_on for task in tasks], default=start)
    return Schedule(plan_id=plan_id, studio_id=answer["studio_id"], plan_name=name, starts_on=start, ends_on=ends,
                    weeks=rows, message=said)  # fmt: skip


def calendar(found):
    """iCalendar bytes of a Schedule: a day for each task; the same plan again updates instead of doubling."""
    held = Calendar()
    held.add("prodid", "-//studiolab//plans//EN")
    held.add("version", "2.0")
    held.add("x-wr-calname", " ".join(found.plan_name.split()))
    for week in found.weeks:
        for task in week.tasks:
            event = Event()
            event.add("uid", f"{task.task_id}@studiolab")
            event.add("dtstamp", datetime(task.due_on.year, task.due_on.month, task.due_on.day, tzinfo=UTC))
            event.add("dtstart", task.due_on)
            event.add("dtend", task.due_on + timedelta(days=1))
            event.add("summary", f"{task.what} ({task.owner})")
            event.add("description", f"{found.plan_name}, {found.studio_id}, week {week.week}")
            event.add("categories", [task.kind])
            event.add("transp", "TRANSPARENT")
            held.add_component(event)
    return held.to_ical()


def _of_action(plan_id, action, monday, first, last):
    lever, text = action["lever"], action["action"].rstrip(".")
    said = {first: ("begin", f"Begin: {text}")}
    said |= dict.fromkeys(range(first + 1, last + 1), ("carry on", f"Carry on: {text}"))
    after = f"Look back: did it move {CATALOGUE[lever].label.lower()}? {text}"
    rows = [(week, *kind) for week, kind in said.items()] + [(last + 1, "look back", after)]
    return [_task(plan_id, kind, what, lever, OWNER[lever], monday + timedelta(weeks=week))
            for week, kind, what in rows]  # fmt: skip


def _goals(plan_id, answer, start):
    """Where the levers that move should stand on the last day of each month."""
    moved = [lever for lever, change in answer["lever_changes"].items() if change["current"] != change["recommended"]]
    rows = []
    for ahead, row in enumerate(answer["monthly_levers"], 1):
        month = date(start.year + (start.month - 1 + ahead) // 12, (start.month - 1 + ahead) % 12 + 1, 1)
        goals = ", ".join(f"{CATALOGUE[lever].label.lower()} {_shown(lever, row[lever])}" for lever in moved)
        if goals:
            what = f"Goal of month {ahead}: {goals}"
            rows.append(_task(plan_id, "goal", what, None, "owner", month - timedelta(days=1)))
    return rows


def _shown(lever, value):
    return f"{value:.1%}" if CATALOGUE[lever].unit == "share" else f"{value:,.2f}".removesuffix(".00")


def _task(plan_id, kind, what, lever, owner, due):
    task_id = hashlib.sha256("\0".join((plan_id, kind, what, str(due))).encode()).hexdigest()[:24]
    return Task(task_id=task_id, what=what, kind=kind, lever=lever, owner=owner, due_on=due)
