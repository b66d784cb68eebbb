"""Who is meant in a command: people of the address book, asked about when several fit."""

from backend.actions.action import Option
from backend.assistant.commands.request import AskBack, Impossible, Request
from backend.assistant.understanding.intents import SlotType
from backend.contacts.resolved import Match, Resolved
from backend.contacts.service import Contacts

NOBODY = "nobody"


async def people_of(request: Request, contacts: Contacts, *, needed: bool = False) -> list[Match]:
    """Everybody whom the command names, each clearly one person.

    Somebody who is not in the address book is left out; with `needed` that is `Impossible`. Raises `AskBack` when
    several fit.
    """
    found = []
    for slot in request.all(SlotType.PERSON):
        match = await person(request, contacts, slot.value)
        if match is not None:
            found.append(match)
        elif needed:
            raise Impossible(request.phrases.say("unknown_person", said=slot.value))
    return found


async def person(request: Request, contacts: Contacts, said: str) -> Match | None:
    """The one who is meant by `said`; None for nobody we know. Raises `AskBack` when several fit."""
    resolved = await contacts.resolve(request.user_id, said)
    if not resolved.matches:
        return None
    name = f"person:{said.casefold()}"
    chosen = request.choices.get(name)
    if chosen == NOBODY:
        return None
    if chosen is not None:
        return next((match for match in resolved.matches if match.person.uid == chosen), None)
    if resolved.meant is not None:
        return resolved.meant
    raise AskBack(name, _question(request, resolved), _options(request, resolved))


def _question(request: Request, resolved: Resolved) -> str:
    labels = [match.label for match in resolved.several]
    return request.phrases.say("which", labels=request.phrases.wording.either(labels))


def _options(request: Request, resolved: Resolved) -> list[Option]:
    options = [Option(match.person.uid, match.label) for match in resolved.several]
    return [*options, Option(NOBODY, request.phrases.say("somebody_else"))]
