"""What holds for every engine: those that hear and those that speak are interchangeable. Servers are scripted."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, aclosing
from pathlib import Path

import numpy as np
import pytest

from backend.egress.gate import Call, Gate, Withheld
from backend.errors import Unavailable
from backend.nextcloud.appapi import Clients
from backend.nextcloud.tasks import AUDIO_TO_TEXT, TEXT_TO_SPEECH, Tasks
from backend.settings import Settings
from backend.speech.builtin.recogniser import BuiltinRecogniser
from backend.speech.decoding.decoder import Decoder
from backend.speech.endpoint import Address
from backend.speech.endpoint_hearing import EndpointRecogniser
from backend.speech.endpoint_speaking import EndpointSynthesiser
from backend.speech.limits import Limits
from backend.speech.local.hearing import LocalRecogniser
from backend.speech.local.speaking import LocalSynthesiser
from backend.speech.nextcloud import NextcloudRecogniser, NextcloudSynthesiser
from backend.speech.protocol import Listening, Recogniser, Synthesiser, Voice
from backend.speech.realtime import RealtimeRecogniser
from backend.speech.wav import as_wav
from tests.servers.appapi import AppApiServer
from tests.servers.cloud import Cloud
from tests.servers.realtime import realtime_server
from tests.servers.speech import speech_server, tone
from tests.unit.speech.tiny_models import tiny_ear, tiny_voice

LIMITS = Limits(connect=2.0, answer=5.0, stall=2.0)
ANN = Listening("ann", "en")
SOUND = np.random.default_rng(1).integers(-8_000, 8_000, 16_000).astype("<i2").tobytes()


class Door:
    """A gate that can be shut."""

    def __init__(self) -> None:
        self.shut = False
        self.calls: list[Call] = []
        self.gate = Gate(Settings(_env_file=None), [self._rule])

    async def _rule(self, call: Call) -> str | None:
        self.calls.append(call)
        return "It stays here." if self.shut else None


async def _tasks(stack: AsyncExitStack) -> Tasks:
    server = stack.enter_context(AppApiServer(Cloud(("ann",))).serving())
    server.board.providers[AUDIO_TO_TEXT] = lambda _: {"output": "call doctor"}
    server.board.providers[TEXT_TO_SPEECH] = lambda _: {"speech": 7}
    server.board.files[7] = as_wav(tone(1.0, rate=16_000))
    clients = Clients(server.appapi)
    stack.push_async_callback(clients.close)
    return Tasks(clients)


async def _endpoint_ear(stack: AsyncExitStack, door: Door, _: Path) -> Recogniser:
    server = await stack.enter_async_context(speech_server())
    return EndpointRecogniser(door.gate, Address(server.base_url, "whisper"), LIMITS)


async def _realtime_ear(stack: AsyncExitStack, door: Door, _: Path) -> Recogniser:
    server = await stack.enter_async_context(realtime_server())
    return RealtimeRecogniser(door.gate, Address(server.base_url, "whisper"), LIMITS)


async def _nextcloud_ear(stack: AsyncExitStack, door: Door, _: Path) -> Recogniser:
    return NextcloudRecogniser(door.gate, await _tasks(stack), "https://cloud.test", 5.0)


async def _local_ear(stack: AsyncExitStack, door: Door, home: Path) -> Recogniser:
    pytest.importorskip("sherpa_onnx", reason="the extra `speech` is not installed")
    model = tiny_ear(home)
    return LocalRecogniser(home, [model.name], {model.name: model})


async def _builtin_ear(stack: AsyncExitStack, door: Door, home: Path) -> Recogniser:
    return BuiltinRecogniser(children=1)


async def _decoder(stack: AsyncExitStack) -> Decoder:
    decoder = Decoder()
    stack.push_async_callback(decoder.close)
    return decoder


async def _endpoint_mouth(stack: AsyncExitStack, door: Door, _: Path) -> Synthesiser:
    server = await stack.enter_async_context(speech_server())
    return EndpointSynthesiser(door.gate, Address(server.base_url, "tts"), "alloy", LIMITS, await _decoder(stack))


async def _nextcloud_mouth(stack: AsyncExitStack, door: Door, _: Path) -> Synthesiser:
    return NextcloudSynthesiser(door.gate, await _tasks(stack), "https://cloud.test", 5.0, await _decoder(stack))


async def _local_mouth(stack: AsyncExitStack, door: Door, home: Path) -> Synthesiser:
    pytest.importorskip("sherpa_onnx", reason="the extra `speech` is not installed")
    voice = tiny_voice(home)
    return LocalSynthesiser(home, [voice.name], {voice.name: voice})


EARS = [_endpoint_ear, _realtime_ear, _nextcloud_ear, _local_ear, _builtin_ear]
MOUTHS = [_endpoint_mouth, _nextcloud_mouth, _local_mouth]
_HERE = (_local_ear, _builtin_ear, _local_mouth)

Open = Callable[[AsyncExitStack, Door, Path], Awaitable[Recogniser]]
OpenMouth = Callable[[AsyncExitStack, Door, Path], Awaitable[Synthesiser]]


@pytest.fixture
def door() -> Door:
    return Door()


@pytest.fixture(params=EARS, ids=lambda opened: opened.__name__.strip("_"))
async def ear(request: pytest.FixtureRequest, door: Door, tmp_path: Path) -> AsyncIterator[Recogniser]:
    opened: Open = request.param
    async with AsyncExitStack() as stack:
        engine = await opened(stack, door, tmp_path)
        yield engine
        await engine.close()


@pytest.fixture(params=MOUTHS, ids=lambda opened: opened.__name__.strip("_"))
async def mouth(request: pytest.FixtureRequest, door: Door, tmp_path: Path) -> AsyncIterator[Synthesiser]:
    opened: OpenMouth = request.param
    async with AsyncExitStack() as stack:
        engine = await opened(stack, door, tmp_path)
        yield engine
        await engine.close()


async def test_an_engine_says_who_it_is_before_it_is_asked(ear: Recogniser) -> None:
    assert ear.info.name
    assert ear.info.grade in ("command", "dictation")
    await ear.prepare(ANN)
    utterance = await ear.listen(ANN)
    # Pocketsphinx breaks on a single frame; `Utterance` asks nobody about one.
    await utterance.feed(bytes(3_200 if isinstance(ear, BuiltinRecogniser) else 640))
    transcript = await utterance.finish()
    assert transcript.text == ""  # it was silent, and hardly begun
    assert transcript.engine.startswith(ear.info.name)
    assert transcript.language == "en"


async def test_what_is_said_in_frames_is_heard(ear: Recogniser) -> None:
    utterance = await ear.listen(ANN)
    for start in range(0, len(SOUND), 640):
        text = await utterance.feed(SOUND[start : start + 640])
        assert text is None or isinstance(text, str)
    transcript = await utterance.finish()
    assert all(0.0 <= word.start <= word.end <= 2.0 for word in transcript.words)


async def test_an_utterance_may_be_abandoned_at_any_time_and_the_engine_goes_on(ear: Recogniser) -> None:
    for fed in (b"", SOUND):
        utterance = await ear.listen(ANN)
        if fed:
            await utterance.feed(fed)
        await utterance.abandon()
        await utterance.abandon()
    utterance = await ear.listen(ANN)
    await utterance.feed(SOUND)
    await utterance.finish()
    await utterance.abandon()


async def test_two_utterances_at_once_both_end(ear: Recogniser) -> None:
    one, two = await asyncio.gather(ear.listen(ANN), ear.listen(ANN))
    await asyncio.gather(one.feed(SOUND), two.feed(SOUND))
    first, second = await asyncio.gather(one.finish(), two.finish())
    assert first.engine == second.engine


async def test_no_task_is_left_when_an_engine_that_hears_is_closed(ear: Recogniser) -> None:
    before = asyncio.all_tasks()
    utterance = await ear.listen(ANN)
    await utterance.feed(SOUND)
    await utterance.abandon()
    await ear.close()
    left = [task for task in asyncio.all_tasks() - before if task.get_name().startswith("speech")]
    assert left == []


@pytest.mark.parametrize("opened", EARS, ids=lambda opened: opened.__name__.strip("_"))
async def test_sound_leaves_only_through_the_gate(opened: Open, door: Door, tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        ear = await opened(stack, door, tmp_path)
        stack.push_async_callback(ear.close)
        if opened in _HERE:
            await (await ear.listen(ANN)).abandon()
            assert door.calls == []
            return
        door.shut = True
        with pytest.raises(Withheld, match="stays here"):
            await ear.listen(ANN)
        assert [(call.user_id, call.sound) for call in door.calls] == [("ann", True)]


async def test_speech_is_whole_samples_that_can_be_heard(mouth: Synthesiser) -> None:
    pieces = [piece async for piece in mouth.speak("Good morning.", Voice(), "ann")]
    assert all(len(piece) % 2 == 0 for piece in pieces)
    sound = np.frombuffer(b"".join(pieces), dtype="<i2")
    assert sound.size > 2_400
    assert np.abs(sound).max() > 1_000


async def test_an_unknown_voice_is_spoken_in_the_usual_one(mouth: Synthesiser) -> None:
    assert [piece async for piece in mouth.speak("Good morning.", Voice(name="nobody", speed=1.1), "ann")]


async def test_whoever_stops_listening_may_ask_again(mouth: Synthesiser) -> None:
    for _ in range(3):
        async with aclosing(mouth.speak("Good morning. How are you?", Voice(), "ann")) as sound:
            assert await anext(sound)


@pytest.mark.parametrize("opened", MOUTHS, ids=lambda opened: opened.__name__.strip("_"))
async def test_text_leaves_only_through_the_gate(opened: OpenMouth, door: Door, tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        mouth = await opened(stack, door, tmp_path)
        stack.push_async_callback(mouth.close)
        door.shut = True
        if opened in _HERE:
            assert await anext(mouth.speak("Mrs Nowak is ill.", Voice(), "ann"))
            assert door.calls == []
            return
        with pytest.raises(Withheld, match="stays here"):
            await anext(mouth.speak("Mrs Nowak is ill.", Voice(), "ann"))
        assert any("Mrs Nowak is ill." in call.texts for call in door.calls)


async def test_an_engine_that_is_closed_is_unavailable_and_nothing_worse(ear: Recogniser) -> None:
    if isinstance(ear, NextcloudRecogniser | BuiltinRecogniser):
        pytest.skip("holds nothing open, or starts again")
    await ear.close()

    async def hear() -> None:
        utterance = await ear.listen(ANN)
        await utterance.feed(SOUND)
        await utterance.finish()

    with pytest.raises(Unavailable):
        await hear()
