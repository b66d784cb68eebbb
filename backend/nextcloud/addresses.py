"""Addresses at a Nextcloud server: the server's own, those of files over WebDAV, and back from an answer to a path."""

import re
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from backend.errors import BadInput

DAV = "/remote.php/dav"

# What people copy out of the browser's address bar instead of the server's address. Nothing that could as well be the
# name of a sub-directory.
_PAGES = re.compile(r"/(index\.php|remote\.php|status\.php|login|apps/files|apps/dashboard)(/.*)?$")


def server_url(text: str) -> str:
    """The address of the server (scheme, host, port, path of a sub-directory install) in what a person typed.

    Raises `BadInput` when it is no http address, or carries a user name or password: those would end up in logs.
    """
    try:
        parts = urlsplit(text.strip())
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets that do not close, a port that is no number
        usable = False
    if not usable:
        raise BadInput("The address of Nextcloud must look like https://cloud.example.org.", field="nextcloud_url")
    if parts.username is not None or parts.password is not None:
        raise BadInput(
            "The address of Nextcloud must not contain a user name or password; set NEXTCLOUD_USER and "
            "NEXTCLOUD_APP_PASSWORD.",
            field="nextcloud_url",
        )
    path = _PAGES.sub("", parts.path.rstrip("/")).rstrip("/")
    return urlunsplit((parts.scheme, parts.netloc, path, "", ""))


def files_path(user_id: str, path: str) -> str:
    """The quoted path below the server's address of the file or folder at `path` in a user's home."""
    segments = [segment for segment in path.split("/") if segment]
    if any(segment in (".", "..") for segment in (user_id, *segments)) or not user_id or "\0" in path:
        raise BadInput(f"{path!r} is not a path in the files of {user_id}.")
    try:
        return "/".join((f"{DAV}/files", quote(user_id, safe=""), *(quote(segment, safe="") for segment in segments)))
    except UnicodeEncodeError as error:
        raise BadInput(f"{path!r} is not valid Unicode.") from error


def path_of(href: str, user_id: str) -> str | None:
    """The path in a user's home that a `d:href` names, or None when it names something else.

    The server may name itself by another prefix than we do (a sub-directory, a reverse proxy), so only the end counts.
    Segments are compared after unquoting, each on its own: servers quote differently, and a name may hold "%2F".
    """
    segments = [unquote(segment) for segment in urlsplit(href).path.split("/")]
    home = ["remote.php", "dav", "files", user_id]
    for at in range(len(segments) - len(home) + 1):
        if segments[at : at + len(home)] == home:
            return "/" + "/".join(segment for segment in segments[at + len(home) :] if segment)
    return None
