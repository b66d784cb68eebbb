"""A disabled user is out at once: a session of ours, and open connections by AppAPI and by that session."""

from pathlib import Path

import httpx
import pytest

from backend.voice.line import Close
from tests.integration.directory.conftest import KEEPER, PASSWORD
from tests.integration.voice.client import connected
from tests.servers.appapi import SECRET, AppApiServer
from tests.servers.exapp import ExApp
from tests.servers.oidc import CLIENT_ID, CLIENT_SECRET, Person, oidc_provider
from tests.servers.ports import free_port

pytestmark = pytest.mark.timeout(240)

_ACCESS, _REFRESH = "__Host-voiceassist-access", "__Host-voiceassist-refresh"


async def _signed_in(http: httpx.AsyncClient, origin: str, name: str) -> dict[str, str]:
    """The cookies that a user has after signing in at the issuer."""
    started = await http.get(f"{origin}/auth/login")
    assert started.status_code == 303, started.text
    async with Person(name) as person:
        back = await person.follow(started.headers["location"], f"{origin}/auth/callback")
    cookies = "; ".join(line.partition(";")[0] for line in started.headers.get_list("set-cookie"))
    came = await http.get(back, headers={"Cookie": cookies})
    assert came.headers["location"] == "/", came.text
    return dict(line.partition(";")[0].split("=", 1) for line in came.headers.get_list("set-cookie"))


async def test_what_a_disabled_user_has_open_ends_at_once(nextcloud: AppApiServer, tmp_path: Path) -> None:
    app = ExApp(tmp_path, nextcloud.url, SECRET)
    app.port = free_port()
    origin = f"http://localhost:{app.port}"
    async with oidc_provider(origin, {"ann": [], "ben": []}) as issuer, httpx.AsyncClient(trust_env=False) as http:
        await app.start(
            NEXTCLOUD_ADMIN_USER=KEEPER,
            NEXTCLOUD_ADMIN_PASSWORD=PASSWORD,
            NEXTCLOUD_OIDC_ISSUER=issuer.url,
            NEXTCLOUD_CLIENT_ID=CLIENT_ID,
            NEXTCLOUD_CLIENT_SECRET=CLIENT_SECRET,
            NEXTCLOUD_REDIRECT_URI=f"{origin}/auth/callback",
        )
        try:
            cookies = {name: await _signed_in(http, origin, name) for name in ("ann", "ben")}

            async def status(name: str) -> int:
                headers = {"Authorization": f"Bearer {cookies[name][_ACCESS]}"}
                return (await http.get(f"{origin}/api/v1/status", headers=headers)).status_code

            async def refreshed(name: str) -> int:
                given = {"refresh_token": cookies[name][_REFRESH]}
                headers = {"X-Requested-With": "test"}
                return (await http.post(f"{origin}/api/v1/auth/refresh", json=given, headers=headers)).status_code

            assert (await status("ann"), await status("ben")) == (200, 200)
            by_session = {"Authorization": f"Bearer {cookies['ann'][_ACCESS]}"}
            by_appapi = {name: app.headers(name) for name in ("ann", "ben")}
            async with (
                connected(app.address, headers=by_session) as anns,
                connected(app.address, headers=by_appapi["ann"]) as anns_too,
                connected(app.address, headers=by_appapi["ben"]) as bens,
            ):
                for client in (anns, anns_too, bens):
                    await client.start(zone="Europe/Berlin")
                disabled = await app.call(http, "root", "POST", "/api/v1/users/ann/disable")
                assert disabled.status_code == 200, disabled.text
                for client in (anns, anns_too):  # without it they are asked again after a minute only
                    assert (await client.gone())[0] == Close.NOT_ALLOWED
                assert await status("ann") == 401
                assert await refreshed("ann") in (401, 403)
                assert (await app.call(http, "ann", "GET", "/api/v1/status")).status_code == 403
                assert bens.closed is None
                assert await status("ben") == 200
                await app.call(http, "root", "POST", "/api/v1/users/ann/enable")
                assert await status("ann") == 401  # what ended stays ended
                assert (await app.call(http, "ann", "GET", "/api/v1/status")).status_code == 200
            for secret in (PASSWORD, cookies["ann"][_ACCESS], cookies["ann"][_REFRESH]):
                assert secret not in app.log
        finally:
            await app.stop()
