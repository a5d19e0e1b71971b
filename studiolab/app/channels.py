"""Channels of a studio: connected, listened to, written through."""

import importlib
import json
from datetime import UTC, datetime

import pandas as pd

from studiolab.adapters.channels import is_signed
from studiolab.adapters.errors import StudiolabError
from studiolab.adapters.ingest import Ingest
from studiolab.adapters.secrets_file import SecretsFile, weakness
from studiolab.schema import CHANNELS, UNPLACED
from studiolab.studio_operations.inbox.channel_replies import AccountTold, ChannelTold

SIGNERS = {"whatsapp": ("WHATSAPP_APP_SECRET", "whatsapp_app_secret"),
           "instagram": ("INSTAGRAM_APP_SECRET", "instagram_app_secret")}  # fmt: skip


class WrongSignature(ValueError):
    """A webhook that the channel did not sign."""


class Channels:
    """The part of the Workbench that knows ways to write to people."""

    def receive(self, channel, signature, body):
        """A Future that is done when all that a webhook told is on the disk.

        channel : whatsapp or instagram; signature : the header that came with it; body : its bytes
        Raises WrongSignature, ValueError for a body that cannot be read.
        """
        name, field = SIGNERS[channel]
        secret = (
            getattr(self.settings, field).get_secret_value() or self.settings.whatsapp_app_secret.get_secret_value()
        )
        if not secret:
            raise WrongSignature(f"webhooks are not taken before {name} is set: nobody could sign them")
        if not is_signed(secret, signature, body):
            raise WrongSignature("the signature is not of these bytes; check the app's secret")
        return self.taken(channel_module(channel).parse(body))

    def taken(self, batch, studio_id=UNPLACED):
        """A Future that is done when a `Batch` is on the disk.

        studio_id : of what came to an account that no studio has connected
        """
        return self.ingest.put(self._placed_batch(batch, studio_id))

    def connect_channel(self, studio_id, channel, account, settings, secrets, actor):
        """`ChannelTold` once an account answers, with what came to it before.

        account : its name at the channel; settings, secrets : dicts of texts, as `channel_needs` says
        Raises ValueError for what is missing or a placeholder, StudiolabError where the channel does not let us in.
        """
        self.the_studio(studio_id)
        account, settings = (account or "").strip(), dict(settings or {})
        secrets = {name: value for name, value in (secrets or {}).items() if value}
        module = channel_module(channel, settings)
        self._refuse_weak_secrets(channel, module, account, settings, secrets)
        name = f"{channel}:{account}"
        self._refuse_taken_account(self.db.read("inbox_settings", kind="channel", name=name), studio_id, name)
        says = module.Channel(self._channel_settings(account, settings), secrets).check()
        before = self.secrets_file.get(studio_id, name)
        self.secrets_file.put(studio_id, name, secrets)
        try:
            with self.db.transaction() as changes:
                changes.alone("inbox_settings")
                rows = changes.read("inbox_settings", kind="channel", name=name)
                self._refuse_taken_account(rows, studio_id, name)
                cursor = next((json.loads(row.value).get("cursor") for row in rows.itertuples()), None) or {}
                value = {"is_connected": True, "settings": settings, "says": says, "cursor": cursor}
                self._write_channel(changes, studio_id, name, value, actor)
                moved = self._place_waiting(changes, studio_id, channel, account)
                told = {"channel": channel, "account": account, "says": says, "messages": moved}
                self.ledger.enter(changes, actor, "channel connected", told, studio_id)
        except BaseException:
            self.secrets_file.put(studio_id, name, before)
            raise
        return next(one for one in self.channel_status(studio_id) if one.channel == channel)

    def disconnect_channel(self, studio_id, channel, account, actor):
        """`ChannelTold` once an account's secrets are forgotten; messages stay, and what comes meanwhile is kept apart.

        account : None where the channel has one only
        Raises ValueError where it is not connected.
        """
        account = account or self._only_account(studio_id, channel)
        name = f"{channel}:{account}"
        with self.db.transaction() as changes:
            value = self._connected_value(changes, studio_id, name)
            self._write_channel(changes, studio_id, name, value | {"is_connected": False}, actor)
            told = {"channel": channel, "account": account}
            self.ledger.enter(changes, actor, "channel disconnected", told, studio_id)
        self.secrets_file.put(studio_id, name, {})
        return next(one for one in self.channel_status(studio_id) if one.channel == channel)

    def channel_of(self, studio_id, channel, account=None):
        """The adapter's Channel of a connected account. Raises ValueError where it is not connected."""
        account = account or self._only_account(studio_id, channel)
        name = f"{channel}:{account}"
        value = self._connected_value(self.db, studio_id, name)
        secrets = self.secrets_file.get(studio_id, name)
        if not secrets:
            raise StudiolabError(f"The secrets of {name} are not in {self.secrets_file.path.name}: connect it again.")
        return channel_module(channel, value["settings"]).Channel(
            self._channel_settings(account, value["settings"]), secrets
        )

    def channel_status(self, studio_id):
        """List of `ChannelTold`, of every channel that there is."""
        rows = self.db.read("inbox_settings", studio_id, kind="channel")
        last = self._last_messages(studio_id)
        accounts = {}
        for row in rows.itertuples():
            channel, _, account = row.name.partition(":")
            accounts.setdefault(channel, []).append(_account(row, account, last.get(row.name)))
        return [self._channel_told(channel, accounts.get(channel, [])) for channel in CHANNELS]

    @property
    def secrets_file(self):
        """The file of secrets, under home."""
        return SecretsFile(self.settings.home / "data" / "channel_secrets.json")

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
    def _placed_batch(self, batch, studio_id):
        """Rows by table, each with the studio whose account it came to."""
        known, now = self._studios_of_accounts(), datetime.now(UTC)
        for row in batch.messages:
            row["studio_id"] = known.get((row["channel"], row["account_id"]), studio_id)
            row["received_at"] = now
        for row in batch.statuses:
            row["studio_id"] = known.get((row["message_id"].partition(":")[0], row.pop("account_id")), studio_id)
            row.setdefault("outbox_id", None)
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

    def _place_waiting(self, changes, studio_id, channel, account):
        """How many messages came to this account before it was connected; they are the studio's now."""
        rows = changes.read("messages", UNPLACED, channel=channel, account_id=account)
        changes.write("messages", rows.assign(studio_id=studio_id))
        strays = changes.read("message_statuses", UNPLACED)
        changes.write("message_statuses", strays[strays["message_id"].isin(rows["message_id"])]
                      .assign(studio_id=studio_id))  # fmt: skip
        return len(rows)

    def _write_channel(self, changes, studio_id, name, value, actor):
        row = {"studio_id": studio_id, "kind": "channel", "name": name, "value": json.dumps(value),
               "changed_at": pd.Timestamp.now("UTC"), "user_name": actor}  # fmt: skip
        changes.write("inbox_settings", pd.DataFrame([row]))

    def _connected_value(self, source, studio_id, name):
        rows = source.read("inbox_settings", studio_id, kind="channel", name=name)
        value = json.loads(rows["value"].iloc[0]) if len(rows) else {}
        if not value.get("is_connected"):
            raise ValueError(f"{name} is not connected to {studio_id}; `studiolab inbox status` lists what is")
        return {"settings": {}} | value

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
        given = {"graph_url": self.settings.meta_graph_url, "public_host": self.settings.public_host}
        return settings | {name: value for name, value in given.items() if value} | {"account": account}

    def _refuse_weak_secrets(self, channel, module, account, settings, secrets):
        known = {**module.SETTINGS, **module.SECRETS}
        for name in {**settings, **secrets}:
            if name not in known and name not in getattr(module, "OPTIONAL", {}):
                raise ValueError(f"{channel} has no setting {name!r}; it needs {', '.join(known) or 'none'}")
        missing = [f"{name} ({words})" for name, words in known.items() if not {**settings, **secrets}.get(name)]
        if not account or missing:
            raise ValueError(f"{channel} also needs {missing[0] if account else f'the account: {module.ACCOUNT}'}")
        faults = [weakness(name, value) for name, value in secrets.items()]
        if channel in SIGNERS:
            name, field = SIGNERS[channel]
            secret = getattr(self.settings, field).get_secret_value()
            secret = secret or self.settings.whatsapp_app_secret.get_secret_value()
            faults.append(weakness(f"{name} in the environment", secret, 16))
        if any(faults):
            raise ValueError(f"{channel} is not connected: {next(filter(None, faults))}")

    def _refuse_taken_account(self, rows, studio_id, name):
        for row in rows.itertuples():
            if row.studio_id != studio_id and json.loads(row.value).get("is_connected"):
                raise ValueError(f"{name} is connected to {row.studio_id}; disconnect it there first")

    def _last_messages(self, studio_id):
        """dict of "channel:account" to the time of its last message."""
        rows = self.db.read("messages", studio_id, ["channel", "account_id", "sent_at"])
        return rows.groupby(rows["channel"] + ":" + rows["account_id"])["sent_at"].max().to_dict()

    def _channel_told(self, channel, accounts):
        is_connected = any(one.is_connected for one in accounts)
        module = _module_if_any(channel)
        to_do = "" if is_connected else f"connect it: studiolab inbox connect {channel}"
        needs = {"account": module.ACCOUNT, **module.SETTINGS, **module.SECRETS} if module else {}
        return ChannelTold(channel=channel, is_connected=is_connected, accounts=accounts, to_do=to_do, needs=needs)


def channel_needs(channel, settings=None):
    """(settings, secrets): what an account takes, each a dict of name to words."""
    module = channel_module(channel, settings)
    return module.SETTINGS, module.SECRETS


def channel_module(channel, settings=None):
    """The adapter of a channel; settings : of an account, for e-mail has several ways."""
    if channel not in CHANNELS:
        raise ValueError(f"there is no channel {channel!r}; there are {', '.join(CHANNELS)}")
    way = (settings or {}).get("way", "imap")
    name = channel if channel != "email" else "gmail" if way == "gmail" else "email_imap"
    return importlib.import_module(f"studiolab.adapters.channels.{name}")


def _account(row, account, last_message_at):
    value = json.loads(row.value)
    error = value.get("error") or {}
    return AccountTold(
        account=account, is_connected=bool(value.get("is_connected")), says=value.get("says") or "",
        since=value.get("since") or row.changed_at, by=row.user_name or "", last_message_at=last_message_at,
        last_error=error.get("says") or "", last_error_at=error.get("at"),
        to_do="" if value.get("is_connected") else "connect it again to write and to see what came meanwhile",
    )  # fmt: skip


def _module_if_any(channel):
    try:
        return channel_module(channel)
    except ModuleNotFoundError:
        return None
