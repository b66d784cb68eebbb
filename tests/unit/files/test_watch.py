import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from backend.errors import Unavailable
from tests.unit.files.house import House
from tests.unit.jobs.waiting import until


@asynccontextmanager
async def watching(house: House) -> AsyncIterator[None]:
    task = asyncio.create_task(house.watcher.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_changes_are_found_without_being_told(house: House) -> None:
    async with watching(house):
        house.source.write("/1.txt", "one")

        async def looked() -> bool:
            return (await house.service.summary("ann")).last_crawl_at is not None

        await until(looked)
    summary = await house.service.summary("ann")
    assert (summary.total, summary.waiting, summary.crawling, summary.error) == (1, 1, False, None)


async def test_looking_is_possible_at_once(house: House) -> None:
    house.watcher._interval = 1000.0
    async with watching(house):
        await until(lambda: len(house.source.requests) > 0)
        asked = len(house.source.requests)
        await asyncio.sleep(0.05)
        house.service.crawl("ann")
        await until(lambda: len(house.source.requests) > asked)


async def test_a_server_that_is_gone_is_asked_less_often_and_the_summary_says_so_until_it_is_back(
    house: House,
) -> None:
    def gone(request: str) -> None:
        raise Unavailable("Nothing listens at cloud.test.", retry_after=0.3)

    async def error() -> str | None:
        return (await house.service.summary("ann")).error

    house.source.trouble = gone

    async def told() -> bool:
        return await error() == "Nothing listens at cloud.test."

    async def quiet() -> bool:
        return await error() is None

    async with watching(house):
        await until(told)
        house.source.requests.clear()
        await asyncio.sleep(1.0)
        assert len(house.source.requests) <= 4, "every 0.35 s instead of every 0.05 s"
        house.source.trouble = lambda request: None
        await until(quiet)


async def test_a_bug_does_not_end_the_watching(house: House) -> None:
    def bug(request: str) -> None:
        raise ValueError("a bug")

    house.source.trouble = bug
    async with watching(house):
        await until(lambda: len(house.source.requests) > 1)
        house.source.trouble = lambda request: None
        house.source.write("/1.txt", "one")

        async def seen() -> bool:
            return "/1.txt" in await house.files()

        await until(seen)
