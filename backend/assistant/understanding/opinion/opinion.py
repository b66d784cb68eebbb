"""The learnt weights of a language, and what they say about a command."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from math import exp, sqrt

from backend.assistant.understanding.cues import Cues
from backend.assistant.understanding.language import CommandWords
from backend.assistant.understanding.opinion.features import features, is_new, outline
from backend.assistant.understanding.opinion.kinds import Kind
from backend.assistant.understanding.tokens import Token

# Weights are kept as whole numbers of this unit.
UNIT = 0.1
KINDS = tuple(Kind)
BIAS = "bias"


class Opinion:
    """A linear classifier over words. It does not change once made."""

    def __init__(self, weights: Mapping[str, tuple[int, ...]]) -> None:
        self._weights = weights
        self._known = {feature for feature in weights if " " not in feature}

    def of(self, tokens: Sequence[Token], timed: Sequence[bool], cues: Cues, words: CommandWords) -> dict[Kind, float]:
        """How likely each kind is; together 1. `cues` are those of `tokens`."""
        outlined = outline(tokens, timed, words, is_new(self._known))
        found = [self._weights[name] for name in features(outlined, cues) if name in self._weights]
        scale = UNIT / sqrt(max(len(found), 1))
        scores = [
            self._weights[BIAS][place] * UNIT + scale * sum(weights[place] for weights in found)
            for place in range(len(KINDS))
        ]
        shares = [exp(score - max(scores)) for score in scores]
        return {kind: share / sum(shares) for kind, share in zip(KINDS, shares, strict=True)}


@lru_cache
def opinion_of(code: str) -> Opinion | None:
    """The opinion learnt for a language, None where none was."""
    source = files(__package__).joinpath(f"{code}.weights")
    if not source.is_file():
        return None
    weights = {}
    for line in source.read_text(encoding="utf-8").splitlines()[1:]:
        feature, _, numbers = line.partition("\t")
        weights[feature] = tuple(int(number) for number in numbers.split())
    return Opinion(weights)
