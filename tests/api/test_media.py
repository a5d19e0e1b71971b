"""What somebody sent, over HTTP: shown in place only where nothing in it can run."""

import json

import httpx
import pytest

from studiolab.api import app

from ..app.small_channels import SECRET, TOKEN, signed, small
from ..graph_server import PHONE, GraphServer
from ..graph_server import TOKEN as META

HOST = "studio.example.org"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(range(256)) * 40
HTML, SVG = b"<!doctype html><script>evil()</script>", b"<svg onload='evil()'/>"
FILES = {"70": JPEG, "71": HTML, "72": SVG, "73": b"%PDF-1.7"}


@pytest.fixture
def graph():
    server = GraphServer()
    server.files |= FILES
    yield server
    server.stop()


@pytest.fixture
def asking(tmp_path, graph, served):
    bench = small(tmp_path, META_GRAPH_URL=graph.url, STUDIOLAB_PUBLIC_HOST=HOST, WHATSAPP_APP_SECRET=SECRET)
    bench.connect_channel("oak", "whatsapp", PHONE, {}, {"token": META}, "olga")
    told = [{"from": "49151", "id": f"wamid/{one}=", "timestamp": "1760000000", "type": "document",
             "document": {"id": one, "mime_type": "text/html", "filename": "../\u201eevil\u201c.html"}}
            for one in (*FILES, "79")]  # fmt: skip
    value = {"metadata": {"phone_number_id": PHONE}, "messages": told}
    told = {"object": "whatsapp_business_account", "entry": [{"changes": [{"field": "messages", "value": value}]}]}
    bench.receive("whatsapp", signed(json.dumps(told).encode()), json.dumps(told).encode()).result(30)
    with served(app(bench, bench.settings)) as address, httpx.Client(base_url=address, timeout=60) as client:
        client.headers["Authorization"] = f"Bearer {TOKEN}"
        yield client
    bench.close()


def media(client, name, **more):
    where = f"/api/messages/whatsapp:wamid/{name}=/media"
    return client.get(where, params={"studio_id": "oak"} | more)


def test_a_picture_is_shown_in_place_and_can_do_nothing_there(asking):
    found = media(asking, "70")
    assert (found.status_code, found.content, found.headers["content-type"]) == (200, JPEG, "image/jpeg")
    assert found.headers["content-disposition"].startswith("inline; filename*=UTF-8''")
    assert found.headers["x-content-type-options"] == "nosniff"
    assert found.headers["content-security-policy"].startswith("sandbox;")


@pytest.mark.parametrize("name", ["71", "72", "73"])
def test_anything_else_is_a_file_to_be_kept(asking, name):
    found = media(asking, name)
    assert (found.content, found.headers["content-type"]) == (FILES[name], "application/octet-stream")
    assert found.headers["content-disposition"] == "attachment; filename*=UTF-8''%E2%80%9Eevil%E2%80%9C.html"
    assert found.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(("name", "more", "status", "words"), [
    ("79", {}, 404, "for 30 days"), ("70", {"number": 2}, 404, "has 1, counted from 1"), ("x", {}, 404, "no message"),
    ("70", {"number": 0}, 422, "number"), ("70", {"studio_id": "elm"}, 404, "no message"),
])  # fmt: skip
def test_what_is_not_there_says_so(asking, name, more, status, words):
    found = media(asking, name, **more)
    assert found.status_code == status
    assert words in found.json()["detail"]


def test_nobody_without_a_token_and_no_other_address_gets_it(asking):
    assert media(asking, "70").status_code == 200
    del asking.headers["Authorization"]
    assert media(asking, "70").status_code == 401
    asking.headers.update({"Authorization": f"Bearer {TOKEN}", "Host": HOST})
    assert media(asking, "70").status_code >= 400


def test_a_channel_that_is_away_is_no_file_that_is_gone(asking, graph):
    graph.stop()
    found = media(asking, "70")
    assert (found.status_code, "cannot be reached" in found.json()["detail"]) == (503, True)
