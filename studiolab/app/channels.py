"""Channels of a studio: connected, and written through; what webhooks tell is taken in."""

import json
from datetime import UTC, datetime

import pandas as pd

from studiolab.adapters.channel_rows import last_message_at
from studiolab.adapters.channels import is_signed, sms
from studiolab.adapters.errors import StudiolabError
from studiolab.adapters.ingest import Ingest
from studiolab.adapters.secrets_file import SecretsFile
from studiolab.app import channel_accounts
from studiolab.app.channel_accounts import channel_module, signing_secret
from studiolab.schema import CHANNELS, UNPLACED


class WrongSignature(ValueError):
    """A webhook that the channel did not sign."""


class Channels:
    """The part of the Workbench that knows ways to write to people."""

    # what comes in -----------------------------------------------------------------------------
    def receive(self, channel, signature, body):
        """A Future that is done when all that a webhook of Meta's told is on the disk.

        channel : whatsapp or instagram; signature : the header that came with it; body : its bytes
        Raises WrongSignature, ValueError for a body that cannot be read.
        """
        name, secret = signing_secret(self.settings, channel)
        if not secret:
            raise WrongSignature(f"webhooks are not taken before {name} is set: nobody could sign them")
        if not is_signed(secret, signature, body):
            self._refuse_signature(channel, name)
        return self.take_in(channel_module(channel).parse(body))

    def receive_sms(self, signature, url, body, outbox_id=None):
        """As `receive`, of Twilio's form; url : as Twilio called it; outbox_id : that the address names."""
        fields = sms.fields(body)
        own = {value for name, value in fields if name in ("To", "From")}
        studios = self._studios_of_accounts()
        tokens = [self.secrets_file.get(studios["sms", one], f"sms:{one}").get("auth_token") for one in own
                  if ("sms", one) in studios]  # fmt: skip
        tokens.append(self.settings.twilio_auth_token.get_secret_value())
        if not any(sms.is_signed(token, signature, url, fields) for token in tokens if token):
            self._refuse_signature("sms", "TWILIO_AUTH_TOKEN")
        return self.take_in(sms.parse(body, outbox_id))

    def take_in(self, batch, studio_id=UNPLACED):
        """A Future that is done when a `Batch` is on the disk.

        studio_id : of what came to an account that no studio has connected
        """
        return self.ingest.put(self.placed_rows(batch, studio_id))

    def placed_rows(self, batch, studio_id):
        """Rows by table, each with the studio whose account it came to."""
        known, now = self._studios_of_accounts(), datetime.now(UTC)
        for row in batch.messages:
            row["studio_id"] = known.get((row["channel"], row["account_id"]), studio_id)
            row["received_at"] = now
        for row in batch.statuses:
            row["studio_id"] = known.get((row["message_id"].partition(":")[0], row.pop("account_id")), studio_id)
            row.setdefault("outbox_id", None)
        return {"messages": batch.messages, "message_statuses": batch.statuses}

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

    # accounts ----------------------------------------------------------------------------------
    def connect_channel(self, studio_id, channel, account, settings, secrets, actor):
        """`ChannelTold` once an account answers, with what came to it before.

        account : its name at the channel; settings, secrets : dicts of texts, as `channel_accounts.channel_needs` says
        Raises ValueError for what is missing or a placeholder, StudiolabError where the channel does not let us in.
        """
        self.the_studio(studio_id)
        account = (account or "").strip()
        account = account.lower() if channel == "email" else account
        settings, secrets = channel_accounts.fit(self.settings, channel, account, settings or {}, secrets or {})
        name = f"{channel}:{account}"
        self._refuse_taken_account(self.db, studio_id, name)
        line = channel_module(channel, settings).Channel(self._channel_settings(account, settings), secrets)
        says = line.check()
        getattr(line, "subscribe", lambda: None)()
        before = self.secrets_file.get(studio_id, name)
        self.secrets_file.put(studio_id, name, secrets)
        try:
            self._keep_account(studio_id, channel, account, settings, says, actor)
        except BaseException:
            self.secrets_file.put(studio_id, name, before)
            raise
        return next(one for one in self.channel_status(studio_id) if one.channel == channel)

    def begin_oauth(self, studio_id, account, actor):
        """`ChannelTold` of e-mail with the address where the owner of a mailbox at Google agrees."""
        told = next(one for one in self.channel_status(studio_id) if one.channel == "email")
        return told.model_copy(update={"agree_at": self.oauth_start(studio_id, account, actor)})

    def disconnect_channel(self, studio_id, channel, account, actor):
        """`ChannelTold` once an account's secrets are forgotten; messages stay, and what comes meanwhile is kept apart.

        account : None where the channel has one only
        Raises ValueError where it is not connected.
        """
        account = account or self._only_account(studio_id, channel)
        name = f"{channel}:{account}"
        with self.db.transaction() as changes:
            changes.alone("inbox_settings")
            value = self.account_value(changes, studio_id, name)
            now = {"is_connected": False, "since": f"{datetime.now(UTC)}", "by": actor, "error": None}
            self.write_account(changes, studio_id, name, value | now, actor)
            self.ledger.enter(
                changes, actor, "channel disconnected", {"channel": channel, "account": account}, studio_id
            )
        self.secrets_file.put(studio_id, name, {})
        return next(one for one in self.channel_status(studio_id) if one.channel == channel)

    def channel_of(self, studio_id, channel, account=None):
        """The adapter's Channel of a connected account. Raises ValueError where it is not connected."""
        account = account or self._only_account(studio_id, channel)
        name = f"{channel}:{account}"
        settings = self.account_value(self.db, studio_id, name)["settings"]
        secrets = self.secrets_file.get(studio_id, name)
        if not secrets:
            raise StudiolabError(f"The secrets of {name} are not in {self.secrets_file.path.name}: connect it again.")
        return channel_module(channel, settings).Channel(self._channel_settings(account, settings), secrets)

    def channel_status(self, studio_id, is_to_connect=False):
        """List of `ChannelTold`, of every channel that there is; is_to_connect : for somebody who may connect them."""
        self.place_waiting(studio_id)
        known, wrong = {}, getattr(self, "_wrong_signatures", {})
        push_at = self.mail_push_url() if is_to_connect and self.settings.public_host else ""
        for row in self.db.read("inbox_settings", studio_id, kind="channel").itertuples():
            channel, _, account = row.name.partition(":")
            last = last_message_at(self.db, studio_id, channel, account)
            told = self.settings, row, last, self._last_failure(studio_id, channel, account), wrong.get(channel, 0)
            known.setdefault(channel, []).append(channel_accounts.told_account(*told, push_at))
        return [channel_accounts.told_channel(channel, known.get(channel, [])) for channel in CHANNELS]

    def place_waiting(self, studio_id):
        """Give a studio what came to its accounts before, or while, they were connected."""
        mine = [account for account, studio in self._studios_of_accounts().items() if studio == studio_id]
        if mine and UNPLACED in self.db.distinct("messages", "studio_id"):
            with self.db.transaction() as changes:
                for channel, account in mine:
                    self._place_rows(changes, studio_id, channel, account)

    @property
    def secrets_file(self):
        """The file of secrets, under home."""
        return SecretsFile(self.settings.home / "data" / "channel_secrets.json")

    def account_value(self, source, studio_id, name):
        """dict of what is kept of a connected account "channel:account"; source : the database, or a transaction.

        Raises ValueError where it is not connected.
        """
        rows = source.read("inbox_settings", studio_id, kind="channel", name=name)
        value = json.loads(rows["value"].iloc[0]) if len(rows) else {}
        if value.get("is_sample"):
            raise ValueError(f"{name} is a sample: nobody is behind it and nothing is sent; connect your own account")
        if not value.get("is_connected"):
            raise ValueError(f"{name} is not connected to {studio_id}; `studiolab inbox status` lists what is")
        return {"settings": {}, "cursor": {}} | value

    def write_account(self, changes, studio_id, name, value, actor=None):
        """Keep what is known of an account, in a transaction."""
        row = {"studio_id": studio_id, "kind": "channel", "name": name, "value": json.dumps(value),
               "changed_at": pd.Timestamp.now("UTC"), "user_name": actor}  # fmt: skip
        changes.write("inbox_settings", pd.DataFrame([row]))

    # parts --------------------------------------------------------------------------------------
    def _keep_account(self, studio_id, channel, account, settings, says, actor):
        name = f"{channel}:{account}"
        with self.db.transaction() as changes:
            changes.alone("inbox_settings")
            self._refuse_taken_account(changes, studio_id, name)
            rows = changes.read("inbox_settings", studio_id, kind="channel", name=name)
            cursor = next((json.loads(row.value).get("cursor") for row in rows.itertuples()), None) or {}
            value = {"is_connected": True, "settings": settings, "says": says, "cursor": cursor, "by": actor,
                     "since": f"{datetime.now(UTC)}"}  # fmt: skip
            self.write_account(changes, studio_id, name, value, actor)
            moved = self._place_rows(changes, studio_id, channel, account)
            told = {"channel": channel, "account": account, "says": says, "messages": moved}
            self.ledger.enter(changes, actor, "channel connected", told, studio_id)

    def _refuse_signature(self, channel, name):
        self._wrong_signatures = getattr(self, "_wrong_signatures", {})
        self._wrong_signatures[channel] = self._wrong_signatures.get(channel, 0) + 1
        raise WrongSignature(f"the signature is not of these bytes; is {name} the right one?")

    def _studios_of_accounts(self):
        """dict of (channel, account_id) to studio_id."""
        revision = self.db.revision("inbox_settings")
        if getattr(self, "_known_accounts", (None, None))[0] != revision:
            rows = self.db.read("inbox_settings", kind="channel")
            known = {(row.name.partition(":")[0], row.name.partition(":")[2]): row.studio_id
                     for row in rows.itertuples() if json.loads(row.value).get("is_connected")}  # fmt: skip
            self._known_accounts = revision, known
        return self._known_accounts[1]

    def _place_rows(self, changes, studio_id, channel, account):
        """How many messages came to this account while nobody had connected it; they are the studio's now."""
        rows = changes.read("messages", UNPLACED, channel=channel, account_id=account)
        strays = changes.read("message_statuses", UNPLACED)
        own = strays["message_id"].isin(rows["message_id"])
        changes.write("message_statuses", strays[own].assign(studio_id=studio_id))
        changes.write("messages", rows.assign(studio_id=studio_id))
        return len(rows)

    def _last_failure(self, studio_id, channel, account):
        """(at, reason) of the last message that could not be sent, or None."""
        asked = {"channel": channel, "account_id": account, "state": ("failed", "unsure")}
        rows = self.db.read("outbox", studio_id, ["created_at", "state", "reason"], **asked)
        if rows.empty:
            return None
        last = rows.sort_values("created_at").iloc[-1]
        return last["created_at"], last["reason"] or f"a message is {last['state']}"

    def _only_account(self, studio_id, channel):
        if channel not in CHANNELS:
            raise ValueError(f"there is no channel {channel!r}; there are {', '.join(CHANNELS)}")
        known = [name for (one, name), studio in self._studios_of_accounts().items()
                 if one == channel and studio == studio_id]  # fmt: skip
        if len(known) != 1:
            which = f"say which: {', '.join(known)}" if known else "connect one first"
            raise ValueError(f"{studio_id} has {len(known)} accounts of {channel}; {which}")
        return known[0]

    def _channel_settings(self, account, settings):
        """An account's settings, with what the environment says of all accounts."""
        given = {"graph_url": self.settings.meta_graph_url, "twilio_url": self.settings.twilio_url,
                 "public_host": self.settings.public_host}  # fmt: skip
        return settings | {name: value for name, value in given.items() if value} | {"account": account}

    def _refuse_taken_account(self, source, studio_id, name):
        for row in source.read("inbox_settings", kind="channel", name=name).itertuples():
            if row.studio_id != studio_id and json.loads(row.value).get("is_connected"):
                raise ValueError(f"{name} is connected to {row.studio_id}; disconnect it there first")
