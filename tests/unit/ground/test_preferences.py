"""What is remembered of users' ways."""

import asyncio
from typing import Any

import pytest

from backend.database import Database
from backend.preferences import Preferences


@pytest.fixture
def preferences(database: Database) -> Preferences:
    return Preferences(database)


@pytest.mark.parametrize("value", ["de", 15, 1.5, True, False, 0, "", ["a", 1], {"id": "x", "deep": [None]}])
async def test_any_json_is_remembered_as_it_is(preferences: Preferences, value: Any) -> None:
    await preferences.put("ann", "calendar.default", value)
    assert await preferences.of("ann") == {"calendar.default": value}


async def test_a_new_value_replaces_the_old_one_and_none_forgets_it(preferences: Preferences) -> None:
    await preferences.put("ann", "zone", "Europe/Berlin")
    await preferences.put("ann", "zone", "Europe/Paris")
    await preferences.put("ann", "language", "fr")
    assert await preferences.of("ann") == {"zone": "Europe/Paris", "language": "fr"}
    await preferences.put("ann", "zone", None)
    await preferences.put("ann", "never set", None)
    assert await preferences.of("ann") == {"language": "fr"}


async def test_each_user_has_their_own_and_names_are_not_alike(preferences: Preferences) -> None:
    for user in ("ann", "Ann", "ann ", "än"):
        await preferences.put(user, "zone", user)
    for user in ("ann", "Ann", "ann ", "än"):
        assert await preferences.of(user) == {"zone": user}
    assert await preferences.of("nobody") == {}


async def test_who_is_gone_is_forgotten_and_nobody_else(preferences: Preferences) -> None:
    for user in ("ann", "ben"):
        await preferences.put(user, "zone", "Europe/Berlin")
        await preferences.put(user, "language", "de")
    await preferences.forget_user("ann")
    assert await preferences.of("ann") == {}
    assert len(await preferences.of("ben")) == 2


async def test_what_is_remembered_at_the_same_time_is_all_kept(preferences: Preferences) -> None:
    await asyncio.gather(*(preferences.put("ann", f"key {n % 3}", n) for n in range(12)))
    assert len(await preferences.of("ann")) == 3
