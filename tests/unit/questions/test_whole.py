"""Questions about one document as a whole: which are, and which document it is."""

from datetime import UTC, datetime

import pytest

from backend.assistant.questions.understood import understand
from backend.assistant.questions.whole import whole_document
from backend.search.chunk import Chunk, Document, Passage

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


def passage(file_id: int, path: str, ordinal: int, heading: str = "") -> Passage:
    document = Document(file_id, path, path.rpartition("/")[2], "text/markdown", NOW, "en", (file_id,))
    headings = (heading,) if heading else ()
    return Passage(f"p{file_id}-{ordinal}", document, Chunk("Text.", ordinal, 0, 5, None, None, headings), 1.0)


LETTER = [passage(1, "/2026-01-20 Letter from Dr Malik.docx", ordinal) for ordinal in (1, 0, 2)]
MINUTES = [passage(2, "/Board minutes.md", 0, "Minutes of the meeting, 11 September 2025")]
OTHER = [passage(3, "/Knee pain.md", 0), passage(3, "/Knee pain.md", 1)]


@pytest.mark.parametrize(
    ("question", "file_id"),
    [
        ("Summarise the letter from Dr Malik", 1),
        ("What is the main point of Dr Malik's letter?", 1),
        ("What happened in the meeting on 11 September 2025?", 2),
        ("Fasse den Brief von Dr Malik zusammen", 1),
    ],
)
def test_a_document_that_alone_is_named_is_asked_about_as_a_whole(question: str, file_id: int) -> None:
    found = whole_document(understand(question, (), NOW), [*OTHER, *LETTER, *MINUTES])
    assert {one.document.file_id for one in found} == {file_id}
    assert [one.chunk.ordinal for one in found] == sorted(one.chunk.ordinal for one in found)


@pytest.mark.parametrize(
    "question",
    [
        "What does the letter from Dr Malik say about warfarin?",
        "Who wrote the letter from Dr Malik?",
        "When was the meeting on 11 September 2025?",
        "What is knee pain?",
        "Summarise everything",
        "Summarise the letter from Dr Keller",
    ],
)
def test_a_question_with_a_subject_or_for_one_fact_is_not(question: str) -> None:
    assert whole_document(understand(question, (), NOW), [*OTHER, *LETTER, *MINUTES]) == []


def test_in_one_chosen_document_no_name_is_needed_and_two_of_a_name_are_none() -> None:
    assert len(whole_document(understand("What is this about?", (), NOW), OTHER)) == 2
    twins = [passage(number, f"/{number}/Letter from Dr Malik.docx", 0) for number in (7, 8)]
    assert whole_document(understand("Summarise the letter from Dr Malik", (), NOW), twins) == []
    assert whole_document(understand("What is this about?", (), NOW), LETTER[:1]) == []  # its beginning is not there
