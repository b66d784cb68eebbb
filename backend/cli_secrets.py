"""Commands about secrets at rest."""

import asyncio
import json
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Annotated

import typer
from rich.console import Console
from sqlalchemy.orm import InstrumentedAttribute

from backend.calendar.mirror.tables import LinkLogRow, LinkRow
from backend.database import Database
from backend.identity.accounts.tables import FactorRow
from backend.mail.tables import MailAccountRow
from backend.resealing import Resealed, reseal
from backend.settings import Settings, load_settings
from backend.vault import add_own_key, drop_old_keys, open_vault

app = typer.Typer(
    no_args_is_help=True,
    help="Secrets, as they are stored.",
)

# Every column that holds something sealed. A test finds those that are missing here.
SEALED: tuple[InstrumentedAttribute[str], ...] = (
    MailAccountRow.sealed_password,
    LinkRow.secret,
    LinkLogRow.data,
    FactorRow.secret,
)


@app.callback()
def secrets() -> None:
    """Secrets, as they are stored."""


@app.command()
def rotate(as_json: Annotated[bool, typer.Option("--json", help="JSON instead of text.")] = False) -> None:
    """Seal all stored secrets with the newest key; stop VoiceAssist before. It goes on where it was interrupted.

    Put the new key before the old ones in SECRETS_KEY, and take the old ones away afterwards. Without SECRETS_KEY the
    key in the storage folder is replaced.
    """
    done = asyncio.run(rotated(load_settings(), SEALED))
    if as_json:
        sys.stdout.write(json.dumps({one.column: [one.renewed, one.current, one.lost] for one in done}) + "\n")
        return
    out = Console(highlight=False)
    for one in done:
        lost = f", [red]{one.lost} of a key that is missing[/red]" if one.lost else ""
        out.print(f"{one.column}: {one.renewed} sealed anew, {one.current} were already{lost}", soft_wrap=True)


async def rotated(settings: Settings, columns: Sequence[InstrumentedAttribute[str]]) -> list[Resealed]:
    """Seal what is in these columns with the newest key.

    Raises `Unavailable` when VoiceAssist runs: it would go on with the old key.
    """
    from backend.serving import listen

    own = not settings.secrets_key.get_secret_value()
    storage = settings.app_persistent_storage
    with ExitStack() as stack:
        if not settings.socket:
            stack.enter_context(listen(settings))
        if own:
            add_own_key(storage)
        vault = open_vault(settings.secrets_key.get_secret_value(), storage)
        database = Database(settings.records_url)
        try:
            await database.migrate()
            done = [await reseal(database, column, vault) for column in columns]
        finally:
            await database.close()
        if own:
            drop_old_keys(storage)
    return done
