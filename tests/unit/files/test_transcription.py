"""Transcripts in pages that know their time, and recordings on their way through the pipeline."""

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.egress.gate import Withheld
from backend.errors import RateLimited, Unavailable, VoiceAssistError
from backend.files.extraction.extracted import Extracted, Page
from backend.files.extraction.reasons import NO_SPEECH, NOT_TRANSCRIBED
from backend.files.tables import FileState
from backend.files.transcription import Progress, is_recording, pages
from backend.jobs.ledger import JobState
from backend.speech.protocol import Transcript, Word
from tests.unit.files.house import House
from tests.unit.jobs.waiting import until


def transcript(text: str, *words: tuple[str, float, float]) -> Transcript:
    return Transcript(text, "test", words=tuple(Word(*word) for word in words))


def test_a_page_ends_with_a_sentence_and_begins_when_its_first_word_is_said() -> None:
    heard = transcript(
        "Good morning, everybody. The rota is done. It is Dr. Weber's 2nd week.",
        *(("good", 3.0, 3.4), ("morning", 3.4, 4.0), ("everybody", 4.0, 30.0), ("the", 30.1, 30.2), ("rota", 30.2, 31)),
        *(("is", 31.0, 31.2), ("done", 31.2, 32), ("it", 34.0, 34.2), ("is", 34.2, 34.4), ("Dr", 34.4, 35)),
        *(("weber's", 35.0, 35.5), ("second", 35.5, 36.0), ("week", 36.0, 36.5)),
    )
    assert list(pages(heard)) == [
        Page(None, None, "Good morning, everybody.", time=3),
        Page(None, None, "The rota is done.\nIt is Dr. Weber's 2nd week.", time=30),
    ]


def test_without_signs_a_pause_ends_a_page_and_without_a_pause_it_ends_all_the_same() -> None:
    with_pause = transcript("a b c", ("a", 0.0, 26.0), ("b", 27.0, 28.0), ("c", 28.0, 29.0))
    assert [(page.text, page.time) for page in pages(with_pause)] == [("a", 0), ("b c", 27)]
    breathless = transcript(
        " ".join("abcdefgh"), *((letter, n * 10.0, n * 10 + 10.0) for n, letter in enumerate("abcdefgh"))
    )
    assert [(page.text, page.time) for page in pages(breathless)] == [("a b c d", 0), ("e f g h", 40)]


def test_a_window_whose_words_have_no_times_is_a_page() -> None:
    windows = transcript("One. Two? Three.", ("One. Two?", 0.0, 27.0), ("Three.", 60.0, 81.0))
    assert [(page.text, page.time) for page in pages(windows)] == [("One. Two?", 0), ("Three.", 60)]


def test_of_words_that_the_text_does_not_have_the_text_is_kept() -> None:
    assert list(pages(transcript("Sieben.", ("7", 4.0, 5.0)))) == [Page(None, None, "Sieben.", time=4)]
    assert list(pages(transcript("Sieben."))) == [Page(None, None, "Sieben.", time=0)]
    assert list(pages(transcript(""))) == []


@given(st.lists(st.tuples(st.text(max_size=8), st.floats(0, 9), st.floats(0, 9)), max_size=40), st.text(max_size=200))
def test_pages_hold_the_text_once_and_in_order_whatever_the_engine_says(
    words: list[tuple[str, float, float]], text: str
) -> None:
    at, timed = 0.0, []
    for word, pause, length in words:
        timed.append((word, at + pause, at + pause + length))
        at += pause + length
    found = list(pages(transcript(text, *timed)))
    assert [page.time for page in found] == sorted(page.time or 0 for page in found)
    assert "".join("".join(page.text for page in found).split()) == "".join(text.split())


def test_recordings_are_known_by_type_and_lists_of_titles_are_none() -> None:
    assert all(map(is_recording, ("audio/mpeg", "audio/mp4", "audio/ogg", "video/webm")))
    assert not any(map(is_recording, ("video/mp4", "audio/mpegurl", "audio/midi", "text/plain", "")))


class Sounds:
    """An extractor that decodes every file, or says why it cannot. It leaves unproved what FFmpeg makes of files."""

    async def extract(self, path: Path, name: str, mime: str | None, sound: Path | None = None) -> Extracted:
        said = path.read_text()  # noqa: ASYNC240 - a short one, in a test
        if sound is not None:
            sound.write_text(said)  # noqa: ASYNC240 - as above
        return Extracted("audio", (), said if said.startswith("damaged") else NOT_TRANSCRIBED)


class Heard:
    """A transcription that repeats what it is given, or raises; while `held`, it does not come to an end."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.asked: list[str] = []
        self.held = asyncio.Event()
        self.held.set()

    async def transcribe(self, user_id: str, sound: Path, progress: Progress) -> tuple[Page, ...]:
        self.asked.append(user_id)
        await progress(0.5)
        await self.held.wait()
        if self.error is not None:
            raise self.error
        text = sound.read_text()  # noqa: ASYNC240 - a short one, in a test
        return (Page(None, None, text, time=754),) if text else ()


@pytest.fixture
def heard(house: House) -> Heard:
    house.pipeline.transcription = heard = Heard()
    house.pipeline._extractor = Sounds()
    return heard


def record(house: House, path: str, says: str) -> None:
    house.source.write(path, says)
    house.source.item(path).mime = "audio/mpeg"


async def test_a_recording_is_transcribed_as_the_user_who_has_it_and_nothing_stays_on_the_disk(
    house: House, heard: Heard
) -> None:
    record(house, "/memo.mp3", "call the lab")
    await house.crawl()
    await house.work()
    assert (house.index.texts(), heard.asked) == ({"/memo.mp3": "call the lab"}, ["ann"])
    assert list(house.pipeline._scratch.iterdir()) == []


@pytest.mark.parametrize(
    ("says", "error", "state", "reason"),
    [
        ("", None, FileState.SKIPPED, NO_SPEECH),
        ("damaged: half of it", None, FileState.FAILED, "damaged: half of it"),
        ("x", Withheld("by the settings"), FileState.SKIPPED, f"{NOT_TRANSCRIBED}: by the settings"),
    ],
)
async def test_a_recording_without_a_transcript_has_the_reason(
    house: House, heard: Heard, says: str, error: Exception | None, state: FileState, reason: str
) -> None:
    heard.error = error
    record(house, "/memo.mp3", says)
    await house.crawl()
    await house.work()
    file = (await house.files())["/memo.mp3"]
    assert (file.state, file.reason) == (state, reason)


async def test_where_nobody_transcribes_a_recording_is_not_even_fetched_and_reindexing_reads_it_later(
    house: House, heard: Heard
) -> None:
    house.pipeline.transcription = None
    record(house, "/memo.mp3", "call the lab")
    await house.crawl()
    await house.work()
    file = (await house.files())["/memo.mp3"]
    assert file.state == FileState.SKIPPED
    assert "RECORDINGS_BY" in (file.reason or "")
    assert not [request for request in house.source.requests if request.startswith("download")]
    house.pipeline.transcription = heard
    await house.service.reindex("ann")
    await house.work()
    assert house.index.texts() == {"/memo.mp3": "call the lab"}


async def test_a_row_tells_how_far_transcription_is(
    house: House, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.files.stages._TELL_AFTER", 0.0)
    record(house, "/memo.mp3", "call the lab")
    await house.crawl()
    heard.held.clear()
    working = asyncio.create_task(house.work())
    await until(lambda: bool(heard.asked))
    file = (await house.files())["/memo.mp3"]
    assert (file.state, file.progress) == (FileState.RUNNING, 0.5)
    heard.held.set()
    await working


@pytest.mark.parametrize("trouble", [Unavailable("it stalls"), RateLimited("too many", retry_after=0.0)])
async def test_an_engine_that_fails_is_asked_again_and_holds_up_no_other_file(
    house: House, heard: Heard, trouble: VoiceAssistError
) -> None:
    heard.error = trouble
    record(house, "/memo.mp3", "call the lab")
    await house.crawl()
    (job,) = await house.ledger.lease("house", ["files.index"], 1, 60)
    await house.pipeline.prepare()
    with pytest.raises(VoiceAssistError, match=trouble.message) as raised:
        await house.pipeline.run(job)
    # The worker stops a whole kind of job for these two.
    assert not isinstance(raised.value, Unavailable | RateLimited)
    assert raised.value.retryable
    await house.ledger.fail(job, raised.value)
    heard.error = None
    await asyncio.sleep(0.01)
    await house.work()
    assert house.index.texts() == {"/memo.mp3": "call the lab"}


async def test_long_recordings_leave_places_to_other_files(
    house: House, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.files.pipeline._TURN_SECONDS", 0.01)
    for number in range(4):
        record(house, f"/{number}.mp3", f"words {number}")
    await house.crawl()
    await house.pipeline.prepare()
    heard.held.clear()
    jobs = await house.ledger.lease("house", ["files.index"], 2, 60)
    running = [asyncio.create_task(house.pipeline.run(job)) for job in jobs]
    await until(lambda: len(heard.asked) == 2)
    (third,) = await house.ledger.lease("house", ["files.index"], 1, 60)
    await asyncio.wait_for(house.pipeline.run(third), 30)
    await house.ledger.done(third)
    after = (await house.ledger.find("files.index", [third.key]))[third.key]
    assert (after.state, after.attempts, len(heard.asked)) == (JobState.WAITING, 0, 2)
    heard.held.set()
    await asyncio.gather(*running)
    for job in jobs:
        await house.ledger.done(job)
    await asyncio.sleep(0.1)
    await house.work()
    assert len(house.index.texts()) == 4
