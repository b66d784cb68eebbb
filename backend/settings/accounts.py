"""Accounts of VoiceAssist's own."""

from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings

from backend.settings.kinds import HttpAddress, names


class LocalAccounts(BaseSettings):
    """Local accounts"""

    local_accounts: bool = Field(
        False, description="Users have accounts of VoiceAssist's own, for installations without Nextcloud's login."
    )
    accounts_registration: str = Field(
        "",
        description="Who may make a local account by a mail to their address: addresses and domains, separated by "
        "commas, such as `ann@home.example, @clinic.example`; `*` is everybody. Empty: only `voiceassist accounts "
        "add` makes them. Of a VoiceAssist for one person, accounts have that person's files, calendars and mails.",
    )
    accounts_base_url: HttpAddress = Field(
        "",
        description="Address of the page of VoiceAssist as browsers know it: links in mails lead there, and passkeys "
        "are made for it. LOCAL_ACCOUNTS needs it.",
    )
    accounts_smtp_url: SecretStr = Field(
        SecretStr(""),
        description="Server that sends the mails of local accounts: `smtps://user:password@mail.example.org` (TLS), "
        "`smtp://` (STARTTLS) or `smtp+plain://`. Special characters in user and password are written as in addresses "
        "(`%40` for @). LOCAL_ACCOUNTS needs it.",
    )
    accounts_sender: str = Field("", description="Address that these mails come from. LOCAL_ACCOUNTS needs it.")

    @field_validator("accounts_smtp_url")
    @classmethod
    def _is_submission_server(cls, value: SecretStr) -> SecretStr:
        parts = urlsplit(value.get_secret_value().strip())
        if value.get_secret_value() and not (parts.scheme in ("smtps", "smtp", "smtp+plain") and parts.hostname):
            raise ValueError("is not an address such as smtps://user:password@mail.example.org")
        return SecretStr(value.get_secret_value().strip())

    @field_validator("accounts_registration")
    @classmethod
    def _is_who_may_register(cls, value: str) -> str:
        for item in names(value):
            if item != "*" and ("@" not in item or item.endswith("@")):
                raise ValueError(f"{item!r} is neither an address, nor a domain such as @clinic.example, nor *")
        return value

    @field_validator("accounts_sender")
    @classmethod
    def _is_mail_address(cls, value: str) -> str:
        value = value.strip()
        if value and ("@" not in value or not value.isprintable()):
            raise ValueError(f"{value!r} is not a mail address")
        return value
