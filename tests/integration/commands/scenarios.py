"""Scenarios of commands as they are spoken, read from files of this folder; `spoken.txt` says how they are written."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.integration.commands.clinic import Clinic


@dataclass
class Scenario:
    """What is said, and what is then expected, one line each."""

    line: int
    steps: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Where it stands, and what is said first."""
        return f"{self.line}: {self.steps[0][2:]}"


def scenarios(name: str) -> Iterator[Scenario]:
    """All scenarios of a file."""
    current = Scenario(0)
    for number, line in enumerate(Path(__file__).with_name(name).read_text().splitlines(), 1):
        if not line.strip():
            if current.steps:
                yield current
            current = Scenario(number + 1)
        elif line.startswith((">", "<", "=", "@", "?")):
            current.steps.append(line)
        elif not line.startswith("#"):
            current.expected.append(line)
    if current.steps:
        yield current


async def say_all(user: Clinic, scenario: Scenario) -> None:
    """Say what is said in a scenario, and look at the answers."""
    for step in scenario.steps:
        kind, words = step[0], step[1:].strip()
        if kind == "=":
            assert words.lower() in user.text.lower(), user.text
        elif kind == "@":
            await user.let_pass(float(words))
        elif kind == "?":
            assert await user.say(words) is None, f"{words!r} is taken for a command: {user.text}"
        elif words.startswith("["):
            await user.choose(words.strip("[]"))
        else:
            assert await user.say(words) is not None, f"{words!r} is taken for a question; before: {user.text}"


def parts(line: str) -> tuple[str, str, list[str]]:
    """The sign, the kind and the rest of a line of what is expected."""
    sign, kind, *rest = [part.strip() for part in line.replace(" ", "|", 1).split("|")]
    return sign, kind, rest
