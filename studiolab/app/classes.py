"""What the class recommender answers, on the workbench's data."""

import hmac
import secrets
import threading
from functools import partial
from hashlib import sha256
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pandas as pd

from studiolab import schema
from studiolab.adapters.errors import StudiolabError
from studiolab.class_recommender import Desk, behaviour, upsell, watch
from studiolab.class_recommender import answers as classes
from studiolab.ledger import canonical
from studiolab.revenue_simulator.answers import UnknownStudio

DESK = ("visits", "class_sessions", "members", "plans", "instructors")
VISITS = ["member_id", "class_id", "class_name", "attended_at", "status"]  # the rest is not worth its memory
MOST_DESKS = 8
NO_MONEY = "XXX"  # ISO 4217 for no currency


class Room:
    """A studio at one moment: its Desk, its `answers.People`, and whom to talk to, looked up once."""

    def __init__(self, desk, people, members, plans):
        """members, plans : tables of the studio"""
        self.desk, self.people, self._tables = desk, people, (members, plans)
        self._lock, self._watched = threading.Lock(), None

    def watched(self):
        """List of `answers.Watched`."""
        with self._lock:
            if self._watched is None:
                desk = self.desk
                found = watch.lists(desk.visits, *self._tables, desk.as_of, desk.timezone)
                self._watched = [
                    classes.Watched(list=row.list, client_id=row.member_id, client_name=self.people.name(row.member_id),
                                    days=row.days, reason=row.reason, next_step=row.next_step)
                    for row in found.itertuples()
                ]  # fmt: skip
            return self._watched


class Classes:
    """The part of the Workbench that knows clients and classes."""

    def __init__(self, settings=None, patience=0.0):
        super().__init__(settings, patience)
        self._secret = (self.settings.token or secrets.token_hex()).encode()
        self._rooms, self._shelf, self._opening = {}, threading.Lock(), threading.Lock()

    def recommend(self, request):
        """`class_recommender.answers.recommend` to a RecommendRequest, or a dict of its fields."""
        request = classes.RecommendRequest.model_validate(request)
        return classes.recommend(*self._desk(request))

    def concierge(self, request):
        """As `recommend`, picked by a language model; where none is there, the behaviour model's and a word why."""
        from studiolab.adapters import llm

        request = classes.RecommendRequest.model_validate(request)
        ask = partial(llm.ask, llm.provider("class_concierge", self.settings))
        answer = classes.concierge(*self._desk(request), ask)
        answer.words.seal = self.seal(answer.words, request)
        return answer

    def seal(self, words, request):
        """HMAC of the concierge's words and the question they answer, so that nobody saves words as its own."""
        told = words.model_dump(mode="json", exclude={"seal"})
        asked = request.model_dump(mode="json", include=set(classes.RecommendRequest.model_fields))
        return hmac.new(self._secret, canonical([told, asked]).encode(), sha256).hexdigest()

    def advice(self, request):
        """`AdviceWords` on the plan of a ClientRequest's client. Raises ValueError where there is no advice."""
        from studiolab.adapters import llm

        _, request, people = self._desk(classes.ClientRequest.model_validate(request))
        told = people.advice.get(request.client_id)
        if told is None:
            raise ValueError(f"there is no advice on {request.client_id}, who left or has no known plan")
        ask = partial(llm.ask, llm.provider("plan_advisor", self.settings))
        words, banner = upsell.spoken(ask, told["decision"], told["to_plan"], told["reason"], told["effect"])
        return classes.AdviceWords(words=words, banner=banner)

    def why_not(self, request):
        """`class_recommender.answers.why_not` to a WhyNotRequest, or a dict of its fields."""
        request = classes.WhyNotRequest.model_validate(request)
        return classes.why_not(*self._desk(request)[:2])

    def client(self, request):
        """`class_recommender.answers.client` to a ClientRequest, or a dict of its fields."""
        request = classes.ClientRequest.model_validate(request)
        return classes.client(*self._desk(request))

    def slate(self, request):
        """List of (words, class_id): what can be offered to a client or asked about, in order of start."""
        desk, _, _ = self._desk(classes.ClientRequest.model_validate(request))
        starts = desk.slate["starts_at"].dt.tz_convert(desk.timezone).dt.strftime("%a %d %b, %H:%M, ")
        return list(zip(starts + desk.slate["class_name"].fillna("class"), desk.slate["class_id"], strict=True))

    def studios_with_visits(self):
        """dict of studio_id to name, of studios whose visits are known."""
        seen = set(self.db.distinct("visits", "studio_id"))
        studios = self.db.read("studios", columns=["studio_id", "studio_name"])
        return {row.studio_id: row.studio_name for row in studios.itertuples() if row.studio_id in seen}

    def clients(self, studio_id, search="", limit=20):
        """List of `class_recommender.answers.Found`, the clients of a studio whose name or id holds `search`."""
        return self._room(studio_id, None, behaviour.HORIZON_DAYS).people.search(search, limit)

    def _desk(self, request):
        """The Desk that answers a request about a client, the request, and the people of its studio."""
        room = self._room(request.studio_id, request.moment, request.horizon_days, request.weights)
        desk, people = room.desk, room.people
        if request.client_id not in people.clients.index:
            known = f"there are {len(people.clients)}"
            raise classes.UnknownClient(f"no client {request.client_id!r} at {request.studio_id}; {known}")
        return desk, request, people

    def _room(self, studio_id, moment, horizon, weights="published"):
        """The Room of a studio, opened where it is not open yet; the MOST_DESKS last asked for stay open."""
        key = (self.db.revision("studios", *DESK), self._file_stamp(), studio_id, moment, horizon, weights)
        room = self._open_room(key)
        if room is None:
            with self._opening:  # one at a time: who waited finds it open
                room = self._open_room(key)
                if room is None:
                    room = self._open_desk(studio_id, moment, horizon, weights)
                    with self._shelf:
                        self._rooms[key] = room
                        while len(self._rooms) > MOST_DESKS:
                            self._rooms.pop(next(iter(self._rooms)))
        return room

    def _open_room(self, key):
        with self._shelf:
            room = self._rooms.pop(key, None)
            if room is not None:
                self._rooms[key] = room  # the last one to go
            return room

    def _file_stamp(self):
        path = self.settings.schedule
        return path and path.exists() and path.stat().st_mtime_ns

    def _open_desk(self, studio_id, moment, horizon, weights):
        studio = self.db.read("studios", studio_id)
        if studio.empty:
            raise UnknownStudio(f"no studio {studio_id!r}; `studiolab studios` lists them")
        tables = {name: self.db.read(name, studio_id, VISITS if name == "visits" else None) for name in DESK}
        visits, members = tables["visits"], tables["members"].set_index("member_id")
        if visits.empty:
            raise StudiolabError(f"{studio_id} has no visits yet; `studiolab import FILE` brings them.")
        zone = zone_of(studio.iloc[0])
        plans = tables["plans"].set_index("plan_id")
        held = members["plan_id"][members["plan_id"].isin(plans.index)]
        credits = held.map(plans["classes_per_month"].astype("float64"))
        as_of = moment or day_after(visits, zone)
        sessions, note = self._with_file(tables["class_sessions"], studio_id, as_of)
        known = behaviour.fit_weights(visits, sessions, as_of, zone) if weights == "fitted" else behaviour.WEIGHTS
        desk = Desk(visits, sessions, as_of, zone, credits, known, horizon)
        desk.schedule_note = note
        everyone = members.index.union(pd.Index(visits["member_id"].unique()))
        left = set(members.index[members["left_at"] < desk.as_of])
        people = classes.People(
            members["member_name"].reindex(everyone), left, held.map(plans["plan_name"]).to_dict(),
            tables["instructors"].set_index("instructor_id")["instructor_name"].to_dict(),
            sessions.set_index("class_id")["instructor_id"].to_dict(),
            _advice(visits, tables["members"], tables["plans"], desk.as_of, zone),
        )  # fmt: skip
        return Room(desk, people, tables["members"], tables["plans"])

    def _with_file(self, sessions, studio_id, as_of):
        """Sessions with those ahead taken from the file at CLASS_SCHEDULE_PATH where it has any of this studio, and
        what of it could not be read (A-17)."""
        path = self.settings.schedule
        if path is None:
            return sessions, ""
        from studiolab.adapters import imports

        known = self.db.read("studios")
        only = known["studio_id"].iloc[0] if len(known) == 1 else None
        mappings = imports.of_table(imports.load_mappings(None), "class_sessions")
        try:
            export = imports.read_export(path, mappings, imports.Given(only, NO_MONEY, None, known))
        except (StudiolabError, OSError, ValueError) as error:
            raise StudiolabError(f"The schedule at CLASS_SCHEDULE_PATH cannot be used. {error}") from None
        wrong = len(export.rejected)
        note = ""
        if wrong:
            first = export.rejected.iloc[0]
            left_out = f"{wrong} of {export.rows_read} rows of {path.name} were left out"
            note = f"{left_out}, the first in line {first['line']}: {first['column']}, {first['reason']}."
        rows = export.frame[export.frame["studio_id"] == studio_id]
        if not (rows["starts_at"] > as_of).any():
            return sessions, note or f"{path.name} has no coming class of this studio."
        past = sessions[sessions["starts_at"] <= as_of]
        return pd.concat([past, rows[rows["starts_at"] > as_of]], ignore_index=True), note

    def watched(self, studio_id, as_of=None):
        """List of `class_recommender.answers.Watched`: clients to talk to today, those first who matter most."""
        request = classes.Question.model_validate({"studio_id": studio_id, "client_id": "-", "as_of": as_of})
        return self._room(studio_id, request.moment, behaviour.HORIZON_DAYS).watched()


def _advice(visits, members, plans, as_of, zone):
    """dict of client to the fields of `class_recommender.answers.Advice`, money in major units."""
    if plans.empty:
        return {}
    told = upsell.advise(visits, members, plans, as_of, zone)
    told["to_plan"] = told["to_plan_id"].map(plans.set_index("plan_id")["plan_name"])
    told["effect"] = told["effect"] / schema.minor_per_major(plans["currency"].iloc[0])
    told["effect"] = told["effect"].astype(object).where(told["effect"].notna(), None)
    return told[["decision", "to_plan", "effect", "reason"]].to_dict("index")


def zone_of(studio):
    """IANA zone of a row of studios, UTC where none is said. Raises StudiolabError for one that there is not."""
    name = studio["timezone"] or "UTC"
    try:
        ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        told = f"Studio {studio['studio_id']} has the time zone {name!r}, which there is not"
        raise StudiolabError(f"{told}; set an IANA name such as Europe/Berlin.") from None
    return name


def day_after(visits, zone):
    """The start, in UTC, of the day after the last signed-in visit."""
    came = visits.loc[visits["status"] == "attended", "attended_at"]
    if came.empty:
        raise StudiolabError("There is no signed-in visit yet, so nothing is known of anybody's taste. Import visits.")
    return morning_after(came, zone)


def morning_after(instants, zone):
    """The start, in UTC, of the day after the last of `instants`."""
    past = instants[instants < pd.Timestamp.now("UTC") + pd.Timedelta(days=1)]  # a mistyped year is not the present
    last = (instants if past.empty else past).max().tz_convert(zone)
    return (last.tz_localize(None).normalize() + pd.Timedelta(days=1)).tz_localize(zone).tz_convert("UTC")
