"""Instagram's messages and comments: webhooks in, messages out.

Sources: developers.facebook.com/docs/messenger-platform/instagram (features/webhook, send-message), instagram-platform/
webhooks, as settled in FORMATS § 5 and § 8; SPEC D-01, K3.9.
"""

import re
from datetime import UTC, datetime

from studiolab.adapters.channels import Batch, Gone, Refused, Sent, Unsure, clean, message
from studiolab.adapters.channels.graph import Graph, OutsideWindow
from studiolab.adapters.channels.media import file
from studiolab.adapters.channels.reading import account_of, dicts, identifier, inner, load, moment, text
from studiolab.adapters.errors import StudiolabError

NAME = "instagram"
KINDS = {"image": "image", "video": "video", "audio": "audio", "file": "document", "like_heart": "sticker",
         "story_mention": "story", "ig_story": "story"}  # fmt: skip
LONGEST = 1000  # bytes of a text
ACCOUNT = "the id of the Instagram professional account, as the webhook's entries name it"
SETTINGS = {}
SECRETS = {"token": "the access token of its Facebook page, with instagram_basic, instagram_manage_messages and "
                    "pages_manage_metadata"}  # fmt: skip
FIELDS = "messages,messaging_postbacks,message_reactions,messaging_seen,message_edits"
HUMAN_AGENT = "HUMAN_AGENT"  # the name of the "template" with which a person answers up to 7 days late


def parse(body):
    """`Batch` of a webhook: of every entry, message, reading, reaction and comment in it. Raises ValueError."""
    told = load(body)
    if told.get("object") != "instagram":
        raise ValueError("a webhook of instagram was expected")
    batch = Batch()
    for entry in dicts(told, "entry"):
        account = account_of(entry, "id")
        for one in (*dicts(entry, "messaging"), *dicts(entry, "standby")):
            _kept(batch, _event, one, account, batch)
        for change in dicts(entry, "changes"):
            name, value = change.get("field"), inner(change, "value")
            if name in ("comments", "live_comments"):
                _kept(batch, _comment, value, account, entry.get("time"), batch)
            elif inner(value, "sender"):  # as the dashboard's test button words what else is `messaging`
                _kept(batch, _event, value, account, batch)
            else:
                batch.skipped.append(f"{NAME}: a change of {str(name)[:40]!r}")
    return batch


def _kept(batch, made, one, *more):
    try:
        made(one, *more)
    except ValueError as error:
        batch.skipped.append(f"{NAME}: an event with {error}")


def _event(one, account, batch):
    own = inner(one, "message").get("is_echo") is True or text(inner(one, "sender"), "id") == account
    who = identifier(inner(one, "recipient" if own else "sender"), "id")
    at, way = moment(one.get("timestamp"), 1000), "outbound" if own else "inbound"

    def row(message_id, kind, said, **more):
        batch.messages.append(message(NAME, message_id, account, who, kind, said, at, direction=way, **more))

    if "message" in one:
        _message(inner(one, "message"), row)
    elif "message_edit" in one:
        edit = inner(one, "message_edit")
        mid, number = identifier(edit, "mid"), text(edit, "num_edit") or text(one, "timestamp") or "1"
        row(f"{mid}/edit/{number}", "edit", text(edit, "text"), about=mid)
    elif "reaction" in one:
        reaction = inner(one, "reaction")
        mid = identifier(reaction, "mid")
        emoji = text(reaction, "emoji", "reaction") if reaction.get("action") != "unreact" else None
        row(f"{mid}/reaction/{who}/{text(one, 'timestamp')}", "reaction", emoji, about=mid)
    elif "postback" in one:
        chosen = inner(one, "postback")
        row(text(chosen, "mid") or f"{who}/postback/{text(one, 'timestamp')}", "button", text(chosen, "title"))
    elif "read" in one:
        mid = identifier(inner(one, "read"), "mid")
        told = {"message_id": clean(f"{NAME}:{mid}"), "status": "read", "account_id": account, "told_at": at}
        batch.statuses.append(told | {"reason": None, "outbox_id": None})
    else:
        batch.skipped.append(f"{NAME}: an event of {', '.join(sorted(map(str, one)))[:80]}")


def _message(told, row):
    mid = identifier(told, "mid")
    if told.get("is_deleted") is True:
        row(f"{mid}/deletion", "deletion", None, about=mid)
        return
    reply, files = inner(told, "reply_to"), dicts(told, "attachments")
    story = inner(reply, "story")
    media = [_reference(one) for one in files]
    kind = next((KINDS.get(text(one, "type") or "", "other") for one in files), "text")
    if story:
        kind, media = "story", [{key: text(story, key) for key in ("id", "url") if text(story, key)}, *media]
    elif told.get("is_unsupported") is True:
        kind = "other"
    row(mid, kind, text(told, "text"), about=text(reply, "mid"), media=media)


def _reference(attachment):
    payload = inner(attachment, "payload")
    known = {"url": text(payload, "url"), "name": text(payload, "title"), "mime_type": text(attachment, "type")}
    return {key: value for key, value in known.items() if value}


def _comment(value, account, at, batch):
    writer, post = inner(value, "from"), text(inner(value, "media"), "id")
    who = identifier(writer, "id")
    batch.messages.append(message(
        NAME, identifier(value, "id", "comment_id"), account, who, "comment", text(value, "text"), moment(at),
        name=text(writer, "username"), direction="outbound" if who == account else "inbound",
        about=text(value, "parent_id"), media=[{"id": post}] if post else (),
    ))  # fmt: skip


class Channel:
    """A connected professional account. settings : account, and perhaps graph_url and seconds; secrets : token"""

    def __init__(self, settings, secrets):
        self.account, self.graph = settings["account"], Graph("Instagram", settings, secrets)

    def send(self, handle, text, outbox_id, template=None, subject=None, about=None):
        """As `channels.Channel.send`; template : {"name": HUMAN_AGENT} where it is known that a person answers late.

        What Instagram refuses for being later than 24 hours is sent once more as a person's own answer, for 7 days.
        A comment, which has a number for its id, is answered by a private message to whoever wrote it.
        """
        if not text or len(text.encode()) > LONGEST:
            size = len((text or "").encode())
            raise Refused(f"Instagram takes texts of 1 to {LONGEST:,} bytes; this one has {size:,}.")
        about = (about or "").removeprefix(f"{NAME}:")
        whom = {"comment_id": about} if about.isdigit() else {"id": handle.removeprefix(f"{NAME}:")}
        body = {"recipient": whom, "message": {"text": text}, "messaging_type": "RESPONSE"}
        if template and template.get("name") != HUMAN_AGENT:
            raise Refused("Instagram has no templates; after 24 hours a person may answer by hand, for 7 days.")
        by_hand = body | {"messaging_type": "MESSAGE_TAG", "tag": HUMAN_AGENT}
        try:
            told = self.graph.post("me/messages", by_hand if template else body)
        except OutsideWindow:
            if template:
                raise
            told = self.graph.post("me/messages", by_hand)  # what is automatic does not get here so late
        if not isinstance(told.get("message_id"), str):
            raise Unsure("Instagram took the message but did not name it.")
        return Sent(f"{NAME}:{told['message_id']}", datetime.now(UTC))

    def sync(self, cursor):
        """Instagram tells everything by itself, so there is nothing to ask for."""
        return Batch(), cursor

    def check(self):
        """Whose account it is, as Instagram tells."""
        told = self.graph.get("me", "name,instagram_business_account{id,username}")
        own = inner(told, "instagram_business_account")
        if text(own, "id") != self.account:
            raise StudiolabError(f"The token is of the page {text(told, 'name')!r}, whose Instagram account is "
                                 f"{text(own, 'id') or 'not joined to it'}, not {self.account}.")  # fmt: skip
        return f"@{text(own, 'username')}, of the page {text(told, 'name')}"

    def media(self, reference, message_id, handle):
        """As `channels.Channel.media`: of the address that came with the message, or of the post commented on."""
        address, known = text(reference, "url"), text(reference, "id") or ""
        try:
            if not address and not re.fullmatch(r"\w+", known, re.ASCII):
                raise Gone("Instagram gives no address of it.")
            data = self.graph.open_file(address) if address else self.graph.file(known, "media_url")
        except Gone as error:
            raise Gone(f"{error} Look in Instagram itself; a story is there for a day.") from None
        return file(data, text(reference, "name"))

    def subscribe(self):
        """Have the page send its webhooks to this app."""
        self.graph.subscribe("me", subscribed_fields=FIELDS)
