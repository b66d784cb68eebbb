"""Does mail actions: what is written and sent, and what is done to mails that are there."""

from collections.abc import Mapping
from typing import ClassVar, cast

from backend.actions.action import Action, Draft, Json, Performed, as_people
from backend.errors import BadInput, Conflict, NotFound, VoiceAssistError
from backend.mail.accounts import Account
from backend.mail.attachments import MAX_BYTES, Attachments, Saved
from backend.mail.boxes import Boxes
from backend.mail.composing import File, Outgoing, compose, forwarded, message_id, quoted
from backend.mail.drafts import FLAGS, KEPT_KINDS, SENT_KINDS, WRITTEN_KINDS, Drafts, language_of
from backend.mail.faults import OutcomeUnknown
from backend.mail.folders import Role
from backend.mail.mailbox import Flag, MailBox
from backend.mail.message import MailId, Message, Person
from backend.mail.sending import Sending
from backend.mail.wording import say, say_people

# Seconds in which a confirmed mail can still be stopped.
OUTBOX_SECONDS = 10.0


class Writer:
    """Sends, answers, forwards, and writes drafts. See `Performer`."""

    kinds: ClassVar[frozenset[str]] = WRITTEN_KINDS

    def __init__(self, drafts: Drafts, boxes: Boxes, sending: Sending) -> None:
        self._drafts = drafts
        self._boxes = boxes
        self._sending = sending

    async def check(self, user_id: str, draft: Draft) -> Draft:
        """See `Performer.check`."""
        return await self._drafts.checked(user_id, draft)

    def delay(self, draft: Draft) -> float:
        """See `Performer.delay`."""
        return OUTBOX_SECONDS if draft.kind in SENT_KINDS else 0.0

    async def perform(self, action: Action) -> Performed:
        """See `Performer.perform`."""
        account, box = await self._box(action)
        mail = await self._outgoing(action, account, box)
        if action.draft.kind == "mail.draft":
            place = await box.append(Role.DRAFTS, compose(mail, with_bcc=True), mail.message_id, at=mail.at)
            if place is None:
                raise NotFound("The mailbox has no folder for drafts. Nothing was saved.")
            return self._drafted(action, place)
        await self._sending.send(account, mail)
        return await self._sent(action, mail, box)

    async def find(self, action: Action) -> Performed | None:
        """See `Performer.find`."""
        try:
            account, box = await self._box(action)
        except NotFound as error:
            raise Conflict("The mail account was removed meanwhile: nobody can tell whether it was done.") from error
        sent_as = message_id(action.key, account.me.address)
        if action.draft.kind == "mail.draft":
            places = await box.find(sent_as, (Role.DRAFTS,))
            return self._drafted(action, places[0]) if places else None
        if not await self._sending.was_sent(sent_as, box):
            return None
        try:
            mail = await self._outgoing(action, account, box)
        except VoiceAssistError:  # what it answers is gone: it was sent all the same, and is not filed
            return Performed(self._said(action, "done.sent.unfiled"))
        return await self._sent(action, mail, box)

    async def undo(self, action: Action, undo: Mapping[str, Json]) -> str:
        """See `Performer.undo`."""
        place = MailId.parse(str(undo["mail"]))
        box = await self._boxes.holding(action.user_id, place)
        try:
            await box.remove(place)
        except NotFound as error:
            raise Conflict("The draft was changed, sent or removed since.") from error
        return say(language_of(action.draft), "undone.draft")

    async def _box(self, action: Action) -> tuple[Account, MailBox]:
        return await self._boxes.of(action.user_id, str(action.draft.value("account")))

    async def _outgoing(self, action: Action, account: Account, box: MailBox) -> Outgoing:
        """The mail. The same one whenever it is made again, save what a changed mailbox does not hold any more."""
        draft = action.draft
        original: Message | None = None
        files: tuple[File, ...] = ()
        text = str(draft.value("body") or "")
        if draft.payload.get("mail"):
            place = MailId.parse(str(draft.payload["mail"]))
            original_box = await self._boxes.holding(action.user_id, place)
            original = await original_box.read(place)
            if draft.kind == "mail.forward":
                text += _forwarded(original, language_of(draft))
                files = await _files(original, original_box)
            elif draft.value("quote"):
                text += _quoted(original, language_of(draft))
        answers = original.summary.message_id if original and draft.kind != "mail.forward" else ""
        return Outgoing(
            message_id=message_id(action.key, account.me.address),
            sender=account.me,
            to=_people(draft, "to"),
            cc=_people(draft, "cc"),
            bcc=_people(draft, "bcc"),
            subject=str(draft.value("subject") or ""),
            text=text,
            at=action.due or action.created_at,
            in_reply_to=answers,
            references=(*original.references, answers) if original and answers else (),
            files=files,
        )

    async def _sent(self, action: Action, mail: Outgoing, box: MailBox) -> Performed:
        filed = await self._sending.file(mail, box)
        if action.draft.payload.get("mail"):
            await self._mark(action)
        return Performed(self._said(action, "done.sent" if filed else "done.sent.unfiled"))

    async def _mark(self, action: Action) -> None:
        """Mark the original as answered or forwarded, where that works."""
        place = MailId.parse(str(action.draft.payload["mail"]))
        flag: Flag = "forwarded" if action.draft.kind == "mail.forward" else "answered"
        try:
            await (await self._boxes.holding(action.user_id, place)).flag(place, flag, True)
        except (VoiceAssistError, OutcomeUnknown):
            return  # a courtesy; the mail is sent

    def _drafted(self, action: Action, place: MailId) -> Performed:
        return Performed(self._said(action, "done.draft"), undo={"mail": str(place)})

    @staticmethod
    def _said(action: Action, what: str) -> str:
        draft, language = action.draft, language_of(action.draft)
        everyone = [person.shown for name in ("to", "cc", "bcc") for person in _people(draft, name)]
        return say(language, what, people=say_people(language, everyone))


class Keeper:
    """Marks, moves and deletes mails, and saves what is attached. See `Performer`."""

    kinds: ClassVar[frozenset[str]] = KEPT_KINDS

    def __init__(self, drafts: Drafts, boxes: Boxes, attachments: Attachments) -> None:
        self._drafts = drafts
        self._boxes = boxes
        self._attachments = attachments

    async def check(self, user_id: str, draft: Draft) -> Draft:
        """See `Performer.check`."""
        return await self._drafts.checked(user_id, draft)

    def delay(self, draft: Draft) -> float:
        """See `Performer.delay`."""
        return 0.0

    async def perform(self, action: Action) -> Performed:
        """See `Performer.perform`."""
        draft, place = action.draft, _place(action)
        box = await self._boxes.holding(action.user_id, place)
        if draft.kind == "mail.flag":
            flag, on = _flag(draft)
            await box.flag(place, flag, on)
            return self._flagged(action)
        if draft.kind == "mail.save_attachment":
            content = await box.part(place, str(draft.payload["part"]), MAX_BYTES)
            folder, name = str(draft.value("folder")), str(draft.value("name"))
            return self._saved(action, await self._attachments.save(action.user_id, folder, name, content))
        return self._moved(action, await box.move(place, _target(draft)))

    async def find(self, action: Action) -> Performed | None:
        """See `Performer.find`."""
        draft, place = action.draft, _place(action)
        try:
            box = await self._boxes.holding(action.user_id, place)
        except NotFound as error:
            raise Conflict("The mail account was removed meanwhile: nobody can tell whether it was done.") from error
        if draft.kind == "mail.save_attachment":
            return await self._find_saved(action, box)
        there = await _is_there(box, place)
        if draft.kind == "mail.flag":
            if not there:
                raise Conflict("The mail is not in its folder any more.")
            flag, on = _flag(draft)
            return self._flagged(action) if await _has(box, place, flag) is on else None
        moved = await box.find(str(draft.payload["message_id"]), (_target(draft),))
        if there and not moved:
            return None
        if there or not moved:
            raise Conflict("The mail may have been moved. Look for it in both folders.")
        return self._moved(action, moved[-1])

    async def undo(self, action: Action, undo: Mapping[str, Json]) -> str:
        """See `Performer.undo`."""
        draft, language = action.draft, language_of(action.draft)
        place = MailId.parse(str(undo["mail"]))
        box = await self._boxes.holding(action.user_id, place)
        try:
            if draft.kind == "mail.flag":
                flag, on = _flag(draft)
                if await _has(box, place, flag) is not on:
                    raise Conflict("The mark was changed since.")
                await box.flag(place, flag, not on)
                return say(language, "undone.flag")
            await box.move(place, str(undo["folder"]))
        except NotFound as error:
            raise Conflict("The mail was moved or deleted since.") from error
        return say(language, "undone.move", original=_original(draft), folder=str(undo["folder"]))

    async def _find_saved(self, action: Action, box: MailBox) -> Performed | None:
        draft = action.draft
        content = await box.part(_place(action), str(draft.payload["part"]), MAX_BYTES)
        folder, name = str(draft.value("folder")), str(draft.value("name"))
        saved = await self._attachments.find(action.user_id, folder, name, len(content), action.created_at)
        return self._saved(action, saved) if saved else None

    def _flagged(self, action: Action) -> Performed:
        draft = action.draft
        flag, on = _flag(draft)
        was = not draft.payload["unread"] if flag == "seen" else bool(draft.payload["flagged"])
        said = say(language_of(draft), f"done.flag.{draft.value('flag')}", original=_original(draft))
        return Performed(said, undo=None if was is on else {"mail": str(draft.payload["mail"])})

    def _moved(self, action: Action, place: MailId | None) -> Performed:
        draft = action.draft
        what = "done.delete" if draft.kind == "mail.delete" else "done.move"
        said = say(language_of(draft), what, original=_original(draft), folder=_target(draft))
        undo: dict[str, Json] | None = {"mail": str(place), "folder": _place(action).folder} if place else None
        return Performed(said, undo=undo)

    def _saved(self, action: Action, saved: Saved) -> Performed:
        return Performed(say(language_of(action.draft), "done.save_attachment", path=saved.path), link=saved.link)


async def _files(original: Message, box: MailBox) -> tuple[File, ...]:
    """The attachments of a mail that is passed on. Raises `BadInput` when they are more than any server takes."""
    attachments = original.summary.attachments
    if sum(one.size for one in attachments) > MAX_BYTES:
        raise BadInput(
            f"The attachments are larger than {MAX_BYTES // 2**20} MB. Nothing was sent.", field="attachments"
        )
    return tuple(
        [File(one.name, one.mime, await box.part(original.summary.id, one.part, MAX_BYTES)) for one in attachments]
    )


def _quoted(original: Message, language: str) -> str:
    summary = original.summary
    sender = summary.sender.shown if summary.sender else ""
    return quoted(original, say(language, "quote.intro", date=f"{summary.date:%Y-%m-%d %H:%M} UTC", sender=sender))


def _forwarded(original: Message, language: str) -> str:
    return forwarded(original, say(language, "forward.title"), say(language, "forward.labels").split("|"))


def _people(draft: Draft, name: str) -> tuple[Person, ...]:
    return tuple(Person(*one) for one in as_people(draft.value(name)))


def _place(action: Action) -> MailId:
    return MailId.parse(str(action.draft.payload["mail"]))


def _original(draft: Draft) -> str:
    return str(draft.payload["original"])


def _target(draft: Draft) -> str:
    return str(draft.payload["folder"] if draft.kind == "mail.delete" else draft.value("folder"))


def _flag(draft: Draft) -> tuple[Flag, bool]:
    name, on = FLAGS[str(draft.value("flag"))]
    return cast("Flag", name), on


async def _has(box: MailBox, place: MailId, flag: Flag) -> bool:
    summary = await box.summary(place)
    return not summary.unread if flag == "seen" else summary.flagged


async def _is_there(box: MailBox, place: MailId) -> bool:
    try:
        await box.summary(place)
    except NotFound:
        return False
    return True
