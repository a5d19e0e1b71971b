"""What a sample inbox knows: prices, opening hours and house rules as documents, canned replies, a follow-up."""

import pandas as pd

from studiolab.app.addresses import zone_of
from studiolab.world.lead_talk import Offer

DAYS = 28  # of the newest classes
NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
RULES = """# House rules

## Being late
Please come five minutes before the class begins. After ten minutes the door stays closed.

## Cancelling
Cancel up to 12 hours before the class in your account; later the class counts as taken.

## What to bring
Clothes you can move in, a towel and water. Mats and equipment are here.

## Pausing a plan
A plan can be paused for up to four weeks a year. Tell us a week before the next payment.

## Trial class
Everybody may try one class before joining. Tell us about injuries before it begins.
"""
CANNED = {
    "welcome": "Hi {first_name}, thank you for writing to {studio}! What are you looking for, and when would suit you?",
    "trial class": "{first_name}, you are welcome to try a class first. Which day would suit you?",
    "after the trial": "Hi {first_name}, how did you like the class? If you have questions, just write. {user}",
    "we found it": "Hi {first_name}, we found it; it waits for you at the desk.",
}
FOLLOW_UP = {
    "name": "no answer yet",
    "steps": [
        {"after_hours": 48, "text": "Hi {first_name}, is there anything else you would like to know about {studio}?",
         "template": "any_questions"},
        {"after_hours": 120, "text": "Hi {first_name}, your trial class at {studio} is still waiting for you.",
         "template": "trial_waits"},
    ],
}  # fmt: skip


def settings(changes, studio_id):
    """List of (kind, name, value) of inbox_settings."""
    papers = {"House rules.md": RULES, "Prices.md": _prices(changes.read("plans", studio_id)),
              "Opening hours.md": _hours(_sessions(changes, studio_id))}  # fmt: skip
    return [
        *(("canned reply", name, {"text": text, "language": "en"}) for name, text in CANNED.items()),
        *(("knowledge", name, {"text": text}) for name, text in papers.items() if text),
        ("sequence", FOLLOW_UP["name"], FOLLOW_UP),
    ]


def offer(changes, studio_id):
    """The `lead_talk.Offer` of what a studio has: its fullest class, and its smallest plan."""
    sessions, plans = _sessions(changes, studio_id), changes.read("plans", studio_id)
    place, currency = changes.read("studios", studio_id, ["location", "currency"]).iloc[0]
    style, time = "a beginners' class", "in the evening"
    if sessions["booked"].notna().any():
        slot = sessions.groupby(["class_name", "weekday", "begins"])["booked"].mean().idxmax()
        style, time = slot[0], f"{slot[1]} {slot[2]}"
    plan, price = "the monthly plan", f"45 {currency}"
    if len(plans):
        row = plans.sort_values("price").iloc[0]
        plan, price = row["plan_name"], _money(row)
    return Offer(style, time, plan, price, place if isinstance(place, str) else "the middle of town")


def _sessions(changes, studio_id):
    """Classes of the newest DAYS, with weekday and hours at the studio."""
    columns = ["class_name", "starts_at", "ends_at", "booked", "is_cancelled"]
    sessions = changes.read("class_sessions", studio_id, columns)
    zone = zone_of(changes, studio_id)
    sessions = sessions[sessions["starts_at"] > sessions["starts_at"].max() - pd.Timedelta(days=DAYS)]
    starts, ends = (sessions[name].dt.tz_convert(zone) for name in ("starts_at", "ends_at"))
    weekday = starts.dt.weekday.map(lambda day: NAMES[day])
    return sessions.assign(weekday=weekday, day=starts.dt.weekday, begins=starts.dt.strftime("%H:%M"),
                           ends=ends.dt.strftime("%H:%M"))  # fmt: skip


def _money(row):
    return f"{row['price'] / 100:,.0f} {row['currency']}"


def _prices(plans):
    if plans.empty:
        return ""
    lines = [f"- {row['plan_name']}: {_money(row)} a month" for _, row in plans.sort_values("price").iterrows()]
    return "# Prices\n\n## Plans\n" + "\n".join(lines) + "\n"


def _hours(sessions):
    if sessions.empty:
        return ""
    days = sessions.groupby("day").agg(weekday=("weekday", "first"), first=("begins", "min"), last=("ends", "max"))
    lines = [f"- {row.weekday}: {row.first} to {row.last}" for row in days.itertuples()]
    return "# Opening hours\n\nFrom the first class of the day to the last:\n\n" + "\n".join(lines) + "\n"
