"""A model's name is looked up once for each call, and the call goes where the gate decided that it may."""

from collections.abc import AsyncIterator, Sequence

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import WebSocketException
from websockets.http11 import Request, Response

from backend.egress.client import GatedClient
from backend.egress.gate import Carrier, Gate, Purpose, Withheld
from backend.errors import Unavailable
from backend.models.endpoint import Address, Endpoint, Limits
from backend.models.protocol import Message
from backend.settings import ModelsWhere, Settings
from tests.servers.openai import ChatServer, chat_server
from tests.servers.realtime import RealtimeServer
from tests.servers.rebinding import INSIDE, OUTSIDE, Rebinding, listeners, was_reached

NAME = "models.example"


@pytest.fixture
async def server() -> AsyncIterator[ChatServer]:
    async with chat_server() as running:
        yield running


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


def named(url: str) -> str:
    """The same server by a name that only our resolver knows."""
    return url.replace("127.0.0.1", NAME)


def gate(names: Rebinding, where: ModelsWhere = ModelsWhere.ANYWHERE, own: str = "") -> Gate:
    made = Settings(_env_file=None, models_where=where, models_local_hosts=own)
    return Gate(made, resolve=names)


async def ask(asked: Gate, url: str) -> str:
    endpoint = Endpoint(asked, Address(url, "tiny"), Limits(connect=60, first=60, between=60))
    try:
        return "".join([piece async for piece in endpoint.stream([Message("user", "x")], "ann") if type(piece) is str])
    finally:
        await endpoint.close()


async def test_one_look_up_decides_and_leads(server: ChatServer) -> None:
    names = Rebinding(INSIDE)
    assert await ask(gate(names, ModelsWhere.LOCAL), named(server.base_url)) == "Hello."
    assert names.asked == 1
    assert server.hosts[0].startswith(NAME)  # the server is told its name, not its address


async def test_a_name_that_turns_inwards_leads_nowhere(server: ChatServer) -> None:
    names = Rebinding("192.0.2.7", INSIDE)
    turning = gate(names)
    assert not (
        await turning.locate(GatedClient(turning, Purpose.CHECK, named(server.base_url), "", timeout=60).destination)
    ).near
    with pytest.raises(Withheld, match="MODELS_LOCAL_HOSTS"):
        await ask(turning, named(server.base_url))
    assert server.connections == 0
    assert await ask(gate(Rebinding(INSIDE)), named(server.base_url)) == "Hello."


async def test_a_connection_that_is_open_does_not_lend_itself_to_another_address() -> None:
    """The name is near first and means another listed machine then: the second call opens its own connection."""
    with listeners() as (outside, inside):
        url = f"http://{NAME}:{outside.getsockname()[1]}/v1"
        asked = gate(Rebinding(OUTSIDE, INSIDE), own="127.0.0.0/8")
        client = GatedClient(asked, Purpose.CHECK, url, "", timeout=0.2)
        for server, other in ((outside, inside), (inside, outside)):
            with pytest.raises(Exception, match="timed out"):
                await client.models.list()
            assert was_reached(server)
            assert not was_reached(other)
        await client.close()


async def test_of_several_addresses_the_first_that_answers_is_taken(server: ChatServer) -> None:
    def both(host: str, port: int) -> Sequence[str]:
        return ["::1", INSIDE]

    assert await ask(Gate(Settings(_env_file=None), resolve=both), named(server.base_url)) == "Hello."


async def test_a_name_that_is_not_found_is_told_as_such(server: ChatServer) -> None:
    def nobody(host: str, port: int) -> Sequence[str]:
        raise OSError("not found")

    made = Settings(_env_file=None, models_where=ModelsWhere.ANYWHERE)
    with pytest.raises(Unavailable, match="cannot be reached"):
        await ask(Gate(made, resolve=nobody), named(server.base_url))
    assert server.connections == 0


async def test_sound_goes_where_the_gate_decided() -> None:
    server = RealtimeServer()
    await server.start()
    try:
        names = Rebinding(INSIDE)
        await _open_socket(gate(names, ModelsWhere.LOCAL), named(server.base_url))
        assert len(server.sessions) == 1
        turning = gate(Rebinding("192.0.2.7", INSIDE))
        await turning.locate(_client(turning, named(server.base_url)).destination)
        with pytest.raises(Withheld):
            await _open_socket(turning, named(server.base_url))
        assert len(server.sessions) == 1
    finally:
        await server.stop()


async def test_sound_does_not_follow_a_redirect() -> None:
    asked: list[str] = []

    async def refer(connection: ServerConnection, request: Request) -> Response:
        asked.append(request.path)
        return Response(302, "Found", Headers(Location=f"ws://127.0.0.1:{port}/elsewhere", Content_Length="0"))

    async def serve_nobody(connection: ServerConnection) -> None:
        raise AssertionError

    async with serve(serve_nobody, "127.0.0.1", 0, process_request=refer) as running:
        port = next(iter(running.sockets)).getsockname()[1]
        with pytest.raises((WebSocketException, ValueError), match=r"redirect|302"):
            await _open_socket(Gate(Settings(_env_file=None)), f"http://127.0.0.1:{port}/v1")
    assert [path.partition("?")[0] for path in asked] == ["/v1/realtime"]


def _client(asked: Gate, url: str) -> GatedClient:
    return GatedClient(asked, Purpose.SPEECH, url, "", timeout=60, carrier=Carrier.DIRECT)


async def _open_socket(asked: Gate, url: str) -> None:
    client = _client(asked, url)
    try:
        async with client.transcription_socket():
            pass
    finally:
        await client.close()
