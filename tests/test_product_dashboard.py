"""The product opportunities in a real Chromium."""

from .test_dashboards import site, visit  # noqa: F401, fixtures

CLIPPED = """() => [...document.querySelectorAll(".sl td, .sl th, .sl .card")].filter(box => box.offsetParent)
    .filter(box => box.scrollWidth > box.clientWidth + 1).map(box => box.innerText)"""


def opened(visit, width=1400):  # noqa: F811
    page = visit("product_opportunities.ipynb", studio="studio-001")
    page.set_viewport_size({"width": width, "height": 1000})
    page.wait_for_selector(".dg-table tbody tr")
    page.wait_for_selector(".sl-offers")
    return page


def worths(page):
    told = page.locator(".dg-table tbody tr td:nth-child(5)").all_inner_texts()
    return [float(text.lstrip("$").replace(",", "")) for text in told]


def test_a_heading_sorts_a_row_opens_its_client_and_nothing_is_clipped(visit):  # noqa: F811
    page = opened(visit)
    assert len(worths(page)) == 20
    page.get_by_role("button", name="Worth").click()
    assert worths(page) == sorted(worths(page), reverse=True)
    page.get_by_role("button", name="Worth").click()
    assert worths(page) == sorted(worths(page))
    row = page.locator(".dg-table tbody tr").nth(2)
    row.click()
    page.locator(".sl-panel h2", has_text=row.locator("td").first.inner_text()).wait_for()
    assert page.evaluate(CLIPPED) == []


def test_a_receipt_is_looked_up_and_an_unknown_one_is_a_sentence(visit):  # noqa: F811
    page = opened(visit, 420)
    assert page.evaluate(CLIPPED) == []
    receipt = page.get_by_text("last receipt").inner_text().split()[-1]
    field = page.locator(".sl-lookup input")
    field.fill("no-such-receipt")
    field.press("Enter")
    page.locator(".say.stop", has_text="no-such-receipt").wait_for()
    field.fill(receipt)
    field.press("Enter")
    page.locator(".say.stop").wait_for(state="detached")
