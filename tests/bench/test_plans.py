import pytest

from studiolab.bench import plans, worlds


@pytest.fixture(scope="module")
def small():
    return worlds.Worlds((21,), 10, 40)


@pytest.fixture(scope="module")
def rows(small):
    return {row["figure"]: row for row in plans.plans(small, 4, 3, draws=400)}


class Worse:
    """A model whose plans go `by` times as far as they should."""

    def __init__(self, model, by):
        self.model, self.by = model, by

    def __getattr__(self, name):
        return getattr(self.model, name)

    def plan(self, studio, target, months):
        plan, held = self.model.plan(studio, target, months), self.model.held_levers(studio)
        plan.levers = plan.levers.assign(**{
            lever: held[lever] + self.by * (plan.levers[lever] - held[lever]) for lever in held
        })  # fmt: skip
        plan.target_revenue, plan.reached = target, True
        return plan


def with_model(model):
    """The small world again, answered by `model`."""
    bench = worlds.Worlds((21,), 10, 40)
    bench._models[21, 0, False] = model
    return bench


def test_plans_are_counted_and_keep_their_limits(rows):
    assert rows["targets answered with a plan"]["cases"] == 4
    assert rows["plans outside their limits"]["value"] == 0
    assert rows["plans whose cost is not the catalogue's"]["value"] == 0
    assert rows["out-of-reach targets said so"]["cases"] == 3
    assert rows["cost / cheapest that truly brings as much"]["value"] > 0.999


def test_a_plan_that_goes_half_the_way_is_noticed(small, rows):
    lazy = {row["figure"]: row for row in plans.plans(with_model(Worse(small.model(21), 0.5)), 4, 3, draws=400)}
    name = "uplift within 80 to 125 % in truth"
    assert lazy[name]["value"] == 0 < rows[name]["value"]
    assert lazy["mean miss of the target in truth"]["value"] < -0.02
    assert lazy["plans whose cost is not the catalogue's"]["value"] == 1
    assert lazy["out-of-reach targets said so"]["value"] == 0
