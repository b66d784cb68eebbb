"""Spoken answers to proposals: when a yes counts, and when it is asked for once more."""

from enum import Enum, auto

from backend.actions.action import State
from backend.assistant.commands.confirmation import Meant
from backend.assistant.commands.heard import Answered, Heard
from backend.assistant.commands.phrases import phrases
from backend.assistant.events import ActionDone, ActionProposed, TurnEvent
from backend.speech.protocol import Transcript
from backend.voice.words import made_of, plain, turn_words

# An engine that is sure of no word more than this (0 to 1) has not heard a "yes". Measured with pocketsphinx on 5
# synthetic voices: spoken, "yes" has 0.87 or more, taken out of "guess" and "yet" 0.13 or less.
SURE = 0.5
# More words than this that are neither a command nor an answer are a question of their own.
_SHORT = 4


class Decision(Enum):
    """What is done with what was heard."""

    TAKE = auto()
    ASK_AGAIN = auto()
    LEAVE = auto()  # the card keeps the question
    DOUBT = auto()  # it would act, and may not have been said
    DROP = auto()  # nothing was said to us


class Confirming:
    """What of a conversation waits for a yes, and whether it was asked for again already."""

    def __init__(self) -> None:
        self._proposed: set[str] = set()
        self._asked_again = False

    @property
    def waiting(self) -> bool:
        """Whether something that was proposed here waits for an answer."""
        return bool(self._proposed)

    def saw(self, event: TurnEvent) -> None:
        """Follow what is proposed, and what comes of it."""
        if isinstance(event, ActionProposed):
            self._proposed = {action.id for action in event.actions}
            self._asked_again = False
        elif isinstance(event, ActionDone):
            if event.action.state is State.PROPOSED:  # changed by what the user said, and read back again
                self._proposed.add(event.action.id)
                self._asked_again = False
            else:
                self._proposed.discard(event.action.id)

    def decide(self, transcript: Transcript, heard: Heard | None, *, over_speech: bool, interrupting: bool) -> Decision:
        """Whether the words are taken as they are.

        `heard` is what the assistant takes them for. `over_speech`: they were begun while something was still being
        said, a proposal that was being read back among it. Then, or when the engine was not sure, a yes is none.
        `interrupting`: they were begun over an answer, which they have ended; "stop" means that, and no more.
        """
        if interrupting and _only_stops(transcript):
            return Decision.TAKE if _may_be_stopped(heard) else Decision.DROP
        if isinstance(heard, Answered) and heard.meant in (Meant.YES, Meant.UNDO):
            if not over_speech and confidence(transcript) >= SURE:
                return Decision.TAKE
            return self._unclear() if self.waiting else Decision.DOUBT
        if heard is None and self.waiting and not _is_question(transcript):
            return self._unclear()
        return Decision.TAKE

    def _unclear(self) -> Decision:
        if self._asked_again:
            self._proposed.clear()
            return Decision.LEAVE
        self._asked_again = True
        return Decision.ASK_AGAIN


def _only_stops(transcript: Transcript) -> bool:
    known = turn_words(transcript.language)
    return made_of(plain(transcript.text), known.stops | known.backchannels)


def _may_be_stopped(heard: Heard | None) -> bool:
    """Whether something waits to be done, a mail to be sent, which "stop" stops."""
    return isinstance(heard, Answered) and any(action.state is State.WAITING for action in heard.actions)


def _is_question(transcript: Transcript) -> bool:
    words = transcript.text.lower().split()
    return len(words) > _SHORT or bool(words and words[0] in phrases(transcript.language).asking)


def confidence(transcript: Transcript) -> float:
    """How sure the engine is of its surest word; 1 for an engine that does not say."""
    return max((word.confidence for word in transcript.words if word.confidence is not None), default=1.0)
