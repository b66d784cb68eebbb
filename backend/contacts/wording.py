"""What is said of new contacts, in English and German."""

from collections.abc import Mapping

from backend.wording import wording

_ENGLISH: Mapping[str, str] = {
    "add": "Add {name}{of}{reached} to your contacts.",
    "add.book": "Add {name}{of}{reached} to the address book {book}.",
    "of": " of {organisation}",
    "reached": " with {values}",
    "done": "{name} is in your contacts{reached}.",
    "undone": "{name} is no longer in your contacts.",
    "gone": "{name} was not in your contacts any more.",
    "warn.known": "{address} is in your contacts already, as {name}.",
    "warn.same": "There is a contact with the name {name} already.",
    "name": "Name",
    "address": "E-mail",
    "phone": "Phone",
    "organisation": "Organisation",
    "book": "Address book",
}

_GERMAN: Mapping[str, str] = {
    "add": "{name}{of}{reached} in Ihre Kontakte aufnehmen.",
    "add.book": "{name}{of}{reached} in das Adressbuch {book} aufnehmen.",
    "of": " von {organisation}",
    "reached": " mit {values}",
    "done": "{name} steht in Ihren Kontakten{reached}.",
    "undone": "{name} steht nicht mehr in Ihren Kontakten.",
    "gone": "{name} stand schon nicht mehr in Ihren Kontakten.",
    "warn.known": "{address} steht schon in Ihren Kontakten, bei {name}.",
    "warn.same": "Es gibt schon einen Kontakt mit dem Namen {name}.",
    "name": "Name",
    "address": "E-Mail",
    "phone": "Telefon",
    "organisation": "Organisation",
    "book": "Adressbuch",
}


def say(language: str, what: str, **values: str) -> str:
    """A sentence or label in a user's language, English where there is no other."""
    return (_GERMAN if wording(language).code == "de" else _ENGLISH)[what].format(**values)


def say_reached(language: str, values: list[str]) -> str:
    """How somebody is reached, as a part of a sentence; nothing where nobody knows."""
    return say(language, "reached", values=wording(language).both(values)) if values else ""
