"""Where hosts stand."""

import pytest

from backend.places import is_loopback
from backend.settings import Settings


@pytest.mark.parametrize("listing", ["10.0.0.0/33", "10.1.2.3/8", "300.1.1.1", "fe80::zz", "10.0.0.0/8,,1.2.3"])
def test_a_listing_that_cannot_be_read_is_refused_with_the_entry(listing: str) -> None:
    with pytest.raises(ValueError, match="neither a network"):
        Settings(models_local_hosts=listing)


@pytest.mark.parametrize("host", ["localhost.example.org", "127.0.0.1.example.org", "1270.0.0.1", "example"])
def test_a_name_that_looks_like_this_machine_is_not_it(host: str) -> None:
    assert not is_loopback(host)
