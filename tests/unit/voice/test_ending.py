"""How long a silence ends a turn."""

import pytest

from backend.voice.ending import AdaptiveSilence, EndOfTurn, FixedSilence

# What the product promises for a complete command, whoever asks for it.
_PROMISED = 0.5


def adaptive() -> EndOfTurn:
    return AdaptiveSilence()


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Move my two o'clock with Doctor Berg to Friday."),
        ("en", "Which folder is that in my files"),
        ("en", "what meetings do we have"),
        ("en", "delete that"),
        ("en", "add a meeting on friday at ten am"),
        ("de", "Trag die Besprechung am Montag um neun Uhr ein"),
        ("de", "lad Herrn Berg zu der Sitzung ein"),
        ("de", "weißt du wann die Praxis offen ist"),
    ],
)
def test_a_complete_command_or_question_waits_half_a_second_at_most(language: str, text: str) -> None:
    assert adaptive().patience(text, language) <= _PROMISED


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Add a meeting with"),
        ("en", "send a message to Jonas and"),
        ("en", "could you please schedule"),
        ("en", "can you please"),
        ("en", "put it on my"),
        ("en", "tell anna that i am"),
        ("de", "Trag eine Besprechung mit"),
        ("de", "kannst du bitte"),
        ("de", "verschieb das Treffen auf den"),
        ("de", "Schick eine Nachricht an Frau"),
    ],
)
def test_what_sounds_unfinished_waits_more_than_a_second(language: str, text: str) -> None:
    assert adaptive().patience(text, language) > 1


@pytest.mark.parametrize(
    ("language", "text"), [("en", "Yes."), ("en", "no, thanks"), ("de", "Ja, bitte!"), ("de", "nein")]
)
def test_an_answer_ends_sooner_than_a_command(language: str, text: str) -> None:
    waits = adaptive()
    assert waits.patience(text, language) < waits.patience(
        "call the lab" if language == "en" else "ruf das Labor an", language
    )


def test_a_question_that_may_end_with_a_preposition_waits_between_the_two() -> None:
    waits = adaptive()
    assert (
        waits.patience("call Clara", "en")
        < waits.patience("who is it from", "en")
        < waits.patience("send it from", "en")
    )


def test_when_nothing_is_understood_the_turn_does_not_end_at_once() -> None:
    assert adaptive().patience("", "en") > _PROMISED
    assert adaptive().patience(" ... ", "en") > _PROMISED


def test_the_same_word_is_judged_in_its_own_language() -> None:
    """ "die" begins something in German and is nothing special in English."""
    assert adaptive().patience("öffne die", "de") > adaptive().patience("open die", "en")
    assert adaptive().patience("öffne die", "de-AT") == adaptive().patience("öffne die", "de")


def test_a_language_without_words_of_its_own_still_ends_its_turns() -> None:
    assert adaptive().patience("ouvre le dossier", "fr") <= _PROMISED


def test_a_fixed_silence_is_the_same_for_everything() -> None:
    fixed: EndOfTurn = FixedSilence(0.7)
    assert {fixed.patience(text, "en") for text in ("", "yes", "add a meeting with")} == {0.7}
