"""Replies to use again, with places that the person's and the studio's names are filled into."""

import re

PLACES = ("name", "first_name", "studio", "user")
_PLACE = re.compile(r"\{([^{}]*)\}")


def problem(text):
    """What is wrong with a canned reply, in a sentence; "" where nothing is."""
    unknown = [place for place in _PLACE.findall(text) if place not in PLACES]
    if unknown:
        return f"there is nothing to put in the place of {{{unknown[0]}}}; there are {', '.join(PLACES)} in braces"
    return "" if text.strip() else "a canned reply needs a text"


def filled(text, name, studio, user, nobody=""):
    """`text` with its places filled; what is filled in is not looked into for places again.

    name : of the person; one that is a number or an address is none to call them by
    nobody : what comes in the place of such a name, nothing by default
    """
    called = nobody if re.search(r"[0-9@]", name) else name.strip() or nobody
    values = {"name": called, "first_name": called.partition(" ")[0], "studio": studio, "user": user}
    made = _PLACE.sub(lambda place: values.get(place[1], place[0]), text)
    return re.sub(r" +([,.!?])", r"\1", re.sub(r" {2,}", " ", made)) if not called else made
