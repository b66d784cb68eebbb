"""The directory's client: what Nextcloud's answers become, well-formed ones of the stand-in and all others."""

import json
from datetime import UTC, datetime

import pytest

from backend.errors import (
    BadInput,
    Conflict,
    NotAllowed,
    NotFound,
    RateLimited,
    Unavailable,
    VoiceAssistError,
    WeakPassword,
)
from backend.nextcloud.connection import Login, by_password
from backend.nextcloud.directory import (
    Directories,
    Directory,
    DirectoryGroup,
    DirectoryUser,
    Field,
    NewUser,
    Quota,
    administrator_of,
)
from backend.nextcloud.sources import ActAs
from backend.settings import Settings
from tests.integration.directory.conftest import APP_PASSWORD, KEEPER, PASSWORD, nextcloud  # noqa: F401 - a fixture
from tests.servers.appapi import AppApiServer
from tests.servers.faulty import FaultyServer, Script, answer


def directories(server: AppApiServer, password: str = PASSWORD, changed: list[str] | None = None) -> Directories:
    def login_of(user_id: str) -> Login:
        return Login(user_id, ActAs(server.appapi, user_id), by_appapi=True)

    heard = changed if changed is not None else []
    return Directories(server.url, login_of, by_password(KEEPER, password), heard.append)


@pytest.fixture
def seen(nextcloud: AppApiServer) -> Directory:  # noqa: F811
    return directories(nextcloud).seen_by("root")


@pytest.fixture
def changing(nextcloud: AppApiServer) -> Directory:  # noqa: F811
    return directories(nextcloud).to_change()


async def test_a_user_is_told_with_groups_quota_and_last_sign_in(seen: Directory) -> None:
    assert await seen.user("ANN") == DirectoryUser(
        user_id="ann",
        display_name="Ann Ärzt",
        email="ann@clinic.example",
        enabled=True,
        groups=("Doctors",),
        language="de",
        last_login_at=datetime.fromtimestamp(1_760_000_000, UTC),
        quota=Quota(5 * 2**30, 4096),
    )
    fresh = await seen.user("ben")
    assert (fresh.last_login_at, fresh.quota, fresh.email) == (None, Quota(None, 0), "")


async def test_pages_hold_everybody_once(seen: Directory) -> None:
    pages = [await seen.users("", offset, 2) for offset in (0, 2, 4, 6)]
    assert [[user.user_id for user in page] for page in pages] == [["ann", "ben"], [KEEPER, "root"], ["ward"], []]
    assert await seen.count_users("") == 5
    assert [user.user_id for user in await seen.users("ärzt", 0, 50)] == ["ann"]
    assert await seen.count_users("ärzt") == 1


async def test_groups_are_told_with_the_number_of_their_users(seen: Directory, nextcloud: AppApiServer) -> None:  # noqa: F811
    nextcloud.cloud.disabled.add("ann")
    assert await seen.groups("doc", 0, 50) == [DirectoryGroup("Doctors", "Doctors", 1, 1)]
    assert [group.group_id for group in await seen.groups("", 2, 50)] == ["admin", "helpers"]
    assert await seen.count_groups("") == 4


async def test_everybody_sees_what_nextcloud_shows_them(nextcloud: AppApiServer) -> None:  # noqa: F811
    ben, ward = directories(nextcloud).seen_by("ben"), directories(nextcloud).seen_by("ward")
    with pytest.raises(NotAllowed):
        await ben.users("", 0, 50)
    with pytest.raises(NotFound):
        await ben.user("ann")
    assert (await ben.user("ben")).enabled is None
    assert [user.user_id for user in await ward.users("", 0, 50)] == ["ann"]
    nextcloud.cloud.disabled.add("ward")
    with pytest.raises(NotAllowed):
        await ward.users("", 0, 50)


async def test_changes_are_made_and_told(nextcloud: AppApiServer, seen: Directory) -> None:  # noqa: F811
    changed: list[str] = []
    changing = directories(nextcloud, changed=changed).to_change()
    await changing.create(
        NewUser("zoe q", "zoe-Pass-12345", "Zoë", "Zoe@clinic.example", ("Doctors", "Night / day"), "2 GB", "fr")
    )
    zoe = await seen.user("zoe q")
    assert (zoe.display_name, zoe.email, zoe.groups) == ("Zoë", "zoe@clinic.example", ("Doctors", "Night / day"))
    assert (zoe.quota.limit, zoe.language, zoe.enabled) == (2 * 2**30, "fr", True)
    for field, value in ((Field.DISPLAY_NAME, "Z"), (Field.EMAIL, ""), (Field.QUOTA, "none"), (Field.LANGUAGE, "de")):
        await changing.change("zoe q", field, value)
    await changing.change("zoe q", Field.PASSWORD, "another-Pass-1")
    zoe = await seen.user("zoe q")
    assert (zoe.display_name, zoe.email, zoe.quota.limit, zoe.language) == ("Z", "", None, "de")
    assert nextcloud.provisioning.records["zoe q"].password == "another-Pass-1"
    for _ in range(2):  # as often as one likes
        await changing.set_enabled("zoe q", False)
        await changing.set_member("zoe q", "Night / day", False)
        await changing.set_member("zoe q", "helpers", True)
    zoe = await seen.user("zoe q")
    assert (zoe.enabled, zoe.groups) == (False, ("Doctors", "helpers"))
    await changing.set_enabled("zoe q", True)
    assert (await seen.user("zoe q")).enabled
    await changing.delete("zoe q")
    with pytest.raises(NotFound):
        await seen.user("zoe q")
    assert set(changed) == {"zoe q"}


async def test_no_password_stands_in_an_address(nextcloud: AppApiServer, changing: Directory) -> None:  # noqa: F811
    await changing.create(NewUser("zoe", "zoe-Pass-12345"))
    await changing.change("zoe", Field.PASSWORD, "another-Pass-1")
    assert "/ocs/v2.php/cloud/users/zoe" in str(nextcloud.requests)
    assert "Pass" not in str(nextcloud.requests)
    assert "Pass" not in repr(NewUser("zoe", "zoe-Pass-12345"))


async def test_each_refusal_of_nextcloud_becomes_an_error_of_its_own(
    changing: Directory,
    nextcloud: AppApiServer,  # noqa: F811
) -> None:
    nextcloud.provisioning.foreign.add("ben")

    async def refusal(error: type[VoiceAssistError], field: str | None, doing: object) -> str:
        with pytest.raises(error) as refused:
            await doing  # type: ignore[misc]
        assert type(refused.value) is error
        assert refused.value.field == field
        return refused.value.message

    good = "zoe-Pass-12345"
    await refusal(Conflict, "user_id", changing.create(NewUser("Ann", good)))
    await refusal(BadInput, "groups", changing.create(NewUser("zoe", good, groups=("Nobody",))))
    await refusal(BadInput, "email", changing.create(NewUser("zoe")))
    assert "10 characters" in await refusal(WeakPassword, "password", changing.create(NewUser("zoe", "short")))
    assert "characters" in await refusal(BadInput, None, changing.create(NewUser("zoe!", good)))
    assert "quota" in await refusal(BadInput, "quota", changing.change("ann", Field.QUOTA, "much"))
    await refusal(BadInput, "email", changing.change("ann", Field.EMAIL, "nowhere"))
    await refusal(WeakPassword, "password", changing.change("ann", Field.PASSWORD, "short"))
    await refusal(Conflict, "password", changing.change("ben", Field.PASSWORD, good))
    await refusal(Conflict, "display_name", changing.change("ben", Field.DISPLAY_NAME, "B"))
    await refusal(NotFound, None, changing.change("nobody", Field.DISPLAY_NAME, "B"))
    await refusal(Conflict, None, changing.set_enabled(KEEPER, False))
    await refusal(Conflict, None, changing.delete(KEEPER))
    await refusal(NotFound, None, changing.delete("nobody"))
    await refusal(NotFound, None, changing.set_member("ann", "Nobody", True))
    await refusal(NotFound, None, changing.set_member("nobody", "Doctors", True))
    await refusal(BadInput, "group_id", changing.set_member("ann", " ", True))
    await refusal(Conflict, None, changing.set_member(KEEPER, "admin", False))
    for name in (".", "..", "a/b", "a\0"):
        await refusal(NotFound, None, changing.delete(name))
    assert sorted(nextcloud.cloud.homes) == ["ann", "ben", KEEPER, "root", "ward"]


async def test_an_app_password_a_wrong_one_and_appapi_alone_change_nothing(nextcloud: AppApiServer) -> None:  # noqa: F811
    with pytest.raises(Conflict, match="app password"):
        await directories(nextcloud, APP_PASSWORD).to_change().set_enabled("ann", False)
    with pytest.raises(Conflict, match="NEXTCLOUD_ADMIN_PASSWORD"):
        await directories(nextcloud, "wrong").to_change().set_enabled("ann", False)
    with pytest.raises(Conflict):
        await directories(nextcloud).seen_by("root").set_enabled("ann", False)
    assert nextcloud.cloud.disabled == set()
    await directories(nextcloud).to_change().set_enabled("ann", False)
    assert nextcloud.cloud.disabled == {"ann"}


def _ocs(code: int, data: object, message: str = "") -> bytes:
    return json.dumps({"ocs": {"meta": {"status": "x", "statuscode": code, "message": message}, "data": data}}).encode()


@pytest.mark.parametrize(
    ("script", "error"),
    [
        (answer("200 OK", b"<html>Welcome</html>"), Unavailable),
        (answer("200 OK", _ocs(200, {"users": "many"})), Unavailable),
        (answer("200 OK", _ocs(200, {"users": [{"enabled": True}]})), Unavailable),
        (answer("400 Bad Request", _ocs(101, [])), Unavailable),
        (answer("404 Not Found", b"<html>Apache</html>"), Unavailable),
        (answer("302 Found", Location="https://elsewhere.example/"), Unavailable),
        (answer("429 Too Many Requests", _ocs(429, []), Retry_After="7"), RateLimited),
        (answer("503 Service Unavailable", b"{}", X_Nextcloud_Maintenance_Mode="1"), Unavailable),
        (answer("500 Internal Server Error", _ocs(996, [], "Internal")), Unavailable),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"], Unavailable),
        ([], Unavailable),
    ],
)
async def test_whatever_else_a_server_says_is_an_error_of_the_house(
    script: Script, error: type[VoiceAssistError]
) -> None:
    with FaultyServer(lambda request: script) as server:
        directory = Directories(server.url, lambda user_id: by_password(user_id, "s3cret"), None).seen_by("root")
        with pytest.raises(error) as told:
            await directory.users("", 0, 10)
        assert "s3cret" not in told.value.message
        assert server.requests[0].headers["ocs-apirequest"] == "true"


@pytest.mark.parametrize("users", [[], {"ann": {"id": "ann"}}, [{"id": "0"}, {"id": "1"}]])
async def test_lists_of_php_and_users_without_details_are_understood(users: list[object] | dict[str, object]) -> None:
    """PHP writes an empty map as a list, and one with the keys 0, 1, 2; of a remnant of LDAP only the id is told."""
    with FaultyServer(lambda request: answer("200 OK", _ocs(200, {"users": users}))) as server:
        directory = Directories(server.url, lambda user_id: by_password(user_id, "s3cret"), None).seen_by("root")
        found = await directory.users("", 0, 10)
    assert [user.user_id for user in found] == (["0", "1"] if len(users) == 2 else list(users))
    assert all(user.enabled is None and user.last_login_at is None for user in found)


async def test_a_refusal_that_repeats_the_password_is_not_passed_on() -> None:
    said = _ocs(107, [], "The password hunter2-hunter2 is common.")
    with FaultyServer(lambda request: answer("400 Bad Request", said)) as server:
        changing = Directories(server.url, lambda _: by_password("a", "b"), by_password("a", "b")).to_change()
        with pytest.raises(WeakPassword) as told:
            await changing.change("ann", Field.PASSWORD, "hunter2-hunter2")
        assert "hunter2" not in told.value.message
        with pytest.raises(WeakPassword, match="common"):
            await changing.change("ann", Field.PASSWORD, "something-else")


async def test_half_of_an_account_is_refused_and_none_changes_nothing() -> None:
    def settings(user: str, password: str) -> Settings:
        return Settings.model_validate({"nextcloud_admin_user": user, "nextcloud_admin_password": password})

    for user, password in (("keeper", ""), ("", "secret")):
        with pytest.raises(BadInput, match="belong together"):
            administrator_of(settings(user, password))
    none = administrator_of(settings("", ""))
    assert none is None
    with pytest.raises(Conflict, match="NEXTCLOUD_ADMIN_USER"):
        Directories("http://127.0.0.1:9", lambda _: by_password("a", "b"), none).to_change()
    assert administrator_of(settings("keeper", "secret")) is not None
