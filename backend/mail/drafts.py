"""Mail actions as they are proposed: sentence, fields, warnings. Nothing is changed here."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import cast

from backend.actions.action import Draft, Field, FieldKind, Json, Option, as_people
from backend.errors import BadInput, Conflict, NotFound
from backend.files.shelf import checked_folder
from backend.mail.accounts import Accounts
from backend.mail.attachments import safe_name
from backend.mail.boxes import Boxes
from backend.mail.composing import (
    LONGEST_SUBJECT,
    answer_to,
    checked_line,
    checked_person,
    checked_text,
    shown,
    subject_of,
)
from backend.mail.folders import Role, find_folder
from backend.mail.message import MailId, Person, Summary
from backend.mail.wording import say, say_people

SENT_KINDS = frozenset({"mail.send", "mail.reply", "mail.reply_all", "mail.forward"})
WRITTEN_KINDS = SENT_KINDS | {"mail.draft"}
KEPT_KINDS = frozenset({"mail.flag", "mail.move", "mail.delete", "mail.save_attachment"})

# What a flag field may say, and the flag and value it stands for.
FLAGS = {
    "seen": ("seen", True),
    "unseen": ("seen", False),
    "flagged": ("flagged", True),
    "unflagged": ("flagged", False),
}


class Drafts:
    """Proposes. `language` is the user's ("en", "de"); mails are named by the text of their `MailId`."""

    def __init__(self, accounts: Accounts, boxes: Boxes) -> None:
        self._accounts = accounts
        self._boxes = boxes

    async def send(
        self,
        user_id: str,
        language: str,
        to: Sequence[Person],
        subject: str,
        body: str,
        *,
        cc: Sequence[Person] = (),
        bcc: Sequence[Person] = (),
        account_id: str | None = None,
        only_draft: bool = False,
    ) -> Draft:
        """A new mail, sent or with `only_draft` left among the drafts."""
        kind = "mail.draft" if only_draft else "mail.send"
        fields = await self._fields(user_id, language, account_id, to, cc, bcc, subject, body)
        return await self.checked(user_id, Draft(kind, "", fields, {"language": language}))

    async def reply(self, user_id: str, language: str, mail: str, body: str, *, everybody: bool = False) -> Draft:
        """An answer to a mail, to its sender or to everybody in it."""
        place = MailId.parse(mail)
        box = await self._boxes.holding(user_id, place)
        original = await box.read(place)
        to, cc = answer_to(original, [box.me.address], everybody=everybody)
        subject = subject_of(original.summary.subject, "Re")
        fields = await self._fields(user_id, language, place.account_id, to, cc, (), subject, body)
        quote = Field("quote", say(language, "quote"), "yes_no", True)
        kind = "mail.reply_all" if everybody else "mail.reply"
        sender = original.summary.sender
        payload: dict[str, Json] = {"language": language, "mail": mail, "sender": sender.address if sender else None}
        return await self.checked(user_id, Draft(kind, "", (*fields, quote), payload))

    async def forward(self, user_id: str, language: str, mail: str, to: Sequence[Person], body: str) -> Draft:
        """A mail passed on, with its attachments."""
        place = MailId.parse(mail)
        original = (await (await self._boxes.holding(user_id, place)).read(place)).summary
        subject = subject_of(original.subject, "Fwd")
        fields = await self._fields(user_id, language, place.account_id, to, (), (), subject, body)
        if original.attachments:
            names = ", ".join(shown(one.name) for one in original.attachments)
            fields = (*fields, Field("attachments", say(language, "attachments"), "text", names, editable=False))
        payload: dict[str, Json] = {"language": language, "mail": mail, "original": _title(original, language)}
        return await self.checked(user_id, Draft("mail.forward", "", fields, payload))

    async def flag(self, user_id: str, language: str, mail: str, flag: str) -> Draft:
        """A mark on a mail: "seen", "unseen", "flagged" or "unflagged"."""
        if flag not in FLAGS:
            raise BadInput(f"{flag!r} is not one of {', '.join(FLAGS)}.", field="flag")
        original = await self._summary(user_id, mail)
        options = tuple(Option(one, say(language, f"flag.{one}")) for one in FLAGS)
        field = Field("flag", say(language, "flag"), "choice", flag, options=options)
        payload: dict[str, Json] = {"unread": original.unread, "flagged": original.flagged}
        return await self._kept(user_id, language, "mail.flag", original, (field,), payload)

    async def move(self, user_id: str, language: str, mail: str, folder: str) -> Draft:
        """A mail into another folder, named by role, path or name."""
        place = MailId.parse(mail)
        folders = await (await self._boxes.holding(user_id, place)).folders()
        target = find_folder(folders, folder)
        options = tuple(Option(one.path, one.name) for one in folders if one.selectable)
        field = Field("folder", say(language, "folder"), "choice", target.path, options=options)
        return await self._kept(user_id, language, "mail.move", await self._summary(user_id, mail), (field,), {})

    async def delete(self, user_id: str, language: str, mail: str) -> Draft:
        """A mail into the trash."""
        original = await self._summary(user_id, mail)
        folders = await (await self._boxes.holding(user_id, original.id)).folders()
        trash = find_folder(folders, Role.TRASH)
        if trash.path == original.id.folder:
            raise Conflict("This mail is in the trash already. VoiceAssist does not delete mail for good.")
        return await self._kept(user_id, language, "mail.delete", original, (), {"folder": trash.path})

    async def save_attachment(
        self, user_id: str, language: str, mail: str, part: str, folder: str = "/", name: str = ""
    ) -> Draft:
        """An attachment as a file in a Nextcloud folder."""
        original = await self._summary(user_id, mail)
        found = next((one for one in original.attachments if one.part == part), None)
        if found is None:
            raise NotFound("This mail has no such attachment.", field="part")
        fields = (
            Field("folder", say(language, "folder"), "text", folder),
            Field("name", say(language, "name"), "text", name or found.name),
        )
        return await self._kept(user_id, language, "mail.save_attachment", original, fields, {"part": part})

    async def checked(self, user_id: str, draft: Draft) -> Draft:
        """The draft with its fields checked and its sentence said anew. Raises `BadInput` with the field at fault."""
        if draft.kind in WRITTEN_KINDS:
            return await self._checked_writing(user_id, draft)
        language = language_of(draft)
        values = {"original": str(draft.payload["original"])}
        what = draft.kind
        if draft.kind == "mail.flag":
            what += f".{_choice(draft, 'flag')}"
        if draft.kind == "mail.move":
            values["folder"] = _label(draft, "folder")
        if draft.kind == "mail.save_attachment":
            folder, name = _text(draft, "folder"), safe_name(_text(draft, "name"))
            checked_folder(folder)
            draft = _with(draft, {"name": name})
            values |= {"folder": folder, "name": name}
        return replace(draft, sentence=say(language, what, **values))

    async def _checked_writing(self, user_id: str, draft: Draft) -> Draft:
        language = language_of(draft)
        await self._accounts.get(user_id, _choice(draft, "account"))
        people = {
            name: [checked_person(Person(*one), name) for one in as_people(draft.value(name))]
            for name in ("to", "cc", "bcc")
        }
        everyone = [person for some in people.values() for person in some]
        if not everyone and draft.kind != "mail.draft":
            raise BadInput("To whom? The mail has no recipient yet.", field="to")
        subject = checked_line(_text(draft, "subject"), "subject", LONGEST_SUBJECT)
        body = checked_text(_text(draft, "body"))
        warnings = [] if subject else [say(language, "warn.no_subject")]
        if not body.strip() and draft.kind != "mail.forward":
            warnings.append(say(language, "warn.empty"))
        # Reply-To is the sender's wish, and anybody may have written it.
        sender = str(draft.payload.get("sender") or "")
        if sender and sender.lower() not in {person.address.lower() for person in everyone}:
            warnings.append(say(language, "warn.elsewhere", sender=sender))
        sentence = say(
            language,
            draft.kind if everyone else "mail.draft.nobody",
            people=say_people(language, [person.shown for person in everyone]),
            subject=say(language, "subject.some", subject=subject) if subject else say(language, "subject.none"),
            original=str(draft.payload.get("original", "")),
        )
        values: dict[str, Json] = {name: _as_json(some) for name, some in people.items()}
        draft = _with(draft, {**values, "subject": subject, "body": body})
        return replace(draft, sentence=sentence, warnings=tuple(warnings))

    async def _fields(
        self,
        user_id: str,
        language: str,
        account_id: str | None,
        to: Sequence[Person],
        cc: Sequence[Person],
        bcc: Sequence[Person],
        subject: str,
        body: str,
    ) -> tuple[Field, ...]:
        account = await self._accounts.get(user_id, account_id)
        accounts = await self._accounts.all(user_id)
        options = tuple(Option(one.id, f"{one.me.name} <{one.me.address}>".strip()) for one in accounts)

        def field(name: str, kind: FieldKind, value: Json) -> Field:
            return Field(name, say(language, name), kind, value)

        return (
            Field("account", say(language, "account"), "choice", account.id, options=options),
            field("to", "people", _as_json(to)),
            field("cc", "people", _as_json(cc)),
            field("bcc", "people", _as_json(bcc)),
            field("subject", "text", subject),
            field("body", "long_text", body),
        )

    async def _summary(self, user_id: str, mail: str) -> Summary:
        place = MailId.parse(mail)
        return await (await self._boxes.holding(user_id, place)).summary(place)

    async def _kept(
        self,
        user_id: str,
        language: str,
        kind: str,
        original: Summary,
        fields: Sequence[Field],
        payload: Mapping[str, Json],
    ) -> Draft:
        title = _title(original, language)
        known: dict[str, Json] = {
            "language": language,
            "mail": str(original.id),
            "message_id": original.message_id,
            "original": title,
        }
        named = Field("mail", say(language, "mail"), "text", title, editable=False)
        return await self.checked(user_id, Draft(kind, "", (named, *fields), {**known, **payload}))


def language_of(draft: Draft) -> str:
    """The language a draft was made in."""
    return str(draft.payload.get("language", "en"))


def _title(original: Summary, language: str) -> str:
    """A mail in a few words: its subject and sender."""
    subject = shown(original.subject) or say(language, "nameless")
    return f"{subject} ({original.sender.shown})" if original.sender else subject


def _as_json(people: Sequence[Person]) -> Json:
    return [cast("Json", {"name": person.name, "address": person.address}) for person in people]


def _with(draft: Draft, values: Mapping[str, Json]) -> Draft:
    fields = tuple(replace(one, value=values[one.name]) if one.name in values else one for one in draft.fields)
    return replace(draft, fields=fields)


def _text(draft: Draft, name: str) -> str:
    value = draft.value(name)
    if value is not None and not isinstance(value, str):
        raise BadInput(f"{name} must be text.", field=name)
    return value or ""


def _choice(draft: Draft, name: str) -> str:
    value = _text(draft, name)
    field = next((one for one in draft.fields if one.name == name), None)
    if field is None or value not in {option.value for option in field.options}:
        raise BadInput(f"{shown(value)!r} is not one of the choices.", field=name)
    return value


def _label(draft: Draft, name: str) -> str:
    value = _choice(draft, name)
    return next(
        option.label
        for field in draft.fields
        if field.name == name
        for option in field.options
        if option.value == value
    )
