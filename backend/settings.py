"""Every setting of VoiceAssist, read once from the environment (or a `.env` file).

`docs/settings.md` is made from this class; a test fails when the two differ.
"""

from enum import StrEnum
from functools import cached_property
from pathlib import Path

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from backend import __version__


class Mode(StrEnum):
    """How VoiceAssist reaches files: its own sample server, one person's Nextcloud, or all users of one."""

    DEMO = "demo"
    APP_PASSWORD = "app-password"  # noqa: S105 - the name of a way in
    APPAPI = "appapi"


class AnswersBy(StrEnum):
    """Who writes answers."""

    EXTRACTIVE = "extractive"
    ENDPOINT = "endpoint"
    NEXTCLOUD = "nextcloud"


class ModelsWhere(StrEnum):
    """Where a model may stand that is shown passages of files."""

    LOCAL = "local"
    ANYWHERE = "anywhere"


class Settings(BaseSettings):
    """Settings by environment variable; the variable is the field's name in capitals."""

    model_config = SettingsConfigDict(env_file=".env", env_ignore_empty=True, extra="ignore")

    # Where it runs
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
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR.")
    log_json: bool = Field(False, description="Logs as JSON lines instead of text.")
    allowed_hosts: str = Field(
        "localhost,127.0.0.1,[::1]",
        description="Host names under which the page may be opened, separated by commas. Keeps a hostile web page from "
        "reaching a local VoiceAssist by DNS rebinding.",
    )

    # As an ExApp of Nextcloud; AppAPI sets these
    app_id: str = Field("voiceassist", description="Id of the ExApp.")
    app_version: str = Field(__version__, description="Its version, as Nextcloud knows it.")
    app_secret: SecretStr = Field(SecretStr(""), description="The secret that Nextcloud and the ExApp share.")
    aa_version: str = Field("", description="Version of AppAPI.")
    hp_shared_key: SecretStr = Field(
        SecretStr(""),
        description="Set when Nextcloud reaches the ExApp by HaRP's tunnel: a Unix socket is served then.",
    )
    hp_exapp_sock: str = Field("/tmp/exapp.sock", description="The Unix socket that HaRP's tunnel connects to.")  # noqa: S108

    # One person's own Nextcloud
    nextcloud_url: str = Field("", description="Address of Nextcloud. Empty: the built-in sample server.")
    nextcloud_user: str = Field("", description="Your user name there.")
    nextcloud_app_password: SecretStr = Field(
        SecretStr(""), description="An app password of yours (Nextcloud: Settings, Security)."
    )

    # Files
    crawl_interval: float = Field(
        15.0,
        description="Seconds between looks at Nextcloud for changes; the sample server is asked every 0.5 s.",
        gt=0,
    )
    max_file_size_mb: int = Field(200, description="Larger files are listed, not indexed.", gt=0)
    extract_timeout: float = Field(120.0, description="Seconds that reading one file may take.", gt=0)
    extract_memory_mb: int = Field(1024, description="Memory (MB) that reading one file may take.", ge=256)
    ocr_languages: str = Field("eng+deu", description="Tesseract languages for scanned pages and pictures.")
    index_exclude: str = Field(
        "",
        description="Paths in users' homes that are never indexed, separated by commas; `*` stands for any text: "
        "`/Private, *.tmp`. A folder with a file named `.noindex` is left out as well.",
    )
    indexing: bool = Field(
        True, description="Switched off, what is indexed stays searchable and nothing new is looked at."
    )
    index_workers: int = Field(4, description="Files on their way into the index at the same time.", ge=1, le=64)

    # Search
    qdrant_url: str = Field("", description="A Qdrant server. Empty: vectors in the storage folder.")
    qdrant_api_key: SecretStr = Field(SecretStr(""), description="Key of that server.")
    embedding_model: str = Field(
        "builtin",
        description="`builtin` (all-MiniLM-L6-v2, English), or the name or folder of a sentence-transformers model "
        "(extra `models`), or a model of EMBEDDING_BASE_URL.",
    )
    embedding_base_url: str = Field("", description="An OpenAI-compatible endpoint that makes embeddings.")
    embedding_api_key: SecretStr = Field(SecretStr(""), description="Key of that endpoint.")

    # Language model
    answers_by: AnswersBy = Field(
        AnswersBy.ENDPOINT,
        description="Who writes answers: `extractive` (sentences of the files, word for word), `endpoint` (the model "
        "of LLM_BASE_URL; without one, extractive) or `nextcloud` (the language model of Nextcloud, by AppAPI only).",
    )
    models_where: ModelsWhere = Field(
        ModelsWhere.ANYWHERE,
        description="Where a model may stand that is shown passages of files: `local` (this machine and private "
        "networks) or `anywhere`.",
    )
    llm_base_url: str = Field(
        "", description="An OpenAI-compatible endpoint. Empty: answers are picked from the passages, word for word."
    )
    llm_model: str = Field("", description="Model to ask there.")
    llm_api_key: SecretStr = Field(SecretStr(""), description="Key of that endpoint.")
    llm_timeout: float = Field(
        30.0, description="Seconds without a word from the model before the extractive answer is given instead.", gt=0
    )

    @field_validator("nextcloud_url", "llm_base_url", "embedding_base_url", "qdrant_url")
    @classmethod
    def _is_http(cls, value: str) -> str:
        value = value.strip().rstrip("/")
        if value and not value.startswith(("http://", "https://")):
            raise ValueError(f"{value!r} must start with http:// or https://")
        return value

    @field_validator("log_level")
    @classmethod
    def _is_level(cls, value: str) -> str:
        if value.upper() not in ("DEBUG", "INFO", "WARNING", "ERROR"):
            raise ValueError(f"{value!r} is not DEBUG, INFO, WARNING or ERROR")
        return value.upper()

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


_INTRODUCTION = """\
# Settings

Every setting is an environment variable (or a line in a file `.env` beside the program). This page is made from
`backend/settings.py` by `make docs`.

| variable | default | meaning |
|---|---|---|
"""


def as_markdown() -> str:
    """The documentation of every setting: the content of `docs/settings.md`."""
    rows = []
    for name, field in Settings.model_fields.items():
        default = field.get_default()
        shown = default.get_secret_value() if isinstance(default, SecretStr) else str(default)
        rows.append(f"| `{name.upper()}` | {f'`{shown}`' if shown else ''} | {field.description} |")
    return _INTRODUCTION + "\n".join(rows) + "\n"
