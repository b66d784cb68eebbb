"""Every route of the ExApp, walked: what changes something is guarded, and no answer is kept by a cache.

appinfo/info.xml says which paths AppAPI's proxy and HaRP let through; both are played here by its regular expressions.
"""

import base64
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
from fastapi import FastAPI

from backend.settings import Settings
from ex_app.door import CALLED_BY_NEXTCLOUD, open_door
from tests.servers.appapi import SECRET, AppApiServer
from tests.servers.cloud import Cloud

pytestmark = pytest.mark.timeout(120)

INFO = Path(__file__).parents[3] / "appinfo" / "info.xml"
READING = {"GET", "HEAD"}
# What the guard says, as opposed to whoever refuses later.
NO_HEADER = "X-Requested-With"


class Route(NamedTuple):
    method: str
    path: str


class Walk(NamedTuple):
    client: httpx.AsyncClient
    routes: list[Route]


@pytest.fixture
async def walk(tmp_path: Path) -> AsyncIterator[Walk]:
    with AppApiServer(Cloud(("ann",))).serving() as nextcloud:
        given = {"app_secret": SECRET, "nextcloud_url": nextcloud.url, "app_persistent_storage": tmp_path}
        async with open_door(Settings.model_validate(given)) as app:
            transport = httpx.ASGITransport(app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://exapp", timeout=60) as client:
                yield Walk(client, _routes(app))


def _routes(app: FastAPI) -> list[Route]:
    """Method and path of every route, a number in place of each parameter."""
    found = [
        Route(method, re.sub(r"\{[^}]*\}", "1", path))
        for path, operations in app.openapi()["paths"].items()
        for method in map(str.upper, operations)
    ]
    assert len(found) > 20
    return found


def passed_on(route: Route) -> bool:
    """Whether a browser reaches this route, through the proxy or through HaRP (which ignores the method)."""
    urls = [url.text or "" for url in ElementTree.parse(INFO).getroot().iterfind("external-app/routes/route/url")]
    return any(re.match(url, route.path) for url in urls)


def signed(secret: str = SECRET) -> dict[str, str]:
    token = base64.b64encode(f"ann:{secret}".encode()).decode()
    return {"AUTHORIZATION-APP-API": token, "EX-APP-ID": "voiceassist"}


async def test_every_change_needs_a_header_that_a_foreign_page_cannot_send(walk: Walk) -> None:
    guarded = [route for route in walk.routes if route.method not in READING and route.path not in CALLED_BY_NEXTCLOUD]
    assert {"/actions/ask", "/actions/index", "/api/v1/search", "/api/v1/chat/turns"} <= {r.path for r in guarded}
    for method, path in guarded:
        refused = await walk.client.request(method, path, json={}, headers=signed())
        assert (path, refused.status_code) == (path, 403)
        assert NO_HEADER in refused.json()["error"]["message"]
        let_in = await walk.client.request(method, path, json={}, headers={**signed(), NO_HEADER: "voiceassist"})
        assert NO_HEADER not in let_in.text, path


async def test_what_nextcloud_itself_calls_is_reached_by_no_browser_and_needs_the_secret(walk: Walk) -> None:
    own = [route for route in walk.routes if route.path in CALLED_BY_NEXTCLOUD]
    assert {route.path for route in own} == CALLED_BY_NEXTCLOUD
    for route in own:
        assert not passed_on(route), route
        body: dict[str, object] = {"occ": {}}
        refused = await walk.client.request(
            route.method, route.path, params={"enabled": 0}, json=body, headers=signed("wrong")
        )
        assert (route, refused.status_code) == (route, 401)


async def test_what_a_browser_needs_is_passed_on(walk: Walk) -> None:
    for route in walk.routes:
        if route.path.startswith(("/api/", "/actions/")):
            assert passed_on(route), route
    assert passed_on(Route("GET", "/js/voiceassist-main.js"))
    assert not passed_on(Route("GET", "/metrics"))
    assert not passed_on(Route("GET", "/health"))


async def test_no_answer_is_kept_by_a_cache(walk: Walk) -> None:
    for method, path in [*walk.routes, Route("GET", "/api/v1/nothing-here"), Route("GET", "/js/nothing-here.js")]:
        if path in CALLED_BY_NEXTCLOUD:
            continue
        headers = {**signed(), NO_HEADER: "voiceassist"}
        for given in ({}, headers):
            answer = await walk.client.request(method, path, json={}, headers=given)
            assert re.search("no-store|no-cache", answer.headers.get("cache-control", "")), (method, path, given)


async def test_every_route_of_the_page_is_let_through_with_its_verb_and_what_nextcloud_calls_is_not(walk: Walk) -> None:
    allowed = [
        (route.findtext("url") or "", (route.findtext("verb") or "").split(","))
        for route in ElementTree.parse(INFO).getroot().iterfind("external-app/routes/route")
    ]
    for method, path in walk.routes:
        verbs = next((verbs for url, verbs in allowed if re.match(url, path)), [])
        assert (method in verbs) == path.startswith(("/api/v1/", "/actions/")), (method, path)
    assert not any(re.match(url, path) for url, _ in allowed for path in CALLED_BY_NEXTCLOUD)
