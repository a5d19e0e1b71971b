"""What may go against a studio: each risk is a month whose revenue may fall below an amount that is stated.

Its chance and its money come from the forecast's measured errors (`Outlook.weigh`): how often revenue is below the
amount, and by how much where it is.
"""

import numpy as np

from studiolab.revenue_simulator.flows import CLASSES, CROWDED, PRICE, RETENTION
from studiolab.revenue_simulator.outlook import Finding
from studiolab.revenue_simulator.said import count, percent
from studiolab.schema import LEVERS

LEAST, DIP, FALL = 0.01, 0.015, 0.02  # of revenue, by a season, of members: less is not worth a word
CLEAR = 1.5  # standard errors
FAR = 0.03  # price above what members are used to
FULL = 0.88  # of places
LIVELY = ("class_attendance_rate", "upsell_rate", "new_members_monthly")  # what fills a quiet month
SHOCK = 1.5  # of the reach of the 90 % interval


def watch(view):
    """List of Finding for a Course; an Outlook can say more. None where the past is too short or too even to judge."""
    if view.untold:
        return []
    found = [_last_year(view)]
    if view.levers is not None:
        causes = [way(view) for way in (_dip, _members, _retention, _fill, _price, _shock)]
        found += [risk for risk in causes if risk and risk.against >= (1 + LEAST) * view.revenue[risk.at]]
    return [view.weigh(risk, up=False) for risk in found if risk]


def _dip(view):
    effect = view.revenue / view.plain["revenue"] - 1
    at = int(effect.argmin())
    if effect[at] > -DIP:
        return None
    plain = view.plain["revenue"][at]
    text = (f"Seasonal dip: {view.month(at)} is expected at {view.cash(view.revenue[at])}, "
            f"{view.cash(plain - view.revenue[at])} ({percent(-effect[at])}) below a month without "
            "its season.")  # fmt: skip
    return Finding("season", text, at, plain, actions=_some(view.remedy(at, *LIVELY)))


def _members(view):
    """Members falling without the season's part in it."""
    now, at = view.flows.members[view.origin, view.studio], len(view.revenue) - 1
    then = view.plain["members"][at]
    if then > now * (1 - FALL):
        return None
    text = (f"Members are falling: from {count(now)} to about {count(then)} by {view.month(at)} if nothing changes, "
            "the season aside.")  # fmt: skip
    actions = _some(view.remedy(at, "retention_rate"), view.remedy(at, "new_members_monthly"))
    return Finding("members", text, at, view.revenue[at] * now / then, actions=actions)


def _retention(view):
    """Retention of three months against the same three a year before, so that no season is in it."""
    kept, t, s = view.flows.kept, view.origin, view.studio
    if t < 14:
        return None
    now, before = np.nanmean(kept[t - 2 : t + 1, s]), np.nanmean(kept[t - 14 : t - 11, s])
    people = np.nansum(view.flows.before[t - 2 : t + 1, s])
    drop, error = before - now, np.sqrt(2 * max(before * (1 - before), 1e-6) / max(people, 1))
    if not drop > max(CLEAR * error, 0.01):
        return None
    at = len(view.revenue) - 1
    raised = min(view.held[RETENTION] + drop, max(view.held[RETENTION], 0.995))
    back = view.under(view.moved("retention_rate", raised))["revenue"][at]
    text = (f"Retention is slipping: {percent(now)} a month in the last three months, {percent(before)} in the same "
            f"months a year before; at the old rate {view.month(at)} would bring {view.cash(back)}.")  # fmt: skip
    return Finding("retention", text, at, back, actions=_some(view.remedy(at, "retention_rate")))


def _fill(view):
    fill = view.expected["fill"]
    at = int(fill.argmax())
    if fill[at] < FULL:
        return None
    classes = view.held[CLASSES] * fill[at] / CROWDED
    eased = view.under(view.moved("total_classes_held", classes))["revenue"][at]
    if eased <= view.revenue[at]:
        return None
    text = (f"Classes are near capacity: {percent(fill[at], digits=0)} of places taken in {view.month(at)}; with "
            f"{count(classes - view.held[CLASSES])} more classes a month {view.cash(eased)} would come in, "
            f"not {view.cash(view.revenue[at])}.")  # fmt: skip
    return Finding("capacity", text, at, eased, actions=_some(view.remedy(at, "total_classes_held")))


def _price(view):
    price = view.held[PRICE]
    used_to = price * np.exp(-view.flows.gap[view.origin, view.studio])
    far = price / used_to - 1
    if not far >= FAR:
        return None
    calm = view.under(view.held, used_to=price)["revenue"]
    at = len(calm) - 1
    months = int(np.ceil(np.log(FAR / 2 / far) / np.log(1 - view.flows.speed)))
    text = (f"The price is {percent(far)} above what members are used to ({view.cash(used_to)}): some stay away, which "
            f"costs about {view.cash(calm[at] - view.revenue[at])} in {view.month(at)}.")  # fmt: skip
    advice = f"Hold the price at {view.cash(price)} for about {count(months)} months: members get used to it"
    return Finding("price", text, at, calm[at], actions=[advice]) if calm[at] > view.revenue[at] else None


def _last_year(view):
    """The month whose interval reaches furthest below the same month last year."""
    ago = [view.year_ago(at) for at in range(len(view.revenue))]
    below = [at for at, amount in enumerate(ago) if amount is not None and view.low[at] < amount]
    if not below:
        return None
    at = max(below, key=lambda m: ago[m] / view.low[m])
    verb = "may fall" if view.revenue[at] >= ago[at] else "is expected"
    text = (f"{view.month(at)} {verb} below last year's {view.cash(ago[at])}: at {view.cash(view.revenue[at])}, and in "
            f"1 of 20 cases under {view.cash(view.low[at])}.")  # fmt: skip
    actions = [] if view.levers is None else _some(view.remedy(at, *LEVERS))
    return Finding("last year", text, at, ago[at], actions=actions)


def _shock(view):
    """The last month far below what was expected a month before."""
    before, planned = view.origin - 1, view.flows.panel.plan[view.origin, view.studio]
    if before < 3:
        return None
    rows, plans = np.array([view.studio]), np.repeat(planned[None, None], len(view.revenue) + 1, axis=1)
    told = view.flows.simulate(rows, np.array([before]), plans)
    expected, got = told["revenue"][0], float(view.past.iloc[-1])
    noise = view.model.noise(rows, np.array([before]), plans)[0][0][:1]
    low = view.errors.band(expected[:1], noise, np.array([1]))[0][0]
    if not np.log(got / expected[0]) < SHOCK * np.log(low / expected[0]):
        return None
    at = len(view.revenue) - 1
    then, now = view.cash(expected[-1]), view.cash(view.revenue[at])
    text = (f"{view.base:%B %Y} was a shock: {view.cash(got)} came in where {view.cash(expected[0])} was expected; "
            f"{view.month(at)} is now seen at {now}, before it was {then}.")  # fmt: skip
    advice = f"Find out what was different in {view.base:%B} before a lever is moved: a month alone is no trend"
    return Finding("shock", text, at, expected[-1], actions=[advice])


def _some(*sentences):
    return [sentence for sentence in sentences if sentence]
