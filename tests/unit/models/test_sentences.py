"""The sentence splitter: examples, and properties that hold for any text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.models.sentences import SentenceStream, split

_ALPHABET = st.sampled_from(
    ["Dr. ", "Smith ", "e.g. ", "5 mg. ", "1. ", "- ", "\n", "\n\n", ". ", "? ", "| ", "[1]", " ", "\t", "a", "B",
     "3.5", "。", "# ", ": ", "J. ", "\r\n", "\u2028", "x" * 300]
)  # fmt: skip
_TEXTS = st.one_of(st.text(max_size=300), st.lists(_ALPHABET, max_size=40).map("".join))


def pieces(text: str) -> list[str]:
    return [span.of(text) for span in split(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Dr. Smith sees Mrs. Jones. She is well.", ["Dr. Smith sees Mrs. Jones.", "She is well."]),
        ("Eat light food, e.g. bread, i.e. no meat. Drink.", ["Eat light food, e.g. bread, i.e. no meat.", "Drink."]),
        ("Take 5 mg. Then rest.", ["Take 5 mg.", "Then rest."]),
        ("Take 5 mg. twice a day.", ["Take 5 mg. twice a day."]),
        ("Below 30 ml/min. Lower the dose.", ["Below 30 ml/min.", "Lower the dose."]),
        ("It is 1.5 g. Stop at 3.0!", ["It is 1.5 g.", "Stop at 3.0!"]),
        ("We open at 8 a.m. Please be early.", ["We open at 8 a.m.", "Please be early."]),
        ("Ask J. R. Miller at ext. 204. Thanks.", ["Ask J. R. Miller at ext. 204.", "Thanks."]),
        ("Give vitamin C. The dose is low.", ["Give vitamin C.", "The dose is low."]),
        (
            "Die Wohnung im 2. Stock ist frei. Es sind 5. Alle kamen.",
            ["Die Wohnung im 2. Stock ist frei.", "Es sind 5.", "Alle kamen."],
        ),
        ("Am 3. Januar ist zu. Danach offen.", ["Am 3. Januar ist zu.", "Danach offen."]),
        ("Nr. 5 ist bzw. war frei. Gut.", ["Nr. 5 ist bzw. war frei.", "Gut."]),
        ("Said so. [1][2] Next one.", ["Said so. [1][2]", "Next one."]),
        ("今日は雨です。明日は晴れ。", ["今日は雨です。", "明日は晴れ。"]),
        ('He said "Stop!" Then he left.', ['He said "Stop!"', "Then he left."]),
        ("- one\n- two", ["- one", "- two"]),
        ("1. Wash hands.\n2. Dry them.", ["1. Wash hands.", "2. Dry them."]),
        ("Drug | Dose\nA | 5 mg", ["Drug | Dose", "A | 5 mg"]),
        ("Opening hours\n\nWe open at 8.", ["Opening hours", "We open at 8."]),
        (
            "This line of a letter is long and was wrapped by Dr.\nSmith's computer at fifty. End.",
            ["This line of a letter is long and was wrapped by Dr.\nSmith's computer at fifty.", "End."],
        ),
    ],
)
def test_text_is_cut_where_a_reader_would(text: str, expected: list[str]) -> None:
    assert pieces(text) == expected


@given(_TEXTS)
def test_spans_are_in_order_apart_trimmed_and_hold_every_visible_character(text: str) -> None:
    spans = split(text)
    position = 0
    for span in spans:
        assert span.start >= position
        assert text[position : span.start].strip() == ""
        assert span.of(text) == span.of(text).strip() != ""
        position = span.end
    assert text[position:].strip() == ""


@given(_TEXTS)
def test_no_span_is_endless(text: str) -> None:
    assert all(span.end - span.start <= 800 for span in split(text * 5))


@given(_TEXTS, st.lists(st.integers(1, 9), min_size=1, max_size=10))
def test_a_stream_loses_and_adds_nothing_however_it_is_cut(text: str, sizes: list[int]) -> None:
    stream = SentenceStream()
    found: list[tuple[str, str]] = []
    start = index = 0
    while start < len(text):
        size = sizes[index % len(sizes)]
        found += stream.feed(text[start : start + size])
        start, index = start + size, index + 1
    found += stream.close()
    assert "".join("".join(sentence.split()) for _, sentence in found) == "".join(text.split())
    assert all(separator in ("", " ", "\n", "\n\n") for separator, _ in found)


def test_a_stream_hands_out_a_sentence_as_soon_as_the_next_one_has_begun() -> None:
    stream = SentenceStream()
    assert stream.feed("We open at 8. [1]") == []
    assert stream.feed(" Please be") == [("", "We open at 8. [1]")]
    assert stream.close() == [(" ", "Please be")]


def test_a_stream_does_not_end_a_sentence_before_its_citations_have_come() -> None:
    stream = SentenceStream()
    found = [pair for piece in ("We open.", " ", "[", "1", "]", "[2]", " Next", " one.") for pair in stream.feed(piece)]
    assert found == [("", "We open. [1][2]")]
