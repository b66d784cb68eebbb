"""Who is meant: the people of one user, found by the words in which they are spoken of.

Each word must be explained by something that the card says. A person is worth as much as the weakest of the words; the
one who is worth enough, and more than the next by a margin, is meant. Everything in between is a question.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum, auto

from backend.contacts.asked import Asked, spoken_key, take_apart
from backend.contacts.person import Contact, Person, Reach, Relation
from backend.contacts.resolved import MOST_CHOICES, Match, Resolved, labelled
from backend.contacts.sounds import words
from backend.contacts.vocabulary import Names, Topics
from backend.contacts.words import ARTICLES, CONNECTORS, GENERAL, GENERIC, RELATIONS, SAME, TITLES

# Measured by bench/contacts.py on the tuning half of its set.
MEANT = 0.85  # from here somebody may be meant without a question: exact, by sound, by short form
MARGIN = 0.05  # nearer to the best than this, another one could be meant as well
WORTH_ASKING = 0.6  # below, the words explain nobody
OFFERED = 0.15  # who is further behind the best is not offered

# What a person is worth less (as a factor) when ...
_TITLE_UNKNOWN = 0.95  # a title was said, and no card of this user has such a title
_TITLE_MISSING = 0.8  # cards of others have it, this one has not
_ROLE_TITLE_MISSING = 0.9  # "nurse" was said, and the card does not say what the person is
_GIVEN_WITH_TITLE = 0.8  # "Dr. Thomas" is a family name first
_MIDDLE = 0.84  # a name that is seldom used
_ORIGIN_UNKNOWN = 0.7  # where the person is from is not on the card
_MORE_NAME = 0.94  # the card's name goes on: "Anna Weber" against "Anna Weber-Klein"
_NAME_TOO_LONG = 0.75  # one word more was said than the card has: a question, "Anna Maria Weber" for Anna Weber
_BY_PLACE_ONLY = 0.78  # described by a department or title alone: "the cardiologist" may be another one there
_RELATION_GENERAL = 0.8  # "my sister", and the card has a sibling

_ADDRESS = re.compile(r"[^\s@<>,;\"]{1,64}@[^\s@<>,;\"]{1,255}")
_SHORTEST_ACRONYM, _LONGEST_ACRONYM = 2, 5


class _Part(Enum):
    GIVEN = auto()
    FAMILY = auto()
    MIDDLE = auto()
    OTHER = auto()
    ROLE = auto()
    PLACE = auto()


_Known = dict[str, _Part]


class Directory:
    """The people of one user, ready to be asked for. Built once for each state of the address books.

    `me` is the UID of the user's own card (in Nextcloud the user id, in the address book that the server makes). That
    card, and others with an address of it, say who the user's relatives are.
    """

    def __init__(self, contacts: Sequence[Contact], me: str) -> None:
        self._contacts = contacts
        self._names_of: list[_Known] = []
        self._topics_of: list[_Known] = []
        self._titles_of: list[frozenset[str]] = []
        self._by_name: dict[str, list[int]] = defaultdict(list)
        self._by_topic: dict[str, list[int]] = defaultdict(list)
        self._by_address: dict[str, int] = {}
        self._by_uid: dict[str, int] = {}
        for at, contact in enumerate(contacts):
            self._add(at, contact.person)
        self._relations = _relations_of(me, contacts)
        self._names = Names(self._by_name)
        self._topics = Topics(self._by_topic)
        self._titles_in_use: frozenset[str] = frozenset().union(*self._titles_of)

    def resolve(self, said: str, *, heard: bool = False, remembered: Mapping[str, str] | None = None) -> Resolved:
        """Who is meant by `said`. `heard`: it came by ear, so what sounds the same is the same.

        `remembered` are choices that the user made before, by `spoken_key`: UIDs.
        """
        address = _ADDRESS.fullmatch(said.strip())
        if address is not None:
            return self._of_address(said, address[0])
        chosen = self._by_uid.get((remembered or {}).get(spoken_key(said), ""))
        if chosen is not None:
            return self._decided(said, {chosen: 1.0})
        asked = take_apart(said)
        if asked.relation:
            return self._decided(said, self._relatives(asked.relation) or self._called(asked.relation, heard))
        found = self._scored(self._joined(asked), heard)
        if not found and len(asked.names) == 1 and asked.names[0] in RELATIONS:  # "grandpa", without "my"
            found = self._relatives(asked.names[0]) or self._called(asked.names[0], heard)
        return self._decided(said, found)

    def by_uid(self, uid: str) -> Contact | None:
        """The contact of a UID."""
        at = self._by_uid.get(uid)
        return None if at is None else self._contacts[at]

    def _add(self, at: int, person: Person) -> None:
        names, titles = _names(person)
        topics = _topics(person)
        self._names_of.append(names)
        self._topics_of.append(topics)
        self._titles_of.append(titles)
        for word in names:
            self._by_name[word].append(at)
        for word in topics:
            self._by_topic[word].append(at)
        for mail in person.emails:
            self._by_address.setdefault(mail.value.casefold(), at)
        if person.uid:
            self._by_uid.setdefault(person.uid, at)

    def _of_address(self, said: str, address: str) -> Resolved:
        at = self._by_address.get(address.casefold())
        if at is not None:
            return Resolved(said, labelled([(self._contacts[at], 1.0)]), clear=True)
        stranger = Person(uid="", name=address, emails=(Reach(address),))
        return Resolved(said, (Match(stranger, None, 1.0, address),), clear=True)

    def _relatives(self, word: str) -> dict[int, float]:
        """By the user's own card."""
        kind = RELATIONS[word]
        found: dict[int, float] = {}
        for relation in self._relations:
            worth = _kind_worth(RELATIONS.get(relation.kind, relation.kind), kind)
            for at in self._related(relation) if worth else ():
                found[at] = max(found.get(at, 0.0), worth)
        return found

    def _called(self, word: str, heard: bool) -> dict[int, float]:
        """Contacts that are called so ("Mum" for "my mother"), or whose card says so in a category."""
        found: dict[int, float] = {}
        for same in sorted(other for other, kind in RELATIONS.items() if kind == RELATIONS[word]):
            for at, worth in self._scored(Asked((same,), (), frozenset()), heard).items():
                found[at] = max(found.get(at, 0.0), worth)
        return found

    def _related(self, relation: Relation) -> list[int]:
        if relation.uid:
            return [self._by_uid[relation.uid]] if relation.uid in self._by_uid else []
        said = set(words(relation.name)) - TITLES.keys()
        if not said:
            return []
        common = set.intersection(*(set(self._by_name.get(word, ())) for word in said))
        return sorted(common)

    def _joined(self, asked: Asked) -> Asked:
        """With words put together that are one in the cards: "Anna Lena" for Annalena, "Mac Donald"."""
        names = list(asked.names)
        at = 0
        while at + 1 < len(names):
            both = names[at] + names[at + 1]
            if names[at] not in self._names and both in self._names:
                names[at : at + 2] = [both]
            at += 1
        return Asked(tuple(names), asked.origin, asked.titles)

    def _scored(self, asked: Asked, heard: bool) -> dict[int, float]:
        """What each candidate is worth; people of whom no word is explained are left out."""
        by_name = [self._spread(self._names.like(word, heard=heard), self._by_name) for word in asked.names]
        by_topic = [self._spread(self._topics.like(word), self._by_topic) for word in (*asked.names, *asked.origin)]
        origin_names = [self._spread(self._names.like(word, heard=heard), self._by_name) for word in asked.origin]
        candidates: set[int] = set().union(*by_name, *by_topic[: len(asked.names)])
        if not asked.names:
            candidates = {at for at, titles in enumerate(self._titles_of) if asked.titles & titles}
        found: dict[int, float] = {}
        for at in candidates:
            head, known = self._head(at, asked, by_name, by_topic)
            if head < WORTH_ASKING:
                continue
            origin = self._origin(at, asked, origin_names, by_topic[len(asked.names) :])
            worth = min(head, origin) if origin >= WORTH_ASKING else head * _ORIGIN_UNKNOWN
            worth *= self._title(at, asked, known)
            if worth >= WORTH_ASKING * _ORIGIN_UNKNOWN:
                found[at] = worth
        return found

    def _spread(self, like: Mapping[str, float], people: Mapping[str, list[int]]) -> dict[int, tuple[float, str]]:
        """For each person the best word, and what it is worth."""
        best: dict[int, tuple[float, str]] = {}
        for word, worth in like.items():
            for at in people.get(word, ()):
                if at not in best or best[at][0] < worth:
                    best[at] = (worth, word)
        return best

    def _head(
        self,
        at: int,
        asked: Asked,
        by_name: Sequence[Mapping[int, tuple[float, str]]],
        by_topic: Sequence[Mapping[int, tuple[float, str]]],
    ) -> tuple[float, set[str]]:
        """How well the words that say who explain a person, and by which words of the name."""
        worth = 1.0
        used: set[str] = set()
        described: list[float] = []
        unknown = 0
        for names, topics in zip(by_name, by_topic, strict=False):
            if at in names:
                score, word = names[at]
                worth = min(worth, score * (_MIDDLE if self._names_of[at][word] is _Part.MIDDLE else 1.0))
                used.add(word)
            elif at in topics:
                score, word = topics[at]
                described.append(score if self._topics_of[at][word] is _Part.ROLE else score * _BY_PLACE_ONLY)
            else:
                unknown += 1
        if not used:
            # Nothing but a title ("the doctor"), or a description, of which each word must fit.
            return (min(described, default=_BY_PLACE_ONLY) if not unknown else 0.0), used
        if unknown == 1 and len(used) > 1:
            worth *= _NAME_TOO_LONG
        elif unknown:
            return 0.0, used
        return worth * self._completeness(at, used), used

    def _completeness(self, at: int, used: set[str]) -> float:
        parts = self._names_of[at]
        family = {word for word, part in parts.items() if part is _Part.FAMILY}
        said = family & used
        return _MORE_NAME if said and not _whole(said, family) else 1.0

    def _origin(
        self,
        at: int,
        asked: Asked,
        names: Sequence[Mapping[int, tuple[float, str]]],
        topics: Sequence[Mapping[int, tuple[float, str]]],
    ) -> float:
        """How well the words that say where somebody is from explain a person; 0 when one of them does not."""
        worth = 1.0
        for word, by_name, by_topic in zip(asked.origin, names, topics, strict=True):
            best = max(by_name.get(at, (0.0, ""))[0], by_topic.get(at, (0.0, ""))[0])
            if best or word not in GENERIC:
                worth = min(worth, best)
        return worth

    def _title(self, at: int, asked: Asked, used: set[str]) -> float:
        own = self._titles_of[at]
        worth = 1.0
        for title in asked.titles:
            if title in own or (title == "dr" and "prof" in own):
                continue
            if title in ("mr", "ms"):
                if own & {"mr", "ms"}:
                    return 0.0
                continue
            if title == "nurse":
                worth *= _ROLE_TITLE_MISSING
            else:
                worth *= _TITLE_MISSING if title in self._titles_in_use else _TITLE_UNKNOWN
        formal = asked.titles - {"nurse"}
        if formal and used and not any(self._names_of[at][word] in (_Part.FAMILY, _Part.OTHER) for word in used):
            worth *= _GIVEN_WITH_TITLE
        return worth

    def _decided(self, said: str, worth: Mapping[int, float]) -> Resolved:
        best = max(worth.values(), default=0.0)
        if best < WORTH_ASKING:
            return Resolved(said, (), clear=False)
        near = [at for at, score in worth.items() if score >= max(best - OFFERED, WORTH_ASKING)]
        near.sort(key=lambda at: (-worth[at], self._contacts[at].person.name))
        people = self._once([(self._contacts[at], worth[at]) for at in near])
        clear = best >= MEANT and (len(people) == 1 or people[1][1] < best - MARGIN)
        return Resolved(said, labelled(people[: 1 if clear else MOST_CHOICES]), clear=clear)

    def _once(self, people: Iterable[tuple[Contact, float]]) -> list[tuple[Contact, float]]:
        """Without those who are in two address books, or twice in one: the card with an address is kept."""
        kept: list[tuple[Contact, float]] = []
        by_name: dict[str, list[int]] = defaultdict(list)
        for contact, score in people:
            name = " ".join(sorted(set(words(contact.person.name)) - TITLES.keys()))
            same = next((at for at in by_name[name] if _same_person(kept[at][0].person, contact.person)), None)
            if same is None:
                by_name[name].append(len(kept))
                kept.append((contact, score))
            elif contact.person.emails and not kept[same][0].person.emails:
                kept[same] = (contact, kept[same][1])
        return kept


def _relations_of(me: str, contacts: Sequence[Contact]) -> list[Relation]:
    own = {mail.value.casefold() for one in contacts if one.person.uid == me for mail in one.person.emails}
    return [
        relation
        for one in contacts
        if one.person.uid == me or any(mail.value.casefold() in own for mail in one.person.emails)
        for relation in one.person.relations
    ]


def _kind_worth(given: str, asked: str) -> float:
    given, asked = SAME.get(given, given), SAME.get(asked, asked)
    if given == asked:
        return 1.0
    return _RELATION_GENERAL if GENERAL.get(asked) == given else 0.0


def _same_person(one: Person, other: Person) -> bool:
    """Of two with the same name: an address or number in common, or one says nothing that the other does not."""
    mine, theirs = _reaches(one), _reaches(other)
    if mine and theirs:
        return not mine.isdisjoint(theirs)
    places = {place for place in (one.organisation, other.organisation) if place}
    return len(places) < 2


def _reaches(person: Person) -> set[str]:
    numbers = {re.sub(r"\D", "", phone.value)[-9:] for phone in person.phones}
    return {mail.value.casefold() for mail in person.emails} | (numbers - {""})


def _whole(said: set[str], family: set[str]) -> bool:
    """Whether all of a family name was said; a double name is also known as one word."""
    joined = max(family, key=len)
    return said == family or joined in said or family - {joined} == said


def _names(person: Person) -> tuple[_Known, frozenset[str]]:
    """The words of a person's names, and the titles among them."""
    known: _Known = {}
    titles = {TITLES[word] for word in words(f"{person.prefix} {person.suffix}") if word in TITLES}
    titles |= {"M": {"mr"}, "F": {"ms"}}.get(person.gender, set())

    def add(text: str, part: _Part) -> None:
        found = words(text)
        plain = [word for word in found if word not in ARTICLES | CONNECTORS] or found
        for word in plain:
            known.setdefault(word, part)
        if len(found) == 2:  # "Anna-Lena" is also said and written as one
            known.setdefault("".join(found), part)

    add(person.family, _Part.FAMILY)
    add(person.given, _Part.GIVEN)
    add(person.additional, _Part.MIDDLE)
    for nickname in person.nicknames:
        add(nickname, _Part.OTHER)
    shown = [word for word in words(person.name) if word not in ARTICLES | CONNECTORS]
    while len(shown) > 1 and shown[0] in TITLES:
        titles.add(TITLES[shown.pop(0)])
    shown = [word for word in shown if word not in TITLES or len(shown) == 1]
    structured = bool(known)
    for at, word in enumerate(shown):
        last = at == len(shown) - 1
        known.setdefault(word, _Part.OTHER if structured or len(shown) == 1 else _Part.FAMILY if last else _Part.GIVEN)
    if {word for word in words(f"{person.role} {person.title}") if TITLES.get(word) == "nurse"}:
        titles.add("nurse")
    return known, frozenset(titles)


def _topics(person: Person) -> _Known:
    known: _Known = {}
    for text in (person.role, person.title, *person.categories):
        for word in words(text):
            known.setdefault(word, _Part.ROLE)
    for text in (*person.units, person.organisation):
        found = words(text)
        for word in (*found, _acronym(found)):
            if word:
                known.setdefault(word, _Part.PLACE)
    return {word: part for word, part in known.items() if word not in ARTICLES | CONNECTORS}


def _acronym(found: Sequence[str]) -> str:
    """ "hr" for Human Resources."""
    letters = [word[0] for word in found if word not in ARTICLES | CONNECTORS | {"and", "und"}]
    return "".join(letters) if _SHORTEST_ACRONYM <= len(letters) <= _LONGEST_ACRONYM else ""
