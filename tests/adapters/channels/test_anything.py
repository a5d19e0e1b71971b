"""Whatever JSON a webhook holds: a parser reads it or raises ValueError, and what is fine in it is read."""

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studiolab import schema
from studiolab.adapters.channels import instagram, sms, whatsapp

from ...graph_server import PAGE

NAMES = (
    "id from to type text image body timestamp messages message_echoes message mid sender recipient value field "
    "statuses status contacts profile wa_id context read reaction attachments payload history threads metadata "
    "phone_number_id errors edit interactive location order product_items is_echo postback message_edit"
).split()
WORDS = "messages text image reaction contacts order edit read failed wamid.1 1760000000".split()
EARLIEST = datetime(1999, 1, 1, tzinfo=UTC)
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(WORDS),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=5), inner, max_size=8)
    ),
    max_leaves=30,
)
FINE = {"from": "4915112345", "id": "fine", "timestamp": "1760000000", "type": "text", "text": {"body": "ok"}}
FIELDS = st.sampled_from(["messages", "smb_message_echoes", "history"])


def judged(batch):
    """Bodies of the rows, which are as the schema has them and as every database takes them, or this fails."""
    for row in batch.messages:
        assert row["channel"] in schema.CHANNELS
        assert row["kind"] in schema.MESSAGE_KINDS
        assert row["direction"] in ("inbound", "outbound")
    for row in batch.statuses:
        assert row["status"] in schema.DELIVERY
    placed = {"studio_id": "?", "received_at": datetime.now(UTC)}
    for table, rows in (("messages", batch.messages), ("message_statuses", batch.statuses)):
        for row in rows:
            for name, column in schema.TABLES[table].columns.items():
                value = (placed | row)[name]
                assert column.nullable if value is None else is_kept(value, str(column.dtype))
    return [row["body"] for row in batch.messages]


def is_kept(value, dtype):
    if dtype != "str":
        return EARLIEST < value < datetime.now(UTC) + timedelta(days=2)
    return isinstance(value, str) and "\0" not in value and len(value.encode()) < 10_000


@settings(max_examples=150)
@given(FIELDS, ANY, ANY, ANY)
def test_whatsapp(field, entry, value, message):
    own = {"metadata": message, "messages": [message, FINE, message], "statuses": [message],
           "contacts": [message]}  # fmt: skip
    changes = [{"field": field, "value": value}, {"field": "messages", "value": own}]
    told = {"object": "whatsapp_business_account", "entry": [entry, {"changes": changes}]}
    assert "ok" in judged(whatsapp.parse(json.dumps(told).encode()))


@settings(max_examples=150)
@given(ANY, ANY, ANY)
def test_instagram(entry, event, value):
    account = value if isinstance(value, str | int) else PAGE
    fine = {"sender": {"id": "77"}, "recipient": {"id": PAGE}, "timestamp": 1, "message": {"mid": "fine", "text": "ok"}}
    own = {"id": account, "messaging": [event, fine], "changes": [{"field": "comments", "value": value}]}
    assert "ok" in judged(instagram.parse(json.dumps({"object": "instagram", "entry": [entry, own]}).encode()))


@settings(max_examples=300)
@given(st.sampled_from([whatsapp.parse, instagram.parse, sms.parse]), ANY.map(lambda value: json.dumps(value).encode())
       | st.binary(max_size=200))  # fmt: skip
def test_what_is_no_webhook_raises_value_error(parse, body):
    with pytest.raises(ValueError, match=r"\w"):
        parse(body)


@settings(max_examples=100)
@given(st.dictionaries(st.sampled_from(["MessageStatus", "Body", "NumMedia", "MediaUrl0", "DateSent", "ErrorCode"]),
                       st.text(max_size=30)))  # fmt: skip
def test_a_form_of_twilios(form):
    form = {"MessageSid": "SM1", "From": "+1", "To": "+2"} | form
    judged(sms.parse(urlencode(form, errors="replace").encode()))
