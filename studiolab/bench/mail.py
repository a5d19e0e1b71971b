"""A real mail loop: people write over SMTP, a Dovecot keeps it, the studio reads, answers, and is answered.

Some replies' lines break after the server has the message, so that nobody knows whether it went out.
"""

import tempfile
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import numpy as np

from studiolab import install
from studiolab.adapters.channels.email_imap import Channel
from studiolab.app import Workbench
from studiolab.bench import score
from studiolab.settings import Settings

STUDIO, KEY = "hello@studio.example", "mail-key-of-a-measurement"
PEOPLE, ROUNDS, BREAKS = 12, 3, 5  # BREAKS : every so many replies the line breaks
FIGURES = ("messages lost", "messages doubled", "answers outside their thread", "people without their own conversation",
           "replies whose fate stays unknown")  # fmt: skip


def table(data=None, say=lambda text: None, people=PEOPLE, rounds=ROUNDS):
    """What is lost, doubled or torn from its thread. data : not needed. Returns DataFrame of score.COLUMNS, one row
    with model "skipped: …" where Dovecot's program, or aiosmtpd, is not there."""
    missing = "Dovecot" if install.dovecot() is None else "aiosmtpd" if find_spec("aiosmtpd") is None else ""
    if missing:
        say(f"{missing} is not here, so no mail goes round")
        return score.table([score.plain("messages lost", np.nan, model=f"skipped: no {missing}")])
    from studiolab.bench.dovecot import DovecotServer
    from studiolab.bench.post_office import PostOffice

    dovecot = DovecotServer(KEY)
    try:
        office = PostOffice(dovecot)
        try:
            with tempfile.TemporaryDirectory(prefix="studiolab-mail-") as folder:
                loop = Loop(Path(folder), dovecot, office)
                try:
                    for number in range(rounds):
                        say(f"mail of {people} people, round {number + 1} of {rounds}")
                        loop.round(number, people, BREAKS if number < rounds - 1 else None)
                    found = loop.counted(people, rounds)
                finally:
                    loop.bench.close()
        finally:
            office.stop()
    finally:
        dovecot.close()
    cases = 2 * people * rounds
    return score.table([score.plain(name, found[name], score.at_most(0), "SMTP to Dovecot", cases=cases)
                        for name in FIGURES])  # fmt: skip


class Loop:
    """A studio's mailbox in a workbench of its own, and people who write to it from mailboxes of theirs."""

    def __init__(self, folder, dovecot, office):
        """dovecot : DovecotServer; office : PostOffice before it"""
        self.office, self._people, self._replies = office, {}, []
        self._servers = {"imap_host": "127.0.0.1", "imap_port": str(dovecot.port), "imap_security": "none",
                         "smtp_host": "127.0.0.1", "smtp_port": str(office.port), "smtp_security": "none"}  # fmt: skip
        self.bench = Workbench(Settings(STUDIOLAB_HOME=folder, DATABASE_URL=f"sqlite:///{folder / 'mail.sqlite'}"))
        self.studio = self.bench.add_studio(
            {"studio_name": "Mail", "currency": "EUR", "timezone": "Europe/Berlin"}
        ).studio_id
        self.bench.connect_channel(self.studio, "email", STUDIO, self._servers, {"password": KEY}, "olga")

    def round(self, number, people, breaks=None):
        """Everybody writes, as an answer to what they heard last; the studio reads twice and answers each.

        breaks : every so many replies the line breaks, never for None; it takes an answer to know what became of one
        """
        for who in range(people):
            heard = [one for one in self._mailbox(who) if one["direction"] == "inbound"]
            about = heard[-1]["message_id"] if heard else None
            subject = None if heard else f"Trial {who}"
            self._person(who).send(f"email:{STUDIO}", asked(who, number), f"q-{who}-{number}", None, subject, about)
        for _ in range(2):
            self.bench.sync_channels(self.studio, "email")
        self.bench.send_due()
        for contact_id, question in self._questions(number):
            is_cut = breaks is not None and not (len(self._replies) + 1) % breaks
            self.office.breaks = "DELIVERED" if is_cut else None
            told = self.bench.send_message(self.studio, contact_id, answer_to(question.body), "olga",
                                           about=question.message_id)  # fmt: skip
            self._replies.append(told.outbox_id)
            self.office.breaks = None

    def counted(self, people, rounds):
        """dict of FIGURES to how many."""
        self.bench.sync_channels(self.studio, "email")
        self.bench.send_due()
        threads = [self.bench.conversation(self.studio, one.contact_id).messages
                   for one in self.bench.conversations(self.studio, state="all", limit=200).conversations]  # fmt: skip
        here = [(one.direction, one.body) for thread in threads for one in thread]
        boxes = [self._mailbox(who) for who in range(people)]
        there = [(one["direction"], one["body"]) for box in boxes for one in box]
        wrote = [asked(who, number) for who in range(people) for number in range(rounds)]
        looked = [(here, ("inbound", text)) for text in wrote]
        looked += [(side, (way, answer_to(text))) for text in wrote
                   for side, way in ((here, "outbound"), (there, "inbound"))]  # fmt: skip
        counts = np.array([side.count(one) for side, one in looked])
        own = [{one.body.split(":")[0].removeprefix("Re ") for one in thread} for thread in threads]
        figures = (
            (counts == 0).sum(), (counts > 1).sum(), sum(map(torn, boxes)) + sum(map(_torn_here, threads)),
            abs(len(threads) - people) + sum(len(names) != 1 for names in own),
            sum(self.bench.queued(one).state != "sent" for one in self._replies),
        )  # fmt: skip
        return dict(zip(FIGURES, map(int, figures), strict=True))

    def _questions(self, number):
        for one in self.bench.conversations(self.studio, state="all", limit=200).conversations:
            for message in self.bench.conversation(self.studio, one.contact_id).messages:
                if message.direction == "inbound" and f" round {number} " in message.body:
                    yield one.contact_id, message

    def _person(self, who):
        account = {"account": f"p{who}@people.example"}
        return self._people.setdefault(who, Channel(self._servers | account, {"password": KEY}))

    def _mailbox(self, who):
        return sorted(self._person(who).sync({})[0].messages, key=lambda one: one["sent_at"])


def asked(who, number):
    """What a person writes in a round; no two write the same."""
    return f"p{who}: round {number} of my questions about the trial"


def answer_to(question):
    """What the studio answers."""
    return f"Re {question}"


def torn(box):
    """How many answers in a person's mailbox do not name the question that they answer."""
    names = {one["body"]: one["message_id"] for one in box}
    heard = [one for one in box if one["direction"] == "inbound"]
    return sum(one["about"] != names.get(one["body"].removeprefix("Re ")) for one in heard)


def _torn_here(thread):
    """How many of a person's further questions do not name the studio's answer to the one before."""
    said = [one for one in thread if one.direction == "inbound"]
    answers = {one.body: one.message_id for one in thread if one.direction == "outbound"}
    return sum(later.about != answers.get(answer_to(before.body)) for before, later in pairwise(said))
