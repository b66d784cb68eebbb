"""Chunks: exact, complete, within their limit, and stable under edits."""

import itertools
import random
import re
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.files.chunking import PAGE_BREAK, chunk, document_text
from backend.files.extraction.extracted import Page
from backend.files.extraction.formats.plain import markdown_headings
from backend.files.extraction.writer import PageWriter
from backend.search.chunk import Chunk

_TOKEN = re.compile(r"\w{1,6}|[^\w\s]")


class Pieces:
    """Counts tokens like WordPiece does: words in pieces of six letters, signs one by one."""

    def count(self, text: str) -> int:
        return len(_TOKEN.findall(text))

    def count_many(self, texts: Sequence[str]) -> list[int]:
        return [self.count(text) for text in texts]


def tokens_in(text: str) -> int:
    return Pieces().count(text)


def markdown(text: str) -> Page:
    return Page(None, None, text, tuple(markdown_headings(text)))


def story(paragraphs: int, seed: int = 7) -> list[str]:
    """Paragraphs of two to six sentences of made-up words."""
    chance = random.Random(seed)
    words = ["".join(chance.choices("abcdefghijklmnoprstuvw", k=chance.randint(2, 9))) for _ in range(400)]
    return [
        " ".join(
            " ".join(chance.choices(words, k=chance.randint(6, 18))).capitalize() + "."
            for _ in range(chance.randint(2, 6))
        )
        for _ in range(paragraphs)
    ]


lines = st.lists(
    st.one_of(
        st.sampled_from(
            ["", " ", "# Head", "## Deeper", "a | b | c", "Dr. Who came. He left!", "終わり。次の文。", "-----"]
        ),
        st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=80),
        st.text(alphabet="abc .\n", max_size=300),
    ),
    max_size=30,
).map("\n".join)


@given(texts=st.lists(lines, max_size=4), limit=st.sampled_from([16, 40, 224]))
@settings(max_examples=300, deadline=None)
def test_chunks_are_exact_ordered_complete_and_within_their_limit(texts: list[str], limit: int) -> None:
    pages = [markdown(text) for text in texts]
    whole = document_text(pages)
    chunks = chunk(pages, Pieces(), limit)
    covered = [False] * len(whole)
    for number, found in enumerate(chunks):
        assert whole[found.start : found.end] == found.text
        assert found.text == found.text.strip() != ""
        assert found.ordinal == number
        assert tokens_in(found.text) <= limit
        covered[found.start : found.end] = [True] * len(found.text)
    assert all(covered[at] or whole[at].isspace() for at in range(len(whole)))
    assert all(one.start < two.start and one.end < two.end for one, two in itertools.pairwise(chunks))


def test_no_chunk_spans_two_pages() -> None:
    pages = [Page(number, None, f"Words on page {number}.") for number in (1, 2, 3)]
    assert [(found.page, found.text) for found in chunk(pages, Pieces())] == [
        (1, "Words on page 1."),
        (2, "Words on page 2."),
        (3, "Words on page 3."),
    ]
    assert chunk(pages, Pieces())[1].start == len("Words on page 1.") + len(PAGE_BREAK)


def test_small_sections_joined_to_one_chunk_keep_their_headings_each() -> None:
    text = "# Rules\n\nBe kind.\n\n## Red flags\n\nA seizure.\n\n## Adults\n\nAdults rest for a day.\n"
    (found,) = chunk([markdown(text)], Pieces())
    wanted = {
        "Be kind": ("Rules", ("Rules",)),
        "A seizure": ("Red flags", ("Rules", "Red flags")),
        "## Adults": ("Adults", ("Rules", "Adults")),
        "Adults rest": ("Adults", ("Rules", "Adults")),
    }
    for words, (section, headings) in wanted.items():
        place = found.place(found.text.index(words))
        assert (place.section, place.headings) == (section, headings)


def test_a_chunk_knows_the_headings_that_lead_to_it() -> None:
    body = "\n\n".join(story(4))
    text = f"# Handbook\n\n{body}\n\n## Leave\n\n### Parental\n\n{body}\n\n## Pay\n\n{body}"
    found = chunk([markdown(text)], Pieces())
    paths = list(dict.fromkeys(one.headings for one in found))
    assert paths == [("Handbook",), ("Handbook", "Leave", "Parental"), ("Handbook", "Pay")] or paths == [
        ("Handbook",),
        ("Handbook", "Leave"),
        ("Handbook", "Leave", "Parental"),
        ("Handbook", "Pay"),
    ]
    assert found[-1].section == "Pay"


def test_a_heading_starts_a_chunk_and_never_ends_one() -> None:
    sections = [f"## Part {number}\n\n" + "\n\n".join(story(3, seed=number)) for number in range(8)]
    found = chunk([markdown("\n\n".join(sections))], Pieces())
    starting = [one for one in found if one.text.startswith("## Part")]
    assert len(starting) == 8
    assert not any(re.search(r"## Part \d$", one.text) for one in found)


def test_rows_know_the_header_of_their_table_and_text_after_it_does_not() -> None:
    writer = PageWriter(section="Doses")
    writer.table([["Drug", "Dose"], *([f"drug number {row}", f"{row} mg"] for row in range(100))])
    writer.paragraph("\n\n".join(story(3)))
    page = writer.page()
    assert page is not None
    found = chunk([page], Pieces())
    assert found[1].text.startswith("drug number")
    assert found[1].headings == ("Drug | Dose",)
    assert found[-1].headings == ()
    assert {one.section for one in found} == {"Doses"}
    assert all(line.startswith("drug") and line.endswith("mg") for line in found[1].text.split("\n"))


def test_a_chunk_inside_a_paragraph_repeats_the_sentence_before() -> None:
    paragraph = " ".join(f"The finding number {number} was noted by the nurse on duty." for number in range(80))
    found = chunk([Page(None, None, paragraph)], Pieces())
    assert len(found) > 3
    assert all(two.start < one.end for one, two in itertools.pairwise(found))


@pytest.mark.parametrize(
    "sentence",
    [
        "Ask Dr. Smith about it",
        "It was J. Doe who called",
        "We met on 3. May in town",
        "He took approx. five",
        "Prof. Weber agreed",
    ],
)
def test_an_abbreviation_does_not_end_a_sentence(sentence: str) -> None:
    text = " ".join([f"{sentence}."] * 60)
    for found in chunk([Page(None, None, text)], Pieces(), 40):
        assert found.text.startswith(sentence[:6])


def test_editing_a_paragraph_changes_few_chunks() -> None:
    for seed in range(5):
        paragraphs = story(400, seed)
        before = chunk([Page(None, None, "\n\n".join(paragraphs))], Pieces())
        changed = []
        for position in range(10, 390, 38):
            edited = [*paragraphs]
            edited[position] = "Something else was written here in its place, and it is longer. " + edited[position]
            after = chunk([Page(None, None, "\n\n".join(edited))], Pieces())
            changed.append(len(texts(after) - texts(before)))
        assert len(before) > 100
        assert max(changed) <= 8
        assert sum(changed) / len(changed) <= 4


def test_editing_text_without_paragraphs_changes_few_chunks() -> None:
    sentences = " ".join(story(300)).split(". ")
    before = chunk([Page(None, None, ". ".join(sentences))], Pieces())
    edited = [*sentences[:500], "Here is one more", *sentences[500:]]
    after = chunk([Page(None, None, ". ".join(edited))], Pieces())
    assert len(before) > 50
    assert 1 <= len(texts(after) - texts(before)) <= 8


def test_a_word_without_end_is_cut_and_its_text_stays_bounded() -> None:
    found = chunk([Page(None, None, "QUJD" * 20_000)], Pieces(), 64)
    assert "".join(one.text for one in found) == "QUJD" * 20_000
    assert max(len(one.text) for one in found) <= 64 * 12


def test_a_limit_that_no_sentence_fits_into_is_refused() -> None:
    with pytest.raises(ValueError, match="limit of 4"):
        chunk([Page(None, None, "text")], Pieces(), 4)


def test_chunks_are_well_filled() -> None:
    found = chunk([Page(None, None, "\n\n".join(story(400)))], Pieces(), 200)
    average = sum(tokens_in(one.text) for one in found) / len(found)
    assert 110 <= average <= 200


def texts(chunks: Sequence[Chunk]) -> set[str]:
    return {found.text for found in chunks}
