"""What people do in Nextcloud, over WebDAV and OCS, and what each of them sees there."""

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote

import httpx

from backend.nextcloud.appapi import AppApi
from backend.nextcloud.files import FileSource, Node
from backend.nextcloud.sources import ActAs

# Each name and each text holds a word that stands nowhere else, so a leak cannot hide.
WORD = re.compile(r"zq\d+xv[a-z]+")
_HREF = re.compile(r"<d:href>([^<]+)</d:href>")
# While VoiceAssist fetches a file Nextcloud holds a shared lock on it, and refuses to delete, move or overwrite it for
# that moment: people see "locked" and try again (seconds).
_LOCKED, _TRIES, _AGAIN = 423, 20, 0.5
_SHARES = "/ocs/v2.php/apps/files_sharing/api/v1/shares"


class Headers(httpx.Auth):
    """AppAPI's headers for one user."""

    def __init__(self, appapi: AppApi, user: str) -> None:
        self._headers = {**ActAs(appapi, user).headers, "OCS-APIRequest": "true"}

    def auth_flow(self, request: httpx.Request) -> Iterator[httpx.Request]:  # type: ignore[override]
        """See `httpx.Auth`."""
        request.headers.update(self._headers)
        yield request


class Person:
    """What one user does in Nextcloud."""

    def __init__(self, appapi: AppApi, user: str, http: httpx.AsyncClient) -> None:
        self.user = user
        self._url = appapi.url
        self._auth = Headers(appapi, user)
        self._http = http

    async def dav(self, method: str, path: str, content: bytes = b"", to: str = "") -> int:
        """A request about a path in the user's home; its status."""
        home = f"/remote.php/dav/files/{self.user}"
        return (await self._dav(method, home + quote(path), content, home + quote(to) if to else "")).status_code

    async def share(self, path: str, kind: int, recipient: str) -> str | None:
        """Share with a user (0), a group (1) or by a link (3); its id, or None when Nextcloud does not allow it."""
        data = {"path": path, "shareType": str(kind)}
        if kind != 3:
            data |= {"shareWith": recipient, "permissions": "31"}
        answer = await self._http.post(f"{self._url}{_SHARES}?format=json", data=data, auth=self._auth)
        return str(answer.json()["ocs"]["data"]["id"]) if answer.status_code == 200 else None

    async def end_share(self, share_id: str, day: str) -> int:
        """Have a share expire at the end of a day (YYYY-MM-DD); the status."""
        url = f"{self._url}{_SHARES}/{share_id}?format=json"
        return (await self._http.put(url, data={"expireDate": day}, auth=self._auth)).status_code

    async def unshare(self, share_id: str) -> None:
        """Take a share back."""
        await self._http.delete(f"{self._url}{_SHARES}/{share_id}?format=json", auth=self._auth)

    async def trash(self) -> list[str]:
        """What is in the trash, by its name there, still quoted."""
        return await self._names(f"/remote.php/dav/trashbin/{self.user}/trash")

    async def restore(self, name: str) -> int:
        """Take something out of the trash; the status."""
        bin_ = f"/remote.php/dav/trashbin/{self.user}"
        return (await self._dav("MOVE", f"{bin_}/trash/{name}", to=f"{bin_}/restore/{name}")).status_code

    async def versions(self, file_id: int) -> list[str]:
        """The versions of a file, newest last."""
        return sorted(await self._names(f"/remote.php/dav/versions/{self.user}/versions/{file_id}"))

    async def restore_version(self, file_id: int, version: str) -> int:
        """Make an earlier version the present one; the status."""
        at = f"/remote.php/dav/versions/{self.user}"
        return (await self._dav("MOVE", f"{at}/versions/{file_id}/{version}", to=f"{at}/restore/x")).status_code

    async def tag(self, file_id: int, tag_id: int, *, on: bool = True) -> int:
        """Put a system tag on a file or folder, or take it off; the status."""
        path = f"/remote.php/dav/systemtags-relations/files/{file_id}/{tag_id}"
        return (await self._dav("PUT" if on else "DELETE", path)).status_code

    async def _names(self, path: str) -> list[str]:
        answer = await self._dav("PROPFIND", path)
        found = [href.rstrip("/") for href in _HREF.findall(answer.text)] if answer.status_code == 207 else []
        return [href.rsplit("/", 1)[1] for href in found if not href.endswith(path)]

    async def _dav(self, method: str, path: str, content: bytes = b"", to: str = "") -> httpx.Response:
        headers = {"Depth": "1"} if method == "PROPFIND" else {}
        headers |= {"Destination": self._url + to} if to else {}
        for _ in range(_TRIES):
            answer = await self._http.request(
                method, self._url + path, content=content, headers=headers, auth=self._auth
            )
            if answer.status_code != _LOCKED:
                break
            await asyncio.sleep(_AGAIN)
        return answer


@dataclass
class Sight:
    """What a user sees in Nextcloud at one moment. It owes nothing to the product.

    A file that was shared both by itself and with a folder above it has two paths. What lies in a folder that is
    encrypted end to end, and what access rules forbid to read, is listed and cannot be opened.
    """

    nodes: list[Node] = field(default_factory=list)
    files: dict[int, set[str]] = field(default_factory=dict)
    own: set[int] = field(default_factory=set)
    folders: list[str] = field(default_factory=lambda: ["/"])
    words: set[str] = field(default_factory=set)

    @property
    def ids(self) -> set[int]:
        """Ids of all files and folders that Nextcloud lists to the user."""
        return {node.file_id for node in self.nodes}

    def paths(self) -> list[str]:
        """Everything that may be moved, shared or deleted."""
        return sorted({*self.folders[1:], *(path for paths in self.files.values() for path in paths)})


async def look(source: FileSource) -> Sight:
    """Walk all folders of a user."""
    sight, left = Sight(), [("/", False)]
    while left:
        path, sealed = left.pop()
        for node in await source.children(path):
            sight.nodes.append(node)
            sight.words.update(WORD.findall(node.path))
            if not node.mount_type:
                sight.own.add(node.file_id)
            if node.is_folder:
                left.append((node.path, sealed or node.encrypted))
                if not (sealed or node.encrypted):
                    sight.folders.append(node.path)
            elif not sealed and "G" in node.permissions:
                sight.files.setdefault(node.file_id, set()).add(node.path)
    sight.folders.sort()
    return sight
