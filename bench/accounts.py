"""How many sign in at once with local accounts, in the whole product, and how long each waits: none may be lost.

JSON on standard output. Everybody has an account and an address of their own, as behind a proxy, so that the limits
hold and refuse nobody. A password is hashed as in the product (argon2id, 19 MiB, two passes), every
sign-in is recorded.
"""

import asyncio
import json
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import httpx

from backend.database import Database
from backend.identity.accounts.passwords import Passwords
from backend.identity.accounts.tables import AccountRow
from backend.settings import Settings
from tests.servers.local_accounts import Accounts, local_accounts

_LOGINS = 200
_PASSWORD = "kwal stift mond 7"


async def _add_accounts(storage: Path) -> None:
    passwords = Passwords()
    hashed, now = await passwords.hash(_PASSWORD), datetime.now(UTC)
    passwords.close()
    database = Database(Settings(app_persistent_storage=storage).records_url)
    await database.migrate()
    async with database.transaction() as session:
        session.add_all(
            AccountRow(
                user_id=f"user{number}",
                email=_email(number),
                name="",
                password=hashed,
                password_at=now,
                roles="user",
                created_at=now,
            )
            for number in range(_LOGINS)
        )
    await database.close()


def _email(number: int) -> str:
    return f"user{number}@clinic.example"


async def _sign_in(client: httpx.AsyncClient, number: int) -> tuple[float, str]:
    """How long it took (s), and the access token; "" when it was refused."""
    began = time.perf_counter()
    answer = await client.post(
        "auth/login",
        json={"email": _email(number), "password": _PASSWORD},
        headers={"X-Forwarded-For": f"198.51.100.{number}"},
    )
    access = answer.json()["data"]["tokens"]["access"] if answer.is_success else ""
    return time.perf_counter() - began, access


async def _measure(accounts: Accounts) -> dict[str, float]:
    limits = httpx.Limits(max_connections=_LOGINS)
    async with httpx.AsyncClient(
        base_url=f"{accounts.address}/api/v1/",
        headers={"X-Requested-With": "bench"},
        trust_env=False,
        timeout=120,
        limits=limits,
    ) as client:
        began = time.perf_counter()
        done = await asyncio.gather(*(_sign_in(client, number) for number in range(_LOGINS)))
        seconds = time.perf_counter() - began
        there = 0
        for _, access in done:
            me = await client.get("auth/me", headers={"Authorization": f"Bearer {access}"})
            there += me.is_success
    cuts = statistics.quantiles((took for took, _ in done), n=20)
    return {
        "logins_at_once": _LOGINS,
        "logins_lost": _LOGINS - there,
        "logins_seconds": round(seconds, 2),
        "login_p50_seconds": round(cuts[9], 2),
        "login_p95_seconds": round(cuts[18], 2),
    }


async def main() -> None:
    """Measure, and see that the record of it is whole."""
    with tempfile.TemporaryDirectory() as folder:
        await _add_accounts(Path(folder))
        async with local_accounts(Path(folder), INDEXING="false") as accounts:
            figures = await _measure(accounts)
        verified = json.loads(accounts.command("audit", "verify", "--json").stdout)
        figures["audit_entries"] = verified["entries"]
        figures["audit_is_whole"] = verified["problem"] is None
    json.dump(figures, sys.stdout, indent=2)


if __name__ == "__main__":
    asyncio.run(main())
