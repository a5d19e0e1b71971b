"""Channels of a studio: connected, listened to, written through."""

import json
from datetime import UTC, datetime

from studiolab.adapters.channels import is_signed, whatsapp
from studiolab.adapters.errors import StudiolabError
from studiolab.adapters.ingest import Ingest
from studiolab.schema import UNPLACED

WEBHOOKS = {"whatsapp": whatsapp.parse}


class WrongSignature(ValueError):
    """A webhook that the channel did not sign."""


class Channels:
    """The part of the Workbench that knows ways to write to people."""

    def receive(self, channel, signature, body):
        """A Future that is done when all that a webhook told is on the disk.

        channel : of WEBHOOKS; signature : the header that came with it; body : its bytes
        Raises WrongSignature, ValueError for a body that cannot be read, StudiolabError where no secret is set.
        """
        secret = self.settings.whatsapp_app_secret.get_secret_value()
        if not secret:
            raise StudiolabError("Webhooks are not taken before WHATSAPP_APP_SECRET is set: nobody could sign them.")
        if not is_signed(secret, signature, body):
            raise WrongSignature("the signature is not of these bytes; check the app's secret")
        return self.ingest.put(self._placed(WEBHOOKS[channel](body)))

    @property
    def ingest(self):
        """The one writer of what comes in."""
        with self._lock:
            if getattr(self, "_ingest", None) is None:
                self._ingest = Ingest(self.db)
            return self._ingest

    def close(self):
        """Write what is still waiting, then let go of the database."""
        if getattr(self, "_ingest", None) is not None:
            self._ingest.close()
            self._ingest = None
        super().close()

    # parts --------------------------------------------------------------------------------------
    def _placed(self, batch):
        """Rows by table, each with the studio whose account it came to."""
        known, now = self._studios_of_accounts(), datetime.now(UTC)
        for row in batch.messages:
            row["studio_id"] = known.get((row["channel"], row["account_id"]), UNPLACED)
            row["received_at"] = now
        for row in batch.statuses:
            row["studio_id"] = known.get((row["message_id"].partition(":")[0], row.pop("account_id")), UNPLACED)
        return {"messages": batch.messages, "message_statuses": batch.statuses}

    def _studios_of_accounts(self):
        """dict of (channel, account_id) to studio_id."""
        revision = self.db.revision("inbox_settings")
        if getattr(self, "_known_accounts", (None, None))[0] != revision:
            rows = self.db.read("inbox_settings", kind="channel")
            known = {(row.name.partition(":")[0], row.name.partition(":")[2]): row.studio_id
                     for row in rows.itertuples() if json.loads(row.value).get("is_connected")}  # fmt: skip
            self._known_accounts = revision, known
        return self._known_accounts[1]
