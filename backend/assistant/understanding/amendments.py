"""What an event is to be called instead, or where it is to be instead."""

from collections.abc import Iterator

from backend.assistant.understanding.command import Slot
from backend.assistant.understanding.intents import SlotType
from backend.assistant.understanding.language import Cue
from backend.assistant.understanding.scene import TITLE_WORDS, Scene


def amended(scene: Scene) -> Iterator[Slot | None]:
    """The new name or place: "rename the audit to inspection", "move it to room 5", "call it inspection"."""
    cues = scene.cues
    called = cues.first(Cue.CALL_IT)
    if called is not None and called.first == 0:
        yield scene.slot(SlotType.NEW_TITLE, called.last, scene.run(called.last, TITLE_WORDS))
        return
    goal = next(iter(reversed([hit for hit in cues.all(Cue.GOAL) if hit.first > 0])), None)
    if goal is None:
        yield from _instead(scene)
        return
    last = _end(scene, goal.last)
    if cues.covering(goal.last, Cue.ROOM) or any(hit.first < goal.first for hit in cues.all(Cue.VENUE)):
        yield scene.slot(SlotType.NEW_PLACE, goal.last, _with_number(scene, last))
    elif cues.opens(Cue.RENAME) or any(hit.first < goal.first for hit in cues.all(Cue.NAME_OF)):
        yield scene.slot(SlotType.NEW_TITLE, goal.last, last)


def _instead(scene: Scene) -> Iterator[Slot | None]:
    """ "In room 5 instead"."""
    if Cue.INSTEAD in scene.cues and Cue.ROOM in scene.cues:
        room = scene.cues.all(Cue.ROOM)[0]
        yield scene.slot(SlotType.NEW_PLACE, room.first, _with_number(scene, scene.run(room.last, TITLE_WORDS)))


def _end(scene: Scene, start: int) -> int:
    """The end of the free words at `start`, which may begin with an article."""
    while start < len(scene.tokens) and scene.cues.covering(start, Cue.DEFINITE):
        start += 1
    return scene.run(start, TITLE_WORDS)


def _with_number(scene: Scene, last: int) -> int:
    """The end of a place with its number, which looks like a time: "room 5"."""
    if last < len(scene.tokens) and scene.timed[last] and scene.tokens[last].word.isdigit():
        return last + 1
    return last
