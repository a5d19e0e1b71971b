"""When a person may be written to, by the rules of the channel and by their own word (K3.8).

WhatsApp and Instagram take free words for 24 hours after the person last wrote; then WhatsApp takes templates that
Meta has approved, and Instagram a person's own answer for seven days. E-mail and SMS know no such window.
Sources: FORMATS § 4, § 5 and § 8.
"""

from datetime import timedelta
from typing import NamedTuple

DAY, WEEK = timedelta(hours=24), timedelta(days=7)
FREE, TEMPLATE, HUMAN, CLOSED = "free", "template", "human", "closed"


class Window(NamedTuple):
    """takes : FREE words, a TEMPLATE only, an answer of a HUMAN being only, or nothing (CLOSED); until : Timestamp of
    the end of it, None where there is none; says : a sentence for the screen."""

    takes: str
    until: object
    says: str


def window(channel, last_inbound, now):
    """`Window` of a channel for a person who wrote last at `last_inbound` (Timestamp, None for never)."""
    if channel not in ("whatsapp", "instagram"):
        return Window(FREE, None, "")
    until = None if last_inbound is None else last_inbound + DAY
    if until is not None and now < until:
        left = until - now
        return Window(FREE, until, f"You can write freely for {_words(left)} more.")
    if channel == "whatsapp":
        never = "They have not written yet" if until is None else "More than 24 hours have passed since they wrote"
        return Window(TEMPLATE, None, f"{never}: WhatsApp takes only an approved template until they write again.")
    if last_inbound is not None and now < last_inbound + WEEK:
        return Window(HUMAN, last_inbound + WEEK,
                      f"Instagram takes an answer by a person for {_words(last_inbound + WEEK - now)} more, no "
                      "automatic message.")  # fmt: skip
    return Window(CLOSED, None, "Instagram takes nothing until they write again; try another channel.")


def refusal(channel, last_inbound, now, is_template, is_automatic, consent):
    """Why a message must not be sent now, in a sentence; "" where it may.

    is_template : whether it is a template; is_automatic : of a sequence, not an answer somebody wrote
    consent : `consent.Consent` that counts for this channel
    An answer to who wrote after saying no is not advertising, and may be sent.
    """
    wrote_since = last_inbound is not None and (consent.at is None or last_inbound > consent.at)
    if consent.allowed is False and (is_automatic or is_template or not wrote_since):
        return "They have asked not to be written to. Answer only if they write again."
    takes = window(channel, last_inbound, now)
    if takes.takes == FREE or (takes.takes == TEMPLATE and is_template):
        return ""
    if takes.takes == HUMAN and not is_automatic:
        return ""
    return takes.says


def is_answer(at, last_inbound, is_template, is_automatic):
    """Whether what was sent at `at` answers the person: somebody wrote it, within a week of their last word. All else
    began with us.

    last_inbound : of their words before `at`, None where there were none; is_template, is_automatic : as of `refusal`
    """
    return not (is_template or is_automatic) and last_inbound is not None and at < last_inbound + WEEK


def _words(left):
    hours = left.total_seconds() / 3600
    if hours >= 48:
        return f"{hours / 24:.0f} days"
    return f"{hours:.0f} hours" if hours >= 1.5 else f"{max(left.total_seconds() / 60, 1):.0f} minutes"
