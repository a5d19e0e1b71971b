"""Saving and sharing sets of classes, and making a saved one again; every one is in the ledger (A-04, A-47, N10)."""

import hashlib
import hmac
from functools import cache
from pathlib import Path

import pandas as pd
from pydantic import ValidationError

from studiolab import class_recommender
from studiolab.adapters import exports
from studiolab.adapters.errors import StudiolabError
from studiolab.class_recommender import answers as classes
from studiolab.class_recommender import record, share
from studiolab.ledger import canonical, digest

SAVED, SHARED, SENT = "plan saved", "plan shared", "plan e-mailed"
FAILED = "e-mail not sent"
PLANS = (SAVED, SHARED, SENT)
FILES = {"table": ("recommendations.csv", "text/csv"),
         "draft": ("classes.eml", "message/rfc822"), "calendar": ("classes.ics", "text/calendar"),
         "text": ("message.txt", "text/plain"), "app": ("classes.json", "application/json"),
         "e-mail": ("classes.eml", "message/rfc822")}  # fmt: skip
AUDIT = ["entry", "recorded at", "user", "action", "channel", "studio", "client", "client name", "date", "time",
         "class", "coach", "place", "plan", "fit", "source", "rationale", "note", "data hash", "model version",
         "entry hash"]  # fmt: skip


class Plans:
    """The part of the Workbench that saves and shares."""

    def save(self, request, actor):
        """`Saved`: the set of a PlanRequest (or a dict of its fields) is in the ledger; actor : user name."""
        request = classes.PlanRequest.model_validate(request)
        _, payload = self._plan(request)
        return classes.Saved(**self._enter(SAVED, request, payload, actor))

    def share(self, request, actor):
        """`Shared`: what the client gets, by a ShareRequest; in the ledger before it leaves.

        Raises ValueError where consent or an address is missing, StudiolabError where mail cannot be sent.
        """
        request = classes.ShareRequest.model_validate(request)
        answer, payload = self._plan(request)
        answer = answer.model_dump(mode="json")
        if not answer["recommendations"]:
            raise ValueError(f"there is nothing to share: {answer['why_fewer']}")
        studio = self.db.read("studios", request.studio_id)["studio_name"].iloc[0]
        to = self._reached(request) if request.channel in ("e-mail", "draft", "text") else None
        content = self._content(request.channel, answer, studio, to)
        action = SENT if request.channel == "e-mail" else SHARED
        entry = self._enter(action, request, payload | {"channel": request.channel}, actor)
        if request.channel == "e-mail":
            self._send(share.email(answer, studio, to, self.settings.mail_from), request, entry, actor)
        name, media_type = FILES[request.channel]
        sent_to = to if request.channel == "e-mail" else None
        return classes.Shared(**entry, sent_to=sent_to, file_name=name, media_type=media_type, content=content)

    def replay(self, entry_id):
        """`Replay` of a saved or shared plan. Raises ValueError where there is no such entry, or it is no plan."""
        entry = self.ledger.entry(entry_id)
        payload = entry["payload"]
        if "inputs" not in payload:
            raise ValueError(f"entry {entry_id} is {entry['action']!r}, no plan; only plans can be made again")
        if "answer" not in payload:
            raise ValueError(f"entry {entry_id} does not hold what was answered; it cannot be made again")
        kept = record.unpacked(payload["inputs"])
        if digest(kept) != entry["data_hash"]:
            return classes.Replay(entry_id=entry_id, same=False, answer=None,
                                  why="What was kept of the data is not what the entry's hash says.")  # fmt: skip
        try:
            answer = record.again(kept)
        except (KeyError, TypeError, AttributeError, ValidationError) as error:
            raise ValueError(f"entry {entry_id} does not hold what a plan is made from ({error!r})") from None
        same = canonical(answer.model_dump(mode="json")) == canonical(payload["answer"])
        made = entry["model_version"]
        if same:
            why = "The same answer, byte for byte."
        elif made == model_version():
            why = "The same model gives another answer from the same data; that is a fault, please report it."
        else:
            why = f"It was made by model {made}; this is {model_version()}, which chooses otherwise."
        return classes.Replay(entry_id=entry_id, same=same, why=why, answer=answer)

    def audit_csv(self, studio_id=None):
        """Text of `recommendation_audit.csv` (A-13): a row for each class of each saved or shared plan.

        Of an entry that somebody wrote by hand, what it holds, in one row.
        """
        rows = [row for entry in self.ledger.entries(studio_id, PLANS) for row in _audit_rows(entry)]
        return exports.safe_csv(pd.DataFrame(rows, columns=AUDIT, dtype=object))

    # parts --------------------------------------------------------------------------------------
    def _plan(self, request):
        """The answer, and the payload that keeps it with all it was made from."""
        desk, request, people = self._desk(request)
        words = request.words
        if words and not hmac.compare_digest(words.seal, self.seal(words, request)):
            raise ValueError("words: these are not what the concierge said to this question; ask it again, then save")
        kept = record.inputs(desk, request, people, words)
        answer = classes.recommend(desk, request, people, words)
        payload = {
            "client_id": request.client_id, "client_name": answer.client_name, "note": request.note,
            "answer": answer.model_dump(mode="json"), "inputs": record.packed(kept), "data_hash": digest(kept),
        }  # fmt: skip
        return answer, payload

    def _enter(self, action, request, payload, actor):
        payload = dict(payload)
        entry = self.ledger.record(
            actor, action, payload, request.studio_id, payload.pop("data_hash"), model_version()
        )  # fmt: skip
        return {name: entry[name] for name in ("entry_id", "entry_hash", "recorded_at")}

    def _reached(self, request):
        """The client's address for e-mail, or None for text; refused without their consent."""
        members = self.db.read("members", request.studio_id)
        members = self.as_they_said(request.studio_id, members[members["member_id"] == request.client_id])
        way, column = ("text messages", "text_consent") if request.channel == "text" else ("e-mail", "email_consent")
        if not members[column].fillna(False).astype(bool).any():
            raise ValueError(f"there is no consent of {request.client_id} to {way}; ask them, or use another way")
        if request.channel == "text":
            return None
        address = members["email"].iloc[0]
        if pd.isna(address):
            raise ValueError(f"no e-mail address of {request.client_id} is known; use another way")
        return address

    def _content(self, channel, answer, studio, to):
        if channel in ("e-mail", "draft"):
            if channel == "e-mail" and not (self.settings.smtp_host and self.settings.mail_from):
                raise StudiolabError("No mail server is set up: set SMTP_HOST and MAIL_FROM, or save a draft instead.")
            sender = self.settings.mail_from if channel == "e-mail" else None
            return share.email(answer, studio, to, sender).as_string()
        if channel == "calendar":
            return share.calendar(answer, studio).decode()
        if channel == "table":
            return exports.safe_csv(share.table(answer))
        return share.sms(answer, studio) if channel == "text" else share.in_app(answer)

    def _send(self, message, request, entry, actor):
        from studiolab.adapters import mail

        at = self.settings
        password = at.smtp_password.get_secret_value() if at.smtp_password else None
        try:
            mail.send(message, at.smtp_host, at.smtp_port, at.smtp_user, password, at.smtp_security)
        except StudiolabError as error:
            failed = {"client_id": request.client_id, "entry_id": entry["entry_id"], "reason": str(error)}
            self.ledger.record(actor, FAILED, failed, request.studio_id)
            raise


@cache
def model_version():
    """A name for the class recommender as it is: it changes with every change of its code."""
    files = sorted(Path(class_recommender.__file__).parent.glob("*.py"))
    return f"classes-{hashlib.sha256(b''.join(file.read_bytes() for file in files)).hexdigest()[:12]}"


def _audit_rows(entry):
    payload, answer = entry["payload"], entry["payload"].get("answer")
    offers = answer.get("recommendations") if isinstance(answer, dict) else [{}]
    for offer in offers if isinstance(offers, list) else [{}]:
        offer = offer if isinstance(offer, dict) else {}
        values = (
            entry["entry_id"], entry["recorded_at"].isoformat(), entry["actor"], entry["action"],
            payload.get("channel", ""), entry["studio_id"], payload.get("client_id"),
            payload.get("client_name"), offer.get("date"), str(offer.get("starts_at", ""))[11:16],
            *(offer.get(name) for name in ("class_name", "instructor", "place", "plan_label", "fit_score", "source")),
            offer.get("rationale") or offer.get("reason"), payload.get("note"),
            entry["data_hash"], entry["model_version"], entry["entry_hash"],
        )  # fmt: skip
        yield dict(zip(AUDIT, values, strict=True))
