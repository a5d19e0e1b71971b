"""The OpenAPI page, from files of an installed package: it asks no other host for anything; and the documents' address
of the product dashboard."""

from importlib.resources import files
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import FileResponse, JSONResponse, RedirectResponse
from starlette.exceptions import HTTPException

ASSETS = files("fastapi_offline") / "static"
NAMES = ("swagger-ui-bundle.js", "swagger-ui.css", "favicon.png")
PRODUCTS = "/voila/render/product_opportunities.ipynb"
POLICY = "default-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'"


def router(guard):
    """Routes /docs, its files, /openapi.json and /admin/recommendations.

    `/docs?token=…` leaves a cookie and the token's address.
    """
    routes = APIRouter()

    @routes.get("/docs")
    async def docs(request: Request, token: Annotated[str | None, Query()] = None):
        if token is not None and guard.knows(token):
            answer = RedirectResponse("/docs", 303)
            answer.set_cookie(guard.name, guard.cookie, httponly=True, samesite="lax")
            return answer
        await guard(request)
        page = get_swagger_ui_html(
            openapi_url="/openapi.json",
            title="studiolab API",
            swagger_js_url="/docs/swagger-ui-bundle.js",
            swagger_css_url="/docs/swagger-ui.css",
            swagger_favicon_url="/docs/favicon.png",
            swagger_ui_parameters={"validatorUrl": None},
        )
        page.headers["Content-Security-Policy"] = POLICY
        page.headers["Referrer-Policy"] = "no-referrer"
        return page

    @routes.get("/docs/{name}", dependencies=[Depends(guard)])
    def asset(name: str):
        if name not in NAMES:
            raise HTTPException(404, f"no file {name!r}")
        return FileResponse(str(ASSETS / name))

    @routes.get("/admin/recommendations", dependencies=[Depends(guard)])
    def recommendations(request: Request):
        port = request.app.state.workbench.settings.dashboards_port
        return RedirectResponse(f"http://{request.url.hostname}:{port}{PRODUCTS}", 303)

    @routes.get("/openapi.json", dependencies=[Depends(guard)])
    def schema(request: Request):
        return JSONResponse(request.app.openapi())

    return routes
