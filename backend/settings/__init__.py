"""Every setting of VoiceAssist, read once from the environment (or a `.env` file).

A module has the settings of one subject. `docs/settings.md` is made from them, with the docstring of each group as its
heading; a test fails when they differ.
"""

from enum import StrEnum
from functools import cached_property

from pydantic import SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from backend.errors import BadInput
from backend.settings.accounts import LocalAccounts
from backend.settings.acting import Calendars, Mail
from backend.settings.files import Files, OcrBy, RecordingsBy, Search
from backend.settings.models import AnswersBy, Models, ModelsWhere
from backend.settings.nextcloud import ChangingUsers, ExApp, OnePersons
from backend.settings.running import Running
from backend.settings.sign_in import Issuer, Sessions, WhenStoreDown, WhoMayWhat
from backend.settings.voice import SpeechBy, Voice

__all__ = [
    "AnswersBy",
    "Mode",
    "ModelsWhere",
    "OcrBy",
    "RecordingsBy",
    "Settings",
    "SpeechBy",
    "WhenStoreDown",
    "as_markdown",
    "load_settings",
]


class Mode(StrEnum):
    """How VoiceAssist reaches files: its own sample server, one person's Nextcloud, or all users of one."""

    DEMO = "demo"
    APP_PASSWORD = "app-password"  # noqa: S105 - the name of a way in
    APPAPI = "appapi"


class Settings(
    Running,
    ExApp,
    OnePersons,
    ChangingUsers,
    Sessions,
    Issuer,
    WhoMayWhat,
    LocalAccounts,
    Files,
    Search,
    Models,
    Voice,
    Calendars,
    Mail,
):
    """Settings by environment variable; the variable is the field's name in capitals."""

    model_config = SettingsConfigDict(env_file=".env", env_ignore_empty=True, extra="ignore")

    @cached_property
    def mode(self) -> Mode:
        """Which way in is configured."""
        if self.app_secret.get_secret_value():
            return Mode.APPAPI
        return Mode.APP_PASSWORD if self.nextcloud_url and self.nextcloud_user else Mode.DEMO

    @cached_property
    def socket(self) -> str:
        """The Unix socket to serve on; empty for address and port."""
        return self.app_socket or (self.hp_exapp_sock if self.hp_shared_key.get_secret_value() else "")


def load_settings() -> Settings:
    """The settings, or a plain message that names the variable at fault."""
    try:
        return Settings()
    except ValidationError as error:
        problems = [f"{str(e['loc'][0]).upper()}: {e['msg'].removeprefix('Value error, ')}" for e in error.errors()]
        raise BadInput("Wrong setting. " + "; ".join(problems)) from None


_INTRODUCTION = """\
# Settings

Every setting is an environment variable (or a line in a file `.env` beside the program). This page is made from
`backend/settings` by `make docs`.
"""

_HEAD = """\
| variable | default | meaning |
|---|---|---|
"""


def as_markdown() -> str:
    """The documentation of every setting: the content of `docs/settings.md`."""
    groups = [group for group in Settings.__bases__ if issubclass(group, BaseSettings)]
    return "\n".join([_INTRODUCTION, *map(_group_as_markdown, groups)])


def _group_as_markdown(group: type[BaseSettings]) -> str:
    rows = []
    for name, field in group.model_fields.items():
        default = field.get_default()
        shown = default.get_secret_value() if isinstance(default, SecretStr) else str(default)
        rows.append(f"| `{name.upper()}` | {f'`{shown}`' if shown else ''} | {field.description} |")
    return f"## {group.__doc__}\n\n{_HEAD}" + "\n".join(rows) + "\n"
