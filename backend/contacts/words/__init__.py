"""Words by which people speak of each other, of all languages together: one module for each language."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from backend.contacts.words import english, german


class Language(Protocol):
    """What a language's module has. All words are folded: lower case, umlauts as two letters."""

    @property
    def SHORT_FORMS(self) -> str:  # noqa: N802
        """A line for each given name, with the forms that people use for it."""
        ...

    @property
    def TITLES(self) -> Mapping[str, str]:  # noqa: N802
        """Form of address, and what it says: `dr`, `prof`, `mr`, `ms`, `nurse`."""
        ...

    @property
    def RELATIONS(self) -> Mapping[str, str]:  # noqa: N802
        """Word for a relative or colleague, and the kind of the relation as RFC 6350 6.6.6 or Apple name it."""
        ...

    @property
    def POSSESSIVES(self) -> frozenset[str]:  # noqa: N802
        """ "my" in all its forms."""
        ...

    @property
    def ARTICLES(self) -> frozenset[str]:  # noqa: N802
        """ "the" in all its forms."""
        ...

    @property
    def CONNECTORS(self) -> frozenset[str]:  # noqa: N802
        """Words after which follows where somebody is from."""
        ...

    @property
    def GENERIC(self) -> frozenset[str]:  # noqa: N802
        """Words for a part of an organisation that say nothing by themselves."""
        ...


_LANGUAGES: tuple[Language, ...] = (english, german)


def _short_forms() -> tuple[dict[str, frozenset[str]], dict[str, frozenset[str]]]:
    """For each name all that is the same name, and for each short form the full names."""
    forms: dict[str, frozenset[str]] = {}
    full: dict[str, frozenset[str]] = {}
    for language in _LANGUAGES:
        for line in language.SHORT_FORMS.split("\n"):
            name, *short = line.split()
            for one in (name, *short):
                forms[one] = forms.get(one, frozenset()) | frozenset({name, *short}) - {one}
            for one in short:
                full[one] = full.get(one, frozenset()) | {name}
    return forms, full


def _union(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*sets)


SHORT_FORMS, FULL_NAMES = _short_forms()
TITLES = {word: title for language in _LANGUAGES for word, title in language.TITLES.items()}
RELATIONS = {word: kind for language in _LANGUAGES for word, kind in language.RELATIONS.items()}
POSSESSIVES = _union(language.POSSESSIVES for language in _LANGUAGES)
ARTICLES = _union(language.ARTICLES for language in _LANGUAGES)
CONNECTORS = _union(language.CONNECTORS for language in _LANGUAGES)
GENERIC = _union(language.GENERIC for language in _LANGUAGES)

# A relation that a card may only give in general, and what it may be in particular (RFC 6350 6.6.6).
GENERAL = {
    "sister": "sibling",
    "brother": "sibling",
    "mother": "parent",
    "father": "parent",
    "son": "child",
    "daughter": "child",
}
# One and the same, whatever word is used.
SAME = {
    "wife": "spouse",
    "husband": "spouse",
    "partner": "spouse",
    "boss": "manager",
    "co-worker": "colleague",
    "neighbour": "neighbor",
}
