"""The extractive answerer with the real embedder, on questions that it was not tuned on."""

import pytest

from backend.models.extractive import Extractive
from backend.models.protocol import Source
from backend.search.builtin import BuiltinEmbedder
from tests.integration.models.clinic import Clinic, questions

# What was measured on the held-out half (`python -m bench.fit`), less a little for rounding
# differences between processors.
RIGHT_FIRST = 0.85
REFUSED_ANSWERABLE = 0.20
REFUSED_OUTRIGHT = 0.07
REFUSED_UNANSWERABLE = 0.82


@pytest.fixture
def answerer(embedder: BuiltinEmbedder) -> Extractive:
    return Extractive(embedder)


async def test_questions_not_tuned_on_are_answered_or_refused_as_well_as_measured(
    answerer: Extractive, clinic: Clinic
) -> None:
    right, refused, outright, refused_none = [], [], [], []
    for asked in questions()[1::2]:
        sources = [clinic.sources[index] for index in await clinic.search(asked.text)]
        extract = await answerer.answer(asked.text, sources)
        if asked.gold:
            texts = [sources[pick.source].text[pick.start : pick.end] for pick in extract.picks or extract.closest]
            right.append(any(asked.gold in text for text in texts))
            refused.append(not extract.picks)
            outright.append(not extract.picks and not extract.open)
        else:
            refused_none.append(not extract.picks)
    assert sum(right) / len(right) >= RIGHT_FIRST
    assert sum(refused) / len(refused) <= REFUSED_ANSWERABLE
    assert sum(outright) / len(outright) <= REFUSED_OUTRIGHT
    assert sum(refused_none) / len(refused_none) >= REFUSED_UNANSWERABLE


async def test_a_pick_is_an_exact_stretch_of_its_source(answerer: Extractive, clinic: Clinic) -> None:
    sources = [clinic.sources[index] for index in await clinic.search("Who is the fire warden?")]
    extract = await answerer.answer("Who is the fire warden?", sources)
    pick = extract.picks[0]
    assert sources[pick.source].text[pick.start : pick.end] == pick.text == "The fire warden is Samuel Okafor."
    assert len(extract.picks) <= 4


async def test_a_table_row_is_shown_with_the_names_of_its_columns(answerer: Extractive, clinic: Clinic) -> None:
    question = "What does a box of ECG paper cost?"
    sources = [clinic.sources[index] for index in await clinic.search(question)]
    pick = (await answerer.answer(question, sources)).picks[0]
    assert pick.line
    assert pick.text == "Item: ECG paper; Supplier: Cardiolog GmbH; Price per box: 14.00 euros; Reorder at: 4 boxes"
    assert sources[pick.source].text[pick.start : pick.end] == "ECG paper | Cardiolog GmbH | 14.00 euros | 4 boxes"


async def test_the_same_sentence_in_two_overlapping_passages_is_said_once(answerer: Extractive) -> None:
    text = "The pharmacy closes at six in the evening. It has a bell for emergencies."
    sources = [Source(text, "Pharmacy"), Source(f"{text} Ring twice.", "Pharmacy")]
    picks = (await answerer.answer("When does the pharmacy close?", sources)).picks
    assert [pick.text for pick in picks] == ["The pharmacy closes at six in the evening."]


async def test_no_sources_and_empty_sources_answer_nothing(answerer: Extractive) -> None:
    assert (await answerer.answer("When?", [])).picks == ()
    assert (await answerer.answer("When?", [Source("   \n", "Empty")])).closest == ()


@pytest.mark.parametrize("question", ["?", "....", "the of and", "\U0001f600", "a" * 10_000, "何時に開きますか"])
async def test_odd_questions_are_refused_and_break_nothing(answerer: Extractive, clinic: Clinic, question: str) -> None:
    extract = await answerer.answer(question, clinic.sources[:4])
    assert extract.picks == ()
    assert 0 <= extract.confidence < 0.5


async def test_words_of_a_question_are_nearest_to_texts_that_say_them(embedder: BuiltinEmbedder) -> None:
    question = "When was the lift bought?"
    spans = [(question.index(word), question.index(word) + len(word)) for word in ("lift", "bought")]
    texts = ["Lift log: It was purchased in 2019.", "Kitchen: The oven is cleaned on Fridays."]
    near = await embedder.nearness(question, spans, texts, [len("Lift log: "), 0])
    assert near.words.shape == near.own.shape == (2, 2)
    assert (near.words[0] > near.words[1]).all()
    assert near.own[0, 0] < near.words[0, 0]  # only the title says "lift"
    assert near.similarity == pytest.approx(near.vectors @ await embedder.embed_query(question), abs=1e-5)
