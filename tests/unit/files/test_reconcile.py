from sqlalchemy import delete

from backend.files.reconcile import Swept
from backend.files.tables import FileState
from backend.jobs.tables import JobRow
from tests.unit.files.house import House


async def indexed(house: House) -> None:
    for n in range(3):
        house.source.write(f"/{n}.txt", f"{n}\nmore")
    await house.crawl()
    await house.work()


async def test_a_sweep_over_a_true_index_changes_nothing(house: House) -> None:
    await indexed(house)
    assert await house.reconciler.sweep() == Swept()
    assert await house.work() == 0


async def test_rows_that_wait_without_a_job_get_one(house: House) -> None:
    """As a crash between writing the rows and putting the jobs leaves them."""
    house.source.write("/1.txt", "one")
    await house.crawl()
    async with house.database.transaction() as session:
        await session.execute(delete(JobRow))
    assert await house.work() == 0
    assert (await house.reconciler.sweep()).requeued == 1
    await house.work()
    assert house.index.texts() == {"/1.txt": "one"}


async def test_files_that_the_index_lost_or_holds_in_part_are_indexed_again(house: House) -> None:
    await indexed(house)
    texts = house.index.texts()
    ids = {path: file.file_id for path, file in (await house.files()).items()}
    del house.index.documents[ids["/0.txt"]]
    house.index.documents[ids["/1.txt"]][1].pop()
    assert (await house.reconciler.sweep()).differing == 2
    await house.work()
    assert house.index.texts() == texts


async def test_files_that_only_the_index_knows_are_taken_out(house: House) -> None:
    await indexed(house)
    document, chunks = next(iter(house.index.documents.values()))
    house.index.documents[999] = (document, chunks)
    assert (await house.reconciler.sweep()).unknown == 1
    assert 999 not in house.index.documents
    assert len(house.index.documents) == 3


async def test_a_file_left_running_by_a_dead_process_whose_job_waits_is_shown_as_waiting(house: House) -> None:
    house.source.write("/1.txt", "one")
    await house.crawl()
    (job,) = await house.ledger.lease("dies", ["files.index"], 1, 60)
    await house.pipeline._records.begin(int(job.key))
    await house.ledger.release(job)
    assert (await house.files())["/1.txt"].state == FileState.RUNNING
    await house.reconciler.sweep()
    assert (await house.files())["/1.txt"].state == FileState.WAITING
