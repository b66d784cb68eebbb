"""The citation check on labelled claims: half of the pairs set its thresholds, the other half is reported here."""

from pathlib import Path

import pytest

from backend.assistant.citations import Checker, Claim
from backend.models.protocol import Source
from backend.search.builtin import BuiltinEmbedder
from tests.integration.models.clinic import Clinic

_PAIRS = Path(__file__).with_name("claims.tsv")


async def judge(clinic: Clinic, embedder: BuiltinEmbedder) -> list[tuple[bool, bool, str]]:
    """For each pair: whether it is supported, whether the check says so, the claim."""
    judged = []
    for line in _PAIRS.read_text(encoding="utf-8").splitlines():
        label, text, key = line.split("\t")
        source = next(source for source in clinic.sources if key in source.text)
        supports = await Checker(embedder, [source]).support(Claim(text, (1,)))
        for support in supports:
            assert 0 <= support.start < support.end <= len(source.text)
        judged.append((label == "yes", bool(supports), text))
    return judged


async def test_claims_that_the_thresholds_were_not_set_on_are_judged_as_measured(
    clinic: Clinic, embedder: BuiltinEmbedder
) -> None:
    held_out = (await judge(clinic, embedder))[1::2]
    supported = [said for truth, said, _ in held_out if truth]
    invented = [text for truth, said, text in held_out if said and not truth]
    assert sum(supported) / len(supported) >= 0.84
    assert invented == []


async def test_a_claim_is_compared_with_the_passage_that_it_cites(clinic: Clinic, embedder: BuiltinEmbedder) -> None:
    right = next(source for source in clinic.sources if "tetanus booster" in source.text)
    wrong = next(source for source in clinic.sources if "fire warden" in source.text)
    claim = "A tetanus booster is due every 10 years."
    assert await Checker(embedder, [wrong]).support(Claim(claim, (1,))) == []
    assert [s.source for s in await Checker(embedder, [right, wrong]).support(Claim(claim, (1, 2)))] == [0]
    assert [s.source for s in await Checker(embedder, [right, wrong]).support(Claim(claim, (2,)))] == [0]


async def test_a_claim_over_two_sentences_is_quoted_over_both(clinic: Clinic, embedder: BuiltinEmbedder) -> None:
    source = next(source for source in clinic.sources if "fire warden" in source.text)
    (support,) = await Checker(embedder, [source]).support(
        Claim("The meeting point is the bakery's car park, and the lift is not used.", (1,))
    )
    quote = source.text[support.start : support.end]
    assert quote == "The meeting point is the car park of the bakery. Do not use the lift."


@pytest.mark.parametrize(
    ("claim", "supported"),
    [
        ("The lift is closed on Tuesdays, but the stairs are open.", True),
        ("The lift is not closed on Tuesdays, but the stairs are open.", False),
        ("The lift is closed on Fridays, but the stairs are open.", False),
        ("The alarm was tested 12 times in 2025 and rang 9 times.", True),
        ("The alarm was tested 9 times in 2025 and rang 9 times.", False),
        ("St. Brannoc keeps a key.", True),
        ("Nobody goes without a key, and no door is left open.", True),
        ("Nobody goes without a key, and not no door is left open.", False),
    ],
)
async def test_one_thing_changed_in_a_sentence_is_seen(embedder: BuiltinEmbedder, claim: str, supported: bool) -> None:
    source = Source(
        "The lift is closed on Tuesdays, but the stairs are open. On Fridays the bin is emptied. The alarm was tested"
        " 12 times in 2025 and rang 9 times. St. Brannoc's keeps a key. Nobody goes without a key, and no door is left"
        " open.",
        "House",
    )
    assert bool(await Checker(embedder, [source]).support(Claim(claim, (1,)))) is supported


@pytest.mark.parametrize(
    ("claim", "supported"),
    [
        ("Nach Kontakt mit Noroviren wirkt das Mittel 15 Minuten.", True),
        ("Nach Besuchen mit Noroviren wirkt das Mittel 15 Minuten.", False),
    ],
)
async def test_a_german_noun_that_the_passage_does_not_have_is_seen(
    embedder: BuiltinEmbedder, claim: str, supported: bool
) -> None:
    source = Source("Nach Kontakt mit Noroviren wirkt das Mittel 15 Minuten.", "Hygiene", (), "de")
    assert bool(await Checker(embedder, [source]).support(Claim(claim, (1,)))) is supported
