"""Signing in over HTTP, and what happened at the studio."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field

from studiolab.api.auth import Asker, needs
from studiolab.api.revenue import Bench, problem
from studiolab.app import Activity
from studiolab.users import COOKIE


class SignIn(BaseModel):
    """User name and password."""

    user: str = Field(max_length=200)
    password: str = Field(max_length=1000)


class Session(BaseModel):
    """A session: send its token as `Authorization: Bearer …`."""

    user: str
    role: str
    token: str
    expires_at: datetime


class Known(BaseModel):
    """Who asks."""

    user: str
    role: str


def router(guard):
    """Routes /sign-in (open to all), /sign-out, /me, /activity."""
    routes = APIRouter(tags=["accounts"], responses={401: problem("nobody known asks, or a wrong password")})

    @routes.post("/sign-in")
    def sign_in(workbench: Bench, who: SignIn) -> Session:
        """A session of twelve hours for the right password."""
        return workbench.sign_in(who.user, who.password)

    @routes.post("/sign-out", dependencies=[Depends(guard)], status_code=204)
    def sign_out(request: Request, workbench: Bench) -> None:
        """End the session whose bearer token or cookie asks."""
        bearer = request.headers.get("authorization", "").rpartition(" ")[2]
        workbench.accounts.sign_out(bearer or request.cookies.get(COOKIE, ""))

    @routes.get("/me", dependencies=[Depends(guard)])
    def me(user: Asker) -> Known:
        """Who asks, and with which role."""
        return Known(user=user.name, role=user.role)

    @routes.get("/activity", dependencies=[Depends(guard), needs("look")])
    def activity(
        workbench: Bench,
        studio_id: Annotated[str | None, Query(max_length=200)] = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 50,
    ) -> list[Activity]:
        """Who did what of late, the latest first."""
        return workbench.activity(studio_id, limit)

    return routes
