"""Every setting of VoiceAssist, read once from the environment (or a `.env` file).

`docs/settings.md` is made from this class; a test fails when the two differ.
"""

from enum import StrEnum
from functools import cached_property
from itertools import takewhile
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from backend import __version__
from backend.errors import BadInput
from backend.places import OwnHosts


class Mode(StrEnum):
    """How VoiceAssist reaches files: its own sample server, one person's Nextcloud, or all users of one."""

    DEMO = "demo"
    APP_PASSWORD = "app-password"  # noqa: S105 - the name of a way in
    APPAPI = "appapi"


class AnswersBy(StrEnum):
    """Who writes answers."""

    EXTRACTIVE = "extractive"
    ENDPOINT = "endpoint"
    CLOUD = "cloud"
    NEXTCLOUD = "nextcloud"
    BIOGPT = "biogpt"


class OcrBy(StrEnum):
    """Who recognises text in scans and pictures."""

    TESSERACT = "tesseract"
    NEXTCLOUD = "nextcloud"
    NONE = "none"


class SpeechBy(StrEnum):
    """Who hears, and who speaks."""

    BUILTIN = "builtin"
    ENDPOINT = "endpoint"
    REALTIME = "realtime"
    NEXTCLOUD = "nextcloud"
    LOCAL = "local"


class RecordingsBy(StrEnum):
    """Who transcribes recordings among users' files."""

    DICTATION = "dictation"
    ANY = "any"
    NONE = "none"


class WhenStoreDown(StrEnum):
    """What a request meets while nobody can say whether its session was ended."""

    FAIL_OPEN = "fail_open"
    FAIL_CLOSED = "fail_closed"


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

    # Hardening
    hsts_seconds: int = Field(
        31_536_000,
        description="For so long browsers that came by TLS come by TLS only (HSTS). It is told where the request came "
        "by TLS, here or to a proxy on this machine (`FORWARDED_ALLOW_IPS` lists others). 0: it is not told.",
        ge=0,
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

    # Changing Nextcloud's users
    nextcloud_admin_user: str = Field(
        "",
        description="User name of an administrator of Nextcloud by whom users and groups are changed; best one that is "
        "used for nothing else. Empty: they can be looked at only.",
    )
    nextcloud_admin_password: SecretStr = Field(
        SecretStr(""),
        description="Its own password, without two-factor login; before Nextcloud 34 an app password will do.",
    )

    # Sessions
    access_token_seconds: int = Field(900, description="Seconds that an access token is good.", ge=60, le=3600)
    refresh_token_seconds: int = Field(
        604_800,
        description="Seconds that a refresh token is good. A session that is not used for so long is over.",
        ge=3600,
        le=7_776_000,
    )
    redis_url: SecretStr = Field(
        SecretStr(""),
        description="A Redis (6.2 or newer) that processes share ends of sessions and limits by: "
        "`redis://:password@host:6379/0`, `rediss://` with TLS. Empty: ends are shared by the records, and each "
        "process counts for itself.",
    )
    when_revocations_down: WhenStoreDown = Field(
        WhenStoreDown.FAIL_OPEN,
        description="While nobody can say whether a session was ended: `fail_open` lets it read what its user may as a "
        "plain user, `fail_closed` refuses it. Changes, administration and patient data are always refused then.",
    )
    trusted_proxies: str = Field(
        "",
        description="Networks and addresses of proxies before VoiceAssist, separated by commas. Only they are believed "
        "about where a request came from (X-Forwarded-For, Forwarded).",
    )

    # Who comes in from outside of Nextcloud
    sign_in_allowed: str = Field(
        "",
        description="Where VoiceAssist serves one person: who may sign in beside that person, separated by commas, by "
        "the names that the issuer has for them. They have that person's files, calendars and mails.",
    )

    # Signing in at an issuer (OpenID Connect), for clients outside of Nextcloud
    nextcloud_client_id: str = Field(
        "", description="Client id of VoiceAssist at the issuer that users sign in at. Empty: nobody signs in at one."
    )
    nextcloud_client_secret: SecretStr = Field(
        SecretStr(""), description="Its secret. Empty for a public client: PKCE is always used."
    )
    nextcloud_redirect_uri: str = Field(
        "",
        description="Where the issuer sends users back to: the address of VoiceAssist and `/auth/callback`, such as "
        "`https://voice.example.org/auth/callback`.",
    )
    nextcloud_oidc_issuer: str = Field(
        "",
        description="The issuer, letter by letter as it calls itself: Nextcloud's address with its app `oidc`, or "
        "`https://keycloak.example.org/realms/clinic`. Empty: Nextcloud's built-in OAuth 2.0 at NEXTCLOUD_BASE_URL.",
    )
    nextcloud_base_url: str = Field(
        "", description="Address of the Nextcloud whose built-in OAuth 2.0 users sign in by."
    )
    nextcloud_uid_claim: str = Field(
        "preferred_username", description="The claim that holds a user's name in Nextcloud (the uid)."
    )
    nextcloud_groups_claim: str = Field("groups", description="The claim that holds the names of a user's groups.")
    nextcloud_audience: str = Field(
        "",
        description="What an access token of the issuer must be meant for (`aud`) to be taken here. Empty: the address "
        "of NEXTCLOUD_REDIRECT_URI without its path.",
    )
    nextcloud_sign_in_name: str = Field("Nextcloud", description="What the page calls the issuer.")
    nextcloud_oidc_algorithms: str = Field(
        "RS256",
        description="Signatures that are taken from the issuer: `RS256`, `ES256`, `PS256`, separated by commas.",
    )
    nextcloud_oidc_hosts: str = Field(
        "",
        description="Hosts and networks of your own, separated by commas, that the issuer may lead to beside its own "
        "host: for tokens, keys and UserInfo. Others must be on the public internet.",
    )
    nextcloud_oidc_leeway: int = Field(
        60, description="Seconds that the issuer's clock may differ from ours.", ge=0, le=300
    )

    # Who may do what
    role_groups: str = Field(
        "admin=admin",
        description="Roles that come with groups of Nextcloud or of the issuer, separated by commas: `admin=admin, "
        "Doctors=medical_staff, Revision=auditor`. Everybody is a `user`.",
    )
    grants: str = Field(
        "",
        description="What single users may do beyond their roles, separated by commas: `alice=phi:reveal` lets `alice` "
        "see what identifies patients, which no role does.",
    )
    policy_file: str = Field(
        "", description="A Rego file that decides in place of the one that comes along. Its package is `voiceassist`."
    )
    opa_url: str = Field(
        "",
        description="An OPA server that decides in place of this process: `http://127.0.0.1:8181`. Empty: this process "
        "does. Nothing is allowed while it does not answer.",
    )

    # Local accounts
    local_accounts: bool = Field(
        False, description="Users have accounts of VoiceAssist's own, for installations without Nextcloud's login."
    )
    accounts_registration: str = Field(
        "",
        description="Who may make a local account by a mail to their address: addresses and domains, separated by "
        "commas, such as `ann@home.example, @clinic.example`; `*` is everybody. Empty: only `voiceassist accounts "
        "add` makes them. Of a VoiceAssist for one person, accounts have that person's files, calendars and mails.",
    )
    accounts_base_url: str = Field(
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

    # Files
    crawl_interval: float = Field(
        15.0,
        description="Seconds between looks at Nextcloud for changes; the sample server is asked every 0.5 s.",
        gt=0,
    )
    max_file_size_mb: int = Field(200, description="Larger files are listed, not indexed.", gt=0)
    extract_timeout: float = Field(120.0, description="Seconds that reading one file may take.", gt=0)
    extract_memory_mb: int = Field(1024, description="Memory (MB) that reading one file may take.", ge=256)
    ocr_by: OcrBy = Field(
        OcrBy.TESSERACT,
        description="Who recognises text in scans and pictures: `tesseract` (installed here), `nextcloud` (whatever "
        "provider Nextcloud has, by AppAPI only; whole files, so scanned pages among pages of text are left out) or "
        "`none`.",
    )
    ocr_languages: str = Field("eng+deu", description="Tesseract languages for scanned pages and pictures.")
    recordings_by: RecordingsBy = Field(
        RecordingsBy.DICTATION,
        description="Who transcribes recordings, so that they are searchable: `dictation` (the engines of HEARS_BY and "
        "HEARS_FALLBACK except the built-in one; with that alone, recordings are left out), `any` (the built-in one "
        "too, in English; it hears free speech badly and needs much processor time) or `none`.",
    )
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
    enable_pubmedbert_adapter: bool = Field(
        False, description="Lets EMBEDDING_MODEL be `pubmedbert`, an English model of biomedical text (extra `models`)."
    )
    pubmedbert_model: str = Field(
        "NeuML/pubmedbert-base-embeddings",
        description="Which PubMedBERT: the name or folder of a sentence-transformers model.",
    )
    rerank_model: str = Field(
        "",
        description="A cross-encoder that orders what the search found: the name or folder of a sentence-transformers "
        "model (extra `models`), or a model of RERANK_BASE_URL. Empty: the built-in order.",
    )
    rerank_base_url: str = Field(
        "", description="An endpoint with `POST /rerank`, as Jina, Cohere, vLLM, LocalAI and llama.cpp have it."
    )
    rerank_api_key: SecretStr = Field(SecretStr(""), description="Key of that endpoint.")

    # Language models
    answers_by: AnswersBy = Field(
        AnswersBy.ENDPOINT,
        description="Who writes answers: `extractive` (sentences of the files, word for word), `endpoint` (the model "
        "of LLM_BASE_URL; without one, extractive), `cloud` (the model of CLOUD_BASE_URL), `nextcloud` (the language "
        "model of Nextcloud, by AppAPI only) or `biogpt`.",
    )
    answers_fallback: str = Field(
        "",
        description="Who is asked when that one does not answer, in order, separated by commas: `endpoint, cloud`. "
        "After the last one answers are extractive.",
    )
    models_where: ModelsWhere = Field(
        ModelsWhere.ANYWHERE,
        description="Where a model may stand that is shown questions and passages of files, or hears or speaks: "
        "`local` (this machine and MODELS_LOCAL_HOSTS) or `anywhere`. It is asked at every call to a model for "
        "answers, embeddings, reranking or speech.",
    )
    models_local_hosts: str = Field(
        "10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, fc00::/7",
        description="What counts as local beside this machine: networks, addresses and names of hosts, separated by "
        "commas. A name that is not listed counts when all its addresses do.",
    )
    nextcloud_model_is_local: bool = Field(
        False,
        description="Nextcloud's own language model, speech and text recognition run in our own network. Nextcloud "
        "does not tell where its providers send text, so with MODELS_WHERE=local they are only asked when this is set.",
    )
    llm_base_url: str = Field(
        "", description="An OpenAI-compatible endpoint. Empty: answers are picked from the passages, word for word."
    )
    llm_model: str = Field("", description="Model to ask there.")
    llm_api_key: SecretStr = Field(SecretStr(""), description="Key of that endpoint.")
    llm_context_tokens: int = Field(
        0, description="Tokens that model reads at once; so many passages are shown to it. 0: enough.", ge=0
    )
    llm_price_input: float = Field(0.0, description="Price of a million tokens that it reads, in your currency.", ge=0)
    llm_price_output: float = Field(0.0, description="Price of a million tokens that it writes.", ge=0)
    cloud_base_url: str = Field(
        "",
        description="An OpenAI-compatible endpoint that counts as outside whatever its address is: a cloud, or a "
        "gateway in your network that passes text on to one.",
    )
    cloud_model: str = Field("", description="Model to ask there.")
    cloud_api_key: SecretStr = Field(SecretStr(""), description="Key of that endpoint.")
    cloud_context_tokens: int = Field(0, description="Tokens that model reads at once. 0: enough.", ge=0)
    cloud_price_input: float = Field(0.0, description="Price of a million tokens that it reads.", ge=0)
    cloud_price_output: float = Field(0.0, description="Price of a million tokens that it writes.", ge=0)
    decompose: bool = Field(
        True,
        description="Questions that are several in one (comparisons, two questions, one that needs another one first) "
        "are answered one by one. A language model is asked what a long question is made of where no rule tells.",
    )
    commands_by_model: bool = Field(
        True,
        description="Words that may be a command and that no rule understands are read by the language model, if one "
        "is configured. It sees these words and nothing else, and what it reads is confirmed like any command.",
    )
    second_check: bool = Field(
        True,
        description="A language model that has answered is asked once more, whether each passage says what it is cited "
        "for. It takes up to five seconds after the last sentence; where the model sees no support, a note says so.",
    )
    llm_connect_timeout: float = Field(5.0, description="Seconds that connecting to a model may take.", gt=0)
    llm_timeout: float = Field(
        30.0, description="Seconds without a word from the model before the extractive answer is given instead.", gt=0
    )
    llm_stall_timeout: float = Field(
        15.0, description="Seconds that a model which has begun may pause before it is given up.", gt=0
    )
    llm_total_timeout: float = Field(90.0, description="Seconds that one answer of a model may take in all.", gt=0)
    enable_biogpt_adapter: bool = Field(
        False,
        description="Lets ANSWERS_BY be `biogpt`, a small English model of biomedical text that runs in this process "
        "(extra `models`).",
    )
    biogpt_model: str = Field("microsoft/biogpt", description="Which BioGPT: its name at Hugging Face, or a folder.")

    # Voice
    voice: bool = Field(True, description="Switched off, nothing is heard and nothing is spoken.")
    voice_webrtc: bool = Field(
        False,
        description="Spoken sessions over WebRTC as well, for other clients than the page (extra `webrtc`). Clients "
        "must reach UDP ports of this machine.",
    )
    hears_by: SpeechBy = Field(
        SpeechBy.BUILTIN,
        description="Who hears: `builtin` (English commands, on this machine), `endpoint` (TRANSCRIPTION_MODEL of "
        "SPEECH_BASE_URL), `realtime` (REALTIME_MODEL of SPEECH_BASE_URL, word by word over a WebSocket), `nextcloud` "
        "(Nextcloud's own speech recognition, by AppAPI only) or `local` (a model of SPEECH_LOCAL_MODELS, on this "
        "machine, extra `speech`).",
    )
    hears_fallback: str = Field(
        "",
        description="Who hears when that one does not answer or may not be asked, in order, separated by commas: "
        "`local, endpoint`. `builtin` comes last where it is not named.",
    )
    speaks_by: SpeechBy = Field(
        SpeechBy.BUILTIN,
        description="Who speaks: `builtin` (espeak-ng), `endpoint` (SPEECH_MODEL of SPEECH_BASE_URL), `nextcloud` "
        "(Nextcloud's own speech, by AppAPI only) or `local` (a voice of SPEECH_LOCAL_MODELS).",
    )
    speaks_fallback: str = Field("", description="Who speaks when that one does not, as with HEARS_FALLBACK.")
    speech_base_url: str = Field(
        "", description="An OpenAI-compatible endpoint with `/audio/transcriptions`, `/audio/speech` or `/realtime`."
    )
    speech_api_key: SecretStr = Field(SecretStr(""), description="Key of that endpoint.")
    speech_is_relay: bool = Field(
        False,
        description="That endpoint passes sound and text on to a service elsewhere, so for MODELS_WHERE it counts as "
        "outside whatever its address is.",
    )
    transcription_model: str = Field("", description="Model of that endpoint that hears, such as `whisper-1`.")
    realtime_model: str = Field("", description="Model that hears there over a WebSocket. Empty: TRANSCRIPTION_MODEL.")
    speech_model: str = Field("", description="Model of that endpoint that speaks, such as `tts-1`.")
    speech_voice: str = Field(
        "alloy", description="Voice to speak with there, where a user has chosen none: the endpoint's own word for it."
    )
    speech_local_models: str = Field(
        "",
        description="Models for `local`, separated by commas: `zipformer-en, kokoro-en, piper-de`. `voiceassist models "
        "fetch` brings them and names all there are; the first that knows a language is used for it.",
    )
    speech_connect_timeout: float = Field(
        3.0, description="Seconds that connecting to an engine that hears or speaks may take.", gt=0
    )
    speech_timeout: float = Field(
        8.0,
        description="Seconds that an engine may take for a transcript once all is said, or for the first sound, before "
        "the next one is asked. For a recording its length comes on top.",
        gt=0,
    )
    speech_stall_timeout: float = Field(
        4.0, description="Seconds that an engine which has begun to speak may pause before it is given up.", gt=0
    )
    speech_nextcloud_timeout: float = Field(
        60.0,
        description="Seconds that Nextcloud may take for a transcript or for speech: its tasks wait for a worker.",
        gt=0,
    )

    # Calendars
    calendar_link_hosts: str = Field(
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

    # Mail
    mail_imap_url: str = Field(
        "",
        description="The IMAP server of all users: `imaps://mail.example.org` (TLS), `imap://` (STARTTLS) or "
        "`imap+plain://` (unencrypted), with a port where it is another. Empty: users name their own.",
    )
    mail_smtp_url: str = Field(
        "", description="The SMTP server of all users: `smtps://`, `smtp://` (STARTTLS) or `smtp+plain://`."
    )
    mail_hosts: str = Field(
        "",
        description="Mail servers inside private networks that users may name: networks, addresses and names of hosts, "
        "separated by commas. Public servers may always be named.",
    )

    @field_validator(
        "nextcloud_url",
        "nextcloud_base_url",
        "llm_base_url",
        "cloud_base_url",
        "embedding_base_url",
        "rerank_base_url",
        "qdrant_url",
        "speech_base_url",
        "accounts_base_url",
        "opa_url",
    )
    @classmethod
    def _is_http(cls, value: str) -> str:
        value = value.strip().rstrip("/")
        if value and not value.startswith(("http://", "https://")):
            raise ValueError(f"{value!r} must start with http:// or https://")
        return value

    @field_validator("mail_imap_url", "mail_smtp_url")
    @classmethod
    def _is_mail_server(cls, value: str) -> str:
        parts = urlsplit(value.strip())
        if value and not (parts.scheme.startswith(("imap", "smtp")) and parts.hostname):
            raise ValueError(f"{value!r} is not an address such as imaps://mail.example.org")
        return value.strip()

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
        for item in filter(None, map(str.strip, value.split(","))):
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

    @field_validator("models_local_hosts", "mail_hosts", "calendar_link_hosts", "nextcloud_oidc_hosts")
    @classmethod
    def _is_listing(cls, value: str) -> str:
        OwnHosts.of(value)
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, value: str) -> str:
        if names := OwnHosts.of(value).names:
            raise ValueError(f"{min(names)!r} is a name; a proxy is known by its address or network")
        return value

    @field_validator("redis_url")
    @classmethod
    def _is_redis(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value() and not value.get_secret_value().startswith(("redis://", "rediss://")):
            raise ValueError("must start with redis:// or rediss://")
        return value

    @field_validator("answers_fallback")
    @classmethod
    def _are_answerers(cls, value: str) -> str:
        return _are_among(value, list(AnswersBy))

    @field_validator("hears_fallback")
    @classmethod
    def _can_hear(cls, value: str) -> str:
        return _are_among(value, list(SpeechBy))

    @field_validator("speaks_by", "speaks_fallback")
    @classmethod
    def _can_speak(cls, value: str) -> str:
        return _are_among(value, [name for name in SpeechBy if name is not SpeechBy.REALTIME])

    @field_validator("nextcloud_oidc_algorithms")
    @classmethod
    def _are_algorithms(cls, value: str) -> str:
        if not _names(value):
            raise ValueError("name at least one of RS256, ES256, PS256")
        # Never HS256, whose key every client has, nor `none`.
        return _are_among(value, ["RS256", "ES256", "PS256"])

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
    def answerers(self) -> tuple[AnswersBy, ...]:
        """Who is asked for an answer, in order, each once. What comes after `extractive` is never asked."""
        wanted = dict.fromkeys((self.answers_by, *(AnswersBy(name) for name in _names(self.answers_fallback))))
        return tuple(takewhile(lambda name: name is not AnswersBy.EXTRACTIVE, wanted))

    @cached_property
    def hearers(self) -> tuple[SpeechBy, ...]:
        """Who is asked what was said, in order, each once. The built-in engine is always there."""
        return _speech_order(self.hears_by, self.hears_fallback)

    @cached_property
    def speakers(self) -> tuple[SpeechBy, ...]:
        """Who is asked to speak, in order, each once. The built-in engine is always there."""
        return _speech_order(self.speaks_by, self.speaks_fallback)

    @cached_property
    def token_algorithm_names(self) -> frozenset[str]:
        """The signatures that are taken from the issuer that users sign in at."""
        return frozenset(_names(self.nextcloud_oidc_algorithms))

    @cached_property
    def local_speech_models(self) -> tuple[str, ...]:
        """The names of the models for the engine `local`."""
        return tuple(dict.fromkeys(_names(self.speech_local_models)))

    @property
    def tesseract_languages(self) -> str:
        """The languages that tesseract recognises; empty when it is not to."""
        return self.ocr_languages if self.ocr_by is OcrBy.TESSERACT else ""

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


def load_settings() -> Settings:
    """The settings, or a plain message that names the variable at fault."""
    try:
        return Settings()
    except ValidationError as error:
        problems = [f"{str(e['loc'][0]).upper()}: {e['msg'].removeprefix('Value error, ')}" for e in error.errors()]
        raise BadInput("Wrong setting. " + "; ".join(problems)) from None


def _names(listing: str) -> list[str]:
    return [name for part in listing.split(",") if (name := part.strip())]


def _are_among(listing: str, known: list[str]) -> str:
    """The listing as it is; `ValueError` when it has a name that is not known."""
    for name in _names(listing):
        if name not in known:
            raise ValueError(f"{name!r} is not one of {', '.join(known)}")
    return listing


def _speech_order(first: SpeechBy, then: str) -> tuple[SpeechBy, ...]:
    wanted = dict.fromkeys((first, *(SpeechBy(name) for name in _names(then)), SpeechBy.BUILTIN))
    return tuple(wanted)


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
