"""How names are said, how they sound, and what the patterns of commands stand for."""

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.speech.builtin.learn import checksum, patterns, sources, tokens, variants
from backend.speech.builtin.pronunciation import phones, spoken
from backend.speech.builtin.vocabulary import ACOUSTIC, FOLDER, Base, entries, heard_as, make, plain, pronounced, said

ROOT = Path(__file__).parents[3]
PHONES = {
    phone
    for line in (ACOUSTIC / "cmudict-en-us.dict").read_text(encoding="utf-8").splitlines()
    for phone in line.split()[1:]
}


@pytest.mark.parametrize(
    ("ipa", "expected"),
    [
        ("ʃɪvˈɔːn", "SH IH V AO N"),
        ("ˈɑːkæfɚ", "AA K AE F ER"),
        ("tʃˈɜːtʃ", "CH ER CH"),
        ("dʒˈʌdʒ", "JH AH JH"),
        ("ɡˈɑːɹʃə", "G AA R SH AH"),
        ("tˌækɪkˈɑːɹdiə", "T AE K IH K AA R D IY AH"),
        ("(pl)wˈukaʃ(de)", "W UW K AA SH"),
    ],
)
def test_phonemes_become_the_phones_of_the_dictionary(ipa: str, expected: str) -> None:
    assert " ".join(phones(ipa)) == expected


def test_a_german_tap_is_an_r_and_an_english_one_a_d() -> None:
    assert phones("jˈyɾɡən", "de") == ("Y", "UW", "R", "G", "AH", "N")
    assert phones("wˈɔːɾɚ") == ("W", "AO", "D", "ER")


@given(st.text(max_size=40))
def test_whatever_is_written_gives_phones_that_the_acoustic_model_has(text: str) -> None:
    assert set(phones(text)) <= PHONES


def test_names_are_said_as_english_and_as_german_speakers_read_them() -> None:
    assert shutil.which("espeak-ng"), "espeak-ng is part of what the product needs"
    ways = spoken(["Siobhan", "Jürgen", "Wiśniewski"])
    assert "SH IH V AO N" in ways["Siobhan"]
    assert "Y UW R G AH N" in ways["Jürgen"]
    assert all(ways.values())
    assert spoken([]) == {}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Q3_report-final.pdf", "Q three report final"),
        ("Siobhan O’Brien", "Siobhan O'Brien"),
        ("Anna-Lena Brandt", "Anna Lena Brandt"),
        ("dutyRoster 2026.xlsx", "duty Roster twenty twenty six"),
        ("...", ""),
        ("MRI", "M R I"),
        ("🙂 Łukasz", "Łukasz"),
    ],
)
def test_a_written_name_is_said_in_words(written: str, expected: str) -> None:
    assert " ".join(said(written)) == expected


def test_accents_do_not_make_another_word() -> None:
    assert plain("Wiśniewski Łukasz Sørensen João Weiß") == "wisniewski lukasz sorensen joao weiss"


def test_people_are_called_in_full_and_by_either_name() -> None:
    assert set(entries(["Priya Nair"])) == {"Priya_Nair", "Priya", "Nair"}


@given(st.lists(st.text(max_size=30), max_size=10))
def test_names_of_any_letters_become_entries_that_the_decoder_can_read(names: list[str]) -> None:
    for entry in entries(names):
        assert entry
        assert not set(entry) & set(" ()/\t\n")


def test_a_possessive_sounds_like_its_name_and_an_s() -> None:
    lines = pronounced({"Anna's/n": "Anna's", "Marsh's/n": "Marsh's", "Mark's/n": "Mark's", "Zzyx Qq/n": ""})
    assert "Anna's/n AE N AH Z" in lines
    assert any(line.startswith("Marsh's/n ") and line.endswith("SH IH Z") for line in lines)
    assert any(line.startswith("Mark's/n ") and line.endswith("K S") for line in lines)


def test_a_pattern_stands_for_its_variants() -> None:
    assert variants("{call|phone} Anna {{today|tomorrow} please|now}?") == sorted(
        f"{verb} Anna{when}" for verb in ("call", "phone") for when in ("", " now", " today please", " tomorrow please")
    )


def test_names_and_numbers_of_a_sentence_become_classes() -> None:
    assert tokens("call Dr. Anna Bell at 3 about Bob's visit", {"three": "[hour]"}) == (
        ["call", "[name]", "at", "[hour]", "about", "[names]", "visit"]
    )


def test_a_line_of_patterns_may_say_its_kind_and_how_often_it_counts() -> None:
    assert list(patterns(["# no", "", "create|add it", "3 call {Anna|Bob}"])) == [
        ("add it", 1.0),
        ("call {Anna|Bob}", 3.0),
    ]


def test_the_language_model_was_learnt_from_what_stands_beside_it() -> None:
    """After a change of the patterns or the sample documents: `make hearing`."""
    texts = sources(ROOT / "backend/assistant/understanding/opinion/en.commands", ROOT / "samples/sources/documents")
    with (FOLDER / "english.classes").open(encoding="utf-8") as file:
        assert file.readline() == f"# {checksum(*texts)}\n"


def test_every_word_of_a_users_model_has_a_pronunciation_and_every_class_its_members(tmp_path: Path) -> None:
    base = Base(tmp_path)
    base.make()
    (tmp_path / "user").mkdir()
    make(tmp_path / "user", base, ["Siobhan O'Brien", "Q3_report.pdf"], ["where did I leave my hat"])
    dictionary = {line.split()[0] for line in (tmp_path / "user" / "dictionary").read_text().splitlines()}
    classes = (tmp_path / "user" / "classes").read_text().splitlines()
    members = {line.split()[0] for line in classes if not line.startswith(("LMCLASS", "END"))}
    assert {"Siobhan_O'Brien/n", "O'Brien/n", "O'Brien's/n", "where_did_I_leave_my_hat/p"} <= members
    assert len(members - dictionary) < len(members) / 50
    assert heard_as("Siobhan_O'Brien/n") == "Siobhan O'Brien"
    assert "LMCLASS [name]" in classes
    assert "LMCLASS [names]" in classes
