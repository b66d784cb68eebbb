"""Commands about mail."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from backend.actions.action import Option
from backend.assistant.commands.finding import is_generic
from backend.assistant.commands.moments import asked_span
from backend.assistant.commands.parsing import own_words
from backend.assistant.commands.people import person
from backend.assistant.commands.request import AskBack, Impossible, Line, Reply, Request
from backend.assistant.shown import Source
from backend.assistant.understanding.command import Slot
from backend.assistant.understanding.intents import Intent, SlotType
from backend.contacts.service import Contacts
from backend.mail.drafts import Drafts
from backend.mail.message import Page, Person, Query, Summary
from backend.mail.service import Mail

# Marks that only some mails lack: what is marked as read was not, and the other way round.
_UNREAD = {"seen": True, "unseen": False}
# Mails that are listed, and that are changed in one go.
_MOST_LISTED, _MOST_CHANGED = 10, 20
# A subject that is made of what the mail says has at most so many words.
_SUBJECT_WORDS = 8


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Which mails are meant: from whom, in which folder, with which words in them."""

    request: Request
    sender: str
    folder: str
    words: str
    unread: bool
    with_attachment: bool


class MailCommands:
    """Looks into mailboxes and proposes what is sent, answered, marked, moved and saved."""

    def __init__(self, mail: Mail, drafts: Drafts, contacts: Contacts) -> None:
        self._mail = mail
        self._drafts = drafts
        self._contacts = contacts

    async def query(self, request: Request) -> Reply:
        """Which mails there are."""
        if not request.is_own and not await self._mail.accounts(request.user_id):
            return Reply(found=False)
        page = await self._page(_wanted(request), _MOST_LISTED)
        phrases = request.phrases
        if not page.mails:
            unread = request.says(phrases.unread)
            return Reply([Line(phrases.say("no_unread" if unread else "no_mails"))])
        return Reply([Line(phrases.say("mails")), *(mail_line(request, one) for one in page.mails)])

    async def read(self, request: Request) -> Reply:
        """What a mail says, without quotations and signatures."""
        summary = await self._one(_wanted(request))
        message = await self._mail.read(request.user_id, str(summary.id))
        phrases = request.phrases
        head = phrases.say(
            "mail_says",
            sender=_sender(request, summary),
            when=_when(request, summary),
            subject=_subject(request, summary),
        )
        text = message.spoken.strip() or phrases.say("mail_empty")
        return Reply([Line(head), Line(text, _source(request, summary))])

    async def summarise(self, request: Request) -> Reply:
        """Who said what in a thread."""
        summary = await self._one(_wanted(request))
        phrases, wording = request.phrases, request.phrases.wording
        said = [Line(phrases.say("thread", subject=_subject(request, summary)))]
        for one in await self._mail.thread(request.user_id, str(summary.id)):
            at = wording.moment(one.date.astimezone(request.zone), request.today.date())
            sender = one.sender.shown if one.sender else phrases.say("unknown_sender")
            text = phrases.say("thread_said", when=at, sender=sender, said=one.said)
            said.append(Line(text, _source(request, summary)))
        return Reply(said)

    async def send(self, request: Request) -> Reply:
        """A new mail, sent or, for a draft, only written."""
        await self._require_account(request)
        to = await self._recipients(request)
        only_draft = request.command.intent is Intent.MAIL_DRAFT
        if not to and not only_draft:
            raise AskBack("more", request.phrases.say("who_to"))
        body = _body(request) if only_draft else _text(request)
        subject = request.said(SlotType.SUBJECT) or _first_words(body)
        draft = await self._drafts.send(
            request.user_id, request.phrases.code, to, _capital(subject), body, only_draft=only_draft
        )
        return Reply(drafts=[draft])

    async def reply(self, request: Request) -> Reply:
        """An answer to a mail, to its sender or to everybody."""
        summary = await self._one(_wanted(request))
        everybody = request.command.intent is Intent.MAIL_REPLY_ALL
        draft = await self._drafts.reply(
            request.user_id, request.phrases.code, str(summary.id), _text(request), everybody=everybody
        )
        return Reply(drafts=[draft])

    async def forward(self, request: Request) -> Reply:
        """A mail passed on."""
        await self._require_account(request)
        to = await self._recipients(request)
        if not to:
            raise AskBack("more", request.phrases.say("who_to"))
        summary = await self._one(_wanted(request, sender=_owner(request)))
        draft = await self._drafts.forward(request.user_id, request.phrases.code, str(summary.id), to, _body(request))
        return Reply(drafts=[draft])

    async def flag(self, request: Request) -> Reply:
        """Marks on mails."""
        said = (request.said(SlotType.FLAG) or request.text).lower().split()
        flag = next((mark for word, mark in request.phrases.flags.items() if word in said), "flagged")
        return Reply(
            drafts=[
                await self._drafts.flag(request.user_id, request.phrases.code, str(one.id), flag)
                for one in await self._meant(_wanted(request, unread=_UNREAD.get(flag)))
            ]
        )

    async def move(self, request: Request) -> Reply:
        """Mails into another folder."""
        folder = request.said(SlotType.FOLDER)
        if not folder:
            folders = await self._mail.folders(request.user_id)
            if (chosen := request.choices.get("folder")) is None:
                options = [Option(one.path, one.name) for one in folders if one.selectable]
                raise AskBack("folder", request.phrases.say("which_folder"), options[:_MOST_LISTED])
            folder = chosen
        return Reply(
            drafts=[
                await self._drafts.move(request.user_id, request.phrases.code, str(one.id), folder)
                for one in await self._meant(_wanted(request, folder="inbox"))
            ]
        )

    async def delete(self, request: Request) -> Reply:
        """Mails into the trash."""
        return Reply(
            drafts=[
                await self._drafts.delete(request.user_id, request.phrases.code, str(one.id))
                for one in await self._meant(_wanted(request))
            ]
        )

    async def save_attachment(self, request: Request) -> Reply:
        """The attachments of a mail, as files in Nextcloud."""
        mail = await self._one(_wanted(request, folder="inbox", with_attachment=True))
        if not mail.attachments:
            raise Impossible(request.phrases.say("no_attachment"))
        folder = "/" + request.said(SlotType.FOLDER).strip("/")
        return Reply(
            drafts=[
                await self._drafts.save_attachment(
                    request.user_id, request.phrases.code, str(mail.id), attachment.part, folder
                )
                for attachment in mail.attachments[:_MOST_CHANGED]
            ]
        )

    async def unread(self, request: Request, limit: int) -> Sequence[Summary]:
        """The newest unread mails of the inbox; none without an account."""
        if not await self._mail.accounts(request.user_id):
            return ()
        return (await self._mail.messages(request.user_id, Query(unread=True, limit=limit))).mails

    async def _meant(self, wanted: _Wanted) -> Sequence[Summary]:
        """All mails that fit where all were said, else the one that is meant. Raises `Impossible` for none."""
        request = wanted.request
        if not request.says(request.phrases.everything):
            return [await self._one(wanted)]
        page = await self._page(wanted, _MOST_CHANGED)
        if not page.mails:
            raise Impossible(request.phrases.say("no_mails"))
        return page.mails

    async def _one(self, wanted: _Wanted) -> Summary:
        """The mail that is meant: that of the answer before, or the newest that fits."""
        request = wanted.request
        await self._require_account(request)
        if (before := _spoken_of(wanted)) is not None:
            return (await self._mail.read(request.user_id, before)).summary
        page = await self._page(wanted, 1)
        if not page.mails:
            raise Impossible(request.phrases.say("no_attachment" if wanted.with_attachment else "no_mails"))
        return page.mails[0]

    async def _page(self, wanted: _Wanted, limit: int) -> Page:
        """The mails that fit, the newest first. Words are looked for in subjects before anywhere else."""
        request = wanted.request
        await self._require_account(request)
        query = Query(limit=limit, folder=wanted.folder, unread=wanted.unread, with_attachment=wanted.with_attachment)
        if wanted.sender and not is_generic(request, wanted.sender):
            match = await person(request, self._contacts, wanted.sender)
            query = replace(query, sender=(match.person.address if match else "") or wanted.sender)
        if (span := asked_span(request)) is not None:
            start, end = span.start.astimezone(request.zone), span.end.astimezone(request.zone)
            before = (end + timedelta(days=1, microseconds=-1)).date()
            query = replace(query, since=start.date(), before=before)
        if not wanted.words:
            return await self._mail.messages(request.user_id, query)
        page = await self._mail.messages(request.user_id, replace(query, subject=wanted.words))
        return page if page.mails else await self._mail.messages(request.user_id, replace(query, text=wanted.words))

    async def _recipients(self, request: Request) -> list[Person]:
        """Who a mail is for. Raises `AskBack` where several fit, `Impossible` for somebody without an address."""
        request = _without_body(request)
        people = [Person("", address) for address in request.addresses]
        for slot in request.people:
            if _owns(slot):
                continue  # "forward *John's* mail to Anna"
            match = await person(request, self._contacts, slot.value)
            if match is None:
                raise Impossible(request.phrases.say("unknown_person", said=slot.value))
            if not match.person.address:
                raise Impossible(request.phrases.say("no_address", name=match.person.name))
            people.append(Person(match.person.name, match.person.address))
        return people

    async def _require_account(self, request: Request) -> None:
        if not await self._mail.accounts(request.user_id):
            raise Impossible(request.phrases.say("no_account"))


def mail_line(request: Request, summary: Summary) -> Line:
    """A mail as a line of an answer."""
    text = request.phrases.say(
        "mail", when=_when(request, summary), sender=_sender(request, summary), subject=_subject(request, summary)
    )
    return Line(text, _source(request, summary))


def _source(request: Request, summary: Summary) -> Source:
    return Source("mail", str(summary.id), _subject(request, summary), _sender(request, summary))


def _subject(request: Request, summary: Summary) -> str:
    return " ".join(summary.subject.split()) or request.phrases.say("no_subject")


def _sender(request: Request, summary: Summary) -> str:
    return summary.sender.shown if summary.sender else request.phrases.say("unknown_sender")


def _when(request: Request, summary: Summary) -> str:
    return request.phrases.wording.moment(summary.date.astimezone(request.zone), request.today.date())


def _owns(slot: Slot) -> bool:
    """Whether somebody was named with a mark of possession, which is no part of the value."""
    return slot.type is SlotType.PERSON and slot.last - slot.first > len(slot.value)


def _owner(request: Request) -> str:
    """Whose mail it is that goes to others."""
    return next((slot.value for slot in request.people if _owns(slot)), "")


def _without_body(request: Request) -> Request:
    """The request as far as it speaks of mails: what a mail is to say comes last and says nothing of others."""
    body = request.slot(SlotType.BODY)
    if body is None:
        return request
    slots = tuple(slot for slot in request.command.slots if slot.first < body.first)
    return replace(request, text=request.text[: body.first], command=replace(request.command, slots=slots))


def _wanted(
    request: Request,
    *,
    sender: str | None = None,
    folder: str | None = None,
    unread: bool | None = None,
    with_attachment: bool = False,
) -> _Wanted:
    """Which mails the words mean, save what is given because the words say it of something else."""
    request = _without_body(request)
    if sender is None:
        sender = request.people[0].value if request.people else ""
    folder = request.said(SlotType.FOLDER) or "inbox" if folder is None else folder
    unread = request.says(request.phrases.unread) if unread is None else unread
    narrowed = bool(sender) or asked_span(request) is not None
    said = request.said(SlotType.SUBJECT).split()
    if not said and not (narrowed and request.command.intent is Intent.MAIL_QUERY):
        said = own_words(request)
    phrases = request.phrases
    words = [word for word in said if word.lower() not in phrases.linking | phrases.latest | phrases.unread]
    text = "" if is_generic(request, " ".join(words)) else " ".join(words)
    return _Wanted(request, sender, folder, text, unread, with_attachment)


def _spoken_of(wanted: _Wanted) -> str | None:
    """The mail of the answer before: "forward it", or "reply" without a word about which one."""
    request = wanted.request
    if wanted.sender or wanted.words or asked_span(request) or request.says(request.phrases.latest):
        return None
    found = [cited.document_id for cited in request.recent if cited.kind == "mail"]
    return found[0] if len(found) == 1 else None


def _text(request: Request) -> str:
    """What a mail is to say. Raises `AskBack` when nothing was said."""
    if not (text := _body(request)):
        raise AskBack("body", request.phrases.say("what_text"))
    return text


def _body(request: Request) -> str:
    return _capital(request.choices.get("body") or request.said(SlotType.BODY))


def _first_words(body: str) -> str:
    words = body.split()
    return " ".join(words[:_SUBJECT_WORDS]) + (" …" if len(words) > _SUBJECT_WORDS else "")


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"
