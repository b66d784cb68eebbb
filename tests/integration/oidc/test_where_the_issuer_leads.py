"""The issuer that is configured may stand anywhere; where its documents lead may not."""

import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import pytest

from backend.identity.oidc.opening import issuer_reach
from backend.identity.oidc.wire import Wire
from backend.settings import Settings
from tests.integration.oidc.house import House, error_of, patient_wire
from tests.servers.rebinding import INSIDE, OUTSIDE, Rebinding, was_reached
from tests.servers.scripted_issuer import ScriptedIssuer, changed, scripted_issuer


@pytest.fixture
async def issuer() -> AsyncIterator[ScriptedIssuer]:
    async with scripted_issuer() as running:
        yield running


@contextmanager
def bystander() -> Iterator[tuple[socket.socket, str]]:
    """A service of another machine in the house, and its address."""
    with socket.create_server((OUTSIDE, 0)) as listener:
        listener.setblocking(False)
        yield listener, f"http://{OUTSIDE}:{listener.getsockname()[1]}/private"


async def sign_in(house: House, issuer: ScriptedIssuer) -> str:
    answer = await house.get("/auth/login")
    if error := error_of(answer):
        return error
    return error_of(await house.get("/auth/callback", **issuer.approve(answer.headers["location"])))


@pytest.mark.parametrize("name", ["jwks_uri", "token_endpoint", "userinfo_endpoint"])
async def test_an_issuer_does_not_lead_us_to_other_machines_of_the_house(issuer: ScriptedIssuer, name: str) -> None:
    issuer.id_token = lambda claims: issuer.sign(changed(claims, {"groups": None}))  # so that UserInfo is asked
    with bystander() as (listener, url):
        issuer.metadata = {name: url}
        assert await sign_in(House(nextcloud_oidc_issuer=issuer.url), issuer) == "UNAVAILABLE"
        assert not was_reached(listener)
        # Listed by the administrator, it is asked; that it does not answer is another matter.
        hurried = Wire(issuer_reach(Settings(_env_file=None, nextcloud_oidc_hosts=OUTSIDE)), total_seconds=3.0)
        assert await sign_in(House(hurried, nextcloud_oidc_issuer=issuer.url), issuer) == "UNAVAILABLE"
        assert was_reached(listener)


async def test_an_issuer_whose_name_turns_elsewhere_is_not_followed(issuer: ScriptedIssuer) -> None:
    issuer.url = issuer.url.replace("127.0.0.1", "issuer.localhost")
    made = Settings(_env_file=None)

    def house(*answers: str) -> tuple[House, Rebinding]:
        names = Rebinding(*answers)
        return House(patient_wire(issuer_reach(made, names)), nextcloud_oidc_issuer=issuer.url), names

    staying, names = house(INSIDE)
    assert await sign_in(staying, issuer) == ""
    assert names.asked == 3  # discovery, the token, the keys: each is a connection of its own
    for elsewhere in ("169.254.169.254", "10.0.0.1"):
        turning, names = house(INSIDE, elsewhere)
        before = len(issuer.asked)
        assert await sign_in(turning, issuer) == "UNAVAILABLE"
        assert (names.asked, issuer.asked[before:]) == (2, ["/.well-known/openid-configuration"])


async def test_a_redirect_of_the_issuer_is_not_followed(issuer: ScriptedIssuer) -> None:
    issuer.faults["/.well-known/openid-configuration"] = issuer.elsewhere
    assert await sign_in(House(nextcloud_oidc_issuer=issuer.url), issuer) == "UNAVAILABLE"
    assert issuer.asked == ["/.well-known/openid-configuration"]
    del issuer.faults["/.well-known/openid-configuration"]
    assert await sign_in(House(nextcloud_oidc_issuer=issuer.url), issuer) == ""
