"""What signing in from outside of Nextcloud rests on."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime

from redis.asyncio import Redis
from redis.exceptions import RedisError

from backend.errors import VoiceAssistError
from backend.identity.accounts.post import SmtpPost
from backend.identity.oidc.configuration import configuration_of
from backend.identity.oidc.discovery import Discovery
from backend.identity.oidc.opening import issuer_reach
from backend.identity.oidc.wire import Wire
from backend.identity.policy.opening import open_policy
from backend.identity.principal import Action, Principal, Resource
from backend.preflight.check import SECONDS, Check
from backend.settings import Settings

# Marks of ended sessions are dropped by their time, which older ones cannot (XADD with MINID).
_OLDEST_REDIS = (6, 2)


async def sign_in(settings: Settings) -> AsyncIterator[Check]:
    """Who may do what, and, where they are configured, the issuer, Redis and the mails of local accounts."""
    yield await _policy(settings)
    if (issuer := await _issuer(settings)) is not None:
        yield issuer
    if settings.redis_url.get_secret_value():
        yield await _redis(settings.redis_url.get_secret_value())
    if settings.local_accounts:
        yield await _mails(settings)


async def _policy(settings: Settings) -> Check:
    where = settings.opa_url or settings.policy_file or "the one that comes along"
    nobody = Principal("preflight", frozenset())
    try:
        async with AsyncExitStack() as stack:
            policy = open_policy(settings, stack)
            await policy.decide(nobody, Action.READ, Resource("status", "preflight"))
    except VoiceAssistError as error:
        return Check("policy", False, error.message, "Check OPA_URL and POLICY_FILE: without it nothing is allowed.")
    return Check("policy", True, where)


async def _issuer(settings: Settings) -> Check | None:
    try:
        configuration = configuration_of(settings)
        if configuration is None:
            return None
        if not configuration.issuer:
            return Check("sign-in", True, f"by OAuth 2.0 of {settings.nextcloud_base_url}, which shows at first use")
        await Discovery(configuration, Wire(issuer_reach(settings)), lambda: datetime.now(UTC)).metadata()
    except VoiceAssistError as error:
        remedy = "Check the settings that begin with NEXTCLOUD_OIDC_."
        return Check("sign-in", False, error.message, remedy, optional=True)
    return Check("sign-in", True, f"{configuration.name} ({configuration.issuer}) tells how to sign in")


async def _redis(url: str) -> Check:
    redis = Redis.from_url(url, socket_timeout=SECONDS, socket_connect_timeout=SECONDS)
    try:
        version = str((await redis.info("server"))["redis_version"])
    except (RedisError, OSError) as error:
        return Check("Redis", False, f"It cannot be used ({type(error).__name__}).", "Check REDIS_URL.", optional=True)
    finally:
        await redis.aclose()
    if tuple(int(part) for part in version.split(".")[:2]) < _OLDEST_REDIS:
        return Check("Redis", False, f"It is version {version}.", "Install 6.2 or newer.", optional=True)
    return Check("Redis", True, f"version {version}")


async def _mails(settings: Settings) -> Check:
    post = SmtpPost(settings.accounts_smtp_url.get_secret_value(), settings.accounts_sender)
    try:
        await post.check(SECONDS)
    except VoiceAssistError as error:
        return Check("mails of accounts", False, error.message, "Check ACCOUNTS_SMTP_URL.", optional=True)
    return Check("mails of accounts", True, f"sent as {settings.accounts_sender}")
