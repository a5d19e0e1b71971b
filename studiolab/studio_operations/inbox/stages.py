"""The stages of a lead, and which moves there are between them (D-06, K3.11)."""

from studiolab.schema import LEAD_STATUSES

NEW, CONTACTED, QUALIFIED, TRIAL_SCHEDULED, CONVERTED, LOST, NO_SHOW = LEAD_STATUSES
MOVES = {
    NEW: (CONTACTED, QUALIFIED, TRIAL_SCHEDULED, CONVERTED, LOST),
    CONTACTED: (QUALIFIED, TRIAL_SCHEDULED, CONVERTED, LOST),
    QUALIFIED: (TRIAL_SCHEDULED, CONVERTED, LOST, CONTACTED),
    TRIAL_SCHEDULED: (CONVERTED, NO_SHOW, LOST, QUALIFIED),
    NO_SHOW: (TRIAL_SCHEDULED, CONVERTED, LOST, CONTACTED),
    LOST: (CONTACTED,),
    CONVERTED: (LOST, CONTACTED),
}
EXPLAINED = {(QUALIFIED, CONTACTED), (TRIAL_SCHEDULED, QUALIFIED), (CONVERTED, CONTACTED), (CONVERTED, LOST)}
WORDS = {NEW: "new", CONTACTED: "contacted", QUALIFIED: "qualified", TRIAL_SCHEDULED: "trial booked",
         CONVERTED: "joined", LOST: "lost", NO_SHOW: "did not come"}  # fmt: skip


def problem(now, to, reason):
    """Why a lead that is `now` cannot be moved `to`, in a sentence; "" where it can.

    reason : text, needed for what is lost, reopened or taken back
    """
    if to not in MOVES:
        return f"there is no stage {to!r}; there are {', '.join(LEAD_STATUSES)}"
    if to not in MOVES[now]:
        ways = ", ".join(MOVES[now])
        return f"a lead that is {now} cannot become {to}; it can become {ways}"
    if needs_reason(now, to) and not (reason or "").strip():
        return f"{now} to {to} needs a reason, in a few words"
    return ""


def needs_reason(now, to):
    """Whether a move has to be explained: to LOST, out of it, and back."""
    return LOST in (now, to) or (now, to) in EXPLAINED


def is_further(to, now):
    """Whether a lead that is `to` is further on its way than one that is `now`; a lost one is not on its way."""
    return _WAY.index(to) > _WAY.index(now)


_WAY = (LOST, NEW, CONTACTED, QUALIFIED, NO_SHOW, TRIAL_SCHEDULED, CONVERTED)
