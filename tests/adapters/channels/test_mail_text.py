from datetime import UTC, datetime

from studiolab.adapters.channels.mail_text import parse

STUDIO = "hello@studio.example"
ARRIVED = datetime(2026, 11, 2, 12, tzinfo=UTC)


def mail(body="Hi", **headers):
    given = {"From": "Ana Silva <Ana@People.example>", "To": STUDIO, "Subject": "Trial",
             "Message-ID": "<m1@people.example>", "Date": "Mon, 02 Nov 2026 10:00:00 +0100"}  # fmt: skip
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = "".join(f"{name}: {value}\n" for name, value in given.items() if value is not None)
    return lines.encode() + b"\n" + (body if isinstance(body, bytes) else body.encode())


def row(raw, **kind):
    [found] = parse(raw, STUDIO, arrived=ARRIVED, **kind).messages
    return found


def test_a_mail_is_a_message_of_its_writer():
    found = row(mail("Do you teach beginners?\n", In_Reply_To="<m0@studio.example>"))
    assert found["message_id"] == "email:hello@studio.example/ana@people.example/m1@people.example"
    assert (found["handle"], found["sender_name"]) == ("email:ana@people.example", "Ana Silva")
    assert (found["direction"], found["kind"], found["body"]) == ("inbound", "text", "Do you teach beginners?")
    assert found["about"] == "email:hello@studio.example/ana@people.example/m0@studio.example"
    assert found["sent_at"] == datetime(2026, 11, 2, 9, tzinfo=UTC)
