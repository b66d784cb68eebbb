"""How hard a password is to guess, and the reasons."""

import secrets
import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from backend.errors import ErrorCode, WeakPassword
from backend.identity.accounts.passwords import SHORTEST
from backend.identity.accounts.strength import WEAKEST, assess, demand

_ALPHABET = string.ascii_letters + string.digits


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("password1", "many people use"),
        ("asdfghjkl;", "keys of a keyboard"),
        ("aaaaaaaaaaaa", "repeats itself"),
        ("abcdefgh", "sequence"),
        ("13.05.1987", "date or a year"),
        ("annameier", "name or address"),
        ("meier.anna", "name or address"),
        ("anna-clinic-1", "name or address"),
        ("AnnaMeier2024!", "name or address"),
        ("Q7!x", f"fewer than {SHORTEST}"),
        ("qmzkwvtr", "small letters only"),
        ("", "empty"),
    ],
)
def test_a_weak_password_is_refused_with_its_reason(password: str, reason: str) -> None:
    with pytest.raises(WeakPassword) as refused:
        demand(password, ("anna.meier@clinic.example", "Anna Meier"))
    assert refused.value.code is ErrorCode.WEAK_PASSWORD
    assert refused.value.details is not None
    assert any(reason in one for one in refused.value.details["reasons"])  # type: ignore[attr-defined]
    assert password not in refused.value.message or not password


def test_a_strong_password_is_taken() -> None:
    demand("".join(secrets.choice(_ALPHABET) for _ in range(16)), ("ann@clinic.example",))
    demand("kwal stift mond gerade 7", ("ann@clinic.example",))
    demand("kwal stift mond gerade ann", ("ann@clinic.example",))
    assert assess("".join(secrets.choice(_ALPHABET) for _ in range(20))).score == 100


def test_the_same_password_is_weaker_for_whom_it_is_named_after() -> None:
    assert assess("grzywacz-4711", ("grzywacz@clinic.example",)).score < assess("grzywacz-4711").score


def test_a_long_password_takes_no_longer_than_one_of_40_characters() -> None:
    assert assess("x" * 256).score == assess("x" * 40).score


@given(st.text(max_size=60), st.lists(st.text(max_size=20), max_size=3))
def test_a_score_lies_between_0_and_100_and_every_lower_one_has_the_same_reasons_again(
    password: str, about: list[str]
) -> None:
    first = assess(password, about)
    assert 0 <= first.score <= 100
    assert first == assess(password, about)
    assert first.score < WEAKEST or len(password) >= 4


@given(st.text(alphabet=_ALPHABET, min_size=1, max_size=3), st.integers(4, 20))
@example("001", 14)
def test_a_short_piece_again_and_again_is_weak(piece: str, times: int) -> None:
    assert assess(piece * times).score < WEAKEST
    assert assess(piece * times + piece[:1]).score < WEAKEST


@given(st.integers(0, 18), st.integers(SHORTEST, 26))
def test_a_piece_of_the_alphabet_is_weak_forwards_and_backwards(start: int, length: int) -> None:
    piece = string.ascii_lowercase[start : start + length]
    assert assess(piece).score < WEAKEST
    assert assess(piece[::-1]).score < WEAKEST
