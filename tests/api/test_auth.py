import re

import pytest
from fastapi.routing import APIRoute, iter_route_contexts

from studiolab.api import app
from studiolab.app import StudiolabError
from studiolab.settings import Settings
from studiolab.users import start_cookie


def paths(api):
    return {(method, route.path) for route in iter_route_contexts(api.routes) for method in route.methods}


def test_every_route_but_health_asks_for_the_token(api, anyone):
    asked = paths(api)
    assert len(asked) >= 8
    for method, path in asked:
        address = re.sub(r"{\w+(:path)?}", "x", path.replace("{entry_id}", "1"))
        answer = anyone.request(method, address.replace("webhook/x", "webhook/whatsapp"))
        expected = {"/health": 200, "/api/v1/sign-in": 422, "/api/auth/login": 422,
                    "/api/integrations/callback/email": 400,
                    "/api/integrations/webhook/{channel}": {"GET": 403}.get(method, 401)}  # fmt: skip
        assert answer.status_code == expected.get(path, 401), path


@pytest.mark.parametrize("header", ["Bearer wrong", "Bearer", "Basic YTpi", "Bearer tökén".encode("latin-1")])
def test_a_wrong_token_is_no_token(anyone, header):
    answer = anyone.get("/api/v1/studios", headers={"Authorization": header})
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert answer.json() == {"detail": "a token is needed: Authorization: Bearer …"}


def test_without_a_token_the_api_does_not_start(workbench):
    with pytest.raises(StudiolabError, match="does not start without a token"):
        app(workbench, Settings(STUDIOLAB_TOKEN=None))


def test_the_docs_address_leaves_a_cookie_that_scripts_and_other_sites_cannot_use(anyone, token):
    answer = anyone.get("/docs", params={"token": token}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/docs")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert token not in cookie
    assert anyone.get("/api/v1/studios").status_code == 200


def test_a_wrong_token_in_the_address_opens_nothing(anyone):
    answer = anyone.get("/docs", params={"token": "wrong"}, follow_redirects=False)
    assert (answer.status_code, answer.cookies) == (401, {})


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "http://127.0.0.1:9999"}, {"Origin": "null"}, {"Sec-Fetch-Site": "same-site"},
     {"Sec-Fetch-Site": "cross-site"}],
)  # fmt: skip
def test_the_cookie_does_not_serve_a_page_of_another_port_or_host(anyone, service, token, headers):
    anyone.get("/docs", params={"token": token})
    assert start_cookie(token) in anyone.cookies
    assert anyone.get("/api/v1/studios", headers=headers).status_code == 403
    own = {"Origin": service, "Sec-Fetch-Site": "same-origin"}
    assert anyone.get("/api/v1/studios", headers=own).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:8767", "192.168.0.1"])
def test_another_host_name_is_refused_so_rebinding_a_name_to_this_machine_does_not_help(client, host):
    assert client.get("/api/v1/studios", headers={"Host": host}).status_code == 400


def test_no_other_origin_is_let_in(client):
    origin = {"Origin": "http://evil.example"}
    answer = client.options("/api/v1/studios", headers=origin | {"Access-Control-Request-Method": "GET"})
    assert answer.status_code == 405
    answer = client.get("/api/v1/studios", headers=origin)
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_no_route_is_hidden_from_this_test(api):
    assert {"/health", "/docs", "/openapi.json"} < {path for _, path in paths(api)}
    assert all(isinstance(route.route, APIRoute) for route in iter_route_contexts(api.routes))
