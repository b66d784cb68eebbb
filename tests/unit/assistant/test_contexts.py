"""Neighbours joined: the text of the file as it is, and every quote back in the passage that it stands in."""

import itertools
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from backend.assistant.contexts import alone, joined, spread
from backend.search.chunk import Chunk, Document, Passage

MODIFIED = datetime(2026, 1, 1, tzinfo=UTC)


def passage(file_id: int, ordinal: int, text: str, start: int = 0, headings: tuple[str, ...] = ()) -> Passage:
    document = Document(file_id, f"/{file_id}.md", f"{file_id}.md", "text/markdown", MODIFIED, "en", (file_id, 1))
    chunk = Chunk(text, ordinal, start, start + len(text), None, None, headings)
    return Passage(f"p{file_id}-{ordinal}", document, chunk, 1.0)


def test_neighbours_become_one_context_without_what_both_have() -> None:
    text = "One is here. Two is there. Three is nowhere."
    first, second = passage(1, 4, text[:26], 0, ("A", "B")), passage(1, 5, text[13:], 13, ("A", "C"))
    other = passage(2, 5, "Else.")
    contexts = joined([second, other, first])
    assert [context.text for context in contexts] == [text, "Else."]
    assert contexts[0].headings == ("A",)
    assert [part.passage for part in contexts[0].parts] == [first, second]
    quote = contexts[0].quote(27, len(text))
    assert (quote.passage, quote.passage.chunk.text[quote.start : quote.end]) == (second, "Three is nowhere.")


def test_no_neighbours_of_other_files_of_other_places_or_of_other_versions_are_joined() -> None:
    apart = [passage(1, 1, "a"), passage(2, 2, "b"), passage(1, 3, "c"), passage(3, 1, "same end", 0)]
    assert len(joined(apart)) == 4
    other_version = [passage(1, 1, "The old text.", 0), passage(1, 2, "new words", 8)]
    assert len(joined(other_version)) == 2
    long = [passage(1, number, "word " * 400, number * 2_001) for number in range(4)]
    assert len(joined(long)) == 4


@given(
    st.text(alphabet="ab .\n", min_size=12, max_size=200),
    st.lists(st.integers(1, 199), min_size=1, max_size=4),
    st.integers(0, 5),
    st.data(),
)
def test_every_quote_of_a_context_is_what_stands_there(
    text: str, cuts: list[int], lap: int, data: st.DataObject
) -> None:
    bounds = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    chunks = [
        passage(1, ordinal, text[max(0, start - lap) : end], max(0, start - lap))
        for ordinal, (start, end) in enumerate(itertools.pairwise(bounds))
    ]
    [context] = joined(chunks)
    assert context.text == text
    start = data.draw(st.integers(0, len(context.text) - 1))
    end = data.draw(st.integers(start + 1, len(context.text)))
    quote = context.quote(start, end)
    quoted = quote.passage.chunk.text[quote.start : quote.end]
    assert quoted in context.text[start:end]
    single = alone([quote.passage])[0].quote(quote.start, quote.end)
    assert single == quote


def test_a_file_gives_way_to_others_only_as_long_as_there_are_others() -> None:
    mine = [passage(1, number * 2, f"m{number}") for number in range(8)]
    others = [passage(number, 0, f"o{number}") for number in (2, 3)]
    chosen = spread([*mine, *others], 6, per_file=3)
    assert [p.chunk.text for p in chosen] == ["m0", "m1", "m2", "m3", "o2", "o3"]
    assert spread(mine, 6, per_file=3) == mine[:6]
