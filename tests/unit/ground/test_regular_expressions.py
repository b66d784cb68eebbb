"""No regular expression of ours takes for ever over a text that was made for that."""

import re
import sys
import time
from pkgutil import walk_packages

import backend
import ex_app

_LENGTH = 3000
_SECONDS = 1.5
_PIECES = (
    "a",
    "1",
    " ",
    "\n",
    "a ",
    "a1",
    "1.",
    "a-",
    "\\",
    '"',
    "<",
    "(",
    "[",
    "*",
    "_",
    "@",
    "a@",
    "a.",
    "0 ",
    "é",
    ",",
    "1,",
    ":",
)


def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    """Compiled expressions that stand in a module, alone or in a container."""
    found: dict[tuple[str, int], tuple[str, re.Pattern[str]]] = {}
    for package in (backend, ex_app):
        for info in walk_packages(package.__path__, f"{package.__name__}."):
            if "migrations" not in info.name and not info.name.endswith("__main__"):
                try:
                    __import__(info.name)
                except ImportError:  # an extra that is not installed
                    continue
    for name, module in sorted(sys.modules.items()):
        if name.startswith(("backend.", "ex_app.")):
            for value in list(vars(module).values()):
                inside = (
                    value.values()
                    if isinstance(value, dict)
                    else value
                    if isinstance(value, list | tuple)
                    else (value,)
                )
                for one in inside:
                    if isinstance(one, re.Pattern) and isinstance(one.pattern, str):
                        found.setdefault((one.pattern, one.flags), (name, one))
    return list(found.values())


def _takes_too_long(pattern: re.Pattern[str]) -> float:
    """The longest time that one text takes (seconds)."""
    longest = 0.0
    for piece in _PIECES:
        text = (piece * _LENGTH)[:_LENGTH] + "\x00!"
        for use in (pattern.search, pattern.fullmatch):
            begun = time.process_time()
            use(text)
            longest = max(longest, time.process_time() - begun)
            if longest > _SECONDS:
                return longest
    return longest


def test_expressions_are_done_with_hostile_texts_in_time() -> None:
    patterns = _patterns()
    assert len(patterns) > 80
    slow = [(name, one.pattern[:80], took) for name, one in patterns if (took := _takes_too_long(one)) > _SECONDS]
    assert slow == []


def test_an_expression_with_nested_repetition_would_be_found() -> None:
    """The positive control, over a text short enough to end."""
    begun = time.process_time()
    re.compile(r"(a+)+$").search("a" * 24 + "!")
    assert time.process_time() - begun > 0.1
