"""The client's address: only as far as trusted proxies tell it."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope, Send

from backend.identity.origin import Origin, OriginMiddleware, client_address, current_origin
from backend.places import OwnHosts

TRUSTED = OwnHosts.of("10.0.0.0/8, fd00::/8")


def address(peer: str, *headers: tuple[str, str]) -> str:
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    return client_address(peer, Headers(raw=raw), TRUSTED)


@pytest.mark.parametrize(
    ("peer", "headers", "found"),
    [
        ("9.9.9.9", [("x-forwarded-for", "1.1.1.1")], "9.9.9.9"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", [("x-forwarded-for", "1.1.1.1")], "1.1.1.1"),
        ("10.0.0.1", [("x-forwarded-for", "6.6.6.6, 1.1.1.1")], "1.1.1.1"),
        ("10.0.0.1", [("x-forwarded-for", "6.6.6.6"), ("x-forwarded-for", "1.1.1.1, 10.0.0.2")], "1.1.1.1"),
        ("10.0.0.1", [("x-forwarded-for", "1.1.1.1:4711")], "1.1.1.1"),
        ("fd00::1", [("x-forwarded-for", "[2001:db8::1]:443")], "2001:db8::1"),
        ("::ffff:10.0.0.1", [("x-forwarded-for", "2001:db8:0::1")], "2001:db8::1"),
        ("10.0.0.1", [("x-forwarded-for", "1.1.1.1, unknown")], "10.0.0.1"),
        ("10.0.0.1", [("x-forwarded-for", "")], "10.0.0.1"),
        ("10.0.0.1", [("forwarded", 'for=6.6.6.6, proto=https;for="[2001:db8::1]:80"')], "2001:db8::1"),
        ("10.0.0.1", [("forwarded", "For=1.1.1.1;by=10.0.0.1, for=10.0.0.2")], "1.1.1.1"),
        ("10.0.0.1", [("forwarded", "for=_hidden")], "10.0.0.1"),
        ("10.0.0.1", [("forwarded", 'for="6.6.6.6'), ("forwarded", "for=1.1.1.1")], "10.0.0.1"),
        ("10.0.0.1", [("forwarded", 'by="a,for=6.6.6.6";for=1.1.1.1')], "1.1.1.1"),
        ("10.0.0.1", [("forwarded", "for=6.6.6.6"), ("x-forwarded-for", "1.1.1.1")], "10.0.0.1"),
        ("10.0.0.1", [("forwarded", "for=1.1.1.1"), ("x-forwarded-for", "1.1.1.1")], "1.1.1.1"),
        ("", [("x-forwarded-for", "1.1.1.1")], ""),
    ],
)
def test_an_untrusted_hop_is_never_believed(peer: str, headers: list[tuple[str, str]], found: str) -> None:
    assert address(peer, *headers) == found


@given(st.text(st.characters(max_codepoint=255)), st.sampled_from(["x-forwarded-for", "forwarded"]))
def test_what_a_client_writes_before_what_the_proxy_writes_changes_nothing(forged: str, name: str) -> None:
    own = "1.1.1.1" if name == "x-forwarded-for" else "for=1.1.1.1"
    # An open quote swallows what the proxy wrote; then nothing is believed.
    assert address("10.0.0.1", (name, f"{forged},{own}")) in {"1.1.1.1", "10.0.0.1"}


@given(st.ip_addresses(), st.text(st.characters(max_codepoint=255)))
def test_an_address_of_a_stranger_is_its_own(peer: object, header: str) -> None:
    stranger = ip_address(str(peer))
    plain = getattr(stranger, "ipv4_mapped", None) or stranger
    if plain not in TRUSTED:
        assert address(str(peer), ("x-forwarded-for", header), ("forwarded", header)) == str(plain)


async def test_the_middleware_tells_the_request_where_it_came_from() -> None:
    found: list[Origin] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        found.append(current_origin())

    async def receive() -> Message:
        raise AssertionError

    async def send(message: Message) -> None:
        raise AssertionError

    agent = "Phone\x00\x1b[31m" + "x" * 300
    headers = [(b"user-agent", agent.encode()), (b"x-forwarded-for", b"1.1.1.1")]
    scope = {"type": "websocket", "client": ("10.0.0.1", 5), "headers": headers}
    await OriginMiddleware(app, TRUSTED)(scope, receive, send)
    assert found == [Origin("1.1.1.1", ("Phone[31m" + "x" * 300)[:200])]
