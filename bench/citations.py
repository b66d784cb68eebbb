"""Citation precision: sentences as language models write them, some true to the passages, some not, through the check.

For each gold question whose passage was found, a scripted answer: what the gold passage says (word for word, led in by
its source, and citing the wrong passage), and the same made untrue, as models do: another number, another name, another
day, denied, or a sentence of a document that is not there. A citation is precise when the sentence is true and its
quote is the gold sentence, or says it; what is shown of the untrue ones is imprecise by construction.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from backend.assistant.citations import Checker, Claim
from backend.models.candidates import candidates
from backend.models.protocol import SentenceEmbedder
from backend.models.terms import STOP_WORDS
from bench.answers import Asked, says

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_VERB = re.compile(r"\b(is|are|was|were|may|must|can|will|has|have|ist|sind|war|wird|darf|muss)\b")
_GERMAN = frozenset({"ist", "sind", "war", "wird", "darf", "muss"})
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{3,}\b")
# Sentences in which little is said cannot be told apart.
_FEWEST_WORDS = 5


@dataclass(frozen=True)
class Said:
    """A sentence of a scripted answer: `true` is the gold sentence that it says, empty when nothing does."""

    kind: str
    claim: Claim
    true: str


def sentences(asked: Sequence[Asked]) -> Iterator[tuple[Asked, list[Said]]]:
    """Each question with the sentences of its scripted answer; those without a gold sentence in reach are passed over.

    A gold sentence is one that holds the gold quote. Sentences from elsewhere are those of the question before.
    """
    elsewhere = ""
    for one in asked:
        found = _gold_sentence(one)
        if found is None:
            continue
        source, true = found
        cites, others = (source + 1,), (1 if source else 2,)
        said = [
            Said("verbatim", Claim(true, cites), true),
            Said("led in", Claim(f"According to {one.sources[source].title}, {true}", cites), true),
            Said("wrong passage", Claim(true, others), true),
        ]
        said += [Said(kind, Claim(text, cites), "") for kind, text in _untrue(true)]
        if elsewhere and not any(says(s.text, elsewhere) for s in one.sources):
            said.append(Said("elsewhere", Claim(elsewhere, cites), ""))
        yield one, said
        elsewhere = true


async def measure(embedder: SentenceEmbedder, asked: Sequence[Asked]) -> dict[str, object]:
    """The share of shown sentences that are true and rightly cited, and by kind of sentence how many were shown."""
    shown: dict[str, list[bool]] = {}
    right: list[bool] = []
    for one, answer in sentences(asked):
        checker = Checker(embedder, one.sources)
        for said in answer:
            supports = await checker.support(said.claim)
            shown.setdefault(said.kind, []).append(bool(supports))
            for support in supports[:1]:
                quote = one.sources[support.source].text[support.start : support.end]
                right.append(bool(said.true) and says(quote, said.true))
    return {
        "scripted_sentences": sum(map(len, shown.values())),
        "citation_precision": round(sum(right) / len(right), 3) if right else None,
        "scripted_shown": {kind: round(sum(values) / len(values), 3) for kind, values in shown.items()},
    }


def _gold_sentence(one: Asked) -> tuple[int, str] | None:
    for candidate in candidates(one.sources):
        long = len(candidate.text.split()) >= _FEWEST_WORDS
        if candidate.span.kind == "sentence" and long and one.holds(candidate.source, candidate.text):
            return candidate.source, candidate.text
    return None


def _untrue(text: str) -> Iterator[tuple[str, str]]:
    """The sentence with one thing changed, each way that it can be."""
    if number := re.search(r"\d+", text):
        other = str(int(number.group()) + 3)
        yield "number", f"{text[: number.start()]}{other}{text[number.end() :]}"
    for place, day in enumerate(_DAYS):
        if day in text:
            yield "day", text.replace(day, _DAYS[(place + 2) % len(_DAYS)])
            break
    for name in _NAME.finditer(text):
        if name.group() not in _DAYS and name.group().casefold() not in STOP_WORDS:
            yield "name", f"{text[: name.start()]}Harrington{text[name.end() :]}"
            break
    if verb := _VERB.search(text):
        yield "denied", f"{text[: verb.end()]} {'nicht' if verb.group() in _GERMAN else 'not'}{text[verb.end() :]}"
