"""The front of the sample server: one WSGI application that routes, signs in and speaks Nextcloud's dialect of DAV."""

import hmac
import json
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from backend.nextcloud.addresses import DAV
from backend.nextcloud.demo.browse import open_in_browser
from backend.nextcloud.demo.provider import FILE_PERMISSIONS, FOLDER_PERMISSIONS
from backend.nextcloud.demo.registry import Registry

USER = "demo"
DISPLAY_NAME = "Demo"

FILES = f"{DAV}/files/{USER}"
CALENDARS = f"{DAV}/calendars"
ADDRESS_BOOKS = f"{DAV}/addressbooks/users"
PRINCIPAL = f"{DAV}/principals/users/{USER}/"

# What a SEARCH of a few thousand ids takes.
_LONGEST_BODY = 1024 * 1024

Environ = dict[str, Any]
StartResponse = Callable[..., object]
WsgiApp = Callable[[Environ, StartResponse], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer in memory."""

    status: str
    kind: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()

    def send(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """As WSGI wants it; without the body for HEAD."""
        start_response(
            self.status, [("Content-Type", self.kind), ("Content-Length", str(len(self.body))), *self.headers]
        )
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [self.body]


@dataclass(frozen=True, slots=True)
class Dialect:
    """The application. `files` is mounted at `FILES`; `calendars` and `contacts` are Radicale applications."""

    password: str
    link_secret: bytes
    registry: Registry
    folder: str
    files: WsgiApp
    calendars: WsgiApp
    contacts: WsgiApp

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Route one request."""
        path = _text(environ["PATH_INFO"])
        if path == "/status.php":
            return _json({"installed": True, "maintenance": False, **_VERSION}).send(environ, start_response)
        if path.startswith(("/f/", "/index.php/f/")):
            return open_in_browser(environ, start_response, self.registry, self.folder, self.link_secret)
        if not path.startswith(("/remote.php/", "/ocs/")):
            return _NOT_FOUND.send(environ, start_response)
        if any(segment in (".", "..") for segment in path.split("/")):
            # WsgiDAV means to refuse these, but announces a body that it does not send.
            return _BAD_REQUEST.send(environ, start_response)
        if not self._is_signed_in(environ.get("HTTP_AUTHORIZATION", "")):
            return _UNAUTHORIZED.send(environ, start_response)
        return self._route(path, environ)(environ, start_response)

    def _route(self, path: str, environ: Environ) -> WsgiApp:
        if _is_below(path, FILES):
            return self._mounted(self.files, FILES, "")
        if _is_below(path, f"{CALENDARS}/{USER}"):
            return self._mounted(self.calendars, CALENDARS, USER)
        if _is_below(path, f"{ADDRESS_BOOKS}/{USER}"):
            return self._mounted(self.contacts, ADDRESS_BOOKS, USER)
        if path.startswith("/ocs/"):
            return _ocs(path).send
        if path.rstrip("/") == DAV and environ["REQUEST_METHOD"] == "SEARCH":
            return self._search(environ).send
        if path.rstrip("/") in (DAV, PRINCIPAL.rstrip("/")) and environ["REQUEST_METHOD"] == "PROPFIND":
            return _principal(path).send
        return _NOT_FOUND.send

    @staticmethod
    def _mounted(app: WsgiApp, mount: str, remote_user: str) -> WsgiApp:
        """`app` below the path `mount`, told who is signed in."""

        def call(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
            inner = {key: value for key, value in environ.items() if key != "HTTP_X_SCRIPT_NAME"}
            inner |= {
                "SCRIPT_NAME": mount,
                "PATH_INFO": environ["PATH_INFO"][len(mount) :] or "/",
                "REMOTE_USER": remote_user,
            }
            return app(inner, start_response)

        return call

    def _is_signed_in(self, header: str) -> bool:
        kind, _, encoded = header.partition(" ")
        try:
            given = b64decode(encoded.strip(), validate=True)
        except (Base64Error, ValueError):
            return False
        return kind.lower() == "basic" and hmac.compare_digest(given, f"{USER}:{self.password}".encode())

    def _search(self, environ: Environ) -> Answer:
        """SEARCH (RFC 5323) for file ids, the one search that VoiceAssist sends."""
        length = environ.get("CONTENT_LENGTH") or "0"
        if not length.isdigit() or int(length) > _LONGEST_BODY:
            return _BAD_REQUEST
        try:
            query = fromstring(environ["wsgi.input"].read(int(length)), forbid_dtd=True)
        except (ParseError, DefusedXmlException, ValueError):
            return _BAD_REQUEST
        wanted = {
            int(literal.text)
            for equal in query.iterfind(".//{DAV:}where//{DAV:}eq")
            if equal.find("{DAV:}prop/{http://owncloud.org/ns}fileid") is not None
            for literal in equal.iterfind("{DAV:}literal")
            if literal.text and literal.text.strip().isdecimal()
        }
        by_id = self.registry.snapshot().by_id
        return _multistatus(
            _response(
                f"{FILES}{quote(entry.path)}",
                f"<d:resourcetype>{'<d:collection/>' if entry.is_folder else ''}</d:resourcetype>"
                f"<oc:fileid>{entry.file_id}</oc:fileid><oc:permissions>"
                f"{FOLDER_PERMISSIONS if entry.is_folder else FILE_PERMISSIONS}</oc:permissions>",
            )
            for entry in (by_id[file_id] for file_id in sorted(wanted) if file_id in by_id)
        )


_VERSION = {"version": "0.0.0.0", "versionstring": "0.0.0", "productname": "VoiceAssist sample server"}  # noqa: S104
_NOT_FOUND = Answer("404 Not Found", "text/plain", b"Not found.\n")
_BAD_REQUEST = Answer("400 Bad Request", "text/plain", b"This request is not understood.\n")
_UNAUTHORIZED = Answer(
    "401 Unauthorized", "text/plain", b"Wrong password.\n", (("WWW-Authenticate", 'Basic realm="Sample server"'),)
)


def _text(path: str) -> str:
    """A WSGI path (bytes as Latin-1, PEP 3333) as text."""
    return path.encode("latin-1").decode("utf-8", "surrogateescape")


def _is_below(path: str, mount: str) -> bool:
    return path == mount or path.startswith(f"{mount}/")


def _json(data: object, status: str = "200 OK") -> Answer:
    return Answer(status, "application/json; charset=utf-8", json.dumps(data).encode())


def _ocs(path: str) -> Answer:
    match path.rstrip("/"):
        case "/ocs/v2.php/cloud/user" | "/ocs/v1.php/cloud/user":
            data: object = {"id": USER, "enabled": True, "displayname": DISPLAY_NAME, "display-name": DISPLAY_NAME}
        case "/ocs/v2.php/cloud/capabilities" | "/ocs/v1.php/cloud/capabilities":
            data = {"version": {"major": 0, "minor": 0, "micro": 0, "string": "0.0.0"}, "capabilities": {}}
        case _:
            return _json(
                {"ocs": {"meta": {"status": "failure", "statuscode": 404, "message": ""}, "data": []}}, "404 Not Found"
            )
    return _json({"ocs": {"meta": {"status": "ok", "statuscode": 200, "message": "OK"}, "data": data}})


def _principal(path: str) -> Answer:
    """Where a CalDAV or CardDAV client finds its way (RFC 5397, RFC 4791 6.2.1, RFC 6352 7.1.1)."""
    properties = (
        "<d:resourcetype><d:collection/><d:principal/></d:resourcetype>"
        f"<d:displayname>{escape(DISPLAY_NAME)}</d:displayname>"
        f"<d:current-user-principal><d:href>{PRINCIPAL}</d:href></d:current-user-principal>"
        f"<d:principal-URL><d:href>{PRINCIPAL}</d:href></d:principal-URL>"
        f"<cal:calendar-home-set><d:href>{CALENDARS}/{USER}/</d:href></cal:calendar-home-set>"
        f"<card:addressbook-home-set><d:href>{ADDRESS_BOOKS}/{USER}/</d:href></card:addressbook-home-set>"
    )
    return _multistatus([_response(path, properties)])


def _response(href: str, properties: str) -> str:
    return (
        f"<d:response><d:href>{href}</d:href><d:propstat><d:prop>{properties}</d:prop>"
        "<d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"
    )


def _multistatus(responses: Iterable[str]) -> Answer:
    body = (
        '<?xml version="1.0"?><d:multistatus xmlns:d="DAV:" xmlns:oc="http://owncloud.org/ns" '
        'xmlns:cal="urn:ietf:params:xml:ns:caldav" xmlns:card="urn:ietf:params:xml:ns:carddav">'
        f"{''.join(responses)}</d:multistatus>"
    )
    return Answer("207 Multi-Status", "application/xml; charset=utf-8", body.encode())
