"""Snippets."""

from hypothesis import given
from hypothesis import strategies as st

from backend.search.highlight import snippet


def words_of(text: str, spans: list[tuple[int, int]]) -> list[str]:
    return [text[start:end] for start, end in spans]


def test_a_short_text_is_its_own_snippet() -> None:
    assert snippet("A dose.", [(2, 6)]) == ("A dose.", [(2, 6)])


def test_the_stretch_with_most_words_is_shown() -> None:
    text = "dose " + "x" * 10 + " filler" * 60 + " dose of metformin daily" + " filler" * 60
    spans = [(0, 4), (text.index("dose of"), text.index("dose of") + 4)]
    spans.append((text.index("metformin"), text.index("metformin") + 9))
    shown, ranges = snippet(text, spans)
    assert shown.startswith("… filler")
    assert shown.endswith("filler …")
    assert words_of(shown, ranges) == ["dose", "metformin"]


def test_without_words_the_beginning_is_shown() -> None:
    shown, ranges = snippet("word " * 200, [])
    assert shown.startswith("word word")
    assert len(shown) <= 325
    assert ranges == []


@given(st.text(st.characters(codec="utf-8"), max_size=900), st.lists(st.integers(0, 899), max_size=8, unique=True))
def test_ranges_keep_showing_the_same_words(text: str, starts: list[int]) -> None:
    spans = [(start, start + 1) for start in sorted(starts) if start < len(text)]
    shown, ranges = snippet(text, spans, 100)
    kept = words_of(shown, ranges)
    everything = words_of(text, spans)
    assert all(any(everything[i : i + len(kept)] == kept for i in range(len(everything) + 1)) for _ in [0])
    assert len(shown) <= max(100 + 4, len(text) if len(text) <= 100 else 0)
