"""A Nextcloud of several users that an ExApp may act as: the stand-in for AppAPI, over HTTP on a free port.

It answers what docs/nextcloud-contract says and what was measured on Nextcloud 34: AppAPI's headers, PROPFIND (depth 0
and 1), SEARCH by file id in the asking user's whole view, GET, PUT (with `If-None-Match: *`), MKCOL, MOVE, DELETE,
shares with users, groups and by link, the list of users, `cloud/user` (401 for a disabled user, who is still served
over WebDAV), users and groups (`provisioning`), system tags (`systemtags`), notifications, and TaskProcessing
(`taskboard`).

It leaves unproved everything that only the real server does: its permissions beyond "may read", share expiry, what
trash and versions do beyond keeping and giving back, re-shares that outlive a share, locks, its own speed, and whether
its answers still look like this. The same scenario runs against a real Nextcloud in `tests/live`. Encrypted folders and
access rules, the other way round, are played here only.
"""

import base64
import itertools
import json
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit
from xml.sax.saxutils import escape

from defusedxml.ElementTree import fromstring

from backend.nextcloud.appapi import AppApi
from tests.servers.cloud import Cloud, Seen
from tests.servers.provisioning import Provisioning, ocs
from tests.servers.systemtags import SystemTags
from tests.servers.taskboard import TaskBoard

SECRET = "stand-in-secret"
_DAV = "/remote.php/dav"


class AppApiServer:
    """Serves a cloud. `requests` lists method, user and path of every request."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.requests: list[tuple[str, str, str]] = []
        self.lock = threading.Lock()
        self.enabled = False
        # Answers everything with what a Nextcloud in maintenance mode says.
        self.maintenance = False
        # Apps of Nextcloud that are switched off, by the part of the OCS paths that they answer.
        self.missing: set[str] = set()
        self.progress: list[int] = []
        self.config: dict[str, str] = {}
        self.wishes: dict[str, dict[str, str]] = {}
        self.webhooks: list[str] = []
        self.languages: dict[str, str] = {}
        self.provisioning = Provisioning(cloud)
        self.tags = SystemTags()
        # Each user's notifications, as Nextcloud lists them.
        self.notifications: dict[str, list[dict[str, Any]]] = {}
        # What is shown of the app: end of the OCS path, and the name or id.
        self.registered: set[tuple[str, str]] = set()
        self.states: dict[str, Any] = {}
        self.board = TaskBoard()
        self.numbers = itertools.count(1)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        # What its administrator says its address is (overwrite.cli.url).
        self.public_url = self.url
        self.appapi = AppApi(self.url, "voiceassist", "1.0.0", SECRET, "34.0.0")

    async def all_users(self) -> list[str]:
        """The users, as `Users.all` gives them."""
        with self.lock:
            return sorted(self.cloud.homes)

    @contextmanager
    def serving(self) -> Iterator["AppApiServer"]:
        """Serve in a thread of its own."""
        thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()


def _handler(server: AppApiServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            with server.lock:
                user, self.confirmed = self._user()
                server.requests.append((self.command, user or "", self.path))
                status, kind, content, headers = (
                    ocs(997, "Current user is not logged in", []) if user is None else self._route(user, body)
                )
                if server.maintenance:
                    status, kind, content, headers = 503, "text/html", b"<html>", {"X-Nextcloud-Maintenance-Mode": "1"}
            self.send_response(status)
            for name, value in {"Content-Type": kind, "Content-Length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_PUT = do_POST = do_DELETE = do_MKCOL = do_MOVE = _answer  # noqa: N815
        do_PROPFIND = do_SEARCH = do_REPORT = _answer  # noqa: N815

        def _user(self) -> tuple[str | None, bool]:
            """Who asks, and whether a password was confirmed by it."""
            scheme, _, basic = self.headers.get("Authorization", "").partition(" ")
            if scheme == "Basic":
                name, _, password = base64.b64decode(basic).decode().partition(":")
                confirmed = server.provisioning.signs_in(name, password)
                return (None, False) if confirmed is None else (name, confirmed)
            return self._by_appapi(), False

        def _by_appapi(self) -> str | None:
            try:
                given = base64.b64decode(self.headers.get("AUTHORIZATION-APP-API", ""), validate=True).decode()
            except ValueError:
                return None
            user, _, secret = given.partition(":")
            known = user == "" or user in server.cloud.homes
            return user if known and secret == SECRET and self.headers.get("EX-APP-ID") == "voiceassist" else None

        def _route(self, user: str, body: bytes) -> tuple[int, str, bytes, dict[str, str]]:
            path = unquote(urlsplit(self.path).path)
            if path.startswith("/ocs/"):
                return self._ocs(user, path, body)
            if path.rstrip("/") == _DAV and self.command == "SEARCH":
                return self._search(user, body)
            if path == f"{_DAV}/systemtags/" and self.command == "PROPFIND":
                return _multistatus(server.tags.listed())
            if path == f"{_DAV}/files/{user}/" and self.command == "REPORT":
                tagged = server.tags.report(server.cloud, user, body)
                if tagged is None:
                    return 412, "text/plain", b"", {}
                return _multistatus(_response(server.cloud, user, node) for node in tagged)
            if path.startswith((f"{_DAV}/trashbin/{user}/", f"{_DAV}/versions/{user}/")):
                return self._kept(user, path.rstrip("/"))
            prefix, _, inside = path.removeprefix(f"{_DAV}/files/").partition("/")
            if prefix != user:
                return 404, "text/plain", b"", {}
            return self._dav(user, "/" + inside.strip("/"), body)

        def _dav(self, user: str, path: str, body: bytes) -> tuple[int, str, bytes, dict[str, str]]:
            cloud = server.cloud
            there = cloud.at(user, path) is not None
            if self.command == "MKCOL" and there:
                return 405, "text/plain", b"", {}
            if self.command == "PUT" and there and self.headers.get("If-None-Match") == "*":
                return 412, "text/plain", b"", {}
            if self.command in ("PUT", "MKCOL"):
                done = cloud.write(user, path, body if self.command == "PUT" else None)
                headers = {"OC-FileId": f"{done.file_id:08}ocstandin"} if done else {}
                return (201 if done else 409), "text/plain", b"", headers
            if self.command == "DELETE":
                skip = self.headers.get("X-NC-Skip-Trashbin") == "true"
                return (204 if cloud.remove(user, path, skip_trash=skip) else 404), "text/plain", b"", {}
            if self.command == "MOVE":
                to = unquote(urlsplit(self.headers["Destination"]).path).removeprefix(f"{_DAV}/files/{user}")
                return (201 if cloud.move(user, path, to) else 403), "text/plain", b"", {}
            seen = cloud.at(user, path)
            if seen is None:
                return 404, "text/plain", b"", {}
            if self.command == "GET":
                if seen.item.file_id in cloud.forbidden or (user, seen.item.file_id) in cloud.unreadable:
                    return 403, "text/plain", b"", {}
                return 200, "text/plain", seen.item.content or b"", {"ETag": f'"{seen.item.changed}"'}
            below = cloud.children(user, seen) if self.headers.get("Depth") == "1" and seen.item.content is None else []
            rules = b"acl-enabled" in body
            return _multistatus(_response(cloud, user, node, rules=rules) for node in [seen, *below])

        def _kept(self, user: str, path: str) -> tuple[int, str, bytes, dict[str, str]]:
            """The trash, and the versions of a file: what is there, and giving it back."""
            cloud, parts = server.cloud, path.removeprefix(f"{_DAV}/").split("/")
            if parts[0] == "trashbin" and self.command == "MOVE":
                return (201 if cloud.restore(user, parts[3]) else 404), "text/plain", b"", {}
            if parts[0] == "versions" and self.command == "MOVE":
                done = cloud.restore_version(user, int(parts[3]), int(parts[4]))
                return (201 if done else 404), "text/plain", b"", {}
            names = list(cloud.trash[user])
            if parts[0] == "versions":
                found = [seen.item for seen in cloud.everything(user) if seen.item.file_id == int(parts[3])]
                names = [str(number) for number in range(len(found[0].versions))] if found else []
            hrefs = [path, *(f"{path}/{name}" for name in names)]
            return _multistatus(f"<d:response><d:href>{quote(href)}</d:href></d:response>" for href in hrefs)

        def _search(self, user: str, body: bytes) -> tuple[int, str, bytes, dict[str, str]]:
            wanted = {int(literal.text or 0) for literal in fromstring(body).iter("{DAV:}literal")}
            found = [node for node in server.cloud.everything(user) if node.item.file_id in wanted and node.path != "/"]
            return _multistatus(_response(server.cloud, user, node) for node in found)

        def _ocs(self, user: str, path: str, body: bytes) -> tuple[int, str, bytes, dict[str, str]]:
            cloud = server.cloud
            if user in cloud.disabled:
                return _json({}, 401)
            if path.endswith("/cloud/user"):
                return _json(
                    {
                        "id": user,
                        "display-name": user.title(),
                        "language": server.languages.get(user, "en"),
                        "groups": [group for group, members in cloud.groups.items() if user in members],
                    }
                )
            query = {key: values[0] for key, values in parse_qs(urlsplit(self.path).query).items()}
            people = server.provisioning.answer(user, self.confirmed, self.command, path, query, body)
            if people is not None:
                return people
            if path.endswith("/app_api/api/v1/users"):
                return _json(sorted(cloud.homes))
            if (answer := self._app_api(user, path, body)) is not None:
                return answer
            shares = "/apps/files_sharing/api/v1/shares"
            if path.endswith(shares) and self.command == "POST":
                given = {key: values[0] for key, values in parse_qs(body.decode()).items()}
                number = cloud.share(user, given["path"], int(given["shareType"]), given.get("shareWith", ""))
                return _json({"id": number}, 200 if number else 404)
            if shares in path and self.command == "DELETE":
                found = cloud.shares.pop(int(path.rsplit("/", 1)[1]), None)
                return _json({}, 200 if found else 404)
            return _json({}, 404)

        def _app_api(self, user: str, path: str, body: bytes) -> tuple[int, str, bytes, dict[str, str]] | None:
            """What an ExApp asks about itself and shows of itself."""
            given = json.loads(body) if body.startswith(b"{") else {}
            query = {key: values[0] for key, values in parse_qs(urlsplit(self.path).query).items()}
            if path.endswith("/cloud/capabilities"):
                version = {"major": 34, "minor": 0, "micro": 1, "string": "34.0.1", "extendedSupport": False}
                return _json({"version": version, "capabilities": {"app_api": {"loglevel": 2}, "notifications": {}}})
            if path.endswith("/info/nextcloud_url/absolute"):
                return _json({"absolute_url": f"{server.public_url}/{query['url'].lstrip('/')}"})
            if path.endswith("/ex-app/state"):
                return _json(server.enabled)
            if path.endswith("/ex-app/status"):
                server.progress.append(given["progress"])
                return _json([])
            if "/ex-app/" in path and path.endswith("/get-values"):
                stored = server.wishes.get(user, {}) if "/preference" in path else server.config
                keys = given["configKeys"]
                return _json([{"configkey": key, "configvalue": stored[key]} for key in keys if key in stored])
            if path.endswith("/ex-app/preference"):
                server.wishes.setdefault(user, {})[given["configKey"]] = given["configValue"]
                return _json([])
            if path.endswith("/ex-app/config"):
                server.config[given["configKey"]] = given["configValue"]
                return _json([])
            if path.endswith("/app_api/api/v1/notification"):
                return self._notify(user, given["params"])
            if "/notifications/api/v2/notifications" in path:
                return self._notifications(user, path.rsplit("/", 1)[1])
            if any(f"/{app}/" in path for app in server.missing):
                return _json([], 404)
            if "/webhook_listeners/" in path:
                if self.command == "DELETE":
                    server.webhooks.clear()
                    return _json(0)
                server.webhooks.append(given["event"])
                return _json({"id": len(server.webhooks)})
            if "/taskprocessing/" in path:
                return self._task(user, path, given)
            if "/app_api/api/" not in path:
                return None
            if path.endswith("/ui/initial-state") and self.command == "POST":
                server.states[given["key"]] = given["value"]
            name = (
                given.get("name") or given.get("path") or query.get("formId") or query.get("name") or query.get("path")
            )
            form, provider = given.get("formScheme"), given.get("provider")
            shown = (path.rsplit("/", 1)[1], str((form or provider or {}).get("id") or name))
            if self.command == "DELETE":
                server.registered.discard(shown)
            else:
                server.registered.add(shown)
            return _json([])

        def _task(self, user: str, path: str, given: dict[str, Any]) -> tuple[int, str, bytes, dict[str, str]]:
            board = server.board
            if path.endswith("/tasks_provider/next"):
                found = board.next(given["taskTypeIds"])
                return _json(found) if found else (204, "text/plain", b"", {})
            if path.endswith("/result"):
                board.finish(given["taskId"], given["output"], given["errorMessage"])
                return _json({})
            if path.endswith("/schedule"):
                return _json(*board.schedule(user, given))
            if "/tasks_provider/" in path and "/file/" in path:
                number, _, file_id = path.rpartition("/tasks_provider/")[2].partition("/file/")
                content = board.file(int(number), int(file_id))
                return _json({}, 404) if content is None else (200, "application/octet-stream", content, {})
            task = int(path.rsplit("/", 1)[1])
            if self.command == "DELETE":
                board.delete(task)
                return _json(None)
            return _json(*board.of(user, task))

        def _notify(self, user: str, given: dict[str, Any]) -> tuple[int, str, bytes, dict[str, str]]:
            told = given["subject_params"]
            notification = {
                "notification_id": next(server.numbers),
                "app": "voiceassist",
                "user": user,
                "object_type": given["object"],
                "object_id": given["object_id"],
                "subject": told["rich_subject"],
                "message": told["rich_message"],
                "link": told.get("link", ""),
            }
            server.notifications.setdefault(user, []).append(notification)
            return _json(notification)

        def _notifications(self, user: str, last: str) -> tuple[int, str, bytes, dict[str, str]]:
            mine = server.notifications.setdefault(user, [])
            if self.command == "DELETE":
                left = [one for one in mine if str(one["notification_id"]) != last]
                found, mine[:] = len(left) < len(mine), left
                return _json([], 200 if found else 404)
            return _json(mine)

    return Handler


def _json(data: object, status: int = 200) -> tuple[int, str, bytes, dict[str, str]]:
    body = json.dumps({"ocs": {"meta": {"status": "ok", "statuscode": status}, "data": data}}).encode()
    return status, "application/json", body, {}


def _response(cloud: Cloud, user: str, seen: Seen, *, rules: bool = False) -> str:
    is_folder = seen.item.content is None
    kind = "<d:collection/>" if is_folder else ""
    slash = "/" if is_folder and seen.path != "/" else ""
    readable = "" if (user, seen.item.file_id) in cloud.unreadable else "G"
    permissions = ("S" if seen.mount else "") + f"R{readable}DNVW"
    # Every node in a group folder has this property, and no other has it.
    acl = ""
    if rules and seen.mount == "group":
        acl = f"<nc:acl-enabled>{'1' if cloud.has_access_rules(seen.item) else ''}</nc:acl-enabled>"
    return (
        f"<d:response><d:href>{_DAV}/files/{quote(user)}{quote(seen.path)}{slash}</d:href><d:propstat><d:prop>"
        f"<d:resourcetype>{kind}</d:resourcetype><d:getetag>&quot;{cloud.etag(user, seen)}&quot;</d:getetag>"
        f"<d:getcontenttype>{'' if is_folder else 'text/plain'}</d:getcontenttype>"
        f"<oc:fileid>{seen.item.file_id}</oc:fileid><oc:id>{seen.item.file_id:08}ocstandin</oc:id>"
        f"<oc:size>{len(seen.item.content or b'')}</oc:size>"
        f"<oc:permissions>{permissions}</oc:permissions><nc:mount-type>{seen.mount}</nc:mount-type>"
        f"<oc:owner-id>{escape(seen.owner)}</oc:owner-id>"
        f"<nc:is-encrypted>{int(seen.item.encrypted)}</nc:is-encrypted>{acl}"
        "</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"
    )


def _multistatus(responses: Iterable[str]) -> tuple[int, str, bytes, dict[str, str]]:
    body = (
        '<?xml version="1.0"?><d:multistatus xmlns:d="DAV:" xmlns:oc="http://owncloud.org/ns" '
        f'xmlns:nc="http://nextcloud.org/ns">{"".join(responses)}</d:multistatus>'
    )
    return 207, "application/xml; charset=utf-8", body.encode(), {}
