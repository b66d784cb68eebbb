"""What a crawl lists: folders in the middle of being crawled, as whom, and what of their nodes counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from backend.files.rules import NO_INDEX, NO_RULES, Rules
from backend.files.tables import ancestry
from backend.nextcloud.files import Node


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder in the middle of being crawled. `known` tells that it was crawled completely before.

    `mount_type` is that of the mount which it is or lies in, empty in the user's own storage. `beside` tells that
    somebody else is the claimant of that mount, whose rows are left alone.
    """

    folder_id: int
    path: str
    ancestry: str
    etag: str
    known: bool
    mount_type: str = ""
    beside: bool = False


@dataclass(frozen=True, slots=True)
class Viewer:
    """As whom a crawl looks. What the other `local_users` share is left to their own crawls."""

    user_id: str
    local_users: frozenset[str]
    rules: Rules = NO_RULES


def admitted(rules: Rules, nodes: Sequence[Node]) -> list[Node]:
    """The nodes of a folder that the rules let in. For us the others are not there."""
    if any(PurePosixPath(node.path).name == NO_INDEX for node in nodes if not node.is_folder):
        return []
    return [
        node
        for node in nodes
        # What is encrypted end to end is ciphertext on the server.
        if not (node.is_folder and node.encrypted) and rules.admits(node.path, is_folder=node.is_folder)
    ]


def is_mount(node: Node, parent: Folder) -> bool:
    """Whether a mount begins at a node of this folder."""
    return node.mount_type not in ("", parent.mount_type)


def place_of(parent: Folder, node: Node) -> str:
    """The node's ancestry. That of a mount begins with itself: it is nobody's home that makes it visible."""
    return ancestry((node.file_id,)) if is_mount(node, parent) else f"{parent.ancestry}{node.file_id}/"
