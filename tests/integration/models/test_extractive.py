"""The extractive answerer with the real embedder, on questions that it was not tuned on."""

import pytest

from backend.models.candidates import candidates
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


RULES = """\
## Red flags

Call an ambulance if any of these is present:

- repeated vomiting
- a seizure
- weakness in arms or legs

## Adults

Adults rest for a day.

## Stages

| Stage | Activity | Heart rate limit |
|---|---|---|
| 1 | Rest at home | none |
| 3 | Exercise ashore | 80% |
| 5 | Full training after medical clearance | no limit |
"""


def rules() -> Source:
    names = ("Red flags", "Adults", "Stages")
    places = tuple((RULES.index(f"## {name}"), ("Concussion", name)) for name in names)
    return Source(RULES, "Concussion.md", ("Concussion",), places=places)


async def test_a_list_that_is_asked_for_is_shown_whole(answerer: Extractive) -> None:
    picks = (await answerer.answer("What are the red flags of concussion?", [rules()])).picks
    assert [pick.text for pick in picks] == ["repeated vomiting", "a seizure", "weakness in arms or legs"]
    assert all(pick.text in RULES[pick.start : pick.end] for pick in picks)


async def test_a_row_named_by_its_number_is_not_outdone_by_one_of_another_number(answerer: Extractive) -> None:
    extract = await answerer.answer("What heart rate limit applies in stage 3?", [rules()])
    first = (extract.picks or extract.closest)[0]
    assert first.text == "Stage: 3; Activity: Exercise ashore; Heart rate limit: 80%"


async def test_the_heading_above_a_sentence_tells_it_from_one_of_the_same_words(answerer: Extractive) -> None:
    text = (
        "## Adults\n\nAdults rest for a day. The earliest return to racing is day 7.\n\n"
        "## Children\n\nThey rest for two days. The earliest return to racing is day 14.\n"
    )
    places = tuple((text.index(f"## {name}"), ("Concussion", name)) for name in ("Adults", "Children"))
    source = Source(text, "Concussion.md", ("Concussion",), places=places)
    for who, day in (("adults", "day 7"), ("children", "day 14")):
        picks = (await answerer.answer(f"When may {who} return to racing?", [source])).picks
        assert day in picks[0].text


async def test_rows_of_a_table_that_are_alike_are_all_shown(answerer: Extractive) -> None:
    rows = "".join(
        f"{name} | Laser | {berth} | Club\n" for name, berth in (("Heron", "A3"), ("Tern", "A4"), ("Coot", "B1"))
    )
    text = f"Boat | Class | Berth | Owner\n{rows}Swan | Topper | C2 | Anna Lund\n"
    picks = (await answerer.answer("Which boats are owned by the club?", [Source(text, "Boats")])).picks
    assert [pick.text.split(";")[0] for pick in picks] == ["Boat: Heron", "Boat: Tern", "Boat: Coot"]


async def test_a_heading_a_greeting_or_a_picture_is_no_answer(answerer: Extractive) -> None:
    text = (
        "# Delivery of the boat\n\nSubject: Delivery of the boat\n\nDear Mr Berg,\n\nThe boat comes on Tuesday."
        "\n\n![Delivery of the boat](boat.png)\n\nKind regards,\nAnna Lund"
    )
    source = Source(text, "Delivery.md", ("Delivery of the boat",))
    for question in ("When is the delivery of the boat?", "What about the delivery of the boat to Mr Berg?"):
        extract = await answerer.answer(question, [source])
        assert [pick.text for pick in extract.picks or extract.closest] == ["The boat comes on Tuesday."]
    signed = await answerer.answer("Who signed the letter about the boat?", [source])
    assert any("Anna Lund" in pick.text for pick in signed.picks or signed.closest)


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("Dear Mr Berg,", True),
        ("Sehr geehrte Frau Dr. Lund,", True),
        ("Kind regards,\nDr. Anna Lund", True),
        ("Mit freundlichen Grüßen,\nAnna Lund", True),
        ("Dear Mr Berg, the boat comes on Tuesday.", False),
        ("Dear colleagues have left us.", False),
        ("Regards from the harbour arrived. All is well.", False),
        ("Best wishes were sent to Anna: she is seventy.", False),
    ],
)
def test_the_greeting_and_the_end_of_a_letter_are_told_from_its_sentences(text: str, bare: bool) -> None:
    (one,) = [one for one in candidates([Source(text, "Letter")]) if one.span.start == 0]
    assert one.bare is bare


async def test_a_line_that_is_no_sentence_answers_by_the_name_in_it(answerer: Extractive) -> None:
    text = (
        "Lease\n\nbetween Mr Jonas Albrecht (landlord) and Ms Selin Aydin (tenant)\n\nDogs need the landlord's consent."
    )
    extract = await answerer.answer("Who is the landlord?", [Source(text, "Lease")])
    assert "Jonas Albrecht" in (extract.picks or extract.closest)[0].text


def test_what_an_item_begins_with_is_what_all_of_it_is_about() -> None:
    text = "1. **Slipway.** Three offers came in. The board chose Marlow.\n2. Bar. Closed. It opens again in May.\n"
    leads = {one.text: one.lead for one in candidates([Source(text, "Minutes")])}
    assert leads["The board chose Marlow."] == "Slipway"
    assert leads["It opens again in May."] == "Bar"


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
