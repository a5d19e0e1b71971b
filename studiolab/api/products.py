"""Product recommendations over HTTP, `/api/recommendations/…` (C-18, K2.7, K2.11).

A receipt is as good as a customer's id. 404 where nobody is known by it, 409 where it names several customers. Figures
of the whole studio are for those who may see revenue, addresses for a campaign for owners and managers.
"""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response

from studiolab.api.auth import needs
from studiolab.api.revenue import Bench, problem
from studiolab.api.scheduling import Studio
from studiolab.product_recommender import questions, replies, worth

router = APIRouter(
    prefix="/recommendations", tags=["product recommender"],
    responses={401: problem("no token, or a wrong one"), 403: problem("a page of another address, or a role, asks"),
               404: problem("no such studio, customer or receipt"), 503: problem("there are no orders yet"),
               422: problem("what came, what was expected, and where")},
)  # fmt: skip
SHARED = {409: problem("the receipt names more than one customer")}
CSV = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}, "description": "a row a recommendation"}}
AsOf = Annotated[questions.Moment | None, Query(description="the end of the known orders by default")]
Limit = Annotated[int, Query(ge=1, le=questions.MOST)]


@router.get("/customer/{receipt:path}", responses=SHARED)
def customer(
    workbench: Bench,
    studio: Studio,
    receipt: Annotated[str, Path(min_length=1, max_length=200, description="or a customer's id")],
    limit: Limit = 3,
    policy: questions.Policy = "learned",
    as_of: AsOf = None,
) -> replies.RecommendationResult:
    """What to offer a customer, each product with its chance, its worth and the reason."""
    return workbench.product_recommendations(studio, receipt, limit, policy, as_of)


@router.get("/opportunities")
def opportunities(
    workbench: Bench,
    studio: Studio,
    limit: Limit = 20,
    segment: questions.Segment | None = None,
    sort: questions.Sort = "value",
    policy: questions.Policy = "learned",
    as_of: AsOf = None,
) -> replies.Opportunities:
    """Whom to talk to, each with the one product."""
    return workbench.product_opportunities(studio, limit, segment, sort, policy, as_of)


@router.get("/products", dependencies=[needs("revenue")])
def products(workbench: Bench, studio: Studio, as_of: AsOf = None) -> replies.Performance:
    """Orders, revenue and customers of each product, month by month, and what of the orders does not count."""
    return workbench.product_performance(studio, as_of)


@router.get("/stats", dependencies=[needs("revenue")])
def stats(workbench: Bench, studio: Studio, policy: questions.Policy = "learned", as_of: AsOf = None) -> replies.Stats:
    """The whole studio: customers, their worth, and what recommendations may bring."""
    return workbench.product_stats(studio, policy, as_of)


@router.get("/values")
def values(workbench: Bench, studio: Studio, limit: Limit = 20, as_of: AsOf = None) -> worth.CustomerValues:
    """Who is worth most in the year to come, and when they order next."""
    return workbench.customer_values(studio, limit, as_of)


@router.get("/churn")
def churn(workbench: Bench, studio: Studio, limit: Limit = 20, as_of: AsOf = None) -> worth.ChurnList:
    """Whose silence puts most money at risk."""
    return workbench.churn_list(studio, limit, as_of)


@router.get("/export", dependencies=[needs("export")], response_class=Response, responses=CSV)
def export(
    workbench: Bench,
    studio: Studio,
    limit: Limit = 1,
    segment: questions.Segment | None = None,
    policy: questions.Policy = "learned",
    as_of: AsOf = None,
):
    """A CSV for e-mail tools: everybody who agreed to e-mail, the surest first."""
    text = workbench.product_export(studio, limit, segment, policy, as_of)
    named = {"Content-Disposition": 'attachment; filename="recommendations.csv"'}
    return Response(text.encode(), media_type="text/csv; charset=utf-8", headers=named)
