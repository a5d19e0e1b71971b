"""Mailboxes at Google: their owner agrees in the browser, and Google tells of new mail (D-31, K3.9).

What goes out to Google and comes back is signed with a key of our own, so that it can be kept nowhere in between.
"""

import base64
import hashlib
import hmac
import json
import secrets
import time
from concurrent.futures import Future, ThreadPoolExecutor

from studiolab.adapters.channels import gmail, google_sign_in
from studiolab.adapters.errors import StudiolabError
from studiolab.app.channels import WrongSignature

SECONDS = 900  # in which the owner agrees
CALLBACK = "/api/integrations/callback/email"
PUSH = "/api/integrations/webhook/email"


class MailAccounts:
    """The part of the Workbench that connects mailboxes without a password."""

    def oauth_start(self, studio_id, account, actor):
        """The address at Google where the owner of the mailbox `account` agrees; "" leaves the choice to them.

        Raises ValueError for an unknown studio, StudiolabError where GOOGLE_CLIENT_ID or its secret is not set.
        """
        self.the_studio(studio_id)
        client_id, _ = self._google_client()
        told = {"studio": studio_id, "account": (account or "").strip().lower(), "actor": actor,
                "until": int(time.time()) + SECONDS, "once": secrets.token_hex(16)}  # fmt: skip
        state = base64.urlsafe_b64encode(json.dumps(told).encode()).decode()
        signed, verifier = f"{state}.{self._mail_signed('state', state)}", self._mail_signed("verifier", told["once"])
        return google_sign_in.agreement_url(
            client_id, self._mail_address(CALLBACK), signed, verifier, told["account"], self.settings.google_url
        )

    def oauth_callback(self, code, state, and_read=False):
        """`ChannelTold` once the mailbox is connected whose owner came back with `code`.

        and_read : begin to read it as well, and to be told of new mail; in a program that goes on
        Raises WrongSignature for a state that is not ours or too old, StudiolabError where Google refuses.
        """
        state, _, signature = (state or "").partition(".")
        if not hmac.compare_digest(signature.encode("utf-8", "replace"), self._mail_signed("state", state).encode()):
            raise WrongSignature("nobody here began this; begin anew: connect the mailbox")
        told = json.loads(base64.urlsafe_b64decode(state))
        if told["until"] < time.time():
            raise WrongSignature("this was begun too long ago; begin anew: connect the mailbox")
        client_id, client_secret = self._google_client()
        token = google_sign_in.refresh_token(
            code, self._mail_signed("verifier", told["once"]), client_id, client_secret, self._mail_address(CALLBACK),
            self.settings.google_url,
        )  # fmt: skip
        kept = {"client_id": client_id, "client_secret": client_secret, "refresh_token": token}
        given = {"way": "gmail", "google_url": self.settings.google_url, "topic": self.settings.google_topic}
        given = {name: value for name, value in given.items() if value}
        account = told["account"] or gmail.Channel(given | {"account": ""}, kept).address()
        connected = self.connect_channel(told["studio"], "email", account, given, kept, told["actor"])
        if and_read:
            self.read_mail_soon(told["studio"])
        return connected

    def mail_push_url(self):
        """The address for the subscription in Google's Pub/Sub; its token is what shows that Google calls."""
        return f"{self._mail_address(PUSH)}?token={self._mail_signed('push', '')}"

    def receive_push(self, token, body):
        """A Future that is done when the mailbox was read of which a push tells.

        token : of the address that was called; body : its bytes
        Raises WrongSignature, ValueError for a body that cannot be read.
        """
        if not hmac.compare_digest((token or "").encode("utf-8", "replace"), self._mail_signed("push", "").encode()):
            raise WrongSignature("this is not the address that the subscription was given")
        address = gmail.pushed(body)
        rows = self.db.read("inbox_settings", kind="channel", name=f"email:{address}")
        studios = [row.studio_id for row in rows.itertuples() if json.loads(row.value).get("is_connected")]
        return self.read_mail_soon(*studios[:1])

    def read_mail_soon(self, studio_id=None):
        """A Future that is done when the mailboxes of a studio were read, at once where there is none."""
        if studio_id is None:
            done = Future()
            done.set_result(None)
            return done
        with self._lock:
            reader = self.__dict__.setdefault("_push_reader", ThreadPoolExecutor(2, "mail"))
            waiting = self.__dict__.setdefault("_pushed_studios", {})
            if studio_id not in waiting:  # else the reading that is still to begin will find it
                waiting[studio_id] = reader.submit(self._read_pushed, studio_id, waiting)
            return waiting[studio_id]

    def close(self):
        """Read what was told of, then let go."""
        reader = self.__dict__.pop("_push_reader", None)
        if reader is not None:
            reader.shutdown()
        super().close()

    # parts --------------------------------------------------------------------------------------
    def _read_pushed(self, studio_id, waiting):
        with self._lock:
            waiting.pop(studio_id, None)
        self.sync_channels(studio_id, "email")

    def _google_client(self):
        client_id, secret = self.settings.google_client_id, self.settings.google_client_secret.get_secret_value()
        if not client_id or not secret:
            raise StudiolabError(
                "Set GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET, of an app made at Google, and begin anew."
            )
        return client_id, secret

    def _mail_address(self, path):
        host = self.settings.public_host
        return f"https://{host}{path}" if host else f"http://127.0.0.1:{self.settings.api_port}{path}"

    def _mail_signed(self, what, text):
        """A text's signature with a key that no other program has."""
        key = self.secrets_file.get("", "signing").get("key")
        if not key:
            self.secrets_file.put("", "signing", {"key": secrets.token_hex(32)})
            key = self.secrets_file.get("", "signing")["key"]
        return hmac.new(bytes.fromhex(key), f"{what}:{text}".encode(), hashlib.sha256).hexdigest()
