import unicodedata

import pytest

from backend.files.rules import Rules


@pytest.mark.parametrize(
    ("exclude", "left_out", "left_in"),
    [
        ("/Private", "/Private", "/Private matters"),
        ("/Private/", "/private", "/x/Private"),
        ("Private, Letters", "/Letters", "/x/Letters"),
        ("Photos/2020", "/Photos/2020", "/Photos/2021"),
        ("/Photos [private]", "/Photos [private]", "/Photos p"),
        ("/what?", "/what?", "/whats"),
        ("/a.b", "/a.b", "/axb"),
        ("/Müller & Co. #1 100% +", "/Müller & Co. #1 100% +", "/Müller"),
        (unicodedata.normalize("NFD", "/Müller"), "/Müller", "/Muller"),
        ("*.tmp", "/deep/down/x.TMP", "/x.tmp.txt"),
        ("/Private/*", "/Private/deep/x", "/Private"),
        ("*/drafts", "/a/drafts", "/a/drafts2"),
        ("/odd\nname*", "/odd\nname\n", "/odd"),
    ],
)
def test_a_pattern_leaves_out_what_it_names_and_nothing_else(exclude: str, left_out: str, left_in: str) -> None:
    for rules in (Rules.of(exclude), Rules.of(everybodys=exclude)):
        assert not rules.admits(left_out, is_folder=True)
        assert rules.admits(left_in, is_folder=True)
