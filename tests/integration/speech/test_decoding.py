"""Files of strangers are decoded in children: whatever is in one, the service goes on and says what was wrong."""

import asyncio
import io
import os
import random
import signal
import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import av
import numpy as np
import pytest

from backend.errors import BadInput, Unavailable
from backend.speech.audio import decode
from backend.speech.decoding.decoder import Decoder
from tests.unit.speech.test_audio import encoded, tone, wav

pytestmark = pytest.mark.timeout(120)

LONGEST = 300.0
FORMATS = {
    "wav": wav(tone(0.4)),
    "mp3": encoded("mp3", "libmp3lame", 44_100, tone(0.4, 44_100)),
    "ogg": encoded("ogg", "libopus", 48_000, tone(0.4, 48_000)),
    "m4a": encoded("mp4", "aac", 48_000, tone(0.4, 48_000)),
    "webm": encoded("webm", "libopus", 48_000, tone(0.4, 48_000)),
    "flac": encoded("flac", "flac", 44_100, tone(0.4, 44_100)),
}
# Some 10 MB that take a while.
LARGE = wav(tone(110, 48_000), 48_000)


async def is_well(decoder: Decoder) -> None:
    """The control: a good recording sounds as it should."""
    assert await decoder.decode(wav(tone(1)), seconds=LONGEST) == tone(1).tobytes()


def told(pid: int, name: str) -> str:
    """What the kernel tells about a process in /proc/PID/NAME."""
    return Path(f"/proc/{pid}/{name}").read_text()


def runs(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def memory(pid: int, name: str) -> int:
    """A line of /proc/PID/status, in MB."""
    lines = told(pid, "status").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:")) // 1024


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 - other processes set no events
            await asyncio.sleep(0.005)


async def decoding_a_large_file(decoder: Decoder) -> tuple[int, asyncio.Task[bytes]]:
    """The only child, which has most of the file by now, and the task that waits for the sound."""
    await is_well(decoder)
    (child,) = decoder.pids
    enough = memory(child, "VmRSS") + len(LARGE) // 2**20 * 3 // 4
    task = asyncio.create_task(decoder.decode(LARGE, seconds=LONGEST))
    await until(lambda: memory(child, "VmRSS") > enough)
    return child, task


@pytest.mark.parametrize("name", FORMATS)
async def test_a_child_gives_what_the_decoder_gives(decoder: Decoder, name: str) -> None:
    content = FORMATS[name]
    for rate in (16_000, 24_000):
        assert await decoder.decode(content, rate, seconds=1) == b"".join(decode(io.BytesIO(content), rate))


async def test_one_child_decodes_one_file_after_another_and_two_decode_at_once(decoder: Decoder) -> None:
    await is_well(decoder)
    first = decoder.pids
    with pytest.raises(BadInput):
        await decoder.decode(b"no sound", seconds=LONGEST)
    await is_well(decoder)
    assert decoder.pids == first
    sounds = await asyncio.gather(*(decoder.decode(FORMATS[name], seconds=1) for name in [*FORMATS] * 3))
    assert sounds == [b"".join(decode(io.BytesIO(FORMATS[name]))) for name in [*FORMATS] * 3]
    assert len(decoder.pids) == 2


@pytest.mark.parametrize("name", FORMATS)
async def test_damage_anywhere_gives_sound_or_a_refusal(decoder: Decoder, name: str) -> None:
    dice = random.Random(name)
    content = FORMATS[name]
    for number in range(80):
        damaged = bytearray(content)
        for _ in range(dice.choice((1, 4, 64))):
            damaged[dice.randrange(min(len(damaged), 400) if number % 2 else len(damaged))] = dice.randrange(256)
        if dice.random() < 0.3:
            start = dice.randrange(len(damaged))
            del damaged[start : start + dice.randrange(len(damaged))]
        if name == "ogg":
            seal(damaged)
        with suppress(BadInput):
            assert len(await decoder.decode(bytes(damaged), seconds=30)) <= 30 * 32_000
    await is_well(decoder)


def seal(ogg: bytearray) -> None:
    """Make the checksums of an Ogg file right again (RFC 3533, 6): with wrong ones nothing behind them is looked at."""
    start = ogg.find(b"OggS")
    while start >= 0:
        end = ogg.find(b"OggS", start + 4)
        page = ogg[start : end if end >= 0 else len(ogg)]
        page[22:26] = bytes(4)
        checksum = 0
        for byte in page:
            checksum ^= byte << 24
            for _ in range(8):
                checksum = (checksum << 1 ^ (0x104C11DB7 if checksum >> 31 else 0)) & 0x1_FFFF_FFFF
        if len(page) >= 27:
            ogg[start + 22 : start + 26] = struct.pack("<I", checksum)
        start = end


def test_what_is_sealed_has_the_checksums_that_ffmpeg_gives() -> None:
    """The control of the damage to Ogg files."""
    sealed = bytearray(FORMATS["ogg"])
    sealed[22:26] = b"none"
    seal(sealed)
    assert sealed == FORMATS["ogg"]


def hours_of_silence(hours: int) -> bytes:
    """A FLAC file, of which 200 bytes are a second."""
    file = io.BytesIO()
    with av.open(file, "w", format="flac") as out:
        stream = out.add_stream("flac", rate=4_000)
        assert isinstance(stream, av.AudioStream)
        stream.layout = "mono"
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 57_600), np.int16), format="s16", layout="mono")
        frame.sample_rate = 4_000
        for _ in range(hours * 250):
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return file.getvalue()


async def test_a_small_file_of_many_hours_is_refused_without_being_decoded_to_its_end(decoder: Decoder) -> None:
    bomb = hours_of_silence(2)
    assert len(bomb) < 2 * 2**20
    with pytest.raises(BadInput, match="longer than 300 seconds"):
        await decoder.decode(bomb, seconds=LONGEST)
    (child,) = decoder.pids
    assert memory(child, "VmHWM") < 100
    await is_well(decoder)


def claiming(box: bytes, entries: int) -> bytes:
    """An m4a whose table claims to have that many entries."""
    content = bytearray(FORMATS["m4a"])
    start = content.index(box) + (12 if box == b"stsz" else 8)
    content[start : start + 4] = struct.pack(">I", entries)
    return bytes(content)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(claiming(b"stsz", 2**31 - 1), id="two milliard samples in an m4a"),
        pytest.param(claiming(b"stts", 2**28), id="many times in an m4a"),
        pytest.param(wav(tone(1))[:40] + b"\xff\xff\xff\xff" + wav(tone(1))[44:], id="a WAV of 4 GB"),
        pytest.param(random.Random(1).randbytes(2**20), id="noise"),
        pytest.param(b"\xff\xfb\x90\x64" * 2**18, id="headers of MP3 without end"),
        pytest.param(b"OggS" * 2**18, id="headers of Ogg without end"),
        pytest.param(b"\x1aE\xdf\xa3\x01\xff\xff\xff\xff\xff\xff\xff" + bytes(2**20), id="a WebM without end"),
        pytest.param(bytes(32 * 2**20), id="nothing, of the largest size"),
    ],
)
async def test_what_claims_more_than_it_is_takes_neither_time_nor_memory(decoder: Decoder, content: bytes) -> None:
    await is_well(decoder)
    (child,) = decoder.pids
    began = time.monotonic()
    with suppress(BadInput):
        assert len(await decoder.decode(content, seconds=LONGEST)) < 60 * 32_000
    assert time.monotonic() - began < 15
    if child in decoder.pids:
        assert memory(child, "VmPeak") <= 512
    await is_well(decoder)


async def test_a_playlist_opens_neither_files_nor_addresses(decoder: Decoder, tmp_path: Path) -> None:
    secret = tmp_path / "secret.wav"
    secret.write_bytes(wav(tone(1)))
    joined = f"ffconcat version 1.0\nfile '{secret}'\n"
    with av.open(io.BytesIO(joined.encode()), format="concat", options={"safe": "0"}) as opened:
        assert opened.streams.audio, "the control: FFmpeg would open it"
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        asked = threading.Event()

        def refuse() -> None:
            with suppress(OSError):
                while True:
                    server.accept()[0].close()
                    asked.set()

        threading.Thread(target=refuse, daemon=True).start()
        address = f"http://127.0.0.1:{server.getsockname()[1]}/a.ts"
        listed = f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{address}\n#EXT-X-ENDLIST\n"
        playlist = tmp_path / "list.m3u8"
        playlist.write_text(listed)
        for content in (
            joined,
            listed,
            listed.replace(address, f"file://{secret}"),
            f"[playlist]\nFile1={address}\n",
            f"<MPD><BaseURL>{address}</BaseURL></MPD>",
            f"v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=audio {server.getsockname()[1]} RTP/AVP 0\n",
        ):
            with pytest.raises(BadInput, match="no recording that can be decoded"):
                await decoder.decode(content.encode(), seconds=LONGEST)
        assert not asked.is_set()
        options = {"protocol_whitelist": "file,http,tcp"}
        with suppress(av.FFmpegError):
            await asyncio.to_thread(lambda: av.open(str(playlist), options=options).close())
        assert await asyncio.to_thread(asked.wait, 10), "the control: FFmpeg would open it"
    await is_well(decoder)


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGKILL, signal.SIGXCPU])
async def test_a_file_that_brings_its_child_down_is_refused_and_others_go_on(
    decoder: Decoder, number: signal.Signals
) -> None:
    child, task = await decoding_a_large_file(decoder)
    os.kill(child, number)
    with pytest.raises(BadInput, match="may be damaged"):
        await task
    assert decoder.pids == []
    await is_well(decoder)


async def test_a_child_that_hangs_is_ended() -> None:
    decoder = Decoder(patience=1.0)
    try:
        await is_well(decoder)
        (child,) = decoder.pids
        os.kill(child, signal.SIGSTOP)
        with pytest.raises(BadInput, match="too long to decode"):
            await decoder.decode(wav(tone(1)), seconds=LONGEST)
        assert child not in decoder.pids
        assert not runs(child)
        await is_well(decoder)
    finally:
        await decoder.close()


async def test_a_child_that_was_killed_while_it_rested_is_replaced(decoder: Decoder) -> None:
    await is_well(decoder)
    os.kill(decoder.pids[0], signal.SIGKILL)
    await until(lambda: decoder.pids == [])
    await is_well(decoder)


async def test_whoever_goes_away_leaves_no_sound_for_the_next(decoder: Decoder) -> None:
    _, task = await decoding_a_large_file(decoder)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert decoder.pids == []
    await is_well(decoder)


async def test_children_that_rest_for_a_while_end() -> None:
    decoder = Decoder(idle_seconds=0.05)
    await is_well(decoder)
    await until(lambda: decoder.pids == [])
    await is_well(decoder)
    await decoder.close()


async def test_closing_ends_what_is_being_decoded(decoder: Decoder) -> None:
    child, task = await decoding_a_large_file(decoder)
    await decoder.close()
    for ended in (task, decoder.decode(FORMATS["wav"], seconds=1)):
        with pytest.raises(Unavailable, match="is stopping"):
            await ended
    assert not runs(child)


async def test_a_child_is_bound_and_knows_no_secrets(decoder: Decoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPEECH_API_KEY", "k3y")
    await is_well(decoder)
    (child,) = decoder.pids
    limits = told(child, "limits")
    for name, least, most in (
        ("Max address space", 1, 512 * 2**20),
        ("Max cpu time", 1, 60),
        ("Max file size", 0, 0),
        ("Max open files", 1, 32),
        ("Max core file size", 0, 0),
    ):
        (line,) = (line for line in limits.splitlines() if line.startswith(name))
        assert least <= int(line[26:].split()[0]) <= most
    assert "k3y" not in told(child, "environ")
    assert os.environ["SPEECH_API_KEY"] == "k3y"
