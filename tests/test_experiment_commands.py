"""`studiolab experiments …` on a studio of its own, for it writes."""

import json

import pandas as pd
import pytest
from typer.testing import CliRunner

from studiolab import cli
from studiolab.settings import settings
from tests.app.small_studio import TOKEN, small


@pytest.fixture
def bench(tmp_path, monkeypatch):
    """The small studio with three members, which the commands find too."""
    for name, value in (("STUDIOLAB_HOME", tmp_path), ("STUDIOLAB_TOKEN", TOKEN)):
        monkeypatch.setenv(name, str(value))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    settings.cache_clear()
    people = [{"studio_id": "oak", "member_id": f"m{n}", "email_consent": True} for n in range(3)]
    lately = pd.Timestamp.now("UTC") - pd.Timedelta(minutes=1)
    sold = {"studio_id": "oak", "line_id": "1", "order_id": "1", "customer_id": "m1", "product_id": "mat",
            "amount": 5000, "currency": "EUR", "created_at": lately}  # fmt: skip
    mat = {"studio_id": "oak", "product_id": "mat", "product_name": "Mat", "revenue_kind": "retail", "price": 5000,
           "cost": 1500, "currency": "EUR"}  # fmt: skip
    bench = small(tmp_path, members=people, orders=[sold], products=[mat])
    yield bench
    bench.close()
    settings.cache_clear()


@pytest.fixture
def run(bench):
    """Run `studiolab experiments` with these words."""
    return lambda *words: CliRunner().invoke(cli.app, ["experiments", *map(str, words)], prog_name="studiolab")


CREATE = ("create", "--name", "Mat offer", "--smallest-lift", "0.05", "--options", '{"clients": 400}')


def test_begun_listed_reported_and_stopped(run, bench):
    assert run("list").stdout.startswith("None yet.")
    assert run(*CREATE).stdout == "Begun as mat-offer-1: offer 50%, holdout 50%; 400 clients are planned.\n"
    bench.expose("mat-offer-1", ["m1", "m2"])
    assert "mat-offer-1  Mat offer  conversion" in run("list").stdout
    shown = run("report", "mat-offer-1").stdout
    assert "Arm      Exposed  Window over  Bought" in shown
    assert "Keep on: " in shown
    assert json.loads(run("report", "mat-offer-1", "--json").stdout)["experiment"]["name"] == "Mat offer"
    assert run("stop", "mat-offer-1").stdout == "mat-offer-1 is stopped after 2 clients.\n"


def test_a_price_test_is_begun_and_says_what_to_do_next(run, bench):
    asked = ("price", "--product", "mat", "--prices", 2, "--deepest", 0.2)
    assert run(*asked).exit_code == 2  # three members tell nothing of what is bought at the list price
    bench.begin_price_test("oak", {"name": "Mat price", "product_id": "mat", "prices": 2, "conversion": 0.1}, "ana")
    bench.expose("mat-price-1", ["m1", "m2"])
    shown = run("price", "mat-price-1").stdout
    assert "Price EUR  Asked  Bought" in shown
    assert "Take the list and ask each client the price beside their name" in shown
    assert json.loads(run("price", "mat-price-1", "--json").stdout)["experiment"]["control"] == "50.00 EUR"


def test_a_size_is_a_sentence(run):
    told = run("size", "--smallest-lift", "0.05", "--options", '{"conversion": 0.1, "per_week": 50}').stdout
    assert " clients show 5.0 points more than 10.0 % of clients who buy 80 of 100 times" in told
    assert "at 50 a week that takes" in told


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("report", "moon"), "no experiment 'moon'"), (("size", "--smallest-lift", "0.05"), "only 0 clients"),
        (("size", "--smallest-lift", "0.05", "--arm", "A"), "--arm A: expected NAME=SHARE"),
        (("size", "--smallest-lift", "0.05", "--options", "[]"), "--options is no JSON object"),
        (("price",), "expected the id of a price test, or --product"), (("price", "moon"), "no experiment 'moon'"),
        (("price", "--product", "moon"), "no product 'moon'; there are mat"),
        (("price", "--product", "mat"), "only 0 clients"),
        ((*CREATE, "--arm", "A=0.5", "--arm", "B=0.4"), "the shares add to 0.9"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_one_sentence_and_status_2(run, words, sentence):
    done = run(*words)
    assert done.exit_code == 2
    assert sentence in done.stderr
