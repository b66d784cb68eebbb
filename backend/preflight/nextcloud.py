"""Nextcloud, and the account by which its users are changed."""

from collections.abc import AsyncIterator

from backend.errors import BadInput, VoiceAssistError
from backend.nextcloud.account import diagnose
from backend.nextcloud.appapi import Clients, appapi_of
from backend.nextcloud.connection import Login
from backend.nextcloud.directory import ADMINISTRATORS, Directories, administrator_of
from backend.nextcloud.users import Users
from backend.preflight.check import Check
from backend.settings import Mode, Settings


async def nextcloud(settings: Settings) -> AsyncIterator[Check]:
    """Whether we are let in, and may do there what the settings promise."""
    if settings.mode is Mode.APPAPI:
        yield await _appapi(settings)
    else:
        for found in await diagnose(settings):
            yield Check(f"Nextcloud: {found.hop}", found.ok, found.detail, found.remedy)
    if (administrator := await _administrator(settings)) is not None:
        yield administrator


async def _appapi(settings: Settings) -> Check:
    clients = Clients(appapi_of(settings))
    try:
        found = await Users(clients).all()
    except VoiceAssistError as error:
        remedy = "Check that the app is enabled, and register it again if its secret has changed."
        return Check("Nextcloud", False, f"{settings.nextcloud_url}: {error.message}", remedy)
    finally:
        await clients.close()
    return Check("Nextcloud", True, f"{settings.nextcloud_url} lets VoiceAssist act for {len(found)} users")


async def _administrator(settings: Settings) -> Check | None:
    """That its password is taken, where there is one; whether it may also change users shows at the first change."""
    name = settings.nextcloud_admin_user
    try:
        login = administrator_of(settings)
        if login is None:
            return None
        found = await Directories(settings.nextcloud_url, _as_nobody, login).to_change().user(name)
    except VoiceAssistError as error:
        remedy = "" if isinstance(error, BadInput) else "Check NEXTCLOUD_ADMIN_USER and NEXTCLOUD_ADMIN_PASSWORD."
        return Check("changing users", False, error.message, remedy, optional=True)
    if ADMINISTRATORS not in found.groups:
        detail = f"{name} is no administrator of Nextcloud."
        return Check("changing users", False, detail, f"Put {name} into the group {ADMINISTRATORS}.", optional=True)
    return Check("changing users", True, f"by the administrator {name}")


def _as_nobody(user_id: str) -> Login:
    raise AssertionError(f"nothing is asked as {user_id}")
