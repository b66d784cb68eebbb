"""How far a speech was played, and which words of it were heard."""

from backend.speech.protocol import SPOKEN_RATE
from backend.voice.playback import Playback
from backend.voice.turn import heard_of


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_without_reports_the_clock_says_it_and_no_more_than_was_sent() -> None:
    clock = Clock()
    playback = Playback(clock)
    playback.send(SPOKEN_RATE)
    clock.now = 0.5
    assert playback.position == SPOKEN_RATE // 2
    clock.now = 3.0
    assert playback.position == SPOKEN_RATE
    playback.send(SPOKEN_RATE)
    assert playback.ahead == 1.0, "a gap in what was sent is no time in which it was played"


def test_a_report_is_believed_and_a_client_that_falls_silent_plays_nothing() -> None:
    clock = Clock()
    playback = Playback(clock)
    playback.send(60 * SPOKEN_RATE)
    clock.now = 2.0
    playback.report(SPOKEN_RATE, ended=False)
    assert playback.position == SPOKEN_RATE
    clock.now = 2.5
    assert playback.position == 1.5 * SPOKEN_RATE
    clock.now = 30.0
    assert playback.position == 2 * SPOKEN_RATE


def test_held_sound_is_not_played() -> None:
    clock = Clock()
    playback = Playback(clock)
    playback.send(10 * SPOKEN_RATE)
    clock.now = 1.0
    playback.hold()
    clock.now = 5.0
    assert playback.position == SPOKEN_RATE
    playback.go_on()
    clock.now = 6.0
    assert playback.position == 2 * SPOKEN_RATE


def test_nobody_plays_more_than_was_sent() -> None:
    playback = Playback(Clock())
    playback.send(100)
    playback.report(10_000, ended=True)
    assert playback.position == 100


def test_what_was_heard_is_found_in_the_answer() -> None:
    answer = "It is on Monday. [1] It is on Monday, too. [2]"
    assert heard_of(answer, []) == 0
    assert heard_of(answer, ["It is on Monday. [1]"]) == len("It is on Monday. [1]")
    assert heard_of(answer, ["It is on Monday. [1]", " It is"]) == len("It is on Monday. [1] It is")
    assert heard_of(answer, ["It is on Monday. [1]", " It is on Monday, too. [2]", "From your file A."]) == len(answer)
