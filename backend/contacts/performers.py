"""New contacts: what is proposed, and what is done with it when the user says yes."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

import structlog

from backend.actions.action import Action, Draft, Field, Json, Option, Performed
from backend.contacts.carddav import Book, CardDav
from backend.contacts.cards import write_card
from backend.contacts.person import Contact, Person, Reach
from backend.contacts.service import Contacts
from backend.contacts.sounds import words
from backend.contacts.wording import say, say_reached
from backend.contacts.words import TITLES
from backend.errors import BadInput, Conflict, NotFound, Unavailable, VoiceAssistError
from backend.nextcloud.dav import DavAccounts
from backend.nextcloud.dav_requests import DavRequests
from backend.trouble import told

log = structlog.get_logger(__name__)

KIND = "contacts.add"

_LONGEST = 200
_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]]{1,64}@[^\s@<>,;:\"()\[\]]{1,255}")
_PHONE = re.compile(r"\+?[\d\s()./-]{3,40}(?:(?:ext|x|#)\.?\s*\d{1,8})?", re.IGNORECASE)
# Not letters, digits or signs: control characters, line ends, halves of characters.
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\u2028\u2029\ud800-\udfff]")
_PARTICLES = {
    "van",
    "von",
    "vom",
    "zu",
    "zur",
    "de",
    "del",
    "della",
    "di",
    "da",
    "der",
    "den",
    "ter",
    "ten",
    "la",
    "le",
}


class NobodyKnows(Exception):
    """The server did not say what became of the request."""


class ContactsPerformer:
    """Adds contacts (`Performer`). The UID of a new card is the action's key."""

    kinds: ClassVar[frozenset[str]] = frozenset({KIND})

    def __init__(self, contacts: Contacts, accounts: DavAccounts) -> None:
        self._contacts = contacts
        self._accounts = accounts

    async def draft_add(
        self,
        user_id: str,
        *,
        name: str,
        address: str = "",
        phone: str = "",
        organisation: str = "",
        book: str = "",
        language: str = "en",
    ) -> Draft:
        """What adding this contact would be. `book` is the path of an address book, by default the user's first;
        `language` is that of the card.

        Raises `BadInput` with the `field` at fault, and `NotFound` when the user can write to no address book.
        """
        books = [one for one in await self._contacts.books(user_id) if one.writable]
        if not books:
            raise NotFound("There is no address book that a contact can be added to.")
        values = {"name": name, "address": address, "phone": phone, "organisation": organisation}
        values = {field: _line(value, field) for field, value in values.items()}
        if not values["name"]:
            raise BadInput("A contact needs a name.", field="name")
        if values["address"] and not _ADDRESS.fullmatch(values["address"]):
            raise BadInput(f"{values['address']!r} is no e-mail address.", field="address")
        if values["phone"] and not _PHONE.fullmatch(values["phone"]):
            raise BadInput(f"{values['phone']!r} is no phone number.", field="phone")
        chosen = next((one for one in books if one.href == book), None) if book else books[0]
        if chosen is None:
            raise BadInput("There is no such address book, or it can only be read.", field="book")
        return Draft(
            kind=KIND,
            sentence=_sentence(language, values, chosen, several=len(books) > 1),
            fields=(
                *(Field(field, say(language, field), "text", value) for field, value in values.items()),
                Field(
                    "book",
                    say(language, "book"),
                    "choice",
                    chosen.href,
                    options=tuple(Option(one.href, one.name) for one in books),
                ),
            ),
            payload={"language": language},
            warnings=await self._known_already(user_id, language, values["name"], values["address"]),
        )

    async def check(self, user_id: str, draft: Draft) -> Draft:
        """See `Performer.check`."""
        values = {one.name: one.value if isinstance(one.value, str) else "" for one in draft.fields}
        checked = await self.draft_add(
            user_id,
            name=values.get("name", ""),
            address=values.get("address", ""),
            phone=values.get("phone", ""),
            organisation=values.get("organisation", ""),
            book=values.get("book", ""),
            language=_language(draft),
        )
        return replace(checked, payload=draft.payload)

    def delay(self, draft: Draft) -> float:
        """See `Performer.delay`: it can be undone, so it need not wait."""
        return 0.0

    async def perform(self, action: Action) -> Performed:
        """See `Performer.perform`."""
        book = _text(action.draft, "book")
        async with DavRequests(self._accounts.of(action.user_id)) as requests:
            dav = CardDav(self._accounts.of(action.user_id), requests)
            # A server that is down, or a book that is gone, is noticed while nothing was sent.
            if not any(one.href == book and one.writable for one in await dav.books()):
                raise Conflict("The address book is gone, or can only be read now. Nothing was added.")
            try:
                await dav.create(book, f"{action.key}.vcf", write_card(_person(action)))
            except (Unavailable, Conflict) as error:
                # It may have been done all the same: an answer that was lost, a request that was sent twice.
                raise NobodyKnows(told(error)) from error
            try:
                done = await dav.find(book, action.key)
            except VoiceAssistError as error:
                raise NobodyKnows(told(error)) from error
        if done is None:
            raise NobodyKnows("The server took the card, and does not find it.")
        return await self._performed(action, done)

    async def find(self, action: Action) -> Performed | None:
        """See `Performer.find`: by the UID, which is the action's key."""
        account = self._accounts.of(action.user_id)
        async with DavRequests(account) as requests:
            dav = CardDav(account, requests)
            try:
                done = await dav.find(_text(action.draft, "book"), action.key)
            except NotFound:  # without the book there is no card
                return None
        return await self._performed(action, done) if done is not None else None

    async def undo(self, action: Action, undo: Mapping[str, Json]) -> str:
        """See `Performer.undo`."""
        account = self._accounts.of(action.user_id)
        name = _text(action.draft, "name")
        async with DavRequests(account) as requests:
            try:
                await CardDav(account, requests).delete(str(undo["href"]), str(undo["etag"]))
            except NotFound:
                return say(_language(action.draft), "gone", name=name)
        await self._refreshed(action.user_id)
        return say(_language(action.draft), "undone", name=name)

    async def _performed(self, action: Action, done: Contact) -> Performed:
        await self._refreshed(action.user_id)
        person, language = done.person, _language(action.draft)
        reached = [value for value in (person.address, *(phone.value for phone in person.phones)) if value]
        told_so = say(language, "done", name=person.name, reached=say_reached(language, reached))
        return Performed(told_so, undo={"href": done.place.href, "etag": done.place.etag})

    async def _refreshed(self, user_id: str) -> None:
        """The copy follows at once; when that fails, later."""
        try:
            await self._contacts.refresh(user_id)
        except VoiceAssistError as error:
            log.warning("contacts.copy_is_old", error=told(error))

    async def _known_already(self, user_id: str, language: str, name: str, address: str) -> tuple[str, ...]:
        warnings = []
        if address:
            known = (await self._contacts.resolve(user_id, address)).meant
            if known is not None and known.place is not None:
                warnings.append(say(language, "warn.known", address=address, name=known.person.name))
        same = [one for one in (await self._contacts.people(user_id, name))[0] if words(one.person.name) == words(name)]
        if same and not warnings:
            warnings.append(say(language, "warn.same", name=name))
        return tuple(warnings)


def _person(action: Action) -> Person:
    draft = action.draft
    name, address, phone = _text(draft, "name"), _text(draft, "address"), _text(draft, "phone")
    prefix, given, family = name_parts(name)
    return Person(
        uid=action.key,
        name=name,
        prefix=prefix,
        given=given,
        family=family,
        emails=(Reach(address),) if address else (),
        phones=(Reach(phone),) if phone else (),
        organisation=_text(draft, "organisation"),
    )


def name_parts(name: str) -> tuple[str, str, str]:
    """Prefix, given names and family name of a name as it is written: the last word, and particles before it."""
    parts = name.split()
    lead = 0
    while lead < len(parts) - 1 and "".join(words(parts[lead])) in TITLES:
        lead += 1
    rest = parts[lead:]
    last = len(rest) - 1
    while last > 1 and rest[last - 1].lower() in _PARTICLES:
        last -= 1
    return " ".join(parts[:lead]), " ".join(rest[:last]), " ".join(rest[last:])


def _sentence(language: str, values: Mapping[str, str], book: Book, *, several: bool) -> str:
    organisation = values["organisation"]
    return say(
        language,
        "add.book" if several else "add",
        name=values["name"],
        of=say(language, "of", organisation=organisation) if organisation else "",
        reached=say_reached(language, [values[field] for field in ("address", "phone") if values[field]]),
        book=book.name,
    )


def _language(draft: Draft) -> str:
    return str(draft.payload.get("language", "en"))


def _line(text: str, field: str) -> str:
    line = " ".join(_UNPRINTABLE.sub(" ", text).split())
    if len(line) > _LONGEST:
        raise BadInput(f"At most {_LONGEST} characters fit here, not {len(line)}.", field=field)
    return line


def _text(draft: Draft, field: str) -> str:
    value = draft.value(field)
    return value if isinstance(value, str) else ""
