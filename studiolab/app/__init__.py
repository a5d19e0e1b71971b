"""The composition root: the one place that picks a database and a model store, and joins them with the systems."""

from studiolab.adapters.errors import StudiolabError
from studiolab.app.agent_knowledge import AgentKnowledge, UnknownDocument
from studiolab.app.agent_settings import AgentSettings, UnknownAgent
from studiolab.app.agents import Agents
from studiolab.app.cached import Cached, CacheHealth
from studiolab.app.canned_replies import CannedReplies
from studiolab.app.channel_accounts import channel_needs
from studiolab.app.channels import Channels, WrongSignature
from studiolab.app.classes import Classes
from studiolab.app.core import Core
from studiolab.app.demo_inbox import DemoInbox
from studiolab.app.experiments import Experiments
from studiolab.app.export import Export
from studiolab.app.follow_ups import FollowUps, UnknownSequence
from studiolab.app.inbox import Inbox, UnknownContact
from studiolab.app.inbox_changes import InboxChanges
from studiolab.app.inbox_hours import InboxHours
from studiolab.app.inbox_metrics import InboxFigures
from studiolab.app.keep_syncing import KeepSyncing
from studiolab.app.lead_points import LeadPoints
from studiolab.app.mail_accounts import MailAccounts
from studiolab.app.marketing import Marketing
from studiolab.app.media import Media
from studiolab.app.model_card import ModelCards
from studiolab.app.next_actions import NextActions, Recorded, StudioActions
from studiolab.app.outbox import UnknownMessage
from studiolab.app.people import Activity, People
from studiolab.app.plan_sharing import PlanSharing
from studiolab.app.plans import Plans
from studiolab.app.predictions import Predictions
from studiolab.app.price_tests import PriceTests
from studiolab.app.products import Products
from studiolab.app.retraining import Busy, Retraining, UnknownJob
from studiolab.app.revenue import Revenue, StudioSummary
from studiolab.app.scenarios import Scenarios
from studiolab.app.studios import NewStudio, Studios
from studiolab.app.timetable import Timetables
from studiolab.app.timetable_calendars import TimetableCalendars
from studiolab.app.timetable_demand import TimetableDemand
from studiolab.app.timetable_parts import TimetableParts, UnknownPart
from studiolab.app.timetable_reasons import TimetableReasons
from studiolab.app.timetable_refused import NotSaved
from studiolab.app.upload import Imported, Upload

__all__ = ["Activity", "Busy", "CacheHealth", "Imported", "NewStudio", "NotSaved", "Recorded", "StudioActions",
           "StudioSummary", "StudiolabError", "UnknownAgent", "UnknownContact", "UnknownDocument", "UnknownJob",
           "UnknownMessage", "UnknownPart", "UnknownSequence", "Workbench", "WrongSignature",
           "channel_needs"]  # fmt: skip


class Workbench(
    DemoInbox, Agents, LeadPoints, AgentKnowledge, AgentSettings, NextActions, TimetableReasons, Timetables,
    TimetableDemand, TimetableParts, TimetableCalendars, Retraining, Revenue, ModelCards, PlanSharing, Upload,
    Scenarios, Export, InboxFigures, InboxHours, FollowUps, InboxChanges, CannedReplies, Inbox, KeepSyncing,
    MailAccounts, Media, Channels, Predictions, Plans, Classes, PriceTests, Experiments, Products, Marketing, Studios,
    People, Cached, Core,
):  # fmt: skip
    """The workbench of one database; safe to share between threads."""
