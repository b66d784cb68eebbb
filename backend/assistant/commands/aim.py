"""What words that ask are aimed at: the user's calendar, mail and contacts, or the files.

That somebody says "I" or "my" tells neither: people ask so about their calendar ("what do I have tomorrow") and about
their papers ("may I keep a dog"). What tells is whether the words of commands explain all of the sentence.
"""

from backend.assistant.commands.finding import is_generic
from backend.assistant.commands.parsing import own_words
from backend.assistant.commands.request import Request
from backend.assistant.understanding.frames import LIKELY, SURE
from backend.assistant.understanding.intents import Intent, SlotType
from backend.assistant.understanding.language import ACTS, Cue

# What a guess at a question about the user's papers comes out as: "how many days of leave do I have". A calendar is
# looked into for such a one before the files are; mails and reminders have nothing to tell by its words.
_GUESSED = frozenset({Intent.MAIL_QUERY, Intent.MAIL_SEARCH, Intent.REMINDERS_LIST})
_TIMES = (SlotType.TIME, SlotType.DATE, SlotType.RECURRENCE)
# What is done in a question that only looks into a calendar; any other act in it is about something else: "what do I
# have to bring". So are words of other worlds, and people and occasions that stand in no slot: "my appointment at the
# doctor's".
_ASKED = frozenset({Cue.ASK, Cue.SHOW, Cue.FIND, Cue.READ, Cue.HAVE, Cue.MEET})
_ELSEWHERE = (ACTS - _ASKED) | {Cue.FOREIGN, Cue.SHIFTER, Cue.OCCASION, Cue.OWNER, Cue.RELATION}


def is_command(request: Request) -> bool:
    """Whether words are taken for a command at all.

    What changes something is not asked for by a question. What only looks something up is surely meant, the user's own,
    or names what can be looked up; what is not found there is asked of the files.
    """
    command = request.command
    if command.intent is Intent.NONE:
        return False
    if command.intent.writes:
        first = request.text.lower().split(maxsplit=1)[0].strip(",.!?")
        return command.confidence >= LIKELY and first not in request.phrases.asking
    if is_clear(request):
        return True
    if command.about_files:
        return False
    somebody = request.slot(SlotType.PERSON) is not None
    if command.intent is Intent.CALENDAR_FIND_SLOT:
        return command.confidence >= LIKELY
    if command.intent is Intent.CALENDAR_FREE_BUSY:
        more = unexplained(request)
        whose = request.is_own or somebody or not (more or names_something(request))  # not "is the shop open"
        return command.confidence >= LIKELY and whose and (is_timed(request) or not more)
    named = len(request.title.split()) > 1 or somebody  # one word names half the world
    if command.confidence >= SURE or named:
        return True
    return request.is_own and (command.intent not in _GUESSED or not unexplained(request))


def is_clear(request: Request) -> bool:
    """Whether a question is about what is in the user's calendar and about nothing else, so that "nothing" answers it:
    it names no thing or person, and no word of it speaks of anything but a calendar and a time."""
    command = request.command
    if command.intent is not Intent.CALENDAR_QUERY or names_something(request) or unexplained(request):
        return False
    if request.says(request.phrases.coming):
        return True
    if command.about_files:
        return False
    return command.confidence >= SURE or request.is_own or is_timed(request)


def names_something(request: Request) -> bool:
    """Whether a question names an event or a person, and not just "my meetings"."""
    title = request.title
    return request.slot(SlotType.PERSON) is not None or (bool(title) and not is_generic(request, title))


def unexplained(request: Request) -> list[str]:
    """The words of a question that a look into a calendar does not explain: what is to be *packed* for the trip."""
    phrases = request.phrases
    known = phrases.coming | phrases.happening | phrases.asking | phrases.linking
    places = [word for slot in request.all(SlotType.PLACE) for word in slot.value.split()]
    words = [*own_words(request, _ELSEWHERE), *places]
    return [word for word in words if word.lower() not in known and not word.isdigit()]


def is_timed(request: Request) -> bool:
    """Whether a time is named."""
    return any(request.slot(kind) is not None for kind in _TIMES)
