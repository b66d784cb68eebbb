"""Mail addresses as keys of accounts."""

import re
import unicodedata

from backend.errors import BadInput

# RFC 5321, section 4.5.3.1.3: a path has 256 octets, two of them its brackets.
LONGEST_EMAIL = 254
# What HTML calls a valid e-mail address (WHATWG HTML, section 4.10.5.1.5), with a domain of two labels at least.
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_EMAIL = re.compile(rf"[a-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@{_LABEL}(?:\.{_LABEL})+")


def same_email(text: str) -> str:
    """The form in which addresses are compared: what differs by capitals or compatible characters is one address."""
    return unicodedata.normalize("NFKC", text.strip()).lower()


def checked_email(text: str) -> str:
    """The same for a new address. Raises `BadInput` for what is none."""
    email = same_email(text)
    if len(email) > LONGEST_EMAIL or not _EMAIL.fullmatch(email):
        raise BadInput(f"{text[:LONGEST_EMAIL]!r} is not a mail address such as ann@example.org.", field="email")
    return email
