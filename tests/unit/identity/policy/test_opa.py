"""An OPA server that is down, slow or wrong: nothing is allowed."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack

import pytest

from backend.errors import BadInput, Unavailable
from backend.identity.policy import opa as opa_module
from backend.identity.policy.opa import OpaPolicy
from backend.identity.policy.opening import SHIPPED, open_policy
from backend.identity.principal import Action, Principal, Resource
from backend.settings import Settings
from tests.servers.opa import OpaServer
from tests.servers.rebinding import INSIDE, Rebinding

ANN, OWN = Principal("ann"), Resource("mail", "ann")


@pytest.fixture
def server() -> Iterator[OpaServer]:
    with OpaServer(SHIPPED).serving() as server:
        yield server


@pytest.fixture
async def opa(server: OpaServer) -> AsyncIterator[OpaPolicy]:
    policy = OpaPolicy(server.url, seconds=20.0)
    assert (await policy.decide(ANN, Action.READ, OWN)).allow
    yield policy
    await policy.close()


async def test_it_is_told_who_wants_what(opa: OpaPolicy, server: OpaServer) -> None:
    assert server.asked[-1] == {
        "principal": {"user_id": "ann", "roles": ["user"], "way": "visitor", "grants": []},
        "action": "read",
        "resource": {"kind": "mail", "owner": "ann"},
    }


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b'{"code": "internal_error"}'),
        (500, b'{"result": {"allow": true, "reason": "x"}}'),
        (302, b""),
        (200, b"{}"),  # what OPA says when it has no such policy
        (200, b"not json"),
        (200, b"[]"),
        (200, b'{"result": true}'),
        (200, b'{"result": {"allow": "true", "reason": "x"}}'),
        (200, b'{"result": {"allow": 1, "reason": "x"}}'),
        (200, b'{"result": {"allow": true}}'),
    ],
)
async def test_what_it_does_not_allow_clearly_is_not_allowed(
    opa: OpaPolicy, server: OpaServer, status: int, body: bytes
) -> None:
    server.status, server.body = status, body
    with pytest.raises(Unavailable):
        await opa.decide(ANN, Action.READ, OWN)


async def test_a_server_that_is_slow_is_not_waited_for(server: OpaServer) -> None:
    server.waits = True
    policy = OpaPolicy(server.url, seconds=0.1)
    with pytest.raises(Unavailable, match="Timeout"):
        await policy.decide(ANN, Action.READ, OWN)
    await policy.close()


async def test_a_server_that_is_down_allows_nothing() -> None:
    with OpaServer(SHIPPED).serving() as gone:
        pass
    async with AsyncExitStack() as stack:
        policy = open_policy(Settings(opa_url=gone.url), stack)
        with pytest.raises(Unavailable, match="nothing is allowed"):
            await policy.decide(ANN, Action.READ, OWN)


async def test_two_policies_at_once_are_refused() -> None:
    async with AsyncExitStack() as stack:
        with pytest.raises(BadInput, match="OPA_URL and POLICY_FILE"):
            open_policy(Settings(opa_url="http://127.0.0.1:8181", policy_file="own.rego"), stack)


async def test_a_name_that_leads_elsewhere_by_now_is_not_asked(
    server: OpaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = Rebinding(INSIDE, INSIDE, "169.254.169.254")
    policy = OpaPolicy(server.url.replace(INSIDE, "opa.example"), seconds=20.0, resolve=names)
    assert (await policy.decide(ANN, Action.READ, OWN)).allow
    assert (await policy.decide(ANN, Action.READ, OWN)).allow
    assert names.asked == 1  # not for every decision
    monkeypatch.setattr(opa_module, "_LOOKED_UP_SECONDS", -1.0)
    assert (await policy.decide(ANN, Action.READ, OWN)).allow
    with pytest.raises(Unavailable, match="nothing is allowed"):
        await policy.decide(ANN, Action.READ, OWN)
    assert len(server.asked) == 3
    await policy.close()
