"""Whom users may have us connect to, on real sockets: names that change their meaning, and addresses in disguise."""

import socket
import ssl

import pytest

from backend.errors import BadInput, Unavailable
from backend.mail.imap import Imap, Login
from backend.mail.servers import MailReach, Security, Server
from backend.mail.smtp import Smtp
from backend.places import OwnHosts
from backend.reach import Reach, checked_url, may_reach
from tests.servers.rebinding import INSIDE, OUTSIDE, Rebinding, listeners, was_reached


def test_a_connection_goes_to_the_address_that_was_checked_whatever_the_name_means_by_then() -> None:
    with listeners() as (outside, inside):
        reach = Reach(OwnHosts.of(OUTSIDE), "MAIL_HOSTS", "host", Rebinding(OUTSIDE, INSIDE))
        port = outside.getsockname()[1]
        reach.connect("rebinding.example", port, 5).close()
        assert was_reached(outside)
        with pytest.raises(BadInput, match="MAIL_HOSTS"):
            reach.connect("rebinding.example", port, 5)
        assert not was_reached(inside)
        assert not was_reached(outside)


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
            assert not was_reached(inside)


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


def _named(*answers: str, own: str = "") -> Reach:
    return Reach(OwnHosts.of(own), "MODELS_LOCAL_HOSTS", "host", Rebinding(*answers))


@pytest.mark.parametrize(
    ("first", "later"),
    [
        ("172.18.0.3", "172.18.0.9"),  # a container that was started again
        ("fd12:3456:789a:1::5", "fd12:3456:789a:1::6"),
        ("127.0.0.1", "127.0.0.1"),
        ("10.1.2.3", "8.8.8.8"),
        ("8.8.8.8", "1.1.1.1"),
    ],
)
def test_a_host_that_a_setting_names_may_be_inside_and_stay_there(first: str, later: str) -> None:
    reach = _named(first, later)
    assert [*reach.named("models", 80), *reach.named("MODELS", 80)] == [first, later]


@pytest.mark.parametrize(
    ("first", "later"),
    [
        ("172.18.0.3", "10.0.0.1"),
        ("172.18.0.3", "127.0.0.1"),
        ("8.8.8.8", "10.0.0.1"),
        ("8.8.8.8", "127.0.0.1"),
        ("8.8.8.8", "::ffff:127.0.0.1"),
        ("8.8.8.8", "169.254.169.254"),
        ("10.1.2.3", "169.254.169.254"),
        ("fd12::5", "fd13::5"),
        ("127.0.0.1", "0.0.0.0"),
    ],
)
def test_a_host_that_a_setting_names_does_not_lead_to_another_private_network(first: str, later: str) -> None:
    reach = _named(first, later)
    assert reach.named("models.example", 80) == [first]
    with pytest.raises(BadInput, match=f"is at {later} now.*MODELS_LOCAL_HOSTS"):
        reach.named("models.example", 80)
    assert _named(first, later, own="0.0.0.0/0, ::/0").named("models.example", 80)  # listed: the administrator says so


@pytest.mark.parametrize(
    "address",
    ["169.254.169.254", "169.254.1.1", "fe80::1", "fd00:ec2::254", "100.100.100.200", "0.0.0.0", "::", "224.0.0.1"],
)
def test_no_setting_alone_leads_to_where_clouds_keep_secrets(address: str) -> None:
    with pytest.raises(BadInput, match="does not lead"):
        _named(address).named("models.example", 80)
    with pytest.raises(BadInput, match="does not lead"):
        Reach(OwnHosts.of(""), "OPA_URL", "url").named(address, 80)
    assert _named(address, own=address).named("models.example", 80)


async def test_the_mail_server_of_the_settings_does_not_lead_into_another_network() -> None:
    with listeners() as (outside, inside):
        # 127.0.0.0/16 is one neighbourhood, so the first meaning is one of another.
        server = Server("mail.clinic.example", inside.getsockname()[1], Security.TLS, fixed=True)
        fixed = MailReach(OwnHosts.of(""), Rebinding("8.8.8.8", INSIDE))
        fixed.named(server.host, server.port)
        with pytest.raises(BadInput):
            fixed.open_line(server, 5)
        assert not was_reached(inside)
        MailReach(OwnHosts.of(""), Rebinding(OUTSIDE)).open_line(server, 5).close()
        assert was_reached(outside)
