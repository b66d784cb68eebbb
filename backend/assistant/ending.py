"""How a turn whose events are no longer kept, or may not be told again, is ended for a client: from its record."""

from backend.assistant.events import Timings, TurnCancelled, TurnDone, TurnError, TurnEvent
from backend.assistant.runs import INTERRUPTED
from backend.assistant.schemas import ChatMessage
from backend.errors import ErrorCode


def last_event(answer: ChatMessage, seq: int) -> TurnEvent:
    """The last event of the turn that gave `answer`, as number `seq`."""
    if answer.status == "done" and answer.model is not None:
        return TurnDone(
            turn_id=answer.turn_id,
            seq=seq,
            text=answer.text,
            citations=answer.citations,
            model=answer.model,
            confidence=answer.confidence,
            answered=bool(answer.answered),
            steps=answer.steps,
            timings=answer.timings or Timings(first_text=None, total=0.0),
            note=answer.note,
            considered=answer.considered,
            tokens=answer.tokens,
            searched_for=answer.searched_for,
            clarification=answer.clarification,
            actions=answer.actions,
        )
    if answer.status == "cancelled":
        return TurnCancelled(turn_id=answer.turn_id, seq=seq, text=answer.text)
    message = answer.note if answer.status == "failed" and answer.note else INTERRUPTED
    return TurnError(turn_id=answer.turn_id, seq=seq, code=ErrorCode.UNAVAILABLE, message=message)
