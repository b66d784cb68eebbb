"""A client that stands outside: the whole product, a real issuer, and a script in Node with `openid-client`."""

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import httpx

from tests.servers.oidc import CLIENT_ID, CLIENT_SECRET, oidc_provider
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
    assert "token.revoked" in {entry["kind"] for entry in entries}
