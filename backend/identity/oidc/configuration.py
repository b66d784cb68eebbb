"""Which issuer users sign in at, as the administrator configured it."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from backend.errors import BadInput
from backend.places import is_loopback
from backend.settings import Settings

CALLBACK = "/auth/callback"


@dataclass(frozen=True, slots=True)
class Configuration:
    """What is known about the issuer, and as what it knows us.

    `issuer` is compared exactly with what the issuer says of itself. Where it is empty, users sign in by core `oauth2`
    of the Nextcloud at `base_url`. `algorithms` are those that its signatures may have, `leeway` the seconds that its
    clock may be off, `audience` what a token must be meant for to be taken here.
    """

    name: str
    issuer: str
    base_url: str
    client_id: str
    client_secret: str
    redirect_uri: str
    uid_claim: str
    groups_claim: str
    audience: str
    algorithms: frozenset[str]
    leeway: int

    @property
    def origin(self) -> str:
        """Where users reach us: the origin of the redirect URI."""
        parts = urlsplit(self.redirect_uri)
        return f"{parts.scheme}://{parts.netloc}"


def configuration_of(settings: Settings) -> Configuration | None:
    """The configuration in force, or None where none is. Raises `BadInput` for one that is incomplete or unsafe."""
    client_id = settings.nextcloud_client_id.strip()
    issuer = settings.nextcloud_oidc_issuer.strip()
    if not client_id:
        if issuer:
            raise BadInput("NEXTCLOUD_OIDC_ISSUER needs NEXTCLOUD_CLIENT_ID as well.", field="nextcloud_client_id")
        return None
    if not issuer and not settings.nextcloud_base_url:
        raise BadInput(
            "NEXTCLOUD_CLIENT_ID needs NEXTCLOUD_OIDC_ISSUER, or NEXTCLOUD_BASE_URL for Nextcloud's own OAuth 2.0.",
            field="nextcloud_oidc_issuer",
        )
    redirect_uri = settings.nextcloud_redirect_uri.strip()
    # The way back is a fixed path of ours, and everything else that users reach lies beside it.
    if urlsplit(redirect_uri).path != CALLBACK or urlsplit(redirect_uri).query or "#" in redirect_uri:
        raise BadInput(
            f"NEXTCLOUD_REDIRECT_URI is {redirect_uri!r}. It must be our own address followed by {CALLBACK}.",
            field="nextcloud_redirect_uri",
        )
    for name, address in (
        ("NEXTCLOUD_OIDC_ISSUER", issuer),
        ("NEXTCLOUD_BASE_URL", settings.nextcloud_base_url),
        ("NEXTCLOUD_REDIRECT_URI", redirect_uri),
    ):
        if address and not is_safe(address):
            raise BadInput(f"{name} is {address!r}. It must start with https:// and name a host.", field=name.lower())
    configuration = Configuration(
        name=settings.nextcloud_sign_in_name.strip() or "Nextcloud",
        issuer=issuer,
        base_url=settings.nextcloud_base_url,
        client_id=client_id,
        client_secret=settings.nextcloud_client_secret.get_secret_value(),
        redirect_uri=redirect_uri,
        uid_claim=settings.nextcloud_uid_claim.strip(),
        groups_claim=settings.nextcloud_groups_claim.strip(),
        audience=settings.nextcloud_audience.strip() or redirect_uri.removesuffix(CALLBACK),
        algorithms=settings.token_algorithm_names,
        leeway=settings.nextcloud_oidc_leeway,
    )
    if issuer and configuration.audience == client_id:
        # An ID token is meant for the client id. What it proves is a sign-in, never the right to call.
        raise BadInput("NEXTCLOUD_AUDIENCE must differ from NEXTCLOUD_CLIENT_ID.", field="nextcloud_audience")
    return configuration


def is_safe(address: str) -> bool:
    """Whether an address is fit for secrets: TLS, or this machine itself (OpenID Connect Core 1.0, section 16.17)."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        return False
    if "@" in parts.netloc or not host:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
