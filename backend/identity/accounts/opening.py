"""Puts local accounts together as they are configured."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from backend.database import Database
from backend.errors import BadInput
from backend.identity.accounts.administration import Administration
from backend.identity.accounts.directory import Directory
from backend.identity.accounts.letters import Letters
from backend.identity.accounts.lockout import Lockout
from backend.identity.accounts.passwords import OWASP_2024, Cost, Passwords
from backend.identity.accounts.post import Outbox, Post, SmtpPost
from backend.identity.accounts.registration import Registration
from backend.identity.accounts.renewal import Renewal
from backend.identity.accounts.second_factors import SecondFactors
from backend.identity.accounts.signing_in import SignIn
from backend.identity.accounts.totp import TotpCodes
from backend.identity.accounts.webauthn_keys import WebAuthnKeys
from backend.identity.events import Record
from backend.identity.session import Limiter, Sessions
from backend.settings import Settings
from backend.vault import Vault

# Browsers trust these without TLS.
_OWN_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True)
class LocalAccounts:
    """Everything that local accounts do."""

    directory: Directory
    registration: Registration
    sign_in: SignIn
    renewal: Renewal
    second_factors: SecondFactors
    administration: Administration
    outbox: Outbox
    passwords: Passwords

    async def close(self) -> None:
        """Hand over what mail is under way, and stop."""
        await self.outbox.close()
        self.passwords.close()


def open_accounts(
    settings: Settings,
    database: Database,
    vault: Vault,
    sessions: Sessions,
    *,
    record: Record,
    limit: Limiter,
    now: Callable[[], datetime],
    post: Post | None = None,
    cost: Cost = OWASP_2024,
) -> LocalAccounts:
    """The local accounts of these settings, to be closed. `post` stands in for the mail server of the settings.

    Raises `BadInput` when a setting that they need is missing, or cannot be.
    """
    if not settings.accounts_base_url:
        raise BadInput("LOCAL_ACCOUNTS needs ACCOUNTS_BASE_URL: the address of this page.", field="accounts_base_url")
    page = urlsplit(settings.accounts_base_url)
    if page.scheme == "http" and page.hostname not in _OWN_HOSTS:
        raise BadInput(
            f"ACCOUNTS_BASE_URL {settings.accounts_base_url!r} must begin with https://: links that set a password "
            "lead there, and browsers keep a session over TLS only.",
            field="accounts_base_url",
        )
    url = settings.accounts_smtp_url.get_secret_value()
    if post is None and (not url or not settings.accounts_sender):
        raise BadInput(
            "LOCAL_ACCOUNTS needs ACCOUNTS_SMTP_URL and ACCOUNTS_SENDER: links are sent by mail.",
            field="accounts_smtp_url",
        )
    outbox = Outbox(post or SmtpPost(url, settings.accounts_sender))
    letters = Letters(settings.accounts_base_url)
    passwords, lockout, directory = Passwords(cost), Lockout(database, now), Directory(database)
    codes, keys = TotpCodes(database, vault, now), WebAuthnKeys(database, settings.accounts_base_url, now)
    return LocalAccounts(
        directory=directory,
        registration=Registration(
            database,
            passwords,
            outbox,
            letters,
            record=record,
            limit=limit,
            now=now,
            admitted=settings.accounts_registration,
        ),
        sign_in=SignIn(database, passwords, lockout, codes, keys, sessions, record=record, limit=limit, now=now),
        renewal=Renewal(database, passwords, lockout, sessions, outbox, letters, record=record, limit=limit, now=now),
        second_factors=SecondFactors(database, vault, codes, keys, outbox, letters, record=record, now=now),
        administration=Administration(database, directory, sessions, record=record, now=now),
        outbox=outbox,
        passwords=passwords,
    )
