"""`WebDavSource` and `sign_in` against a real Nextcloud.

Runs when NEXTCLOUD_URL, NEXTCLOUD_ADMIN_USER and NEXTCLOUD_ADMIN_PASSWORD are set. Makes two users of its own and
removes them again; nobody else's files are touched.
"""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import quote

import pytest
import requests
from requests.auth import HTTPBasicAuth

from backend.errors import BadInput, NotAllowed, NotFound, Unavailable
from backend.nextcloud.account import diagnose, sign_in
from backend.nextcloud.addresses import files_path
from backend.nextcloud.webdav import WebDavSource
from backend.settings import Settings

URL = os.environ.get("NEXTCLOUD_URL", "")
ADMIN = HTTPBasicAuth(os.environ.get("NEXTCLOUD_ADMIN_USER", ""), os.environ.get("NEXTCLOUD_ADMIN_PASSWORD", ""))

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(
        not (URL and ADMIN.username and ADMIN.password), reason="no Nextcloud given (NEXTCLOUD_URL, NEXTCLOUD_ADMIN_…)"
    ),
]

AWKWARD = "quote\"'&<>;=+,@!$()[]{}^`~ 100% #1?"


@dataclass(frozen=True)
class User:
    """A user of the server, and what a browser would do in their name."""

    name: str
    password: str
    source: WebDavSource

    async def dav(self, method: str, path: str, body: bytes = b"", **headers: str) -> requests.Response:
        url = URL + files_path(self.name, path)
        send = partial(requests.request, method, url, data=body, auth=self._auth, headers=headers, timeout=60)
        response = await asyncio.to_thread(send)
        response.raise_for_status()
        return response

    async def ocs(self, method: str, endpoint: str, **data: str) -> None:
        await ocs(method, endpoint, self._auth, **data)

    @property
    def _auth(self) -> HTTPBasicAuth:
        return HTTPBasicAuth(self.name.encode(), self.password.encode())


async def ocs(method: str, endpoint: str, auth: HTTPBasicAuth, **data: str) -> None:
    headers = {"OCS-APIRequest": "true", "Accept": "application/json"}
    send = partial(requests.request, method, f"{URL}/ocs/v2.php/{endpoint}", data=data, auth=auth, headers=headers)
    response = await asyncio.to_thread(partial(send, timeout=60))
    assert response.status_code == 200, response.text


@pytest.fixture
async def users() -> AsyncIterator[tuple[User, User]]:
    """Two users whose names hold what Nextcloud allows in names, with empty homes."""
    made = []
    for name in (f"Ann O'Neil@ward {secrets.token_hex(4)}", f"bob.{secrets.token_hex(4)}"):
        password = secrets.token_urlsafe(16)
        await ocs("POST", "cloud/users", ADMIN, userid=name, password=password, displayName=f"Display {name}")
        made.append(User(name, password, WebDavSource(URL, name, password)))
    ann, bob = made
    for user in made:
        for node in await user.source.children("/"):
            await user.dav("DELETE", node.path)
    yield ann, bob
    for user in made:
        await user.source.close()
        await ocs("DELETE", f"cloud/users/{quote(user.name, safe='')}", ADMIN)


async def test_files_are_listed_found_and_downloaded_byte_for_byte(users: tuple[User, User], tmp_path: Path) -> None:
    ann, _ = users
    content = secrets.token_bytes(300_000)
    await ann.dav("MKCOL", f"/{AWKWARD}")
    await ann.dav("PUT", f"/{AWKWARD}/Ärzte {AWKWARD}.txt", content)
    (folder,) = await ann.source.children("/")
    assert (folder.path, folder.is_folder) == (f"/{AWKWARD}", True)
    (node,) = await ann.source.children(folder.path)
    assert node.path == f"/{AWKWARD}/Ärzte {AWKWARD}.txt"
    assert (node.size, node.mime, node.is_folder) == (300_000, "text/plain", False)
    assert await ann.source.stat(node.path) == node
    assert (await ann.source.download(node.path, tmp_path / "out", max_bytes=300_000)).size == 300_000
    assert (tmp_path / "out").read_bytes() == content
    assert b"".join([piece async for piece in ann.source.stream(node.path)]) == content
    with pytest.raises(BadInput, match="is not a file"):
        await ann.source.download(folder.path, tmp_path / "folder", max_bytes=1000)
    with pytest.raises(NotFound):
        await ann.source.stat("/nope")


async def test_an_etag_changes_up_to_the_root_and_an_id_survives_change_and_move(users: tuple[User, User]) -> None:
    ann, _ = users
    await ann.dav("MKCOL", "/a")
    await ann.dav("MKCOL", "/a/b")
    await ann.dav("PUT", "/a/b/x.txt", b"one")
    before = [await ann.source.stat(path) for path in ("/", "/a", "/a/b", "/a/b/x.txt")]
    await ann.dav("PUT", "/a/b/x.txt", b"two!")
    after = [await ann.source.stat(path) for path in ("/", "/a", "/a/b", "/a/b/x.txt")]
    assert [node.file_id for node in after] == [node.file_id for node in before]
    assert all(new.etag != old.etag for new, old in zip(after, before, strict=True))
    await ann.dav("MOVE", "/a/b/x.txt", Destination=URL + files_path(ann.name, "/a/y.txt"))
    assert (await ann.source.stat("/a/y.txt")).file_id == after[3].file_id


async def test_readable_follows_sharing_at_once_and_takes_many_ids(users: tuple[User, User]) -> None:
    ann, bob = users
    await ann.dav("MKCOL", "/shared")
    await ann.dav("PUT", "/shared/x.txt", b"x")
    await ann.dav("PUT", "/own.txt", b"x")
    shared, own = await ann.source.stat("/shared/x.txt"), await ann.source.stat("/own.txt")
    asked = [shared.file_id, own.file_id]
    asked += [10**9 + number for number in range(200)]
    assert (await ann.source.readable(asked)).keys() == {shared.file_id, own.file_id}
    assert await bob.source.readable(asked) == {}
    await ann.ocs("POST", "apps/files_sharing/api/v1/shares", path="/shared", shareType="0", shareWith=bob.name)
    assert (await bob.source.readable(asked)).keys() == {shared.file_id}
    received = await bob.source.stat("/shared/x.txt")
    assert received.file_id == shared.file_id
    assert "S" in received.permissions
    (mount,) = await bob.source.children("/")
    assert mount.mount_type == "shared"
    await ann.dav("DELETE", "/shared")
    assert await bob.source.readable(asked) == {}


async def test_another_users_home_is_not_found(users: tuple[User, User]) -> None:
    ann, bob = users
    await bob.dav("PUT", "/secret.txt", b"x")
    source = WebDavSource(URL, bob.name, ann.password, login=ann.name)
    for ask in (source.stat("/"), source.children("/"), source.stat("/secret.txt")):
        with pytest.raises(NotFound):
            await ask
    secret = await bob.source.stat("/secret.txt")
    with pytest.raises(Unavailable):
        await source.readable([secret.file_id])
    assert await ann.source.readable([secret.file_id]) == {}
    await source.close()


async def test_the_account_is_found_and_a_wrong_password_named(users: tuple[User, User]) -> None:
    ann, _ = users
    account = await sign_in(URL + "/index.php/apps/files", ann.name, ann.password)
    assert (account.user_id, account.display_name) == (ann.name, f"Display {ann.name}")
    settings = {"nextcloud_url": URL, "nextcloud_user": ann.name, "nextcloud_app_password": ann.password}
    checks = await diagnose(Settings.model_validate(settings))
    assert all(check.ok for check in checks), checks
    wrong = WebDavSource(URL, ann.name, "not this one")
    with pytest.raises(NotAllowed, match="refused the app password"):
        await wrong.stat("/")
    await wrong.close()
