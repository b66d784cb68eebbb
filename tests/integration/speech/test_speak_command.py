"""`voiceassist speak`, as it is called."""

import sys
import wave
from asyncio.subprocess import PIPE, create_subprocess_exec
from pathlib import Path


async def speak(*arguments: str) -> tuple[int, bytes, str]:
    """Exit code, standard output and standard error."""
    call = "from backend.cli import main; main()"
    process = await create_subprocess_exec(sys.executable, "-c", call, "speak", *arguments, stdout=PIPE, stderr=PIPE)
    out, error = await process.communicate()
    return process.returncode or 0, out, error.decode()


async def test_a_text_becomes_a_wave_file(tmp_path: Path) -> None:
    target = tmp_path / "answer.wav"
    code, out, error = await speak("Take 5 mg, twice a day. Then rest.", "-o", str(target))

    assert (code, out, error) == (0, b"", "")
    with wave.open(str(target)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (24_000, 1, 2)
        assert 2 < file.getnframes() / 24_000 < 8
        assert any(file.readframes(24_000))


async def test_standard_output_is_a_wave_stream() -> None:
    code, out, _ = await speak("Nehmen Sie 5 mg.", "--language", "de", "--speed", "1.5", "-o", "-")

    assert code == 0
    assert (out[:4], out[8:16], out[36:40]) == (b"RIFF", b"WAVEfmt ", b"data")
    assert len(out) > 24_000


async def test_what_cannot_be_spoken_or_written_is_told_in_one_line(tmp_path: Path) -> None:
    target = tmp_path / "none.wav"
    nothing = await speak("😀", "-o", str(target))
    nowhere = await speak("Hello.", "-o", str(tmp_path / "no folder" / "x.wav"))
    nobody = await speak("Hello.", "--language", "xx", "-o", str(target))

    assert (nothing[0], nowhere[0], nobody[0]) == (1, 1, 1)
    assert "nothing in the text" in nothing[2]
    assert "cannot be written" in nowhere[2]
    assert "no voice for the language 'xx'" in nobody[2]
    assert not target.exists()
