"""Pictures, recordings and files: fetched from the channel's own servers alone, and told by their bytes."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiolab.adapters.channels import Gone, media
from studiolab.adapters.channels.instagram import Channel as Instagram
from studiolab.adapters.channels.media import FILE, download, file, is_at
from studiolab.adapters.channels.sms import Channel as Sms
from studiolab.adapters.channels.whatsapp import Channel as WhatsApp
from studiolab.adapters.errors import StudiolabError

from ...graph_server import PAGE, PHONE, TOKEN, GraphServer, answer, breaks_off, drips, error
from ...twilio_server import AUTH, NUMBER, SID, TwilioServer, refuses

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(range(256)) * 40
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>evil()</script></svg>'
HTML = b"<!doctype html><script>evil()</script>"
KNOWN = {
    "image/jpeg": JPEG, "image/png": b"\x89PNG\r\n\x1a\n", "image/gif": b"GIF89a", "image/webp": b"RIFF1234WEBPVP8 ",
    "audio/wav": b"RIFF1234WAVEfmt ", "audio/ogg": b"OggS\0", "audio/mpeg": b"ID3\3", "audio/mp4": b"\0\0\0 ftypM4A ",
    "video/mp4": b"\0\0\0 ftypmp42", "video/webm": b"\x1a\x45\xdf\xa3",
}  # fmt: skip


@pytest.fixture
def other():
    """A server that is not the channel's."""
    server = GraphServer()
    server.files["open1"] = JPEG
    yield server
    server.stop()


@pytest.fixture
def twilio():
    server = TwilioServer()
    yield server
    server.stop()


def whatsapp(graph):
    return WhatsApp({"account": PHONE, "graph_url": graph.url}, {"token": TOKEN})


def instagram(graph):
    return Instagram({"account": PAGE, "graph_url": graph.url}, {"token": TOKEN})


@pytest.mark.parametrize(("kind", "data"), KNOWN.items())
def test_pictures_recordings_and_videos_are_told_by_their_first_bytes(kind, data):
    found = file(data)
    assert (found.mime_type, found.is_shown, found.name.partition(".")[0]) == (kind, True, "file")


@pytest.mark.parametrize("data", [SVG, HTML, b"", b"%PDF-1.7", b"PK\3\4", b"MZ", b" GIF89a", b"\xef\xbb\xbf<svg/>"])
def test_anything_else_is_a_file_to_be_kept_whatever_it_is_called(data):
    assert file(data, "holiday.jpg")[1:] == (FILE, "holiday.jpg")
    assert not file(data).is_shown


@pytest.mark.parametrize(("given_", "kept"), [
    ("../../etc/passwd", "passwd"), ("C:\\new\\a.exe", "a.exe"), (".bashrc", "bashrc"),
    ("a\0b\n\u202ec.txt", "abc.txt"),
    ('x"; y=<z>.pdf', "x; y=z.pdf"), ("é" * 300 + ".pdf", "é" * 117 + ".pdf"), ("..", "file"), ("a/", "file"),
    (None, "file"),
])  # fmt: skip
def test_a_name_is_no_path(given_, kept):
    assert file(b"", given_).name == kept


@given(st.text())
def test_no_name_leaves_its_folder_or_breaks_a_header(name):
    kept = file(b"", name).name
    assert kept.strip(" .") == kept != ""
    assert kept.isprintable()
    assert not set(kept) & set('/\\<>:"|?*')
    assert len(kept) <= 130


@pytest.mark.parametrize("url", [
    "http://lookaside.fbsbx.com/1", "https://fbsbx.com.evil.example/1", "https://evilfbsbx.com/1", "ftp://fbsbx.com/1",
    "https://fbsbx.com@evil.example/1", "https://evil.example\\@fbsbx.com/1", "https://a:b@fbsbx.com/1",
    "//fbsbx.com/1",
    "https://fbsbx.com:8443/1", "https://127.0.0.1/1", "https://[::1]/1", "file:///etc/passwd", "", "x", "https://",
    "http://graph.example:8080/1", "https://graph.example/1", "https://evil.example/?https://fbsbx.com",
])  # fmt: skip
def test_other_servers_are_not_the_channels(url):
    assert not is_at(url, ("fbsbx.com",), "http://graph.example/v24.0")


@pytest.mark.parametrize("url", ["https://lookaside.fbsbx.com/x?mid=1", "https://fbsbx.com/", "https://FBSBX.com:443/",
                                 "http://graph.example/v24.0/lookaside/1"])  # fmt: skip
def test_the_channels_own_servers_are(url):
    assert is_at(url, ("fbsbx.com",), "http://graph.example/v24.0")


def test_whatsapp_gives_the_address_then_the_picture_both_for_the_token(graph):
    graph.files["77"] = JPEG
    found = whatsapp(graph).media(
        {"id": "77", "mime_type": "text/html", "filename": "me.jpg"}, "whatsapp:1", "whatsapp:2"
    )
    assert found == (JPEG, "image/jpeg", "me.jpg")
    assert [path for path, _ in graph.asked] == ["77", "lookaside/77"]
    assert set(graph.tokens) == {f"Bearer {TOKEN}"}


def test_what_whatsapp_has_no_more_is_gone_and_an_id_is_no_path(graph):
    for one in ({"id": "88"}, {"id": "7/../8"}, {"id": ".."}, {}, {"url": graph.url}):
        with pytest.raises(Gone, match="for 30 days"):
            whatsapp(graph).media(one, "whatsapp:1", "whatsapp:2")
    assert [path for path, _ in graph.asked] == ["88"]


def test_a_wrong_token_is_said_without_it(graph):
    channel = WhatsApp({"account": PHONE, "graph_url": graph.url}, {"token": "another-secret"})
    with pytest.raises(StudiolabError, match="connect the account again") as told:
        channel.media({"id": "77"}, "whatsapp:1", "whatsapp:2")
    assert "another-secret" not in str(told.value)


def test_a_token_goes_to_no_server_but_metas(graph, other):
    graph.says(answer({"url": f"{other.url}/lookaside/open1"}))
    with pytest.raises(StudiolabError, match="not its own; it was not asked"):
        whatsapp(graph).media({"id": "77"}, "whatsapp:1", "whatsapp:2")
    graph.files["77"] = JPEG
    where = {"url": f"{graph.url}/lookaside/77"}
    graph.says(answer(where), answer(b"", 302, Location=f"{other.url}/lookaside/open1"))
    with pytest.raises(StudiolabError, match="not its own; it was not asked"):
        whatsapp(graph).media({"id": "77"}, "whatsapp:1", "whatsapp:2")
    assert other.asked == []


def test_instagrams_address_is_asked_without_a_token(graph, other):
    graph.files["open5"] = JPEG
    found = instagram(graph).media({"url": f"{graph.url}/lookaside/open5"}, "instagram:1", "instagram:2")
    assert (found.data, graph.tokens) == (JPEG, [None])
    for url in (
        f"{other.url}/lookaside/open1",
        "http://127.0.0.1:1/",
        "file:///etc/passwd",
        "https://evil.example/x.jpg",
    ):
        with pytest.raises(StudiolabError, match="not its own; it was not asked"):
            instagram(graph).media({"url": url}, "instagram:1", "instagram:2")
    assert other.asked == []


def test_an_address_of_instagrams_that_has_ended_is_gone(graph):
    for status in (403, 404, 410):
        graph.says(answer(b"URL signature expired", status))
        with pytest.raises(Gone, match="a story is there for a day"):
            instagram(graph).media({"url": f"{graph.url}/lookaside/open5"}, "instagram:1", "instagram:2")


def test_the_post_that_a_comment_is_about_is_found_by_its_id(graph):
    graph.files["open9"] = JPEG
    assert instagram(graph).media({"id": "open9"}, "instagram:1", "instagram:2").is_shown
    with pytest.raises(Gone):
        instagram(graph).media({"id": "../me"}, "instagram:1", "instagram:2")


def text_message(twilio):
    return Sms({"account": NUMBER, "account_sid": SID, "twilio_url": twilio.url}, {"auth_token": AUTH})


def test_twilio_sees_the_login_and_where_it_sends_us_nobody_does(twilio):
    twilio.files["/Messages/MM1/Media/ME1"] = JPEG
    url = f"https://api.twilio.com/2010-04-01/Accounts/{SID}/Messages/MM1/Media/ME1"
    found = text_message(twilio).media({"url": url, "mime_type": "image/jpeg"}, "sms:1", "sms:+49151")
    assert found == (JPEG, "image/jpeg", "file.jpg")
    assert [token is not None for token in twilio.tokens] == [True, False]


def test_a_picture_that_no_webhook_told_of_is_found_by_twilios_list(twilio):
    twilio.files |= {"/Messages/MM1/Media/ME1": b"GIF89a", "/Messages/MM1/Media/ME2": JPEG}
    one = {"sid": "MM1", "from": "+49151", "to": NUMBER, "body": "", "date_sent": "Mon, 02 Nov 2026 10:00:00 +0000",
           "num_media": "2", "status": "received"}  # fmt: skip
    twilio.listed = [one]
    channel = text_message(twilio)
    [row] = channel.sync({})[0].messages
    named = json.loads(row["media"])
    assert [channel.media(each, row["message_id"], row["handle"]).data for each in named] == [b"GIF89a", JPEG]
    for wrong in ({"id": "MM1/2"}, {"id": "../x/0"}, {}):
        with pytest.raises(StudiolabError, match="no such file"):
            channel.media(wrong, row["message_id"], row["handle"])


@pytest.mark.parametrize("url", [
    "https://evil.example/x", f"https://api.twilio.com/2010-04-01/Accounts/{SID}.json",
    "https://api.twilio.com/2010-04-01/Accounts/AC0/Messages/MM1/Media/ME1",
    f"https://api.twilio.com/2010-04-01/Accounts/{SID}/Messages/../Media/ME1",
])  # fmt: skip
def test_an_address_that_is_no_medium_of_this_account_is_not_asked(twilio, url):
    with pytest.raises(StudiolabError, match="names no file of this Twilio account"):
        text_message(twilio).media({"url": url}, "sms:1", "sms:+49151")
    assert twilio.tokens == []


def test_what_was_deleted_at_twilio_is_gone_and_a_wrong_login_is_said(twilio):
    url = f"https://api.twilio.com/2010-04-01/Accounts/{SID}/Messages/MM1/Media/ME2"
    with pytest.raises(Gone, match="deleted it there"):
        text_message(twilio).media({"url": url}, "sms:1", "sms:+49151")
    twilio.script = [refuses(20003, "Authenticate", 401)]
    with pytest.raises(StudiolabError, match=r"HTTP 401\); try again, or connect it again"):
        text_message(twilio).media({"url": url}, "sms:1", "sms:+49151")


def test_a_file_that_is_too_large_or_never_ends_is_a_sentence(graph, monkeypatch):
    graph.files["77"] = bytes(70_000)
    monkeypatch.setattr(media, "MOST_BYTES", 2**16)
    with pytest.raises(StudiolabError, match="look at it in WhatsApp itself"):
        whatsapp(graph).media({"id": "77"}, "whatsapp:1", "whatsapp:2")
    monkeypatch.setattr(media, "SECONDS", 1.0)
    where = answer({"url": f"{graph.url}/lookaside/77"})
    for fault in (drips(), breaks_off()):
        graph.says(where, fault)
        with pytest.raises(StudiolabError, match="cannot be reached"):
            whatsapp(graph).media({"id": "77"}, "whatsapp:1", "whatsapp:2")


def test_a_server_that_sends_us_on_and_on_is_left(graph):
    graph.says(*(answer(b"", 302, Location=f"{graph.url}/lookaside/open{n}") for n in range(9)))
    with pytest.raises(StudiolabError, match="HTTP 302"):
        download("Meta", f"{graph.url}/lookaside/open", (), graph.url)
    assert len(graph.asked) == media.HOPS


def test_a_server_of_metas_that_fails_is_no_file_that_is_gone(graph):
    graph.says(error(2, "Service temporarily unavailable", 503))
    with pytest.raises(StudiolabError, match="does not give the file") as told:
        whatsapp(graph).media({"id": "77"}, "whatsapp:1", "whatsapp:2")
    assert not isinstance(told.value, Gone)
