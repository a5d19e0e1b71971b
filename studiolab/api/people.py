"""Signing in over HTTP, who and which studios there are besides, and what happened at the studio."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field

from studiolab.api.auth import Asker, needs
from studiolab.api.revenue import Bench, problem
from studiolab.app import Activity, NewStudio, StudioSummary
from studiolab.schema import ROLES
from studiolab.users import COOKIE

OWNERS = {403: problem("a page of another address, or who is no owner, asks")}


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


class Login(BaseModel):
    """The document's words for `SignIn`."""

    email: str = Field(max_length=200, description="the user name, which may be an e-mail address")
    password: str = Field(max_length=1000)


class Registration(BaseModel):
    """A user, and where `studio_name` is given a studio, as the document has it; the e-mail address is the user name.

    The ledger keeps first and last name beside the account.
    """

    email: str = Field(max_length=100)
    password: str = Field(max_length=1000)
    first_name: str = Field("", max_length=100)
    last_name: str = Field("", max_length=100)
    role: Literal[ROLES] = Field("manager", description="what the user may do, at every studio")
    studio_name: str | None = Field(None, max_length=100)
    currency: str | None = Field(None, max_length=10, description="of the studio, as in POST /api/v1/studios")
    timezone: str | None = Field(None, max_length=100, description="of the studio, as there")


class Registered(Known):
    """Who may sign in now, and the studio that was made."""

    studio: StudioSummary | None


def router(guard):
    """Routes /sign-in (open to all), /sign-out, /me, /activity, and of owners POST /studios."""
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

    @routes.post("/studios", dependencies=[Depends(guard), needs("accounts")], status_code=201, responses=OWNERS)
    def add_studio(workbench: Bench, user: Asker, studio: NewStudio) -> StudioSummary:
        """Begin a studio without data; its id is made of its name."""
        return workbench.add_studio(studio, user.name)

    @routes.get("/activity", dependencies=[Depends(guard), needs("look")])
    def activity(
        workbench: Bench,
        studio_id: Annotated[str | None, Query(max_length=200)] = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 50,
    ) -> list[Activity]:
        """Who did what of late, the latest first."""
        return workbench.activity(studio_id, limit)

    return routes


def documents_router(guard):
    """The document's names (D-27): /auth/login (open to all) and /auth/me; /auth/register is for owners (K3.15)."""
    routes = APIRouter(
        prefix="/auth", tags=["accounts"], responses={401: problem("nobody known asks, or a wrong password")}
    )

    @routes.post("/login")
    def login(workbench: Bench, who: Login) -> Session:
        """As /api/v1/sign-in."""
        return workbench.sign_in(who.email, who.password)

    @routes.get("/me", dependencies=[Depends(guard)])
    def me(user: Asker) -> Known:
        """As /api/v1/me."""
        return Known(user=user.name, role=user.role)

    @routes.post("/register", dependencies=[Depends(guard), needs("accounts")], status_code=201, responses=OWNERS)
    def register(workbench: Bench, user: Asker, new: Registration) -> Registered:
        """Make an account, and a studio where one is named; only an owner who is signed in may."""
        full_name = " ".join(f"{new.first_name} {new.last_name}".split())
        studio = None
        if new.studio_name is not None:
            studio = NewStudio(studio_name=new.studio_name, currency=new.currency, timezone=new.timezone)
        told = {"full_name": full_name} if full_name else {}
        made = workbench.register(new.email, new.password, new.role, told, studio, user.name)
        return Registered(user=new.email.strip(), role=new.role, studio=made)

    return routes
