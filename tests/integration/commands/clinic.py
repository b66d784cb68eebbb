"""A user of an invented clinic: calendar, tasks and contacts on a real server, and the commands over them."""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import requests

from backend.acting import Acting, open_acting
from backend.actions.action import Action
from backend.actions.execution import PERFORM
from backend.assistant.commands.by_model import ByModel
from backend.assistant.commands.parsing import Utterance
from backend.assistant.commands.said import Said
from backend.assistant.events import Cited
from backend.assistant.pending import Pending
from backend.assistant.shown import Source
from backend.database import Database
from backend.files.sources import OneUser
from backend.jobs.sql import SqlLedger
from backend.preferences import Preferences
from backend.settings import Settings
from backend.vault import open_vault
from tests import records
from tests.servers import model
from tests.servers.caldav_servers import USER, CalDavServer
from tests.unit.files.fakes import MemorySource

BERLIN = ZoneInfo("Europe/Berlin")
# A Wednesday.
NOW = datetime(2026, 3, 4, 10, 0, tzinfo=BERLIN)

_EVENTS = (
    ("Case review with Dr. Smith", "20260304T140000", "20260304T143000", "LOCATION:Room 2"),
    ("Dentist", "20260305T160000", "20260305T164500", ""),
    ("Call with the laboratory", "20260305T110000", "20260305T113000", ""),
    ("Lunch", "20260306T120000", "20260306T130000", ""),
    ("Budget review", "20260306T140000", "20260306T150000", ""),
    ("Board meeting", "20260310T100000", "20260310T120000", "LOCATION:Hall"),
    ("Stand-up", "20260302T093000", "20260302T094500", "RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;COUNT=40"),
)
_TASKS = (("Water the plants", "20260306"), ("Order gloves", ""))
_PEOPLE = (
    ("Dr. Laura Smith", "Smith;Laura;;Dr.;", "Riverside Clinic;Cardiology", "laura.smith@riverside.example"),
    ("Anna Bell", "Bell;Anna;;;", "Riverside Clinic;Radiology", "anna.bell@riverside.example"),
    ("John Miller", "Miller;John;;;", "Riverside Clinic;Surgery", "john.miller@riverside.example"),
    ("Bob Ray", "Ray;Bob;;;", "Northgate Laboratory", "bob.ray@northgate.example"),
    ("Greta Lind", "Lind;Greta;;;", "Riverside Clinic;Archive", ""),
    ("Dr. Miriam Weber", "Weber;Miriam;;Dr.;", "Riverside Clinic;Nursing", "miriam.weber@riverside.example"),
)
_ZONE = (
    "BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\nBEGIN:STANDARD\r\nDTSTART:19701025T030000\r\nTZOFFSETFROM:+0200\r\n"
    "TZOFFSETTO:+0100\r\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\nEND:STANDARD\r\nBEGIN:DAYLIGHT\r\n"
    "DTSTART:19700329T020000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\n"
    "END:DAYLIGHT\r\nEND:VTIMEZONE\r\n"
)


@dataclass(frozen=True)
class Entry:
    """What another program sees of an event or task: a whole day as a date, a moment in its own zone."""

    kind: str
    title: str
    start: str
    end: str
    zone: str
    place: str
    people: frozenset[str]
    rule: str
    without: frozenset[str]
    done: bool


# The tags of collections as they were put: to put one takes Radicale a tenth of a second, and few tests change it.
_tags: dict[str, str] = {}


@dataclass
class Clock:
    """The time at which things are said; each sentence is said a second later."""

    now: datetime = field(default_factory=lambda: NOW.astimezone(UTC))


@dataclass
class Clinic:
    """See the module. `said` is what the last words came to."""

    clock: Clock
    acting: Acting
    server: CalDavServer
    ledger: SqlLedger
    files: MemorySource
    turns: int = 0
    said: Said = field(default_factory=Said)
    waiting: Pending | None = None
    recent: Sequence[Cited] = ()

    async def say(self, text: str, option: str | None = None) -> Said | None:
        """Say something in the one conversation; None when it is taken for a question about files."""
        self.turns += 1
        self.clock.now += timedelta(seconds=1)
        utterance = Utterance(
            USER, text, self.clock.now, BERLIN, "Europe/Berlin", "talk", self.waiting, option, self.recent
        )
        heard = await self.acting.commands.hear(utterance)
        if heard is None:
            return None
        self.said = await self.acting.commands.handle(heard, f"turn-{self.turns}", "talk")
        self.waiting = self.said.pending
        self.recent = [_cited(line.source) for line in self.said.lines if line.source is not None]
        return self.said

    async def let_pass(self, seconds: float) -> None:
        """Let time go on, and have done what is due then."""
        self.clock.now += timedelta(seconds=seconds)
        for job in await self.ledger.lease("the test", [PERFORM], 10, 60.0):
            await self.acting.actions.execution.run(job)
            await self.ledger.done(job)

    async def choose(self, part: str) -> Said | None:
        """Choose the option in whose label this stands."""
        assert self.said.asked is not None, [line.text for line in self.said.lines]
        [option] = [one for one in self.said.asked.options if part in one.label]
        return await self.say(option.label, option.id)

    @property
    def text(self) -> str:
        """What was said last, as one text."""
        asked = [self.said.asked.question] if self.said.asked else []
        return "\n".join([*(line.text for line in self.said.lines), *asked])

    @property
    def cards(self) -> Sequence[Action]:
        """What was proposed last."""
        return self.said.proposed

    def entries(self) -> set[Entry]:
        """The events and tasks on the server, asked without any of our code."""
        account = self.server.account
        answer = requests.get(f"{account.principal}personal/", auth=account.auth, timeout=30)
        assert answer.status_code == 200, answer.text
        calendar = icalendar.Calendar.from_ical(answer.text)
        return {_entry(one) for one in calendar.walk() if one.name in ("VEVENT", "VTODO")}

    def cards_of_people(self) -> str:
        """The address book on the server, as text."""
        account = self.server.account
        return requests.get(f"{account.principal}contacts/", auth=account.auth, timeout=30).text

    def add_event(self, name: str, title: str, start: str, end: str, *more: str) -> None:
        """Put one more event into the calendar, as another program does."""
        lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Somebody else//EN", _ZONE.strip()]
        lines += _event(name, title, start, end, more)
        self._put(f"personal/{name}.ics", "calendar", "\r\n".join([*lines, "END:VCALENDAR", ""]))

    def reset(self) -> None:
        """Calendar, tasks and address book as at the beginning."""
        self._restore("personal/", "calendar", _calendar())
        self._restore("contacts/", "vcard", _address_book())

    def _restore(self, path: str, kind: str, body: str) -> None:
        url = f"{self.server.account.principal}{path}"
        if self._tag(url) != _tags.get(url):
            self._put(path, kind, body)
            _tags[url] = self._tag(url)

    def _put(self, path: str, kind: str, body: str) -> None:
        account = self.server.account
        content_type = {"Content-Type": f"text/{kind}; charset=utf-8"}
        url = f"{account.principal}{path}"
        answer = requests.put(url, data=body.encode(), headers=content_type, auth=account.auth, timeout=30)
        assert answer.status_code == 201, (url, answer.status_code, answer.text)

    def _tag(self, url: str) -> str:
        """Changes with everything in a collection."""
        asked = '<propfind xmlns="DAV:"><prop><getctag xmlns="http://calendarserver.org/ns/"/></prop></propfind>'
        answer = requests.request(
            "PROPFIND", url, data=asked, headers={"Depth": "0"}, auth=self.server.account.auth, timeout=30
        )
        [tag] = re.findall(r"getctag>([^<]+)</", answer.text)
        return str(tag)


@asynccontextmanager
async def clinic(server: CalDavServer, folder: Path, by_model: ByModel | None = None) -> AsyncIterator[Clinic]:
    """The user at work, with a database and files of her own. Mail servers of this machine may be used."""
    settings = Settings(app_persistent_storage=folder, mail_hosts="127.0.0.1", _env_file=None)
    database = Database(settings.records_url)
    clock = Clock()
    ledger = SqlLedger(database, clock=lambda: clock.now)
    files = MemorySource()
    files.user_id = USER
    async with AsyncExitStack() as stack:
        stack.push_async_callback(database.close)
        await records.put_migrated(folder / "voiceassist.db")
        acting = open_acting(
            settings,
            database,
            ledger,
            Preferences(database),
            open_vault("", folder),
            server,
            OneUser(files),
            stack,
            now=lambda: clock.now,
            by_model=by_model,
            embed=model.embedder().embed_here,
        )
        stack.push_async_callback(acting.stop)
        made = Clinic(clock, acting, server, ledger, files)
        made.reset()
        yield made


def _cited(source: Source) -> Cited:
    return Cited(
        number=1,
        kind=source.kind,
        passage_id="",
        document_id=source.id,
        title=source.title,
        path="",
        page=None,
        section=None,
        quote=source.quote,
        link="",
        start=0,
        end=0,
    )


def _calendar() -> str:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Somebody else//EN", _ZONE.strip()]
    for number, (title, start, end, more) in enumerate(_EVENTS):
        lines += _event(f"event-{number}", title, start, end, [more] if more else [])
    for number, (title, due) in enumerate(_TASKS):
        lines += ["BEGIN:VTODO", f"UID:task-{number}", "DTSTAMP:20260301T080000Z", f"SUMMARY:{title}"]
        lines += [f"DUE;VALUE=DATE:{due}"] if due else []
        lines += ["END:VTODO"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""])


def _event(uid: str, title: str, start: str, end: str, more: Sequence[str]) -> list[str]:
    return [
        "BEGIN:VEVENT",
        f"UID:{uid}",
        "DTSTAMP:20260301T080000Z",
        f"DTSTART;TZID=Europe/Berlin:{start}",
        f"DTEND;TZID=Europe/Berlin:{end}",
        f"SUMMARY:{title}",
        *more,
        "END:VEVENT",
    ]


def _address_book() -> str:
    return "".join(
        f"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:person-{number}\r\nFN:{name}\r\nN:{parts}\r\nORG:{org}\r\n"
        + (f"EMAIL;TYPE=WORK:{mail}\r\n" if mail else "")
        + f"TEL;TYPE=CELL:+49 30 555 010{number}\r\nEND:VCARD\r\n"
        for number, (name, parts, org, mail) in enumerate(_PEOPLE)
    )


def _entry(component: Any) -> Entry:
    start = component.get("DTSTART") or component.get("DUE")
    end = component.get("DTEND")
    return Entry(
        kind="event" if component.name == "VEVENT" else "task",
        title=str(component.get("SUMMARY", "")),
        start=_told(start.dt) if start is not None else "",
        end=_told(end.dt) if end is not None else "",
        zone=str(start.params.get("TZID", "")) if start is not None else "",
        place=str(component.get("LOCATION", "")),
        people=frozenset(str(one).lower().removeprefix("mailto:") for one in _listed(component.get("ATTENDEE", []))),
        rule=component["RRULE"].to_ical().decode() if "RRULE" in component else "",
        without=frozenset(_told(one.dt) for dates in _listed(component.get("EXDATE", [])) for one in dates.dts),
        done=str(component.get("STATUS", "")) == "COMPLETED",
    )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _told(when: date) -> str:
    return f"{when:%Y-%m-%d %H:%M}" if isinstance(when, datetime) else when.isoformat()
