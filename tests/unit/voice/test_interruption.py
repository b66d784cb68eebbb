"""Who speaks over the assistant: to stop it, or while listening."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.voice.interruption import Interruption, Verdict


def judge(
    spoken_for: float, transcript: str | None, *, ended: bool, language: str = "en", echo: bool = False
) -> Verdict:
    return Interruption().judge(spoken_for, transcript, echo, language, ended)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Uh-huh."),
        ("en", "yeah"),
        ("en", "Okay, right."),
        ("en", "oh I see"),
        ("de", "genau"),
        ("de", "Ja, ja."),
        ("de", "ach so, verstehe"),
    ],
)
def test_a_backchannel_is_waited_for_and_then_ignored(language: str, text: str) -> None:
    assert judge(0.4, text, ended=False, language=language) is Verdict.WAIT
    assert judge(0.6, text, ended=True, language=language) is Verdict.IGNORE


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "stop"),
        ("en", "no"),
        ("en", "Okay, wait."),
        ("en", "hold on"),
        ("de", "Stopp!"),
        ("de", "nein"),
        ("de", "ja, Moment"),
    ],
)
def test_a_stop_word_stops_as_soon_as_it_is_understood(language: str, text: str) -> None:
    assert judge(0.25, text, ended=False, language=language) is Verdict.STOP


def test_a_sentence_stops_before_it_has_ended() -> None:
    assert judge(0.9, "what about", ended=False) is Verdict.STOP
    assert judge(0.9, "yeah but what about", ended=False) is Verdict.STOP


def test_a_cough_is_ignored() -> None:
    assert judge(0.3, None, ended=False) is Verdict.WAIT
    assert judge(0.3, None, ended=True) is Verdict.IGNORE
    assert judge(0.3, "", ended=True) is Verdict.IGNORE


def test_who_goes_on_speaking_stops_it_even_when_no_word_is_understood() -> None:
    assert judge(2.0, None, ended=False) is Verdict.STOP
    assert judge(2.5, "okay", ended=False) is Verdict.STOP


def test_the_assistants_own_voice_never_stops_it_and_holds_nothing() -> None:
    assert judge(5.0, "stop", ended=False) is Verdict.STOP  # somebody else's would
    assert judge(5.0, "stop", ended=False, echo=True) is Verdict.IGNORE


@given(st.floats(0, 60), st.none() | st.text(max_size=60), st.booleans(), st.sampled_from(["en", "de", "fr", ""]))
def test_after_the_end_there_is_always_a_verdict(spoken: float, text: str | None, echo: bool, language: str) -> None:
    assert judge(spoken, text, ended=True, echo=echo, language=language) is not Verdict.WAIT


@given(
    st.lists(st.sampled_from(["yeah", "stop", "clara", "okay", "i see", "the"]), max_size=5),
    st.floats(0, 5),
    st.floats(0, 5),
)
def test_more_of_the_same_words_never_turns_a_stop_into_a_wait(words: list[str], one: float, other: float) -> None:
    shorter, longer = sorted((one, other))
    if judge(shorter, " ".join(words), ended=False) is Verdict.STOP:
        assert judge(longer, " ".join(words), ended=False) is Verdict.STOP
