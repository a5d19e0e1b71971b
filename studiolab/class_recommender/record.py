"""What an answer was made from, small enough to keep beside it, and the answer again from that alone (N10)."""

import base64
import json
import zlib

import numpy as np
import pandas as pd

from studiolab.class_recommender.answers import People, RecommendRequest, Words, recommend
from studiolab.class_recommender.recommend import Desk

VISIT = ["member_id", "class_name", "upper_focus", "lower_focus", "attended_at", "status"]
SESSION = ["class_id", "class_name", "upper_focus", "lower_focus", "starts_at", "ends_at", "instructor_id",
           "max_capacity", "booked", "is_cancelled", "often_full"]  # fmt: skip
TYPES = {"max_capacity": "Int64", "booked": "Int64", "is_cancelled": "boolean", "often_full": "float64"}
NO_PLAN = "none"
MOST_BYTES = 100_000_000


def inputs(desk, request, people, words=None):
    """JSON-able dict of all that `recommend` reads for this client: own visits, the classes ahead, plan, names, and
    the concierge's words.

    Of who never came the whole studio's signed-in visits are kept, for its habits stand in.
    """
    known = request.client_id in desk.tastes.clients
    visits, own = desk.visits, desk.own(request.client_id)
    if not known:
        came = (visits["member_id"] == request.client_id) | (visits["status"] == "attended")
        own = np.flatnonzero(came)
    credits = desk.credits_of.get(request.client_id, NO_PLAN)
    coaches = set(desk.slate["instructor_id"].dropna())
    return {
        "request": request.model_dump(mode="json"), "as_of": desk.as_of.isoformat(), "timezone": desk.timezone,
        "horizon": desk.horizon, "schedule": desk.schedule, "schedule_note": desk.schedule_note,
        "weights": desk.weights,
        "credits": None if pd.isna(credits) else credits,
        "client_name": people.name(request.client_id),
        "coaches": {coach: people.coaches[coach] for coach in sorted(coaches & set(people.coaches))},
        "words": words and words.model_dump(mode="json"),
        "visits": _listed(visits, VISIT, own),
        "sessions": _listed(desk.slate, SESSION, slice(None)),
    }  # fmt: skip


def again(kept):
    """RecommendResponse from `inputs` alone; the desk of that moment is set up from them."""
    request = RecommendRequest.model_validate({
        name: value for name, value in kept["request"].items() if name in RecommendRequest.model_fields
    })  # fmt: skip
    client, credits = request.client_id, kept["credits"]
    plans = {} if credits == NO_PLAN else {client: float("nan") if credits is None else credits}
    desk = Desk(
        _frame(kept["visits"], VISIT).assign(class_id=None), _frame(kept["sessions"], SESSION),
        pd.Timestamp(kept["as_of"]), kept["timezone"], pd.Series(plans, dtype="float64"), kept["weights"],
        kept["horizon"],
    )  # fmt: skip
    desk.schedule, desk.schedule_note = kept["schedule"], kept["schedule_note"]
    people = People(pd.Series({client: kept["client_name"]}, dtype=object), set(), {}, kept["coaches"], {}, {})
    return recommend(desk, request, people, kept["words"] and Words.model_validate(kept["words"]))


def packed(kept):
    """`kept` as short text: JSON, compressed, base64."""
    return base64.b64encode(zlib.compress(json.dumps(kept, sort_keys=True).encode(), 9)).decode()


def unpacked(text):
    """What was `packed`. Raises ValueError for anything else, or more than MOST_BYTES of it."""
    try:
        reading = zlib.decompressobj()
        told = reading.decompress(base64.b64decode(text), MOST_BYTES)
        if reading.unconsumed_tail:
            raise ValueError(f"more than {MOST_BYTES:,} bytes")
        return json.loads(told)
    except (zlib.error, TypeError, ValueError) as error:
        raise ValueError(f"what was kept of the data cannot be read: {error}") from None


def _listed(frame, columns, places):
    """dict of column to plain values at these places, None for what is missing."""
    return {column: _plain(frame, column, places) for column in columns}


def _plain(frame, column, places):
    if column not in frame:
        return [None] * len(frame.index[places])
    values = frame[column].iloc[places]
    missing = values.isna().tolist()
    if column.endswith("_at"):
        return [None if gone else at.isoformat() for at, gone in zip(values.tolist(), missing, strict=True)]
    return [None if gone else value for value, gone in zip(values.tolist(), missing, strict=True)]


def _frame(lists, columns):
    frame = pd.DataFrame(lists, columns=columns, dtype=object)
    instants = {c: pd.to_datetime(frame[c], utc=True, format="ISO8601").astype("datetime64[ns, UTC]")
                for c in columns if c.endswith("_at")}  # fmt: skip
    return frame.assign(**instants).astype({c: dtype for c, dtype in TYPES.items() if c in frame})
