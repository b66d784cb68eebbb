"""Commands: hears whether words are one, handles it, and keeps what a question back was about."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

from backend.actions.action import Action, State
from backend.actions.schemas import ActionView
from backend.actions.service import Actions
from backend.assistant.commands.aim import is_clear, is_command
from backend.assistant.commands.briefing import Briefings
from backend.assistant.commands.by_model import ByModel
from backend.assistant.commands.calendar import CalendarCommands
from backend.assistant.commands.confirmation import Meant, meant_by
from backend.assistant.commands.contacts import ContactCommands
from backend.assistant.commands.heard import Answered, Heard, Revised, Told, Unsure
from backend.assistant.commands.mail import MailCommands
from backend.assistant.commands.parsing import LONGEST, Utterance, request_of, understanding
from backend.assistant.commands.phrases import CODES, Phrases, phrases
from backend.assistant.commands.reminders import ReminderCommands
from backend.assistant.commands.request import FREE_TEXTS, AskBack, Impossible, Line, Reply, Request
from backend.assistant.commands.revision import revised
from backend.assistant.commands.said import Said
from backend.assistant.commands.splitting import split
from backend.assistant.commands.tasks import TaskCommands
from backend.assistant.events import Asked, ClarificationOption
from backend.assistant.pending import Pending
from backend.assistant.understanding import Command, Intent
from backend.assistant.understanding.frames import LIKELY, SURE
from backend.assistant.understanding.opinion.meaning import Embed
from backend.errors import NotFound, VoiceAssistError

Handler = Callable[[Request], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Handlers:
    """Who handles what."""

    calendar: CalendarCommands
    tasks: TaskCommands
    mail: MailCommands
    contacts: ContactCommands
    reminders: ReminderCommands
    briefings: Briefings

    def by_intent(self) -> Mapping[Intent, Handler]:
        """The handler of each intent."""
        return {
            Intent.CALENDAR_QUERY: self.calendar.query,
            Intent.CALENDAR_FREE_BUSY: self.calendar.free_busy,
            Intent.CALENDAR_FIND_SLOT: self.calendar.find_slot,
            Intent.CALENDAR_CREATE: self.calendar.create,
            Intent.CALENDAR_MOVE: self.calendar.move,
            Intent.CALENDAR_CHANGE: self.calendar.change,
            Intent.CALENDAR_CANCEL: self.calendar.cancel,
            Intent.CALENDAR_RESPOND: self.calendar.respond,
            Intent.TASKS_ADD: self.tasks.add,
            Intent.TASKS_LIST: self.tasks.read,
            Intent.TASKS_COMPLETE: self.tasks.complete,
            Intent.MAIL_QUERY: self.mail.query,
            Intent.MAIL_SEARCH: self.mail.query,
            Intent.MAIL_READ: self.mail.read,
            Intent.MAIL_SUMMARISE: self.mail.summarise,
            Intent.MAIL_SEND: self.mail.send,
            Intent.MAIL_DRAFT: self.mail.send,
            Intent.MAIL_REPLY: self.mail.reply,
            Intent.MAIL_REPLY_ALL: self.mail.reply,
            Intent.MAIL_FORWARD: self.mail.forward,
            Intent.MAIL_FLAG: self.mail.flag,
            Intent.MAIL_MOVE: self.mail.move,
            Intent.MAIL_DELETE: self.mail.delete,
            Intent.MAIL_SAVE_ATTACHMENT: self.mail.save_attachment,
            Intent.CONTACTS_QUERY: self.contacts.query,
            Intent.CONTACTS_ADD: self.contacts.add,
            Intent.REMINDERS_SET: self.reminders.set,
            Intent.REMINDERS_LIST: self.reminders.read,
            Intent.REMINDERS_CANCEL: self.reminders.cancel,
            Intent.BRIEFING: self.briefings.day,
        }


class Commands:
    """The service of this folder. `by_model` reads what the parser does not; without it nobody does. `embed` helps the
    parser, see `Understanding`; it may take some milliseconds, so reading has a thread."""

    def __init__(
        self, handlers: Handlers, actions: Actions, by_model: ByModel | None = None, embed: Embed | None = None
    ) -> None:
        self._handlers = handlers.by_intent()
        self._actions = actions
        self._by_model = by_model
        self._request_of = partial(request_of, embed=embed)
        self._embed = embed

    def view(self, action: Action) -> ActionView:
        """The card of an action."""
        return ActionView.of(action, self._actions.can_undo(action))

    async def views(self, user_id: str, action_ids: Sequence[str]) -> list[ActionView]:
        """The cards of these actions of a user as they stand now; those that are no more are left out."""
        found = []
        for action_id in action_ids:
            with suppress(NotFound):
                found.append(self.view(await self._actions.get(user_id, action_id)))
        return found

    async def hear(self, utterance: Utterance) -> Heard | None:
        """What the words are; None for a question about the files, or what waits for no answer."""
        meant, code = _meant(utterance.text)
        if utterance.waiting is not None:
            if meant is Meant.NO:
                return Answered(meant, (), code)
            if (again := await asyncio.to_thread(self._again, utterance, utterance.waiting)) is not None:
                return again
        if utterance.option is not None or len(utterance.text) > LONGEST:
            return None
        meant, code = _meant(utterance.text)
        actions: Sequence[Action] = ()
        if utterance.conversation_id is not None:
            actions = await self._actions.newest(utterance.user_id, utterance.conversation_id)
        proposed = [action for action in actions if action.state is State.PROPOSED]
        if meant is not Meant.OTHER and actions:
            return Answered(meant, actions, code)
        request = await asyncio.to_thread(self._request_of, utterance, utterance.text, utterance.now)
        if len(proposed) == 1 and request.may_revise and revised(request, proposed[0].draft):
            return Revised(proposed[0], request)
        if self._by_model is not None and self._by_model.may_help(request) and not is_clear(request):
            return Unsure(request)
        if not is_command(request):
            return None
        return Told(await asyncio.to_thread(self._parts, utterance, request))

    async def handle(self, heard: Heard, turn_id: str, conversation_id: str) -> Said:
        """Do what was heard. Raises errors of the house for servers that do not answer."""
        match heard:
            case Answered():
                return await self._decide(heard, turn_id)
            case Revised():
                return await self._revise(heard)
            case Told():
                return await self._told(heard.requests, turn_id, conversation_id)
            case Unsure():
                return await self._read_by_model(heard.request, turn_id, conversation_id)

    async def _told(self, requests: Sequence[Request], turn_id: str, conversation_id: str) -> Said:
        replies = []
        for request in requests:
            try:
                replies.append(await self._handlers[request.command.intent](request))
            except AskBack as asked:
                return _asked(request, asked)
            except Impossible as error:
                return Said.plain(error.reason)
        drafts = [draft for reply in replies for draft in reply.drafts]
        said = Said.of(replies)
        if not drafts:
            return said
        user_id, words = requests[0].user_id, requests[0].phrases
        actions = await self._actions.propose(user_id, drafts, turn_id=turn_id, conversation_id=conversation_id)
        sentences = [Line(_with_warnings(action)) for action in actions]
        ask = words.say("confirm_one") if len(actions) == 1 else words.say("confirm_many", count=len(actions))
        return Said((*said.lines, *sentences, Line(ask)), proposed=actions)

    async def _read_by_model(self, request: Request, turn_id: str, conversation_id: str) -> Said:
        """What a model reads in the words; without a usable reading the parser's own, else a question about files."""
        assert self._by_model is not None
        reading = await self._by_model.read(request)
        meant = reading.request or (request if is_command(request) else None)
        if meant is None:
            return Said(found=False, asked_model=reading.asked)
        said = await self._told([meant], turn_id, conversation_id)
        return replace(said, asked_model=reading.asked)

    async def _decide(self, heard: Answered, turn_id: str) -> Said:
        words = phrases(heard.language)
        if heard.meant is Meant.UNDO:
            return await self._take_back(heard.actions, words, "undone")
        proposed = [action for action in heard.actions if action.state is State.PROPOSED]
        if heard.meant is Meant.NO:
            if not heard.actions:
                return _plain(words, "dismissed")
            if not proposed:  # "stop" said while a mail waits to be sent
                waiting = [action for action in heard.actions if action.state is State.WAITING]
                if waiting:
                    return await self._take_back(waiting, words, "stopped")
                return _plain(words, "nothing_to_confirm")
            dismissed = await self._actions.dismiss_group(proposed[0].user_id, proposed[0].group)
            return Said((Line(words.say("dismissed")),), changed=dismissed)
        if not proposed:
            return _plain(words, "nothing_to_confirm")
        # The turn is what confirms: the same one, tried again, does nothing twice.
        changed = await self._actions.confirm_group(proposed[0].user_id, proposed[0].group, f"turn:{turn_id}")
        return Said(tuple(Line(_outcome(action, words)) for action in changed), changed=changed)

    async def _take_back(self, actions: Sequence[Action], words: Phrases, sentence: str) -> Said:
        done = [action for action in actions if self._actions.can_undo(action)]
        if not done:
            return _plain(words, "nothing_to_undo")
        undone = [await self._actions.undo(action.user_id, action.id) for action in reversed(done)]
        return Said((Line(words.say(sentence)),), changed=undone)

    async def _revise(self, heard: Revised) -> Said:
        words, action = heard.request.phrases, heard.action
        values = revised(heard.request, action.draft)
        try:
            changed = await self._actions.edit(action.user_id, action.id, values)
        except VoiceAssistError as error:
            return Said.plain(error.message)
        return Said((Line(_with_warnings(changed)), Line(words.say("changed"))), changed=[changed])

    def _parts(self, utterance: Utterance, request: Request) -> list[Request]:
        words = request.phrases

        def understand(text: str) -> Command:
            return understanding(words.code).understand(text, request.now, request.zone, self._embed)

        parts = split(request.text, request.command, understand, words.weak_seams, words.strong_seams)
        if len(parts) == 1:
            return [request]
        return [self._request_of(utterance, text, request.now) for text, _ in parts]

    def _again(self, utterance: Utterance, waiting: Pending) -> Told | None:
        """The command that waited, with the answer; None when the words are no answer."""
        if waiting.values:
            value = waiting.values.get(utterance.option or "") or _chosen(utterance.text, waiting)
            if value is None:
                return None
            request = self._request_of(
                utterance, waiting.text, waiting.said_at, {**waiting.choices, waiting.asks: value}
            )
            return Told([request])
        if utterance.option is not None or len(utterance.text) + len(waiting.text) > LONGEST:
            return None
        if waiting.asks in FREE_TEXTS:
            choices = {**waiting.choices, waiting.asks: utterance.text.strip()}
            return Told([self._request_of(utterance, waiting.text, waiting.said_at, choices)])
        # Without options the answer completes the sentence: "add a meeting with Anna" … "tomorrow at three".
        alone = self._request_of(utterance, utterance.text, utterance.now)
        sure = SURE if alone.command.intent.writes else LIKELY
        if waiting.asks == "more" and is_command(alone) and alone.command.confidence >= sure:
            return None  # something else is asked for
        request = self._request_of(utterance, f"{waiting.text} {utterance.text}", waiting.said_at, waiting.choices)
        return Told([request]) if request.command.intent is not Intent.NONE else None


def _plain(words: Phrases, sentence: str) -> Said:
    return Said.plain(words.say(sentence))


def _meant(text: str) -> tuple[Meant, str]:
    """What a short answer means, and in which language: one word rarely tells its language otherwise."""
    for code in CODES:
        if (meant := meant_by(text, phrases(code).confirmation)) is not Meant.OTHER:
            return meant, code
    return Meant.OTHER, CODES[0]


def _chosen(text: str, waiting: Pending) -> str | None:
    """The value of the option that short words name; None when they name none, or several."""
    said = text.casefold().strip(" .!")
    fitting = [value for label, value in waiting.labels.items() if said and said in label.casefold()]
    return fitting[0] if len(fitting) == 1 else None


def _asked(request: Request, asked: AskBack) -> Said:
    options = [
        ClarificationOption(id=f"c{number}", label=option.label) for number, option in enumerate(asked.options, 1)
    ]
    pending = Pending(
        text=request.text,
        said_at=request.now,
        asks=asked.name,
        values={shown.id: option.value for shown, option in zip(options, asked.options, strict=True)},
        labels={option.label: option.value for option in asked.options},
        choices=dict(request.choices),
    )
    return Said(asked=Asked(question=asked.question, options=options), pending=pending)


def _with_warnings(action: Action) -> str:
    return " ".join((action.draft.sentence, *action.draft.warnings))


def _outcome(action: Action, words: Phrases) -> str:
    if action.state is State.WAITING:
        return words.say("waiting")
    if action.performed is not None:
        return action.performed.said
    return words.say("failed", reason=action.reason or action.draft.sentence)
