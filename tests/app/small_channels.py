"""Two studios and a WhatsApp number's webhooks, in a database of its own."""

import hashlib
import hmac
import json

import pandas as pd

from studiolab.app import Workbench
from studiolab.settings import Settings

from ..graph_server import PHONE

TOKEN = "a-token-of-some-length"
SECRET = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
MAIL_KEY = "mail-key-1"
AUTH = "b5a69788796a5b4c3d2e1f00f1e2d3c4"


def small(folder, **settings):
    """A Workbench with the studios "oak" and "elm"; settings : by the names of their variables"""
    given = {"WHATSAPP_APP_SECRET": SECRET, "TWILIO_AUTH_TOKEN": AUTH, "WHATSAPP_VERIFY_TOKEN": "v-0f1e2d3c4b5a",
             "STUDIOLAB_SYNC_SECONDS": 0}  # fmt: skip
    bench = Workbench(Settings(STUDIOLAB_HOME=folder, STUDIOLAB_TOKEN=TOKEN, **given | settings))
    studios = [{"studio_id": one, "studio_name": one, "currency": "EUR", "timezone": "Europe/Berlin"}
               for one in ("oak", "elm")]  # fmt: skip
    bench.db.write("studios", pd.DataFrame(studios))
    return bench


def signed(body, secret=SECRET):
    """The signature that Meta would send with these bytes."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def whatsapp(*texts, account=PHONE, statuses=(), first=0):
    """A webhook's bytes: messages wamid.0, wamid.1 … with these texts."""
    messages = [{"from": "4915112345", "id": f"wamid.{number}", "timestamp": str(1_760_000_000 + number),
                 "type": "text", "text": {"body": text}} for number, text in enumerate(texts, first)]  # fmt: skip
    value = {"metadata": {"phone_number_id": account}, "messages": messages, "statuses": list(statuses),
             "contacts": [{"profile": {"name": "Ana"}, "wa_id": "4915112345"}]}  # fmt: skip
    told = {"object": "whatsapp_business_account", "entry": [{"changes": [{"field": "messages", "value": value}]}]}
    return json.dumps(told).encode()
