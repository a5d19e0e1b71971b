"""A studio that begins here, before anything of it is imported: its name, its money and its hours."""

import re
import unicodedata
from zoneinfo import available_timezones

import pandas as pd
from pydantic import BaseModel, Field

from studiolab.app.revenue import StudioSummary
from studiolab.users import STARTER

LONGEST_ID = 60
# ISO 4217, what people pay with; without funds, metals and codes for testing
CURRENCIES = frozenset(
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF "
    "CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG "
    "HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA "
    "MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD "
    "RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX "
    "USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG".split()
)


class NewStudio(BaseModel):
    """A studio to add; currency and time zone are those of the other studios where these all share one."""

    studio_name: str = Field(max_length=100)
    currency: str | None = Field(None, max_length=10, description="ISO 4217 code, such as EUR")
    timezone: str | None = Field(None, max_length=100, description="IANA zone, such as Europe/Berlin")


class Studios:
    """The part of the Workbench that adds studios."""

    def add_studio(self, request, actor=STARTER.name):
        """`StudioSummary` of a new studio without data, with an id made of its name; actor : user name.

        request : NewStudio, or a dict of its fields. Raises ValueError for a name that is taken or has no letter, and
        for an unknown currency or time zone.
        """
        with self.db.transaction() as changes:
            return self._enter_studio(changes, NewStudio.model_validate(request), actor)

    def register(self, name, password, role, told, request=None, actor=STARTER.name):
        """`StudioSummary` or None: an account, and with it a studio where `request` (as of `add_studio`) is given.

        told : dict that the ledger keeps with the account. Raises ValueError, with nothing stored.
        """
        made = []

        def studio(changes):
            if request is not None:
                made.append(self._enter_studio(changes, NewStudio.model_validate(request), actor))

        self.accounts.add(name, role, password, actor, told, then=studio)
        return made[0] if made else None

    # parts --------------------------------------------------------------------------------------
    def _enter_studio(self, changes, request, actor):
        changes.alone("studios")
        known = changes.read("studios")
        row = {"studio_id": studio_id_of(request.studio_name), "studio_name": _name(request.studio_name),
               "currency": _currency(request.currency, known), "timezone": _zone(request.timezone, known)}  # fmt: skip
        names = known["studio_name"].map(str.casefold)
        taken = known[(known["studio_id"] == row["studio_id"]) | (names == row["studio_name"].casefold())]
        if len(taken):
            other = taken.iloc[0]
            raise ValueError(f"studio_name: there is {other['studio_name']!r} already, with the id "
                             f"{other['studio_id']}; take a name that is told apart from it")  # fmt: skip
        changes.write("studios", pd.DataFrame([row]))
        told = {key: value for key, value in row.items() if key != "studio_id"}
        self.ledger.enter(changes, actor, "studio added", told, row["studio_id"])
        return StudioSummary(**row, studio_type=None, location=None, plannable=False)


def studio_id_of(name):
    """The id of a studio's name: its letters and digits without accents, in lower case, joined by hyphens.

    Raises ValueError for a name that holds none.
    """
    parts = unicodedata.normalize("NFKD", name.casefold())
    plain = "".join(sign for sign in parts if not unicodedata.combining(sign))
    found = re.sub(r"[\W_]+", "-", plain).strip("-")[:LONGEST_ID].strip("-")
    if not found:
        raise ValueError(f"studio_name: got {name[:100]!r}; a name needs a letter or a digit")
    return found


def _name(name):
    name = " ".join(name.split())
    if not name.isprintable():
        raise ValueError(f"studio_name: got {name[:100]!r}; expected signs that can be seen")
    return name


def _currency(code, known):
    code = _shared("currency", code, known, "an ISO 4217 code such as EUR, USD or INR").upper()
    if code not in CURRENCIES:
        raise ValueError(f"currency: got {code!r}; expected an ISO 4217 code such as EUR, USD or INR")
    return code


def _zone(name, known):
    name = _shared("timezone", name, known, "an IANA zone such as Europe/Berlin")
    zones = available_timezones()
    if name not in zones:
        near = [zone for zone in sorted(zones) if name and name.casefold().replace(" ", "_") in zone.casefold()]
        such = near[0] if near else "Europe/Berlin"
        raise ValueError(f"timezone: got {name!r}; expected an IANA zone such as {such}")
    return name


def _shared(field, value, known, expected):
    """`value`, or what all the known studios have in this column. Raises ValueError where they do not agree."""
    if value is not None:
        return value.strip()
    found = known[field].dropna().unique()
    if len(found) == 1 and known[field].notna().all():
        return found[0]
    raise ValueError(f"{field}: is missing; expected {expected}")
