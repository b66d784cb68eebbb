"""What Nextcloud shows of VoiceAssist: menu entry, page, file actions, settings, commands, webhooks.

Registering is an upsert (webhooks excepted, see `hooks`), so enabling twice is harmless; stored settings are never
overwritten.
"""

from collections.abc import Awaitable, Callable

import structlog
from nc_py_api import AsyncNextcloudApp, NextcloudException, NextcloudExceptionNotFound

from backend.settings import Settings
from ex_app import actions, forms, hooks, occ, tasks

log = structlog.get_logger(__name__)

PAGE = "app"
_SCRIPT = "js/voiceassist-main"
# What `js/src/environment.ts` reads.
_STATE = "voiceassist"


async def register(nextcloud: AsyncNextcloudApp, settings: Settings, *, streaming: bool) -> None:
    """Make VoiceAssist visible and have Nextcloud call us. `nextcloud` is the client without a user.

    `streaming` tells the page whether there is a way by which events come as they happen. Without being told it would
    have to try, and HaRP counts a try in vain against everybody behind the same address.
    """
    await _prepare_secrets(nextcloud, settings)
    await nextcloud.ui.resources.set_script("top_menu", PAGE, _SCRIPT)
    await nextcloud.ui.resources.set_style("top_menu", PAGE, _SCRIPT)
    await nextcloud.ui.resources.set_initial_state("top_menu", PAGE, _STATE, {"streaming": streaming})
    await nextcloud.ui.top_menu.register(PAGE, "VoiceAssist", "img/app.svg")
    await nextcloud.ui.settings.register_form(forms.admin_form(settings))
    await nextcloud.ui.settings.register_form(forms.user_form())
    await actions.register(nextcloud)
    await occ.register(nextcloud)
    await tasks.register(nextcloud)
    await hooks.register(nextcloud)


async def unregister(nextcloud: AsyncNextcloudApp) -> None:
    """Take everything back that `register` showed. What is already gone, or fails, does not keep the rest."""
    steps: list[Callable[[], Awaitable[object]]] = [
        lambda: hooks.unregister(nextcloud),
        lambda: tasks.unregister(nextcloud),
        lambda: occ.unregister(nextcloud),
        lambda: actions.unregister(nextcloud),
        lambda: nextcloud.ui.settings.unregister_form(forms.USER_FORM),
        lambda: nextcloud.ui.settings.unregister_form(forms.ADMIN_FORM),
        lambda: nextcloud.ui.top_menu.unregister(PAGE),
        lambda: nextcloud.ui.resources.delete_initial_state("top_menu", PAGE, _STATE),
        lambda: nextcloud.ui.resources.delete_style("top_menu", PAGE, _SCRIPT),
        lambda: nextcloud.ui.resources.delete_script("top_menu", PAGE, _SCRIPT),
    ]
    for step in steps:
        try:
            await step()
        except NextcloudExceptionNotFound:
            continue
        except NextcloudException as error:
            log.warning("unregister.failed", status=error.status_code)


async def _prepare_secrets(nextcloud: AsyncNextcloudApp, settings: Settings) -> None:
    """Nextcloud encrypts what a sensitive field saves, but gives it back decrypted only when the key was stored as
    sensitive before its first save. So each such key is stored once, empty, when it does not exist."""
    secret = [field.id for field in forms.admin_form(settings).fields if field.sensitive]
    stored = {record.key for record in await nextcloud.appconfig_ex.get_values(secret)}
    for key in secret:
        if key not in stored:
            await nextcloud.appconfig_ex.set_value(key, "", sensitive=True)
