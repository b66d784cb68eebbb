"""What a Nextcloud of several users holds: homes, shares, groups and mounts, in memory. `appapi` serves it."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import md5


@dataclass
class Item:
    """A file (with content) or folder. `changed` grows with every change of it or of anything below."""

    file_id: int
    content: bytes | None
    changed: int
    items: dict[str, "Item"] = field(default_factory=dict)
    encrypted: bool = False
    versions: list[bytes] = field(default_factory=list)

    def tree(self) -> Iterator["Item"]:
        """This item and all below it."""
        yield self
        for item in self.items.values():
            yield from item.tree()


@dataclass
class Share:
    """An item of somebody's, given to a user or a group. Each recipient may have given it another place."""

    share_id: int
    owner: str
    item: Item
    users: set[str]
    group: str | None
    names: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Seen:
    """An item as a user sees it. `mount` is the mount's type, empty in the user's own storage."""

    path: str
    item: Item
    mount: str
    owner: str
    hidden: bool = False


class Cloud:
    """The state, and what may be done to it. Names of received shares stand directly in the recipient's home."""

    def __init__(self, users: tuple[str, ...]) -> None:
        self._numbers = itertools.count(10)
        self.homes = {user: self._item(None) for user in users}
        self.disabled: set[str] = set()
        self.groups: dict[str, set[str]] = {}
        self.shares: dict[int, Share] = {}
        self.group_folders: dict[str, tuple[Item, str]] = {}  # by name: the folder and the group that sees it
        self.access_rules: set[int] = set()  # group folders with advanced permissions
        self.closed: set[tuple[str, int]] = set()  # user and item that access rules keep from the user
        self.forbidden: set[int] = set()  # files that may be listed and not be fetched
        self.unreadable: set[tuple[str, int]] = set()  # user and file that is listed without the right to read it
        self.trash: dict[str, dict[str, tuple[Item, str]]] = {user: {} for user in users}  # by name: item and old path

    def _item(self, content: bytes | None) -> Item:
        number = next(self._numbers)
        return Item(number, content, number)

    def add_user(self, user: str) -> None:
        """Somebody new, with an empty home."""
        self.homes[user] = self._item(None)
        self.trash[user] = {}

    def group_folder(self, name: str, group: str) -> Item:
        """Make a group folder."""
        item = self._item(None)
        self.group_folders[name] = (item, group)
        return item

    def deny(self, user: str, item: Item) -> None:
        """Keep an item in a group folder, and all below it, from a user by an access rule."""
        tops = (folder for folder, _ in self.group_folders.values())
        self.access_rules.update(top.file_id for top in tops if any(item is below for below in top.tree()))
        self.closed.add((user, item.file_id))
        self.touch(item)

    def has_access_rules(self, item: Item) -> bool:
        """Whether an item lies in a group folder with advanced permissions."""
        tops = (folder for folder, _ in self.group_folders.values() if folder.file_id in self.access_rules)
        return any(item is below for top in tops for below in top.tree())

    def lift(self, user: str, item: Item) -> None:
        """Take an access rule back."""
        self.closed.discard((user, item.file_id))
        self.touch(item)

    def mounts(self, user: str) -> Iterator[tuple[str, Item, str, str]]:
        """Name, item, mount type and owner of what a user sees beside the home."""
        for share in self.shares.values():
            member = share.group is not None and user in self.groups.get(share.group, ())
            if share.owner in self.homes and user != share.owner and (member or user in share.users):
                name = share.names.get(user) or self.name_of(share.owner, share.item)
                if name is not None and not any(item is share.item for item in self.homes[user].tree()):
                    yield name, share.item, "shared", share.owner
        for name, (item, group) in self.group_folders.items():
            if user in self.groups.get(group, ()):
                yield name, item, "group", user

    def name_of(self, owner: str, item: Item) -> str | None:
        """The name of an item in its owner's home; None when it is not there any more."""
        for above in self.homes[owner].tree():
            for name, child in above.items.items():
                if child is item:
                    return name
        return None

    def children(self, user: str, seen: Seen) -> list[Seen]:
        """What is directly in a folder, as this user sees it."""
        above = seen.path.rstrip("/")
        inside = [
            Seen(f"{above}/{name}", item, seen.mount, seen.owner)
            for name, item in seen.item.items.items()
            if (user, item.file_id) not in self.closed
        ]
        if seen.path == "/":
            known: set[int] = set()
            for name, item, mount, owner in self.mounts(user):
                if item.file_id not in known and name not in seen.item.items:
                    known.add(item.file_id)
                    inside.append(Seen(f"/{name}", item, mount, owner))
        return inside

    def at(self, user: str, path: str) -> Seen | None:
        """What is at a path."""
        seen = Seen("/", self.homes[user], "", user)
        for name in (part for part in path.split("/") if part):
            found = next((c for c in self.children(user, seen) if c.path.rsplit("/", 1)[1] == name), None)
            if found is None:
                return None
            seen = found
        return seen

    def everything(self, user: str) -> Iterator[Seen]:
        """All that a user sees."""
        left = [Seen("/", self.homes[user], "", user)]
        while left:
            seen = left.pop()
            yield seen
            if seen.item.content is None:
                left += self.children(user, seen)

    def etag(self, user: str, seen: Seen) -> str:
        """Changes with everything below; in a home also with what is mounted there, as in Nextcloud."""
        own = str(seen.item.changed)
        if seen.path != "/":
            return own
        told = "".join(f"{child.path}{child.item.file_id}{child.item.changed}" for child in self.children(user, seen))
        return md5((own + told).encode(), usedforsecurity=False).hexdigest()

    def touch(self, item: Item) -> None:
        """The item has changed, and so has every folder above it."""
        number = next(self._numbers)
        for top in [*self.homes.values(), *(folder for folder, _ in self.group_folders.values())]:
            for above in top.tree():
                if any(below is item for below in above.tree()):
                    above.changed = number

    def write(self, user: str, path: str, content: bytes | None) -> Item | None:
        """Create or change a file, or make a folder (`content` None); None when the folder above is not there."""
        above, name = self.at(user, path.rsplit("/", 1)[0] or "/"), path.rsplit("/", 1)[1]
        if above is None or above.item.content is not None:
            return None
        item = above.item.items.get(name)
        if item is None:
            item = above.item.items[name] = self._item(content)
        elif item.content is not None:
            item.versions.append(item.content)
        item.content = content
        self.touch(item)
        return item

    def remove(self, user: str, path: str, *, skip_trash: bool = False) -> Item | None:
        """Put an item into its owner's trash, where nobody finds it; a received share is given back."""
        seen, above = self.at(user, path), self.at(user, path.rsplit("/", 1)[0] or "/")
        if seen is None or above is None:
            return None
        name = path.rsplit("/", 1)[1]
        if above.item.items.get(name) is not seen.item:
            for share in self.shares.values():
                if share.item is seen.item:
                    share.users.discard(user)
            return seen.item
        self.touch(above.item)
        if seen.mount != "group" and not skip_trash:
            self.trash[seen.owner][f"{name}.d{next(self._numbers)}"] = seen.item, path if seen.owner == user else ""
        return above.item.items.pop(name)

    def restore(self, user: str, name: str) -> bool:
        """Put an item back to where it was, or into the home when that is not there any more."""
        if name not in self.trash[user]:
            return False
        item, path = self.trash[user].pop(name)
        above = self.at(user, path.rsplit("/", 1)[0] or "/") if path else None
        folder = above.item if above is not None and above.item.content is None else self.homes[user]
        folder.items[name.rsplit(".", 1)[0]] = item
        self.touch(item)
        return True

    def restore_version(self, user: str, file_id: int, number: int) -> bool:
        """Make an earlier content of a file the present one."""
        seen = next((seen for seen in self.everything(user) if seen.item.file_id == file_id), None)
        if seen is None or seen.item.content is None or number >= len(seen.item.versions):
            return False
        seen.item.versions.append(seen.item.content)
        seen.item.content = seen.item.versions[number]
        self.touch(seen.item)
        return True

    def move(self, user: str, path: str, to: str) -> bool:
        """Move or rename; ids stay. Not a folder into itself, and a mount only gets another name."""
        seen, target = self.at(user, path), self.at(user, to.rsplit("/", 1)[0] or "/")
        name = to.rsplit("/", 1)[1]
        if seen is None or target is None or target.item.content is not None or self.at(user, to) is not None:
            return False
        above = self.at(user, path.rsplit("/", 1)[0] or "/")
        if above is None or above.item.items.get(path.rsplit("/", 1)[1]) is not seen.item:
            for share in self.shares.values():
                if share.item is seen.item and target.path == "/":
                    share.names[user] = name
            return target.path == "/"
        if any(below is target.item for below in seen.item.tree()):
            return False
        self.touch(seen.item)
        del above.item.items[path.rsplit("/", 1)[1]]
        target.item.items[name] = seen.item
        self.touch(target.item)
        return True

    def share(self, user: str, path: str, kind: int, recipient: str) -> int | None:
        """Share with a user (kind 0), a group (1) or the public (3); re-shares are the owner's shares."""
        seen = self.at(user, path)
        if seen is None or seen.path == "/" or seen.mount == "group":
            return None
        number = next(self._numbers)
        users, group = ({recipient} if kind == 0 else set()), (recipient if kind == 1 else None)
        self.shares[number] = Share(number, seen.owner, seen.item, users, group)
        return number
