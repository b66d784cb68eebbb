"""Whom users may have us connect to, on real sockets: names that change their meaning, and addresses in disguise."""

import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from backend.errors import BadInput, Unavailable
from backend.mail.imap import Imap, Login
from backend.mail.servers import MailReach, Security, Server
from backend.mail.smtp import Smtp
from backend.places import OwnHosts
from backend.reach import Reach, checked_url, may_reach

# Stand for "outside" and "inside": both are this machine, and only the first is listed.
OUTSIDE, INSIDE = "127.0.0.2", "127.0.0.1"


class Rebinding:
    """A name server of an attacker: the name means `answers` one after the other, and the last from then on."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.asked = 0

    def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked += 1
        return [self.answers[min(self.asked, len(self.answers)) - 1]]


@contextmanager
def listeners() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Servers outside and inside, on the same port; whoever connects waits in their queues."""
    with socket.create_server((OUTSIDE, 0)) as outside:
        port = outside.getsockname()[1]
        with socket.create_server((INSIDE, port)) as inside:
            outside.setblocking(False)
            inside.setblocking(False)
            yield outside, inside


def _was_reached(server: socket.socket) -> bool:
    try:
        connection, _ = server.accept()
    except BlockingIOError:
        return False
    connection.close()
    return True


def test_a_connection_goes_to_the_address_that_was_checked_whatever_the_name_means_by_then() -> None:
    with listeners() as (outside, inside):
        reach = Reach(OwnHosts.of(OUTSIDE), "MAIL_HOSTS", "host", Rebinding(OUTSIDE, INSIDE))
        port = outside.getsockname()[1]
        reach.connect("rebinding.example", port, 5).close()
        assert _was_reached(outside)
        with pytest.raises(BadInput, match="MAIL_HOSTS"):
            reach.connect("rebinding.example", port, 5)
        assert not _was_reached(inside)
        assert not _was_reached(outside)


def test_one_address_inside_spoils_a_name_with_several() -> None:
    reach = Reach(OwnHosts.of(""), "MAIL_HOSTS", "host", lambda host, port: ["8.8.8.8", "10.0.0.1"])
    with pytest.raises(BadInput):
        reach.addresses("both.example", 443)


async def test_mail_servers_whose_name_turns_inwards_after_the_check_are_not_knocked_at() -> None:
    """Nothing arrives, not even the start of TLS. The positive control is the test after this one."""
    with listeners() as (_, inside):
        # 143 and the like may be taken or forbidden here; the port check is another test's.
        server = Server("rebinding.example", inside.getsockname()[1], Security.TLS)
        for connect in (_by_imap, _by_smtp):
            reach = _AnyPort(OwnHosts.of(""), Rebinding("8.8.8.8", INSIDE))
            with pytest.raises(BadInput, match="private network"):
                await connect(reach, server)
            assert not _was_reached(inside)


async def test_a_listed_mail_server_is_knocked_at() -> None:
    with socket.create_server((INSIDE, 0)) as server:
        port = server.getsockname()[1]
        server.close()
        listed = _AnyPort(OwnHosts.of(INSIDE), Rebinding(INSIDE))
        for connect in (_by_imap, _by_smtp):
            with pytest.raises(Unavailable, match="does not answer"):
                await connect(listed, Server("rebinding.example", port, Security.TLS))


class _AnyPort(MailReach):
    async def check_server(self, server: Server) -> None:
        self.addresses(server.host, server.port)


async def _by_imap(reach: MailReach, server: Server) -> None:
    imap = Imap(reach, ssl.create_default_context())
    try:
        await imap.check(Login(server, "ida", "secret"))
    finally:
        await imap.close()


async def _by_smtp(reach: MailReach, server: Server) -> None:
    await Smtp(reach).check(Login(server, "ida", "secret"))


@pytest.mark.parametrize(
    "host",
    [
        *("localhost", "localhost.", "LOCALHOST", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0", "0.0.0.0"),
        *(
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:7f00:1",
            "0:0:0:0:0:ffff:10.0.0.1",
            "fe80::1%lo",
            "10.0.0.1",
            "100.64.0.1",
        ),
    ],
)
def test_however_an_inner_address_is_written_it_is_not_reached(host: str) -> None:
    """By the system's own look-up, which reads what `inet_aton` does. Some forms are unknown to it: not reached too."""
    with pytest.raises((BadInput, OSError)):
        Reach(OwnHosts.of(""), "MAIL_HOSTS", "host").addresses(host, 443)


@pytest.mark.parametrize("host", ["2130706433", "0177.0.0.1", "localhost"])
def test_the_same_forms_are_reached_where_loopback_is_listed(host: str) -> None:
    assert Reach(OwnHosts.of("127.0.0.0/8, ::1"), "MAIL_HOSTS", "host").addresses(host, 443)


@pytest.mark.parametrize("host", ["a" * 64 + ".example", "..", "a..b"])
def test_names_that_are_none_are_told_as_not_found(host: str) -> None:
    with pytest.raises(OSError, match=r"."):
        Reach(OwnHosts.of(""), "MAIL_HOSTS", "host").addresses(host, 443)


@pytest.mark.parametrize("address", ["64:ff9b:1::7f00:1", "64:ff9b::7f00:1", "2002:7f00:1::", "::", "fec0::1"])
def test_addresses_that_carry_an_inner_one_are_not_reached(address: str) -> None:
    assert not may_reach(address, OwnHosts.of(""))


@pytest.mark.parametrize(
    "url",
    [
        *("https://ida:secret@calendars.example/", "https://ida@calendars.example/", "https://@calendars.example/"),
        *("file:///etc/passwd", "gopher://a.example/", "https:///x", "https://[::1", "https://a.example:99999/"),
        *("https://a.example/\r\nHost: b.example", "https://a.example/\x00"),
    ],
)
def test_what_is_no_plain_address_is_refused(url: str) -> None:
    with pytest.raises(BadInput):
        checked_url(url)
    assert checked_url(" https://calendars.example:8443/dav?x#y ") == "https://calendars.example:8443/dav"
