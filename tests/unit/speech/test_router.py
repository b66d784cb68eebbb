"""Who hears and who speaks, in which order, and what happens to what was said when one fails."""

from contextlib import aclosing

import pytest

from backend.egress.gate import Withheld
from backend.errors import RateLimited, Unavailable
from backend.speech.protocol import Listening, Voice
from backend.speech.router import Hearing, Speaking
from backend.telemetry import speech_calls
from tests.unit.speech.engines import Ear, Mouth

ENGLISH = Listening("alice", "en")
FRAME = b"\1\0" * 320


class World:
    """Hearing over these engines, and a clock."""

    def __init__(self, *ears: Ear) -> None:
        self.now = 0.0
        self.ears = ears
        self.hearing = Hearing(ears, clock=lambda: self.now)

    async def say(self, frames: int = 10, listening: Listening = ENGLISH) -> str:
        utterance = await self.hearing.listen(listening)
        for _ in range(frames):
            await utterance.feed(FRAME)
        return (await utterance.finish()).engine

    def likely(self, language: str = "en") -> str:
        return self.hearing.info(language).name


async def test_the_first_engine_hears_and_the_next_ones_are_not_asked() -> None:
    world = World(Ear("one"), Ear("two"))
    assert await world.say() == "one"
    assert world.ears[0].heard == [FRAME * 10]
    assert world.ears[1].heard == []


@pytest.mark.parametrize("at", ["listen", "feed", "finish"])
@pytest.mark.parametrize("error", [Unavailable("down"), RateLimited("busy"), Withheld("stays here")])
async def test_when_one_fails_the_next_one_hears_all_that_was_said(at: str, error: Exception) -> None:
    one, two = Ear("one"), Ear("two")
    one.error, one.at = error, at
    assert await World(one, two).say(frames=120) == "two"
    assert two.heard == [FRAME * 120]
    assert one.abandoned == (0 if at == "listen" else 1)


async def test_what_the_next_one_has_heard_so_far_is_told_at_once() -> None:
    one, two = Ear("one"), Ear("two")
    world = World(one, two)
    utterance = await world.hearing.listen(ENGLISH)
    assert await utterance.feed(FRAME) == "one 640"
    one.error, one.at = Unavailable("down"), "feed"
    assert await utterance.feed(FRAME) == "two 1280"
    assert utterance.engine == two.info
    assert (await utterance.finish()).engine == "two"


async def test_a_failure_after_another_does_not_lose_a_word() -> None:
    one, two, three = Ear("one"), Ear("two"), Ear("three")
    one.error, one.at = Unavailable("down"), "feed"
    two.error, two.at = Unavailable("down"), "finish"
    assert await World(one, two, three).say(frames=50) == "three"
    assert three.heard == [FRAME * 50]


async def test_when_all_fail_the_last_reason_is_told() -> None:
    one, two = Ear("one"), Ear("two")
    one.error, two.error = Unavailable("one is down"), Unavailable("two is down")
    with pytest.raises(Unavailable, match="two is down"):
        await World(one, two).say()
    assert (one.abandoned, two.abandoned) == (1, 1)


async def test_an_engine_that_fails_again_and_again_is_given_a_pause_and_then_one_try() -> None:
    one, two = Ear("one"), Ear("two")
    world = World(one, two)
    one.error = Unavailable("down")
    assert world.likely() == "one"
    for _ in range(3):
        assert await world.say() == "two"
    assert one.abandoned == 3
    assert world.likely() == "two"
    assert await world.say() == "two"
    assert one.abandoned == 3  # left alone
    world.now += 61
    assert world.likely() == "one"
    assert await world.say() == "two"
    assert one.abandoned == 4
    world.now += 61
    one.error = None
    assert await world.say() == "one"
    assert await world.say() == "one"


async def test_a_server_that_asks_for_patience_is_left_alone_for_that_long() -> None:
    one = Ear("one")
    world = World(one, Ear("two"))
    one.error = RateLimited("busy", retry_after=10.0)
    await world.say()
    one.error = None
    assert await world.say() == "two"
    world.now += 11
    assert await world.say() == "one"


async def test_an_engine_that_may_not_be_asked_is_not_broken_and_is_asked_again_each_time() -> None:
    one = Ear("one")
    world = World(one, Ear("two"))
    one.error, one.at = Withheld("stays here"), "listen"
    for _ in range(5):
        assert await world.say() == "two"
        assert world.likely() == "two"  # the page is told who hears really
    one.error = None
    assert await world.say() == "one"
    assert world.likely() == "one"


async def test_an_utterance_that_nobody_wants_any_more_says_nothing_about_the_engine() -> None:
    one = Ear("one")
    world = World(one, Ear("two"))
    for _ in range(5):
        utterance = await world.hearing.listen(ENGLISH)
        await utterance.feed(FRAME)
        await utterance.abandon()
        await utterance.abandon()
    assert one.abandoned == 5
    with pytest.raises(Unavailable, match="has ended"):
        await utterance.feed(FRAME)
    assert await world.say() == "one"


async def test_where_nothing_was_said_nobody_is_asked() -> None:
    one = Ear("one")
    one.error = Unavailable("down")
    for frames in (0, 4):
        assert await World(one).say(frames=frames) == "one"
    assert (one.heard, one.abandoned) == ([], 2)


async def test_german_is_heard_by_the_next_engine_that_knows_it() -> None:
    world = World(Ear("english", languages=("en",)), Ear("german", languages=("de", "en")))
    assert await world.say(listening=Listening("alice", "de")) == "german"
    assert (world.likely("en"), world.likely("de")) == ("english", "german")
    assert await world.say(listening=Listening("alice", "")) == "english"  # it may find out


async def test_a_language_that_nobody_knows_is_refused_with_what_to_configure() -> None:
    world = World(Ear("english", languages=("en",)))
    with pytest.raises(Unavailable, match=r"hears 'de'.*HEARS_BY or HEARS_FALLBACK"):
        await world.hearing.listen(Listening("alice", "de"))
    with pytest.raises(Unavailable, match="HEARS_BY"):
        world.hearing.info("de")
    await world.hearing.prepare(Listening("alice", "de"))


async def test_what_is_longer_than_can_be_kept_is_heard_by_one_engine_only() -> None:
    one, two = Ear("one"), Ear("two")
    world = World(one, two)
    second = b"\1\0" * 16_000
    utterance = await world.hearing.listen(ENGLISH)
    for _ in range(130):
        await utterance.feed(second)
    assert (await utterance.finish()).engine == "one"
    one.error = Unavailable("down")
    utterance = await world.hearing.listen(ENGLISH)
    for _ in range(130):
        await utterance.feed(second)
    with pytest.raises(Unavailable, match="down"):
        await utterance.finish()  # half of it would be worse than none
    assert two.heard == []


async def test_the_likely_engine_is_prepared_and_its_failure_is_not_ours() -> None:
    one = Ear("one")
    hearing = Hearing([one])
    await hearing.prepare(ENGLISH)
    assert one.prepared == 1
    one.error, one.at = Unavailable("down"), "prepare"
    await hearing.prepare(ENGLISH)


async def test_other_engines_take_over_and_the_old_ones_are_closed() -> None:
    one, two = Ear("one"), Ear("two")
    hearing = Hearing([one])
    await hearing.use([two], hearing._limits)
    assert one.closed
    assert hearing.info("en").name == "two"


async def test_outcomes_are_counted_by_engine() -> None:
    def count(engine: str, outcome: str) -> float:
        return float(speech_calls.labels("hears", engine, outcome)._value.get())

    one = Ear("counted")
    world = World(one, Ear("two"))
    before = {outcome: count("counted", outcome) for outcome in ("worked", "failed", "withheld", "stopped")}
    await world.say()
    one.error = Unavailable("down")
    await world.say()
    one.error = Withheld("stays")
    await world.say()
    one.error = None
    await (await world.hearing.listen(ENGLISH)).abandon()
    assert {outcome: count("counted", outcome) - was for outcome, was in before.items()} == {
        "worked": 1,
        "failed": 1,
        "withheld": 1,
        "stopped": 1,
    }


async def spoken(speaking: Speaking, voice: Voice | None = None) -> bytes:
    return b"".join([piece async for piece in speaking.speak(" hi", voice or Voice(), "alice")])


async def test_the_first_engine_speaks_in_the_voice_that_was_chosen() -> None:
    one, two = Mouth("one", voices=("a", "b")), Mouth("two")
    speaking = Speaking([one, two])
    assert await spoken(speaking, Voice(name="a", speed=1.2)) == b"one hi"
    assert one.asked == [Voice(name="a", speed=1.2)]
    assert two.asked == []
    assert await speaking.voices("en") == ("a", "b")


@pytest.mark.parametrize("error", [Unavailable("down"), RateLimited("busy"), Withheld("stays here")])
async def test_before_the_first_sound_the_next_engine_speaks_in_its_own_voice(error: Exception) -> None:
    one, two = Mouth("one"), Mouth("two")
    one.error = error
    speaking = Speaking([one, two])
    assert await spoken(speaking, Voice(name="a", speed=1.2)) == b"two hi"
    assert two.asked == [Voice(name="", speed=1.2)]


async def test_after_the_first_sound_a_failure_is_told_and_nothing_is_said_twice() -> None:
    one, two = Mouth("one"), Mouth("two")
    one.error, one.before = Unavailable("broke off"), False
    sound = Speaking([one, two]).speak("hi", Voice(), "alice")
    assert await anext(sound) == b"one"
    with pytest.raises(Unavailable, match="broke off"):
        await anext(sound)
    assert two.asked == []


async def test_whoever_stops_listening_stops_the_engine_and_that_is_no_failure() -> None:
    one = Mouth("one")
    speaking = Speaking([one, Mouth("two")])
    for _ in range(5):
        async with aclosing(speaking.speak("hi", Voice(), "alice")) as sound:
            await anext(sound)
    assert one.stopped == 5
    assert await spoken(speaking) == b"one hi"


async def test_an_engine_that_does_not_speak_is_given_a_pause() -> None:
    now = 0.0
    one = Mouth("one")
    one.error = Unavailable("down")
    speaking = Speaking([one, Mouth("two")], clock=lambda: now)
    for _ in range(4):
        assert await spoken(speaking) == b"two hi"
    assert len(one.asked) == 3
    assert speaking.info("en").name == "two"
    now = 61.0
    one.error = None
    assert await spoken(speaking) == b"one hi"


async def test_a_language_that_nobody_speaks_is_refused_with_what_to_configure() -> None:
    speaking = Speaking([Mouth("english", languages=("en",))])
    with pytest.raises(Unavailable, match=r"speaks 'de'.*SPEAKS_BY"):
        await spoken(speaking, Voice("de"))
    with pytest.raises(Unavailable, match="switched off"):
        await spoken(Speaking([]))
