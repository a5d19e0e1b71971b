"""The log that `uplift` learns from, of experiments: offers sent or held back at random, and what came within 28 days.

An experiment counts where it offered one product in one or several messages, its arms, and told the control nothing:
what these bought of that product is what it sells by itself (Johnson, Lewis and Nubbemeyer 2017).
"""

import re
from typing import NamedTuple

import numpy as np
import pandas as pd

from studiolab.product_recommender.experiment import trial
from studiolab.product_recommender.experiment.measured import HELD_BACK
from studiolab.product_recommender.uplift.model import NOTHING, Message

WITHIN_DAYS, TIRING_DAYS = 28, 56
COLUMNS = ("client_id", "product_id", "message", "sent_at", "probability", "contacts", "bought", "left", "margin_minor")
PER_CENT = re.compile(r"(\d{1,2})\s*(?:%|per ?cent|pct)")
CHEAPER = re.compile(r"discount|rebate|cheaper|\boff\b")


class Log(NamedTuple):
    """rows : DataFrame of COLUMNS, as `uplift.Evidence` wants it; messages : tuple of `uplift.Message`, by name
    untold : sentences on what could not be used; sent, held : rows with a message, and with none."""

    rows: pd.DataFrame
    messages: tuple
    untold: list
    sent: int
    held: int


def log(experiments, exposures, purchases, catalogue, members, as_of, cost_minor=0):
    """`Log` of a studio's experiments as of a Timestamp with a zone; rows whose 28 days are not over are left out.

    experiments : list of ExperimentTold; exposures, members : tables of the studio; purchases : Purchases before as_of
    cost_minor : of one message. `sent_at` is the day's first instant, before which the client is known; bought, left
    and margin_minor (of the product, less the message and the dues of who left) are of the days after the exposure.
    """
    seen = exposures[exposures["exposed_at"] < as_of]
    over = seen["exposed_at"] + pd.Timedelta(days=WITHIN_DAYS) <= as_of
    parts, messages, untold = [], {}, []
    for one in sorted(experiments, key=lambda told: told.started_at):
        own = seen["experiment_id"] == one.experiment_id
        why = _why_not(one, catalogue, seen[own])
        if why:
            untold.append(f"Experiment {one.name!r} is left out: {why}.")
            continue
        early = int((own & ~over).sum())
        if early:
            untold.append(f"Of experiment {one.name!r}, {early:,} clients' {WITHIN_DAYS} days are not over.")
        parts.append(_rows(one, seen[own & over]))
        messages |= {arm: Message(arm, cost_minor, discount(arm)) for arm in one.arms if arm != one.control}
    rows = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["exposed_at", *COLUMNS])
    if len(rows):
        rows = _followed(rows, purchases, catalogue, members, messages)
        rows["contacts"] = contacts(experiments, seen, rows["client_id"], rows["exposed_at"])
    held = int((rows["message"] == NOTHING).sum())
    named = tuple(messages[name] for name in sorted(messages))
    return Log(rows.reindex(columns=COLUMNS), named, untold, len(rows) - held, held)


def contacts(experiments, exposures, clients, at):
    """(n,) messages that experiments sent each client in the TIRING_DAYS days before.

    clients : (n,) ids; at : (n,) Timestamps, of each
    """
    held = {(one.experiment_id, one.control) for one in experiments if one.control in HELD_BACK}
    told = [pair not in held for pair in zip(exposures["experiment_id"], exposures["arm"], strict=True)]
    sent = exposures.loc[np.array(told, bool), ["client_id", "exposed_at"]]
    asked = pd.DataFrame({"client_id": list(clients), "at": list(at), "row": range(len(clients))})
    both = asked.merge(sent, on="client_id")
    ago = both["at"] - both["exposed_at"]
    recent = both.loc[(ago > pd.Timedelta(0)) & (ago <= pd.Timedelta(days=TIRING_DAYS)), "row"]
    return np.bincount(recent, minlength=len(clients))


def discount(arm):
    """Share of the price that an arm gives away, by its name: 0.1 of "10 % off"; None where it leaves that open."""
    found = PER_CENT.search(arm.lower())
    if found:
        return int(found[1]) / 100
    return None if CHEAPER.search(arm.lower()) else 0.0


# parts --------------------------------------------------------------------------------------------
def _why_not(one, catalogue, seen):
    """Why an experiment tells nothing of what a message adds, empty where it does."""
    if one.control not in HELD_BACK:
        return f"it compares with {one.control!r}, and nobody is left alone"
    if len(set(one.arms) & set(HELD_BACK)) > 1:
        return "two of its arms are told nothing"
    if one.product_id is None:
        return "it offered no one product, and which it was is not in the log"
    if one.product_id not in catalogue.products:
        return f"{one.product_id} is not sold"
    for arm in one.arms:
        if arm != one.control and discount(arm) is None:
            return f"how much cheaper {arm!r} is, its name does not say; call it such as '10 % off'"
    if trial.mismatch(one, seen["arm"]) < trial.MISMATCH:
        return "its arms do not have their shares, so who was logged is not chance"
    return "" if len(seen) else "nobody was exposed"


def _rows(one, seen):
    seen = seen[seen["arm"].isin(one.arms)]
    return pd.DataFrame({
        "client_id": seen["client_id"], "product_id": one.product_id, "exposed_at": seen["exposed_at"],
        "message": seen["arm"].where(seen["arm"] != one.control, NOTHING),
        "sent_at": seen["exposed_at"].dt.floor("D"), "probability": seen["arm"].map(one.arms).astype(float),
    })  # fmt: skip


def _followed(rows, purchases, catalogue, members, messages):
    """`rows` with bought, left, margin_minor."""
    since = rows["exposed_at"].dt.tz_convert("UTC").dt.tz_localize(None).to_numpy("datetime64[s]")
    until = since + WITHIN_DAYS * trial.DAY
    bought, margin, dues = np.zeros(len(rows), int), np.zeros(len(rows)), np.zeros(len(rows))
    step = pd.Index(catalogue.ladder).get_indexer(purchases.products)
    when, who = purchases.at, purchases.customers.get_indexer(rows["client_id"])
    for row, (client, product_id) in enumerate(zip(who, rows["product_id"], strict=True)):
        if client < 0:
            continue
        lines = slice(purchases.bounds[client], purchases.bounds[client + 1])
        at, product = when[lines], purchases.product[lines]
        kept = (purchases.products[product] == product_id) & (at >= since[row]) & (at < until[row])
        bought[row] = kept.sum()
        margin[row] = trial.margins(purchases, catalogue, lines.start + np.flatnonzero(kept)).sum()
        held = step[product[at < since[row]]]
        if (held >= 0).any():
            dues[row] = catalogue.products[catalogue.ladder[held[held >= 0][-1]]].margin
    gone = members.drop_duplicates("member_id").set_index("member_id")["left_at"].reindex(rows["client_id"])
    gone = gone.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy("datetime64[s]")
    left = (gone >= since) & (gone < until)
    cost = rows["message"].map({name: one.cost_minor for name, one in messages.items()}).fillna(0).to_numpy(float)
    margin = np.rint(margin - cost - left * dues).astype(np.int64)
    return rows.assign(bought=bought > 0, left=left, margin_minor=margin)
