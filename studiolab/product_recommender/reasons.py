"""Why a product is offered to a customer, in words made of facts about that customer. Source: SPEC C-01, C-17, K2.2."""

import numpy as np

from studiolab.schema import major

TIMES = {1: "once", 2: "twice"}
MORE, LESS = 1.2, 0.8  # times the chance of all customers, from where a reason speaks of it
UNITS = (("year", 365, 730), ("month", 30, 60), ("day", 1, 1))  # name, days, from how many days on it is used
DAY = np.timedelta64(1, "D")


def reason(offers, row, product):
    """A sentence for the desk and the client: what they bought and hold, and how likely they are beside others."""
    products = list(offers.catalogue.products.values())
    one, own = products[product], offers.standing
    parts = [_step(offers, row, one), _history(offers, row, product, one)]
    if offers.telling is not None:
        parts.append(_told(offers, row, product))
    elif offers.policy == "learned" and offers.learned[row]:
        parts.append(_beside_others(offers.chance[row, product], offers.mean[product]))
    if own.orders[row] == 0:
        parts = ["no order yet", f"{one.name} is what newcomers begin with" if one.step == 0 else ""]
    said = "; ".join(part for part in parts if part)
    return said[:1].upper() + said[1:]


def note(offers, row, shown, limit):
    """What the answer leaves open, in sentences; empty where nothing does."""
    own, said = offers.standing, []
    top = offers.catalogue.ladder and own.level[row] == len(offers.catalogue.ladder) - 1
    if not len(shown) and offers.telling is not None:
        said.append("Nothing that was tried adds more than it costs to tell them.")
    elif not len(shown):
        said.append("They hold the highest step, and nothing beside it is worth offering." if top else
                    f"Nothing is likely enough within {offers.horizon_days} days to be worth offering.")  # fmt: skip
    elif len(shown) < limit:
        said.append(f"{len(shown)} of {limit}: they hold the rest, or it is not worth offering.")
    if offers.policy == "ladder" and own.orders[row] == 0:
        left = 100 - offers.score[row].sum()
        said.append(f"Scores are the documents' shares of newcomers; the remaining {left:.0f} of 100 buy nothing.")
    elif offers.policy == "ladder":
        said.append("Scores rank by the documents' rules and are no chances.")
    if not offers.learned[row]:
        said.append("Confidence is how often customers like this one bought it in the last "
                    f"{offers.horizon_days} days, not a forecast of this one.")  # fmt: skip
    return " ".join(said)


def _step(offers, row, one):
    level = offers.standing.level[row]
    if one.step is None or level < 0:
        return ""
    held = offers.catalogue.products[offers.catalogue.ladder[level]].name
    return f"holds {held}; {one.name} is {'the next step' if one.step == level + 1 else 'a later step'}"


def _history(offers, row, product, one):
    own, purchases = offers.standing, offers.purchases
    if not own.orders[row]:
        return ""
    lines = slice(purchases.bounds[row], purchases.bounds[row + 1])
    at = purchases.at[lines][purchases.product[lines] == offers.sold[product]]
    if len(at):
        return f"bought {one.name} {_times(len(at))}, last {_ago(offers, at[-1])}"
    return f"{_count(own.orders[row], 'order')}, last {_ago(offers, own.last[row])}; {one.name} would be new to them"


def _told(offers, row, product):
    """What telling them adds, with its interval."""
    one, currency = offers.telling, offers.catalogue.currency
    low, high = (major(values[row, product], currency, signed=True) for values in (one.low, one.high))
    name = one.messages[one.message[row, product]]
    more = 100 * one.gain[row, product]
    return (f"told by {name!r}, they buy it in {more:.1f} of 100 cases more; with who stays or leaves for it that "
            f"adds {low} to {high} {currency}")  # fmt: skip


def _beside_others(chance, mean):
    if LESS * mean < chance < MORE * mean or not mean:
        return "as likely to buy it as other clients"
    if chance < mean:
        return "less likely to buy it than other clients"
    ratio = chance / mean
    return f"{'over 10' if ratio > 10 else f'{ratio:.1f}'} times as likely to buy it as other clients"


def _times(count):
    return TIMES.get(count, f"{count} times")


def _count(number, word):
    return f"{number} {word}{'' if number == 1 else 's'}"


def _ago(offers, at):
    days = int((offers.now - at) / DAY)
    if days == 0:
        return "less than a day ago"
    number, unit = next((days // size, unit) for unit, size, least in UNITS if days >= least)
    return f"{_count(number, unit)} ago"
