"""Measurements against a known truth and real data: `studiolab bench world|revenue|series`.

The only part beside the world itself that may look at `world.truth`; no model sees what it sees.
"""

import time

import numpy as np
import pandas as pd

from studiolab import schema
from studiolab.adapters import imports
from studiolab.revenue_simulator import fit, levers, series
from studiolab.revenue_simulator.model import METHODS
from studiolab.schema import LEVERS
from studiolab.world import make_chain, truth

RESAMPLES = 1000


# the world ----------------------------------------------------------------------------------------
def world(studios=200, months=60, seed=101):
    """How the simulated world stands to the documents' bands (B-10, B-18 to B-21), and how fast it is made.

    Returns DataFrame what, low, high (the band; empty where there is none), measured, inside.
    """
    began = time.perf_counter()
    chain = make_chain(studios, months, seed)
    seconds = time.perf_counter() - began
    look = _Look(chain)
    joins, visits = look.season(look("new_members")), look.season(look("total_class_attendance") / look.mean_members)
    months_out = chain.outlier.sum(axis=0)
    rows = [
        ("January joins, above usual", 0.20, 0.30, joins[1]),
        ("September joins, above usual", 0.10, 0.20, joins[9]),
        *[(f"{name} visits a member, against usual", -0.15, -0.10, visits[m])
          for m, name in ((6, "June"), (7, "July"), (8, "August"))],
        ("December visits a member, against usual", -0.10, -0.05, visits[12]),
        ("revenue growth a quarter, years 1 and 2", 0.10, 0.15, look.growth(12, 24) ** (1 / 4) - 1),
        ("revenue growth a year, years 3 and 4", 0.03, 0.07, look.growth(24, 48) ** (1 / 2) - 1),
        ("revenue growth a year, year 5", 0.01, 0.04, look.growth(48, 60) - 1),
        ("correlation of class fill and upsell", 0.2, 0.4, look.correlation("class_attendance_rate", "upsell_rate")),
        ("correlation of staff count and retention", 0.3, 0.5, look.correlation("staff_count", "retention_rate")),
        ("correlation of ticket and retention", -0.3, -0.1, look.correlation("avg_ticket_price", "retention_rate")),
        ("noise of visits a member", 0.05, 0.10, look.noise(look("total_class_attendance") / look.mean_members)),
        ("outlier months a studio, fewest", 2, 3, months_out.min()),
        ("outlier months a studio, most", 2, 3, months_out.max()),
        ("members, 1st percentile", 100, 500, look.share("total_members", 0.01)),
        ("members, 99th percentile", 100, 500, look.share("total_members", 0.99)),
        ("months whose members do not add up", 0, 0, look.broken_identities()),
        ("months whose revenue parts do not add up", 0, 0, look.broken_sums()),
        (f"seconds for {studios} studios of {months} months", 0, 1, seconds),
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=["what", "low", "high", "measured"])
    return table.assign(
        measured=table["measured"].astype(float), inside=table["measured"].between(table.low, table.high)
    )


class _Look:
    """A chain's monthly metrics as (months, studios) matrices, outlier months blanked where asked."""

    def __init__(self, chain):
        self.metrics = chain.monthly_metrics
        self.month, self.plain = chain.months.month.to_numpy(), ~chain.outlier
        members = self("total_members")
        self.before = members - self("new_members") + self("churned_members")
        self.mean_members = (self.before + members) / 2

    def __call__(self, column):
        return self.metrics.pivot(index="month_year", columns="studio_id", values=column).to_numpy(float)

    def _drift(self, matrix):
        level = pd.DataFrame(np.log(np.where(self.plain, matrix, np.nan)))
        return level - level.rolling(13, center=True, min_periods=9).mean()

    def season(self, matrix):
        """Series by calendar month: how far it lies from a usual month, as a share."""
        by_month = self._drift(matrix).groupby(self.month).median().median(axis=1)
        return np.exp(by_month - by_month.median()) - 1

    def noise(self, matrix):
        """Spread of the logs about trend and season."""
        season = np.log1p(self.season(matrix)).reindex(self.month).to_numpy()
        return float(np.nanstd(self._drift(matrix).to_numpy() - season[:, None]))

    def growth(self, start, end):
        """Median growth factor of revenue from the three months up to `start` to those up to `end`."""
        revenue = np.where(self.plain, self("total_revenue"), np.nan)
        return float(np.nanmedian(np.nanmean(revenue[end - 3 : end], 0) / np.nanmean(revenue[start - 3 : start], 0)))

    def correlation(self, one, other):
        return float(self.metrics[[one, other]].astype(float).corr().iloc[0, 1])

    def share(self, column, quantile):
        return float(self.metrics[column].quantile(quantile))

    def broken_identities(self):
        return int((self.before[1:] != self("total_members")[:-1]).sum())

    def broken_sums(self):
        parts = self.metrics[list(schema.REVENUE_PARTS)].sum(axis=1)
        return int((parts != self.metrics["total_revenue"]).sum())


# revenue ------------------------------------------------------------------------------------------
def revenue(studios=200, months=60, seed=101, variant=False, draws=400):
    """Error of scenarios against what would truly happen, on random lever plans inside the limits of B-45.

    Each lever of each studio is drawn anywhere from its step down to its step up and reached in three
    even monthly steps. variant : bool, a world with mechanisms that the models are not told of
    Returns DataFrame model, horizon, error (mean |predicted / expected - 1|), low, high (its 95 %
    bootstrap interval over studios), worst_twentieth (95th percentile).
    """
    chain = make_chain(studios, months, seed, variant)
    model = fit(chain.monthly_metrics, chain.lever_plan, seed=seed)
    plans = random_plans(chain, np.random.default_rng(seed + 1))
    expected = truth.rollout(chain, plans, 3, draws, seed + 2).set_index(["studio_id", "horizon"])["revenue"]
    by_studio = dict(list(plans.groupby("studio_id")))
    last = schema.to_major("monthly_metrics", chain.monthly_metrics).groupby("studio_id")["total_revenue"].last()
    answers = {
        method: pd.concat([model.scenario(studio, rows, 3, method) for studio, rows in by_studio.items()])
        .set_index(["studio_id", "horizon"])["revenue"]
        for method in METHODS
    }  # fmt: skip
    answers["same as last month"] = expected.index.get_level_values("studio_id").map(last).to_series(expected.index)
    errors = {name: (answer / expected - 1).abs().unstack() for name, answer in answers.items()}
    return pd.DataFrame(
        [_error_row(name, h, error[h].to_numpy(), seed) for name, error in errors.items() for h in error]
    )


def random_plans(chain, rng):
    """DataFrame studio_id and the seven levers, three rows a studio, prices in major units."""
    held = schema.to_major("lever_plan", chain.lever_plan).groupby("studio_id")[list(LEVERS)].last()
    change = rng.uniform(-1, 1, held.shape) * levers.limits()
    low = [0.01 if levers.CATALOGUE[lever].unit == "money" else levers.CATALOGUE[lever].low for lever in LEVERS]
    high = [np.inf if levers.CATALOGUE[lever].unit == "money" else levers.CATALOGUE[lever].high for lever in LEVERS]
    high[LEVERS.index("retention_rate")] = 0.985
    goal = np.clip(held.to_numpy() + change, low, high)
    steps = [held + (goal - held) * h / 3 for h in (1, 2, 3)]
    return pd.concat(steps).sort_index(kind="stable").reset_index()


def _error_row(name, horizon, errors, seed):
    rng = np.random.default_rng(seed)
    means = rng.choice(errors, (RESAMPLES, len(errors))).mean(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return {"model": name, "horizon": horizon, "error": errors.mean(), "low": low, "high": high,
            "worst_twentieth": np.quantile(errors, 0.95)}  # fmt: skip


# real series --------------------------------------------------------------------------------------
def real_series(path, mapping, origin="2015-12", months=12):
    """MASE of the revenue-only forecast and its peers on an export of monthly figures.

    path : file; mapping : as `studiolab import --map`; origin : last month shown, YYYY-MM; months : 1 to 12
    Returns DataFrame model, mean, median (of MASE over series), series; then the share of months inside
    the 90 % interval, under the name "coverage". Raises StudiolabError for a file that cannot be used.
    """
    frame = imports.read_export(path, imports.load_mappings(mapping)).frame
    revenue_only = schema.to_major("monthly_metrics", frame)[["studio_id", "month_year", "total_revenue"]]
    revenue_only = revenue_only.rename(columns={"month_year": "month", "total_revenue": "revenue"})
    scores = series.backtest(revenue_only, [origin], months).drop(columns=["studio_id", "origin"])
    table = scores.agg(["mean", "median"]).T.rename_axis("model").reset_index().assign(series=len(scores))
    return table.replace({"model": {"covered": "coverage"}})
