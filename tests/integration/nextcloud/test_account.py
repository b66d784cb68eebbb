"""`diagnose` names the hop that fails and what to do about it; `sign_in` says who we are."""

import json
import socket
import ssl
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from backend.errors import NotAllowed, Unavailable
from backend.nextcloud.account import Account, Check, Hop, diagnose, sign_in
from backend.nextcloud.demo.server import DemoServer
from backend.settings import Settings
from tests.servers.faulty import FaultyServer, Request, Script, answer

STATUS = {"installed": True, "maintenance": False, "needsDbUpgrade": False, "versionstring": "34.0.1"}


def configured(url: str, user: str = "alice", password: str = "s3cret") -> Settings:
    return Settings.model_validate(
        {"nextcloud_url": url, "nextcloud_user": user, "nextcloud_app_password": password, "app_port": 0}
    )


async def failing(settings: Settings) -> Check:
    """The last check, which failed; all before it are fine, and no secret is in any of them."""
    *fine, last = await diagnose(settings)
    assert all(check.ok and not check.remedy for check in fine)
    assert not last.ok
    assert last.remedy
    assert "s3cret" not in repr((fine, last))
    return last


async def test_with_everything_in_place_all_hops_are_fine(demo_server: DemoServer) -> None:
    checks = await diagnose(configured(demo_server.url, demo_server.user_id, demo_server.password))
    assert all(check.ok for check in checks), checks
    assert [check.hop for check in checks] == [
        Hop.SETTINGS,
        Hop.DNS,
        Hop.TCP,
        Hop.HTTP,
        Hop.NEXTCLOUD,
        Hop.MAINTENANCE,
        Hop.LOGIN,
        Hop.FILES,
    ]


async def test_without_an_address_the_sample_server_is_used() -> None:
    (check,) = await diagnose(configured("", "", ""))
    assert check.ok
    assert "sample server" in check.detail


async def test_sign_in_tells_the_uid_and_the_name(demo_server: DemoServer) -> None:
    assert await sign_in(demo_server.url, "demo", demo_server.password) == Account("demo", "Demo")
    with pytest.raises(NotAllowed):
        await sign_in(demo_server.url, "demo", "wrong")


@pytest.mark.parametrize(
    ("url", "user", "password", "says"),
    [
        ("http://alice:s3cret@127.0.0.1", "alice", "x", "must not contain"),
        ("http://127.0.0.1", "", "x", "NEXTCLOUD_USER"),
        ("http://127.0.0.1", "alice", "", "NEXTCLOUD_APP_PASSWORD"),
    ],
)
async def test_a_missing_or_wrong_setting_is_named(url: str, user: str, password: str, says: str) -> None:
    check = await failing(configured(url, user, password))
    assert check.hop is Hop.SETTINGS
    assert says in check.detail


async def test_an_unknown_name_fails_at_dns() -> None:
    assert (await failing(configured("https://no-such-host.invalid"))).hop is Hop.DNS


async def test_a_closed_port_fails_at_tcp() -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        check = await failing(configured(f"http://127.0.0.1:{reserved.getsockname()[1]}"))
    assert check.hop is Hop.TCP


async def test_http_where_tls_was_meant_and_a_certificate_of_nobody_fail_at_tls(self_signed: tuple[Path, Path]) -> None:
    with FaultyServer(lambda _: answer("200 OK")) as server:
        assert (await failing(configured(server.url.replace("http:", "https:")))).hop is Hop.TLS
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*self_signed)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            for _ in range(2):
                try:
                    connection, _peer = listener.accept()
                except OSError:  # the test has ended: nobody tried a second time
                    return
                with connection:
                    try:
                        context.wrap_socket(connection, server_side=True).close()
                    except OSError:
                        continue

        threading.Thread(target=serve, daemon=True).start()
        check = await failing(configured(f"https://127.0.0.1:{listener.getsockname()[1]}"))
    assert check.hop is Hop.TLS
    assert "REQUESTS_CA_BUNDLE" in check.remedy


def nextcloud(status: dict[str, object], **answers: Script) -> Callable[[Request], Script]:
    """A server with this status page and these answers by method."""

    def respond(request: Request) -> Script:
        if request.target.endswith("/status.php"):
            assert "authorization" not in request.headers
            return answer("200 OK", json.dumps(status).encode(), Content_Type="application/json")
        return answers[request.method]

    return respond


FORBIDDEN = answer("401 Unauthorized", rb"<s:exception>OCA\DAV\...\PasswordLoginForbidden</s:exception>")
ROOT = (
    b'<d:multistatus xmlns:d="DAV:"><d:response><d:href>/remote.php/dav/</d:href><d:propstat><d:prop><d:resourcetype/>'
    b"</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response></d:multistatus>"
)
DAV_ROOT = answer("207 Multi-Status", ROOT, Content_Type="application/xml")
USER = json.dumps({"ocs": {"meta": {}, "data": {"id": "alice", "display-name": "Alice"}}}).encode()


@pytest.mark.parametrize(
    ("respond", "hop", "says"),
    [
        (lambda _: answer("404 Not Found"), Hop.NEXTCLOUD, "no Nextcloud at"),
        (lambda _: answer("200 OK", b"<html>It works!</html>"), Hop.NEXTCLOUD, "no Nextcloud at"),
        (lambda _: answer("200 OK", b'{"hello": 1}'), Hop.NEXTCLOUD, "no Nextcloud at"),
        (lambda _: answer("301 Moved", Location="https://cloud.example/x"), Hop.HTTP, "https://cloud.example"),
        (lambda _: answer("502 Bad Gateway"), Hop.HTTP, "502"),
        (lambda _: answer("401 Unauthorized"), Hop.HTTP, "before Nextcloud"),
        (lambda _: [b""], Hop.HTTP, "broke"),
        (nextcloud(STATUS | {"installed": False}), Hop.NEXTCLOUD, "not set up"),
        (nextcloud(STATUS | {"maintenance": True}), Hop.MAINTENANCE, "maintenance mode"),
        (nextcloud(STATUS | {"needsDbUpgrade": True}), Hop.MAINTENANCE, "upgrade"),
        (nextcloud(STATUS, PROPFIND=answer("401 Unauthorized")), Hop.LOGIN, "refused the app password of alice"),
        (nextcloud(STATUS, PROPFIND=FORBIDDEN), Hop.LOGIN, "two-factor"),
        (nextcloud(STATUS, PROPFIND=answer("429 Too Many Requests")), Hop.LOGIN, "slow down"),
        (nextcloud(STATUS, PROPFIND=DAV_ROOT, GET=answer("200 OK", b"<html>")), Hop.LOGIN, "does not say who"),
        (nextcloud(STATUS, PROPFIND=DAV_ROOT, GET=answer("200 OK", USER)), Hop.FILES, "home folder"),
    ],
)
async def test_the_hop_that_fails_is_named_with_its_reason(
    respond: Callable[[Request], Script], hop: Hop, says: str
) -> None:
    with FaultyServer(respond) as server:
        check = await failing(configured(server.url))
    assert check.hop is hop
    assert says in check.detail


async def test_sign_in_is_unavailable_when_the_server_is_something_else() -> None:
    with FaultyServer(lambda _: answer("200 OK", b"[]")) as server, pytest.raises(Unavailable):
        await sign_in(server.url, "alice", "s3cret")
