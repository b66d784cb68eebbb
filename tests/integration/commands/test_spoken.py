"""Spoken-style commands from end to end: text in, and what another program sees on the server."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.integration.commands.clinic import Clinic, Entry, clinic
from tests.integration.commands.scenarios import Scenario, parts, say_all, scenarios
from tests.servers.caldav_servers import CalDavServer, radicale


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CalDavServer]:
    with radicale(tmp_path_factory.mktemp("radicale")) as server:
        yield server


@pytest.fixture
async def user(server: CalDavServer, tmp_path: Path) -> AsyncIterator[Clinic]:
    async with clinic(server, tmp_path) as made:
        yield made


@pytest.mark.parametrize("scenario", list(scenarios("spoken.txt")), ids=lambda scenario: scenario.name)
async def test_what_is_said_is_done_on_the_server_and_nothing_else(user: Clinic, scenario: Scenario) -> None:
    before = user.entries()
    await say_all(user, scenario)
    added, removed = user.entries() - before, before - user.entries()
    for line in scenario.expected:
        if line == "nothing":
            continue
        sign, kind, (title, *rest) = parts(line)
        if sign in "-~":
            removed.remove(_one(removed, kind, title, rest[:1] if sign == "-" else []))
        if sign in "+~":
            found = _one(added, kind, title, rest[:2])
            added.remove(found)
            _check(found, rest[2:])
    assert (added, removed) == (set(), set()), user.text


def _one(entries: set[Entry], kind: str, title: str, times: list[str]) -> Entry:
    fitting = [one for one in entries if one.kind == kind and one.title == title]
    fitting = [one for one in fitting if [one.start, one.end][: len(times)] == times]
    assert len(fitting) == 1, (kind, title, times, entries)
    return fitting[0]


def _check(entry: Entry, more: list[str]) -> None:
    people: set[str] = set()
    zone = "Europe/Berlin"
    for part in more:
        name, _, value = part.partition("=")
        if name == "done":
            assert entry.done
        elif name == "place":
            assert entry.place == value
        elif name == "rule":
            assert set(value.split(";")) <= set(entry.rule.split(";")), entry.rule
        elif name == "without":
            assert entry.without == {value}
        elif name == "zone":
            zone = value
        elif name == "with":
            people = set(value.split(","))
    assert people <= entry.people, entry.people
    if entry.kind == "event" and " " in entry.start:
        assert entry.zone == zone
