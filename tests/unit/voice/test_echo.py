"""The assistant's own words, coming back through the microphone."""

import pytest

from backend.voice.echo import EchoGuard

_PROMPT = "I will add a meeting with Clara Ostwald on Friday at three. Say yes or no."


@pytest.fixture
def guard() -> EchoGuard:
    """It said `_PROMPT` from 100 to 105."""
    guard = EchoGuard()
    guard.said(_PROMPT, 100.0, 5.0)
    return guard


def test_what_is_being_said_is_its_own(guard: EchoGuard) -> None:
    assert guard.is_own("I will add a meeting with Clara", 100.2)
    assert guard.is_own("with Clara Ostwald on Friday", 102.0)


def test_a_misheard_echo_is_still_its_own(guard: EchoGuard) -> None:
    assert guard.is_own("eye will add a meeting with clear at once", 100.2)
    assert guard.is_own("the clara ostrich on friday", 101.5)


def test_other_words_at_the_same_time_are_the_users(guard: EchoGuard) -> None:
    assert not guard.is_own("stop", 101.0)
    assert not guard.is_own("no the other Clara please", 101.0)
    assert not guard.is_own("what about Thursday", 101.0)


def test_a_yes_that_is_part_of_the_question_confirms_nothing(guard: EchoGuard) -> None:
    assert guard.is_own("yes", 104.4)
    assert guard.is_own("say yes or no", 104.0)


def test_a_yes_after_the_question_is_the_users(guard: EchoGuard) -> None:
    assert not guard.is_own("yes", 105.9)
    assert not guard.is_own("no", 105.9)


def test_an_answer_in_the_words_of_the_question_is_the_users(guard: EchoGuard) -> None:
    guard.said("Do you mean Clara Ostwald or Clara Berg?", 110.0, 2.5)
    assert guard.is_own("Clara Ostwald", 110.9)
    assert not guard.is_own("Clara Ostwald", 113.6)


def test_clauses_that_follow_each_other_are_heard_as_one() -> None:
    guard = EchoGuard()
    guard.said("Leave is sixteen weeks.", 10.0, 1.5)
    guard.said("It can be shared.", 11.5, 1.2)
    assert guard.is_own("weeks it can be shared", 11.2)


def test_nothing_said_and_nothing_heard_is_nobodys_echo(guard: EchoGuard) -> None:
    assert not EchoGuard().is_own("hello", 1.0)
    assert not guard.is_own("", 101.0)
    assert not guard.is_own("...", 101.0)


def test_what_was_said_long_ago_is_forgotten() -> None:
    guard = EchoGuard()
    for second in range(0, 3000, 3):
        guard.said("Something or other is said.", float(second), 2.0)
    assert len(guard._said) < 10
