"""Agents on the workbench's data: drafts, scores and notes, which a person reads; settings that can be changed."""

import json
from functools import partial

import pandas as pd

from studiolab import schema
from studiolab.adapters.errors import StudiolabError
from studiolab.studio_operations.agents import knowledge as known
from studiolab.studio_operations.agents import live, replies, smart_reply
from studiolab.studio_operations.inbox import contacts
from studiolab.studio_operations.timetable import tables

SENDABLE = ("membership", "class_pack", "intro")  # products that people ask for
MOST_PRODUCTS = 60


class UnknownConversation(ValueError):
    """No such conversation or contact."""


class Agents:
    """The part of the Workbench that drafts and takes notes; none of it sends anything."""

    def smart_reply(self, studio_id, conversation_id, additional_context=""):
        """`replies.Draft` of an answer to a conversation. Raises UnknownConversation, ValueError where there is
        nothing to answer."""
        asked = replies.SmartReplyRequest(conversation_id=conversation_id, additional_context=additional_context)
        contact, messages = self._agent_conversation(studio_id, asked.conversation_id)
        drafted = smart_reply.draft(
            messages, self._agent_knowledge(studio_id), self._agent_ask("smart_reply"),
            _first_name(contact.given.get("name")), asked.additional_context,
            self._agent_bookings(studio_id, contact.given.get("member_id")),
        )  # fmt: skip
        sources = [replies.Source(piece_id=one.piece.piece_id, source=one.piece.source, title=one.piece.title,
                                  text=one.piece.in_language(drafted.language), score=round(min(1.0, one.score), 4))
                   for one in drafted.sources]  # fmt: skip
        return replies.Draft(
            conversation_id=contact.contact_id, text=drafted.text, language=drafted.language, intent=drafted.intent,
            sources=sources, is_answered=drafted.is_answered, ask_colleague=drafted.ask_colleague,
            written_by=drafted.written_by, banner=drafted.banner, rejected=drafted.rejected, about=drafted.about,
            written_at=pd.Timestamp.now("UTC").floor("s"),
        )  # fmt: skip

    # parts --------------------------------------------------------------------------------------
    def _agent_ask(self, agent):
        """What asks the agent's language model, None where none is set up."""
        from studiolab.adapters import llm

        provider = llm.provider(agent, self.settings)
        return None if provider is None else partial(llm.ask, provider)

    def _agent_conversation(self, studio_id, conversation_id):
        """(Contact, list of smart_reply.Said, oldest first)."""
        self.the_studio(studio_id)
        events = contacts.events(self.db.read("contact_events", studio_id))
        handles = self.db.read("messages", studio_id, ["handle"])["handle"].unique()
        contact = contacts.contacts(studio_id, handles, events).get(conversation_id)
        if contact is None:
            raise UnknownConversation(f"no conversation {conversation_id!r}; `studiolab inbox list` shows them")
        rows = self.db.read("messages", studio_id, handle=contact.handles).sort_values(["sent_at", "message_id"])
        return contact, [
            smart_reply.Said(row.message_id, row.direction == "outbound", row.body, row.sent_at)
            for row in rows.itertuples() if isinstance(row.body, str)
        ]  # fmt: skip

    def _agent_knowledge(self, studio_id):
        """`Knowledge` of a studio: its documents and its live data, made anew where one of them changed."""
        revision = self.db.revision("inbox_settings", "studios", "plans", "products", "class_sessions", "class_types",
                                    "class_definitions", "timetable_entries", "rooms", "instructors")  # fmt: skip
        kept = getattr(self, "_agents_known", {})
        if kept.get(studio_id, (None, None))[0] != revision:
            pieces = [piece for name, text in self._agent_documents(studio_id) for piece in known.document(name, text)]
            kept = kept | {studio_id: (revision, known.Knowledge(pieces + live.pieces(self._agent_live(studio_id))))}
            self._agents_known = kept
        return kept[studio_id][1]

    def _agent_documents(self, studio_id):
        """(name, text) of each document."""
        rows = self.db.read("inbox_settings", studio_id, kind="knowledge")
        return [(row.name, json.loads(row.value)["text"]) for row in rows.itertuples()]

    def _agent_live(self, studio_id):
        """`Live` facts of a studio as they are now."""
        studio = self.db.read("studios", studio_id).iloc[0]
        plans, products = self.db.read("plans", studio_id), self.db.read("products", studio_id)
        products = products[products["revenue_kind"].isin(SENDABLE) & products["product_name"].notna()]
        plans = [live.Offer(row.plan_name, _price(row), None if pd.isna(row.classes_per_month)
                            else int(row.classes_per_month)) for row in plans.itertuples()]  # fmt: skip
        offers = [live.Offer(row.product_name, _price(row)) for row in products.head(MOST_PRODUCTS).itertuples()]
        try:
            week, opening = self._agent_week(studio_id), self._week_opening(self.db, studio_id)
        except (ValueError, StudiolabError):  # a timetable that cannot be read is no reason not to answer
            week, opening = (), ()
        rooms = tuple((row.room_name, int(row.max_capacity)) for row in self.db.read("rooms", studio_id).itertuples()
                      if pd.notna(row.max_capacity))  # fmt: skip
        location = studio["location"] if isinstance(studio["location"], str) else ""
        return live.Live(studio["studio_name"], location, tuple(plans), tuple(offers), week, opening, rooms)

    def _agent_week(self, studio_id):
        """Tuple of `Lesson` of the saved week, else of the one that is held."""
        classes = {one.class_id: one for one in tables.classes(self._week_ground(self.db, studio_id).definitions)}
        rooms = {one.room_id: one.name for one in tables.rooms(self.db.read("rooms", studio_id))}
        coaches = {one.instructor_id: one.name for one in tables.instructors(self.db.read("instructors", studio_id))}
        return tuple(
            live.Lesson(one.name, one.level, at.weekday, at.start, at.start + one.minutes, rooms.get(at.room_id, ""),
                        coaches.get(at.instructor_id, ""))
            for at in self.saved_timetable(studio_id).placements if (one := classes.get(at.class_id))
        )  # fmt: skip

    def _agent_bookings(self, studio_id, member_id):
        """Sentences on what a member has booked from now on, in the studio's time."""
        if not member_id:
            return []
        rows = self.db.read("visits", studio_id, member_id=member_id)
        ahead = rows[(rows["status"] == "booked") & (rows["attended_at"] > pd.Timestamp.now("UTC"))]
        zone = self._week_ground(self.db, studio_id).timezone
        return [f"{row.class_name} on {row.attended_at.tz_convert(zone):%A %Y-%m-%d at %H:%M}"
                for row in ahead.sort_values("attended_at").itertuples()]  # fmt: skip


def _price(row):
    return "" if pd.isna(row.price) else f"{row.currency} {schema.major(row.price, row.currency)}"


def _first_name(name):
    """The first word of a name, where it is one: what a stranger calls themselves goes into a text to them."""
    word = (name or "").split()[:1]
    return word[0] if word and word[0].replace("-", "").isalpha() and len(word[0]) <= 30 else ""
