"""The structural model: members flow, visits and purchases follow, revenue is their identity.

Each flow is a fitted regression with the lever plan as offset and shrunken studio effects
(`mixed`); what it depends on is in `flows`. Answers what-if questions outside the data's centre,
where trees cannot (ARCHITECTURE, "What the measurements already decided").
"""

import warnings

import numpy as np

from studiolab.revenue_simulator import flows, mixed
from studiolab.revenue_simulator.flows import ATTENDANCE, CLASSES, JOINS, PRICE, RETENTION, UPSELL

SPEEDS = (0.05, 0.1, 0.15, 0.2, 0.3)
SHARPNESS = (4.0, 6.0, 8.0, 12.0)
FIRST = 3
FAR = np.log(2)  # from half to double a known price; beyond, people are taken to react no further
SHOCK = 5.0  # median absolute deviations of a month's median residual
YIELDS = {"class_pack_revenue": "visits", "intro_revenue": "joined", "upsell_revenue": "upsold"}


class Structural:
    """Fitted flows of a panel of studios; `simulate` rolls any of them forward under any plan."""

    def __init__(self, panel, until=None):
        """panel : panel.Panel with at least FEWEST_MONTHS complete months a studio; until : int or
        None, learn from the first `until` months only (later ones may still be origins)."""
        self.panel = panel
        self.until = len(panel.months) if until is None else until
        with np.errstate(invalid="ignore", divide="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # all-NaN months of a gap are expected
            self._prepare()
            self._fit()

    # the past, as contexts ---------------------------------------------------------------
    def _prepare(self):
        v, past = self.panel.values, slice(self.until)
        self.members = v["total_members"]
        self.before = _lag(self.members, 1)
        self.joined, self.visits = v["new_members"], v["total_class_attendance"]
        self.kept = np.clip((self.members - self.joined) / self.before, 0, 1)
        self.spots_per_class = np.nanmean((v["offered_spots"] / v["total_classes_held"])[past], axis=0)
        self.fill = v["total_class_attendance"] / v["offered_spots"]
        plan = self.panel.plan
        self.usual = {
            "usual_fill": np.nanmean(self.fill[past], axis=0),
            "usual_attendance": np.nanmean(np.log(plan[past, :, ATTENDANCE]), axis=0),
            "usual_classes": _known_mean(np.log(plan[:, :, CLASSES] / self.members)[past]),
            "usual_price": np.nanmean(np.log(plan[past, :, PRICE]), axis=0),
        }
        join1 = _lag(self.joined, 1) / self.before
        join2 = _lag(self.joined, 2) * _lag(self.kept, 1) / self.before
        join3 = _lag(self.joined, 3) * _lag(self.kept, 1) * _lag(self.kept, 2) / self.before
        self.fresh = np.stack([join1, join2, join3], axis=2)
        self.month = self.panel.months.month.to_numpy()
        self.memory = np.zeros_like(self.members)

    def _context(self, rows):
        """Contexts of past studio-months; rows : (months index, studio index)."""
        t, s = rows
        context = {name: value[s] for name, value in self.usual.items()}
        context |= {
            "plan": self.panel.plan[t, s], "month": self.month[t], "before": self.before[t, s],
            "gap": self.gap[t, s], "memory": self.memory[t, s], "crowd": self.fill[t - 1, s], "fill": self.fill[t, s],
            "fresh1": self.fresh[t, s, 0], "fresh2": self.fresh[t, s, 1], "fresh3": self.fresh[t, s, 2],
        }  # fmt: skip
        context["level"] = np.log(context["plan"][:, PRICE]) - context["usual_price"]
        return context

    # fitting -----------------------------------------------------------------------------
    def _fit(self):
        self.shocked = np.zeros(len(self.month), bool)
        self.gap = self._gaps(SPEEDS[0])
        self._find_shocks()
        self._choose_speed()
        self._choose_sharpness()
        self.seasons = {"joins": np.zeros(12), "visits": np.zeros(12)}
        self._fit_flows()
        self.seasons = {name: self.flow[name].coefficients[:12] - self.flow[name].coefficients[:12].mean()
                        for name in self.seasons}  # fmt: skip
        self._fit_flows()
        self._remember()
        self._fit_flows()
        self._fit_yields()

    def _find_shocks(self):
        """Months in which the whole panel broke: they teach nothing about plain months."""
        for name, design, family in (("joins", flows.joins, "poisson"), ("visits", flows.visits, "gaussian")):
            if name == "visits":
                self.sharpness = SHARPNESS[-1]
            gap = self._unexplained(name, self._fit_one(name, design, family, ()))
            typical = np.nanmedian(gap[: self.until], axis=1)
            usual = 1.4826 * np.nanmedian(np.abs(typical - np.nanmedian(typical)))
            self.shocked[: self.until] |= np.abs(typical) > max(SHOCK * usual, 0.08)

    def _choose_speed(self):
        """How fast members get used to a price: the speed under which joins and stays fit best."""
        tried = {}
        for self.speed in SPEEDS:
            self.gap = self._gaps(self.speed)
            stay = self._fit_one("stay", flows.stay, "binomial", ())
            joins = self._fit_one("joins", flows.joins, "poisson", ())
            tried[self.speed] = np.log(stay.noise) + np.log(joins.noise)
        self.speed = min(tried, key=tried.get)
        self.gap = self._gaps(self.speed)

    def _gaps(self, speed):
        price = np.log(self.panel.plan[:, :, PRICE])
        used_to = np.full_like(price, np.nan)
        for t in range(len(price)):
            previous = used_to[t - 1] + speed * (price[t - 1] - used_to[t - 1]) if t else price[0]
            used_to[t] = np.where(np.isfinite(previous), previous, price[t])
        self.used_to = used_to
        return price - used_to

    def _choose_sharpness(self):
        tried = {}
        for self.sharpness in SHARPNESS:
            tried[self.sharpness] = self._fit_one("visits", flows.visits, "gaussian", ()).noise
        self.sharpness = min(tried, key=tried.get)

    def _fit_flows(self):
        self.flow = {
            "joins": self._fit_one("joins", flows.joins, "poisson", ("shape", "gap")),
            "stay": self._fit_one("stay", flows.stay, "binomial", ("gap",)),
            "visits": self._fit_one("visits", flows.visits, "gaussian", ("shape",)),
            "upsell": self._fit_one("upsell", flows.upsell, "binomial", ()),
            "retail": self._fit_one("retail", flows.retail, "gaussian", ()),
        }

    def _fit_one(self, name, design, family, slopes):
        target, offset, trials = self._target(name)
        usable = self._usable(target)
        usable[self.until :] = False
        usable[self.shocked] = False
        t, s, x, z = self._rows(name, design, slopes, usable)
        fitted = mixed.fit(
            x, target[t, s], z, s, len(self.panel.studios), family, flows.prior(design), offset[t, s],
            None if trials is None else trials[t, s],
        )  # fmt: skip
        fitted.recipe = (design, slopes, family)
        return fitted

    def _usable(self, target):
        usable = np.isfinite(target) & np.isfinite(self.fresh).all(axis=2)
        usable[:FIRST] = False
        return usable

    def _rows(self, name, design, slopes, usable):
        """Studio-months (t, s) whose columns (x, z) are all known."""
        t, s = np.nonzero(usable)
        context = self._context((t, s)) | self._shape(name, self.month[t])
        x, z = design(context), flows.effects(context, *slopes)
        known = np.isfinite(x).all(axis=1) & np.isfinite(z).all(axis=1)
        return t[known], s[known], x[known], z[known]

    def _unexplained(self, name, fitted):
        """(months, studios) logs by which a flow differed from what the fit expects, NaN unknown."""
        target, offset, _ = self._target(name)
        design, slopes, family = fitted.recipe
        t, s, x, z = self._rows(name, design, slopes, self._usable(target))
        expected = offset[t, s] + fitted.predict(x, z, s)
        gap = np.full_like(target, np.nan)
        seen = target[t, s]
        gap[t, s] = seen - expected if family == "gaussian" else np.clip(seen / np.exp(expected) - 1, -1, 2)
        return gap

    def _shape(self, name, month):
        return {"shape": self.seasons[name][month - 1]} if name in getattr(self, "seasons", {}) else {}

    def _target(self, name):
        """Target (T, n), offset from the plan, and trials for shares."""
        plan, v = self.panel.plan, self.panel.values
        if name == "joins":
            return self.joined, np.log(np.maximum(plan[:, :, JOINS], 0.5)), None
        if name == "stay":
            return self.kept, mixed.logit(plan[:, :, RETENTION]), self.before
        if name == "upsell":
            return v["upsell_rate"], mixed.logit(plan[:, :, UPSELL]), self.members
        none = np.zeros_like(self.members)
        if name == "visits":
            wanted = flows.unsaturate(self.visits, v["offered_spots"], self.sharpness)
            return np.log(wanted / ((self.before + self.members) / 2)), none, None
        return np.log(v["retail_revenue"] / self.members), none, None

    def _remember(self):
        """Latent demand by a Kalman filter over what joins, visits and retail leave unexplained."""
        signal, weight = np.zeros_like(self.members), np.zeros_like(self.members)
        for name in ("joins", "visits", "retail"):
            gap = self._unexplained(name, self.flow[name])
            noise = np.nanmedian(np.abs(gap[: self.until])) / 0.6745
            known = np.isfinite(gap)
            signal[known] += np.clip(gap[known], -4 * noise, 4 * noise) / noise**2
            weight[known] += 1 / noise**2
        seen = np.where(weight > 0, signal / np.maximum(weight, 1e-12), np.nan)
        self.demand_memory, gain = _ar1_filter_gain(seen[: self.until])
        ahead = np.zeros_like(seen)
        now = np.zeros(seen.shape[1])
        for t in range(len(seen)):
            ahead[t] = self.demand_memory * now
            now = ahead[t] + np.where(np.isfinite(seen[t]), gain * (seen[t] - ahead[t]), 0)
        self.memory, self.memory_next = ahead, np.vstack([ahead[1:], self.demand_memory * now])

    def _fit_yields(self):
        """Money per drop-in visit, join and add-on buyer; price realised of price planned."""
        v = {name: value[: self.until] for name, value in self.panel.values.items()}
        members, price = v["total_members"], self.panel.plan[: self.until, :, PRICE]
        counts = {
            "visits": v["total_class_attendance"],
            "joined": v["new_members"],
            "upsold": v["upsell_rate"] * members,
        }
        self.sells_retail = np.nansum(v["retail_revenue"], axis=0) > 0
        self.yields = {part: _shrunken_ratio(v[part], counts[per]) for part, per in YIELDS.items()}
        self.realised_price = _shrunken_ratio(v["membership_revenue"], members * price)

    # the future ---------------------------------------------------------------------------
    def simulate(self, studio, origin, plans, members_now=None, calendar=None, used_to=None):
        """Expected months after `origin` under `plans`.

        studio, origin : (rows,) indices of panel.studios and panel.months (the last known month);
        plans : (rows, months, 7) levers, prices in major units; members_now : members at the start;
        calendar : (rows,) month of the year of the origin; used_to : (rows,) price that members are used to;
        each of these None for the known one.
        Returns dict of (rows, months): revenue, members, retention, visits, fill, each revenue part.
        """
        t, s = origin, studio
        members, memory = self.members[t, s], self.memory_next[t, s]
        crowd = np.where(np.isfinite(self.fill[t, s]), self.fill[t, s], self.usual["usual_fill"][s])
        joined = [self.joined[t, s], self.joined[t - 1, s] * self.kept[t, s],
                  self.joined[t - 2, s] * self.kept[t - 1, s] * self.kept[t, s]]  # fmt: skip
        if members_now is not None:
            joined = [group * members_now / members for group in joined]
            members = np.full_like(members, members_now)
        calendar = self.month[t] if calendar is None else calendar
        used_to = self.used_to[t, s] + self.speed * self.gap[t, s] if used_to is None else np.log(used_to)
        usual = {name: value[s] for name, value in self.usual.items()}
        rows = []
        for h in range(plans.shape[1]):
            plan = plans[:, h]
            price = np.log(plan[:, PRICE])
            context = usual | {
                "plan": plan, "month": (calendar + h) % 12 + 1, "before": members, "crowd": crowd,
                "memory": memory, "gap": np.clip(price - used_to, -FAR, FAR),
                "level": np.clip(price - usual["usual_price"], -FAR, FAR),
            } | {f"fresh{k + 1}": np.nan_to_num(joined[k]) / np.maximum(members, 1) for k in range(3)}  # fmt: skip
            month = self._one_month(context, s)
            rows.append(month)
            kept = month["retention"]
            joined = [month["joined"], joined[0] * kept, joined[1] * kept]
            used_to = used_to + self.speed * context["gap"]
            members, crowd, memory = month["members"], month["fill"], memory * self.demand_memory
        return {name: np.column_stack([row[name] for row in rows]) for name in rows[0]}

    def _one_month(self, context, s):
        plan, before = context["plan"], context["before"]
        joined = np.maximum(plan[:, JOINS], 0) * np.exp(self._predict("joins", flows.joins, context, s, "shape", "gap"))
        stay = mixed.logit(plan[:, RETENTION]) + self._predict("stay", flows.stay, context, s, "gap")
        retention = mixed.sigmoid(stay)
        members = before * retention + joined
        per_member = np.exp(self._predict("visits", flows.visits, context, s, "shape")) * self.flow["visits"].smear
        spots = plan[:, CLASSES] * self.spots_per_class[s]
        visits = flows.saturate(per_member * (before + members) / 2, spots, self.sharpness)
        context["fill"] = visits / spots
        upsold = members * mixed.sigmoid(
            mixed.logit(plan[:, UPSELL]) + self._predict("upsell", flows.upsell, context, s)
        )
        retail = members * np.exp(self._predict("retail", flows.retail, context, s)) * self.flow["retail"].smear
        counts = {"visits": visits, "joined": joined, "upsold": upsold}
        parts = {part: counts[per] * self.yields[part][s] for part, per in YIELDS.items()}
        parts["membership_revenue"] = members * plan[:, PRICE] * self.realised_price[s]
        parts["retail_revenue"] = retail * self.sells_retail[s]
        return parts | {"revenue": sum(parts.values()), "members": members, "retention": retention, "joined": joined,
                        "visits": visits, "fill": context["fill"], "upsell_rate": upsold / members}  # fmt: skip

    def _predict(self, name, design, context, s, *slopes):
        context = context | self._shape(name, context["month"])
        return self.flow[name].predict(design(context), flows.effects(context, *slopes), s)


def _known_mean(matrix):
    return np.nanmean(np.where(np.isfinite(matrix), matrix, np.nan), axis=0)


def _lag(matrix, months):
    return np.vstack([np.full((months, matrix.shape[1]), np.nan), matrix[:-months]])


def _shrunken_ratio(money, count):
    """Money per unit of each studio, (n,): its recent months, pulled towards the panel's mean."""
    weight = 0.97 ** np.arange(len(money))[::-1][:, None] * np.isfinite(money * count)
    money, count = np.nansum(weight * np.nan_to_num(money), axis=0), np.nansum(weight * np.nan_to_num(count), axis=0)
    typical = money.sum() / max(count.sum(), 1e-9)
    own = count.mean() * 0.02
    return (money + own * typical) / np.maximum(count + own, 1e-9)


def _ar1_filter_gain(seen):
    """Memory of a latent AR(1) seen in noise, and the steady gain of its Kalman filter."""
    now, one, two = (np.nanmean(seen[2:] * _cut(seen, lag)) for lag in (0, 1, 2))
    memory = float(np.clip(two / one if one > 0 else 0.5, 0.3, 0.95))
    signal = float(np.clip(one / memory, 1e-8, 0.9 * now))
    noise, variance = now - signal, signal
    for _ in range(50):
        gain = variance / (variance + noise)
        variance = memory**2 * variance * (1 - gain) + signal * (1 - memory**2)
    return memory, gain


def _cut(matrix, lag):
    return matrix[2 - lag : len(matrix) - lag]
