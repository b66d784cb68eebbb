"""What the user has been shown of an answer: the text, and the citations it uses, numbered as they first appear."""

from collections.abc import Callable, Sequence

from backend.assistant.buffer import TurnBuffer
from backend.assistant.citations import Support, harmless, marked
from backend.assistant.events import AnswerDelta, Citation, Cited
from backend.assistant.schemas import CitingSentence
from backend.search.chunk import Passage

# Gives the address that opens a file, from its id and path.
Link = Callable[[int, str], str]


class Shown:
    """Shows sentences, each behind the citations that it needs. Only what was checked comes here."""

    def __init__(self, buffer: TurnBuffer, passages: Sequence[Passage], link: Link) -> None:
        self._buffer = buffer
        self._passages = passages
        self._link = link
        self.text = ""
        self.citations: list[Cited] = []
        self.sentences: list[CitingSentence] = []

    def sentence(self, separator: str, text: str, supports: Sequence[Support]) -> None:
        """Show a sentence with its citations; those not used before are announced first."""
        numbers = list(dict.fromkeys(self._number(support) for support in supports))
        lead = separator if self.text else ""
        start = len(self.text) + len(lead)
        # What stands in a file word for word may be a picture or a link in Markdown, and some clients show Markdown.
        self.plain(f"{lead}{marked(harmless(text), numbers)}")
        self.sentences.append(CitingSentence(start=start, end=len(self.text), numbers=numbers))

    def plain(self, text: str) -> None:
        """Show words of our own, which need no citation."""
        self.text += text
        self._buffer.say(AnswerDelta, text=text)

    def _number(self, support: Support) -> int:
        """The number of a cited stretch. One number stands for one stretch, so that it opens at the right words."""
        passage = self._passages[support.source]
        for known in self.citations:
            if (known.passage_id, known.start, known.end) == (passage.id, support.start, support.end):
                return known.number
        document, chunk = passage.document, passage.chunk
        cited = Cited(
            number=len(self.citations) + 1,
            passage_id=passage.id,
            document_id=str(document.file_id),
            title=document.title,
            path=document.path,
            page=chunk.page,
            section=chunk.section,
            quote=chunk.text[support.start : support.end],
            link=self._link(document.file_id, document.path),
            start=support.start,
            end=support.end,
        )
        self.citations.append(cited)
        self._buffer.say(Citation, **cited.model_dump())
        return cited.number
