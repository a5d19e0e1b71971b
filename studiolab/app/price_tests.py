"""Price tests on the workbench's data: experiments whose arms are prices (C-25)."""

from studiolab.app.experiments import experiment_of
from studiolab.product_recommender.experiment import prices, sample_size
from studiolab.product_recommender.experiment.replies import SizeRequest


class PriceTests:
    """The part of the Workbench that tries prices out. Exposures, list and end are those of any experiment."""

    def price_plan(self, studio_id, request, as_of=None):
        """`PricePlan` of a PriceRequest (or a dict of its fields): the prices to try, and how many clients it takes.

        Raises ValueError where nothing tells what is bought at the list price, or no price below it can be tried.
        """
        return self._price_plan(self.the_studio(studio_id), prices.PriceRequest.model_validate(request), as_of)[0]

    def begin_price_test(self, studio_id, request, actor):
        """`ExperimentTold` of a PriceTestRequest (or a dict of its fields); actor : user name.

        Raises as `price_plan`.
        """
        request = prices.PriceTestRequest.model_validate(request)
        studio_id = self.the_studio(studio_id)
        asked = prices.PriceRequest(**request.model_dump(exclude={"name", "clients"}))
        plan, test = self._price_plan(studio_id, asked)
        return self.begin_experiment(studio_id, {
            "name": request.name, "product_id": request.product_id, "window_days": request.window_days,
            "arms": prices.arms(test), "control": test.money(test.list_price), "metric": "margin",
            "smallest_lift": plan.smallest_lift, "clients": request.clients or max(plan.clients, 20),
        }, actor)  # fmt: skip

    def price_report(self, experiment_id, as_of=None):
        """`PriceReport` as of Timestamp `as_of`, or of the last order that is known.

        Raises UnknownExperiment, ValueError for an experiment that tries out no prices.
        """
        told = self._experiment(self.db, experiment_id)
        bought, goods, until = self._experiment_ground(told.studio_id, as_of)
        exposures = self.db.read("exposures", experiment_id=experiment_id)
        made = prices.report(told, experiment_of(told), exposures, bought, goods, until)
        return made.model_copy(update={"note": " ".join(self._notes_on(told, exposures, until))})

    # parts --------------------------------------------------------------------------------------
    def _price_plan(self, studio_id, request, as_of=None):
        """(`PricePlan`, `pricing.PriceTest`)."""
        bought, goods, until = self._experiment_ground(studio_id, as_of)
        product = goods.products.get(request.product_id)
        if product is None:
            raise ValueError(f"product_id: no product {request.product_id!r}; there are {', '.join(goods.products)}")
        test = prices.tested(product, goods.currency, request)
        size = SizeRequest(product_id=request.product_id, smallest_lift=1, window_days=request.window_days,
                           conversion=request.conversion)  # fmt: skip
        known = sample_size.history(size, bought, goods, self._agreed(studio_id, until), until)
        conversion = sample_size.usual(size, known)
        return prices.plan(product, test, conversion, known.per_week or None, request), test
