"""An answer as the client gets it: e-mail, calendar, text message, and the studio's own app (A-05, A-49).

Deterministic: no clock, and identifiers follow from the class and the client, so that sharing again updates a
calendar instead of doubling it.
"""

import hashlib
import json
import re
from datetime import UTC, datetime
from email.message import EmailMessage

import pandas as pd
from markupsafe import Markup

SMS = 306  # two joined messages of the GSM alphabet
NAME = 80
PER_TEXT = 3
REASONS = {"kind": "you like {class_name}", "time": "the {time_of_day} is your time", "day": "{weekday}s suit you"}


def because(offer):
    """Why, said to the client: the one or two tastes that add most; offer : JSON of Offer."""
    adds = {part["part"]: part["adds"] for part in offer["parts"]}
    best = sorted((taste for taste in REASONS if adds.get(taste, 0) > 0), key=lambda taste: -adds[taste])[:2]
    words = " and ".join(REASONS[taste].format(**offer) for taste in best)
    return f"{words[:1].upper()}{words[1:]}." if words else "Something new for you."


def text(answer, studio):
    """The e-mail in plain words; answer : JSON of RecommendResponse; studio : its name."""
    lines = [f"Hello {_first(answer)},", "", f"these classes at {_short(studio)} would suit you:", ""]
    for offer in answer["recommendations"]:
        lines += [f"{_when(offer)}  {offer['class_name']}{_with(offer)}{_waiting(offer)}", f"    {because(offer)}"]
    return "\n".join([*lines, "", "Answer this e-mail and we book them for you.", _short(studio), ""])


def html(answer, studio):
    """The e-mail as a card."""
    row = Markup(
        '<tr><td style="padding:10px 14px;border-top:1px solid #e3e6ea;white-space:nowrap;vertical-align:top">'
        '<b>{}</b><br><span style="color:#5b6570">{}</span></td>'
        '<td style="padding:10px 14px;border-top:1px solid #e3e6ea"><b>{}</b>{}{}<br>'
        '<span style="color:#5b6570">{}</span></td></tr>'
    )
    rows = Markup("").join(
        row.format(*_when(offer).split(", "), offer["class_name"], _with(offer), _waiting(offer), because(offer))
        for offer in answer["recommendations"]
    )
    return Markup(
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Classes for you</title></head>'
        '<body style="margin:0;background:#f4f6f8;font:15px/1.45 system-ui,sans-serif;color:#1d2329">'
        '<table role="presentation" style="max-width:560px;margin:24px auto;background:#fff;border-collapse:collapse">'
        '<tr><td colspan="2" style="padding:18px 14px 12px"><div style="font-size:20px;font-weight:600">'
        "Classes for you, <bdi>{}</bdi></div>"
        '<div style="color:#5b6570">{} picked them from what you come to.</div></td></tr>{}'
        '<tr><td colspan="2" style="padding:14px;border-top:1px solid #e3e6ea;color:#5b6570">'
        "Answer this e-mail and we book them for you.</td></tr></table></body></html>"
    ).format(_first(answer), _short(studio), rows)


def email(answer, studio, to, sender=None):
    """EmailMessage with text, card and calendar; without a sender it opens as a draft in mail programs.

    to : address. Raises ValueError for what is no address.
    """
    if (
        not re.fullmatch(r"[^@\s<>,;:\"]+@[^@\s<>,;:\"]+\.[^@\s<>,;:\"]+", to or "")
        or "=?" in to
        or not to.isprintable()
    ):
        raise ValueError(f"{to!r} is no e-mail address")
    message = EmailMessage()
    message["To"], message["Subject"] = to, f"Classes for you at {_short(studio)}"
    if sender:
        message["From"] = sender
    else:
        message["X-Unsent"] = "1"
    message.set_content(text(answer, studio))
    message.add_alternative(html(answer, studio), subtype="html")
    events = calendar(answer, studio).decode()
    message.add_attachment(events, subtype="calendar", filename="classes.ics", params={"method": "PUBLISH"})
    message.set_boundary(f"{_digest(answer['client_id'], answer['as_of'])}-all")
    message.get_payload(0).set_boundary(f"{_digest(answer['client_id'], answer['as_of'])}-words")
    return message


def calendar(answer, studio):
    """Bytes of an iCalendar file (RFC 5545), an event a class."""
    import icalendar  # a tenth of a second that only this needs

    found = icalendar.Calendar()
    found.add("prodid", "-//studiolab//class recommender//EN")
    found.add("version", "2.0")
    found.add("method", "PUBLISH")
    for offer in answer["recommendations"]:
        event = icalendar.Event()
        event.add("uid", f"{_digest(answer['studio_id'], answer['client_id'], offer['class_id'])}@studiolab")
        event.add("dtstamp", _instant(answer["as_of"]))
        event.add("dtstart", _instant(offer["starts_at"]))
        if offer["ends_at"]:
            event.add("dtend", _instant(offer["ends_at"]))
        event.add("summary", f"{offer['class_name']}{_with(offer)}{_waiting(offer)}")
        event.add("location", _short(studio))
        event.add("description", because(offer))
        event.add("status", "TENTATIVE")
        found.add_component(event)
    return found.to_ical()


def sms(answer, studio):
    """The body of a text message: the best classes that fit into two messages, and how to stop them."""
    best = sorted(answer["recommendations"], key=lambda offer: offer["rank"])[:PER_TEXT]
    end = ". Reply to book, STOP to end."
    for few in range(len(best), -1, -1):
        some = "; ".join(f"{_when(o)} {o['class_name']}" for o in sorted(best[:few], key=lambda o: o["starts_at"]))
        body = f"{_short(studio)[:40]}: {_first(answer)[:30]}, classes for you: {some}{end}"
        if len(body) <= SMS:
            break
    return body


def in_app(answer):
    """JSON text for the studio's app, so that a client books with one touch."""
    shown = ("class_id", "starts_at", "ends_at", "class_name", "instructor", "place")
    return json.dumps(
        {
            "version": 1, "studio_id": answer["studio_id"], "client_id": answer["client_id"], "as_of": answer["as_of"],
            "classes": [{name: offer[name] for name in shown} | {"because": because(offer)}
                        for offer in answer["recommendations"]],
        }, ensure_ascii=False, indent=1,
    )  # fmt: skip


def table(answer):
    """DataFrame of the classes for a spreadsheet, in plain headings."""
    return pd.DataFrame([
        {"client": answer["client_name"] or answer["client_id"], "date": offer["date"],
         "time": offer["starts_at"][11:16], "class": offer["class_name"], "coach": offer["instructor"],
         "place": offer["place"], "plan": offer["plan_label"], "fit": offer["fit_score"],
         "why": offer["rationale"] or offer["reason"]}
        for offer in answer["recommendations"]
    ])  # fmt: skip


def _instant(text):
    return datetime.fromisoformat(text).astimezone(UTC).replace(microsecond=0)


def _when(offer):
    start = datetime.fromisoformat(offer["starts_at"])
    return f"{start:%a} {start.day} {start:%b}, {start:%H:%M}"


def _with(offer):
    return f" with {_short(offer['instructor'])}" if offer["instructor"] else ""


def _waiting(offer):
    return " (waiting list)" if offer["place"] == "waiting list" else ""


def _first(answer):
    words = _short(answer["client_name"] or "").split()
    return words[0] if words else "there"


def _short(name):
    """One line of at most NAME characters, so that no header or card breaks."""
    line = " ".join("".join(c for c in name if c.isprintable() or c.isspace()).split())
    return line if len(line) <= NAME else f"{line[: NAME - 1]}…"


def _digest(*names):
    return hashlib.sha256("\0".join(names).encode()).hexdigest()[:24]
