"""Settings on the inbox's page: channels, texts to use again, what agents know and whom they ask, opening hours.

Secrets come in with a press and go to the workbench; nothing that this module answers holds one.
"""

import logging

from pydantic import ValidationError

from studiolab.app import StudiolabError, channel_needs
from studiolab.app.demo_inbox import ACCOUNT
from studiolab.panels import words
from studiolab.users import NotAllowed

SHOWN_LETTERS = 20_000  # of a document
UNKNOWN = "It could not be done, for a reason that is in the log. Try again."
OTHER = "Another studio had just been opened, so nothing was done. Do it again where it belongs."

log = logging.getLogger(__name__)


def told(state):
    """JSON dict of all that is set: studio, may (dict share and channels), channels, canned, sequences, knowledge,
    agents and hours; state : `inbox_state.State`. Nobody's: {}."""
    bench, studio, user = state.workbench, state.studio_id, state.user
    if not user.may("look"):
        return {}
    known = bench.knowledge(studio).model_dump(mode="json")
    for one in known["documents"]:
        one["text"] = one["text"][:SHOWN_LETTERS]
    return {
        "studio": studio, "may": {right: user.may(right) for right in ("share", "channels")},
        "channels": [_channel(one) for one in bench.channel_status(studio, user.may("channels"))],
        "canned": [{"name": one.name, "text": one.text} for one in bench.canned_replies(studio)],
        "sequences": [one.model_dump(mode="json") for one in bench.sequences(studio)], "knowledge": known,
        "agents": {"agents": [one.model_dump(mode="json") for one in bench.llm_agents(studio)],
                   "providers": [one.name for one in bench.llm_providers()]},
        "hours": bench.inbox_hours(studio).text,
    }  # fmt: skip


def done(state, asked):
    """What became of a press: dict `done`, a sentence, and what else the page needs, or `problem`, why not.

    asked : dict what, one of DEEDS, studio, the id of that whose settings were shown, and given, its fields
    """
    right, deed = DEEDS[asked["what"]]
    if asked["studio"] != state.studio_id:
        state.problem = OTHER  # where it was pressed is no longer on the page
        return {"problem": OTHER}
    try:
        state.user.needs(right)
        return deed(state.workbench, asked["studio"], asked["given"], state.user.name)
    except NotAllowed as why:
        return {"problem": f"{str(why)[:1].upper()}{str(why)[1:]}."}
    except (ValidationError, ValueError, StudiolabError) as why:
        return {"problem": words.of_error(why)}
    except Exception as error:  # in a thread of its own; its words may hold what was typed, so its kind is enough
        log.error("inbox: %s failed (%s)", asked["what"], type(error).__name__)
        return {"problem": UNKNOWN}


def _channel(one):
    needs = channel_needs(one.channel)
    return one.model_dump(mode="json", exclude={"needs"}) | {
        "account": needs.account, "settings": needs.settings, "secrets": needs.secrets, "optional": needs.optional,
        "accounts": [account.model_dump(mode="json") | {"is_sample": account.account == ACCOUNT}
                     for account in one.accounts],
    }  # fmt: skip


def _connect(bench, studio, given, actor):
    told = bench.connect_channel(studio, given["channel"], given["account"], given["settings"], given["secrets"], actor)
    says = next(one.says for one in told.accounts if one.account.lower() == given["account"].strip().lower())
    return {"done": f"It is connected: {says}."}


def _disconnect(bench, studio, given, actor):
    bench.disconnect_channel(studio, given["channel"], given["account"], actor)
    return {"done": f"{given['account']} is disconnected."}


def _agree(bench, studio, given, actor):
    return {"done": "Now its owner agrees:", "agree_at": bench.begin_oauth(studio, given["account"], actor).agree_at}


def _sync(bench, studio, given, actor):
    found = bench.sync_channels(studio)
    if not found:
        return {"done": "Nothing is connected yet."}
    said = [f"{one.account}: {one.error or words.things(one.messages, 'new message')}" for one in found]
    faults = any(one.error for one in found)
    return {"problem" if faults else "done": f"{'; '.join(said)}."}


def _canned(bench, studio, given, actor):
    kept = bench.save_canned_reply(studio, given["name"], given["text"], actor)
    return {"done": f"“{kept.name}” is kept." if kept else f"“{given['name']}” is gone."}


def _sequence(bench, studio, given, actor):
    return {"done": f"“{bench.save_sequence(studio, given, actor).name}” is kept."}


def _end(bench, studio, given, actor):
    bench.forget_sequence(studio, given["name"], actor)
    return {"done": f"“{given['name']}” is gone; what runs already goes on."}


def _knowledge(bench, studio, given, actor):
    found = bench.save_knowledge(studio, given["name"], given["text"], actor)
    pieces = next(one.pieces for one in found.documents if one.name == given["name"])
    return {"done": f"{given['name']} is kept: {words.things(pieces, 'piece')} to cite."}


def _forget(bench, studio, given, actor):
    bench.forget_knowledge(studio, given["name"], actor)
    return {"done": f"{given['name']} is gone."}


def _agent(bench, studio, given, actor):
    return {"done": f"Kept: {bench.configure_agent(studio, given['agent'], given['changes'], actor).says}."}


def _try(bench, studio, given, actor):
    tried = bench.test_provider(given["provider"], given["model"])
    return {"done" if tried.is_ok else "problem": f"{tried.says[:1].upper()}{tried.says[1:]}."}


def _hours(bench, studio, given, actor):
    told = bench.set_inbox_hours(studio, given["hours"].strip() or None, actor)
    return {"done": f"Answers are due in opening hours: {told.text}."}


DEEDS = {
    "connect": ("channels", _connect), "disconnect": ("channels", _disconnect), "agree": ("channels", _agree),
    "sync": ("share", _sync), "canned": ("share", _canned), "sequence": ("share", _sequence), "end": ("share", _end),
    "knowledge": ("channels", _knowledge), "forget": ("channels", _forget), "agent": ("channels", _agent),
    "try": ("channels", _try), "hours": ("channels", _hours),
}  # fmt: skip
