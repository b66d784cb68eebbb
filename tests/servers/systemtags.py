"""Nextcloud's system tags, as `appapi` serves them: which there are, and what a user sees that has one.

It answers as `apps/dav` of Nextcloud 34 is written: `PROPFIND /remote.php/dav/systemtags/` lists the tags that are
visible, `REPORT filter-files` what the asking user sees with a tag, without the home itself, and 412 for a tag that
there is none of. It leaves unproved that the real server still answers like this, and what administrators see.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from defusedxml.ElementTree import fromstring

from tests.servers.cloud import Cloud, Item, Seen


@dataclass
class SystemTag:
    """A tag and the ids of all that has it, whoever's it is. One that is not `visible` is for administrators."""

    name: str
    visible: bool = True
    file_ids: set[int] = field(default_factory=set)


class SystemTags:
    """The tags by id."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self.tags: dict[int, SystemTag] = {}
        # Ids that are listed although they are gone: deleted right after.
        self.gone: set[int] = set()

    def add(self, name: str, *items: Item, visible: bool = True) -> int:
        """Make a tag, put it on these, and tell its id."""
        number = next(self._numbers)
        self.tags[number] = SystemTag(name, visible, {item.file_id for item in items})
        return number

    def listed(self) -> Iterator[str]:
        """The answers of a PROPFIND with depth 1: the list, which has none of a tag's properties, and each tag."""
        href = "<d:response><d:href>/remote.php/dav/systemtags/{}</d:href><d:propstat><d:prop>{}</d:prop>{}"
        end = "<d:status>HTTP/1.1 {}</d:status></d:propstat></d:response>"
        yield href.format("", "<oc:id/><oc:display-name/>", end.format("404 Not Found"))
        for number, tag in self.tags.items():
            if tag.visible:
                told = f"<oc:id>{number}</oc:id><oc:display-name>{escape(tag.name)}</oc:display-name>"
                yield href.format(number, told, end.format("200 OK"))

    def report(self, cloud: Cloud, user: str, body: bytes) -> list[Seen] | None:
        """What a `filter-files` with one tag finds; None where there is no such tag (412)."""
        (wanted,) = fromstring(body).iter("{http://owncloud.org/ns}systemtag")
        tag = self.tags.get(int(wanted.text or 0))
        if tag is None or not tag.visible or int(wanted.text or 0) in self.gone:
            return None
        return [seen for seen in cloud.everything(user) if seen.item.file_id in tag.file_ids and seen.path != "/"]
