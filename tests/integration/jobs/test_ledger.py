"""The contract of a ledger, on every database that can hold one."""

import asyncio
from datetime import timedelta

import pytest

from backend.database import Database
from backend.errors import BadInput, RateLimited, Unavailable
from backend.jobs.backoff import Backoff
from backend.jobs.ledger import Job, JobState, NewJob
from backend.jobs.sql import SqlLedger
from tests.integration.jobs.conftest import Clock

LEASE = 30.0


@pytest.fixture
def ledger(records: Database, clock: Clock) -> SqlLedger:
    """No jitter: a random number of 0.5 halves every wait."""
    return SqlLedger(records, backoff=Backoff(base=10, cap=60, max_attempts=3), clock=clock, random=lambda: 0.5)


def job(key: str, user: str = "ann", priority: int = 0, delay: float = 0.0, **payload: object) -> NewJob:
    return NewJob("index", key, user, payload, priority, delay)


async def lease(ledger: SqlLedger, limit: int = 1, owner: str = "w1") -> list[Job]:
    return await ledger.lease(owner, ["index"], limit, LEASE)


async def state_of(ledger: SqlLedger, key: str) -> JobState:
    return (await ledger.find("index", [key]))[key].state


async def test_a_job_that_was_put_is_leased_once_and_then_done(ledger: SqlLedger) -> None:
    await ledger.put([job("1", path="/a.txt")])
    (leased,) = await lease(ledger)
    assert (leased.key, leased.user_id, leased.payload, leased.attempts) == ("1", "ann", {"path": "/a.txt"}, 1)
    assert await lease(ledger) == []
    await ledger.done(leased)
    assert await lease(ledger) == []
    assert (await ledger.find("index", ["1", "2"]))["1"].state == JobState.DONE


async def test_a_lease_that_ran_out_is_found_by_whoever_asks_first(ledger: SqlLedger, clock: Clock) -> None:
    await ledger.put([job("1"), NewJob("mail", "1", "ann")])
    await lease(ledger)
    clock.advance(LEASE)
    assert [found.kind for found in await ledger.lease("w1", ["mail"], 5, LEASE)] == ["mail"]
    assert [found.attempts for found in await lease(ledger)] == [2]


async def test_other_kinds_are_left_alone(ledger: SqlLedger) -> None:
    await ledger.put([job("1")])
    assert await ledger.lease("w1", ["mail"], 5, LEASE) == []
    assert await ledger.lease("w1", [], 5, LEASE) == []


async def test_putting_a_waiting_job_again_keeps_one_job_with_the_newest_payload(ledger: SqlLedger) -> None:
    await ledger.put([job("1", path="/old")])
    await ledger.put([job("1", path="/newer"), job("1", path="/newest")])
    (leased,) = await lease(ledger, limit=5)
    assert leased.payload == {"path": "/newest"}


async def test_a_job_that_is_put_while_it_runs_runs_again(ledger: SqlLedger) -> None:
    await ledger.put([job("1", version=1)])
    (first,) = await lease(ledger)
    await ledger.put([job("1", version=2)])
    assert await lease(ledger) == [], "it must not run twice at the same time"
    await ledger.done(first)
    (second,) = await lease(ledger)
    assert second.payload == {"version": 2}
    assert second.attempts == 1
    await ledger.done(second)
    assert await state_of(ledger, "1") == JobState.DONE


async def test_a_job_that_is_put_while_it_runs_starts_afresh_when_the_run_fails(ledger: SqlLedger) -> None:
    await ledger.put([job("1", version=1)])
    (first,) = await lease(ledger)
    await ledger.put([job("1", version=2)])
    after = await ledger.fail(first, BadInput("out of date"))
    assert after is not None
    assert (after.state, after.attempts, after.reason) == (JobState.WAITING, 0, None)
    assert [found.payload for found in await lease(ledger)] == [{"version": 2}]


async def test_a_done_job_runs_again_when_it_is_put_again(ledger: SqlLedger) -> None:
    await ledger.put([job("1")])
    await ledger.done((await lease(ledger))[0])
    await ledger.put([job("1")])
    assert len(await lease(ledger)) == 1


async def test_the_more_urgent_priority_goes_first_and_wins_when_both_are_put(ledger: SqlLedger) -> None:
    await ledger.put([job("bulk1", priority=100), job("bulk2", priority=100), job("fresh", priority=10)])
    await ledger.put([job("bulk2", priority=10)])
    await ledger.put([job("fresh", priority=100)])
    assert [found.key for found in await lease(ledger, limit=3)] == ["fresh", "bulk2", "bulk1"]


async def test_users_take_turns_at_equal_priority(ledger: SqlLedger) -> None:
    await ledger.put([job(f"a{n}", "ann") for n in range(100)])
    await ledger.put([job(f"b{n}", "bob") for n in range(3)])
    assert [found.user_id for found in await lease(ledger, limit=8)] == ["ann", "bob"] * 3 + ["ann", "ann"]
    # Someone who comes later starts where the queue stands: neither behind the others nor in front of all of them.
    await ledger.put([job(f"c{n}", "cyd") for n in range(10)])
    users = [found.user_id for found in await lease(ledger, limit=6)]
    assert sorted(users) == ["ann"] * 3 + ["cyd"] * 3
    await ledger.put([job(f"b{n}", "bob") for n in range(3, 6)])
    assert [found.user_id for found in await lease(ledger, limit=3)].count("bob") == 1


async def test_a_delayed_job_waits_and_a_stream_of_changes_does_not_postpone_it(
    ledger: SqlLedger, clock: Clock
) -> None:
    await ledger.put([job("1", delay=2)])
    clock.advance(1.5)
    assert await lease(ledger) == []
    await ledger.put([job("1", delay=2)])
    clock.advance(0.6)
    assert len(await lease(ledger)) == 1


async def test_a_lease_that_runs_out_is_leased_again_and_the_late_worker_is_ignored(
    ledger: SqlLedger, clock: Clock
) -> None:
    await ledger.put([job("1")])
    (first,) = await lease(ledger, owner="dead")
    clock.advance(LEASE - 1)
    assert await lease(ledger) == []
    clock.advance(1)
    (second,) = await lease(ledger, owner="alive")
    assert (second.attempts, second.lease_owner) == (2, "alive")
    await ledger.done(first)
    await ledger.release(first)
    await ledger.progress(first, 0.9)
    assert await ledger.fail(first, BadInput("late")) is None
    now = (await ledger.find("index", ["1"]))["1"]
    assert (now.state, now.lease_owner, now.progress) == (JobState.RUNNING, "alive", 0.0)


async def test_a_renewed_lease_lasts_and_a_lost_one_is_told(ledger: SqlLedger, clock: Clock) -> None:
    await ledger.put([job("1"), job("2")])
    first, second = await lease(ledger, limit=2)
    clock.advance(20)
    assert await ledger.renew([first], LEASE) == []
    clock.advance(20)
    (again,) = await lease(ledger, limit=5)
    assert again.key == second.key
    assert await ledger.renew([first, second], LEASE) == [second]


async def test_a_job_whose_worker_dies_every_time_is_given_up_in_the_end(ledger: SqlLedger, clock: Clock) -> None:
    await ledger.put([job("poison")])
    for _ in range(3):
        assert len(await lease(ledger)) == 1
        clock.advance(LEASE)
    assert await lease(ledger) == []
    dead = (await ledger.find("index", ["poison"]))["poison"]
    assert dead.state == JobState.DEAD
    assert dead.reason


async def test_a_retryable_failure_waits_longer_each_time_and_ends_dead(ledger: SqlLedger, clock: Clock) -> None:
    await ledger.put([job("1")])
    for wait in (5, 10):
        (leased,) = await lease(ledger)
        after = await ledger.fail(leased, Unavailable("The server is gone."))
        assert after is not None
        assert (after.state, after.reason) == (JobState.WAITING, "The server is gone.")
        assert after.not_before == clock.now + timedelta(seconds=wait)
        clock.advance(wait - 1)
        assert await lease(ledger) == []
        clock.advance(1)
    (leased,) = await lease(ledger)
    assert leased.attempts == 3
    after = await ledger.fail(leased, Unavailable("The server is gone."))
    assert after is not None
    assert (after.state, after.reason) == (JobState.DEAD, "The server is gone.")


async def test_the_wait_that_a_server_asked_for_is_honoured(ledger: SqlLedger, clock: Clock) -> None:
    await ledger.put([job("1")])
    after = await ledger.fail((await lease(ledger))[0], RateLimited("Slow down.", retry_after=120))
    assert after is not None
    assert after.not_before == clock.now + timedelta(seconds=125)


async def test_a_failure_that_retrying_cannot_mend_is_dead_at_once_and_can_be_revived(ledger: SqlLedger) -> None:
    await ledger.put([job("1"), job("2")])
    first, second = await lease(ledger, limit=2)
    await ledger.fail(first, BadInput("No."))
    await ledger.done(second)
    assert await state_of(ledger, first.key) == JobState.DEAD
    assert await ledger.retry("index", ["none", second.key]) == 0
    assert await ledger.retry("index") == 1
    (revived,) = await lease(ledger, limit=5)
    assert (revived.key, revived.attempts, revived.reason) == (first.key, 1, None)


async def test_a_job_in_backoff_can_be_told_to_run_now(ledger: SqlLedger) -> None:
    await ledger.put([job("1")])
    await ledger.fail((await lease(ledger))[0], Unavailable("Later."))
    assert await ledger.retry("index") == 0, "without keys only dead jobs are meant"
    assert await ledger.retry("index", ["1"]) == 1
    assert len(await lease(ledger)) == 1


async def test_the_text_of_an_unexpected_error_stays_out_of_the_ledger(ledger: SqlLedger) -> None:
    await ledger.put([job("1")])
    after = await ledger.fail((await lease(ledger))[0], ValueError("the patient's diagnosis"))
    assert after is not None
    assert after.state == JobState.WAITING
    assert after.reason is not None
    assert "ValueError" in after.reason
    assert "patient" not in after.reason


async def test_a_released_job_runs_again_as_if_it_had_not_been_leased(ledger: SqlLedger) -> None:
    await ledger.put([job("1")])
    await ledger.release((await lease(ledger))[0])
    (again,) = await lease(ledger)
    assert again.attempts == 1


async def test_progress_is_kept_within_bounds_and_seen_by_others(ledger: SqlLedger) -> None:
    await ledger.put([job("1")])
    (leased,) = await lease(ledger)
    for given, seen in ((0.4, 0.4), (7.0, 1.0), (-1.0, 0.0)):
        await ledger.progress(leased, given)
        assert (await ledger.find("index", ["1"]))["1"].progress == seen


async def test_counts_and_entries_tell_what_is_in_the_ledger(ledger: SqlLedger, clock: Clock) -> None:
    await ledger.put([job("1"), job("2", "bob"), job("3", "bob"), NewJob("mail", "1", "ann")])
    leased = await lease(ledger, limit=2)
    clock.advance(1)
    await ledger.done(leased[0])
    counts = await ledger.counts("index")
    assert counts == {JobState.WAITING: 1, JobState.RUNNING: 1, JobState.DONE: 1, JobState.DEAD: 0}
    assert sum((await ledger.counts()).values()) == 4
    assert sum((await ledger.counts("index", "bob")).values()) == 2
    assert [entry.key for entry in await ledger.entries("index", limit=1)] == [leased[0].key]
    assert [entry.state for entry in await ledger.entries("index", JobState.RUNNING)] == [JobState.RUNNING]


async def test_only_done_jobs_are_forgotten(ledger: SqlLedger, clock: Clock) -> None:
    await ledger.put([job("1"), job("2"), job("3")])
    first, second = await lease(ledger, limit=2)
    await ledger.done(first)
    await ledger.fail(second, BadInput("No."))
    clock.advance(10)
    assert await ledger.forget(clock.now - timedelta(seconds=11)) == 0
    assert await ledger.forget(clock.now) == 1
    assert set(await ledger.find("index", ["1", "2", "3"])) == {"1", "2", "3"} - {first.key}


async def test_thousands_of_jobs_are_put_at_once_in_order(ledger: SqlLedger) -> None:
    keys = [f"{n:05d}" for n in range(3000, 0, -1)]
    await ledger.put([job(key) for key in keys])
    await ledger.put([job(key, again=True) for key in keys])
    assert [found.key for found in await lease(ledger, limit=3000)] == keys


async def test_a_put_that_fails_leaves_nothing_behind(ledger: SqlLedger) -> None:
    with pytest.raises(Exception, match="JSON"):
        await ledger.put([job("1"), job("2", bad=object())])
    assert await ledger.find("index", ["1", "2"]) == {}


async def test_workers_that_lease_at_the_same_moment_never_get_the_same_job(ledger: SqlLedger) -> None:
    await ledger.put([job(str(n)) for n in range(60)])
    taken = await asyncio.gather(*(lease(ledger, limit=5, owner=f"w{n}") for n in range(12)))
    keys = [found.key for batch in taken for found in batch]
    assert len(keys) == len(set(keys))
    keys += [found.key for found in await lease(ledger, limit=60)]
    assert sorted(keys, key=int) == [str(n) for n in range(60)]


async def test_puts_and_reports_at_the_same_moment_lose_no_change(ledger: SqlLedger) -> None:
    """Whatever the order in which they arrive: a put after the lease means another run."""
    await ledger.put([job(str(n)) for n in range(20)])
    leased = await lease(ledger, limit=20)
    again = [job(str(n), again=True) for n in range(20)]
    await asyncio.gather(*(ledger.done(found) for found in leased), ledger.put(again[:10]), ledger.put(again[5:]))
    second = await lease(ledger, limit=40)
    assert sorted(int(found.key) for found in second) == list(range(20))
    assert all(found.payload == {"again": True} for found in second)


async def test_a_put_wakes_whoever_listens_for_its_kind(ledger: SqlLedger) -> None:
    calls: list[str] = []
    ledger.on_put({"index"}, lambda: calls.append("woken"))
    ledger.on_put({"mail"}, lambda: calls.append("in vain"))
    await ledger.put([])
    assert calls == []
    await ledger.put([job("1")])
    assert calls == ["woken"]
