"""A client that stands outside: the whole product, a real issuer, and a script in Node with `openid-client`."""

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import httpx

from backend.identity.sessions.cookies import ACCESS
from tests.servers.oidc import CLIENT_ID, CLIENT_SECRET, Person, oidc_provider
from tests.servers.ports import free_port
from tests.servers.product import PROGRAM, product

_CLIENT = Path(__file__).parents[2] / "clients" / "outside.mjs"


async def _lines(*command: str | Path, **environment: str) -> list[dict[str, Any]]:
    """What a command says, a line of JSON each; it may end with an error."""
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, env={**os.environ, **environment}
    )
    said, _ = await asyncio.wait_for(process.communicate(), 90)
    return [json.loads(line) for line in said.splitlines()]


async def _signed_in(origin: str, name: str) -> str:
    """The access token that a browser gets as a cookie by signing in at the issuer. httpx would not send it by http."""
    async with Person(name) as person, httpx.AsyncClient(base_url=origin, trust_env=False) as browser:
        begun = await browser.get("/auth/login")
        back = await person.follow(begun.headers["location"], f"{origin}/auth/callback")
        attempt = begun.headers["set-cookie"].partition(";")[0]
        come_back = await browser.get(back, headers={"Cookie": attempt})
    given = [line.partition(";")[0].partition("=") for line in come_back.headers.get_list("set-cookie")]
    return {cookie: value for cookie, _, value in given}[ACCESS]


async def _by_key(origin: str, question: str) -> dict[str, Any]:
    """Somebody makes a key; a program asks with it until it is revoked. What each was told."""
    signed_in = {"Authorization": f"Bearer {await _signed_in(origin, 'alice')}", "X-Requested-With": "a page"}
    told: dict[str, Any] = {}
    async with httpx.AsyncClient(base_url=f"{origin}/api/v1", trust_env=False, timeout=60) as client:
        made = (await client.post("/auth/keys", json={"name": "report"}, headers=signed_in)).json()["data"]
        program = {"Authorization": f"Bearer {made['key']}", "X-Requested-With": "a script"}
        asked = await client.post("/chat/turns", json={"text": question}, headers=program)
        path = f"/chat/turns/{asked.json()['data']['turn_id']}/events"
        events = await client.get(path, headers=program | {"Accept": "text/event-stream"})
        told["answered"] = "event: turn.done" in events.text
        told["another key"] = (await client.post("/auth/keys", json={"name": "more"}, headers=program)).status_code
        told["revoked"] = (await client.delete(f"/auth/keys/{made['info']['id']}", headers=signed_in)).status_code
        refused = await client.post("/chat/turns", json={"text": question}, headers=program)
        told["asked again"] = refused.status_code, refused.json()["error"]["code"]
    return told


async def test_a_client_from_outside_signs_in_asks_refreshes_signs_out_and_is_refused(tmp_path: Path) -> None:
    port = free_port()
    origin = f"http://localhost:{port}"
    async with oidc_provider(origin, {"alice": ["staff"], "mallory": []}) as issuer:
        settings = {
            "NEXTCLOUD_OIDC_ISSUER": issuer.url,
            "NEXTCLOUD_CLIENT_ID": CLIENT_ID,
            "NEXTCLOUD_CLIENT_SECRET": CLIENT_SECRET,
            "NEXTCLOUD_REDIRECT_URI": f"{origin}/auth/callback",
            "SIGN_IN_ALLOWED": "alice",
            "APP_PORT": str(port),
        }
        async with product(tmp_path, **settings) as address:
            async with httpx.AsyncClient(base_url=address, trust_env=False) as nobody:
                assert (await nobody.get("/api/v1/status")).status_code == 401
                assert (await nobody.get("/api/v1/auth/ways")).json()["data"] == {
                    "oidc": {"name": "Nextcloud"},
                    "accounts": None,
                }
            steps = {}
            for user in ("alice", "mallory"):  # the issuer knows both, and one of them was let in
                asked = {"issuer": issuer.url, "api": origin, "user": user, "question": "When does the clinic open?"}
                steps[user] = {line["step"]: line for line in await _lines("node", _CLIENT, json.dumps(asked))}
            by_key = await _by_key(origin, "When does the clinic open?")
    assert by_key == {
        "answered": True,
        "another key": 403,
        "revoked": 200,
        "asked again": (401, "TOKEN_REVOKED"),
    }
    told = {name: step["status"] for name, step in steps["alice"].items()}
    assert told.pop("ask") in (200, 201, 202)
    assert told.pop("ask again") in (200, 201, 202)
    assert told == {
        "login": 200,
        "refresh": 200,
        "logout": 200,
        "logout at the issuer": 200,
        "ask after logout": 401,
        "refresh after logout": 400,
    }
    assert "turn.done" in steps["alice"]["ask"]["events"]
    assert steps["alice"]["ask after logout"]["code"] == "TOKEN_REVOKED"
    assert steps["mallory"]["ask"]["status"] == 403
    (report,) = await _lines(PROGRAM, "audit", "verify", "--json", APP_PERSISTENT_STORAGE=str(tmp_path))
    assert report["problem"] is None
    entries = await _lines(PROGRAM, "audit", "export", APP_PERSISTENT_STORAGE=str(tmp_path))
    assert {"token.revoked", "key.made", "key.used", "key.revoked"} <= {entry["kind"] for entry in entries}
