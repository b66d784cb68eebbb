"""The sample calendar and contacts: Radicale over two folders, under the paths that Nextcloud uses."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, time, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from wsgiref.util import setup_testing_defaults

from radicale import config
from radicale.app import Application

WsgiApp = Callable[[dict[str, Any], Callable[..., object]], Iterable[bytes]]

CALENDAR = "personal"
ADDRESS_BOOK = "contacts"

# Days from today, start, minutes, title, place, repeat rule
_EVENTS = (
    (0, time(9, 0), 15, "Morning huddle", "Team room", "RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;COUNT=40"),
    (0, time(14, 0), 30, "Case review with Dr. Smith", "Room 2", ""),
    (1, time(11, 0), 60, "Infection control training", "Seminar room", ""),
    (2, time(8, 30), 45, "Roster planning", "Office", ""),
    (3, time(16, 0), 30, "Call with the laboratory", "Phone", ""),
    (7, time(13, 0), 90, "Quality circle", "Seminar room", ""),
)

# Given name, family name, title, organisation, e-mail, phone
_CONTACTS = (
    ("Laura", "Smith", "Dr.", "Riverside Clinic, Cardiology", "laura.smith@riverside.example", "+1 555 0101"),
    ("Daniel", "Okafor", "Dr.", "Riverside Clinic, Surgery", "daniel.okafor@riverside.example", "+1 555 0102"),
    ("Miriam", "Weber", "", "Riverside Clinic, Head nurse", "miriam.weber@riverside.example", "+1 555 0103"),
    ("Priya", "Nair", "Dr.", "Northgate Laboratory", "priya.nair@northgate.example", "+1 555 0104"),
    ("Tom", "Becker", "", "Riverside Clinic, Front desk", "tom.becker@riverside.example", "+1 555 0105"),
)


def calendars_app(folder: Path, user: str, now: datetime) -> WsgiApp:
    """CalDAV over `folder`, with a sample calendar from the day of `now` on when there is none yet."""
    app = _radicale(folder)
    _put_once(app, user, CALENDAR, "text/calendar; charset=utf-8", _calendar(now))
    return app


def contacts_app(folder: Path, user: str) -> WsgiApp:
    """CardDAV over `folder`, with a sample address book when there is none yet."""
    app = _radicale(folder)
    _put_once(app, user, ADDRESS_BOOK, "text/vcard; charset=utf-8", _address_book())
    return app


def _radicale(folder: Path) -> WsgiApp:
    configuration = config.load()
    configuration.update(
        {
            "auth": {"type": "remote_user"},
            "rights": {"type": "owner_only"},
            "storage": {"filesystem_folder": str(folder)},
            "web": {"type": "none"},
        },
        "sample server",
        privileged=True,
    )
    application: WsgiApp = Application(configuration)

    def call(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        # WSGI gives the bytes of a path as Latin-1 (PEP 3333); Radicale takes it as text.
        path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
        return application({**environ, "PATH_INFO": path}, start_response)

    return call


def _put_once(app: WsgiApp, user: str, collection: str, kind: str, content: str) -> None:
    """Store a whole collection by the protocol itself, unless it is there."""
    path = f"/{user}/{collection}/"
    if _request(app, "GET", path, user) == 200:
        return
    status = _request(app, "PUT", path, user, content.encode(), kind)
    if status != 201:
        raise RuntimeError(f"Radicale did not take the sample {collection} ({status}).")


def _request(app: WsgiApp, method: str, path: str, user: str, body: bytes = b"", kind: str = "") -> int:
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "SCRIPT_NAME": "",
        "REMOTE_USER": user,
        "CONTENT_LENGTH": str(len(body)),
        "CONTENT_TYPE": kind,
        "wsgi.input": BytesIO(body),
    }
    setup_testing_defaults(environ)
    environ["SERVER_PROTOCOL"] = "HTTP/1.1"
    statuses: list[str] = []
    for _ in app(environ, lambda status, *_: statuses.append(status)):
        pass
    return int(statuses[0].split()[0])


def _calendar(now: datetime) -> str:
    local = now.astimezone()
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//VoiceAssist//Sample//EN", "X-WR-CALNAME:Personal"]
    for number, (days, start, minutes, title, place, rule) in enumerate(_EVENTS, 1):
        begin = datetime.combine(local.date() + timedelta(days=days), start).astimezone()
        end = begin + timedelta(minutes=minutes)
        lines += [
            "BEGIN:VEVENT",
            f"UID:sample-{number}@voiceassist.example",
            f"DTSTAMP:{_utc(now)}",
            f"DTSTART:{_utc(begin)}",
            f"DTEND:{_utc(end)}",
            f"SUMMARY:{title}",
            f"LOCATION:{place}",
            *([rule] if rule else []),
            "END:VEVENT",
        ]
    return "\r\n".join([*lines, "END:VCALENDAR", ""])


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _address_book() -> str:
    return "".join(
        "\r\n".join(
            (
                "BEGIN:VCARD",
                "VERSION:3.0",
                f"UID:sample-contact-{number}",
                f"FN:{' '.join(part for part in (title, given, family) if part)}",
                f"N:{family};{given};;{title};",
                f"ORG:{organisation.replace(',', chr(92) + ',')}",
                f"EMAIL;TYPE=WORK:{mail}",
                f"TEL;TYPE=WORK:{phone}",
                "END:VCARD",
                "",
            )
        )
        for number, (given, family, title, organisation, mail, phone) in enumerate(_CONTACTS, 1)
    )
