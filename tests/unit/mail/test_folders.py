"""Folders are found in any language."""

import pytest

from backend.errors import NotFound
from backend.mail.folders import Role, find_folder, folder_of_role, folders_of


def test_the_flag_of_the_server_goes_before_the_name() -> None:
    folders = folders_of([((), b"/", "INBOX"), ((), b"/", "Sent"), ((b"\\HasNoChildren", b"\\Sent"), b"/", "Ausgang")])
    sent = folder_of_role(folders, Role.SENT)
    assert sent is not None
    assert sent.path == "Ausgang"


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("INBOX.Gesendete Objekte", Role.SENT),
        ("Éléments supprimés", Role.TRASH),
        ("INBOX.Papierkorb", Role.TRASH),
        ("Entwürfe", Role.DRAFTS),
        ("[Gmail].Alle Nachrichten", Role.ALL),
        ("Корзина", Role.TRASH),
        ("Inbox", Role.INBOX),
    ],
)
def test_a_name_tells_where_the_server_does_not(path: str, role: Role) -> None:
    (folder,) = folders_of([((), b".", path)])
    assert folder.role is role


def test_no_two_folders_have_one_role_and_closed_ones_are_not_found() -> None:
    folders = folders_of([((b"\\Noselect",), b"/", "Trash"), ((), b"/", "Papierkorb"), ((), b"/", "a/Bin")])
    assert [folder.role for folder in folders] == [None, Role.TRASH, None]
    assert find_folder(folders, "trash").path == "Papierkorb"
    assert find_folder(folders, "corbeille").path == "Papierkorb"
    assert find_folder(folders, "BIN").path == "a/Bin"
    with pytest.raises(NotFound):
        find_folder(folders, "sent")
