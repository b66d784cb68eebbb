"""A person (or an organisation) as an address book has it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Where a card is: the paths of its address book and of the card at the server, and the ETag it had."""

    book: str
    href: str
    etag: str


@dataclass(frozen=True, slots=True)
class Reach:
    """An e-mail address or a phone number. `kinds` are in lower case ("work", "cell")."""

    value: str
    kinds: tuple[str, ...] = ()
    preferred: bool = False


@dataclass(frozen=True, slots=True)
class Relation:
    """Somebody related to the person of a card: `kind` in lower case ("sister"), by `name` or by a card's `uid`."""

    kind: str
    name: str = ""
    uid: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """What a vCard says. `name` is the formatted name (FN), `prefix` and `suffix` are honorifics, `title` the position.

    Notes and photos are left out on purpose: nothing needs them here.
    """

    uid: str
    name: str
    family: str = ""
    given: str = ""
    additional: str = ""
    prefix: str = ""
    suffix: str = ""
    nicknames: tuple[str, ...] = ()
    emails: tuple[Reach, ...] = ()
    phones: tuple[Reach, ...] = ()
    title: str = ""
    role: str = ""
    organisation: str = ""
    units: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    relations: tuple[Relation, ...] = ()
    addresses: tuple[str, ...] = ()
    birthday: str = ""
    gender: str = ""

    @property
    def address(self) -> str:
        """The e-mail address to write to; empty when there is none."""
        return next((mail.value for mail in self.emails if mail.preferred), self.emails[0].value if self.emails else "")


@dataclass(frozen=True, slots=True)
class Contact:
    """A person in an address book."""

    person: Person
    place: Place
