"""The words by which somebody is meant, taken apart: titles, names, and where the person is from."""

from dataclasses import dataclass

from backend.contacts.sounds import words
from backend.contacts.words import ARTICLES, CONNECTORS, POSSESSIVES, RELATIONS, TITLES

# A name and where somebody is from are said in fewer words; the rest is no description of a person.
_MOST_WORDS = 12


@dataclass(frozen=True, slots=True)
class Asked:
    """All words are folded. `names` say who, `origin` where the person is from (it may also be the end of a name:
    "von Stein"); `relation` is the word of "my sister", alone."""

    names: tuple[str, ...]
    origin: tuple[str, ...]
    titles: frozenset[str]
    relation: str = ""


def spoken_key(said: str) -> str:
    """One spelling of what was said, under which a choice is remembered."""
    return " ".join(words(said))


def take_apart(said: str) -> Asked:
    """The parts of "the Dr. Smith from radiology"."""
    left = words(said)[:_MOST_WORDS]
    possessive = bool(left) and left[0] in POSSESSIVES
    lead = 0
    while lead < len(left) - 1 and left[lead] in POSSESSIVES | ARTICLES:
        lead += 1
    left = left[lead:]
    if possessive and left and left[0] in RELATIONS:
        if len(left) == 1:
            return Asked((), (), frozenset(), left[0])
        left = left[1:]  # "my sister Anna"
    names: list[str] = []
    origin: list[str] = []
    titles: set[str] = set()
    part = names
    for word in left:
        if word in TITLES and part is names and not names:
            titles.add(TITLES[word])
        elif word in CONNECTORS and (names or titles):
            part = origin if names else names
        elif word not in ARTICLES and word not in CONNECTORS:
            part.append(word)
    if not names and origin:
        names, origin = origin, []
    if not names and not titles:  # a name that is one of those words ("Im", "An")
        names = left
    return Asked(tuple(names), tuple(origin), frozenset(titles))
