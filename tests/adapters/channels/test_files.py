import mailbox

import pytest

from studiolab.adapters.channels import files
from studiolab.adapters.errors import StudiolabError

STUDIO = "hello@studio.example"


def mail(number, body="Hi\n", sender="ana@people.example", to=STUDIO):
    return (f"From: {sender}\nTo: {to}\nMessage-ID: <{number}@people.example>\n"
            f"Date: Mon, 02 Nov 2026 10:00:{number % 60:02} +0000\n\n{body}").encode()  # fmt: skip


@pytest.fixture
def box(tmp_path):
    """A folder with an mbox of 30 messages as Python's own library writes it, and two .eml below it."""
    kept = mailbox.mbox(tmp_path / "old.mbox")
    for number in range(30):
        kept.add(mail(number, f"Day {number}\n\nFrom the beginning I liked it.\n"))
    kept.close()
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "a.EML").write_bytes(mail(100))
    (tmp_path / "more" / "b.eml").write_bytes(mail(101, sender=STUDIO, to="bo@people.example"))
    (tmp_path / "more" / "notes.txt").write_text("no mail")
    return tmp_path


def test_a_folder_of_mail_is_read_whole(box):
    batch = files.read(box, STUDIO)
    assert len(batch.messages) == 32
    assert len({row["message_id"] for row in batch.messages}) == 32
    assert batch.skipped == []
    [own] = [row for row in batch.messages if row["direction"] == "outbound"]
    assert own["handle"] == "email:bo@people.example"


def test_lines_that_look_like_a_beginning_are_text(box):
    first = files.read(box / "old.mbox", STUDIO).messages[0]
    assert first["body"] == "Day 0\n\nFrom the beginning I liked it."


def test_the_same_file_twice_gives_the_same_rows(box):
    assert files.read(box, STUDIO) == files.read(box, STUDIO)


def test_a_large_file_comes_in_batches(box, monkeypatch):
    monkeypatch.setattr(files, "AT_ONCE", 12)
    assert [len(one.messages) for one in files.batches(box / "old.mbox", STUDIO)] == [12, 12, 6]


def test_whose_mailbox_it_is_stands_in_its_mails(box):
    assert {row["account_id"] for row in files.read(box).messages} == {STUDIO}
    assert {row["account_id"] for row in files.read(box / "more" / "a.EML").messages} == {STUDIO}


def test_what_is_too_long_or_no_mail_is_said_and_the_rest_is_read(box, monkeypatch):
    monkeypatch.setattr(files, "MOST_BYTES", 300)
    (box / "long.eml").write_bytes(mail(200, "x" * 1_000))
    (box / "none.eml").write_bytes(b"")
    batch = files.read(box, STUDIO)
    assert len(batch.messages) == 32
    assert [one.partition(":")[0] for one in batch.skipped] == ["long.eml", "none.eml"]


@pytest.mark.parametrize("content", [b"", b"From nobody\n", b"\n\n", b"garbage" * 1000, b"From \nFrom \n\nFrom \n\n"])
def test_an_mbox_of_nothing_holds_nothing(tmp_path, content):
    (tmp_path / "x.mbox").write_bytes(content)
    assert files.read(tmp_path / "x.mbox", STUDIO).messages == []
    with pytest.raises(StudiolabError, match="say whose mailbox it is"):
        files.read(tmp_path / "x.mbox")


def test_what_cannot_be_read_is_said(tmp_path):
    with pytest.raises(StudiolabError, match=r"there\.eml cannot be read"):
        files.read(tmp_path / "not there.eml", STUDIO)
    (tmp_path / "x.txt").touch()
    with pytest.raises(StudiolabError, match=r"a file that ends in \.eml, \.mbox"):
        files.read(tmp_path / "x.txt", STUDIO)
