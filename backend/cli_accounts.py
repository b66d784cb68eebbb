"""Commands about local accounts. They work on the records; a running VoiceAssist hears of what they end."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from backend.errors import BadInput
from backend.settings import Mode, load_settings

if TYPE_CHECKING:
    from backend.identity.accounts.opening import LocalAccounts

app = typer.Typer(no_args_is_help=True, help="Local accounts, for installations without Nextcloud's login.")

Email = Annotated[str, typer.Argument(help="The account's mail address.")]
Roles = Annotated[
    list[str] | None, typer.Option("--role", help="user, medical_staff, auditor or admin; may be given again.")
]


@app.command("list")
def list_accounts(as_json: Annotated[bool, typer.Option("--json", help="JSON instead of text.")] = False) -> None:
    """All accounts."""
    asyncio.run(_list(as_json))


async def _list(as_json: bool) -> None:
    async with _open() as accounts:
        for account in await accounts.directory.all():
            roles = sorted(account.roles)
            if as_json:
                facts = {
                    "user_id": account.user_id,
                    "email": account.email,
                    "name": account.name,
                    "roles": roles,
                    "disabled": account.disabled,
                }
                _print(json.dumps(facts, ensure_ascii=False))
            else:
                state = "disabled" if account.disabled else "" if account.has_password else "no password yet"
                _print("  ".join(part for part in (account.email, account.user_id, ", ".join(roles), state) if part))


@app.command()
def add(
    email: Email,
    name: Annotated[str, typer.Option(help="The person's name.")] = "",
    role: Roles = None,
    user_id: Annotated[str, typer.Option(help="The user id it stands for (default: a new one).")] = "",
) -> None:
    """Make an account, and print the link by which its owner sets the password (good for three days)."""
    asyncio.run(_add(email, name, role or ["user"], user_id))


async def _add(email: str, name: str, roles: list[str], user_id: str) -> None:
    from backend.identity.accounts.directory import asked_roles

    if not user_id and load_settings().mode is Mode.APPAPI:
        raise BadInput("Users are Nextcloud's here: say by --user-id for which one the account is.", field="user_id")
    async with _open() as accounts:
        account = await accounts.administration.add(email, name, asked_roles(roles), user_id)
        _print(await accounts.renewal.invite(account.user_id))


@app.command()
def disable(email: Email) -> None:
    """Refuse an account from now on, and end its sessions."""
    _run(lambda accounts: accounts.administration.disable(email))


@app.command()
def enable(email: Email) -> None:
    """Let a disabled account in again."""
    _run(lambda accounts: accounts.administration.enable(email))


@app.command()
def roles(email: Email, role: Roles = None) -> None:
    """Set the roles of an account."""
    from backend.identity.accounts.directory import asked_roles

    wanted = asked_roles(role or [])
    _run(lambda accounts: accounts.administration.set_roles(email, wanted))


@app.command("reset-second-factor")
def reset_second_factor(email: Email) -> None:
    """Remove all second factors of who has lost them, and end the sessions."""
    _run(lambda accounts: accounts.administration.reset_second_factor(email))


@app.command()
def remove(email: Email) -> None:
    """Remove an account and end its sessions. What its user stored in VoiceAssist stays."""
    _run(lambda accounts: accounts.administration.remove(email))


def _run(work: "Callable[[LocalAccounts], Coroutine[Any, Any, None]]") -> None:
    async def done() -> None:
        async with _open() as accounts:
            await work(accounts)

    asyncio.run(done())


@asynccontextmanager
async def _open() -> "AsyncIterator[LocalAccounts]":
    """Accounts and sessions over the records of the settings. Raises `BadInput` when there are no local accounts."""
    from backend.audit.service import open_audit
    from backend.database import Database
    from backend.identity.accounts.opening import open_accounts
    from backend.identity.keys.service import KeyService
    from backend.identity.principal import Role
    from backend.identity.sessions.opening import open_revocations, open_sessions
    from backend.vault import open_vault

    settings = load_settings()
    if not settings.local_accounts:
        raise BadInput("There are no local accounts: LOCAL_ACCOUNTS is off.")
    settings.app_persistent_storage.mkdir(parents=True, exist_ok=True)
    database = Database(settings.records_url)
    vault = open_vault(settings.secrets_key.get_secret_value(), settings.app_persistent_storage)
    audit = open_audit(settings, database)
    revocations = open_revocations(settings, database, _now)

    async def no_limit(*_: str) -> None:
        """Whoever may run this may run it often."""

    async def nobody(_: str) -> frozenset[Role]:
        """No session is begun or checked here."""
        return frozenset()

    sessions = open_sessions(
        settings,
        database,
        vault,
        revocations,
        record=audit.record,
        roles_of=nobody,
        limit=no_limit,
        now=_now,
    )
    keys = KeyService(database, revocations, record=audit.record, roles_of=nobody, now=_now)
    sessions.end_with_all(keys.revoke_all)
    accounts = open_accounts(settings, database, vault, sessions, record=audit.record, limit=no_limit, now=_now)
    try:
        await database.migrate()
        yield accounts
    finally:
        await accounts.close()
        await revocations.close()
        await audit.close()
        await database.close()


def _now() -> datetime:
    return datetime.now(UTC)


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
