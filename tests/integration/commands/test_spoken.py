"""Spoken-style commands from end to end: text in, and what another program sees on the server."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.integration.commands.clinic import Clinic, Entry, clinic
from tests.servers.caldav_servers import CalDavServer, radicale


@dataclass
class Scenario:
    """One of spoken.txt."""

    line: int
    steps: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Where it stands, and what is said first."""
        return f"{self.line}: {self.steps[0][2:]}"


def scenarios() -> Iterator[Scenario]:
    """All scenarios of the file."""
    current = Scenario(0)
    for number, line in enumerate(Path(__file__).with_name("spoken.txt").read_text().splitlines(), 1):
        if not line.strip():
            if current.steps:
                yield current
            current = Scenario(number + 1)
        elif line.startswith((">", "<", "=")):
            current.steps.append(line)
        elif not line.startswith("#"):
            current.expected.append(line)
    if current.steps:
        yield current


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CalDavServer]:
    with radicale(tmp_path_factory.mktemp("radicale")) as server:
        yield server


@pytest.fixture
async def user(server: CalDavServer, tmp_path: Path) -> AsyncIterator[Clinic]:
    async with clinic(server, tmp_path) as made:
        yield made


@pytest.mark.parametrize("scenario", list(scenarios()), ids=lambda scenario: scenario.name)
async def test_what_is_said_is_done_on_the_server_and_nothing_else(user: Clinic, scenario: Scenario) -> None:
    before = user.entries()
    for step in scenario.steps:
        kind, words = step[0], step[1:].strip()
        if kind == "=":
            assert words.lower() in user.text.lower(), user.text
        elif words.startswith("["):
            await user.choose(words.strip("[]"))
        else:
            assert await user.say(words) is not None, f"{words!r} is taken for a question; before: {user.text}"
    added, removed = user.entries() - before, before - user.entries()
    for line in scenario.expected:
        if line == "nothing":
            continue
        sign, kind, title, *rest = [part.strip() for part in line.replace(" ", "|", 1).split("|")]
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
        elif name == "zone":
            zone = value
        elif name == "with":
            people = set(value.split(","))
    assert people <= entry.people, entry.people
    if entry.kind == "event" and " " in entry.start:
        assert entry.zone == zone
