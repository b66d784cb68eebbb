"""Addresses: what people type, what is sent, and what comes back."""

import posixpath
from urllib.parse import unquote, urlsplit

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from backend.errors import BadInput
from backend.nextcloud.addresses import files_path, path_of, server_url

names = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1).filter(
    lambda name: name not in (".", "..")
)
paths = st.lists(names, max_size=5).map(lambda segments: "/" + "/".join(segments))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("https://cloud.example.org", "https://cloud.example.org"),
        ("  https://cloud.example.org/  ", "https://cloud.example.org"),
        ("http://192.168.1.5:8080/nextcloud/", "http://192.168.1.5:8080/nextcloud"),
        ("https://cloud.example.org/index.php/apps/files/?dir=/", "https://cloud.example.org"),
        ("https://cloud.example.org/nextcloud/apps/dashboard/", "https://cloud.example.org/nextcloud"),
        ("https://cloud.example.org/remote.php/dav/files/alice/", "https://cloud.example.org"),
        ("https://cloud.example.org/login", "https://cloud.example.org"),
        ("https://cloud.example.org/apps/nextcloud", "https://cloud.example.org/apps/nextcloud"),
    ],
)
def test_the_server_is_found_in_what_people_copy_from_the_address_bar(typed: str, meant: str) -> None:
    assert server_url(typed) == meant


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "cloud.example.org",
        "ftp://cloud.example.org",
        "https://",
        "https:///files",
        "http://[::1",
        "http://host:99999",
        "http://host:x",
    ],
)
def test_what_is_no_web_address_is_refused(typed: str) -> None:
    with pytest.raises(BadInput, match=r"https://cloud\.example\.org"):
        server_url(typed)


def test_an_address_with_a_password_is_refused_without_repeating_it() -> None:
    with pytest.raises(BadInput) as caught:
        server_url("https://alice:s3cret@cloud.example.org")
    assert "s3cret" not in str(caught.value)


@given(user=names, path=paths)
def test_a_path_survives_quoting_and_the_way_back(user: str, path: str) -> None:
    assert path_of(files_path(user, path), user) == path


@given(user=names, path=paths)
def test_what_requests_sends_is_what_was_quoted(user: str, path: str) -> None:
    quoted = files_path(user, path)
    sent = urlsplit(requests.Request("GET", f"http://host{quoted}").prepare().url or "")
    assert sent.query == ""
    assert sent.fragment == ""
    assert [unquote(segment) for segment in sent.path.split("/")] == [unquote(segment) for segment in quoted.split("/")]


@pytest.mark.parametrize("user", ["", ".", ".."])
def test_a_name_that_is_no_users_leads_to_no_home(user: str) -> None:
    with pytest.raises(BadInput):
        files_path(user, "/bob/secret.txt")


_STEPS = st.sampled_from(
    ["..", ".", "%2e%2e", "..%2f", "%2F", "a", "bob", "remote.php", "dav", "files", "", "\\", "%00", "\r\nX: y"]
)


@given(href=st.lists(_STEPS | st.text(max_size=5), max_size=12).map("/".join))
def test_wherever_a_server_says_that_a_file_lies_it_is_asked_for_in_the_users_home(href: str) -> None:
    try:
        found = path_of(f"/remote.php/dav/files/alice/{href}", "alice")
        asked = files_path("alice", found or "/")
    except (BadInput, ValueError):
        return
    assert posixpath.normpath(asked).startswith("/remote.php/dav/files/alice")
    assert asked.isascii()
    assert asked.isprintable()
    sent = urlsplit(requests.Request("GET", f"http://host{asked}").prepare().url or "").path
    assert [unquote(segment) for segment in sent.split("/")] == [unquote(segment) for segment in asked.split("/")]


@pytest.mark.parametrize("path", ["/../bob/secret.txt", "/a/./b", "/a/..", "/a\0b", "/\ud800"])
def test_a_path_cannot_leave_the_home(path: str) -> None:
    with pytest.raises(BadInput):
        files_path("alice", path)


@pytest.mark.parametrize(
    ("href", "path"),
    [
        ("/remote.php/dav/files/alice/", "/"),
        ("/remote.php/dav/files/alice", "/"),
        ("/nextcloud/remote.php/dav/files/alice/a%20b/c", "/a b/c"),
        ("https://other.example/remote.php/dav/files/alice/x", "/x"),
        ("/remote.php/dav/files/%61lice/%23%3F%25.txt", "/#?%.txt"),
        ("/remote.php/dav/files/bob/x", None),
        ("/remote.php/dav/files/alice2/x", None),
        ("/status.php", None),
    ],
)
def test_an_href_is_read_whatever_the_prefix_and_only_in_the_users_own_home(href: str, path: str | None) -> None:
    assert path_of(href, "alice") == path
