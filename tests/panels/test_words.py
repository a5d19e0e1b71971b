import pytest

from studiolab.panels import words


@pytest.mark.parametrize(
    ("said", "written"),
    [
        (words.money(44120.3, "USD"), "$44,120"),
        (words.money(-0.3, "USD", signed=True), "$0"),
        (words.money(-1250, "EUR", signed=True), "−€1,250"),
        (words.money(990, "SEK"), "SEK 990"),
        (words.percent(0.0512, signed=True), "+5.1 %"),
        (words.percent(-0.25, digits=0), "−25 %"),
        (words.count(1234.4), "1,234"),
        (words.month_name("2026-10"), "October 2026"),
        (words.lever_value("retention_rate", 0.9277, "USD"), "92.8 %"),
        (words.lever_value("new_members_monthly", 21.57, "USD"), "21.6 people"),
        (words.listed(["a"]), "a"),
        (words.listed(["a", "b", "c"]), "a, b and c"),
        (words.plain("retention_rate is 2; its range is 0.5 to 1"), "Retention is 2; its range is 0.5 to 1"),
    ],
)
def test_numbers_and_names_are_written_as_people_write_them(said, written):
    assert said == written


def plan(**changed):
    """JSON of an InverseResponse, as far as sentences need it."""
    row = {"month": "2027-01"}
    change = {"current": 100.0, "recommended": 110.0}
    return {"target_revenue": 50_000, "achievable_revenue": 50_000, "cost": 700, "reachable": True,
            "target_basis": "last", "target_months": 3, "achievement_rate": 1.0, "monthly_levers": [row], "binds": [],
            "chance": 0.5, "relaxations": [], "lever_changes": {"avg_ticket_price": change}} | changed  # fmt: skip


def test_a_plan_that_gets_there_says_how_many_levers_and_at_what_cost():
    said = "$50,000 in January 2027 can be reached by moving one lever. The cheapest way costs about $700 in all."
    assert words.verdict(plan(), "USD") == f"{said} The chance to come to it is 50 %."


def test_a_plan_without_a_change_says_so():
    still = {"avg_ticket_price": {"current": 100.0, "recommended": 100.0}}
    said = words.verdict(plan(lever_changes=still, achievable_revenue=51_000, cost=0), "USD")
    assert said == "$50,000 in January 2027 comes without any change: $51,000 is expected."


def test_a_target_out_of_reach_says_the_best_and_what_holds_it():
    bounds = {"upsell_rate": "data", "avg_ticket_price": "limit"}
    binds = [{"lever": lever, "bound": bound} for lever, bound in bounds.items()]
    far = plan(reachable=False, achievable_revenue=40_000, achievement_rate=0.8, target_basis="sum", binds=binds)
    assert words.verdict(far, "USD").startswith(
        "$50,000 over 3 months together is out of reach. The best plan brings $40,000, 80 %"
    )
    assert words.what_binds(far) == (
        "At the limit: Ticket price (as far as one quarter allows); Upsell (as far as your data has seen). "
        "Lower the target; no single larger step brings it."
    )


def test_what_would_bring_a_target_says_where_the_lever_goes_and_what_it_costs():
    step = {"kind": "limit", "lever": "avg_ticket_price", "needed": 26.5, "cost": 900, "beyond_data": True}
    assert words.step(step, plan(), "USD") == "Allow ticket price to go to $126 ($900, never seen)"
    longer = {"kind": "months", "lever": None, "needed": 5, "cost": 1200, "beyond_data": False}
    assert words.step(longer, plan(), "USD") == "Give it 5 months ($1,200)"
