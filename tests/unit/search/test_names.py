"""Names by which documents speak of each other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.search.names import mentions, names


@pytest.mark.parametrize(
    ("title", "headings", "expected"),
    [
        ("Opening hours.txt", (), ("opening hours",)),
        ("notes.md", ("Harbour House (1904)", "Staff"), ("notes", "harbour house")),
        ("Young, New South Wales.md", (), ("young new south wales", "young")),
        ("2026.csv", (), ()),
        ("A.txt", (), ()),
        ("Bread, and why so many people in town bake it.md", (), ()),
        ("a title of so many words that nobody cites it.pdf", (), ()),
    ],
)
def test_a_document_is_called_by_its_file_name_and_its_outermost_heading(
    title: str, headings: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    assert names(title, headings) == expected


def test_in_a_text_names_begin_and_end_with_a_capital_or_a_digit() -> None:
    found = mentions("It was built by Anna Maria Lindt for Harbour House in 1904.", capitals=True)
    assert {"anna maria lindt", "harbour house"} <= found
    assert not {"built", "by anna", "house in"} & found


def test_in_a_question_names_need_no_capitals() -> None:
    assert "opening hours" in mentions("what is in the opening hours", capitals=False)
    assert "opening hours" not in mentions("what is in the opening hours", capitals=True)


@given(st.lists(st.sampled_from(["Oak", "Elm", "Ash", "Fir", "Yew"]), min_size=1, max_size=6))
def test_a_name_is_found_in_a_text_that_says_it(words: list[str]) -> None:
    title = " ".join(words)
    assert set(names(f"{title}.md", ())) <= mentions(f"see the file {title}, please", capitals=True)
