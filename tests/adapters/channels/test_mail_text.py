import hashlib
import json
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiolab.adapters.channels.mail_text import parse

STUDIO = "hello@studio.example"
ARRIVED = datetime(2026, 11, 2, 12, tzinfo=UTC)
OURS = "o-1f.outbox@studio.example"


def mail(body="Hi", **headers):
    given = {"From": "Ana Silva <Ana@People.example>", "To": STUDIO, "Subject": "Trial",
             "Message-ID": "<m1@people.example>", "Date": "Mon, 02 Nov 2026 10:00:00 +0100"}  # fmt: skip
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = "".join(f"{name}: {value}\n" for name, value in given.items() if value is not None)
    return lines.encode("utf-8", "surrogateescape") + b"\n" + (body if isinstance(body, bytes) else body.encode())


def parsed(raw, **more):
    return parse(raw, STUDIO, arrived=ARRIVED, **more)


def row(raw, **more):
    [found] = parsed(raw, **more).messages
    return found


def test_a_mail_is_a_message_of_its_writer():
    found = row(mail("Do you teach beginners?\n", In_Reply_To="<m0@studio.example>"))
    assert found["message_id"] == "email:hello@studio.example/ana@people.example/m1@people.example"
    assert (found["handle"], found["sender_name"]) == ("email:ana@people.example", "Ana Silva")
    assert (found["direction"], found["kind"], found["body"]) == ("inbound", "text", "Do you teach beginners?")
    assert found["about"] == "email:hello@studio.example/ana@people.example/m0@studio.example"
    assert found["sent_at"] == datetime(2026, 11, 2, 9, tzinfo=UTC)


def test_nobody_takes_the_id_of_another_persons_mail():
    forged = row(mail(From="Mallory <m@evil.example>"))
    assert forged["message_id"] != row(mail())["message_id"]


def test_a_mail_without_an_id_is_called_by_its_bytes():
    nameless = mail(Message_ID=None)
    assert row(nameless)["message_id"] == row(nameless)["message_id"] != row(mail("Ho", Message_ID=None))["message_id"]


def test_an_answer_is_about_what_it_names_or_else_the_last_of_its_thread():
    references = "<a@b>\n <c@d>"
    assert row(mail(References=references))["about"].endswith("/c@d")
    assert row(mail(References=references, In_Reply_To="<e@f>"))["about"].endswith("/e@f")
    assert row(mail())["about"] is None


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("=?utf-8?q?Jos=C3=A9_Garc=C3=ADa?= <a@b.example>", "José García"),
        ("=?utf-8?B?5bGx55Sw?= =?utf-8?B?5aSq6YOO?= <a@b.example>", "山田太郎"),
        ("=?utf-8?B?5bGx55S?= =?utf-8?q?=B0?= <a@b.example>", "山田"),  # cut in the midst of a letter
        ("=?iso-8859-1?Q?M=FCller=2C_Eva?= <a@b.example>", "Müller, Eva"),
        ('"Müller, Eva" <a@b.example>', "Müller, Eva"),
        ("a@b.example (Eva Müller)", "Eva Müller"),
        ("=?no-such-charset?q?Eva_=C3=BC?= <a@b.example>", "Eva ü"),
        ("=?utf-8?B?broken!!?= <a@b.example>", None),
        ('"x@evil.example" <a@b.example>', "x@evil.example"),
        ("=?utf-8?q?x=40evil=2Eexample=3E=2C?= <a@b.example>", "x@evil.example>,"),
        ("a@b.example", None),
    ],
)
def test_a_name_is_read_and_never_becomes_the_address(name, read):
    found = row(mail(From=name))
    assert found["handle"] == "email:a@b.example"
    assert read is None or found["sender_name"] == read


@pytest.mark.parametrize("sender", ["", "no address", "<>", "a@b@c", "@", "a b@c d", "<a@b\u200b.example>", "a@<b>"])
def test_who_gives_no_address_is_unknown_and_cannot_be_mistaken_for_somebody(sender):
    assert row(mail(From=sender))["handle"] == "email:unknown"


@pytest.mark.parametrize(
    ("data", "charset", "text"),
    [
        ("Grüße".encode("latin-1"), "iso-8859-1", "Grüße"),
        ("Grüße €".encode("cp1252"), "iso-8859-1", "Grüße €"),
        ("Grüße".encode(), "iso-8859-1", "Grüße"),
        ("Grüße".encode(), "us-ascii", "Grüße"),
        ("Grüße".encode("cp1252"), "utf-8", "Grüße"),
        ("Grüße".encode("cp1252"), "no-such-charset", "Grüße"),
        ("こんにちは".encode("iso-2022-jp"), "iso-2022-jp", "こんにちは"),
        ("你好，請問".encode("gb18030"), "gb2312", "你好，請問"),
        ("Здравствуйте".encode("koi8-r"), "koi8-r", "Здравствуйте"),
        (b"hello", "unicode_escape", "hello"),
        (b"hello", "zip", "hello"),
        (b"hello", "", "hello"),
    ],
)
def test_text_is_read_whatever_charset_it_claims(data, charset, text):
    assert row(mail(data, Content_Type=f'text/plain; charset="{charset}"'))["body"] == text


def test_plain_text_is_preferred_and_html_is_read_without_what_nobody_sees():
    both = EmailMessage()
    both["From"], both["To"] = "ana@people.example", STUDIO
    both.set_content("plain words")
    both.add_alternative("<p>marked words</p>", subtype="html")
    assert row(both.as_bytes())["body"] == "plain words"
    page = """<html><head><title>t</title><style>p{}</style></head><body><script>alert(1)</script>
      <div style="display: none">preheader</div><p hidden>h</p><span style="font-size:0px">tiny</span>
      <p>Hello&nbsp;&amp; <b>good</b> day &lt;script&gt;</p><ul><li>one<li>two</ul>
      <a href="https://x.example/a">book</a> <a href="javascript:alert(1)">run</a>
      <img alt="logo" onerror="x()"></body>"""
    found = row(mail(page, Content_Type="text/html"))["body"]
    assert found == "Hello & good day <script>\n\n- one\n- two\nbook (https://x.example/a) run logo"


def test_a_hidden_paragraph_ends_where_the_next_begins():
    assert row(mail("<p hidden>no<p>yes", Content_Type="text/html"))["body"] == "yes"


def test_attachments_are_references():
    told = EmailMessage()
    told["From"], told["To"] = "ana@people.example", STUDIO
    told.set_content("See the file.")
    told.add_attachment(b"%PDF-1", maintype="application", subtype="pdf", filename="../../etc/plan \u202e.pdf")
    told.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="bild.png")
    found = row(told.as_bytes())
    media = json.loads(found["media"])
    assert [(one["name"], one["mime_type"], one["size"]) for one in media] == [
        ("plan .pdf", "application/pdf", 6), ("bild.png", "image/png", 4)]  # fmt: skip
    assert (found["kind"], found["body"]) == ("text", "See the file.")
    assert media[0]["id"] == "2"
    assert media[0]["sha256"] == hashlib.sha256(b"%PDF-1").hexdigest()


def test_a_picture_without_words_is_an_image():
    alone = mail("iVBORw0=\n", Content_Type='image/png; name="a.png"', Content_Transfer_Encoding="base64")
    assert row(alone)["kind"] == "image"


def test_an_invitation_without_words_says_what_it_is_about():
    lines = ["BEGIN:VCALENDAR", "METHOD:REQUEST", "BEGIN:VEVENT", "SUMMARY:Trial\\, for", "  two",
             "DTSTART:20261103T170000Z", "LOCATION:Room 1", "END:VEVENT", ""]  # fmt: skip
    found = row(mail("\r\n".join(lines), Content_Type="text/calendar; method=REQUEST; charset=utf-8"))
    assert found["body"] == "REQUEST, Trial, for two, 20261103T170000Z, Room 1"


def test_a_message_inside_a_message_is_an_attachment():
    inner, outer = EmailMessage(), EmailMessage()
    inner["From"], inner["Subject"] = "x@y.example", "inner"
    inner.set_content("inner words")
    outer["From"], outer["To"] = "ana@people.example", STUDIO
    outer.set_content("outer words")
    outer.add_attachment(inner)
    found = row(outer.as_bytes())
    assert found["body"] == "outer words"
    assert [one["mime_type"] for one in json.loads(found["media"])] == ["message/rfc822"]


@pytest.mark.parametrize("date", [None, "", "yesterday", "Mon, 99 Foo 2026", "Mon, 02 Nov 1970 10:00:00 +0000",
                                  "Mon, 02 Nov 2199 10:00:00 +0000", "Mon, 02 Nov 2026 10:00:00 +9999999"])  # fmt: skip
def test_a_date_that_cannot_be_is_the_moment_of_arrival(date):
    assert row(mail(Date=date))["sent_at"] == ARRIVED


def test_own_mail_is_outbound_to_everybody_it_went_to():
    sent = mail("Come!", From=f"Studio <{STUDIO}>", To="Ana <ana@people.example>, bo@people.example", Cc=STUDIO)
    found = parsed(sent, is_sent=True).messages
    assert [(one["handle"], one["direction"], one["sender_name"]) for one in found] == [
        ("email:ana@people.example", "outbound", None), ("email:bo@people.example", "outbound", None)]  # fmt: skip
    assert row(mail(In_Reply_To="<m1@people.example>"))["about"] == found[0]["message_id"]
    assert [one["direction"] for one in parsed(sent).messages] == ["outbound"] * 2


def test_what_claims_to_be_the_studios_own_in_the_inbox_is_not_taken_for_its_word():
    forged = row(mail("We refund everything", From=STUDIO, To="ana@people.example"), is_sent=False)
    assert (forged["direction"], forged["kind"]) == ("outbound", "other")


def test_a_form_on_a_website_writes_for_the_person_it_names():
    form = {"From": "no-reply@site.example", "Reply_To": "Bo <bo@people.example>", "Auto_Submitted": "auto-generated"}
    for headers in (form, form | {"From": STUDIO}):
        found = row(mail("I want a trial", **headers), is_sent=False)
        assert (found["handle"], found["kind"], found["direction"]) == ("email:bo@people.example", "text", "inbound")
    assert row(mail(Reply_To="bo@people.example"))["handle"] == "email:ana@people.example"


@pytest.mark.parametrize(
    "headers",
    [{"Auto_Submitted": "auto-replied"}, {"Precedence": "bulk"}, {"List_Id": "<news.example>"},
     {"List_Unsubscribe": "<mailto:x@y>"}, {"Subject": "Automatic reply: Trial"},
     {"Subject": "=?utf-8?q?R=C3=A9ponse_automatique?="}],
)  # fmt: skip
def test_what_no_person_wrote_is_of_another_kind(headers):
    assert row(mail(**headers))["kind"] == "other"
    assert row(mail(Auto_Submitted="no"))["kind"] == "text"


def bounce(action="failed", original=OURS, sender=STUDIO, kind="delivery-status"):
    fields = (f"Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; Ana@people.example\nAction: {action}\n"
              "Status: 5.1.1\nDiagnostic-Code: smtp; 550 no such mailbox\n")  # fmt: skip
    if kind == "disposition-notification":
        fields = (f"Final-Recipient: rfc822;ana@people.example\nOriginal-Message-ID: <{original}>\n"
                  f"Disposition: manual-action/MDN-sent-manually; {action}\n")  # fmt: skip
    returned = f"From: {sender}\nTo: ana@people.example\nMessage-ID: <{original}>\nSubject: Trial\n"
    parts = [("text/plain", "It did not work."), (f"message/{kind}", fields), ("text/rfc822-headers", returned)]
    body = "".join(f"--x\nContent-Type: {kind}\n\n{text}\n" for kind, text in parts) + "--x--\n"
    return mail(body, From="MAILER-DAEMON@mx.example", Content_Type='multipart/report; boundary="x"')


@pytest.mark.parametrize(("action", "status"), [("failed", "failed"), ("delivered", "delivered")])
def test_a_report_of_a_server_is_a_status_of_the_message_it_names(action, status):
    batch = parsed(bounce(action))
    [told] = batch.statuses
    assert batch.messages == []
    assert told["message_id"] == f"email:{STUDIO}/ana@people.example/{OURS}"
    assert (told["status"], told["outbox_id"], told["account_id"]) == (status, "o-1f", STUDIO)
    assert told["reason"] == ("550 no such mailbox" if status == "failed" else None)


def test_a_receipt_says_that_it_was_read():
    [told] = parsed(bounce("displayed", kind="disposition-notification")).statuses
    assert (told["status"], told["message_id"]) == ("read", f"email:{STUDIO}/ana@people.example/{OURS}")


def test_a_delay_changes_nothing_and_is_said():
    batch = parsed(bounce("delayed"))
    assert (batch.messages, batch.statuses, len(batch.skipped)) == ([], [], 1)


def test_the_bounce_of_a_mail_that_somebody_else_forged_is_no_status():
    batch = parsed(bounce(sender="other@elsewhere.example"))
    assert batch.statuses == []
    assert [one["kind"] for one in batch.messages] == ["other"]


def test_older_bounces_are_understood_as_well():
    exim = mail(f"A message could not be delivered:\n\n  ana@people.example\n\nMessage-ID: <{OURS}>\nFrom: {STUDIO}\n",
                From="Mailer-Daemon@mx.example", Subject="Mail delivery failed: returning message to sender",
                X_Failed_Recipients="ana@people.example")  # fmt: skip
    [told] = parsed(exim).statuses
    assert (told["status"], told["outbox_id"]) == ("failed", "o-1f")


def test_an_answer_says_that_ours_was_read_and_an_automatic_one_that_it_arrived():
    for headers, status in (({}, "read"), ({"Auto_Submitted": "auto-replied"}, "delivered")):
        [told] = parsed(mail(In_Reply_To=f"<{OURS}>", **headers)).statuses
        assert told["message_id"] == f"email:{STUDIO}/ana@people.example/{OURS}"
        assert (told["status"], told["outbox_id"]) == (status, "o-1f")
    assert parsed(mail(In_Reply_To="<o-1f.outbox@elsewhere.example>")).statuses == []


def test_a_service_that_renames_our_mail_does_not_double_it():
    renamed = mail("Come!", From=STUDIO, To="ana@people.example", Message_ID="<new@ses.example>", X_Outbox_Id="o-1f")
    batch = parsed(renamed, is_sent=True)
    assert batch.messages[0]["message_id"].endswith(f"/{OURS}")
    assert [(one["status"], one["outbox_id"]) for one in batch.statuses] == [("sent", "o-1f")]
    assert parsed(renamed, is_sent=False).statuses == []


HOSTILE = [
    b"\n",
    b"Subject: x",
    b"Content-Type: multipart/mixed\n\n",
    b"Content-Type: multipart/mixed; boundary=\n\n--\n",
    b'Content-Type: multipart/mixed; boundary="a"\n\n--a\n' * 3_000,
    b"From: (" + b"(" * 50_000 + b"\n\nx",
    b"From: " + b'"' * 50_001 + b"\n\nx",
    b"From: " + b"a@b," * 50_000 + b"\n\nx",
    b"Subject: " + b"=?" * 50_000 + b"\n\nx",
    b"Content-Type: text/html\n\n" + b"<!--" * 100_000,
    b"Content-Type: text/html\n\n" + b"<a " * 100_000,
    b"Content-Type: text/html\n\n" + b"<div>" * 60_000 + b"deep",
    b"Content-Type: text/html\n\n" + b"</" * 100_000,
    b'Content-Type: text/html\n\n<a href="' * 30_000,
    b"Content-Type: text/html\n\n" + b"&#" * 100_000,
    b"From: a@b\nContent-Transfer-Encoding: base64\n\n!!!!====AAAA=A",
    b"From: a@b\nContent-Transfer-Encoding: x-uuencode\n\nbegin",
    b"From: a@b\nContent-Type: text/plain; charset*=a'b'%ff; charset*0*=x\n\nx",
    b"From: a@b\nMessage-ID: " + b"<" * 9_999 + b"\n\nx",
    b'From: a@b\nContent-Type: text/plain; charset="\x00"\n\n\x00\xff',
    b"From: a@b\nDate: \xff\n\nx",
    b"From: a@b\nContent-Disposition: attachment; filename*=utf-8''%ff%fe%\n\nx",
    b"From: a@b\nContent-Type: message/rfc822\n\n",
    b"From: a@b\nContent-Type: message/delivery-status\n\n\n\n\nAction\n",
    b"From: a@b\nContent-Type: message/partial\n\nx",
    b"From: a@b\nContent-Type: multipart/report; boundary=x\n\n--x\nContent-Type: message/delivery-status\n\n--x--",
    b"From: a@b\nContent-Type: text/calendar\n\nBEGIN:VEVENT\nSUMMARY\n:::\n",
    b"From: a@b\n\n" + b"> " * 100_000,
    b"From: a@b\n\n" + b"On 1 " + b"a" * 100_000 + b" wrote:\n",
    b"From: a@b\n\nOn 1 10:00\nOn 1 10:00\n" * 10_000,
    "From: a@b\nSubject: \ud800\u202e\u200b\n\n\ud800".encode("utf-8", "surrogatepass"),
]


@pytest.mark.parametrize("raw", HOSTILE, ids=range(len(HOSTILE)))
def test_what_is_broken_is_read_as_far_as_it_goes(raw):
    _is_sound(raw)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_mail_or_a_value_error(data):
    _is_sound(data)


TOKENS = [
    b"From: ",
    b"a@b.c",
    b"Subject: ",
    b"Content-Type: ",
    b"multipart/mixed; boundary=x",
    b"multipart/report; boundary=x",
    b"message/rfc822",
    b"message/delivery-status",
    b"text/html",
    b"text/plain; charset=",
    b"utf-7",
    b"\n--x\n",
    b"\n--x--\n",
    b"\n",
    b"\n\n",
    b"Content-Transfer-Encoding: ",
    b"base64",
    b"quoted-printable",
    b"=?utf-8?b?",
    b"?=",
    b"<",
    b">",
    b"\xff",
    b"\x00",
    b"Action: failed\n",
    b"Final-Recipient: rfc822; ",
    b"Date: ",
    b"Mon, 02 Nov 2026 10:00:00 +0100",
    b"Reply-To: ",
    b"In-Reply-To: ",
    b"text/calendar",
    b"BEGIN:VEVENT",
    b"filename*=",
    b"utf-8''%",
    b'"',
    b"(",
]


@given(st.lists(st.sampled_from(TOKENS), max_size=60))
def test_any_pieces_of_mails_are_a_mail_or_a_value_error(pieces):
    _is_sound(b"".join(pieces))


def _is_sound(raw):
    try:
        batch = parsed(raw)
    except ValueError:
        return
    for one in batch.messages:
        assert one["message_id"].startswith(f"email:{STUDIO}/")
        assert len(one["message_id"]) < 600
        assert one["sent_at"].tzinfo
        json.dumps(one, default=str, ensure_ascii=False).encode()  # what a database takes
        assert "\0" not in (one["body"] or "") + (one["subject"] or "")
