"""What an administrator wants to know of the language models: which there are, where text goes, what is missing."""

from dataclasses import dataclass

from backend.egress.gate import Gate, Purpose, Withheld
from backend.errors import VoiceAssistError
from backend.models.registry import Registry
from backend.settings import AnswersBy, Settings


@dataclass(frozen=True, slots=True)
class Surveyed:
    """One adapter. `place` counts from 1 in the order of asking, 0 for one that is not asked.

    `allowed`: whether the gate would let a question pass now; None where the model cannot be opened, which `problem`
    explains.
    """

    adapter: str
    place: int
    model: str = ""
    goes_to: str = ""
    allowed: bool | None = None
    context_tokens: int | None = None
    streaming: bool = False
    tools: bool = False
    languages: tuple[str, ...] = ()
    problem: str = ""


async def survey(settings: Settings) -> list[Surveyed]:
    """Every adapter, those that are asked first. Opening one sends nothing."""
    gate = Gate(settings)
    order = [*settings.answerers, *(name for name in AnswersBy if name not in settings.answerers)]
    return [await _one(name, settings, gate) for name in order if name is not AnswersBy.EXTRACTIVE]


async def _one(name: AnswersBy, settings: Settings, gate: Gate) -> Surveyed:
    place = settings.answerers.index(name) + 1 if name in settings.answerers else 0
    try:
        model = await Registry(settings, gate).open(name)
    except VoiceAssistError as error:
        return Surveyed(name, place, problem=error.message)
    try:
        await gate.check(Purpose.CHECK, model.destination, [])
        allowed = True
    except Withheld:
        allowed = False
    finally:
        await model.close()
    can = model.capabilities
    return Surveyed(
        name,
        place,
        model.name,
        model.data_goes_to,
        allowed,
        can.context_tokens,
        can.streaming,
        can.tools,
        can.languages,
    )
