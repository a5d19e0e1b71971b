"""Experiments of a simulated studio, whose clients answer offers as `world.offers` has it, reach what is told next."""

import json

import numpy as np
import pandas as pd
import pytest

from studiolab.app import Workbench, shop
from studiolab.product_recommender.experiment.trial import assign
from studiolab.settings import Settings
from studiolab.world import make_chain, offers

ARMS = {"news": 0.25, "10 % off": 0.25, "holdout": 0.5}
MESSAGE = {"news": 0, "10 % off": 1, "holdout": -1}
PRODUCTS = ("water-bottle", "grip-socks", "towel", "t-shirt")
STRONG = offers.Effects(strength=((4.0, 0.0, 0.0), (0.0, 0.0, 0.0), (0.0, 0.0, 0.0)), notice=0.6, newness=0.0)
COPIED = ("orders", "products", "members", "visits", "plans", "class_sessions")


class Studio:
    """A Workbench on a studio that has offered a product in an experiment in each of eight months.

    bench, studio_id : of it; ends : instant of the end of the known orders; tried : what came of the offers
    """

    def __init__(self, folder):
        chain = make_chain(1, 26, seed=5)
        self.studio_id = chain.studios["studio_id"].iloc[0]
        own, raw = chain.studio(self.studio_id), chain.raw(self.studio_id)
        starts = [own_month.tz_localize(own.studios["timezone"].iloc[0]).tz_convert("UTC") for own_month in own.months]
        self.begins = starts[-9:-1]
        self.bench = Workbench(Settings(STUDIOLAB_HOME=folder, STUDIOLAB_TOKEN="a-token-of-some-length"))
        self.bench.db.write("studios", own.studios)
        for table in COPIED:
            self.bench.db.write(table, raw[table])
        currency, rng = raw["orders"]["currency"].iloc[0], np.random.default_rng(0)
        self.tried = pd.concat([self.offer(own, k, currency, rng) for k in range(8)], ignore_index=True)

    def offer(self, own, k, currency, rng):
        begins, product_id = self.begins[k], PRODUCTS[k % 4]
        truth = offers.truth(own, begins, effects=STRONG)
        clients, place, name = list(truth.clients), offers.PRODUCTS.index(product_id), f"e{k}"
        arm = assign(name, clients, ARMS)
        message = np.array([MESSAGE[one] for one in arm])
        found = offers.send(truth, np.full(len(clients), place), message, rng).assign(arm=arm, experiment_id=name)
        row = {"experiment_id": name, "studio_id": self.studio_id, "name": f"{product_id} {k}", "control": "holdout",
               "arms": json.dumps(ARMS), "product_id": product_id, "metric": "conversion", "smallest_lift": 0.02,
               "window_days": 28, "pre_days": 90, "alpha": 0.05, "power": 0.8, "clients": len(clients),
               "started_at": begins}  # fmt: skip
        told = {"studio_id": self.studio_id, "exposed_at": begins + pd.Timedelta(hours=9)}
        sold = found[found["bought"]]
        lines = [f"{name}-{n}" for n in range(len(sold))]
        self.bench.db.write("experiments", pd.DataFrame([row]))
        self.bench.db.write("exposures", found[["experiment_id", "client_id", "arm"]].assign(**told))
        self.bench.db.write("orders", pd.DataFrame({
            "studio_id": self.studio_id, "line_id": lines, "order_id": lines, "customer_id": sold["client_id"],
            "product_id": product_id, "amount": truth.price[found["bought"], place].astype(int), "currency": currency,
            "status": "paid", "quantity": 1.0, "created_at": begins + pd.Timedelta(days=5),
        }))  # fmt: skip
        return found


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    studio = Studio(tmp_path_factory.mktemp("tried"))
    yield studio
    studio.bench.close()


def test_by_uplift_only_what_was_tried_is_offered_and_the_message_that_sells_is_chosen(studio):
    assert (studio.tried["arm"] != "holdout").sum() > shop.ENOUGH
    found = studio.bench.product_opportunities(studio.studio_id, 200, policy="uplift")
    assert found.policy == "uplift"
    assert found.note.startswith("Learnt from 1,")
    assert {one.product_id for one in found.opportunities} <= set(PRODUCTS)
    by_message = [one.message for one in found.opportunities]
    assert by_message.count("news") > 0.8 * len(by_message) > 100  # it was planted as the only one that sells
    values = [one.expected_value_minor for one in found.opportunities]
    assert values == sorted(values, reverse=True)
    assert values[-1] >= 1
    first = found.opportunities[0]
    assert f"told by {first.message!r}, they buy it in " in first.reason
    told = studio.bench.product_recommendations(studio.studio_id, first.customer_id, policy="uplift")
    assert (told.policy, told.recommendations[0].message) == ("uplift", first.message)
    assert told.recommendations[0].expected_value_minor == first.expected_value_minor
    learned = studio.bench.product_recommendations(studio.studio_id, first.customer_id)
    assert {one.message for one in learned.recommendations} == {None}
    assert studio.bench.product_campaign(studio.studio_id, policy="uplift")["product_id"].isin(PRODUCTS).all()


def test_with_too_few_exposures_the_likely_ones_are_offered_and_the_reply_says_what_to_do(studio):
    early = studio.begins[4]
    found = studio.bench.product_opportunities(studio.studio_id, 5, policy="uplift", as_of=early)
    plain = studio.bench.product_opportunities(studio.studio_id, 5, as_of=early)
    assert (found.policy, found.opportunities) == ("learned", plain.opportunities)
    over = studio.tried[studio.tried["sent_at"] < early - pd.Timedelta(days=28)]
    sent = int((over["arm"] != "holdout").sum())
    assert 300 < sent < shop.ENOUGH
    assert f"from 1,000 offers sent at random to some and held back from others, whose 28 days are over: {sent}" in (
        found.note
    )
    assert "Run an experiment on one product with an arm called holdout" in found.note
    who = found.opportunities[0].customer_id
    told = studio.bench.product_recommendations(studio.studio_id, who, policy="uplift", as_of=early)
    assert (told.policy, "Run an experiment" in told.note) == ("learned", True)
    before = studio.bench.product_opportunities(studio.studio_id, 5, policy="uplift", as_of=studio.begins[0])
    assert "none was sent so far" in before.note


def test_what_an_experiment_measured_takes_the_place_of_an_assumption(studio):
    actions = studio.bench.next_actions(studio.studio_id, 1000).actions
    weighed = [one for action in actions for one in filter(None, [action.chosen, *action.losers])]
    sources = {one.offer: one.chance_source for one in weighed if one.kind == "product"}
    measured = {offer for offer, said in sources.items() if said.startswith("measured in experiment ")}
    assert measured
    assert measured <= {f"product:{one}" for one in PRODUCTS}
    assert sources["product:technique-workshop"].startswith("assumption: ")
    offer = next(iter(measured))
    told = next(one for one in studio.bench.experiments(studio.studio_id) if f"product:{one.product_id}" == offer)
    report = studio.bench.experiment_report(told.experiment_id)
    best = max((one for one in report.lifts if one.decides), key=lambda one: one.lift)
    assert (
        f"{told.name!r}: {100 * best.lift:+.1f} points [{100 * best.low:.1f}, {100 * best.high:.1f}]" in sources[offer]
    )
    one = next(one for one in weighed if one.offer == offer)
    assert 0 < one.chance_low < one.chance < one.chance_high <= 1
    kept = studio.bench.record_next_action(studio.studio_id, actions[0].client_id, "ana")
    assert studio.bench.replay(kept.entry_id).same


def test_before_its_end_an_experiment_is_no_measurement_and_the_note_says_so(studio):
    early = studio.begins[0] + pd.Timedelta(days=10)
    action = studio.bench.next_actions(studio.studio_id, 1, as_of=early).actions[0]
    why = "'water-bottle 0', for it has not told yet, and a lift looked at too soon is mostly chance"
    assert action.notes == [f"Experiments that are not reckoned with: {why}."]
    offered = [one for one in [action.chosen, *action.losers] if one.kind == "product"]
    assert all(one.chance_source.startswith("assumption: ") for one in offered)


def test_an_experiment_on_any_product_speaks_for_those_that_were_not_tried_on_their_own(studio):
    row = studio.bench.db.read("experiments", experiment_id="e7")
    studio.bench.db.write("experiments", row.assign(product_id=None))
    actions = studio.bench.next_actions(studio.studio_id, 1000).actions
    lift = studio.bench.experiment_report("e7").lifts[0]
    studio.bench.db.write("experiments", row)
    weighed = [one for action in actions for one in filter(None, [action.chosen, *action.losers])]
    workshop = next(one for one in weighed if one.offer == "product:technique-workshop")
    said = f"measured in experiment 't-shirt 7': {100 * lift.lift:+.1f} points"
    assert workshop.chance_source.startswith(said)
    unasked = float(workshop.chance_source.rpartition("unasked in ")[2].split()[0]) / 100
    assert 0.3 < workshop.chance / unasked < 3  # of a lift of a fifth, on offers that a fourth takes unasked
    towel = next(one for one in weighed if one.offer == "product:towel")
    assert "'towel 6'" in towel.chance_source


def test_an_exposure_more_is_learnt_from(studio):
    asked = studio.studio_id, 1, None, "value", "uplift"
    before = studio.bench.product_opportunities(*asked).note
    latest = studio.bench.db.read("exposures", experiment_id="e6")
    spare = latest.iloc[[0]].assign(client_id="studio-001-m00000", experiment_id="e7",
                                    exposed_at=studio.begins[0] + pd.Timedelta(hours=1))  # fmt: skip
    studio.bench.db.write("exposures", spare)
    assert studio.bench.product_opportunities(*asked).note != before
