"""WhatsApp's Cloud API: webhooks in, messages out.

Sources: developers.facebook.com/docs/whatsapp/cloud-api (webhooks/components, reference/messages, error codes), as
settled in FORMATS § 4 and § 8; SPEC D-01, D-03, K3.7, K3.8.
"""

import json
from datetime import UTC, datetime

from studiolab.adapters.channels import Batch, clean, message

NAME = "whatsapp"
KINDS = {"text": "text", "image": "image", "audio": "audio", "video": "video", "document": "document",
         "sticker": "sticker", "location": "location", "contacts": "contact", "button": "button",
         "interactive": "button", "reaction": "reaction"}  # fmt: skip
MEDIA = ("image", "audio", "video", "document", "sticker")


def parse(body):
    """`Batch` of a webhook: of every entry, change, message and status in it."""
    told = json.loads(body)
    if not isinstance(told, dict) or told.get("object") != "whatsapp_business_account":
        raise ValueError("a webhook of whatsapp_business_account was expected")
    batch = Batch()
    for entry in _dicts(told, "entry"):
        for change in _dicts(entry, "changes"):
            if change.get("field") != "messages":
                batch.skipped.append(f"whatsapp: a change of {str(change.get('field'))[:40]!r}")
                continue
            _value(change.get("value") or {}, batch)
    return batch


def _value(value, batch):
    account = str((value.get("metadata") or {}).get("phone_number_id") or "")
    names = {_who(one): (one.get("profile") or {}).get("name") for one in _dicts(value, "contacts")}
    for one in _dicts(value, "messages"):
        try:
            batch.messages.append(_message(one, account, names))
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            batch.skipped.append(f"whatsapp: a message without {error}")
    for one in _dicts(value, "statuses"):
        try:
            if one["status"] in ("sent", "delivered", "read", "failed"):
                batch.statuses.append(_status(one, account))
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            batch.skipped.append(f"whatsapp: a status without {error}")


def _message(one, account, names):
    who, kind = _who(one), KINDS.get(one.get("type"), "other")
    content, media, about = one.get(one.get("type")) or {}, [], (one.get("context") or {}).get("id")
    if kind in MEDIA:
        media = [{key: content[key] for key in ("id", "mime_type", "sha256", "filename") if content.get(key)}]
    if kind == "reaction":
        about = content["message_id"]
    return message(NAME, one["id"], account, who, kind, _body(one, kind, content), _moment(one["timestamp"]),
                   name=names.get(who), about=about, media=media)  # fmt: skip


def _body(one, kind, content):
    if kind == "text":
        return content["body"]
    if kind == "button":
        chosen = content.get("button_reply") or content.get("list_reply") or content
        return chosen.get("text") or chosen.get("title")
    if kind == "reaction":
        return content.get("emoji")
    if kind == "location":
        place = [content.get("name"), content.get("address"), f"{content['latitude']}, {content['longitude']}"]
        return ", ".join(filter(None, place))
    if kind == "contact":
        return ", ".join((card.get("name") or {}).get("formatted_name", "") for card in one.get("contacts") or [])
    return content.get("caption") if isinstance(content, dict) else None


def _status(one, account):
    faults = [fault.get("title") or str(fault.get("code")) for fault in _dicts(one, "errors")]
    return {
        "message_id": clean(f"{NAME}:{one['id']}"), "status": one["status"], "account_id": account,
        "told_at": _moment(one["timestamp"]), "reason": clean("; ".join(faults)),
        "outbox_id": clean(one.get("biz_opaque_callback_data")),
    }  # fmt: skip


def _who(one):
    """The person's number; where they hide it, the id that WhatsApp gives them for this business (FORMATS § 8)."""
    who = one.get("wa_id") or one.get("from") or one.get("user_id") or one.get("from_user_id")
    if not who:
        raise KeyError("from")
    return str(who)


def _moment(seconds):
    return datetime.fromtimestamp(int(seconds), UTC)


def _dicts(told, name):
    """The dicts of a list, for a list is what a stranger may have left out or filled with anything."""
    found = told.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
