"""A lead's score, 0 to 100: what fits and how they take part, from facts that a person can check in the thread.

Every point is in `Score.parts` and they add up to the score; there is no other term. What fits stays; taking part
counts half as much for each half-life that has passed without a word from them. A fact that nobody knows yet gets a
share of its points, more than a bad one and less than a good one. Sources: SPEC D-07, D-11, K3.12.
"""

from typing import NamedTuple

from studiolab.studio_operations.inbox.lead_facts import (
    ASKED,
    ENGAGEMENT,
    FIT,
    FULL,
    SOURCES,
    TABLE,
    Facts,
    Weight,
    Weights,
    decay,
    of_thread,
    of_turns,
    shares,
)  # fmt: skip

__all__ = ["ENGAGEMENT", "FIT", "SOURCES", "TABLE", "Facts", "Part", "Score", "Weight", "Weights", "of_thread",
           "of_turns", "score"]  # fmt: skip

DECAY = "decay"
UNASKED = {"is_taught": "what they look for", "fits_times": "which times suit them",
           "can_pay": "what they want to spend", "distance_km": "how far away they live",
           "source": "how they heard of the studio"}  # fmt: skip
NOT = {"is_taught": "what they look for is not taught here", "fits_times": "the times do not fit them",
       "can_pay": "no plan is within what they want to spend", "in_touch": "has not written",
       "has_come": "has not come to a trial class", "trial_booked": "booked no trial class",
       "asked_trial": "did not ask for a trial class", "asked_price": "did not ask what it costs",
       "asked_timetable": "did not ask when classes are", "messages": "has written nothing",
       "answered": "has not answered yet", "clicks": "opened no link"}  # fmt: skip


class Part(NamedTuple):
    """words : what was found; points : int; of : the most there are, 0 of what takes away; kind : FIT, ENGAGEMENT or
    DECAY"""

    words: str
    points: int
    of: int
    kind: str


class Score(NamedTuple):
    """points : int, 0 to 100, the sum of `parts`; unknown : words of facts worth asking for, best first"""

    points: int
    parts: list
    unknown: list


def score(facts, weights=None):
    """The `Score` of a lead.

    facts : Facts; weights : Weights, those of TABLE by default
    Who asked not to be written to scores 0, in one part that says so.
    """
    weights = weights or Weights()
    if facts.has_opted_out:
        return Score(0, [Part("asked not to be written to", 0, 0, DECAY)], [])
    found = shares(facts, weights.unknown)
    parts = [Part(_words(name, facts, found), round(found[name] * one.points), one.points, one.kind)
             for name, one in weights.table.items()]  # fmt: skip
    engaged = sum(part.points for part in parts if part.kind == ENGAGEMENT)
    left = float(decay(facts.days_silent, weights.half_life_days))
    lost = round(engaged * left) - engaged
    if lost:
        parts.append(Part(f"silent for {_span(facts.days_silent * 24)}: taking part counts {left:.0%}", lost, 0, DECAY))
    unknown = sorted((-weights.table[name].points, name) for name in _missing(facts) if weights.table[name].points)
    return Score(sum(part.points for part in parts), parts, [UNASKED[name] for _, name in unknown])


def _missing(facts):
    return [name for name in ASKED if getattr(facts, name) in (None, "")]


def _words(name, facts, found):
    value = getattr(facts, name, None)
    if name in _missing(facts):
        return f"not known: {UNASKED[name]}"
    if name == "source":
        return f"came by: {value}"
    if name == "distance_km":
        return f"lives {value:.0f} km away"
    if name == "answer_hours":
        return "how quickly they answer is not known" if value is None else f"answers within {_span(value)}"
    if name == "first_answer_hours":
        if value is None:
            return "nothing to answer yet"
        waits = facts.is_waiting and not facts.answered and facts.stage == "NEW"
        return f"{'waits for a first answer since' if waits else 'was first answered after'} {_span(value)}"
    if name == "trial_booked" and facts.stage == "NO_SHOW":
        return "booked a trial class and did not come"
    if name == "clicks" and value is None:
        return "whether they opened links is not known"
    if name in FULL:
        return f"{TABLE[name].words}: {value}" if value else NOT[name]
    return TABLE[name].words if found[name] else NOT[name]


def _span(hours):
    if hours < 1:
        return f"{max(round(hours * 60), 1)} min"
    return f"{hours:.0f} h" if hours < 48 else f"{hours / 24:.0f} days"
