"""Where and how VoiceAssist runs."""

from functools import cached_property
from pathlib import Path

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings


class Running(BaseSettings):
    """Where it runs"""

    app_host: str = Field("127.0.0.1", description="Address to listen on. AppAPI sets it.")
    app_port: int = Field(9031, description="Port to listen on. AppAPI sets it.", ge=0, le=65535)
    app_socket: str = Field("", description="A Unix socket to listen on instead of address and port.")
    app_persistent_storage: Path = Field(
        Path("data"), description="Folder for the database, the vectors and working files. AppAPI sets it."
    )
    model_storage: str = Field(
        "",
        description="Folder whose `models` holds the prepared embedding model. Empty: the storage folder, where it is "
        "prepared at the first start. The container image brings it ready-made.",
    )
    database_url: str = Field("", description="SQLAlchemy URL of the records. Empty: SQLite in the storage folder.")
    secrets_key: SecretStr = Field(
        SecretStr(""),
        description="Key that passwords for other servers are stored under (Fernet; several separated by commas, the "
        "newest first). Empty: a key of its own in the storage folder.",
    )
    audit_key: SecretStr = Field(
        SecretStr(""),
        description="Key that the audit is written with (32 bytes in URL-safe Base64; several separated by commas, the "
        "newest first). Empty: a key of its own in the storage folder.",
    )
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR.")
    log_json: bool = Field(False, description="Logs as JSON lines instead of text.")
    allowed_hosts: str = Field(
        "localhost,127.0.0.1,[::1]",
        description="Host names under which the page may be opened, separated by commas. Keeps a hostile web page from "
        "reaching a local VoiceAssist by DNS rebinding.",
    )
    hsts_seconds: int = Field(
        31_536_000,
        description="For so long browsers that came by TLS come by TLS only (HSTS). It is told where the request came "
        "by TLS, here or to a proxy on this machine (`FORWARDED_ALLOW_IPS` lists others). 0: it is not told.",
        ge=0,
    )

    @field_validator("log_level")
    @classmethod
    def _is_level(cls, value: str) -> str:
        if value.upper() not in ("DEBUG", "INFO", "WARNING", "ERROR"):
            raise ValueError(f"{value!r} is not DEBUG, INFO, WARNING or ERROR")
        return value.upper()

    @cached_property
    def model_home(self) -> Path:
        """The folder whose `models` holds the prepared embedding model."""
        return Path(self.model_storage) if self.model_storage else self.app_persistent_storage

    @cached_property
    def records_url(self) -> str:
        """The database URL in force."""
        if self.database_url:
            return self.database_url
        return f"sqlite+aiosqlite:///{(self.app_persistent_storage / 'voiceassist.db').absolute()}"
