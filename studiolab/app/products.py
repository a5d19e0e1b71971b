"""What the product recommender answers, on the workbench's data (C-18).

Everywhere as_of is a datetime, UTC where it has no zone, by default the end of the known orders; and raised are
UnknownStudio, NothingSold, BadCatalogue, ValidationError for what cannot be asked, StudiolabError without orders.
"""

import threading

from studiolab.adapters import exports
from studiolab.app.shop import TABLES, Shop
from studiolab.product_recommender import opportunities, questions, worth
from studiolab.product_recommender.experiment.report import impact
from studiolab.product_recommender.performance import performance
from studiolab.product_recommender.reach import reach
from studiolab.product_recommender.recommend import recommend

READ = ("studios", *TABLES)
MOST_SHOPS = 4


class Products:
    """The part of the Workbench that knows what is sold, and to whom."""

    def __init__(self, settings=None, patience=0.0):
        super().__init__(settings, patience)
        self._shops, self._street, self._moving_in = {}, threading.Lock(), threading.Lock()

    def studios_with_orders(self):
        """dict of studio_id to name, of studios whose orders are known."""
        sells = set(self.db.distinct("orders", "studio_id"))
        studios = self.db.read("studios", columns=["studio_id", "studio_name"])
        return {row.studio_id: row.studio_name for row in studios.itertuples() if row.studio_id in sells}

    def product_recommendations(self, studio_id, customer, limit=3, policy="learned", as_of=None):
        """`RecommendationResult` of a customer, named by id or by any receipt.

        Raises UnknownCustomer, SharedReceipt.
        """
        asked = questions.CustomerAsked(studio_id=studio_id, customer=customer, limit=limit, policy=policy, as_of=as_of)
        shop = self._shop(asked)
        return shop.noted(recommend(shop.offers(asked.policy), asked.customer, asked.limit, shop.names), asked.policy)

    def product_opportunities(self, studio_id, limit=20, segment=None, sort="value", policy="learned", as_of=None):
        """`Opportunities`: whom to talk to, each with the one product."""
        asked = questions.OpportunitiesAsked(
            studio_id=studio_id, limit=limit, segment=segment, sort=sort, policy=policy, as_of=as_of
        )
        shop = self._shop(asked)
        found = opportunities.opportunities(
            shop.offers(asked.policy), shop.names, asked.limit, asked.segment, asked.sort
        )
        return shop.noted(found, asked.policy)

    def product_performance(self, studio_id, as_of=None):
        """`Performance` of each product, month by month, and what is wrong with the orders."""
        shop = self._shop(questions.StudioAsked(studio_id=studio_id, as_of=as_of))
        return performance(shop.purchases, shop.catalogue, shop.as_of, shop.timezone)

    def product_stats(self, studio_id, policy="learned", as_of=None):
        """`Stats`: customers, what they spent, and what recommending brings: as the latest experiment has measured it,
        else as an assumption."""
        asked = questions.StatsAsked(studio_id=studio_id, policy=policy, as_of=as_of)
        return opportunities.stats(self._shop(asked).offers(asked.policy), self._impact(asked.studio_id, asked.moment))

    def product_campaign(self, studio_id, limit=1, segment=None, policy="learned", as_of=None):
        """DataFrame of `opportunities.CAMPAIGN`: everybody who agreed to e-mail, the surest first.

        limit : products a customer, a row each; segment : of these customers only
        """
        asked = questions.ExportAsked(studio_id=studio_id, limit=limit, segment=segment, policy=policy, as_of=as_of)
        return self._campaign(self._shop(asked), asked)

    def product_export(self, studio_id, limit=1, segment=None, policy="learned", as_of=None):
        """CSV text of `product_campaign`; no cell of it runs as a formula in a spreadsheet."""
        return exports.safe_csv(self.product_campaign(studio_id, limit, segment, policy, as_of))

    def product_reach(self, studio_id, segment=None, policy="learned", as_of=None):
        """dict of `reach.reach`: how many people `product_campaign` reaches, and why not the others."""
        asked = questions.ExportAsked(studio_id=studio_id, segment=segment, policy=policy, as_of=as_of)
        shop = self._shop(asked)
        members = self.as_they_said(asked.studio_id, shop.members)
        return reach(shop.purchases, members, self._campaign(shop, asked), asked.segment, shop.as_of, shop.left)

    def customer_values(self, studio_id, limit=20, as_of=None):
        """`CustomerValues`: who is worth most in the year to come, and when they order next."""
        return self._worth(worth.values, studio_id, limit, as_of)

    def churn_list(self, studio_id, limit=20, as_of=None):
        """`ChurnList`: whose silence puts most money at risk."""
        return self._worth(worth.churn, studio_id, limit, as_of)

    # parts --------------------------------------------------------------------------------------
    def _impact(self, studio_id, moment):
        """dict of `experiment.report.impact` of the latest experiment that tells one by then, or None."""
        for one in self.experiments(studio_id):
            if moment is None or one.started_at < moment:
                measured = impact(self.experiment_report(one.experiment_id, moment))
                if measured is not None:
                    return measured
        return None

    def _worth(self, answer, studio_id, limit, as_of):
        asked = questions.ListAsked(studio_id=studio_id, limit=limit, as_of=as_of)
        shop = self._shop(asked)
        return answer(*shop.value(), shop.names, asked.limit)

    def _campaign(self, shop, asked):
        members = self.as_they_said(asked.studio_id, shop.members)
        rows = opportunities.campaign(shop.offers(asked.policy), members, shop.names, asked.limit, shop.left)
        return rows if asked.segment is None else rows[rows["segment"] == asked.segment].reset_index(drop=True)

    def _shop(self, asked):
        """The `Shop` of a question, opened where it is not open yet; the MOST_SHOPS last asked for stay open."""
        key = (self.db.revision(*READ), asked.studio_id, asked.moment)
        shop = self._open_shop(key)
        if shop is None:
            with self._moving_in:  # one at a time: who waited finds it open
                shop = self._open_shop(key)
                if shop is None:
                    shop = Shop(self.db, asked.studio_id, asked.moment, self._models / "products")
                    with self._street:
                        self._shops[key] = shop
                        while len(self._shops) > MOST_SHOPS:
                            self._shops.pop(next(iter(self._shops)))
        return shop

    def _open_shop(self, key):
        with self._street:
            shop = self._shops.pop(key, None)
            if shop is not None:
                self._shops[key] = shop  # the last one to go
            return shop
