"""Folders of a mailbox, and which of them is the trash, the drafts, the mail that was sent."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from backend.errors import NotFound


class Role(StrEnum):
    """What a folder is for."""

    INBOX = "inbox"
    SENT = "sent"
    DRAFTS = "drafts"
    TRASH = "trash"
    JUNK = "junk"
    ARCHIVE = "archive"
    ALL = "all"


# RFC 6154.
_FLAGS = {
    b"\\sent": Role.SENT,
    b"\\drafts": Role.DRAFTS,
    b"\\trash": Role.TRASH,
    b"\\junk": Role.JUNK,
    b"\\archive": Role.ARCHIVE,
    b"\\all": Role.ALL,
}

# What mail programs call them, for servers that do not say. In lower case.
_NAMES: dict[Role, frozenset[str]] = {
    Role.SENT: frozenset(
        {"sent", "sent items", "sent messages", "sent mail", "gesendet", "gesendete elemente", "gesendete objekte"}
        | {"gesendete nachrichten", "gesendete mails", "éléments envoyés", "envoyés", "messages envoyés", "enviados"}
        | {"elementos enviados", "itens enviados", "posta inviata", "inviata", "inviati", "verzonden"}
        | {"verzonden items", "skickat", "sendt", "sendte elementer", "lähetetyt", "wysłane", "odeslaná pošta"}
        | {"отправленные", "gönderilenler", "已发送", "送信済み"}
    ),
    Role.DRAFTS: frozenset(
        {"drafts", "draft", "entwürfe", "entwurf", "brouillons", "borradores", "rascunhos", "bozze", "concepten"}
        | {"utkast", "kladder", "luonnokset", "robocze", "kopie robocze", "koncepty", "черновики", "taslaklar"}
        | {"草稿", "下書き"}
    ),
    Role.TRASH: frozenset(
        {"trash", "deleted items", "deleted messages", "bin", "papierkorb", "gelöschte elemente", "gelöscht"}
        | {"gelöschte objekte", "corbeille", "éléments supprimés", "papelera", "elementos eliminados", "lixeira"}
        | {"itens excluídos", "cestino", "posta eliminata", "prullenbak", "verwijderde items", "papperskorg"}
        | {
            "borttaget",
            "papirkurv",
            "roskakori",
            "kosz",
            "koš",
            "корзина",
            "удаленные",
            "çöp kutusu",
            "已删除",
            "ゴミ箱",
        }
    ),
    Role.JUNK: frozenset(
        {"junk", "spam", "junk e-mail", "junk-e-mail", "unerwünscht", "werbung", "courrier indésirable", "indésirables"}
        | {"correo no deseado", "lixo eletrônico", "posta indesiderata", "ongewenste e-mail", "skräppost", "søppelpost"}
        | {"roskaposti", "спам", "垃圾邮件", "迷惑メール"}
    ),
    Role.ARCHIVE: frozenset({"archive", "archives", "archiv", "archivo", "arquivo", "archivio", "archief", "arkiv"}),
    Role.ALL: frozenset({"all mail", "alle nachrichten", "tous les messages", "todos"}),
}


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder. `path` is its full name at the server, decoded (RFC 9051: modified UTF-7 where it has to be).

    One that is not `selectable` only holds other folders.
    """

    path: str
    name: str
    role: Role | None
    selectable: bool


def folders_of(listed: Iterable[tuple[Sequence[bytes], bytes | None, str]]) -> list[Folder]:
    """The folders of a LIST answer: flags, delimiter and path of each. A role is given once, by flag before name."""
    rows = [({flag.lower() for flag in flags}, (delimiter or b"").decode(), path) for flags, delimiter, path in listed]
    roles: dict[str, Role] = {path: Role.INBOX for _, _, path in rows if path.upper() == "INBOX"}
    for flags, _, path in rows:
        for flag, role in _FLAGS.items():
            if flag in flags and role not in roles.values():
                roles.setdefault(path, role)
    for flags, delimiter, path in rows:
        if path in roles or b"\\noselect" in flags:
            continue
        name = _last(path, delimiter).casefold()
        named = next((role for role, names in _NAMES.items() if name in names), None)
        if named is not None and named not in roles.values():
            roles[path] = named
    closed = {b"\\noselect", b"\\nonexistent"}
    return [
        Folder(path, _last(path, delimiter), roles.get(path), not flags & closed) for flags, delimiter, path in rows
    ]


def find_folder(folders: Sequence[Folder], wanted: str) -> Folder:
    """The folder of a role, a path or a name, whatever its case. Raises `NotFound` with the names there are."""
    open_ones = [folder for folder in folders if folder.selectable]
    said = wanted.strip().casefold()
    role = said if said in set(Role) else next((str(one) for one, names in _NAMES.items() if said in names), None)
    for matches in (
        [folder for folder in open_ones if folder.path == wanted],
        [folder for folder in open_ones if folder.path.casefold() == said],
        [folder for folder in open_ones if folder.name.casefold() == said],
        [folder for folder in open_ones if role is not None and folder.role == role],
    ):
        if matches:
            return matches[0]
    names = ", ".join(folder.name for folder in open_ones[:30])
    raise NotFound(f"There is no folder {wanted!r}. There are: {names}.", field="folder")


def folder_of_role(folders: Sequence[Folder], role: Role) -> Folder | None:
    """The folder of a role, if the mailbox has one."""
    return next((folder for folder in folders if folder.role is role and folder.selectable), None)


def _last(path: str, delimiter: str) -> str:
    return path.rsplit(delimiter, 1)[-1] if delimiter else path
