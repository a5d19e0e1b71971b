"""The inbox's last days as a page for the owner: what to know first, then pictures and tables of `inbox_figures`."""

import pandas as pd
from markupsafe import escape

from studiolab.panels import cards, words
from studiolab.studio_operations.inbox import metrics

NO_MESSAGES = (
    "No message to this studio is known yet, so there is nothing to count. Connect a channel with “studiolab inbox "
    "connect”, or bring recorded messages with “studiolab inbox replay FILE --studio {}”, then make this report once "
    "more."
)
INSTANT = pd.Timedelta(microseconds=1)


def look(workbench, studio_id, days=7, as_of=""):
    """(name of the studio, JSON of InboxMetrics).

    as_of : YYYY-MM-DD, the last day told, to its end at the studio or up to now; today where empty
    Raises ValueError for an unknown studio, and for no day.
    """
    studio = workbench.db.read("studios", workbench.the_studio(studio_id), ["studio_name", "timezone"]).iloc[0]
    end = None
    if as_of:
        zone = studio["timezone"] if isinstance(studio["timezone"], str) else "UTC"
        end = min(_midnight_after(as_of, zone) - INSTANT, pd.Timestamp.now("UTC"))
    told = workbench.inbox_metrics(studio_id, days, end).model_dump(mode="json")
    return studio["studio_name"] or studio_id, told


def title(name, told):
    """The heading, what to know in a sentence, and where nobody wrote, what to do."""
    first, last = (pd.Timestamp(told["days"][at]["day"]) for at in (0, -1))
    span = f"{last:%-d %B %Y}" if first == last else f"{first:%-d %B} to {last:%-d %B %Y}"
    text = told["says"] if is_known(told) else NO_MESSAGES.format(told["studio_id"])
    said = cards.say(text, "warn" if told["waiting"] or not is_known(told) else "")
    return f"<h1>{escape(name)}, messages of {span}</h1><p class='quiet'>The inbox, for the owner</p>{said}"


def is_known(told):
    """Whether anybody wrote or was written to, in these days or before."""
    return bool(told["received"] or told["sent"] or told["waiting"])


def busiest(told):
    """A sentence below the chart: the busiest day, and whether those who wait become more."""
    days = told["days"]
    most, (first, last) = max(days, key=lambda one: one["received"]), (days[0]["waiting"], days[-1]["waiting"])
    if not most["received"]:
        return "Nobody wrote in these days."
    day = pd.Timestamp(most["day"])
    change = "as many as" if last == first else "more than" if last > first else "fewer than"
    end = f"At the end {words.count(last)} waited, {change} after the first day." if len(days) > 1 else ""
    return f"Most was written on {day:%A, %-d %B}: {words.count(most['received'])}. {end}".strip()


def _midnight_after(as_of, zone):
    try:
        day = pd.Timestamp(as_of).normalize()
    except ValueError:
        raise ValueError(f"AS_OF {as_of!r} is no day; expected YYYY-MM-DD") from None
    return metrics.moment(day + pd.Timedelta(days=1), zone).tz_convert("UTC")
