"""A picture, recording or file on the inbox's page: the kernel fetches it at a press, the browser asks nobody."""

import logging

from studiolab.app import StudiolabError
from studiolab.panels import words
from studiolab.users import NotAllowed

MOST_BYTES = 8 * 2**20  # that a page is handed
UNKNOWN = "It could not be fetched, for a reason that is in the log. Try again."

log = logging.getLogger(__name__)


def fetched(state, asked):
    """(what the page is told, list of the bytes that go with it), of a press on the page.

    state : `inbox_state.State`; asked : dict `id` of a message and `number`, which of its files, from 1
    The page is told kind, id and number, and `name` and `type` of the bytes, or `problem`, why there are none.
    """
    told = {"kind": "media", "id": asked["id"], "number": asked["number"]}
    try:
        state.user.needs("look")
        found = state.workbench.message_media(state.studio_id, asked["id"], asked["number"])
    except (NotAllowed, ValueError, StudiolabError) as why:
        return told | {"problem": words.of_error(why)}, []
    except Exception:  # in a thread of its own, where nobody would hear of it
        log.exception("inbox: %s", asked["id"])
        return told | {"problem": UNKNOWN}, []
    if len(found.data) > MOST_BYTES:
        size = f"It has {len(found.data) / 2**20:.0f} MB and a page takes {MOST_BYTES // 2**20}."
        return told | {"problem": f"{size} “studiolab inbox media” writes it to a file."}, []
    return told | {"name": found.name, "type": found.mime_type, "is_shown": found.is_shown}, [found.data]
