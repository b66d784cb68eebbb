"""Where hosts stand."""

import pytest

from backend.places import OwnHosts, is_loopback, stands_near
from backend.settings import Settings

PRIVATE = OwnHosts.of(Settings.model_fields["models_local_hosts"].default)


@pytest.mark.parametrize(
    ("host", "near"),
    [
        ("127.0.0.1", True),
        ("127.8.9.10", True),
        ("localhost", True),
        ("LOCALHOST", True),
        ("::1", True),
        ("192.168.1.20", True),
        ("10.0.0.4", True),
        ("fd00::5", True),
        ("::ffff:10.0.0.4", True),
        ("::ffff:93.184.215.14", False),
        ("93.184.215.14", False),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", False),
        ("169.254.169.254", False),  # where clouds keep the secrets of a machine
        ("0.0.0.0", False),
        ("no-such-host.invalid", False),
        ("localhost.no-such-host.invalid", False),
        ("", False),
        ("a" * 300, False),
    ],
)
async def test_this_machine_and_private_networks_are_near_by_default(host: str, near: bool) -> None:
    assert await stands_near(host, PRIVATE) is near


async def test_only_what_the_administrator_lists_is_near() -> None:
    own = OwnHosts.of(" 10.1.0.0/16, Models.Clinic.example ,93.184.215.14")
    assert await stands_near("10.1.2.3", own)
    assert await stands_near("models.clinic.EXAMPLE", own)
    assert await stands_near("93.184.215.14", own)
    assert not await stands_near("10.2.2.3", own)
    assert not await stands_near("evil-models.clinic.example", own)
    assert await stands_near("127.0.0.1", OwnHosts.of(""))


@pytest.mark.parametrize("listing", ["10.0.0.0/33", "10.1.2.3/8", "300.1.1.1", "fe80::zz", "10.0.0.0/8,,1.2.3"])
def test_a_listing_that_cannot_be_read_is_refused_with_the_entry(listing: str) -> None:
    with pytest.raises(ValueError, match="neither a network"):
        Settings(models_local_hosts=listing)


@pytest.mark.parametrize("host", ["localhost.example.org", "127.0.0.1.example.org", "1270.0.0.1", "example"])
def test_a_name_that_looks_like_this_machine_is_not_it(host: str) -> None:
    assert not is_loopback(host)
