"""What contact-pressure limits cost, and how often clients would be told something without one arbiter.

The simulated world's studios, four weeks. Three systems that know nothing of each other each ask once a week: classes
on Mondays, plans and messages on Wednesdays, products on Fridays; the arbiter decides on all three days. Who was told
something does as they would have: values are the arbiter's own expectations, no truth, and nobody tires of contacts.
Products and their chances are those of the first day. What a class that is shown brings, which the arbiter takes from
worlds 1 to 6 (18 studios of 30 months: 3.6 extra visits in 100 at full fit, 1.1 to 6.7 from studio to studio), is told
of other worlds here.
"""

from itertools import pairwise

import numpy as np
import pandas as pd

from studiolab.app.next_offers import Offers
from studiolab.bench import score
from studiolab.bench.lift import desk_of
from studiolab.class_recommender import Desk, behaviour
from studiolab.next_best_action import CHANCES, Case, Contact, Rules, decide, withheld
from studiolab.product_recommender import likelihood, recommend
from studiolab.product_recommender.catalogue import catalogue
from studiolab.product_recommender.purchases import purchases
from studiolab.world import make_chain, showing

SEEDS, STUDIOS, MONTHS, WEEKS = (301, 302, 303), 3, 30, 4
SYSTEMS = {0: ("class",), 2: ("plan", "message"), 4: ("product",)}  # weekday to what is asked on it
HOUR = 10
FREE = Rules(in_7_days=50, in_28_days=200)
ARBITER, UNLIMITED = "arbiter", "arbiter without limits"
ALONE, FORGETFUL = "three systems", "three systems, repeating"
KNOWN = pd.Timedelta(days=400)  # of visits, which older ones say no more about
PRODUCTS = 3


def table(data=None, say=print, seeds=SEEDS, studios=STUDIOS, months=MONTHS):
    """Contacts a client in 28 days, clients told too often, and the expected value, for each way of deciding.

    data : not needed; say : called with a sentence as the work goes on
    Returns DataFrame of score.COLUMNS; intervals are over worlds and, within them, studios.
    """
    found, gains = [], []
    for seed in seeds:
        chain = make_chain(studios, months, seed)
        for studio in chain.studios["studio_id"]:
            found.append(of_studio(chain.studio(studio)).assign(world=seed, studio=studio))
            gains.append(shown(chain.studio(studio)).assign(world=seed, studio=studio))
        say(f"contacts: world {seed} is done")
    cases = pd.concat(found, ignore_index=True)
    ways = {way: own.drop(columns="way") for way, own in cases.groupby("way", sort=False)}
    rows = [score.row("contacts a client in 28 days", own, score.mean("contacts"), model=way)
            for way, own in ways.items()]  # fmt: skip
    for figure, column in (("clients told more than once in 7 days", "crowded"),
                           ("clients told more than 4 times in 28 days", "often")):  # fmt: skip
        rows += [score.row(figure, own, score.mean(column), score.at_most(0) if way == ARBITER else None, model=way)
                 for way, own in ways.items()]  # fmt: skip
    for figure, column in (("decisions at which something new is worth telling, and too soon", "limit"),
                           ("decisions whose most valuable candidate was told already", "repeated")):  # fmt: skip
        rows.append(score.row(figure, ways[ARBITER], score.ratio(column, "decisions"), model=ARBITER))
    rows += [score.row("expected value a client in 28 days, minor units", own, score.mean("value"), model=way)
             for way, own in ways.items() if way != FORGETFUL]  # fmt: skip
    both = ways[ARBITER].assign(free=ways[UNLIMITED]["value"].to_numpy())
    kept = "share of the expected value that is left under the limits"
    rows.append(score.row(kept, both, score.ratio("value", "free"), model=ARBITER))
    figure = "true extra visits for a class of full fit that is shown"
    rows.append(score.row(figure, pd.concat(gains), score.ratio("fit_gain", "fit_fit"), model="simulated world"))
    rows.append(score.plain(figure, CHANCES["class"].value, model="what the arbiter takes"))
    return score.table(rows)


def of_studio(studio_world):
    """DataFrame way, contacts, crowded, often, limit, repeated, decisions, value: a row a running member and way."""
    studio = studio_world.studios.iloc[0]
    zone, raw = studio["timezone"], studio_world.raw(studio["studio_id"])
    days = [(day, day.weekday()) for day in _days(studio_world, zone)]
    logs = {way: {} for way in (ARBITER, UNLIMITED, ALONE, FORGETFUL)}
    products = _products(raw, days[0][0].tz_convert("UTC"))
    for as_of, weekday in days:
        for case in _cases(raw, as_of, zone, studio, products):
            _ask(logs[ARBITER], case, case.rules)
            _ask(logs[UNLIMITED], case, FREE)
            own = [one for one in case.candidates if one.kind in SYSTEMS[weekday]]
            case = case.model_copy(update={"candidates": own})
            _ask(logs[ALONE], case, FREE)
            _ask(logs[FORGETFUL], case, FREE, remembers=False)
    return pd.DataFrame([row for way, log in logs.items() for row in _rows(way, log)])


def shown(studio_world, draws=20):
    """DataFrame of one row: fit_gain and fit_fit, sums over clients and the classes of their eight of fit times the
    true extra bookings for showing that class alone, and of fit squared; their ratio is the gain at full fit."""
    studio = studio_world.studios.iloc[0]
    as_of = studio_world.months[-1].tz_localize(studio["timezone"]).tz_convert("UTC")
    desk, coming = desk_of(studio_world, as_of), showing.coming(studio_world, as_of, draws, studio_world.seed)
    clients = coming.clients[coming.clients.isin(desk.tastes.clients)]
    rows = desk.tastes.clients.get_indexer(clients)
    fit = behaviour.fit_score(behaviour.parts(desk.tastes, rows, desk.columns, desk.fresh, desk.weights))
    gain = showing.gains(coming)[coming.clients.get_indexer(clients)]
    places, picked = (coming.classes.get_indexer(desk.slate["class_id"]),
                      np.concatenate([own for _, own in desk.everyone(clients)]))  # fmt: skip
    client, at = np.nonzero((picked >= 0) & (places[picked] >= 0))
    at = picked[client, at]
    fit, gain = fit[client, at], gain[client, places[at]]
    return pd.DataFrame({"fit_gain": [(fit * gain).sum()], "fit_fit": [(fit * fit).sum()]})


# parts --------------------------------------------------------------------------------------------
def _days(studio_world, zone):
    """The hours of asking, studio-local: WEEKS weeks from the first Monday of the last month but one."""
    first = studio_world.months[-2].tz_localize(zone)
    monday = first + pd.Timedelta(days=(7 - first.weekday()) % 7)
    offsets = (pd.DateOffset(days=7 * week + day, hours=HOUR) for week in range(WEEKS) for day in SYSTEMS)
    return [monday + offset for offset in offsets]


def _cases(raw, local, zone, studio, products):
    """A Case of each running member, with nothing told yet."""
    as_of = local.tz_convert("UTC")
    visits, sessions = raw["visits"], raw["class_sessions"]
    visits = visits[(visits["attended_at"] < as_of) & (visits["attended_at"] > as_of - KNOWN)]
    sessions = sessions[sessions["starts_at"] > as_of - KNOWN]
    ahead = sessions["starts_at"] > as_of
    sessions = sessions.assign(**{name: sessions[name].mask(ahead, 0) for name in ("booked", "waitlisted")})
    members, plans, orders = (raw[name] for name in ("members", "plans", "orders"))
    offers = Offers(Desk(visits, sessions, as_of, zone), members, plans, orders)
    for client, eight in offers.eights(offers.running()):
        yield Case(
            studio_id=studio["studio_id"], client_id=client, as_of=as_of, timezone=zone, currency=studio["currency"],
            **offers.consent(client), holds=offers.holds(client), contacts=[],
            candidates=offers.candidates(client, eight, products.get(client, ())),
        )  # fmt: skip


def _products(raw, as_of):
    """dict of running member to up to PRODUCTS product_recommender Recommendations."""
    bought = purchases(raw["orders"], as_of)
    sold = catalogue(raw["products"], bought)
    visits, members = (
        raw[name][raw[name][at] < as_of] for name, at in (("visits", "attended_at"), ("members", "joined_at"))
    )
    known = recommend.offers(
        bought, sold, as_of, likelihood.fit(bought, sold, as_of, visits=visits, members=members).chances()
    )
    names = dict.fromkeys(members["member_id"], "")
    running = members.loc[~(members["left_at"] <= as_of), "member_id"]
    return {client: recommend.recommend(known, client, PRODUCTS, names).recommendations for client in running}


def _ask(log, case, rules, remembers=True):
    """Decide, and note the contact; log : dict of client to what became of them."""
    own = log.setdefault(case.client_id, {"contacts": [], "limit": 0, "repeated": 0, "decisions": 0, "value": 0})
    known = own["contacts"] if remembers else []
    action = decide(case.model_copy(update={"contacts": known, "rules": rules}))
    own["decisions"] += 1
    own["limit"] += withheld(action)
    chosen = action.chosen.value_minor if action.chosen else 0
    own["repeated"] += any(one.lost == "repeated" and one.value_minor > chosen for one in action.losers[:1])
    if action.chosen:
        own["value"] += action.chosen.value_minor
        own["contacts"].append(Contact(at=action.contact_at, offers=[action.chosen.offer]))


def _rows(way, log):
    for own in log.values():
        at = [contact.at for contact in own["contacts"]]
        crowded = any(later - before < pd.Timedelta(days=7) for before, later in pairwise(at))
        numbers = {name: own[name] for name in ("limit", "repeated", "decisions", "value")}
        yield {"way": way, "contacts": len(at), "crowded": crowded, "often": len(at) > Rules().in_28_days} | numbers
