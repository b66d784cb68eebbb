"""Commands about contacts."""

from backend.assistant.commands.people import person
from backend.assistant.commands.request import AskBack, Impossible, Line, Reply, Request
from backend.assistant.shown import Source
from backend.assistant.understanding.intents import SlotType
from backend.contacts.performers import ContactsPerformer
from backend.contacts.person import Person
from backend.contacts.service import Contacts


class ContactCommands:
    """Looks people up, and proposes new contacts."""

    def __init__(self, contacts: Contacts, performer: ContactsPerformer) -> None:
        self._contacts = contacts
        self._performer = performer

    async def query(self, request: Request) -> Reply:
        """A phone number, an address, or all that is known of somebody."""
        said = request.said(SlotType.PERSON)
        if not said:
            raise AskBack("more", request.phrases.say("who"))
        match = await person(request, self._contacts, said)
        if match is None:
            return Reply([Line(request.phrases.say("no_such_contact"))], found=False)
        wanted = _wanted(request)
        values = [value for field in _FIELDS if not wanted or field in wanted for value in _values(match.person, field)]
        name = match.person.name
        if not values:
            return Reply([Line(request.phrases.say("contact_nothing", name=name))])
        text = request.phrases.say("contact", name=name, value=", ".join(values))
        return Reply([Line(text, Source("contact", match.person.uid, name, text))])

    async def add(self, request: Request) -> Reply:
        """A new contact."""
        name = request.people[0].value if request.people else ""
        address = next(iter(request.addresses), "")
        if not (name or address):
            raise Impossible(request.phrases.say("who"))
        name = " ".join(part[:1].upper() + part[1:] for part in (name or address.partition("@")[0]).split())
        code = request.phrases.code
        return Reply(
            drafts=[await self._performer.draft_add(request.user_id, name=name, address=address, language=code)]
        )


_FIELDS = ("phone", "email", "address", "birthday", "organisation", "role")


def _wanted(request: Request) -> set[str]:
    said = " ".join(slot.value for slot in request.all(SlotType.FIELD)) or request.text
    return {field for word, field in request.phrases.fields.items() if word in said.lower().split()}


def _values(person: Person, field: str) -> list[str]:
    match field:
        case "phone":
            return [phone.value for phone in person.phones]
        case "email":
            return [mail.value for mail in person.emails]
        case "address":
            return list(person.addresses)
        case "birthday":
            return [person.birthday] if person.birthday else []
        case "organisation":
            return [person.organisation] if person.organisation else []
        case _:
            return [one for one in (person.title, person.role) if one]
