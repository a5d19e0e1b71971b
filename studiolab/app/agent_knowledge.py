"""What a studio's agents know: its documents, and its plans, products, week, hours and rooms as they are now (D-10)."""

import json
from functools import partial
from pathlib import Path

import pandas as pd

from studiolab import schema
from studiolab.adapters.errors import StudiolabError
from studiolab.app.timetable import asked
from studiolab.studio_operations.agents import knowledge as known
from studiolab.studio_operations.agents import live, replies
from studiolab.studio_operations.timetable import tables

ASKED_FOR = ("membership", "class_pack", "intro")  # products that people ask for
MOST_PRODUCTS = 60
MOST_BYTES = 2 * 2**20  # of a document
KINDS = (".md", ".txt", ".csv")
NOTHING = "holds nothing that could answer anybody; expected text below headings"
SEEN = ("inbox_settings", "studios", "plans", "products", "class_sessions", "class_types", "class_definitions",
        "timetable_entries", "rooms", "instructors")  # fmt: skip


class UnknownDocument(ValueError):
    """No such document among what a studio's agents know."""


class AgentKnowledge:
    """The part of the Workbench that keeps what agents may say."""

    def knowledge(self, studio_id):
        """`replies.KnowledgeTold`. Raises UnknownStudio."""
        self.the_studio(studio_id)
        documents = [
            replies.DocumentTold(name=row.name, pieces=len(known.document(row.name, text)), characters=len(text),
                                 changed_at=row.changed_at, by=row.user_name or "", text=text)
            for row, text in self._knowledge_rows(studio_id)
        ]  # fmt: skip
        counts = pd.Series([one.source for one in live.pieces(self.agent_live(studio_id))], dtype=object).value_counts()
        return replies.KnowledgeTold(documents=documents, live={str(name): int(n) for name, n in counts.items()})

    def save_knowledge(self, studio_id, name, text, actor):
        """`replies.KnowledgeTold` with a document saved, or another text in its place.

        name : ends in .csv for a table of questions and answers or of prices, else Markdown or plain text
        Raises ValueError for a document with nothing in it, or of more than MOST_BYTES.
        """
        given = asked(replies.DocumentGiven, {"name": name, "text": text})
        if len(given.text.encode("utf-8", "replace")) > MOST_BYTES:
            raise ValueError(f"{given.name} has more than {MOST_BYTES:,} bytes; save it in parts")
        text = given.text.encode("utf-8", "replace").decode().replace("\0", "")
        pieces = known.document(given.name, text)
        if not pieces:
            raise ValueError(f"{given.name} {NOTHING}")
        row = {"studio_id": self.the_studio(studio_id), "kind": "knowledge", "name": given.name, "user_name": actor,
               "value": json.dumps({"text": text}, ensure_ascii=False), 
               "changed_at": pd.Timestamp.now("UTC")}  # fmt: skip
        with self.db.transaction() as changes:
            changes.write("inbox_settings", pd.DataFrame([row]))
            payload = {"name": given.name, "characters": len(text), "pieces": len(pieces)}
            self.ledger.enter(changes, actor, "knowledge saved", payload, studio_id)
        return self.knowledge(studio_id)

    def forget_knowledge(self, studio_id, name, actor):
        """`replies.KnowledgeTold` without a document. Raises UnknownDocument."""
        with self.db.transaction() as changes:
            rows = changes.read("inbox_settings", studio_id, kind="knowledge", name=name)
            if rows.empty:
                raise UnknownDocument(f"no document {name!r}; `studiolab inbox agents knowledge` lists them")
            where = {"studio_id": studio_id, "kind": "knowledge", "name": name}
            changes.replace("inbox_settings", rows.iloc[:0], **where)
            self.ledger.enter(changes, actor, "knowledge forgotten", {"name": name}, studio_id)
        return self.knowledge(studio_id)

    def import_knowledge(self, studio_id, paths, actor):
        """`replies.KnowledgeTold` with files saved under their names; all of them or none.

        Raises StudiolabError naming a file that cannot be read, ValueError one that is no document.
        """
        texts = {}
        for path in map(Path, paths):
            if path.suffix.lower() not in KINDS:
                raise ValueError(f"{path.name}: expected a file that ends in {', '.join(KINDS)}")
            try:
                texts[path.name] = path.read_bytes()[: MOST_BYTES + 1].decode("utf-8-sig")
            except OSError as error:
                raise StudiolabError(f"{path} cannot be read: {error.strerror}") from None
            except UnicodeDecodeError:
                raise StudiolabError(f"{path} is no text in UTF-8; save it as such") from None
            if not known.document(path.name, texts[path.name]):
                raise ValueError(f"{path.name} {NOTHING}")
        for name, text in texts.items():
            self.save_knowledge(studio_id, name, text, actor)
        return self.knowledge(studio_id)

    def agent_knowledge(self, studio_id):
        """`Knowledge` of a studio, made anew where something in it changed; searched by embeddings where there are."""
        revision = self.db.revision(*SEEN)
        kept = getattr(self, "_agents_known", {})
        if kept.get(studio_id, (None, None))[0] != revision:
            pieces = [
                piece for row, text in self._knowledge_rows(studio_id) for piece in known.document(row.name, text)
            ]
            pieces += live.pieces(self.agent_live(studio_id))
            made = self._knowledge_made(pieces)
            if made.banner:  # embeddings may come the next time
                return made
            kept = kept | {studio_id: (revision, made)}
            self._agents_known = kept
        return kept[studio_id][1]

    def agent_live(self, studio_id):
        """`Live` facts of a studio as they are now."""
        studio = self.db.read("studios", self.the_studio(studio_id)).iloc[0]
        plans, products = self.db.read("plans", studio_id), self.db.read("products", studio_id)
        products = products[products["revenue_kind"].isin(ASKED_FOR) & products["product_name"].notna()]
        plans = [live.Offer(row.plan_name, _price(row), None if pd.isna(row.classes_per_month)
                            else int(row.classes_per_month)) for row in plans.itertuples()]  # fmt: skip
        offers = [live.Offer(row.product_name, _price(row)) for row in products.head(MOST_PRODUCTS).itertuples()]
        try:
            week, opening = self._knowledge_week(studio_id), self._week_opening(self.db, studio_id)
            opening = opening if week else ()  # what the timetable takes for open where there are no classes is no fact
        except (ValueError, StudiolabError):  # a timetable that cannot be read is no reason not to answer
            week, opening = (), ()
        is_stated = not self.inbox_hours(studio_id).is_usual
        opening = self._hours_windows(studio_id) if is_stated else opening
        rooms = tuple((row.room_name, int(row.max_capacity)) for row in self.db.read("rooms", studio_id).itertuples()
                      if pd.notna(row.max_capacity))  # fmt: skip
        location = studio["location"] if isinstance(studio["location"], str) else ""
        return live.Live(studio["studio_name"], location, tuple(plans), tuple(offers), week, opening, rooms,
                         is_stated)  # fmt: skip

    # parts --------------------------------------------------------------------------------------
    def _knowledge_made(self, pieces):
        from studiolab.adapters import embeddings, providers

        provider = providers.embedder(self.settings)
        if provider is None or provider.lacks:
            return known.Knowledge(pieces)
        folder = self.settings.home / "data" / "embeddings"
        ask = partial(embeddings.embed, provider)
        return known.Embedded(pieces, lambda texts, keep: ask(texts, folder if keep else None))

    def _knowledge_rows(self, studio_id):
        """(row of inbox_settings, text) of each document."""
        rows = self.db.read("inbox_settings", studio_id, kind="knowledge")
        return [(row, json.loads(row.value)["text"]) for row in rows.itertuples()]

    def _knowledge_week(self, studio_id):
        """Tuple of `Lesson` of the saved week, else of the one that is held."""
        classes = {one.class_id: one for one in tables.classes(self._week_ground(self.db, studio_id).definitions)}
        rooms = {one.room_id: one.name for one in tables.rooms(self.db.read("rooms", studio_id))}
        coaches = {one.instructor_id: one.name for one in tables.instructors(self.db.read("instructors", studio_id))}
        return tuple(
            live.Lesson(one.name, one.level, at.weekday, at.start, at.start + one.minutes, rooms.get(at.room_id, ""),
                        coaches.get(at.instructor_id, ""))
            for at in self.saved_timetable(studio_id).placements if (one := classes.get(at.class_id))
        )  # fmt: skip


def _price(row):
    return "" if pd.isna(row.price) else f"{row.currency} {schema.major(row.price, row.currency)}"
