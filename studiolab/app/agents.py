"""Agents on the workbench's data: drafts, scores and notes, which a person reads. None of it sends anything."""

import pandas as pd

from studiolab.app.lead_points import facts_now
from studiolab.app.timetable import asked
from studiolab.studio_operations.agents import analysis, replies, scheduling, smart_reply
from studiolab.studio_operations.inbox import lead_learning, lead_past, lead_score

MOST_TOLD = 5  # times that the scheduling agent tells
MOST_MESSAGES = 200  # of a conversation, the last


class Agents:
    """The part of the Workbench that drafts and takes notes."""

    def smart_reply(self, studio_id, conversation_id, additional_context=""):
        """`replies.Draft` of an answer to a conversation. Raises UnknownContact, ValueError where there is nothing to
        answer."""
        request = asked(
            replies.SmartReplyRequest,
            {"conversation_id": conversation_id, "additional_context": additional_context},
        )
        told, messages = self._agent_thread(studio_id, request.conversation_id)
        knowledge = self.agent_knowledge(studio_id)
        drafted = smart_reply.draft(
            messages, knowledge, self.agent_ask(studio_id, "smart_reply"), _first_name(told.contact.name),
            request.additional_context, self._agent_bookings(studio_id, told.contact.member_id),
        )  # fmt: skip
        sources = [replies.Source(piece_id=one.piece.piece_id, source=one.piece.source, title=one.piece.title,
                                  text=one.piece.in_language(drafted.language), score=round(min(1.0, one.score), 4))
                   for one in drafted.sources]  # fmt: skip
        return replies.Draft(
            conversation_id=told.conversation_id, text=drafted.text, language=drafted.language, intent=drafted.intent,
            sources=sources, is_answered=drafted.is_answered, ask_colleague=drafted.ask_colleague,
            about=drafted.about, **_written(drafted),
        )  # fmt: skip

    def lead_score(self, studio_id, contact_id):
        """`replies.LeadTold`: points from facts that a person can check in the thread, and the chance that they join,
        where the studio's own leads have taught it. Raises UnknownContact."""
        view, now = self.inbox_view(studio_id, contact_id), pd.Timestamp.now("UTC")
        past, live = self.lead_past(studio_id, view), self.agent_live(studio_id)
        told, points = lead_past.said(past, now), self.lead_points(studio_id, live)
        found, plain = facts_now(past, told, live, now, self.agent_ask(studio_id, "lead_scoring"))
        score = lead_score.score(found.facts, points.weights)
        return replies.LeadTold(
            contact_id=view.contact.contact_id, score=score.points,
            parts=[replies.PointsTold(**part._asdict()) for part in score.parts], unknown=score.unknown,
            features=[replies.FeatureTold(**one.model_dump()) for one in found.features],
            points_says=points.says, learned_from=points.weights.leads, chance=_chance(points, plain),
            **_written(found),
        )  # fmt: skip

    def analyse(self, studio_id, conversation_id):
        """`replies.AnalysisTold` of a conversation. Raises UnknownContact."""
        told, messages = self._agent_thread(studio_id, conversation_id)
        found = analysis.analyse(messages, self.agent_ask(studio_id, "conversation_analysis"))
        points = {kind: [replies.PointTold(**one.model_dump(exclude={"kind"})) for one in found.points
                         if one.kind == kind] for kind in analysis.KINDS}  # fmt: skip
        return replies.AnalysisTold(
            conversation_id=told.conversation_id, interests=points["interest"], insights=points["insight"],
            action_items=points["action item"], sentiment=found.sentiment, sentiment_from=found.sentiment_from,
            **_written(found),
        )  # fmt: skip

    def ask_scheduling(self, studio_id, words):
        """`replies.SchedulingTold`: the timetable's own answer to a question in words; nothing is saved."""
        words = asked(replies.SchedulingAsked, {"words": words}).words
        classes = self.timetable_classes(studio_id)
        styles = [style for one in self.timetable_instructors(studio_id) for style in one.specialties]
        known = dict.fromkeys([one.name for one in classes] + [one.dance_style for one in classes] + styles)
        understood = scheduling.understand(words, list(known),
                                           self.agent_ask(studio_id, "scheduling"))  # fmt: skip
        wanted, suggestions = understood.wanted, []
        if wanted.asks == "conflicts":
            found = self.timetable_conflicts(studio_id)
            lines = [one.sentence for one in found.saved_week] + [one.sentence for one in found.conflicts]
            lines = lines[: 4 * MOST_TOLD] or ["Nothing clashes, in the schedule or in the saved week."]
        else:
            found = self.suggest_times(studio_id, scheduling.question(wanted, classes))
            there = [one for one in found.suggestions if scheduling.is_wanted(wanted, one)][:MOST_TOLD]
            suggestions = there or found.suggestions[:MOST_TOLD]
            others = [] if there else [one.sentence for one in suggestions]
            why_not = found.why_not.sentence if found.why_not else ""
            lines = scheduling.in_words(wanted, [one.sentence for one in there], others, why_not)
        return replies.SchedulingTold(understood=wanted.model_dump(), text="\n".join(lines), suggestions=suggestions,
                                      **_written(understood))  # fmt: skip

    def invoke_agent(self, studio_id, agent, given):
        """What an agent answers to a dict of its request's fields. Raises UnknownAgent."""
        self.agent_named(agent)
        if agent == "smart_reply":
            request = asked(replies.SmartReplyRequest, given)
            return self.smart_reply(studio_id, request.conversation_id, request.additional_context)
        if agent == "lead_scoring":
            return self.lead_score(studio_id, asked(replies.LeadScoreRequest, given).contact_id)
        if agent == "conversation_analysis":
            return self.analyse(studio_id, asked(replies.AnalyzeRequest, given).conversation_id)
        return self.ask_scheduling(studio_id, asked(replies.SchedulingAsked, given).words)

    # parts --------------------------------------------------------------------------------------
    def _agent_thread(self, studio_id, conversation_id):
        """(inbox replies.Conversation, list of smart_reply.Said): what has words and was not taken back."""
        told = self.conversation(studio_id, conversation_id, limit=MOST_MESSAGES)
        return told, [
            smart_reply.Said(one.message_id, one.direction == "outbound",
                             "\n".join(filter(None, (one.subject, one.body))), one.sent_at)
            for one in told.messages if one.body and one.deleted_at is None and one.kind != "reaction"
        ]  # fmt: skip

    def _agent_bookings(self, studio_id, member_id):
        """Sentences on what a member has booked from now on, in the studio's time."""
        if not member_id:
            return []
        rows = self.db.read("visits", studio_id, member_id=member_id)
        ahead = rows[(rows["status"] == "booked") & (rows["attended_at"] > pd.Timestamp.now("UTC"))]
        zone = self._week_ground(self.db, studio_id).timezone
        return [f"{row.class_name} on {row.attended_at.tz_convert(zone):%A %Y-%m-%d at %H:%M}"
                for row in ahead.sort_values("attended_at").itertuples()]  # fmt: skip


def _written(found):
    """What every agent's answer says of who wrote it."""
    model = found.reply.model if found.reply is not None and found.written_by == "language model" else None
    return {"written_by": found.written_by, "model": model, "banner": found.banner,
            "rejected": list(dict.fromkeys(found.rejected)),
            "written_at": pd.Timestamp.now("UTC").floor("s")}  # fmt: skip


def _chance(points, facts):
    """`replies.ChanceTold` of a lead, by what the rules read, as in those that it was learned from; None of one that is
    decided, or asked not to be written to, or where nothing was learned."""
    if points.chances is None or facts.has_opted_out or facts.stage in lead_past.DECIDED:
        return None
    score = lead_learning.scores([facts], points.weights)[0]  # as it was learned, before points are made whole
    chance, low, high = (round(float(one), 4) for one in points.chances.of(score))
    says = f"About {chance:.0%} of such leads join; by the leads so far it lies between {low:.0%} and {high:.0%}."
    return replies.ChanceTold(chance=chance, low=low, high=high, says=says)


def _first_name(name):
    """The first word of a name, where it is one: what a stranger calls themselves goes into a text to them."""
    word = (name or "").split()[:1]
    return word[0] if word and word[0].replace("-", "").isalpha() and len(word[0]) <= 30 else ""
