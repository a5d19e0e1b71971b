"""WhatsApp's Cloud API: webhooks in, messages out.

Sources: developers.facebook.com/docs/whatsapp/cloud-api (webhooks/components, reference/messages, error codes), as
settled in FORMATS § 4 and § 8; SPEC D-01, D-03, K3.7, K3.8.
"""

import re
from datetime import UTC, datetime
from urllib.parse import quote

from studiolab.adapters.channels import Batch, Gone, Refused, Sent, Unsure, clean, message
from studiolab.adapters.channels.graph import Graph, faults
from studiolab.adapters.channels.media import file
from studiolab.adapters.channels.reading import account_of, dicts, identifier, inner, load, moment, text
from studiolab.schema import DELIVERY

NAME = "whatsapp"
KINDS = {"text": "text", "image": "image", "audio": "audio", "video": "video", "document": "document",
         "sticker": "sticker", "location": "location", "contacts": "contact", "button": "button",
         "interactive": "button", "reaction": "reaction", "edit": "edit", "revoke": "deletion"}  # fmt: skip
MEDIA = ("image", "audio", "video", "document", "sticker")
LONGEST = 4096  # characters of a text
ACCOUNT = "the phone number id, as Meta's WhatsApp page shows it"
SETTINGS = {}
SECRETS = {"token": "the access token of a system user with whatsapp_business_messaging"}
OPTIONAL = {"waba_id": "the WhatsApp business account's id, to have it send its webhooks here"}


def parse(body):
    """`Batch` of a webhook: of every entry, change, message and status in it. Raises ValueError for what is none."""
    told = load(body)
    if told.get("object") != "whatsapp_business_account":
        raise ValueError("a webhook of whatsapp_business_account was expected")
    batch = Batch()
    for entry in dicts(told, "entry"):
        for change in dicts(entry, "changes"):
            name, value = change.get("field"), inner(change, "value")
            if name in ("messages", "smb_message_echoes", "message_echoes"):
                _value(value, batch)
            elif name == "history":
                _history(value, batch)
            else:
                batch.skipped.append(f"{NAME}: a change of {str(name)[:40]!r}")
    return batch


def _value(value, batch):
    account = account_of(inner(value, "metadata"), "phone_number_id")
    names = {who: text(inner(one, "profile"), "name", "username") for one in dicts(value, "contacts")
             for who in (text(one, "wa_id"), text(one, "user_id")) if who}  # fmt: skip
    for one in dicts(value, "messages"):
        _kept(batch, batch.messages, "message", _message, one, account, names)
    for one in dicts(value, "message_echoes"):
        _kept(batch, batch.messages, "message", _message, one, account, names, "outbound")
    for one in dicts(value, "statuses"):
        if one.get("status") in DELIVERY:
            _kept(batch, batch.statuses, "status", _status, one, account)


def _history(value, batch):
    """What was said on the phone before it was connected: threads of one customer each."""
    account = account_of(inner(value, "metadata"), "phone_number_id")
    for part in dicts(value, "history"):
        for thread in dicts(part, "threads"):
            for one in dicts(thread, "messages"):
                way = "inbound" if text(one, "from") == text(thread, "id") else "outbound"
                _kept(batch, batch.messages, "message", _message, {"to": thread.get("id")} | one, account, {}, way)


def _kept(batch, rows, what, made, *of):
    try:
        rows.append(made(*of))
    except ValueError as error:
        batch.skipped.append(f"{NAME}: a {what} with {error}")


def _message(one, account, names, direction="inbound"):
    told = text(one, "type") or ""
    kind, content = KINDS.get(told, "other"), inner(one, told)
    who = _who(one) if direction == "inbound" else identifier(one, "to", "to_user_id", "recipient_user_id")
    media = [{key: text(content, key) for key in ("id", "mime_type", "sha256", "filename", "url") if content.get(key)}]
    about = text(inner(one, "context"), "id")
    if kind in ("reaction", "edit", "deletion"):
        about = identifier(content, "message_id", "original_message_id")
    return message(NAME, identifier(one, "id"), account, who, kind, _body(one, told, content),
                   moment(one.get("timestamp")), name=names.get(who) if direction == "inbound" else None,
                   direction=direction, about=about, media=media if told in MEDIA else ())  # fmt: skip


def _body(one, told, content):
    """What a message says, as text."""
    if told == "edit":
        new = inner(content, "message")
        return _body(new, text(new, "type") or "", inner(new, text(new, "type") or ""))
    if told == "interactive":
        content = inner(content, "button_reply") or inner(content, "list_reply") or inner(content, "nfm_reply")
    if told == "location":
        place = [text(content, "name"), text(content, "address"), text(content, "latitude"), text(content, "longitude")]
        return ", ".join(filter(None, place)) or None
    if told == "contacts":
        cards = [text(inner(card, "name"), "formatted_name") for card in dicts(one, "contacts")]
        numbers = [text(phone, "phone") for card in dicts(one, "contacts") for phone in dicts(card, "phones")]
        return ", ".join(filter(None, cards + numbers)) or None
    if told == "order":
        lines = [" ".join(filter(None, (text(item, "quantity"), "×", text(item, "product_retailer_id"), "at",
                                        text(item, "item_price"), text(item, "currency"))))
                 for item in dicts(content, "product_items")]  # fmt: skip
        return "\n".join(filter(None, (text(content, "text"), *lines))) or None
    if told == "reaction":
        return text(content, "emoji")
    return text(content, "body", "caption", "text", "title", "name") or faults(one)


def _status(one, account):
    return {
        "message_id": clean(f"{NAME}:{identifier(one, 'id')}"), "status": one["status"],
        "account_id": account, "told_at": moment(one.get("timestamp")), "reason": clean(faults(one)),
        "outbox_id": text(one, "biz_opaque_callback_data"),
    }  # fmt: skip


def _who(one):
    """The person's number; where they hide it, the id that WhatsApp gives them for this business (FORMATS § 8)."""
    return identifier(one, "from", "from_user_id", "user_id")


class Channel:
    """A connected phone number. settings : account, perhaps waba_id, graph_url, seconds; secrets : token"""

    def __init__(self, settings, secrets):
        self.account, self.business = quote(settings["account"], safe=""), quote(settings.get("waba_id") or "", safe="")
        self.graph = Graph("WhatsApp", settings, secrets)

    def send(self, handle, text, outbox_id, template=None, subject=None, about=None):
        """As `channels.Channel.send`; template : dict name, language and values, in the order of its gaps."""
        to = handle.removeprefix(f"{NAME}:")
        whom = {"to": to} if to.isdigit() else {"recipient": to}  # who hides their number is written to by their id
        body = {"messaging_product": "whatsapp", "recipient_type": "individual", **whom,
                "biz_opaque_callback_data": outbox_id}  # fmt: skip
        if about:
            body["context"] = {"message_id": about.removeprefix(f"{NAME}:")}
        told = self.graph.post(f"{self.account}/messages", body | _content(text, template))
        sent = dicts(told, "messages")
        if not sent or not sent[0].get("id"):
            raise Unsure("WhatsApp took the message but did not name it.")
        return Sent(f"{NAME}:{sent[0]['id']}", datetime.now(UTC))

    def sync(self, cursor):
        """WhatsApp tells everything by itself, so there is nothing to ask for."""
        return Batch(), cursor

    def check(self):
        """Whose number it is, as WhatsApp tells."""
        told = self.graph.get(self.account, "display_phone_number,verified_name,quality_rating")
        return f"{text(told, 'verified_name') or 'no name'}, {text(told, 'display_phone_number') or self.account}"

    def subscribe(self):
        """Have the business account send its webhooks to this app, where we know its id."""
        if self.business:
            self.graph.subscribe(self.business)

    def media(self, reference, message_id, handle):
        """As `channels.Channel.media`; the address that WhatsApp gives serves five minutes, with the same token."""
        known = text(reference, "id") or ""
        try:
            if not re.fullmatch(r"[\w-]+", known, re.ASCII):
                raise Gone("WhatsApp gives no id of this file.")
            return file(self.graph.file(known, "url"), text(reference, "filename", "name"))
        except Gone as error:
            raise Gone(f"{error} It keeps what people send for 30 days; ask them to send it again.") from None


def _content(said, template):
    if template:
        values = [{"type": "text", "text": str(one)} for one in template.get("values") or ()]
        language = {"code": template.get("language") or "en"}
        parts = {"components": [{"type": "body", "parameters": values}]} if values else {}
        return {"type": "template", "template": {"name": template["name"], "language": language} | parts}
    if not said or len(said) > LONGEST:
        raise Refused(f"WhatsApp takes texts of 1 to {LONGEST:,} characters; this one has {len(said or ''):,}.")
    return {"type": "text", "text": {"body": said, "preview_url": True}}
