import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from studiolab.adapters.channels import Later, Refused, Unsure
from studiolab.adapters.channels.email_imap import Channel
from studiolab.adapters.channels.mail_send import answering, handed_over, mail, server_of
from studiolab.adapters.channels.mail_text import parse

from .conftest import PASSWORD

STUDIO = "hello@studio.example"
HEADERS = ["From", "To", "Subject", "Date", "Message-ID", "X-Outbox-Id", "Content-Type",
           "Content-Transfer-Encoding", "MIME-Version"]  # fmt: skip


@pytest.fixture
def line(post_office):
    """A function that sends a message to an address over the real SMTP server."""

    def send(to="ana@people.example", password=PASSWORD, port=None):
        settings = {"smtp_host": "127.0.0.1", "smtp_port": port or post_office[1], "smtp_security": "none",
                    "user": STUDIO}  # fmt: skip
        handed_over(mail(STUDIO, "Studio", to, ".\n..x\nGrüße\n", "o-1", "Hello"), settings, {"password": password})

    send.office = post_office[0]
    return send


HARD = st.text() | st.text(st.sampled_from("\\\"'<>@,;:()[]=?_ \r\n\té山a.\u2028\u202e\ud800\0"), max_size=80)


@given(text=HARD, subject=HARD, name=HARD)
def test_whatever_is_written_arrives_and_adds_no_header(text, subject, name):
    told = mail(STUDIO, name, "ana@people.example", text, "o-1", subject)
    assert sorted(told.keys()) == sorted(HEADERS)
    raw = told.as_bytes()
    [row] = parse(raw, "ana@people.example").messages
    assert row["handle"] == f"email:{STUDIO}"
    lines = raw.partition(b"\r\n\r\n")[0].split(b"\r\n")
    assert sorted(line.partition(b":")[0].decode() for line in lines if line[:1] not in b" \t") == sorted(HEADERS)


@example("b@.")
@given(st.text(alphabet=st.sampled_from('a@b.c\r\n \t,;<>":()\0é'), max_size=12))
def test_a_mail_goes_to_one_address_or_is_refused(to):
    try:
        told = mail(STUDIO, None, to, "x", "o-1")
    except Refused:
        return
    [(found)] = told["To"].addresses
    assert found.addr_spec.lower() == to.lower()
    assert sorted(told.keys()) == sorted(HEADERS)


def test_a_subject_with_a_header_in_it_is_a_subject():
    told = mail(STUDIO, "Studio\r\nBcc: x@evil.example", "ana@people.example", "x", "o-1", "Hi\r\nBcc: x@evil.example")
    assert told["Subject"] == "Hi Bcc: x@evil.example"
    assert told["Bcc"] is None


@pytest.mark.parametrize("subject", ["Re: Trial", "RE: Trial", "AW: Trial", "Re[2]: Trial"])
def test_an_answer_says_so_once(subject):
    assert answering(subject) == subject
    assert answering("Trial") == "Re: Trial"


def test_lines_arrive_as_they_were(line):
    line()
    [taken] = line.office.taken
    [row] = parse(taken.content, "ana@people.example").messages
    assert row["body"] == ".\n..x\nGrüße"
    assert (taken.mail_from, taken.rcpt_tos) == (STUDIO, ["ana@people.example"])


@pytest.mark.parametrize(
    ("says", "kind"),
    [("450 greylisted, come again", Later), ("451 local error", Later), ("452 full", Later), ("421 closing", Later),
     ("550 no such mailbox", Refused), ("554 spam", Refused)],
)  # fmt: skip
def test_what_a_server_will_not_take_is_refused_or_tried_again(line, says, kind):
    line.office.says["ana@people.example"] = says
    with pytest.raises(kind, match=says[4:]) as raised:
        line()
    assert kind is Refused or raised.value.seconds >= 300
    assert line.office.taken == []


@pytest.mark.parametrize(("says", "kind"), [("451 try again", Later), ("554 it looks like spam", Refused)])
def test_what_a_server_says_to_the_whole_message_counts_as_well(line, says, kind):
    line.office.says["DATA"] = says
    with pytest.raises(kind, match="does not take mail"):
        line()


def test_a_line_that_breaks_before_the_message_is_tried_again_and_after_it_nobody_knows(line):
    line.office.breaks = "RCPT"
    with pytest.raises(Later, match="broke off before"):
        line()
    line.office.breaks = "DATA"
    with pytest.raises(Unsure, match="look whether it arrived"):
        line()


def test_a_wrong_password_and_a_server_that_is_away_are_told_apart(line, dovecot):
    with pytest.raises(Refused, match=r"does not let .* in"):
        line(password="wrong")
    with pytest.raises(Later, match="did not answer"):
        line(port=1)


def test_an_address_in_other_letters_is_taken_where_the_server_can(line):
    line("jürgen@people.example")
    assert line.office.taken[-1].rcpt_tos == ["jürgen@people.example"]


def test_servers_of_large_providers_are_known_and_others_are_guessed():
    assert server_of("a@gmail.com")["imap_host"] == "imap.gmail.com"
    assert server_of("a@studio.example")["smtp_host"] == "smtp.studio.example"


def test_a_handle_without_an_address_is_refused():
    with pytest.raises(Refused, match="no address"):
        Channel({"account": STUDIO}, {}).send("email:unknown", "x", "o-1")
