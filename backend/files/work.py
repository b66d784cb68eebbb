"""The one kind of job of this slice: make the index true for a file, whatever changed about it.

Its key is the file id, so that nothing about one file ever happens twice at the same time: indexing, moving and
removing all go through the same row of the ledger.
"""

from collections.abc import Iterable

from backend.jobs.ledger import NewJob

INDEX = "files.index"

# Somebody changed this file just now and may ask about it.
FRESH = 10
# One of many in a folder that was never looked into before.
BULK = 100


def index_jobs(files: Iterable[tuple[int, str]], priority: int) -> list[NewJob]:
    """Jobs for files given by id and the user as whom they are fetched."""
    return [NewJob(INDEX, str(file_id), user_id, priority=priority) for file_id, user_id in files]
