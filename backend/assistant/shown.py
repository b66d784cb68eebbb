"""What the user has been shown of an answer: the text, and the citations it uses, numbered as they first appear."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from backend.assistant.buffer import TurnBuffer
from backend.assistant.citations import harmless, marked
from backend.assistant.contexts import Quote
from backend.assistant.events import AnswerDelta, Citation, Cited, SourceKind
from backend.assistant.schemas import CitingSentence

# Gives the address that opens a file, from its id and path.
Link = Callable[[int, str], str]


@dataclass(frozen=True, slots=True)
class Source:
    """What a line of an answer rests on. `quote` is what the server has, in words; `link` opens it in Nextcloud.

    `id` finds it again: see `Cited`.
    """

    kind: SourceKind
    id: str
    title: str
    quote: str
    link: str = ""


class Shown:
    """Shows sentences, each behind the citations that it needs. Only what was checked comes here."""

    def __init__(self, buffer: TurnBuffer, link: Link) -> None:
        self._buffer = buffer
        self._link = link
        self.text = ""
        self.citations: list[Cited] = []
        self.sentences: list[CitingSentence] = []

    def sentence(self, separator: str, text: str, quotes: Sequence[Quote]) -> None:
        """Show a sentence with its citations; those not used before are announced first."""
        numbers = list(dict.fromkeys(self._number(quote) for quote in quotes))
        lead = separator if self.text else ""
        start = len(self.text) + len(lead)
        # What stands in a file word for word may be a picture or a link in Markdown, and some clients show Markdown.
        self.plain(f"{lead}{marked(harmless(text), numbers)}")
        self.sentences.append(CitingSentence(start=start, end=len(self.text), numbers=numbers))

    def record(self, lead: str, text: str, source: Source) -> None:
        """Show a line about an event, a mail or another record of a server, with its citation."""
        cited = Cited(
            number=len(self.citations) + 1,
            kind=source.kind,
            passage_id="",
            document_id=source.id,
            title=source.title,
            path="",
            page=None,
            section=None,
            quote=source.quote,
            link=source.link,
            start=0,
            end=0,
        )
        self.citations.append(cited)
        self._buffer.say(Citation, **cited.model_dump())
        self.plain(f"{lead}{marked(harmless(text), [cited.number])}")

    def resting(self, separator: str, text: str, file_ids: Iterable[int]) -> None:
        """Show words of our own that rest on files without citing them: a number of files, say."""
        lead = separator if self.text else ""
        start = len(self.text) + len(lead)
        self.plain(f"{lead}{text}")
        documents = sorted(set(file_ids))
        self.sentences.append(CitingSentence(start=start, end=len(self.text), numbers=[], documents=documents))

    def plain(self, text: str) -> None:
        """Show words of our own, which need no citation."""
        self.text += text
        self._buffer.say(AnswerDelta, text=text)

    def has(self, quote: Quote) -> bool:
        """Whether this stretch has been cited."""
        return self._known(quote) is not None

    def _known(self, quote: Quote) -> int | None:
        """The number of a stretch that has been cited."""
        wanted = (quote.passage.id, quote.start, quote.end)
        return next((one.number for one in self.citations if (one.passage_id, one.start, one.end) == wanted), None)

    def _number(self, quote: Quote) -> int:
        """The number of a cited stretch. One number stands for one stretch, so that it opens at the right words."""
        if (known := self._known(quote)) is not None:
            return known
        passage = quote.passage
        document, chunk = passage.document, passage.chunk
        place = chunk.place(quote.start)
        cited = Cited(
            number=len(self.citations) + 1,
            passage_id=passage.id,
            document_id=str(document.file_id),
            title=document.title,
            path=document.path,
            page=chunk.page,
            section=place.section,
            time=chunk.time,
            headings=list(place.headings),
            quote=chunk.text[quote.start : quote.end],
            link=self._link(document.file_id, document.path),
            start=quote.start,
            end=quote.end,
        )
        self.citations.append(cited)
        self._buffer.say(Citation, **cited.model_dump())
        return cited.number
