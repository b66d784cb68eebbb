"""Time zones by name or offset, and wall-clock times that daylight saving skips or repeats."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from backend.errors import BadInput

_OFFSET = re.compile(r"(?:UTC|GMT)?([+-])(\d{1,2})(?::?(\d{2}))?", re.IGNORECASE)

Trouble = Literal["does_not_exist", "exists_twice"]


def zone_of(name: str) -> tzinfo:
    """The zone of an IANA name ("Europe/Berlin"), of "UTC" or "Z", or of an offset ("+02:00").

    Raises BadInput for anything else.
    """
    if name.upper() in {"UTC", "Z", "GMT"}:
        return UTC
    offset = _OFFSET.fullmatch(name)
    if offset is not None:
        sign, hours, minutes = offset.groups()
        length = timedelta(hours=int(hours), minutes=int(minutes or 0))
        if length < timedelta(hours=24):
            return timezone(-length if sign == "-" else length)
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadInput(f"{name!r} is no time zone. Give an IANA name such as Europe/Berlin.", field="tz") from None


def trouble_with(wall: datetime, zone: tzinfo) -> Trouble | None:
    """Whether a wall-clock time is skipped or comes twice in a zone (PEP 495)."""
    early, late = wall.replace(tzinfo=zone, fold=0), wall.replace(tzinfo=zone, fold=1)
    if early.utcoffset() == late.utcoffset():
        return None
    exists = early.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == wall.replace(tzinfo=None)
    return "exists_twice" if exists else "does_not_exist"


def moved(wall: datetime, source: tzinfo, target: tzinfo) -> datetime:
    """The wall-clock time in `target` of a wall-clock time in `source`."""
    return wall.replace(tzinfo=source).astimezone(target).replace(tzinfo=None)


# Abbreviations as people say them, in hours and minutes from UTC. Some are used for several zones; the most widely used
# meaning stands here. Written offsets, because "EST" means standard time whatever the date.
ABBREVIATIONS = {
    "utc": "+00:00",
    "gmt": "+00:00",
    "wet": "+00:00",
    "bst": "+01:00",
    "cet": "+01:00",
    "cest": "+02:00",
    "eet": "+02:00",
    "msk": "+03:00",
    "ist": "+05:30",
    "sgt": "+08:00",
    "jst": "+09:00",
    "aest": "+10:00",
    "acst": "+09:30",
    "awst": "+08:00",
    "aedt": "+11:00",
    "nzst": "+12:00",
    "nzdt": "+13:00",
    "kst": "+09:00",
    "hkt": "+08:00",
    "pkt": "+05:00",
    "eat": "+03:00",
    "trt": "+03:00",
    "cat": "+02:00",
    "sast": "+02:00",
    "eest": "+03:00",
    "wat": "+01:00",
    "west": "+01:00",
    "brst": "-02:00",
    "brt": "-03:00",
    "art": "-03:00",
    "adt": "-03:00",
    "nst": "-03:30",
    "clt": "-04:00",
    "akdt": "-08:00",
    "ast": "-04:00",
    "edt": "-04:00",
    "est": "-05:00",
    "cdt": "-05:00",
    "cst": "-06:00",
    "mdt": "-06:00",
    "mst": "-07:00",
    "pdt": "-07:00",
    "pst": "-08:00",
    "akst": "-09:00",
    "hst": "-10:00",
}
