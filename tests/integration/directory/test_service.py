"""A change that cannot be recorded is not made, and one that was made is not undone for want of a second entry."""

import pytest

from backend.directory.service import DirectoryService
from backend.errors import Conflict, Unavailable
from backend.identity.events import Event
from backend.nextcloud.directory import Field, NewUser
from tests.integration.directory.desk import NoIndex
from tests.integration.nextcloud.test_directory import directories
from tests.servers.appapi import AppApiServer


class Desk:
    """The service over the stand-in; its records are a list, which may be broken from some entry on."""

    def __init__(self, nextcloud: AppApiServer, broken_from: int = 1_000) -> None:
        self.events: list[Event] = []
        self.shut_out: list[tuple[str, str]] = []
        self.store_down = False
        self._broken_from = broken_from
        self.service = DirectoryService(
            directories(nextcloud),
            NoIndex(),  # type: ignore[arg-type]
            self._record,
            self._shut_out,
        )

    async def _record(self, event: Event) -> None:
        if len(self.events) >= self._broken_from:
            raise Unavailable("It could not be recorded.")
        self.events.append(event)

    async def _shut_out(self, user_id: str, reason: str) -> None:
        if self.store_down:
            raise Unavailable("The end could not be told to all.")
        self.shut_out.append((user_id, reason.partition(" ")[0]))


async def test_what_cannot_be_recorded_does_not_happen(nextcloud: AppApiServer) -> None:
    desk = Desk(nextcloud, broken_from=0)
    service = desk.service
    for doing in (
        service.create("root", NewUser("zoe", "zoe-Pass-12345")),
        service.change("root", "ann", {Field.DISPLAY_NAME: "A"}),
        service.set_enabled("root", "ann", False),
        service.set_member("root", "ann", "helpers", True),
        service.delete("root", "ann"),
    ):
        with pytest.raises(Unavailable):
            await doing
    assert {method for method, _, path in nextcloud.requests if "/cloud/users" in path} == {"GET"}
    assert desk.shut_out == []
    assert (await Desk(nextcloud).service.set_enabled("root", "ann", False)).user.enabled is False


async def test_what_was_done_stays_done_when_its_outcome_cannot_be_recorded(nextcloud: AppApiServer) -> None:
    desk = Desk(nextcloud, broken_from=1)
    assert (await desk.service.set_enabled("root", "ann", False)).user.enabled is False
    assert [event.kind for event in desk.events] == ["user.disable.begun"]


async def test_disabling_deleting_and_a_new_password_shut_the_user_out_by_the_exact_name(
    nextcloud: AppApiServer,
) -> None:
    desk = Desk(nextcloud)
    await desk.service.set_enabled("root", "ANN", False)
    await desk.service.set_enabled("root", "ANN", True)
    await desk.service.change("root", "ANN", {Field.DISPLAY_NAME: "A"})
    await desk.service.change("root", "ANN", {Field.PASSWORD: "another-Pass-1"})
    await desk.service.set_member("root", "ANN", "helpers", True)
    await desk.service.delete("root", "ANN")
    assert desk.shut_out == [("ann", "disabled"), ("ann", "the"), ("ann", "deleted")]


async def test_who_could_not_be_shut_out_everywhere_is_shut_out_by_trying_again(nextcloud: AppApiServer) -> None:
    desk = Desk(nextcloud)
    desk.store_down = True
    with pytest.raises(Unavailable):
        await desk.service.set_enabled("root", "ann", False)
    assert nextcloud.cloud.disabled == {"ann"}
    assert desk.events[-1].kind == "user.disable.failed"
    desk.store_down = False
    await desk.service.set_enabled("root", "ann", False)
    assert desk.shut_out == [("ann", "disabled")]


async def test_the_sample_server_has_no_users(nextcloud: AppApiServer) -> None:
    service = DirectoryService(None, NoIndex(), Desk(nextcloud)._record, Desk(nextcloud)._shut_out)  # type: ignore[arg-type]
    with pytest.raises(Conflict, match="NEXTCLOUD_URL"):
        await service.users("demo", "", 0, 10)
    with pytest.raises(Conflict):
        await service.delete("demo", "ann")
