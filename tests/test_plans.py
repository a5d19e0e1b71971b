"""Saving, sharing, replaying; on a workbench of its own, for it writes."""

import csv
import io
import re
import socket
import ssl
from pathlib import Path

import pandas as pd
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from studiolab.app import StudiolabError, Workbench
from studiolab.class_recommender import record
from studiolab.ledger import digest
from studiolab.settings import Settings

from .app.small_inbox import keep, wrote

STUDIO = "studio-001"


@pytest.fixture
def bench(copied, tmp_path):
    """Opens a Workbench on a copy of `home` with other settings."""
    copied(tmp_path)
    opened = []

    def bench(**environment):
        opened.append(Workbench(Settings(STUDIOLAB_HOME=tmp_path, **environment)))
        return opened[-1]

    yield bench
    for one in opened:
        one.close()


@pytest.fixture(scope="session")
def someone(workbench):
    """Question about a client who came, with consent to e-mail and text messages."""
    members = workbench.db.read("members", STUDIO)
    reached = set(members.loc[members["email_consent"] & members["text_consent"], "member_id"])
    visits = workbench.db.read("visits", STUDIO, ["member_id", "status"])
    often = visits.loc[visits["status"] == "attended", "member_id"].value_counts().index
    return {"studio_id": STUDIO, "client_id": next(client for client in often if client in reached)}


class Inbox:
    """A mail server's hands: keeps what it takes, and refuses one address."""

    def __init__(self):
        self.taken = []

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("full"):
            return "452 mailbox full"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.taken.append((envelope.mail_from, envelope.rcpt_tos, envelope.content.decode()))
        return "250 OK"


def only_ana(server, session, envelope, mechanism, data):
    return AuthResult(success=(data.login, data.password) == (b"ana", b"her-mail-password"), handled=False)


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture
def mail():
    """A real SMTP server on this machine and the settings that reach it."""
    inbox = Inbox()
    port = free_port()
    server = Controller(inbox, "127.0.0.1", port, authenticator=only_ana, auth_require_tls=False)
    server.start()
    inbox.settings = {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": port, "SMTP_SECURITY": "none",
                      "SMTP_USER": "ana", "SMTP_PASSWORD": "her-mail-password",
                      "MAIL_FROM": "desk@oak.example"}  # fmt: skip
    yield inbox
    server.stop()


# saving -------------------------------------------------------------------------------------------
def test_a_saved_plan_says_who_when_why_from_what_and_by_which_model(bench, someone):
    desk = bench()
    saved = desk.save(someone | {"note": "asked at the desk"}, "ana")
    entry = desk.ledger.entry(saved.entry_id)
    assert (entry["actor"], entry["action"], entry["studio_id"]) == ("ana", "plan saved", STUDIO)
    assert entry["payload"]["note"] == "asked at the desk"
    assert entry["payload"]["answer"] == desk.recommend(someone).model_dump(mode="json")
    assert all(row["reason"] for row in entry["payload"]["answer"]["recommendations"])
    assert len(entry["data_hash"]) == 64
    assert entry["model_version"].startswith("classes-")
    assert desk.ledger.verify()[1] == []


def test_a_plan_is_made_again_after_the_data_moved_on(bench, someone):
    desk = bench()
    saved = desk.save(someone, "ana")
    visits = desk.db.read("visits", STUDIO)
    desk.db.write("visits", visits[visits["member_id"] == someone["client_id"]].assign(status="no_show"))
    desk.db.write("members", desk.db.read("members", STUDIO).assign(member_name="Somebody Else"))
    assert desk.recommend(someone).source != "behaviour"
    again = desk.replay(saved.entry_id)
    assert (again.same, again.why) == (True, "The same answer, byte for byte.")


def test_an_entry_that_is_no_plan_cannot_be_made_again(bench):
    desk = bench()
    entry = desk.ledger.record("ana", "signed in", {})
    with pytest.raises(ValueError, match="is 'signed in', no plan"):
        desk.replay(entry["entry_id"])
    with pytest.raises(ValueError, match="there is no entry 99"):
        desk.replay(99)


def test_another_model_is_named_where_it_chooses_otherwise(bench, someone, monkeypatch):
    desk = bench()
    entry = desk.ledger.entry(desk.save(someone, "ana").entry_id)
    altered = entry["payload"] | {"answer": entry["payload"]["answer"] | {"source": "studio"}}
    older = desk.ledger.record("ana", "plan saved", altered, STUDIO, entry["data_hash"], "classes-older")
    again = desk.replay(older["entry_id"])
    assert not again.same
    assert again.why.startswith("It was made by model classes-older; this is classes-")
    other = desk.ledger.record("ana", "plan saved", entry["payload"], STUDIO, "0" * 64, entry["model_version"])
    assert desk.replay(other["entry_id"]).why == "What was kept of the data is not what the entry's hash says."


def test_the_audit_file_has_a_row_a_class_and_no_cell_that_a_spreadsheet_would_run(bench, someone):
    desk = bench()
    members = desk.db.read("members", STUDIO)
    evil = '=HYPERLINK("http://evil.example","Ana")'
    desk.db.write("members", members.assign(member_name=members["member_name"].where(
        members["member_id"] != someone["client_id"], evil)))  # fmt: skip
    hidden = ("\uff1d1+1", "\u200b=1", "\ufeff+1", "\uff20SUM")
    notes = ("+1", "-1", "@SUM(A1)", "\t=1", "plain", " =1", *hidden, "تحية 👋")
    for note in notes:
        desk.save(someone | {"note": note}, "=cmd")
    text = desk.audit_csv()
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert len(rows) == len(notes) * 8
    formula = re.compile(r"[\s\u200b\ufeff]*[=+@\uff1d\uff20-]")
    assert not [cell for row in rows for cell in row.values() if formula.match(cell)]
    assert {row["client name"] for row in rows} == {f"'{evil}"}
    assert {row["user"] for row in rows} == {"'=cmd"}
    assert {"plain", "تحية 👋"} < {row["note"] for row in rows}
    assert float(rows[0]["fit"]) > 0


def test_a_note_of_ten_thousand_characters_is_refused_in_a_sentence(bench, someone):
    with pytest.raises(ValueError, match="at most 1000 characters"):
        bench().save(someone | {"note": "x" * 10_000}, "ana")


BY_HAND = ("told her", None, ["c1"], {"client_id": "c1"}, {"answer": "eight classes"}, {"inputs": "a lot"},
           {"answer": {"recommendations": ["yin"]}}, {"answer": {"recommendations": "yin"}})  # fmt: skip


def test_plans_written_into_the_ledger_by_hand_are_rows_of_the_audit_and_cannot_be_made_again(bench):
    desk = bench()
    made = [desk.ledger.record("ana", "plan saved", payload, STUDIO)["entry_id"] for payload in BY_HAND]
    rows = list(csv.DictReader(io.StringIO(desk.audit_csv().lstrip("\ufeff"))))
    assert [(row["entry"], row["user"], row["class"]) for row in rows] == [(str(entry), "ana", "") for entry in made]
    for entry in made:
        with pytest.raises(ValueError, match=f"entry {entry} "):
            desk.replay(entry)


def test_what_was_kept_of_no_plan_is_refused_in_a_sentence(bench):
    desk = bench()
    for kept in ({}, [], {"request": 3}):
        payload = {"inputs": record.packed(kept), "answer": {}}
        entry = desk.ledger.record("ana", "plan saved", payload, STUDIO, digest(kept))["entry_id"]
        with pytest.raises(ValueError, match="does not hold what a plan is made from"):
            desk.replay(entry)


# sharing ------------------------------------------------------------------------------------------
def test_an_e_mail_is_sent_and_in_the_ledger(bench, someone, mail):
    desk = bench(**mail.settings)
    shared = desk.share(someone | {"channel": "e-mail"}, "ana")
    [(sender, receivers, content)] = mail.taken
    assert (sender, receivers) == ("desk@oak.example", [shared.sent_to])
    for word in ("Subject: Classes for you at", "BEGIN:VCALENDAR", "text/html", "Message-ID"):
        assert word in content
    entry = desk.ledger.entry(shared.entry_id)
    assert (entry["action"], entry["payload"]["channel"]) == ("plan e-mailed", "e-mail")
    assert desk.replay(shared.entry_id).same


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"SMTP_PASSWORD": "not this"}, "does not let us in; check SMTP_USER and SMTP_PASSWORD"),
        ({"SMTP_PORT": 9}, "did not take the message"),
        ({"SMTP_SECURITY": "starttls"}, "has no STARTTLS or sign-in; set SMTP_SECURITY to tls, as it offers"),
        ({"SMTP_SECURITY": "tls"}, "did not take the message"),
    ],
)
def test_mail_that_cannot_be_sent_says_why_and_the_ledger_says_so_too(bench, someone, mail, wrong, sentence):
    desk = bench(**mail.settings | wrong)
    with pytest.raises(StudiolabError, match=sentence) as told:
        desk.share(someone | {"channel": "e-mail"}, "ana")
    assert "her-mail-password" not in str(told.value)
    assert [row["action"] for row in desk.ledger.entries()] == ["plan e-mailed", "e-mail not sent"]
    assert mail.taken == []


def test_a_server_that_cannot_prove_its_name_gets_no_password(bench, someone):
    """A self-signed certificate is anybody's."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(Path(__file__).parent / "self_signed.pem")
    heard = []
    server = Controller(Inbox(), "127.0.0.1", free_port(), tls_context=context,
                        authenticator=lambda *said: heard.append(said))  # fmt: skip
    server.start()
    try:
        desk = bench(SMTP_HOST="127.0.0.1", SMTP_PORT=server.port, SMTP_USER="ana", SMTP_PASSWORD="her-mail-password",
                     MAIL_FROM="desk@oak.example")  # fmt: skip
        with pytest.raises(StudiolabError, match="certificate"):
            desk.share(someone | {"channel": "e-mail"}, "ana")
    finally:
        server.stop()
    assert heard == []


def test_an_address_that_the_server_refuses_is_named(bench, someone, mail):
    desk = bench(**mail.settings)
    members = desk.db.read("members", STUDIO)
    own = members["member_id"] == someone["client_id"]
    desk.db.write("members", members.assign(email=members["email"].where(~own, "full@example.com")))
    with pytest.raises(StudiolabError, match=r"does not take mail for full@example.com: .*mailbox full"):
        desk.share(someone | {"channel": "e-mail"}, "ana")


def test_without_a_mail_server_nothing_is_promised(bench, someone):
    desk = bench()
    with pytest.raises(StudiolabError, match="set SMTP_HOST and MAIL_FROM, or save a draft"):
        desk.share(someone | {"channel": "e-mail"}, "ana")
    assert desk.ledger.entries() == []


@pytest.mark.parametrize(("channel", "column"), [("draft", "email_consent"), ("text", "text_consent")])
@pytest.mark.parametrize("consent", [False, pd.NA])
def test_without_consent_no_message_is_made(bench, someone, channel, column, consent):
    desk = bench()
    members = desk.db.read("members", STUDIO)
    own = members["member_id"] == someone["client_id"]
    desk.db.write("members", members.assign(**{column: members[column].mask(own, consent)}))
    with pytest.raises(ValueError, match="there is no consent of"):
        desk.share(someone | {"channel": channel}, "ana")
    assert desk.share(someone | {"channel": "calendar"}, "ana").content.startswith("BEGIN:VCALENDAR")


def test_who_said_no_in_the_inbox_gets_no_plan_that_way_until_they_say_yes(bench, someone):
    desk = bench()
    member = desk.db.read("members", STUDIO).set_index("member_id").loc[someone["client_id"]]
    keep(desk, wrote(1, member["email"], "Unsubscribe", channel="email") | {"studio_id": STUDIO},
         wrote(2, member["phone"], "STOP", channel="sms") | {"studio_id": STUDIO})  # fmt: skip
    for channel in ("draft", "text", "e-mail"):
        with pytest.raises(ValueError, match="there is no consent of"):
            desk.share(someone | {"channel": channel}, "ana")
    assert desk.ledger.entries() == []
    keep(desk, wrote(3, member["phone"], "START", 5, channel="sms") | {"studio_id": STUDIO})
    assert desk.share(someone | {"channel": "text"}, "ana").content


def test_a_client_without_an_address_is_told(bench, someone):
    desk = bench()
    members = desk.db.read("members", STUDIO)
    own = members["member_id"] == someone["client_id"]
    desk.db.write("members", members.assign(email=members["email"].mask(own, None)))
    with pytest.raises(ValueError, match=r"no e-mail address of .* is known"):
        desk.share(someone | {"channel": "draft"}, "ana")


@pytest.mark.parametrize("channel", ["draft", "calendar", "text", "app"])
def test_what_is_handed_on_is_a_file_and_an_entry(bench, someone, channel):
    desk = bench()
    shared = desk.share(someone | {"channel": channel}, "kim")
    assert shared.sent_to is None
    assert shared.content
    entry = desk.ledger.entry(shared.entry_id)
    assert (entry["actor"], entry["action"], entry["payload"]["channel"]) == ("kim", "plan shared", channel)


# a schedule from a file ---------------------------------------------------------------------------
HEAD = "studio_id,class_id,class_name,starts_at,ends_at,max_capacity,booked"


def schedule(path, *rows, head=HEAD):
    path.write_text("\n".join([head, *rows]) + "\n")
    return path


def ahead(workbench, someone):
    start = pd.Timestamp(workbench.recommend(someone).as_of)
    return [(start + pd.Timedelta(days=day, hours=12)).strftime("%Y-%m-%dT%H:%M:%SZ") for day in range(1, 20)]


def test_the_schedule_may_come_from_a_file_and_a_new_file_is_read_at_once(bench, workbench, someone, tmp_path):
    when = ahead(workbench, someone)
    path = schedule(tmp_path / "s.csv", f"{STUDIO},live-1,Reformer,{when[2]},,10,0", f"other,x,Yoga,{when[3]},,9,0")
    desk = bench(CLASS_SCHEDULE_PATH=path)
    answer = desk.recommend(someone)
    assert [row.class_id for row in answer.recommendations] == ["live-1"]
    assert (answer.schedule, answer.schedule_note) == ("published", "")
    assert "Only 1 dates" in answer.why_fewer or "Only" in answer.why_fewer
    schedule(path, f"{STUDIO},live-2,Reformer,{when[2]},,10,0")
    assert [row.class_id for row in desk.recommend(someone).recommendations] == ["live-2"]
    assert desk.replay(desk.save(someone, "ana").entry_id).same


def test_rows_of_the_file_that_cannot_be_read_are_told_and_the_others_serve(bench, workbench, someone, tmp_path):
    when = ahead(workbench, someone)
    path = schedule(tmp_path / "s.csv", f"{STUDIO},a,Yoga,{when[2]},,10,0", f"{STUDIO},b,Yoga,soon,,10,0",
                    f"{STUDIO},c,Yoga,{when[4]},,10,0")  # fmt: skip
    answer = bench(CLASS_SCHEDULE_PATH=path).recommend(someone)
    assert {row.class_id for row in answer.recommendations} == {"a", "c"}
    assert answer.schedule_note.startswith("1 of 3 rows of s.csv were left out, the first in line 3: starts_at, ")


def test_full_and_past_classes_of_the_file_are_waiting_list_and_nothing(bench, workbench, someone, tmp_path):
    when = ahead(workbench, someone)
    path = schedule(tmp_path / "s.csv", f"{STUDIO},a,Yoga,{when[2]},,10,10", f"{STUDIO},b,Yoga,{when[5]},,10,12")
    answer = bench(CLASS_SCHEDULE_PATH=path).recommend(someone)
    assert {row.place for row in answer.recommendations} == {"waiting list"}
    schedule(path, f"{STUDIO},a,Yoga,2020-01-06T18:00:00Z,,10,0")
    answer = bench(CLASS_SCHEDULE_PATH=path).recommend(someone)
    assert answer.schedule_note == "s.csv has no coming class of this studio."
    assert answer.recommendations


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "The schedule at CLASS_SCHEDULE_PATH cannot be used. "),
        (b"", "The schedule at CLASS_SCHEDULE_PATH cannot be used. /"),
        (b"\x00\x01\x02\xff" * 100, "The schedule at CLASS_SCHEDULE_PATH cannot be used. "),
        (b"a,b\n1,2\n", "The schedule at CLASS_SCHEDULE_PATH cannot be used. "),
        (b'studio_id,starts_at\n"never closed', "The schedule at CLASS_SCHEDULE_PATH cannot be used. "),
    ],
)
def test_a_broken_schedule_file_is_told_in_a_sentence(bench, someone, tmp_path, content, sentence):
    if content is not None:
        (tmp_path / "s.csv").write_bytes(content)
    with pytest.raises(StudiolabError) as told:
        bench(CLASS_SCHEDULE_PATH=tmp_path / "s.csv").recommend(someone)
    assert str(told.value).startswith(sentence)
    assert len(str(told.value)) > 70


# data that are not as they should be ---------------------------------------------------------------
def changed(desk, table, **columns):
    desk.db.write(table, desk.db.read(table, STUDIO).assign(**columns))


def test_one_visit_of_a_mistyped_year_does_not_move_the_studio_there(bench, workbench, someone):
    desk = bench()
    visits = desk.db.read("visits", STUDIO)
    odd = visits.iloc[[0, 1]].assign(visit_id=["odd-1", "odd-2"], status="attended")
    odd["attended_at"] = pd.to_datetime(["2099-01-01T10:00Z", "1800-01-01T10:00Z"]).astype("datetime64[ns, UTC]")
    desk.db.write("visits", odd)
    assert desk.recommend(someone).as_of == workbench.recommend(someone).as_of
    assert desk.recommend(someone).recommendations


def test_a_studio_where_nobody_signed_in_yet_says_so(bench, someone):
    desk = bench()
    changed(desk, "visits", status="no_show")
    with pytest.raises(StudiolabError, match="There is no signed-in visit yet"):
        desk.recommend(someone)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", "Europe", "x" * 500])
def test_a_time_zone_that_there_is_not_is_named(bench, someone, zone):
    desk = bench()
    changed(desk, "studios", timezone=zone)
    with pytest.raises(StudiolabError, match="which there is not; set an IANA name such as Europe/Berlin"):
        desk.recommend(someone)


def test_classes_without_names_are_offered_as_classes(bench, someone):
    desk = bench()
    for table in ("class_sessions", "visits"):
        changed(desk, table, class_name=None)
    rows = desk.recommend(someone).recommendations
    assert {row.class_name for row in rows} == {"class"}
    assert desk.why_not(someone | {"class_id": rows[0].class_id})


def test_a_moment_out_of_all_time_is_refused(bench, someone):
    for moment in ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"):
        with pytest.raises(ValueError, match="is not a moment between 1970 and 2199"):
            bench().recommend(someone | {"as_of": moment})


# who to talk to -----------------------------------------------------------------------------------
def test_the_desk_is_told_whom_to_talk_to(workbench):
    rows = workbench.watched(STUDIO)
    assert {row.list for row in rows} >= {"at risk"}
    assert all(row.client_name and row.reason and row.next_step for row in rows)
