"""A command as the finders of slots see it."""

from collections.abc import Sequence
from dataclasses import dataclass

from backend.assistant.understanding.command import Slot
from backend.assistant.understanding.cues import Cues
from backend.assistant.understanding.intents import SlotType
from backend.assistant.understanding.language import CommandWords, Cue
from backend.assistant.understanding.tokens import Token

# A name, a title or a place said in free words is at most so many words long.
NAME_WORDS, TITLE_WORDS = 4, 12
# Abbreviated titles before a name, such as "Prof.", have at most so many letters.
LONGEST_TITLE = 4
# Kinds of events.
EVENTS = (Cue.EVENT, Cue.OCCASION)


@dataclass(frozen=True, slots=True)
class Scene:
    """A command cut into tokens: their cues, and which of them belong to a time."""

    text: str
    tokens: Sequence[Token]
    cues: Cues
    timed: Sequence[bool]
    words: CommandWords

    def slot(self, kind: SlotType, first: int, last: int) -> Slot | None:
        """A slot of the tokens `first` to before `last`, without marks of possession; None if nothing is left."""
        while first < last and not self.tokens[last - 1].word[:1].isalnum():
            last -= 1
        if first >= last:
            return None
        start, end = self.tokens[first].start, self.tokens[last - 1].end
        value = self.text[start:end]
        for ending in self.words.possessives:
            if kind is SlotType.PERSON and value.lower().endswith(ending):
                value = value[: -len(ending)]
        return Slot(kind, value, start, end) if value else None

    def breaks(self, position: int) -> bool:
        """Whether a name or title cannot go on at a token."""
        token = self.tokens[position]
        if token.word == "." and position and len(self.tokens[position - 1].word) <= LONGEST_TITLE and token.glued:
            return position + 1 >= len(self.tokens) or self.tokens[position + 1].glued  # "Dr. Smith"
        return self.timed[position] or not token.word[0].isalnum() or self.cues.covering(position, Cue.BREAK)

    def run(self, start: int, longest: int) -> int:
        """The end of the free words that begin at `start`."""
        end = start
        while end < len(self.tokens) and end - start < longest and not self.breaks(end):
            end += 1
        return end

    def name_from(self, start: int) -> tuple[int, int] | None:
        """The words of a name at `start`, past determiners."""
        while start < len(self.tokens) and not self.timed[start] and self.cues.covering(start, Cue.DETERMINER):
            start += 1
        end = self.run(start, NAME_WORDS)
        for position in range(start, end):
            if self.cues.covering(position, Cue.OWNER):
                end = position + 1  # a possessive ends a name
                break
            if position > start and self.cues.covering(
                position, Cue.MAIL, Cue.CALENDAR, Cue.CONTACTS, Cue.RESIDE, Cue.FREE, Cue.NAMED, *EVENTS
            ):
                end = position
                break
        if end == start or self.cues.covering(start, Cue.NOT_NAME):
            return None
        return start, end
