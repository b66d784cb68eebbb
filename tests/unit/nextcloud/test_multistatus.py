"""WebDAV answers: what they say, and what is too little to go on."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.errors import Unavailable
from backend.nextcloud.files import Node
from backend.nextcloud.multistatus import entries, search_by_id

HEAD = '<d:multistatus xmlns:d="DAV:" xmlns:oc="http://owncloud.org/ns" xmlns:nc="http://nextcloud.org/ns">'

# As a Nextcloud 34 sends it.
FILE = (
    "<d:response><d:href>/remote.php/dav/files/alice/a%20%23b.txt</d:href><d:propstat><d:prop><d:resourcetype/>"
    "<d:getetag>&quot;dd8bea80634bc62192d22d470db531cb&quot;</d:getetag>"
    "<d:getcontenttype>text/plain;charset=UTF-8</d:getcontenttype><d:getcontentlength>3</d:getcontentlength>"
    "<d:getlastmodified>Sun, 22 Nov 2026 01:58:16 GMT</d:getlastmodified><oc:fileid>137</oc:fileid><oc:size>3</oc:size>"
    "<oc:permissions>SRGDNVW</oc:permissions><nc:mount-type>shared</nc:mount-type></d:prop>"
    "<d:status>HTTP/1.1 200 OK</d:status></d:propstat>"
    "<d:propstat><d:prop><nc:is-encrypted/></d:prop><d:status>HTTP/1.1 404 Not Found</d:status></d:propstat>"
    "</d:response>"
)
FOREIGN_HOME = (
    "<d:response><d:href>/remote.php/dav/files/bob/</d:href><d:propstat><d:prop><d:resourcetype><d:collection/>"
    "</d:resourcetype></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat><d:propstat><d:prop><d:getetag/>"
    "<oc:fileid/></d:prop><d:status>HTTP/1.1 404 Not Found</d:status></d:propstat></d:response>"
)


def multistatus(*responses: str) -> bytes:
    return f"{HEAD}{''.join(responses)}</d:multistatus>".encode()


def test_a_file_is_read_with_all_its_properties() -> None:
    (entry,) = entries(multistatus(FILE))
    assert entry.node("alice") == Node(
        file_id=137,
        path="/a #b.txt",
        is_folder=False,
        etag="dd8bea80634bc62192d22d470db531cb",
        size=3,
        mime="text/plain",
        modified=datetime(2026, 11, 22, 1, 58, 16, tzinfo=UTC),
        permissions="SRGDNVW",
        mount_type="shared",
    )


@pytest.mark.parametrize(
    ("told", "access_rules"), [("<nc:acl-enabled>1</nc:acl-enabled>", True), ("<nc:acl-enabled/>", False)]
)
def test_a_group_folder_tells_whether_it_has_access_rules(told: str, access_rules: bool) -> None:
    """As groupfolders 22 answers, which is not asked of other folders."""
    (entry,) = entries(multistatus(FILE.replace("<oc:size>", f"{told}<oc:size>", 1)))
    node = entry.node("alice")
    assert node is not None
    assert node.access_rules is access_rules


def test_an_end_to_end_encrypted_folder_is_marked() -> None:
    (entry,) = entries(multistatus(FILE.replace("<oc:size>", "<nc:is-encrypted>1</nc:is-encrypted><oc:size>", 1)))
    node = entry.node("alice")
    assert node is not None
    assert node.encrypted


def test_a_property_that_is_not_there_is_not_taken_from_its_404() -> None:
    (entry,) = entries(multistatus(FILE.replace("200 OK", "404 Not Found")))
    assert entry.node("alice") is None
    assert entry.file_id() is None


def test_another_users_home_is_no_node() -> None:
    (entry,) = entries(multistatus(FOREIGN_HOME))
    assert entry.node("bob") is None


def test_a_date_that_makes_no_sense_is_1970() -> None:
    (entry,) = entries(multistatus(FILE.replace("Sun, 22 Nov 2026", "Someday")))
    node = entry.node("alice")
    assert node is not None
    assert node.modified == datetime(1970, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><body>Log in</body></html>",
        b"<!doctype html><p>Log in",
        multistatus(FILE)[:-20],
        b'<!DOCTYPE x [<!ENTITY a "b">]>' + multistatus(FILE),
        b'<?xml version="1.0" encoding="nonsense"?><a/>',
    ],
)
def test_what_is_not_a_whole_multistatus_is_refused(body: bytes) -> None:
    assert len(entries(multistatus(FILE, FILE))) == 2
    with pytest.raises(Unavailable):
        entries(body)


@given(st.binary(max_size=300))
def test_no_bytes_bring_anything_but_entries_or_unavailable(noise: bytes) -> None:
    for body in (noise, HEAD.encode() + noise, multistatus(FILE)[: len(noise)] + noise):
        try:
            found = entries(body)
        except Unavailable:
            continue
        for entry in found:
            entry.node("alice")


def test_a_user_id_cannot_change_the_search() -> None:
    assert b"<d:href>/files/a&lt;/d:href&gt;&amp;</d:href>" in search_by_id("a</d:href>&", [1])
