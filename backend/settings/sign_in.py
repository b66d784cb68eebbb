"""Who comes in from outside of Nextcloud, and who may do what."""

from enum import StrEnum
from functools import cached_property

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings

from backend.places import OwnHosts
from backend.settings.kinds import Hosts, HttpAddress, are_among, names


class WhenStoreDown(StrEnum):
    """What a request meets while nobody can say whether its session was ended."""

    FAIL_OPEN = "fail_open"
    FAIL_CLOSED = "fail_closed"


class Sessions(BaseSettings):
    """Sessions"""

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
    sign_in_allowed: str = Field(
        "",
        description="Where VoiceAssist serves one person: who may sign in beside that person, separated by commas, by "
        "the names that the issuer has for them. They have that person's files, calendars and mails.",
    )

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, value: str) -> str:
        if found := OwnHosts.of(value).names:
            raise ValueError(f"{min(found)!r} is a name; a proxy is known by its address or network")
        return value

    @field_validator("redis_url")
    @classmethod
    def _is_redis(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value() and not value.get_secret_value().startswith(("redis://", "rediss://")):
            raise ValueError("must start with redis:// or rediss://")
        return value


class Issuer(BaseSettings):
    """Signing in at an issuer (OpenID Connect), for clients outside of Nextcloud"""

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
    nextcloud_base_url: HttpAddress = Field(
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
    nextcloud_oidc_hosts: Hosts = Field(
        "",
        description="Hosts and networks of your own, separated by commas, that the issuer may lead to beside its own "
        "host: for tokens, keys and UserInfo. Others must be on the public internet.",
    )
    nextcloud_oidc_leeway: int = Field(
        60, description="Seconds that the issuer's clock may differ from ours.", ge=0, le=300
    )

    @field_validator("nextcloud_oidc_algorithms")
    @classmethod
    def _are_algorithms(cls, value: str) -> str:
        if not names(value):
            raise ValueError("name at least one of RS256, ES256, PS256")
        # Never HS256, whose key every client has, nor `none`.
        return are_among(value, ["RS256", "ES256", "PS256"])

    @cached_property
    def token_algorithm_names(self) -> frozenset[str]:
        """The signatures that are taken from the issuer that users sign in at."""
        return frozenset(names(self.nextcloud_oidc_algorithms))


class WhoMayWhat(BaseSettings):
    """Who may do what"""

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
    opa_url: HttpAddress = Field(
        "",
        description="An OPA server that decides in place of this process: `http://127.0.0.1:8181`. Empty: this process "
        "does. Nothing is allowed while it does not answer.",
    )
