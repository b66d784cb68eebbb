"""Calendars and mail."""

from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings

from backend.settings.kinds import Hosts


class Calendars(BaseSettings):
    """Calendars"""

    calendar_link_hosts: Hosts = Field(
        "",
        description="Hosts and networks of your own that users may link external calendars from, separated by commas: "
        "`10.0.0.0/8, calendars.clinic.example`. Others must be on the public internet.",
    )
    google_client_id: str = Field(
        "",
        description="Client id of your web application at Google, to link Google's calendars (empty: they cannot be).",
    )
    google_client_secret: SecretStr = Field(SecretStr(""), description="Its secret.")
    google_redirect_url: str = Field(
        "", description="The address that Google sends users back to, as entered there: the page of VoiceAssist."
    )


class Mail(BaseSettings):
    """Mail"""

    mail_imap_url: str = Field(
        "",
        description="The IMAP server of all users: `imaps://mail.example.org` (TLS), `imap://` (STARTTLS) or "
        "`imap+plain://` (unencrypted), with a port where it is another. Empty: users name their own.",
    )
    mail_smtp_url: str = Field(
        "", description="The SMTP server of all users: `smtps://`, `smtp://` (STARTTLS) or `smtp+plain://`."
    )
    mail_hosts: Hosts = Field(
        "",
        description="Mail servers inside private networks that users may name: networks, addresses and names of hosts, "
        "separated by commas. Public servers may always be named.",
    )

    @field_validator("mail_imap_url", "mail_smtp_url")
    @classmethod
    def _is_mail_server(cls, value: str) -> str:
        parts = urlsplit(value.strip())
        if value and not (parts.scheme.startswith(("imap", "smtp")) and parts.hostname):
            raise ValueError(f"{value!r} is not an address such as imaps://mail.example.org")
        return value.strip()
