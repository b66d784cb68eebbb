"""How fast the audit is written and verified on SQLite: `python -m bench.audit [--entries N] [--folder DIR]`, JSON out.

`one_by_one_per_s`: each entry is waited for before the next, so each waits for the disk. `concurrent_per_s`: 500
callers at once, whose entries share transactions. `verify_per_s`: the whole audit. The disk that `--folder` lies on
decides about the first; by default it is the one of this folder, for /tmp may be memory.
"""

import argparse
import asyncio
import itertools
import json
import tempfile
import time
from pathlib import Path

from backend.audit.keys import open_keys
from backend.audit.service import Audit
from backend.database import Database
from backend.identity.events import Event
from backend.identity.origin import Origin, come_from

_CALLERS = 500
_ALONE = 300


def _event(number: int) -> Event:
    return Event("auth.login", f"user{number % 100}", resource=f"session:{number}", details={"way": "oidc"})


async def measure(entries: int, folder: Path) -> dict[str, object]:
    """Entries per second."""
    database = Database(f"sqlite+aiosqlite:///{folder / 'bench.db'}")
    await database.migrate()
    audit = Audit(database, Database(database.url, durable=True), open_keys("", folder))
    come_from(Origin("192.0.2.7", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"))
    numbers = itertools.count()

    async def caller() -> None:
        while (number := next(numbers)) < entries:
            await audit.record(_event(number))

    began = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(_CALLERS)))
    together = time.perf_counter() - began
    began = time.perf_counter()
    for number in range(_ALONE):
        await audit.record(_event(number))
    alone = time.perf_counter() - began
    began = time.perf_counter()
    report = await audit.verify()
    verified = time.perf_counter() - began
    assert report.problem is None, report.problem
    assert report.entries == entries + _ALONE
    await audit.close()
    await database.close()
    return {
        "entries": report.entries,
        "callers": _CALLERS,
        "concurrent_per_s": round(entries / together),
        "one_by_one_per_s": round(_ALONE / alone),
        "verify_per_s": round(report.entries / verified),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=50_000)
    parser.add_argument("--folder", type=Path, default=Path())
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        print(json.dumps(asyncio.run(measure(options.entries, Path(folder))), indent=2))


if __name__ == "__main__":
    main()
