"""What stands in the header of a mail, in plain text. Nothing here raises, whatever a header holds."""

import email.policy
import email.utils
import re
from datetime import UTC, datetime
from email.message import Message as Parsed
from email.parser import BytesHeaderParser

from backend.files.extraction.formats.eml import header_text
from backend.files.extraction.writer import one_line
from backend.mail.message import Person

# A header as long as this says nothing more in its rest; the mail itself keeps it.
_LONGEST = 20_000
# People in one header, references in one mail: more than any mail that people write.
_MOST_PEOPLE = 500
_MOST_REFERENCES = 200

# Visible ASCII (RFC 5322, section 3.6.4): it goes into searches and headers of ours.
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,500}>")
_PARSER = BytesHeaderParser(policy=email.policy.compat32)


class Headers:
    """The header of one mail."""

    def __init__(self, raw: bytes) -> None:
        self._parsed: Parsed = _PARSER.parsebytes(raw)

    def text(self, name: str) -> str:
        """A header in one line, decoded; empty when there is none."""
        return plain(self._raw(name))

    def people(self, name: str) -> tuple[Person, ...]:
        """The people of a header such as `To`; those without an address are left out."""
        found = email.utils.getaddresses([self._raw(name)])[:_MOST_PEOPLE]
        people = (Person(plain(shown), one_line(address)) for shown, address in found)
        return tuple(person for person in people if "@" in person.address)

    def references(self) -> tuple[str, ...]:
        """The mails that this one follows, the oldest first (RFC 5322, section 3.6.4)."""
        found = _MESSAGE_ID.findall(self._raw("References")) + _MESSAGE_ID.findall(self._raw("In-Reply-To"))
        return tuple(dict.fromkeys(found))[-_MOST_REFERENCES:]

    def message_id(self) -> str:
        """What the sender called the mail; empty when it has no usable id."""
        found = _MESSAGE_ID.search(self._raw("Message-ID"))
        return found[0] if found else ""

    def date(self) -> datetime | None:
        """When it was written, by its sender's account."""
        try:
            found = email.utils.parsedate_to_datetime(self._raw("Date"))
            return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, TypeError, OverflowError, IndexError):
            return None

    def _raw(self, name: str) -> str:
        value = self._parsed.get(name)
        return "" if value is None else str(value)[:_LONGEST]


def plain(value: str) -> str:
    """A header's value in one line with its encoded words (RFC 2047) decoded."""
    return one_line(header_text(value))
