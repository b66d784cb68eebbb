"""Which one is meant of several things with names: events, tasks, reminders."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from rapidfuzz import fuzz, utils

from backend.actions.action import Option
from backend.assistant.commands.request import AskBack, Request

T = TypeVar("T")

# Out of 100. Below this, names that were typed from memory or misheard stop to be the same.
_ALIKE = 78.0
# Who is this much better than the others is the one that is meant.
_AHEAD = 12.0
# More choices than this nobody reads.
_MOST = 6


def is_generic(request: Request, said: str) -> bool:
    """Whether a name tells nothing apart: "my meeting"."""
    words = utils.default_process(said).split()
    return all(word in request.phrases.generic for word in words)


def alike(said: str, name: str) -> float:
    """How much of what was said stands in a name, 0 to 100, whatever its case, order and what it has beside it."""
    return float(fuzz.token_set_ratio(said, name, processor=utils.default_process))


def named(said: str, things: Sequence[T], name: Callable[[T], str]) -> list[T]:
    """The things with this name, the best first; those that are much worse than the best are left out."""
    scored = sorted(((alike(said, name(one)), at) for at, one in enumerate(things)), key=lambda one: (-one[0], one[1]))
    best = scored[0][0] if scored else 0.0
    return [things[at] for score, at in scored if score >= _ALIKE and best - score <= _AHEAD]


def one_of(
    request: Request, question: str, ask: str, things: Sequence[T], key: Callable[[T], str], label: Callable[[T], str]
) -> T:
    """The one thing that is meant. Raises `AskBack` (named `question`, with the sentence `ask`) when there are several.

    `things` must not be empty.
    """
    chosen = request.choices.get(question)
    if chosen is not None:
        for one in things:
            if key(one) == chosen:
                return one
    if len(things) == 1:
        return things[0]
    options = [Option(key(one), label(one)) for one in things[:_MOST]]
    raise AskBack(question, request.phrases.say(ask), options)
