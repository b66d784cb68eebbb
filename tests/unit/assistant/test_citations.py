"""Citation marks: parsed out of whatever a model writes, and put back in one form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.assistant.citations import harmless, marked, parse


@pytest.mark.parametrize(
    ("sentence", "text", "cites"),
    [
        ("We open at 8. [1]", "We open at 8.", (1,)),
        ("We open at 8 [1].", "We open at 8.", (1,)),
        ("We open at 8 [1][3].", "We open at 8.", (1, 3)),
        ("We open at 8 [1, 3].", "We open at 8.", (1, 3)),
        ("We open at 8 [2-4].", "We open at 8.", (2, 3, 4)),
        ("We open at 8 [1 and 2].", "We open at 8.", (1, 2)),
        ("We open at 8 [Passage 2].", "We open at 8.", (2,)),
        ("We open at 8 [source 2; 1].", "We open at 8.", (2, 1)),
        ("We open at 8 【3†clinic.md】.", "We open at 8.", (3,)),
        ("We open at 8 [^2].", "We open at 8.", (2,)),
        ("Rooms [1] and two [1] [2].", "Rooms and two.", (1, 2)),
        ("No marks [here] or [a1].", "No marks [here] or [a1].", ()),
        ("Huge [1-9999].", "Huge.", (1, 9999)),
    ],
)
def test_marks_are_taken_out_and_numbered(sentence: str, text: str, cites: tuple[int, ...]) -> None:
    claim = parse(sentence)
    assert (claim.text, claim.cites) == (text, cites)


@given(
    st.text(alphabet=st.characters(exclude_characters="[]【】"), max_size=80), st.lists(st.integers(1, 50), max_size=6)
)
def test_parsing_is_the_inverse_of_marking(text: str, numbers: list[int]) -> None:
    cites = tuple(dict.fromkeys(numbers))
    claim = parse(marked(text, cites))
    assert claim.cites == cites
    assert claim.text == parse(text).text


@given(st.text(alphabet="[]【】0123456789,-–;^ aBpassge.", max_size=60))
def test_any_jumble_is_parsed_and_leaves_no_mark_behind(jumble: str) -> None:
    claim = parse(jumble)
    assert len(claim.cites) == len(set(claim.cites))
    assert len(claim.cites) <= 21 * (jumble.count("]") + jumble.count("】"))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("See ![x](http://evil.example/?q=1) this.", "See  this."),
        ("See [the page](http://evil.example) here.", "See the page here."),
        ('<img src="http://evil.example/a.png">Hello', "Hello"),
        ("Below 5 < 6 and 7 > 6.", "Below 5 < 6 and 7 > 6."),
        ("The dose is due. [1]", "The dose is due. [1]"),
        ("Anna Berg <anna@berg.example>, <https://berg.example>", "Anna Berg anna@berg.example, https://berg.example"),
        ("## The **dose** is **2 * 3** mg", "The dose is 2 * 3 mg"),
    ],
)
def test_nothing_that_loads_or_leads_away_is_left(text: str, shown: str) -> None:
    assert harmless(text) == shown
