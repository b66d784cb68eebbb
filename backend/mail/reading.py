"""The text of a mail: all of it as plain text, and what is read aloud.

Read aloud is what this mail says itself: quoted mails, signatures and the warnings under them are left out. A mail
that is nothing but a quotation is read as it is. Nothing here raises, whatever a mail holds.
"""

import re
from collections.abc import Sequence

from lxml import etree
from lxml import html as lxml_html

from backend.files.extraction.formats.html import write_html
from backend.files.extraction.reasons import Unreadable
from backend.files.extraction.writer import PageWriter, clean
from backend.mail.phrases import ATTRIBUTION, DISCLAIMER, HEADER_FROM, HEADER_NEXT, SENT_FROM, SEPARATOR

# Characters of one mail that are looked at, and that are read aloud (about twenty minutes).
_MOST_CHARACTERS = 200_000
_MOST_SPOKEN = 20_000
# Where mail programs put what they quote (Gmail, Thunderbird, Apple Mail, Outlook, Yahoo) and sign with.
_QUOTES = (
    "//blockquote | //*[contains(concat(' ', @class, ' '), ' gmail_quote ')] | //*[@class='moz-cite-prefix']"
    " | //*[@class='yahoo_quoted'] | //*[@class='gmail_attr']"
    " | //*[@id='divRplyFwdMsg' or @id='appendonsend']/following-sibling::*"
    " | //*[@id='divRplyFwdMsg' or @id='appendonsend']"
)
_SIGNATURES = (
    "//*[contains(concat(' ', @class, ' '), ' gmail_signature ')] | //*[contains(@class, 'moz-signature')]"
    " | //*[@id='Signature' or @id='ms-outlook-mobile-signature' or @id='AppleMailSignature']"
)
# RFC 3676, section 4.3; many programs lose the space.
_SIGNATURE = re.compile(r"^--[ \t]*$")
# A signature is short. What follows two dashes for longer than this (lines) is the mail itself.
_LONGEST_SIGNATURE = 20
_ADDRESS = re.compile(r"https?://\S{40,}")


def plain_text(mime: str, text: str) -> str:
    """A text part as plain text."""
    return clean(_of_html(text, stripped=False) if mime == "text/html" else text[:_MOST_CHARACTERS]).strip()


def spoken(texts: Sequence[tuple[str, str]]) -> str:
    """What is read aloud of a mail with these text parts (type and text)."""
    own = "\n\n".join(filter(None, (_own(mime, text) for mime, text in texts)))
    said = own or "\n\n".join(filter(None, (plain_text(mime, text) for mime, text in texts)))
    return _ADDRESS.sub(lambda found: found[0].split("/")[2], said)[:_MOST_SPOKEN].strip()


def _own(mime: str, text: str) -> str:
    """Without what is quoted, signed and warned of."""
    if mime == "text/html":
        text = _of_html(text, stripped=True)
    lines = clean(text[:_MOST_CHARACTERS]).split("\n")
    lines = _without_quotes(lines)
    lines = _without_signature(lines)
    paragraphs = re.split(r"\n[ \t]*\n", "\n".join(lines))
    while paragraphs and (not paragraphs[-1].strip() or DISCLAIMER.match(paragraphs[-1][:4000])):
        paragraphs.pop()
    return "\n\n".join(paragraph.strip() for paragraph in paragraphs if paragraph.strip())


def _without_quotes(lines: list[str]) -> list[str]:
    kept: list[str] = []
    for index, line in enumerate(lines):
        if line.lstrip().startswith(">"):
            continue
        if _begins_another_mail(lines, index):
            break
        kept.append(line)
        _drop_attribution(kept, lines, index)
    return kept


def _begins_another_mail(lines: list[str], index: int) -> bool:
    line = lines[index]
    if len(line) > 200:
        return False
    if SEPARATOR.match(line) and not _SIGNATURE.match(line):
        # A bare rule is one only when a header follows.
        return any(sign.isalpha() for sign in line) or _is_header(lines, index + 1)
    return _is_header(lines, index)


def _is_header(lines: list[str], index: int) -> bool:
    following = [line for line in lines[index : index + 6] if line.strip()][:3]
    return len(following) == 3 and bool(
        HEADER_FROM.match(following[0][:200]) and all(HEADER_NEXT.match(line[:200]) for line in following[1:])
    )


def _drop_attribution(kept: list[str], lines: list[str], index: int) -> None:
    """Take back the line or two that say who is quoted, when a quotation or nothing more follows."""
    if not kept[-1].rstrip().endswith(":"):
        return
    following = next((line for line in lines[index + 1 : index + 4] if line.strip()), ">")
    if not following.lstrip().startswith(">"):
        return
    for size in (1, 2):
        if ATTRIBUTION.match(" ".join(kept[-size:])[:500]):
            del kept[-size:]
            return


def _without_signature(lines: list[str]) -> list[str]:
    for index in range(len(lines) - 1, -1, -1):
        filled = sum(1 for line in lines[index + 1 :] if line.strip())
        if filled > _LONGEST_SIGNATURE:
            break
        if _SIGNATURE.match(lines[index]):
            return lines[:index]
    end = len(lines)
    while end and (not lines[end - 1].strip() or SENT_FROM.match(lines[end - 1][:200])):
        end -= 1
    return lines[:end]


def _of_html(markup: str, *, stripped: bool) -> str:
    """The readable text of HTML, with `stripped` without what is quoted and signed with."""
    markup = markup[:_MOST_CHARACTERS]
    if stripped:
        markup = _strip(markup)
    page = PageWriter()
    try:
        write_html(page, markup)
    except (Unreadable, RecursionError, etree.LxmlError, ValueError):
        return ""
    written = page.page()
    return written.text if written is not None else ""


def _strip(markup: str) -> str:
    try:
        root = lxml_html.document_fromstring(markup, parser=lxml_html.HTMLParser(no_network=True, huge_tree=False))
        for found in root.xpath(f"{_QUOTES} | {_SIGNATURES}"):
            if found.getparent() is not None:
                found.drop_tree()
        return str(lxml_html.tostring(root, encoding="unicode"))
    except (etree.LxmlError, ValueError, RecursionError):
        return markup
