"""Who is meant by a spoken name, and how fast: `python -m bench.contacts [--errors] [--only quality|speed]`, JSON out.

Quality: `bench/spoken` has invented contacts of one user and what that user may say, with who is meant: nobody (`-`),
one, or several of whom it is right to ask. `heard` rows are as a speech recogniser would write them. By a hash of its
text a row belongs to the `tuning` half, whose mistakes `--errors` prints, or to the `held_back` half. An answer is

- `right`: the one who is meant, or a question with all who may be meant, or nobody when nobody is known;
- `asked`: a question that has the one who is meant in it, or one about a person whom the user does not know;
- `wrong`: somebody else was taken without a question;
- `missed`: a known person was not found, or is not in the question.

Speed: 5,000 invented contacts on a real CardDAV server (Radicale), copied by the product's own synchronisation; then
what of `bench/spoken` is said is resolved by the service.
"""

import argparse
import asyncio
import csv
import hashlib
import json
import random
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from backend.contacts.book import AddressBooks
from backend.contacts.cards import write_card
from backend.contacts.matching import Directory
from backend.contacts.person import Contact, Person, Place, Reach, Relation
from backend.contacts.resolved import Resolved
from backend.contacts.service import Contacts
from backend.contacts.words import SHORT_FORMS
from backend.database import Database
from backend.nextcloud.dav_requests import DavRequests
from backend.preferences import Preferences
from tests.servers.caldav_servers import USER, radicale

DATA = Path(__file__).with_name("spoken")
MANY = 5_000
_SYLLABLES = (
    "ba",
    "ber",
    "den",
    "fel",
    "gar",
    "hol",
    "kam",
    "lin",
    "mar",
    "nor",
    "pe",
    "rai",
    "sten",
    "tor",
    "wil",
    "zim",
)
_ENDS = ("mann", "er", "son", "stein", "berg", "ley", "ski", "ova", "hardt", "ton")
_UNITS = ("Radiology", "Surgery", "Cardiology", "Neurology", "Human Resources", "Front desk", "Laboratory", "")


@dataclass(frozen=True)
class Row:
    """What is said, whether by voice, and who is meant."""

    said: str
    heard: bool
    expected: frozenset[str]

    @property
    def half(self) -> str:
        """`tuning` or `held_back`."""
        return "held_back" if hashlib.sha256(self.said.encode()).digest()[0] % 2 else "tuning"


def people() -> list[Contact]:
    """The invented contacts."""
    with (DATA / "people.tsv").open(encoding="utf-8") as file:
        return [Contact(_person(row), Place("/b/", f"/b/{row['uid']}.vcf", "1")) for row in _table(file)]


def rows() -> list[Row]:
    """What is said."""
    with (DATA / "said.tsv").open(encoding="utf-8") as file:
        return [
            Row(row["said"], row["heard"] == "y", frozenset(row["expected"].replace("-", "").split()))
            for row in _table(file)
        ]


def judged(row: Row, resolved: Resolved) -> str:
    """What an answer is worth: see above."""
    found = {match.person.uid for match in resolved.matches}
    if resolved.meant is not None:
        return "right" if found == row.expected else "wrong"
    if not row.expected:
        return "asked" if found else "right"
    if not row.expected <= found:
        return "missed"
    return "right" if len(row.expected) > 1 else "asked"


def quality(*, errors: bool) -> dict[str, object]:
    """Shares of right, asked, wrong and missed answers in both halves."""
    directory = Directory(people(), "me")
    verdicts: dict[str, Counter[str]] = {"tuning": Counter(), "held_back": Counter()}
    for row in rows():
        resolved = directory.resolve(row.said, heard=row.heard)
        verdict = judged(row, resolved)
        verdicts[row.half][verdict] += 1
        if errors and verdict != "right" and row.half == "tuning":
            got = ", ".join(f"{match.label} {match.score:.2f}" for match in resolved.matches)
            heard = " (heard)" if row.heard else ""
            print(f"{verdict:7} {row.said!r}{heard}: {sorted(row.expected)} got [{got}]")
    return {half: _shares(counts) for half, counts in verdicts.items()}


async def speed() -> dict[str, object]:
    """Seconds of the first copy and of a comparison without changes, milliseconds of a resolve."""
    chance = random.Random(5)
    given = sorted(SHORT_FORMS)
    cards = b"".join(write_card(_invented(chance, given, number)) for number in range(MANY))
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite+aiosqlite:///{folder}/bench.db")
        await database.migrate()
        with radicale(Path(folder)) as accounts:
            async with DavRequests(accounts.of(USER)) as requests:
                kind = {"Content-Type": "text/vcard; charset=utf-8"}
                answer = await requests.send("PUT", f"/{USER}/many/", cards, kind, limit=2**20)
                assert answer.status == 201, answer.status
            started = datetime.now(UTC)
            contacts = Contacts(
                AddressBooks(database, accounts, lambda: started), Preferences(database), lambda: started
            )
            first = await _seconds(contacts.refresh(USER))
            again = await _seconds(contacts.refresh(USER))
            ready = await _seconds(contacts.resolve(USER, "Anna"))
            spent, used = [], []
            for row in rows():
                before = time.process_time()
                spent.append(await _seconds(contacts.resolve(USER, row.said, heard=row.heard)))
                used.append(time.process_time() - before)
            await contacts.close()
        await database.close()
    return {
        "contacts": MANY,
        "first_copy_s": round(first, 2),
        "comparison_s": round(again, 3),
        "first_resolve_ms": round(ready * 1000, 1),
        "resolve_p50_ms": round(statistics.median(spent) * 1000, 2),
        "resolve_p95_ms": round(statistics.quantiles(spent, n=20)[-1] * 1000, 2),
        # What a resolve takes of a processor: on a busy machine the rest is waiting for one.
        "resolve_cpu_p95_ms": round(statistics.quantiles(used, n=20)[-1] * 1000, 2),
        "resolve_max_ms": round(max(spent) * 1000, 2),
    }


async def _seconds(work: object) -> float:
    assert asyncio.iscoroutine(work)
    started = time.perf_counter()
    await work
    return time.perf_counter() - started


def _invented(chance: random.Random, given: list[str], number: int) -> Person:
    first = chance.choice(given).capitalize()
    last = "".join(chance.choice(_SYLLABLES) for _ in range(chance.randint(1, 2))).capitalize() + chance.choice(_ENDS)
    prefix = "Dr." if chance.random() < 0.1 else ""
    return Person(
        uid=f"many-{number}",
        name=" ".join(part for part in (prefix, first, last) if part),
        given=first,
        family=last,
        prefix=prefix,
        organisation=f"Clinic {chance.randint(1, 40)}",
        units=tuple(filter(None, (chance.choice(_UNITS),))),
        emails=(Reach(f"{first}.{last}.{number}@many.example".lower()),),
    )


def _person(row: dict[str, str]) -> Person:
    parts = (row["prefix"], row["given"], row["family"])
    relations = (pair.partition("=") for pair in row["relations"].split(";") if pair)
    return Person(
        uid=row["uid"],
        name=" ".join(part for part in parts if part),
        prefix=row["prefix"],
        given=row["given"],
        family=row["family"],
        nicknames=tuple(filter(None, (row["nicknames"],))),
        organisation=row["organisation"],
        units=tuple(filter(None, (row["units"],))),
        role=row["role"],
        emails=tuple(Reach(mail) for mail in (row["emails"],) if mail),
        categories=tuple(filter(None, (row["categories"],))),
        relations=tuple(Relation(kind, name) for kind, _, name in relations),
    )


def _table(lines: Iterable[str]) -> list[dict[str, str]]:
    return [{key: value or "" for key, value in row.items()} for row in csv.DictReader(lines, delimiter="\t")]


def _shares(counts: Counter[str]) -> dict[str, object]:
    rows_in_all = counts.total()
    shares = {verdict: counts[verdict] for verdict in ("right", "asked", "wrong", "missed")}
    return {
        "rows": rows_in_all,
        **shares,
        "right_or_asked": round((counts["right"] + counts["asked"]) / rows_in_all, 4),
        "never_wrong_silently": round(1 - counts["wrong"] / rows_in_all, 4),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--errors", action="store_true", help="print the mistakes of the tuning half")
    parser.add_argument("--only", choices=("quality", "speed"))
    options = parser.parse_args()
    result: dict[str, object] = {}
    if options.only != "speed":
        result["quality"] = quality(errors=options.errors)
    if options.only != "quality":
        result["speed"] = asyncio.run(speed())
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
