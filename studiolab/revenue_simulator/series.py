"""Revenue of a studio that has nothing but a month and a money column.

In logarithms where all months are well above zero, each month's forecast is the mean of three: simple exponential
smoothing and theta of what a season that may change (STL) leaves, and complex exponential smoothing. Intervals and
confidence are measured, not assumed: the same three are replayed from earlier months and their errors, in relative
terms, are pooled over horizons and studios. Sources: Cleveland et al. 1990 (STL), Fiorucci et al. 2016 (theta),
Svetunkov et al. 2022 (complex smoothing), Barber et al. 2021 (jackknife).
"""

from functools import cache

import numpy as np
import pandas as pd

from studiolab.revenue_simulator import series_levers

SEASON, ORIGINS = 12, 24  # months
START = 10.0  # logarithm given to a first month: the library's search starts from it, and must not hang on the currency
CUT = 7.0  # usual distances of a month from its neighbours; one further off counts as that far
TOLERANCE = 0.05  # a forecast this close counts as a hit (K1.29)

# Measured on aus_retail before 2015; only a start, which a studio's own errors outweigh.
GROWTH = np.arange(1, SEASON + 1) ** 0.3  # of the error with the horizon
TYPICAL, HELD = 0.10, 0.20  # relative error one month ahead: of the mean; of a month merely repeated
PRIOR_ERRORS, PRIOR_HITS, NEAR = 60, 24, 6  # weights of the pool, in errors; months that may share an event


def forecast(revenue, months, level=0.9, levers=None, season=SEASON):
    """Revenue of each studio in the months after its last known one, with interval and confidence.

    revenue : DataFrame studio_id, month, revenue (float, any one unit), one row a month in any order; months that
        are missing or not a number are filled in a straight line, at the end of a series they are dropped
    months : int, 1 to 12
    level : float in (0, 1), wanted coverage of [low, high]
    levers : DataFrame studio_id, month and a column a lever (price, promotion, ...) for the months known and those
        asked, or None; used as far as a replay of the past errs less with them, see `series_levers`
    season : months after which a pattern repeats, 1 for none
    Returns DataFrame studio_id, month, horizon, revenue, low, high (the unit given), confidence (share of
        forecasts that land within 5 % at this horizon). Under 24 months no season is used, under 12 the last month
        is repeated with a wide interval; a studio without any number gets rows without numbers.
    Raises ValueError for a missing column, a month given twice, a lever that is no number, or `months` or `level` out
    of range.
    """
    if not (1 <= months <= SEASON and months == int(months)):
        raise ValueError(f"months: got {months!r}, expected a whole number from 1 to {SEASON}")
    if not 0 < level < 1:
        raise ValueError(f"level: got {level!r}, expected a share between 0 and 1, such as 0.9")
    levers = None if levers is None else series_levers.checked(levers)
    studios = [_Series(studio_id, rows, season) for studio_id, rows in _checked(revenue).groupby("studio_id")]
    known = [s for s in studios if s.values.size]
    for s in known:
        s.replay()
    if levers is not None and known:
        _take_levers_off(known, series_levers.Levers(levers, known, int(months)))
    spreads, scores = _spreads([s.errors for s in known], [len(s.values) for s in known])
    for s, spread in zip(known, spreads, strict=True):
        s.spread = spread
    frames = [s.table(int(months), level, scores) for s in studios]
    return pd.concat(frames, ignore_index=True) if frames else _table([], [], [], [], [], [])


def backtest(revenue, origins, months=SEASON, levers=None, season=SEASON):
    """Mean absolute scaled error of our forecast and of its peers, in one run.

    revenue : as for `forecast`
    origins : months, the last that any model is shown; a studio counts where it has that month, more than 24 in
        all, and all the `months` after it
    months : int, 1 to 12; levers, season : as for `forecast`
    Returns DataFrame, one row per studio_id and origin: ours, AutoTheta, AutoETS, SeasonalNaive, Naive (MASE, scaled
        by the seasonal naive's error in the months shown) and covered (share of months inside the 90 % interval);
        where levers are given also "ours without levers".
    The peers are the library's own defaults on the whole history. Source: Hyndman & Koehler 2006.
    Raises ValueError for an origin outside the months given.
    """
    wide = _checked(revenue).pivot(index="month", columns="studio_id", values="revenue").asfreq("MS")
    rows = []
    for origin in pd.to_datetime(list(origins)).to_period("M").to_timestamp():
        if origin not in wide.index:
            raise ValueError(f"origins: {origin:%Y-%m} is outside {wide.index[0]:%Y-%m} to {wide.index[-1]:%Y-%m}")
        seen, after = wide.loc[:origin], wide.loc[origin:].iloc[1 : months + 1]
        full = seen.iloc[-1].notna() & (after.notna().sum() == months) & (seen.notna().sum() > 2 * SEASON)
        shown = seen.loc[:, full].melt(ignore_index=False, value_name="revenue").dropna().reset_index()
        ours = forecast(shown, months, levers=levers, season=season).set_index("studio_id")
        without = None if levers is None else forecast(shown, months, season=season).set_index("studio_id")["revenue"]
        for studio_id in full.index[full]:
            mine, actual = ours.loc[[studio_id]], after[studio_id].to_numpy()
            history = _Series(studio_id, shown[shown["studio_id"] == studio_id]).history.to_numpy()
            scale = np.abs(history[season:] - history[:-season]).mean()
            if scale > 0:
                guesses = {"ours": mine["revenue"].to_numpy(), **_peers(history, months, season)}
                if without is not None:
                    guesses["ours without levers"] = without.loc[[studio_id]].to_numpy()
                errors = {name: np.abs(actual - guess).mean() / scale for name, guess in guesses.items()}
                covered = ((mine["low"] <= actual) & (actual <= mine["high"])).mean()
                rows.append({"studio_id": studio_id, "origin": origin, **errors, "covered": covered})
    return pd.DataFrame(rows)


class _Series:
    """One studio's months without gaps, on the scale on which the models work."""

    def __init__(self, studio_id, rows, season=SEASON):
        self.studio_id, self.listed, self.season, self.added = studio_id, rows["month"].max(), season, 0.0
        given = rows.set_index("month")["revenue"].sort_index().dropna()
        self.history = given.asfreq("MS").interpolate() if len(given) else given
        money = self.history.to_numpy()
        self.in_logs = bool(len(money)) and money.min() > 0.05 * np.median(money)
        self.unit = money[0] / np.exp(START) if self.in_logs else (np.abs(money).mean() if len(money) else 0) or 1.0
        self.floor = 0.0 if len(money) and money.min() >= 0 else -np.inf
        self.values = np.log(money / self.unit) if self.in_logs else money / self.unit
        self.hit = np.log1p(TOLERANCE) if self.in_logs else TOLERANCE

    def money(self, values):
        return np.maximum((np.exp(values) if self.in_logs else values) * self.unit, self.floor)

    def first_origin(self):
        n = len(self.values)
        return max(n - ORIGINS, 2 * SEASON) if n >= 30 else max(n // 2, 1)

    def months_ahead(self, months):
        begin = (self.history.index[-1] if self.values.size else self.listed) + pd.offsets.MonthBegin()
        return pd.date_range(begin, periods=months, freq="MS")

    def replay(self):
        """Errors (origins, 12) had we forecast from each of the last months; NaN where no actual is known.

        Every origin is fitted anew on what came before it, so no error has seen its own future.
        """
        n, first = len(self.values), self.first_origin()
        self.errors = np.full((n - first, SEASON), np.nan)
        for row, now in enumerate(range(first, n)):
            ahead = min(SEASON, n - now)
            self.errors[row, :ahead] = self.values[now : now + ahead] - _middle(self.values[:now], ahead, self.season)
        return self.errors

    def table(self, months, level, scores):
        horizon = np.arange(1, months + 1)
        dates = self.months_ahead(months)
        if not self.values.size:
            return _table([self.studio_id] * months, dates, horizon, *[np.full(months, np.nan)] * 3)
        middle = _middle(self.values, months, self.season) + self.added
        spread = self.spread * GROWTH[:months]
        half = spread * np.quantile(scores, min(1.0, level * (1 + 1 / len(scores))))
        errors = self.errors[:, :months]
        expected = np.array([(scores * s <= self.hit).mean() for s in spread])
        hits, tries = (np.abs(errors) <= self.hit).sum(axis=0), np.isfinite(errors).sum(axis=0)
        confidence = (hits + PRIOR_HITS * expected) / (tries + PRIOR_HITS)
        low, high = self.money(middle - half), self.money(middle + half)
        return _table([self.studio_id] * months, dates, horizon, self.money(middle), low, high, confidence)


@cache
def _prior_scores():
    """120 sizes of error as of Student's t with 5 degrees of freedom."""
    from scipy.special import stdtrit

    return np.abs(stdtrit(5, (np.arange(120) + 0.5) / 120))


def _spreads(replays, lengths):
    """Each studio's one-month error, shrunk to the panel's, and all studios' errors in units of it.

    An error is divided by the spread of the origins at least `NEAR` months away: a month must not vouch for itself.
    """
    squares = [np.nansum((errors / GROWTH) ** 2, axis=1) for errors in replays]
    counts = [np.isfinite(errors).sum(axis=1) for errors in replays]
    own = [s.sum() / c.sum() for s, c in zip(squares, counts, strict=True) if s.sum() > 0]
    panel = np.exp(np.mean(np.log(own)) / 2) if len(own) > 1 else TYPICAL
    spreads, scores = [], [_prior_scores()]
    for errors, square, count, length in zip(replays, squares, counts, lengths, strict=True):
        prior = PRIOR_ERRORS * (panel if length >= SEASON else max(panel, HELD)) ** 2
        spreads.append(np.sqrt((square.sum() + prior) / (count.sum() + PRIOR_ERRORS)))
        steps = np.arange(len(errors))
        far = np.abs(steps[:, None] - steps) >= NEAR
        others = np.sqrt((far @ square + prior) / (far @ count + PRIOR_ERRORS))
        ratio = np.abs(errors / GROWTH / others[:, None])
        scores.append(ratio[np.isfinite(ratio)])
    return spreads, np.concatenate(scores)


def _take_levers_off(known, levers):
    """Takes what levers did off the values and puts what they will do in `added`, as far as the replay says."""
    plain = [s.values for s in known]
    early = series_levers.slopes(known, levers.past, [len(s.values) - s.first_origin() for s in known])
    tried = {}
    for share in series_levers.SHARES:
        for s, values, x, slope in zip(known, plain, levers.past, early, strict=True):
            s.values = values - share * x @ slope
            if share:
                s.replay()
        tried[share] = [s.errors for s in known]
    usual = [max(np.nanmean(np.abs(errors)), 1e-9) for errors in tried[0.0]]
    best = min(tried, key=lambda share: np.mean([np.nanmean(np.abs(errors)) / u
                                                 for errors, u in zip(tried[share], usual, strict=True)]))  # fmt: skip
    for s, values in zip(known, plain, strict=True):
        s.values = values
    final = best * series_levers.slopes(known, levers.past)
    for s, errors, past, ahead, slope in zip(known, tried[best], levers.past, levers.ahead, final, strict=True):
        s.errors, s.values, s.added = errors, s.values - past @ slope, ahead @ slope


def _middle(values, months, seasonal=SEASON):
    """Mean of the members that fit `values`; the last season (or month) repeated where they are few or constant."""
    season = seasonal if len(values) >= 2 * seasonal else 1
    last = len(values) - season + np.arange(months) % season
    if len(values) < SEASON or np.ptp(values) == 0:
        return values[last]
    from statsforecast.models import AutoCES, AutoETS, AutoTheta
    from statsforecast.mstl import mstl

    calm = _calmed(values, season)
    pattern = mstl(calm, season)["seasonal"].to_numpy() if season > 1 else np.zeros(len(calm))
    models = AutoETS(1, "ANN"), AutoTheta(1, "DOTM")
    guesses = [_attempt(model, calm - pattern, months) + pattern[last] for model in models]
    if season > 1:
        guesses.append(_attempt(AutoCES(season, "P"), calm, months))
    fit = [guess for guess in guesses if np.isfinite(guess).all()]
    return np.mean(fit, axis=0) if fit else values[last]


def _calmed(values, season):
    """`values` with months far off their neighbours and their season, such as closures, brought nearer."""
    steps = np.arange(len(values))
    level = pd.Series(values - np.median(values[season:] - values[:-season]) / season * steps)
    level -= (level - _around(level, season + 1)).groupby(steps % season).transform("median")
    off = level - _around(level, 7)  # short, so that a step is soon believed
    most = CUT * 1.4826 * off.abs().median()
    return values - (off - off.clip(-most, most)).to_numpy() if most else values


def _around(level, months):
    return level.rolling(months, center=True, min_periods=months // 2 + 1).median()


def _attempt(model, values, months):
    # The library raises plain Exception when a series suits none of its forms; the other members then decide.
    try:
        return model.forecast(values, months)["mean"]
    except Exception:
        return np.full(months, np.nan)


def _peers(history, months, season):
    from statsforecast.models import AutoETS, AutoTheta, Naive, SeasonalNaive

    models = [AutoTheta(season), AutoETS(season), SeasonalNaive(season), Naive()]
    return {model.alias: model.forecast(history, months)["mean"] for model in models}


def _checked(revenue):
    missing = [column for column in ("studio_id", "month", "revenue") if column not in revenue]
    if missing:
        raise ValueError(f"revenue: expected columns studio_id, month, revenue; {', '.join(missing)} not found")
    frame = revenue[["studio_id", "month", "revenue"]].copy()
    frame["month"] = pd.to_datetime(frame["month"]).dt.to_period("M").dt.to_timestamp()
    frame["revenue"] = pd.to_numeric(frame["revenue"]).astype("float64").replace([np.inf, -np.inf], np.nan)
    twice = frame[frame.duplicated(["studio_id", "month"])]
    if len(twice):
        row = twice.iloc[0]
        raise ValueError(f"revenue: studio {row['studio_id']} has {row['month']:%Y-%m} twice; add the rows up first")
    return frame


def _table(studio_id, month, horizon, revenue, low, high, confidence=np.nan):
    return pd.DataFrame(
        {"studio_id": studio_id, "month": month, "horizon": horizon, "revenue": revenue, "low": low, "high": high}
    ).assign(confidence=confidence)
