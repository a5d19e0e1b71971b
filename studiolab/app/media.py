"""A picture, recording or file that somebody sent: asked of the channel when somebody wants to see it, kept nowhere."""

import json

from studiolab.adapters.channels import Gone
from studiolab.app.outbox import UnknownMessage
from studiolab.studio_operations.inbox import conversations


class NoMedia(UnknownMessage):
    """A message refers to nothing that could be fetched, or not any more."""


class Media:
    """The part of the Workbench that fetches what was sent along."""

    def message_media(self, studio_id, message_id, number=1):
        """The `adapters.channels.media.File` that a message refers to; number : which of several, from 1.

        Raises NoMedia where there is none or the channel has it no more, ValueError where the account is not
        connected, StudiolabError where the channel does not answer or the file is too large.
        """
        studio_id = self.the_studio(studio_id)
        rows = self.db.read("messages", studio_id, message_id=message_id)
        if rows.empty:
            raise NoMedia(f"there is no message {message_id!r} in this studio; `studiolab inbox show` lists their ids")
        row = rows.iloc[0]
        thread = self.db.read("messages", studio_id, handle=row["handle"])
        if message_id in conversations.standing(conversations.lines(thread)).gone:
            raise NoMedia("this message was taken back by who wrote it")
        known = json.loads(row["media"]) if isinstance(row["media"], str) else []
        if not known:
            raise NoMedia("this message has no picture, recording or file")
        if not 1 <= number <= len(known):
            raise NoMedia(f"number: got {number}; this message has {len(known)}, counted from 1")
        channel = self.channel_of(studio_id, row["channel"], row["account_id"])
        try:
            return channel.media(known[number - 1], message_id, row["handle"])
        except Gone as gone:
            raise NoMedia(str(gone)) from None
