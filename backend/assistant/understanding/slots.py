"""The parts of a command besides its times: who, what, where, and what is to be said."""

from collections.abc import Iterator

from backend.assistant.understanding.amendments import amended
from backend.assistant.understanding.command import Slot
from backend.assistant.understanding.cues import Hit
from backend.assistant.understanding.intents import Intent, SlotType
from backend.assistant.understanding.language import ACTS, Cue
from backend.assistant.understanding.scene import EVENTS, NAME_WORDS, TITLE_WORDS, Scene

_CALENDAR = {intent for intent in Intent if intent.value.startswith("calendar.")}
_MAIL = {intent for intent in Intent if intent.value.startswith("mail.")}
_REMINDERS = {intent for intent in Intent if intent.value.startswith("reminders.")}
# What acts on an event, by intent: its object may be an event whose name we do not know.
_OBJECTS = {
    Intent.CALENDAR_CREATE: (Cue.CREATE,),
    Intent.CALENDAR_MOVE: (Cue.MOVE, Cue.CHANGE, Cue.SHIFTER),
    Intent.CALENDAR_CHANGE: (Cue.CHANGE, Cue.RENAME, Cue.CREATE, Cue.MOVE),
    Intent.CALENDAR_CANCEL: (Cue.REMOVE,),
}


def extract(intent: Intent, scene: Scene) -> list[Slot]:
    """The slots of a command with this intent, in order of the text. Times are found elsewhere."""
    finders: list[Iterator[Slot | None]] = []
    if intent in _CALENDAR:
        finders = [_events(scene), _companions(scene), _places(scene), _answers(intent, scene)]
        if intent is Intent.CALENDAR_CHANGE:
            finders.insert(0, amended(scene))
        if intent in _OBJECTS:
            finders.insert(1, _unknown_event(scene, _OBJECTS[intent]))
        if intent is Intent.CALENDAR_CREATE:
            finders.append(_guests(scene))
        elif intent in {Intent.CALENDAR_FIND_SLOT, Intent.CALENDAR_FREE_BUSY}:
            finders.append(_attendees(scene))
    elif intent is Intent.NONE:
        finders = [amended(scene)]
    elif intent is Intent.REMINDERS_LIST:
        finders = [_events(scene)]
    elif intent in _REMINDERS:
        finders = [_reminded(scene), _companions(scene), _places(scene)]
    elif intent in _MAIL:
        finders = [_correspondents(intent, scene), _contents(intent, scene), _mail_parts(intent, scene)]
    elif intent in {Intent.TASKS_ADD, Intent.TASKS_COMPLETE, Intent.TASKS_LIST}:
        finders = [_tasks(intent, scene)]
    elif intent in {Intent.CONTACTS_QUERY, Intent.CONTACTS_ADD}:
        finders = [_people(scene)]
    found: list[Slot] = []
    for finder in finders:
        for slot in finder:
            if slot is not None and not any(slot.first < other.last and other.first < slot.last for other in found):
                found.append(slot)
    return sorted(found, key=lambda slot: slot.first)


def _events(scene: Scene) -> Iterator[Slot | None]:
    """What an event is called: its kind with the words before it, or what is to be put into the calendar."""
    put = _put_into_calendar(scene)
    if put is not None:
        yield put
        return
    given = _given_name(scene)
    if given is not None:
        yield given
        return
    for hit in scene.cues.all(*EVENTS):
        verb = hit.first == 0 and scene.cues.opens(*ACTS)  # "shift it by an hour"
        if verb or any(scene.timed[hit.first : hit.last]):
            continue
        first, last = hit.first, hit.last
        while any(other.first == last for other in scene.cues.all(*EVENTS)):
            last = max(other.last for other in scene.cues.all(*EVENTS) if other.first == last)
        while first > 0 and hit.first - first < 3 and _belongs(scene, first - 1):
            first -= 1
        if all(scene.cues.covering(position, Cue.GENERIC, Cue.NEW) for position in range(first, last)):
            continue
        while last > first + 1 and scene.cues.covering(last - 1, Cue.GENERIC):
            last -= 1  # "reunion event" is called reunion
        while last > first + 1 and scene.cues.covering(last - 1, Cue.WITH):
            last -= 1  # who is there is no part of its name
        while last > first + 1 and scene.cues.covering(first, Cue.DETERMINER):
            first += 1
        yield scene.slot(SlotType.TITLE, first, last)
        return


def _given_name(scene: Scene) -> Slot | None:
    """ "A meeting called alpha": the words by which an event is named, which say more than its kind."""
    event = scene.cues.first(*EVENTS)
    if event is None:
        return None
    for hit in scene.cues.all(Cue.NAMED):
        if hit.first <= event.first or scene.cues.covering(hit.first, Cue.CALL_OFF):
            continue
        last = scene.run(hit.last, TITLE_WORDS)
        while last < len(scene.tokens) and scene.timed[last] and scene.cues.covering(last, *EVENTS):
            last = scene.run(last + 1, TITLE_WORDS)  # "team lunch", which is a time as well
        if last > hit.last:
            return scene.slot(SlotType.TITLE, hit.last, last)
    return None


def _belongs(scene: Scene, position: int) -> bool:
    """Whether a word before a kind of event is part of its name: "budget review", not "my review"."""
    return not (
        scene.breaks(position)
        or scene.cues.covering(position, Cue.DETERMINER, Cue.NEW, Cue.CALENDAR, Cue.REMOVE, *ACTS)
    )


def _put_into_calendar(scene: Scene) -> Slot | None:
    """ "Add swimming to my calendar": what stands between the verb and the calendar."""
    act, target = scene.cues.first(Cue.CREATE), scene.cues.first(Cue.CALENDAR)
    if act is None or target is None or target.first <= act.last or scene.cues.has(*EVENTS):
        return None
    first = act.last
    while first < target.first and scene.cues.covering(first, Cue.DETERMINER):
        first += 1
    if scene.cues.covering(first, Cue.GENERIC):
        return None
    return scene.slot(SlotType.TITLE, first, min(scene.run(first, TITLE_WORDS), target.first))


def _companions(scene: Scene) -> Iterator[Slot | None]:
    """Who is there: names after "with", people by relation."""
    for hit in scene.cues.all(Cue.WITH):
        yield _named(scene, hit.last)
        following = _named_end(scene, hit.last)
        while following < len(scene.tokens) and scene.cues.covering(following, Cue.AND):
            yield _named(scene, following + 1)
            following = max(_named_end(scene, following + 1), following + 1)
    for hit in scene.cues.all(Cue.INVITE, Cue.MEET):
        yield _named(scene, hit.last)
    for hit in scene.cues.all(Cue.RELATION):
        if not any(scene.timed[hit.first : hit.last]) and not scene.cues.covering(hit.first, *EVENTS):
            yield scene.slot(SlotType.PERSON, hit.first, hit.last)


def _guests(scene: Scene) -> Iterator[Slot | None]:
    """For whom an event is: "an appointment for Anna"."""
    for hit in scene.cues.all(Cue.OF):
        span = scene.name_from(hit.last) if scene.cues.covering(hit.first - 1, Cue.EVENT) else None
        known = (Cue.GENERIC, Cue.OCCASION, Cue.EVENT, Cue.CALENDAR, Cue.PLANS, *ACTS)
        if span is not None and not any(scene.cues.covering(position, *known) for position in range(*span)):
            yield scene.slot(SlotType.PERSON, *span)


def _attendees(scene: Scene) -> Iterator[Slot | None]:
    """Who has to have time: "for Anna and me", "is Anna free"."""
    free = scene.cues.first(Cue.FREE)
    starts = [hit.last for hit in scene.cues.all(Cue.OF) if free is None or hit.last > free.first]
    if free is not None:
        starts += [hit.last for hit in scene.cues.all(Cue.ASK) if hit.first == 0 and hit.last < free.first]
    for start in starts:
        end = start - 1
        while end < start or scene.cues.covering(end, Cue.AND):
            first = end + 1
            span = scene.name_from(first)
            if span is not None and not any(scene.cues.covering(p, *EVENTS) for p in range(span[0], span[1] + 1)):
                yield scene.slot(SlotType.PERSON, *span)
            end = first + 1 if span is None else span[1]


def _unknown_event(scene: Scene, acts: tuple[Cue, ...]) -> Iterator[Slot | None]:
    """What is acted on where no kind of event is named: "schedule swimming for Friday", "move the parade"."""
    act = scene.cues.first(*acts)
    if act is None or any(hit.first >= act.last for hit in scene.cues.all(*EVENTS, Cue.CALENDAR)):
        return
    attribute = scene.cues.first(Cue.NAME_OF, Cue.VENUE)
    of = scene.cues.first(Cue.OF)
    first = act.last
    if attribute is not None and of is not None and attribute.last <= of.first:
        first = of.last  # "change the title of the parade"
    while first < len(scene.tokens) and (scene.timed[first] or scene.cues.covering(first, Cue.DETERMINER)):
        first += 1
    last = scene.run(first, TITLE_WORDS)
    related = any(hit.last - hit.first == last - first for hit in scene.cues.all(Cue.RELATION) if hit.first == first)
    if last > first and not related and not scene.cues.covering(first, Cue.GENERIC, Cue.NOT_NAME, Cue.REMINDER):
        yield scene.slot(SlotType.TITLE, first, last)


def _named(scene: Scene, start: int) -> Slot | None:
    span = scene.name_from(start)
    if span is None or all(scene.cues.covering(position, *EVENTS, Cue.CALENDAR) for position in range(*span)):
        return None
    return scene.slot(SlotType.PERSON, *span)


def _named_end(scene: Scene, start: int) -> int:
    span = scene.name_from(start)
    return start if span is None else span[1]


def _places(scene: Scene) -> Iterator[Slot | None]:
    """Where it is: free words after "at" or "in"."""
    for hit in scene.cues.all(Cue.AT):
        if scene.timed[hit.first] or hit.last >= len(scene.tokens):
            continue
        span = scene.name_from(hit.last)
        if span is not None and not scene.cues.covering(span[0], Cue.CALENDAR, Cue.MAIL, Cue.LIST, *EVENTS):
            # A place may have an owner: "at Anna's house".
            yield scene.slot(SlotType.PLACE, span[0], max(span[1], scene.run(span[0], NAME_WORDS)))


def _answers(intent: Intent, scene: Scene) -> Iterator[Slot | None]:
    if intent is Intent.CALENDAR_RESPOND:
        hit = scene.cues.first(Cue.ACCEPT, Cue.DECLINE, Cue.MAYBE)
        yield None if hit is None else scene.slot(SlotType.ANSWER, hit.first, hit.last)


def _reminded(scene: Scene) -> Iterator[Slot | None]:
    """What to be reminded of: the event that is named, else the words after "to", "about" or "that"."""
    events = list(_events(scene))
    hit = scene.cues.first(Cue.REMIND, Cue.REMINDER)
    if events and events[0] is not None:
        yield events[0]
        return
    if hit is None:
        return
    start = hit.last
    clause = next((found.last for found in scene.cues.all(Cue.CLAUSE) if found.first >= start), None)
    while start < len(scene.tokens) and (scene.timed[start] or _small(scene, start)) and start != clause:
        start += 1
    end = start
    while end < len(scene.tokens) and end - start < TITLE_WORDS and not scene.timed[end]:
        end += 1
    while end > start and _small(scene, end - 1):
        end -= 1
    yield scene.slot(SlotType.TITLE, start, end)


def _small(scene: Scene, position: int) -> bool:
    """Whether a word only ties others together."""
    return scene.cues.covering(
        position, Cue.DETERMINER, Cue.TO, Cue.ABOUT, Cue.OF, Cue.SAYING, Cue.AT, Cue.ONTO, Cue.MINE
    )


def _correspondents(intent: Intent, scene: Scene) -> Iterator[Slot | None]:
    """To or from whom a mail is."""
    owner = _owner(scene, scene.cues.first(Cue.MAIL, Cue.MESSAGE))
    outgoing = intent in {Intent.MAIL_SEND, Intent.MAIL_DRAFT, Intent.MAIL_FORWARD, Intent.MAIL_REPLY}
    toward = (Cue.TO, Cue.FROM) if intent is Intent.MAIL_REPLY else (Cue.TO,) if outgoing else (Cue.FROM,)
    yield from _related(scene)
    for hit in scene.cues.all(*toward):
        slot = _named(scene, hit.last)
        yield slot
        if slot is not None and outgoing:
            break  # what follows "to" a second time is no address any more
    if outgoing:
        for hit in scene.cues.all(Cue.MAIL_VERB):
            yield _named(scene, hit.last)
    else:
        yield _sender(scene)
    yield owner


def _related(scene: Scene) -> Iterator[Slot | None]:
    """People named by what they are to the user."""
    for hit in scene.cues.all(Cue.RELATION):
        if not any(scene.timed[hit.first : hit.last]):
            yield scene.slot(SlotType.PERSON, hit.first, hit.last)


def _owner(scene: Scene, mail: Hit | None) -> Slot | None:
    """ "Anna's mail"."""
    if mail is None or mail.first == 0:
        return None
    word = scene.tokens[mail.first - 1].word
    if not any(word.endswith(ending) for ending in scene.words.possessives) or scene.timed[mail.first - 1]:
        return None
    return scene.slot(SlotType.PERSON, mail.first - 1, mail.first)


def _sender(scene: Scene) -> Slot | None:
    """ "Did Anna write to me"."""
    ask = scene.cues.first(Cue.ASK)
    if ask is None or ask.first != 0 or ask.last >= len(scene.tokens) or Cue.FROM in scene.cues:
        return None
    if scene.cues.covering(ask.last, Cue.SELF, Cue.MAIL, Cue.NEW, Cue.SEND):
        return None
    start = ask.last
    end = start
    while (
        end < len(scene.tokens)
        and not scene.breaks(end)
        and not scene.cues.covering(end, Cue.SEND, Cue.MAIL, Cue.REPLY)
    ):
        end += 1
    if scene.cues.covering(start, Cue.NOT_NAME, Cue.DETERMINER) and end == start:
        return None
    return scene.slot(SlotType.PERSON, start, end) if Cue.SEND in scene.cues or Cue.MAIL_VERB in scene.cues else None


def _contents(intent: Intent, scene: Scene) -> Iterator[Slot | None]:
    """What a mail is about and what it says."""
    # "An" is both in German: what a mail is about, and to whom it goes.
    about = next((hit for hit in scene.cues.all(Cue.ABOUT) if not scene.cues.covering(hit.first, Cue.TO)), None)
    saying = None
    if intent in {Intent.MAIL_SEND, Intent.MAIL_DRAFT, Intent.MAIL_REPLY, Intent.MAIL_REPLY_ALL, Intent.MAIL_FORWARD}:
        saying = next((hit for hit in scene.cues.all(Cue.SAYING) if hit.first > 0), None)
        if saying is None and intent in {Intent.MAIL_REPLY, Intent.MAIL_REPLY_ALL}:
            saying = scene.cues.first(Cue.WITH)
    if intent is Intent.MAIL_FORWARD and about is None:
        yield _forwarded(scene)
    if about is not None:
        end = saying.first if saying is not None and saying.first > about.last else len(scene.tokens)
        yield scene.slot(SlotType.SUBJECT, about.last, min(end, about.last + TITLE_WORDS))
    if saying is not None:
        yield scene.slot(SlotType.BODY, saying.last, len(scene.tokens))


def _forwarded(scene: Scene) -> Slot | None:
    """ "Forward the invoice to accounting": what the mail is about, where no mail is named."""
    act = scene.cues.first(Cue.FORWARD)
    if act is None or scene.cues.has(Cue.MAIL, Cue.MESSAGE):
        return None
    first = act.last
    while first < len(scene.tokens) and scene.cues.covering(first, Cue.DETERMINER):
        first += 1
    if scene.cues.covering(first, Cue.NOT_NAME):
        return None
    return scene.slot(SlotType.SUBJECT, first, scene.run(first, TITLE_WORDS))


def _mail_parts(intent: Intent, scene: Scene) -> Iterator[Slot | None]:
    """Flags and folders."""
    if intent is Intent.MAIL_FLAG:
        for position, token in enumerate(scene.tokens):
            if token.word in scene.words.flags:
                yield scene.slot(SlotType.FLAG, position, position + 1)
    if intent in {Intent.MAIL_MOVE, Intent.MAIL_SAVE_ATTACHMENT}:
        for hit in reversed(scene.cues.all(Cue.TO, Cue.AT)):
            span = scene.name_from(hit.last)
            if span is not None:
                yield scene.slot(SlotType.FOLDER, *span)
                return
    for hit in scene.cues.all(Cue.FOLDER):
        yield scene.slot(SlotType.FOLDER, hit.first, hit.last)


def _tasks(intent: Intent, scene: Scene) -> Iterator[Slot | None]:
    target = next((hit for hit in reversed(scene.cues.all(Cue.TASK))), None)
    if target is not None:
        yield scene.slot(SlotType.LIST, target.first, target.last)
    act = scene.cues.first(Cue.CREATE, Cue.COMPLETE, Cue.FLAG)
    if act is None or intent is Intent.TASKS_LIST:
        return
    if target is not None and target.first > act.last + 1 and not scene.cues.covering(act.last, Cue.DETERMINER):
        yield _trimmed(scene, act.last, target.first)
        return
    start = target.last if target is not None and target.first >= act.first else act.last
    done = scene.cues.first(Cue.COMPLETE)
    end = done.first if done is not None and done.first > start else len(scene.tokens)
    yield _trimmed(scene, start, end)


def _trimmed(scene: Scene, first: int, last: int) -> Slot | None:
    """A title without small words at its ends and without times at its end."""
    while first < last and _small(scene, first):
        first += 1
    while last > first and (scene.timed[last - 1] or _small(scene, last - 1)):
        last -= 1
    return scene.slot(SlotType.TITLE, first, last)


def _people(scene: Scene) -> Iterator[Slot | None]:
    """Whose contact, and which part of it."""
    field = next((hit for hit in scene.cues.all(Cue.FIELD) if not scene.cues.covering(hit.first, Cue.GENERIC)), None)
    if field is not None:
        yield scene.slot(SlotType.FIELD, field.first, field.last)
        owner = _owner(scene, field)
        if owner is not None:
            yield owner
    yield from _related(scene)
    anchors = scene.cues.all(Cue.OF, Cue.FROM, Cue.CONTACTS)
    for hit in anchors:
        yield _named(scene, hit.last)
    act = scene.cues.first(Cue.CREATE, Cue.SAVE)
    if act is not None:
        yield _named(scene, act.last)
