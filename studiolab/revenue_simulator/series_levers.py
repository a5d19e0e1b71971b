"""What known levers, such as price or promotion, do to revenue where nothing but revenue is known of a studio.

Changes of log revenue are regressed on changes of the levers after taking off what befell all studios in a month. The
slopes are shared by the panel, and each studio's own differ from them as far as its months say so (empirical Bayes by
expectation maximisation: Dempster, Laird & Rubin 1977; random slopes: Swamy 1970). The levers' part is taken off a
history before it is forecast and put back for the months to come.

Limits: it sees how revenue ran along with a lever within months, not why the lever was moved; a lever moved for demand
that the owner saw coming takes that demand's credit. Effects are immediate and in logs, without memory; months beyond
what the panel's levers have covered count as at the edge of it.
"""

import numpy as np
import pandas as pd

SHARES = (0.0, 0.5, 1.0)  # of the learned slopes; the one whose replay errs least is used, 0 for none
WIDEST = 2.0  # prior spread of a shared slope: per cent of revenue for one per cent of lever
FEW = 8  # studios below which what befell all cannot be told from what befell one
ROUNDS = 30
CUT = 4.0  # typical changes of a studio; a larger one counts as that


class Levers:
    """Levers of studios as deviations from each studio's own mean, logs where a lever is always above zero."""

    def __init__(self, table, studios, months):
        """table : DataFrame studio_id, month and a column a lever; studios : _Series of `series` with a history;
        months : how many to come. A month without a row holds what was before.

        """
        names = list(table.columns.drop(["studio_id", "month"]))
        values = table[names].astype(float)
        logs = values.apply(lambda column: np.log(column) if column.min() > 0 else column)
        by_studio = dict(list(logs.assign(studio_id=table["studio_id"], month=_month(table)).groupby("studio_id")))
        self.past, self.ahead = [], []
        for s in studios:
            dates = s.history.index.union(s.months_ahead(months))
            own = by_studio.get(s.studio_id)
            rows = pd.DataFrame(0.0, dates, names) if own is None else (
                own.set_index("month")[names].reindex(dates).ffill().bfill().fillna(0.0))  # fmt: skip
            known = rows.loc[s.history.index].to_numpy()
            self.past.append(known - known.mean(axis=0))
            self.ahead.append(rows.iloc[len(known) :].to_numpy() - known.mean(axis=0))
        seen = np.concatenate(self.past)
        self.ahead = [np.clip(rows, seen.min(axis=0), seen.max(axis=0)) for rows in self.ahead]


def slopes(studios, levers, left_out=None):
    """(n, k) per cent of revenue for one per cent (or unit) of lever, of each studio.

    studios : _Series with `values`; levers : (T, k) of each; left_out : months at the end of each that are not learned
        from, None for none. Studios that are not forecast in logs have none.
    """
    left_out = left_out or [0] * len(studios)
    each = [_changes(s, x, out) for s, x, out in zip(studios, levers, left_out, strict=True)]
    found = np.zeros((len(studios), levers[0].shape[1]))
    used = [i for i, (s, change) in enumerate(zip(studios, each, strict=True)) if s.in_logs and len(change) > 2]
    if not used:
        return found
    table = pd.concat([each[i].assign(studio=i) for i in used])
    if len(used) >= FEW:
        columns = table.columns.drop(["studio", "month"])
        table[columns] -= table.groupby("month")[columns].transform("mean")
    own = [rows.drop(columns=["studio", "month"]).to_numpy() for _, rows in table.groupby("studio")]
    found[used] = _shared_and_own([rows[:, 1:] for rows in own], [rows[:, 0] for rows in own])
    return found


def _changes(s, levers, left_out):
    """DataFrame month, revenue and levers by number: changes from the month before, in logs."""
    end = len(s.values) - left_out
    revenue, table = np.diff(s.values[:end]), np.diff(levers[:end], axis=0)
    usual = 1.4826 * np.median(np.abs(revenue - np.median(revenue))) if len(revenue) else 0.0
    cut = np.clip(revenue, -CUT * usual, CUT * usual) if usual else revenue
    return pd.DataFrame({"month": s.history.index[1:end], "revenue": cut, **dict(enumerate(table.T))})


def _shared_and_own(x, y):
    """(n, k) slopes: shared ones, and each studio's deviation shrunken by its own evidence."""
    n, k = len(x), x[0].shape[1]
    noise, spread, own, shared = np.array([rows.var() for rows in y]), np.full(k, 0.25), np.zeros((n, k)), np.zeros(k)
    square, cross = np.array([rows.T @ rows for rows in x]), np.array([a.T @ b for a, b in zip(x, y, strict=True)])
    for _ in range(ROUNDS):
        noise = np.maximum(noise, 1e-8)
        inside, along = square / noise[:, None, None], cross / noise[:, None]
        right = (along - np.einsum("nij,nj->ni", inside, own)).sum(axis=0)
        shared = np.linalg.solve(inside.sum(axis=0) + np.eye(k) / WIDEST**2, right)
        left = np.linalg.inv(inside + np.diag(1 / np.maximum(spread, 1e-6)))
        own = np.einsum("nij,nj->ni", left, along - inside @ shared)
        spread = (own**2 + np.diagonal(left, axis1=1, axis2=2)).mean(axis=0)
        unexplained = [((b - a @ (shared + c)) ** 2).sum() for a, b, c in zip(x, y, own, strict=True)]
        noise = (np.array(unexplained) + np.einsum("nij,nji->n", square, left)) / [len(rows) for rows in y]
    return shared + own


def _month(table):
    return pd.to_datetime(table["month"]).dt.to_period("M").dt.to_timestamp()


def checked(table):
    """`table` of Levers. Raises ValueError for a missing column, a lever that is no number, a month given twice."""
    missing = [column for column in ("studio_id", "month") if column not in table]
    if missing:
        raise ValueError(
            f"levers: expected columns studio_id, month and a column a lever; {', '.join(missing)} not found"
        )
    words = [c for c in table.columns.drop(["studio_id", "month"]) if not pd.api.types.is_numeric_dtype(table[c])]
    if words:
        raise ValueError(f"levers: column {words[0]!r} holds {table[words[0]].iloc[0]!r}; expected numbers")
    twice = table[pd.DataFrame({"s": table["studio_id"], "m": _month(table)}).duplicated()]
    if len(twice):
        row = twice.iloc[0]
        raise ValueError(f"levers: studio {row['studio_id']} has {row['month']} twice; one row a month")
    return table
