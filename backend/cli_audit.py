"""Commands about the audit. They work on the records themselves, whether VoiceAssist runs or not."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from sqlalchemy import make_url

from backend.audit.export import Format
from backend.audit.query import Query
from backend.errors import BadInput, NotFound
from backend.settings import Settings, load_settings

if TYPE_CHECKING:
    from backend.audit.service import Audit

app = typer.Typer(no_args_is_help=True, help="What was done, by whom, and proof that the record of it is whole.")

T = TypeVar("T")

AsJson = Annotated[bool, typer.Option("--json", help="JSON instead of text.")]
User = Annotated[str | None, typer.Option(help="Who did it.")]
Kind = Annotated[str | None, typer.Option(help="What was done; auth is auth.login as well.")]
Resource = Annotated[str | None, typer.Option(help="What it was done to.")]
Since = Annotated[str | None, typer.Option(help="From this time on, in ISO 8601; without a zone it is UTC.")]
Until = Annotated[str | None, typer.Option(help="Up to this time, which is not included.")]


@app.command()
def verify(
    checkpoint: Annotated[
        Path | None, typer.Option(help="A file of checkpoints that was kept elsewhere, one a line.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Verify every entry; name the first bad one and what was done to it. Exits with 1 when there is one."""
    from backend.audit.checkpoints import read_file

    checkpoints = read_file(checkpoint) if checkpoint else []
    report = _run(lambda audit: audit.verify(checkpoints))
    problem = report.problem
    if as_json:
        found = problem and {"trouble": problem.trouble, "sequence": problem.sequence, "what": problem.what}
        told = {"entries": report.entries, "first": report.first, "last": report.last}
        _write(json.dumps(told | {"checkpoints": report.checkpoints, "problem": found}) + "\n")
    elif problem is not None:
        _write(problem.told().capitalize() + "\n")
    elif not report.entries:
        _write("The audit has no entry yet.\n")
    else:
        compared = f", as at {report.checkpoints} checkpoints" if checkpoints else ""
        _write(f"{report.entries} entries are as they were written ({report.first} to {report.last}){compared}.\n")
    if problem is not None:
        raise typer.Exit(1)


@app.command()
def query(
    user: User = None,
    kind: Kind = None,
    resource: Resource = None,
    since: Since = None,
    until: Until = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50,
    offset: Annotated[int, typer.Option(min=0)] = 0,
    as_json: AsJson = False,
) -> None:
    """List entries, newest first."""
    from backend.audit.export import lines

    wanted = _wanted(user, kind, resource, since, until)
    rows, total = _run(lambda audit: audit.page(wanted, offset, limit))
    if as_json:
        _write(lines(rows, Format.JSONL))
        return
    for row in rows:
        parts = (row.at, row.user_id or "-", row.kind, row.resource or "-", row.outcome, row.address, row.reason or "")
        _write(f"{row.sequence}  " + "  ".join(part for part in map(_printable, parts) if part) + "\n")
    _write(f"{len(rows)} of {total}\n")


@app.command()
def export(
    user: User = None,
    kind: Kind = None,
    resource: Resource = None,
    since: Since = None,
    until: Until = None,
    form: Annotated[Format, typer.Option("--format", help="JSON Lines or CSV.")] = Format.JSONL,
) -> None:
    """Write entries to standard output, oldest first. That they were exported is recorded."""
    wanted = _wanted(user, kind, resource, since, until)

    async def write_all(audit: "Audit") -> None:
        async for piece in await audit.export(wanted, form, None):
            _write(piece)

    _run(write_all)


@app.command()
def checkpoint(
    file: Annotated[Path | None, typer.Option(help="A file to put it at the end of; else standard output.")] = None,
) -> None:
    """Say where the audit stands, signed: a line to be kept where nobody who could change the audit reaches it."""
    from backend.audit.checkpoints import as_line

    line = as_line(_run(lambda audit: audit.checkpoint(None)))
    if file is None:
        _write(line)
        return
    try:
        with file.open("a", encoding="utf-8") as opened:
            opened.write(line)
    except OSError as error:
        raise BadInput(f"{file} cannot be written: {error.strerror}.") from None


@app.command()
def retain(
    days: Annotated[int, typer.Option(min=1, help="Entries of so many days are kept.")],
) -> None:
    """Remove what is older, once the whole audit verifies. What is left verifies as before."""
    since = datetime.now(UTC) - timedelta(days=days)
    removed = _run(lambda audit: audit.retain(since, None))
    _write(f"{removed} entries were removed.\n")


@app.command(name="begin-anew")
def begin_anew(
    file: Annotated[Path, typer.Option(help="A new file to put the entries away in, as JSON Lines.")],
) -> None:
    """Put an audit away whose key is lost, and begin another one behind it, with the key that is there now."""
    away = _run(lambda audit: audit.begin_anew(file, None))
    _write(
        f"{away.entries} entries were put away in {file} (SHA-256 {away.sha256}). "
        "Keep the file: the first entry of the audit that begins now holds its digest.\n"
    )


def _run(work: "Callable[[Audit], Coroutine[Any, Any, T]]") -> T:
    """What is done with the audit of the records that the settings name. Raises `NotFound` when there are none yet."""
    settings = load_settings()
    url = make_url(settings.records_url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        raise NotFound(f"There are no records at {url.database}. APP_PERSISTENT_STORAGE or DATABASE_URL say where.")

    async def whole() -> T:
        async with _audit(settings) as audit:
            return await work(audit)

    return asyncio.run(whole())


@asynccontextmanager
async def _audit(settings: Settings) -> "AsyncIterator[Audit]":
    from backend.audit.service import open_audit
    from backend.database import Database

    database = Database(settings.records_url)
    try:
        await database.migrate()
        audit = open_audit(settings, database)
        try:
            yield audit
        finally:
            await audit.close()
    finally:
        await database.close()


def _wanted(user: str | None, kind: str | None, resource: str | None, since: str | None, until: str | None) -> Query:
    return Query(user, kind, resource, _time(since), _time(until))


def _time(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(f"{text!r} is not a time in ISO 8601, such as 2026-03-06T09:00.") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _printable(text: str) -> str:
    """Without what would drive the terminal: an agent or a resource comes from a client."""
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
