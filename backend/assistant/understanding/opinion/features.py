"""What the second opinion sees of a command: its words in order, without names, and the classes of words in it."""

from collections.abc import Callable, Collection, Iterable, Sequence

from backend.assistant.understanding.cues import Cues
from backend.assistant.understanding.language import CommandWords, Cue
from backend.assistant.understanding.tokens import Token

NAME, RELATION, TIME = "<name>", "<relation>", "<time>"
# Longer commands look the same.
LONGEST = 8


def outline(
    tokens: Sequence[Token], timed: Sequence[bool], words: CommandWords, unknown: Callable[[Token], bool]
) -> list[str]:
    """The words of a command. A time is one word, people are what they are to the user, and what is `unknown` is a
    name; several in a row are one."""
    relations = words.cues[Cue.RELATION]
    made: list[str] = []
    for token, is_time in zip(tokens, timed, strict=True):
        base = next((token.word.removesuffix(end) for end in words.possessives if token.word.endswith(end)), token.word)
        owner = "'s" if base != token.word else ""
        if is_time:
            word = TIME
        elif base in relations:
            word = RELATION + owner
        elif unknown(token):
            word = NAME + owner
        else:
            word = token.word
        if not (word in {TIME, NAME} and made and made[-1] == word):
            made.append(word)
    return made


def features(outlined: Sequence[str], cues: Cues) -> set[str]:
    """Words, pairs of words side by side and around another one, classes of words, and the length."""
    framed = ["^", *outlined, "$"]
    return {
        *outlined,
        *(f"{one} {other}" for one, other in _pairs(framed, 1)),
        *(f"{one} _ {other}" for one, other in _pairs(framed, 2)),
        *(f"#{hit.cue}" for hit in cues.hits),
        f"length {min(len(outlined), LONGEST)}",
    }


def _pairs(words: Sequence[str], apart: int) -> Iterable[tuple[str, str]]:
    return zip(words, words[apart:], strict=False)


def is_new(known: Collection[str]) -> Callable[[Token], bool]:
    """Whether a word is none of those that were learnt: then it is taken for a name."""
    return lambda token: token.word not in known
