"""By which channel, account and thread a person is reached, and when they wrote last."""

from datetime import UTC, datetime

from studiolab.studio_operations.inbox import consent, contacts, sequences, windows

WORDS = {"email": "an e-mail address", "sms": "a phone number", "whatsapp": "a phone number"}  # of what a card may have


class Addresses:
    """The part of the Workbench that knows how to reach people."""

    def window(self, studio_id, contact_id, channel=None):
        """`windows.Window` of a contact, of the channel they wrote over last by default."""
        studio_id = self.the_studio(studio_id)
        _, handle, _ = self._address(studio_id, contact_id, channel)
        return windows.window(handle.partition(":")[0], self._last_word(studio_id, handle), datetime.now(UTC))

    # parts --------------------------------------------------------------------------------------
    def _address(self, studio_id, contact_id, channel):
        """(View of a contact, handle and account to write to them by): those of their last message, or of the last
        over `channel`; of who never wrote over it, what their card has."""
        view = self.inbox_view(studio_id, contact_id)
        handles = [one for one in view.contact.handles if channel in (None, one.partition(":")[0])]
        if not handles:
            return view, *self._noted_address(studio_id, view, channel)
        rows = self.db.read("messages", studio_id, ["handle", "account_id", "direction", "sent_at"], handle=handles)
        rows = rows.sort_values("sent_at")
        own = rows[rows["direction"] == "inbound"] if (rows["direction"] == "inbound").any() else rows
        if len(own):
            return view, own["handle"].iloc[-1], own["account_id"].iloc[-1]
        kind = handles[0].partition(":")[0]
        account = self._first_account(studio_id, kind)
        if account is None:
            raise ValueError(f"channel: no {kind} account is connected; `studiolab inbox connect {kind}` does it")
        return view, handles[0], account

    def _noted_address(self, studio_id, view, channel):
        """(handle, account) by what the card has: by e-mail, else SMS, else WhatsApp, which takes a template first."""
        given = view.contact.given
        digits = (given.get("phone") or "").removeprefix("+")
        ways = {"email": given.get("email"), "sms": digits and f"+{digits}", "whatsapp": digits}
        ways = {kind: f"{kind}:{name}" for kind, name in ways.items() if name}
        asked = [kind for kind in ways if channel in (None, kind)]
        if not asked:
            known = {one.partition(":")[0] for one in view.contact.handles} | {WORDS[kind] for kind in ways}
            there = f"there is {', '.join(sorted(known))}" if known else "put an e-mail address or a phone number in"
            raise ValueError(f"channel: {view.name} cannot be reached{f' by {channel}' if channel else ''}; {there}")
        connected = {kind: self._first_account(studio_id, kind) for kind in asked}
        kind = next((kind for kind in asked if connected[kind] is not None), None)
        if kind is None:
            has = " and ".join(dict.fromkeys(WORDS[one] for one in asked))
            raise ValueError(f"channel: {view.name} has given {has}, and no account that writes there is connected; "
                             f"`studiolab inbox connect {asked[0]}` does it")  # fmt: skip
        same = ("email",) if kind == "email" else ("sms", "whatsapp")  # a number is the same person on both
        self._refuse_others_address(studio_id, view, [ways[one] for one in same])
        return ways[kind], connected[kind]

    def _refuse_others_address(self, studio_id, view, handles):
        """To write to who has written from there already would make two people one."""
        index = self.inbox_index(studio_id)
        for handle in handles:
            other = index.view(contacts.contact_id(studio_id, handle))
            if other is not None and other.contact.contact_id != view.contact.contact_id:
                raise ValueError(f"channel: {handle.partition(':')[2]} is {other.name}'s already; write to them there, "
                                 f"or merge the two if they are one person")  # fmt: skip

    def _held_address(self, studio_id, view, handle, actor):
        """View of a contact, of whom `handle` is from now on, so that what is said there is in their conversation."""
        if handle in view.contact.handles:
            return view
        contact_id, own = view.contact.contact_id, self.create_contact(studio_id, {"handle": handle}, actor)
        if contact_id not in own.ids:  # else a number that they write from on another channel has joined them
            why = f"{actor} wrote to {handle.partition(':')[2]}, which the card has"
            self.merge_contacts(studio_id, contact_id, own.contact_id, actor, [why])
        return self.inbox_view(studio_id, contact_id)

    def _first_account(self, studio_id, channel):
        """Name of a connected account of a channel, None where there is none."""
        known = self._studios_of_accounts().items()
        return next((account for (name, account), studio in known if name == channel and studio == studio_id), None)

    def _last_word(self, studio_id, handle):
        """Timestamp of the last message from a handle, or of a list of them; None where there is none."""
        at = self.db.read("messages", studio_id, ["sent_at"], handle=handle, direction="inbound")["sent_at"]
        return at.max() if len(at) else None

    def _said_to_us(self, studio_id, view, channel):
        """`consent.Consent` of a View's person for a channel."""
        filed = (view.record.email_consent, view.record.text_consent) if view.record else (None, None)
        return consent.effective(self.inbox_index(studio_id).said(view), channel, *filed)

    def _zone_there(self, studio_id):
        """IANA name of a studio's timezone."""
        return zone_of(self.db, studio_id)

    def _next_hour(self, studio_id, now):
        """When people like to be written to next, None where they do now."""
        awake = sequences.awake(now, self._zone_there(studio_id))
        return None if awake == now else awake

    def _mail_answered(self, studio_id, handle):
        """message_id of the last mail from a handle, for an answer belongs in its thread; None of other channels."""
        if not handle.startswith("email:"):
            return None
        columns = ["message_id", "sent_at"]
        rows = self.db.read("messages", studio_id, columns, handle=handle, direction="inbound")
        return rows.sort_values("sent_at")["message_id"].iloc[-1] if len(rows) else None


def zone_of(source, studio_id):
    """IANA name of a studio's timezone, UTC where nobody said; source : a Database or a transaction."""
    zone = source.read("studios", studio_id, ["timezone"])["timezone"].iloc[0]
    return zone if isinstance(zone, str) else "UTC"
