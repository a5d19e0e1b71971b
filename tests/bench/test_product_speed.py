from studiolab import world
from studiolab.bench import product_speed


def test_each_time_stands_beside_its_limit_and_the_documents():
    found = product_speed.table(clients=50, lines=3000, calls=5, months=6).set_index(["figure", "model"])
    assert (found["value"] > 0).all()
    for policy in ("ladder", "learned"):
        one, share, documents = (found.loc[("one client, seconds" + part, policy)] for part in
                                 ("", " / limit", " / documents' limit"))  # fmt: skip
        assert (one["goal"], one["cases"]) == ("at most 0.001", 5)
        assert share["value"] == one["value"] / 0.001
        assert documents["value"] == one["value"] / 0.1
        assert found.loc[("all clients, seconds", policy), "cases"] == 50
    assert found.loc[("statistics of all orders, seconds", ""), "cases"] == 3000


def test_repeated_orders_are_of_customers_of_their_own():
    chain = world.make_chain(1, 3, seed=1)
    orders = chain.raw(chain.studios["studio_id"].iloc[0])["orders"]
    three = product_speed.repeated(orders, 3)
    assert len(three) == 3 * len(orders)
    assert three["customer_id"].nunique() == 3 * orders["customer_id"].nunique()
    assert three["line_id"].is_unique
