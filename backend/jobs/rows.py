"""What happens to a row of the ledger: made, put again, leased no more, started over."""

from datetime import datetime, timedelta
from typing import TypedDict

from backend.jobs.ledger import Job, JobState, NewJob
from backend.jobs.tables import JobRow


class NewRow(TypedDict):
    """The columns of a job that is put for the first time."""

    kind: str
    key: str
    user_id: str
    payload: dict[str, object]
    priority: int
    turn: int
    state: str
    attempts: int
    not_before: datetime
    fence: int
    generation: int
    progress: float
    created: datetime
    updated: datetime


def start_over(row: JobRow) -> None:
    """Forget earlier attempts."""
    row.attempts = 0
    row.progress = 0.0
    row.reason = None


def end_lease(row: JobRow, state: JobState, now: datetime) -> None:
    """Nobody works on the job any more; it goes to `state`."""
    row.state = state
    row.lease_owner = None
    row.lease_until = None
    row.updated = now


def new_row(job: NewJob, turn: int, now: datetime) -> NewRow:
    """The row of a job that was not known before."""
    return {
        "kind": job.kind,
        "key": job.key,
        "user_id": job.user_id,
        "payload": dict(job.payload),
        "priority": job.priority,
        "turn": turn,
        "state": JobState.WAITING,
        "attempts": 0,
        "not_before": now + timedelta(seconds=job.delay),
        "fence": 0,
        "generation": 1,
        "progress": 0.0,
        "created": now,
        "updated": now,
    }


def put_again(row: JobRow, new: NewRow, now: datetime) -> None:
    """Put a known job again: the new payload counts, of two priorities and two waits the more urgent one.

    While it runs only the generation moves on, by which `done` and `fail` see that it must run once more.
    """
    waiting = row.state == JobState.WAITING
    if row.state in (JobState.DONE, JobState.DEAD) or new["priority"] < row.priority:
        row.priority = new["priority"]
        row.turn = new["turn"]
    row.not_before = min(row.not_before, new["not_before"]) if waiting else new["not_before"]
    row.payload = new["payload"]
    row.user_id = new["user_id"]
    row.generation += 1
    row.attempts = 0
    row.updated = now
    if row.state != JobState.RUNNING:
        row.state = JobState.WAITING
        start_over(row)


def job_of(row: JobRow) -> Job:
    """The job as this row has it."""
    return Job(
        id=row.id,
        kind=row.kind,
        key=row.key,
        user_id=row.user_id,
        payload=row.payload,
        priority=row.priority,
        state=JobState(row.state),
        attempts=row.attempts,
        not_before=row.not_before,
        lease_until=row.lease_until,
        lease_owner=row.lease_owner,
        fence=row.fence,
        generation=row.generation,
        progress=row.progress,
        reason=row.reason,
        created=row.created,
        updated=row.updated,
    )
