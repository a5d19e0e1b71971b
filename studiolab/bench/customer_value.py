"""Customer value against what was published and what came: CDNOW, 39 weeks told from 39, and worlds made anew.

The published tenth, 2,357 customers, and the other 21,213 are fitted and judged apart. The models have no setting that
could be tuned on weeks 40 to 78. A mean is what errs least in the square: who says 0 of everybody may have the
smaller absolute error. Sources: Fader, Hardie & Lee 2005; Fader & Hardie 2013.
"""

import time
from pathlib import Path

import numpy as np
import pandas as pd

from studiolab.adapters.imports import read_export
from studiolab.adapters.imports.mapping import load_mappings
from studiolab.bench import price_tests, score
from studiolab.bench.worlds import SEEDS
from studiolab.product_recommender import timing, value
from studiolab.product_recommender.catalogue import RECURRING, catalogue
from studiolab.product_recommender.purchases import purchases
from studiolab.world import make_chain

AS_OF = pd.Timestamp("1997-10-01", tz="America/New_York")  # the end of week 39
END = pd.Timestamp("1998-07-01", tz="America/New_York")  # of week 78
AHEAD, MONEY = (END - AS_OF).days, 100
SILENT_DAYS, LISTED, BLOCKS = 90, 50, 200
STUDIOS, MONTHS = 3, 36
PUBLISHED = {  # value, half of its last digit
    "r": (0.243, 0.0005), "alpha": (4.414, 0.0005), "a": (0.793, 0.0005), "b": (2.426, 0.0005),
    "log-likelihood": (-9582.4, 0.05), "p": (6.25, 0.005), "q": (3.74, 0.005), "gamma, $": (15.44, 0.005),
}  # fmt: skip
NAIVE = ("same as the last 39 weeks", "own rate", "mean of all")
ONCE = "ordered once only"
OVERDUE = "silent for twice the own gap"
GAP = "own mean gap"
STUDIO = "the studio's pattern"


def table(data=None, say=lambda text: None, seeds=SEEDS, studios=STUDIOS, repeats=price_tests.REPEATS):
    """DataFrame of score.COLUMNS; intervals are a bootstrap over customers, or worlds and their studios.

    data : folder that holds `cdnow`; without it one row says "skipped: no data" in the place of what needs it
    repeats : simulated price tests
    """
    folder = Path(data or "none") / "cdnow"
    if not (folder / "CDNOW_master.txt").exists():
        rows = [score.plain("customer value on CDNOW", np.nan, model="skipped: no data")]
    else:
        say("CDNOW")
        rows = cdnow(folder)
    listed, dated, timed = [], [], []
    for seed in seeds:
        say(f"world {seed}")
        chain = make_chain(studios, MONTHS, seed)
        for studio_id, zone in chain.studios[["studio_id", "timezone"]].itertuples(index=False):
            raw = chain.raw(studio_id)
            orders = raw["orders"]
            end = orders["created_at"].max().tz_convert(zone).ceil("D")
            as_of = end - pd.Timedelta(SILENT_DAYS + 1, "D")
            bought, rhythm, later = told(orders, as_of, end)
            timed.append(times(orders, catalogue(raw["products"]), as_of, end).assign(world=seed, studio=studio_id))
            listed.append(lists(bought, rhythm, later).assign(world=seed, studio=studio_id))
            dated.append(dates(bought, rhythm, later, SILENT_DAYS).assign(world=seed, studio=studio_id))
    rows += _listed(listed, "worlds") + _dated(dated, "worlds") + _timed(timed)
    return score.table(rows + price_tests.rows(repeats=repeats))


def cdnow(folder):
    """Rows of the published parameters, of weeks 40 to 78, and of the churn list."""
    orders = read_export(folder / "CDNOW_master.txt", load_mappings("cdnow")).frame
    tenth = pd.read_csv(folder / "CDNOW_sample.txt", sep=r"\s+", header=None, dtype=str)[0].unique()
    in_tenth = orders["customer_id"].isin(tenth)
    bought, rhythm, later = told(orders[in_tenth], AS_OF, END, "week")
    rows = published(bought) + _held_out(bought, later, "CDNOW's tenth")
    bought, rhythm, later = told(orders[~in_tenth], AS_OF, END, "week")
    rows += _held_out(bought, later, "CDNOW's other nine tenths")
    place = {"world": 0, "studio": np.arange(len(bought.customers)) % BLOCKS}
    rows += _dated([dates(bought, rhythm, later, AHEAD).assign(**place)], "CDNOW's other nine tenths")
    rows += _listed([lists(bought, rhythm, later).assign(world=0, studio=range(LISTED))], "CDNOW's other nine tenths")
    return [*rows, _seconds(orders)]


def told(orders, as_of, end, unit="day"):
    """(Value, Rhythm) as of as_of, and DataFrame position, day, amount of the days with an order from then to `end`."""
    past = purchases(orders, as_of)
    bought = value.fit(past, as_of, unit)
    days = value.days(purchases(orders, end), end)
    later = pd.DataFrame({"position": bought.customers.get_indexer(days.customers)[days.customer], "day": days.day,
                          "amount": days.amount})  # fmt: skip
    today = np.datetime64(as_of.tz_localize(None), "D")
    later = later[(later["position"] >= 0) & (later["day"] >= today)]
    return bought, timing.rhythm(past, bought), later.assign(wait=(later["day"] - today) / value.DAY)


def published(bought):
    """Rows of the parameters of the published tenth."""
    p, q, gamma = bought.spend.parameters
    found = (*bought.rate.parameters, bought.rate.log_likelihood, p, q, gamma / MONEY)
    return [score.plain(f"CDNOW, published {name}", at, score.Goal(truth - half, truth + half), "BG/NBD, Gamma-Gamma")
            for at, (name, (truth, half)) in zip(found, PUBLISHED.items(), strict=True)]  # fmt: skip


def _held_out(bought, later, where):
    n = len(bought.customers)
    came = np.bincount(later["position"], minlength=n)
    paid = np.bincount(later["position"], later["amount"], minlength=n) / MONEY
    last = bought.repeats * bought.spent / MONEY
    weeks = AHEAD / bought.unit_days
    own = bought.repeats / np.maximum(bought.age, 1) * weeks
    mean = np.full(n, own.mean())
    say = {"orders": (came, (bought.orders(AHEAD), bought.repeats, own, mean)),
           "money, $": (paid, (bought.worth(AHEAD) / MONEY, last, last / np.maximum(bought.age, 1) * weeks,
                               np.full(n, (last / np.maximum(bought.age, 1) * weeks).mean())))}  # fmt: skip
    place = {"world": 0, "studio": np.arange(n) % BLOCKS}
    return [row for what, (truth, guesses) in say.items()
            for row in _errors(f"{what} of weeks 40 to 78, {where}", truth, guesses, place)]  # fmt: skip


def _errors(figure, truth, guesses, place):
    """Rows of MAE and RMSE of BG/NBD and of NAIVE, of their differences, and of the total."""
    rows = [score.row(f"total told / came, {figure}", pd.DataFrame({"told": guesses[0], "came": truth, **place}),
                      score.ratio("told", "came"), model="BG/NBD")]  # fmt: skip
    for measure, power in (("MAE", 1), ("RMSE", 2)):
        cases = pd.DataFrame({name: np.abs(guess - truth) ** power
                              for name, guess in zip(("BG/NBD", *NAIVE), guesses, strict=True)} | place)  # fmt: skip
        sums = score.totals(cases)
        ours = _mean("BG/NBD", power)
        rows += [score.row(f"{measure}, {figure}", cases, _mean(name, power), model=name, sums=sums)
                 for name in ("BG/NBD", *NAIVE)]  # fmt: skip
        rows += [score.row(f"{measure}, {figure}", cases, _less(ours, _mean(name, power)), score.at_most(0),
                           model=f"BG/NBD - {name}", sums=sums) for name in NAIVE]  # fmt: skip
    return rows


def _mean(column, power):
    """Statistic: the mean of a column to the power, its root."""
    return lambda sums: (sums[column] / sums["count"]) ** (1 / power)


def _less(one, other):
    """Statistic: one less the other."""
    return lambda sums: one(sums) - other(sums)


def by_chance(bought, later, days):
    """DataFrame of customers in groups by their chance to be one still: how many they are, orders told and come in the
    `days` days that `later` holds, and the share that came back."""
    came = np.bincount(later["position"], minlength=len(bought.customers))
    chance = pd.Series(pd.cut(np.where(bought.repeats > 0, bought.alive(), np.nan), [-1, 0.1, 0.5, 0.9, 1])).cat
    chance = chance.rename_categories(["up to 10 %", "10 to 50 %", "50 to 90 %", "over 90 %"]).cat
    group = chance.add_categories(ONCE).fillna(ONCE).rename("chance to be a customer still")
    table = pd.DataFrame({"customers": 1, "told to order": bought.orders(days), "ordered": came, "came back": came > 0})
    return table.groupby(group, observed=False).agg(
        {"customers": "sum", "told to order": "sum", "ordered": "sum", "came back": "mean"}
    )


def dates(bought, rhythm, later, days):
    """Of each customer who came back before, by BG/NBD and rhythm; 0 of the others.

    alive and came : the chance to be a customer still, and 1 where an order came by the likely date, if that lies
    within the `days` days that are seen; came : 1 where an order came in them; days : how far off the date was then
    """
    first = later.groupby("position")["wait"].min().reindex(range(len(bought.customers))).to_numpy()
    back, came = bought.repeats > 0, first < days
    gap = np.maximum(rhythm.total / np.maximum(rhythm.repeats, 1) - rhythm.silent, 0)
    columns = {"came": (back & came).astype(float), f"{GAP} days": np.where(back & came, np.abs(gap - first), 0.0)}
    for name, model in (("BG/NBD", bought), ("rhythm", rhythm)):
        wait = model.waiting(0.5)
        told = np.minimum(np.nan_to_num(wait, nan=days), days)
        columns |= {f"{name} alive": np.where(back & (wait < days), model.alive(), 0.0),
                    f"{name} came": np.where(back & (wait < days), first < wait, 0.0),
                    f"{name} days": np.where(back & came, np.abs(told - first), 0.0)}  # fmt: skip
    return pd.DataFrame(columns)


def times(orders, sold, as_of, end):
    """Of each order from as_of to `end` that is no bill, of customers whose habits are known: minus the logarithm of
    the share of its weekday and part of day, by the customer's habits and by the studio's.
    """
    habits = timing.habits(purchases(orders, as_of), as_of, sold)
    billed = [key for key, product in sold.products.items() if product.kind in RECURRING]
    later = orders[(orders["created_at"] >= as_of) & (orders["created_at"] < end) & ~orders["product_id"].isin(billed)]
    later = later.drop_duplicates("order_id")
    who = habits.customers.get_indexer(later["customer_id"])
    weekday, part = timing.slots(pd.DatetimeIndex(later["created_at"][who >= 0]).tz_convert(as_of.tzinfo))
    who = who[who >= 0]
    return pd.DataFrame({"habits": -np.log(habits.share[who, weekday, part]),
                         STUDIO: -np.log(habits.studio[weekday, part])})  # fmt: skip


def lists(bought, rhythm, later):
    """First LISTED of each list, a row a place: 1 where nobody came within SILENT_DAYS, empty beyond a list's end."""
    back = np.zeros(len(bought.customers), bool)
    back[later.loc[later["wait"] < SILENT_DAYS, "position"]] = True
    gap, spent = rhythm.total / np.maximum(rhythm.repeats, 1), bought.repeats * bought.spent
    overdue = (bought.repeats > 0) & (rhythm.silent > 2 * gap)
    columns = {}
    for recent, word in ((None, "ever"), (SILENT_DAYS, "of late")):
        ours = timing.churn_list(bought, rhythm, recent_days=recent)["customer_id"]
        late = overdue & (rhythm.silent - (recent or np.inf) <= 2 * gap)
        simple = np.flatnonzero(late)[np.argsort(-spent[late], kind="stable")]
        for name, at in (("churn list", bought.customers.get_indexer(ours)), (OVERDUE, simple)):
            columns[f"{name}, {word}"] = pd.Series(1.0 - back[at[:LISTED]]).reindex(range(LISTED))
    return pd.DataFrame(columns)


def _dated(parts, where):
    found, figure = pd.concat(parts, ignore_index=True), f"came by the likely date, of those still customers, {where}"
    off, sums = f"days between the likely date and the order, {where}", score.totals(found)
    rows = [score.row(figure, found, score.ratio(f"{name} came", f"{name} alive"), score.Goal(0.45, 0.55), model=name,
                      sums=sums) for name in ("BG/NBD", "rhythm")]  # fmt: skip
    error = {name: score.ratio(f"{name} days", "came") for name in ("BG/NBD", "rhythm", GAP)}
    rows += [score.row(off, found, of, model=name, sums=sums) for name, of in error.items()]
    rows += [score.row(off, found, _less(error[name], error[GAP]), score.at_most(0), model=f"{name} - {GAP}", sums=sums)
             for name in ("BG/NBD", "rhythm")]  # fmt: skip
    return rows


def _timed(parts):
    found = pd.concat(parts, ignore_index=True)
    figure, sums = "surprise at weekday and part of day, nats an order, worlds", score.totals(found)
    ours, studio = score.mean("habits"), score.mean(STUDIO)
    return [score.row(figure, found, ours, model="habits", sums=sums),
            score.row(figure, found, studio, model=STUDIO, sums=sums),
            score.row(figure, found, _less(ours, studio), score.at_most(0), model=f"habits - {STUDIO}",
                      sums=sums)]  # fmt: skip


def _listed(parts, where):
    found, rows = pd.concat(parts, ignore_index=True), []
    for word in ("ever", "of late"):
        figure = f"no order in {SILENT_DAYS} days, of the first {LISTED} that fell silent {word}, {where}"
        pair = found[["world", "studio", f"churn list, {word}", f"{OVERDUE}, {word}"]]
        pair = pair.set_axis(["world", "studio", "ours", "simple"], axis=1)
        full = pair.assign(ours_known=pair["ours"].notna(), simple_known=pair["simple"].notna()).fillna(0.0)
        ours, simple = (score.ratio(name, f"{name}_known") for name in ("ours", "simple"))
        rows += [score.row(figure, full, ours, model="churn list"), score.row(figure, full, simple, model=OVERDUE),
                 score.row(figure, full, _less(ours, simple), score.at_least(0),
                           model=f"churn list - {OVERDUE}")]  # fmt: skip
    return rows


def _seconds(orders):
    """Row of the seconds in which 20,000 customers are fitted and each gets every answer."""
    some = orders[orders["customer_id"].isin(orders["customer_id"].unique()[:20_000])]
    past = purchases(some, AS_OF)
    began = time.perf_counter()
    bought = value.fit(past, AS_OF)
    bought.worth(AHEAD), bought.next_order()
    return score.plain("seconds for the value of 20,000 customers, fit and answers", time.perf_counter() - began,
                       score.at_most(1), "BG/NBD, Gamma-Gamma", cases=len(bought.customers))  # fmt: skip
