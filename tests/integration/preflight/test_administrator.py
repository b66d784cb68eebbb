"""What preflight says of the account by which Nextcloud's users are changed."""

from backend.preflight.check import Check
from backend.preflight.nextcloud import nextcloud
from backend.settings import Settings
from tests.servers.appapi import AppApiServer
from tests.servers.cloud import Cloud
from tests.servers.provisioning import Record

PASSWORD = "the-keepers-Own-password"


async def found(url: str, name: str, password: str) -> Check | None:
    settings = Settings.model_validate(
        {
            "_env_file": None,
            "nextcloud_url": url,
            "nextcloud_user": "keeper",
            "nextcloud_app_password": PASSWORD,
            "nextcloud_admin_user": name,
            "nextcloud_admin_password": password,
        }
    )
    checks = [check async for check in nextcloud(settings)]
    return next((check for check in checks if check.name == "changing users"), None)


async def test_it_is_let_in_and_administers_or_it_is_said_what_is_wrong() -> None:
    cloud = Cloud(("keeper", "ann"))
    cloud.groups |= {"admin": {"keeper"}}
    with AppApiServer(cloud).serving() as server:
        server.provisioning.records |= {"keeper": Record(PASSWORD, "Keeper"), "ann": Record(PASSWORD, "Ann")}
        assert await found(server.url, "", "") is None
        right = await found(server.url, "keeper", PASSWORD)
        assert right is not None
        assert right.ok
        for name, password, said in (
            ("keeper", "another", "NEXTCLOUD_ADMIN_PASSWORD"),
            ("keeper", "", "belong together"),
            ("ann", PASSWORD, "no administrator"),
        ):
            wrong = await found(server.url, name, password)
            assert wrong is not None
            assert (wrong.ok, wrong.optional) == (False, True)
            assert said in wrong.detail + wrong.remedy
            assert password == "" or password not in wrong.detail + wrong.remedy
