"""Recordings become samples, whatever they are, and what is none is refused in plain words."""

import contextlib
import io
import resource
import struct
import wave
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from av.audio.frame import AudioFrame
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.errors import BadInput
from backend.speech.audio import decode, write_wav

RATE = 16_000


def tone(seconds: float, rate: int = RATE) -> np.ndarray:
    return (np.sin(np.arange(round(seconds * rate)) * 2 * np.pi * 440 / rate) * 12_000).astype("<i2")


def wav(samples: np.ndarray, rate: int = RATE, channels: int = 1, width: int = 2) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(width)
        out.setframerate(rate)
        out.writeframes(samples.tobytes())
    return file.getvalue()


def encoded(container: str, codec: str, rate: int, samples: np.ndarray) -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format=container) as out:
        stream = out.add_stream(codec, rate=rate)
        assert isinstance(stream, av.AudioStream)
        stream.layout = "mono"
        frame = AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = rate
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return file.getvalue()


def decoded(content: bytes) -> np.ndarray:
    return np.frombuffer(b"".join(decode(io.BytesIO(content))), "<i2")


def pitch(samples: np.ndarray) -> float:
    return float(np.abs(np.fft.rfft(samples)).argmax() * RATE / len(samples))


@pytest.mark.parametrize(
    ("container", "codec", "rate"),
    [
        ("wav", "pcm_s16le", 44_100),
        ("wav", "pcm_s16le", 8_000),
        ("mp3", "libmp3lame", 44_100),
        ("mp4", "aac", 48_000),
        ("ogg", "libopus", 48_000),
        ("webm", "libopus", 48_000),
        ("flac", "flac", 96_000),
    ],
)
def test_every_common_kind_of_recording_sounds_the_same(container: str, codec: str, rate: int) -> None:
    samples = decoded(encoded(container, codec, rate, tone(2, rate)))
    assert len(samples) / RATE == pytest.approx(2, abs=0.15)
    assert pitch(samples) == pytest.approx(440, abs=5)


def test_stereo_becomes_mono_and_eight_bits_sixteen() -> None:
    stereo = np.repeat(tone(1), 2)
    assert len(decoded(wav(stereo, channels=2))) == RATE
    eight = (tone(1) // 256 + 128).astype(np.uint8)
    assert np.abs(decoded(wav(eight, width=1)).astype(int) - tone(1)).max() < 300


def test_a_wav_at_our_rate_comes_out_as_it_went_in() -> None:
    assert (decoded(wav(tone(2.5))) == tone(2.5)).all()


def test_silence_and_clipped_sound_are_sound() -> None:
    assert not decoded(wav(np.zeros(RATE, "<i2"))).any()
    assert decoded(wav(np.full(RATE, 32_767, "<i2"))).min() == 32_767


def test_a_recording_that_breaks_off_gives_what_is_there() -> None:
    assert len(decoded(wav(tone(3))[: 44 + RATE * 2])) == RATE
    ogg = encoded("ogg", "libopus", 48_000, tone(4, 48_000))
    assert 1 < len(decoded(ogg[: len(ogg) // 2])) / RATE < 3


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"RIFF" + bytes(200), id="a name and zeros"),
        pytest.param(b"Dear doctor,\nthank you for your letter.\n" * 50, id="a text"),
        pytest.param(wav(tone(1))[:20], id="half a header"),
        pytest.param(wav(tone(1))[:44], id="a header alone"),
        pytest.param(
            encoded("mp4", "aac", 48_000, tone(1, 48_000))[:3000], id="half an m4a, whose index is at its end"
        ),
        pytest.param(b"#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n", id="a playlist"),
        pytest.param(b"ffconcat version 1.0\nfile /etc/passwd\n", id="a list of files"),
        pytest.param(wav(tone(1))[:24] + struct.pack("<I", 1) + wav(tone(1))[28:], id="one sample a second"),
        pytest.param(wav(tone(1))[:24] + struct.pack("<I", 2**31) + wav(tone(1))[28:], id="two milliards a second"),
    ],
)
def test_what_is_no_recording_is_refused(content: bytes) -> None:
    with pytest.raises(BadInput):
        decoded(content)


def test_a_playlist_in_a_file_called_wav_opens_no_other_file(tmp_path: Path) -> None:
    (tmp_path / "secret.wav").write_bytes(wav(tone(1)))
    (tmp_path / "list.wav").write_text("ffconcat version 1.0\nfile secret.wav\n")
    assert b"".join(decode(tmp_path / "secret.wav"))
    with pytest.raises(BadInput):
        list(decode(tmp_path / "list.wav"))


def test_a_folder_and_a_file_that_is_not_there_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.wav"):
        with pytest.raises(BadInput, match="cannot be read"):
            list(decode(path))


SOURCES = [
    wav(tone(0.5)),
    encoded("flac", "flac", 44_100, tone(0.5, 44_100)),
    encoded("webm", "libopus", 48_000, tone(0.5, 48_000)),
    encoded("mp4", "aac", 44_100, tone(0.5, 44_100)),
]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(SOURCES), st.lists(st.tuples(st.integers(0, 4_000), st.integers(0, 255)), max_size=20))
def test_damage_anywhere_gives_sound_or_a_refusal(source: bytes, damage: list[tuple[int, int]]) -> None:
    content = bytearray(source)
    for place, value in damage:
        content[place % len(content)] = value
    with contextlib.suppress(BadInput):
        decoded(bytes(content))


def test_three_hours_are_decoded_in_little_memory(tmp_path: Path) -> None:
    def minutes() -> Iterator[bytes]:
        for _ in range(180):
            yield bytes(60 * RATE * 2)

    long = tmp_path / "long.wav"
    assert write_wav(long, minutes(), RATE) == 180 * 60 * RATE
    list(decode(io.BytesIO(wav(tone(1)))))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert sum(map(len, decode(long))) == 180 * 60 * RATE * 2
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000  # kB
