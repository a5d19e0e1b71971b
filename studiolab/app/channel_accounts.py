"""What an account of a channel takes to be connected, what is refused, and how it is told."""

import importlib
import json
from datetime import timedelta
from typing import NamedTuple

import pandas as pd

from studiolab.adapters.secrets_file import weakness
from studiolab.schema import CHANNELS
from studiolab.studio_operations.inbox.channel_replies import AccountTold, ChannelTold

WHOLE = ("imap_port", "smtp_port", "days")
META = ("whatsapp", "instagram")  # what calls us, signing with the app's secret
QUIET = timedelta(days=1)
SAMPLES = "nobody is behind the samples: connect your own account with “studiolab inbox connect {}”, or take them away "
SAMPLES += "with “studiolab inbox demo --remove”"
RECENT = timedelta(days=7)  # for which what went wrong is said


class Needs(NamedTuple):
    """What it takes to connect an account, each in words: settings and secrets, and what may be left out, by name."""

    account: str
    settings: dict
    secrets: dict
    optional: dict

    @property
    def words(self):
        """dict of name to words, of all that must be given."""
        return {"account": self.account, **self.settings, **self.secrets}


def channel_module(channel, settings=None):
    """The adapter of a channel; settings : of an account, whose `way` is gmail where mail is not read by IMAP.

    Raises ValueError where there is none.
    """
    if channel not in CHANNELS:
        raise ValueError(f"there is no channel {channel!r}; there are {', '.join(CHANNELS)}")
    is_gmail = (settings or {}).get("way") == "gmail"
    name = channel if channel != "email" else "gmail" if is_gmail else "email_imap"
    return importlib.import_module(f"studiolab.adapters.channels.{name}")


def channel_needs(channel, settings=None):
    """`Needs` of an account of a channel."""
    module = channel_module(channel, settings)
    return Needs(module.ACCOUNT, module.SETTINGS, module.SECRETS, getattr(module, "OPTIONAL", {}))


def signing_secret(settings, channel):
    """(variable, secret) that Meta's webhooks are signed with; Instagram's is WhatsApp's by default.

    settings : of the environment
    """
    own = getattr(settings, f"{channel}_app_secret").get_secret_value()
    return f"{channel.upper()}_APP_SECRET", own or settings.whatsapp_app_secret.get_secret_value()


def fit(environment, channel, account, settings, secrets):
    """(settings, secrets) to connect an account with: what is given, and what the environment gives.

    Raises ValueError, in a sentence that tells no secret, for what is unknown, missing or a placeholder (K3.14).
    """
    if channel == "sms":
        settings = {"account_sid": environment.twilio_account_sid} | settings
        secrets = {"auth_token": environment.twilio_auth_token.get_secret_value()} | secrets
    needs = channel_needs(channel, settings)
    for name in {**settings, **secrets}:
        if name not in {**needs.settings, **needs.secrets, **needs.optional}:
            raise ValueError(f"{channel} has no setting {name!r}; it needs {', '.join(needs.words)}")
    if not account:
        raise ValueError(f"{channel} needs the account: {needs.account}")
    for name, words in {**needs.settings, **needs.secrets}.items():
        if not {**settings, **secrets}.get(name):
            raise ValueError(f"{channel} also needs {name}: {words}")
    faults = [weakness(name, value) for name, value in secrets.items()] + _faults_of_the_app(environment, channel)
    if any(faults):
        raise ValueError(f"{channel} is not connected: {next(filter(None, faults))}")
    try:
        return settings | {name: int(settings[name]) for name in WHOLE if name in settings}, secrets
    except ValueError as error:
        raise ValueError(f"{channel}: a whole number was expected ({error})") from None


def _faults_of_the_app(environment, channel):
    if channel not in META:
        return []
    name, secret = signing_secret(environment, channel)
    token = getattr(environment, f"{channel}_verify_token").get_secret_value()
    token = token or environment.whatsapp_verify_token.get_secret_value()
    where = f"{channel.upper()}_VERIFY_TOKEN in the environment"
    return [weakness(f"{name} in the environment", secret, 16), weakness(where, token)]


def told_account(environment, row, last_message_at, last_failure, wrong_signatures, push_at=""):
    """`AccountTold` of a row of inbox_settings.

    last_failure : (at, reason) of what could not be sent, or None; wrong_signatures : webhooks refused since the start
    push_at : the address that Google's Pub/Sub is to call
    """
    value, (channel, _, account) = json.loads(row.value), row.name.partition(":")
    error, now = value.get("error") or {}, pd.Timestamp.now("UTC")
    since = pd.Timestamp(value.get("since") or row.changed_at)
    faults = [(pd.Timestamp(error["at"]), error["says"])] if error else []
    faults += [last_failure] if last_failure and now - last_failure[0] < RECENT else []
    at, says = max(faults, default=(None, ""))
    is_connected, set_ = bool(value.get("is_connected")), value.get("settings") or {}
    return AccountTold(
        account=account, is_connected=is_connected, says=value.get("says") or "", since=since, by=value.get("by") or "",
        last_message_at=last_message_at, last_error=says, last_error_at=at,
        to_do=SAMPLES.format(channel) if value.get("is_sample")
        else _to_do(environment, channel, is_connected, last_message_at, now - since, wrong_signatures, set_),
        push_at=push_at if is_connected and set_.get("way") == "gmail" else "",
    )  # fmt: skip


def _to_do(environment, channel, is_connected, last_message_at, age, wrong_signatures, settings):
    if not is_connected:
        return f"to write and to see what came meanwhile, connect it again: studiolab inbox connect {channel}"
    if channel == "email":
        return _to_do_at_google(environment, settings) if settings.get("way") == "gmail" else ""
    if not environment.public_host:
        return "set STUDIOLAB_PUBLIC_HOST to the name under which a proxy brings webhooks here"
    where = f"https://{environment.public_host}/api/integrations/webhook/{channel}"
    if wrong_signatures:
        secret = "TWILIO_AUTH_TOKEN" if channel == "sms" else signing_secret(environment, channel)[0]
        return f"{wrong_signatures} webhooks since the start bore a wrong signature: is {secret} the right one?"
    if last_message_at is None and age > QUIET:
        return f"no message has come yet: does the webhook point to {where}?"
    return ""


def _to_do_at_google(environment, settings):
    seconds = environment.sync_seconds
    comes = f"mail is looked for every {seconds:g} seconds" if seconds else "mail comes when you sync"
    begin = f"{comes}; for Google to tell of it at once, set"
    if not environment.public_host:
        return f"{begin} STUDIOLAB_PUBLIC_HOST"
    return "" if settings.get("topic") else f"{begin} GOOGLE_PUBSUB_TOPIC and connect it again"


def told_channel(channel, accounts):
    """`ChannelTold` of a channel with its accounts."""
    is_connected = any(one.is_connected for one in accounts)
    to_do = "" if is_connected else f"connect it: studiolab inbox connect {channel}"
    return ChannelTold(channel=channel, is_connected=is_connected, accounts=accounts, to_do=to_do,
                       needs=channel_needs(channel).words)  # fmt: skip
