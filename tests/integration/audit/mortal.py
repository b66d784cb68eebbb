"""A process that records events without end and says the number of each once it is kept, until it is killed."""

import asyncio
import itertools
import sys

from backend.audit.service import Audit
from backend.database import Database
from backend.identity.events import Event
from tests.unit.audit.world import KEYS

AT_ONCE = 20


async def main(url: str, name: str) -> None:
    database = Database(url, durable=True)
    audit, numbers = Audit(database, database, KEYS), itertools.count()

    async def go_on() -> None:
        while True:
            number = next(numbers)
            await audit.record(Event("auth.login", name, resource=f"{name}:{number}"))
            print(number, flush=True)

    await asyncio.gather(*(go_on() for _ in range(AT_ONCE)))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
