"""Experiments on offers: begun, clients exposed to their arm, looked at, stopped; begin and end are in the ledger."""

import json
import re

import pandas as pd

from studiolab.adapters import exports
from studiolab.ledger import canonical
from studiolab.product_recommender.catalogue import catalogue, goods
from studiolab.product_recommender.experiment import prices, sample_size
from studiolab.product_recommender.experiment import report as experiment_report
from studiolab.product_recommender.experiment.replies import (
    ExperimentRequest,
    ExperimentTold,
    Exposed,
    Exposures,
    Shown,
    SizeRequest,
)
from studiolab.product_recommender.experiment.trial import Experiment, UnknownExperiment, assign
from studiolab.product_recommender.purchases import purchases

SECOND = pd.Timedelta(seconds=1)
MOST_OFFERS = 20  # of one client, among which the offer of an experiment is looked for
MOST_NAMED = 500  # clients looked up by name; of more, the whole log is read
NO_CONSENT = "has not agreed to e-mail or text messages, or has left"


class Experiments:
    """The part of the Workbench that tries offers out."""

    def experiments(self, studio_id):
        """List of `ExperimentTold`, the latest first. Raises UnknownStudio."""
        self.the_studio(studio_id)
        rows = self.db.read("experiments", studio_id).sort_values("started_at", ascending=False, kind="stable")
        exposed = self.db.read("exposures", studio_id, ["experiment_id"])["experiment_id"].value_counts()
        return [told_of(row, int(exposed.get(row["experiment_id"], 0))) for row in rows.to_dict("records")]

    def experiment_size(self, studio_id, request, as_of=None):
        """`Size` for a SizeRequest (or a dict of its fields), from what clients did of late where it says nothing."""
        request = SizeRequest.model_validate(request)
        return self._experiment_size(self.the_studio(studio_id), request, as_of)

    def begin_experiment(self, studio_id, request, actor):
        """`ExperimentTold` of an ExperimentRequest, or a dict of its fields; actor : user name.

        Raises ValueError for arms, a control or a product that cannot be, and where nothing says how many it takes.
        """
        request = ExperimentRequest.model_validate(request)
        studio_id = self.the_studio(studio_id)
        asked = SizeRequest(**request.model_dump(exclude={"name", "clients"}))
        if request.clients is None:
            clients = self._experiment_size(studio_id, asked).clients
        else:
            sample_size.check(asked)
            clients = request.clients
        known = goods(self.db.read("products", studio_id), self.db.read("orders", studio_id))["product_id"]
        if request.product_id is not None and request.product_id not in set(known):
            raise ValueError(f"product_id: no product {request.product_id!r}; there are {', '.join(known[:8])}")
        row = request.model_dump(exclude={"conversion", "spread_minor", "per_week"}) | {
            "studio_id": studio_id, "arms": json.dumps(request.arms), "control": request.the_control(),
            "clients": clients, "started_at": _now(), "user_name": actor,
        }  # fmt: skip
        with self.db.transaction() as changes:
            changes.alone("experiments")
            row["experiment_id"] = _new_id(request.name, changes.read("experiments", columns=["experiment_id"]))
            changes.write("experiments", pd.DataFrame([row]))
            told = told_of(row)
            payload = json.loads(canonical(told.model_dump(mode="json")))
            self.ledger.enter(changes, actor, "experiment begun", payload, studio_id)
        return told

    def experiment_arm(self, experiment_id, client_id):
        """Name of the arm that a client is in; nothing is logged. Raises UnknownExperiment."""
        told = self._experiment(self.db, experiment_id)
        return assign(experiment_id, [client_id], told.arms)[0]

    def expose(self, experiment_id, clients, at=None):
        """`Exposures` of client ids who are shown their arm's offer now, or would be, in the holdout.

        The first exposure stands. Only members who agreed to messages, and have not left by then, take part.
        at : Timestamp with a zone, now by default; for a log that is brought in later
        Raises UnknownExperiment, ValueError where the experiment has ended or had not begun.
        """
        at, clients = _moment(at), list(dict.fromkeys(clients))
        told = self._experiment(self.db, experiment_id)
        agreed = self._agreed(told.studio_id, at)
        due = dict(zip(clients, assign(experiment_id, clients, told.arms), strict=True))
        with self.db.transaction() as changes:
            told = self._experiment(changes, experiment_id)
            if told.stopped_at is not None:
                raise ValueError(f"experiment {experiment_id} was stopped on {told.stopped_at:%Y-%m-%d}")
            if at < told.started_at:
                raise ValueError(f"exposed_at: {at:%Y-%m-%d %H:%M} is before the experiment began, "
                                 f"{told.started_at:%Y-%m-%d %H:%M}")  # fmt: skip
            before = set(_logged(changes, experiment_id, clients)["client_id"])
            fresh = [client for client in clients if client not in before and client in agreed]
            if fresh:
                changes.add("exposures", [
                    {"experiment_id": experiment_id, "client_id": client, "studio_id": told.studio_id,
                     "arm": due[client], "exposed_at": at} for client in fresh])  # fmt: skip
            rows = _logged(changes, experiment_id, clients)
        exposed = [
            Exposed(experiment_id=experiment_id, client_id=row.client_id, arm=row.arm, exposed_at=row.exposed_at,
                    is_new=row.client_id not in before) for row in rows.itertuples()]  # fmt: skip
        there = {one.client_id for one in exposed}
        return Exposures(exposed=exposed, refused={one: NO_CONSENT for one in clients if one not in there})

    def experiment_list(self, experiment_id, at=None):
        """`Shown`: everybody on the campaign list for the experiment's offer is exposed, and those whose arm is shown
        it are the list, their arm in its last column; of a price test that is everybody, each with a price.

        Raises as `expose` and `product_campaign`.
        """
        told = self._experiment(self.db, experiment_id)
        rows = self.product_campaign(told.studio_id, limit=MOST_OFFERS)
        any_offer = told.product_id is None
        rows = rows.drop_duplicates("customer_id") if any_offer else rows[rows["product_id"] == told.product_id]
        exposed = self.expose(experiment_id, list(rows["customer_id"]), at).exposed
        shown = {one.client_id: one.arm for one in exposed if one.arm != told.control or prices.of_arms(told.arms)}
        rows = rows[rows["customer_id"].isin(shown)]
        text = exports.safe_csv(rows.assign(arm=rows["customer_id"].map(shown)))
        return Shown(experiment_id=experiment_id, shown=len(shown), held_back=len(exposed) - len(shown), csv=text)

    def experiment_report(self, experiment_id, as_of=None):
        """`Report` as of Timestamp `as_of`, or of the last order that is known. Raises UnknownExperiment."""
        told = self._experiment(self.db, experiment_id)
        bought, goods, until = self._experiment_ground(told.studio_id, as_of)
        exposures = self.db.read("exposures", experiment_id=experiment_id)
        made = experiment_report.report(told, experiment_of(told), exposures, bought, goods, until)
        return made.model_copy(update={"note": " ".join(self._notes_on(told, exposures, until))})

    def stop_experiment(self, experiment_id, actor, note=None):
        """`ExperimentTold`: nobody is exposed any more; those who were still count once their window is over.

        Raises UnknownExperiment, ValueError where it was stopped before.
        """
        with self.db.transaction() as changes:
            changes.alone("experiments")
            told = self._experiment(changes, experiment_id)
            if told.stopped_at is not None:
                raise ValueError(f"experiment {experiment_id} was stopped on {told.stopped_at:%Y-%m-%d} already")
            row = changes.read("experiments", experiment_id=experiment_id)
            changes.write("experiments", row.assign(stopped_at=_now(), stop_note=note))
            ended = self._experiment(changes, experiment_id)
            payload = {"experiment_id": experiment_id, "name": told.name, "note": note, "exposed": told.exposed}
            self.ledger.enter(changes, actor, "experiment stopped", payload, told.studio_id)
        return ended

    # parts --------------------------------------------------------------------------------------
    def _notes_on(self, told, exposures, until):
        """List of sentences on what else was tried at the time, and on who is not counted yet."""
        notes, later = self._tried_at_once(told), int((exposures["exposed_at"] >= until).sum())
        if later:
            who = "client was" if later == 1 else "clients were"
            notes.append(f"Orders are known up to {until:%Y-%m-%d %H:%M}; {later:,} {who} exposed after that, not "
                         "counted yet. Import newer orders.")  # fmt: skip
        return notes

    def _tried_at_once(self, told):
        """List of a sentence where another experiment on the same offer ran at the same time, else empty."""
        until = told.stopped_at or pd.Timestamp.max.tz_localize("UTC")
        others = [one.name for one in self.experiments(told.studio_id)
                  if one.experiment_id != told.experiment_id and one.product_id == told.product_id
                  and one.started_at < until and (one.stopped_at is None or one.stopped_at > told.started_at)
                  and one.exposed]  # fmt: skip
        if not others or not told.exposed:
            return []
        named = ", ".join(map(repr, others))
        return [f"On the same offer there ran also {named}: who is held back here may be shown it there, which makes "
                "the difference smaller."]  # fmt: skip

    def _experiment(self, source, experiment_id):
        rows = source.read("experiments", experiment_id=experiment_id)
        if rows.empty:
            raise UnknownExperiment(f"no experiment {experiment_id!r}; `studiolab experiments list` shows them")
        exposed = source.read("exposures", columns=["client_id"], experiment_id=experiment_id)
        return told_of(rows.iloc[0].to_dict(), len(exposed))

    def _experiment_ground(self, studio_id, as_of=None):
        """(Purchases, Catalogue, the moment they are of), which is not beyond the last order."""
        orders = self.db.read("orders", studio_id)
        if orders.empty:
            raise ValueError(f"{studio_id} has no orders yet; `studiolab import FILE` brings them")
        until = min(_moment(as_of), (orders["created_at"].max() + SECOND).floor("s"))
        bought = purchases(orders, until)
        return bought, catalogue(goods(self.db.read("products", studio_id), orders), bought), until

    def _experiment_size(self, studio_id, request, as_of=None):
        bought, goods, until = self._experiment_ground(studio_id, as_of)
        sample_size.check(request)
        agreed = self._agreed(studio_id, _now())
        known = sample_size.history(request, bought, goods, agreed, until)
        size = sample_size.size(request, known, bought.currency)
        if size.clients > len(agreed):
            more = f" Only {len(agreed):,} clients have agreed to messages: look for a larger lift, or for margin."
            size = size.model_copy(update={"says": size.says + more})
        return size

    def _agreed(self, studio_id, at):
        """Set of the ids of members who agreed to messages of a kind and have not left by a Timestamp."""
        members = self.db.read("members", studio_id, ["member_id", "email_consent", "text_consent", "left_at"])
        members = self.as_they_said(studio_id, members)
        agreed = members[["email_consent", "text_consent"]].fillna(False).astype(bool).any(axis=1)
        return set(members["member_id"][agreed & ~(members["left_at"] <= at)])


def told_of(row, exposed=0):
    """`ExperimentTold` of a row of table experiments (dict); exposed : how many clients."""
    plain = {"stopped_at": None, "stop_note": None} | {
        name: None if pd.isna(value) else value for name, value in row.items()
    }
    return ExperimentTold(**plain | {"arms": json.loads(row["arms"]), "exposed": exposed})


def experiment_of(told):
    """`trial.Experiment` of an ExperimentTold."""
    kept = {name: getattr(told, name) for name in Experiment._fields if not name.endswith("_at")}
    ended = told.stopped_at and pd.Timestamp(told.stopped_at)
    return Experiment(**kept, started_at=pd.Timestamp(told.started_at), stopped_at=ended)


def _logged(source, experiment_id, clients):
    named = {"client_id": clients} if len(clients) <= MOST_NAMED else {}
    rows = source.read("exposures", experiment_id=experiment_id, **named)
    return rows[rows["client_id"].isin(clients)]


def _new_id(name, known):
    """The name in lower case, with the first number that is free."""
    plain, taken = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "experiment", set(known["experiment_id"])
    return next(found for n in range(1, len(taken) + 2) if (found := f"{plain}-{n}") not in taken)


def _moment(at):
    """Whole seconds in UTC; now by default, which nothing may lie beyond."""
    if at is None:
        return _now()
    if at.tzinfo is None:
        raise ValueError(f"got {at} without a zone; expected an instant, e.g. 2026-01-31T00:00Z")
    if at > _now() + SECOND:
        raise ValueError(f"{at:%Y-%m-%d %H:%M} lies ahead; expected a moment that has come")
    return at.tz_convert("UTC").floor("s")


def _now():
    return pd.Timestamp.now("UTC").floor("s")
