"""vCards of every version, and lines that are none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.contacts.cards import read_card, write_card
from backend.contacts.person import Person, Reach, Relation

# What a field of a contact can be: no control characters, no space at the ends, no runs of spaces.
line = (
    st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]) | st.just(" "), max_size=80)
    .map(lambda text: " ".join(text.split()))
    .filter(lambda text: not text.lower().startswith(("mailto:", "tel:", "urn:uuid:")))
)


def card(*lines: str, version: str = "3.0") -> Person:
    person = read_card("\r\n".join(("BEGIN:VCARD", f"VERSION:{version}", *lines, "END:VCARD", "")))
    assert person is not None
    return person


def test_a_card_of_version_3_is_read_with_all_that_tells_people_apart() -> None:
    person = card(
        "UID:urn:uuid:1-2",
        "FN:Dr. Anna Weber",
        r"N:Weber;Anna;Maria;Dr.;MD",
        "NICKNAME:Anni,Ännchen",
        r"ORG:Riverside\, Inc.;Radiology;Night shift",
        "TITLE:Senior physician",
        "ROLE:Radiologist",
        "EMAIL;TYPE=INTERNET,HOME:anna@home.example",
        "EMAIL;TYPE=WORK;TYPE=PREF:anna@work.example",
        "TEL;TYPE=CELL,VOICE:+1 555 0103",
        r"ADR;TYPE=HOME:;;Main Street 1\nApt 2;Springfield;;12345;",
        "CATEGORIES:Friends,Work",
        "BDAY:1980-02-03",
        "NOTE:nobody needs this",
        "PHOTO;ENCODING=b;TYPE=JPEG:" + "A" * 5_000,
    )
    assert person == Person(
        uid="1-2",
        name="Dr. Anna Weber",
        family="Weber",
        given="Anna",
        additional="Maria",
        prefix="Dr.",
        suffix="MD",
        nicknames=("Anni", "Ännchen"),
        emails=(Reach("anna@home.example", ("home",)), Reach("anna@work.example", ("work",), preferred=True)),
        phones=(Reach("+1 555 0103", ("cell", "voice")),),
        title="Senior physician",
        role="Radiologist",
        organisation="Riverside, Inc.",
        units=("Radiology", "Night shift"),
        categories=("Friends", "Work"),
        addresses=("Main Street 1 Apt 2, Springfield, 12345",),
        birthday="1980-02-03",
    )
    assert person.address == "anna@work.example"


def test_version_4_says_the_same_in_other_words() -> None:
    person = card(
        "FN:Ben Adler",
        "GENDER:M",
        "EMAIL;PREF=1:ben@x.example",
        'TEL;VALUE=uri;TYPE="voice,home":tel:+1-555-0100',
        "RELATED;TYPE=sibling:urn:uuid:77",
        "RELATED;TYPE=spouse;VALUE=text:Eva Adler",
        version="4.0",
    )
    assert person.emails == (Reach("ben@x.example", (), preferred=True),)
    assert person.phones == (Reach("+1-555-0100", ("voice", "home")),)
    assert person.relations == (Relation("sibling", uid="77"), Relation("spouse", "Eva Adler"))
    assert person.gender == "M"


def test_version_2_is_read_with_its_charsets_and_bare_types() -> None:
    raw = (
        b"BEGIN:VCARD\r\nVERSION:2.1\r\n"
        b"N;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:M=FCller;J=FCrgen\r\n"
        b"FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:J=C3=BCrgen=\r\n=20M=C3=BCller\r\n"
        b"TEL;CELL;PREF:+49 30 1\r\nEMAIL;INTERNET:j@x.example\r\nEND:VCARD\r\n"
    )
    person = read_card(raw)
    assert person is not None
    assert (person.name, person.family, person.given) == ("Jürgen Müller", "Müller", "Jürgen")
    assert person.phones == (Reach("+49 30 1", ("cell",), preferred=True),)
    assert person.emails == (Reach("j@x.example"),)


def test_apples_labels_and_other_clients_properties_say_who_is_related() -> None:
    person = card(
        "FN:Robin",
        "item1.X-ABRELATEDNAMES:Clara",
        "item1.X-ABLabel:_$!<Sister>!$_",
        "item2.X-ABRELATEDNAMES:Otto",
        "item2.X-ABLabel:Stepbrother",
        "X-EVOLUTION-SPOUSE:Maren",
        "X-MANAGER:Helen",
        "X-ABRELATEDNAMES;TYPE=assistant:Kim",
    )
    assert person.relations == (
        Relation("sister", "Clara"),
        Relation("stepbrother", "Otto"),
        Relation("spouse", "Maren"),
        Relation("manager", "Helen"),
        Relation("assistant", "Kim"),
    )


def test_groups_before_names_do_not_hide_addresses() -> None:
    assert card("FN:A", "item1.EMAIL;TYPE=WORK:a@x.example", "item1.X-ABLabel:Office").address == "a@x.example"


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        (("N:Weber;Anna;;Dr.;",), "Dr. Anna Weber"),
        (("FN:", "ORG:Taxi Central;"), "Taxi Central"),
        (("EMAIL:a@x.example",), "a@x.example"),
        (("FN:A\r\n nna",), "Anna"),
        (("this is no line", ":neither", "FN:Anna", "N"), "Anna"),
    ],
)
def test_what_has_no_formatted_name_is_called_by_what_it_has(lines: tuple[str, ...], name: str) -> None:
    assert card(*lines).name == name


@pytest.mark.parametrize(
    "text",
    ["", "BEGIN:VCARD", "nothing", "BEGIN:VCARD\r\nUID:1\r\nEND:VCARD", "BEGIN:VCARD\nFN:Team\nKIND:group\nEND:VCARD"],
)
def test_what_is_nobodys_card_is_none(text: str) -> None:
    assert read_card(text) is None


@given(st.binary(max_size=2_000))
def test_reading_never_raises(data: bytes) -> None:
    read_card(data)


@given(
    st.lists(
        st.sampled_from(
            ["FN", "N", "item1.EMAIL;TYPE=", 'TEL;X="', "ORG", "RELATED;TYPE=", "item1.X-ABLABEL", "ADR", ""]
        ),
        min_size=1,
    ),
    st.text(max_size=100),
)
def test_reading_broken_lines_never_raises(starts: list[str], rest: str) -> None:
    read_card("BEGIN:VCARD\r\n" + "\r\n".join(f"{start}:{rest}" for start in starts))


@given(
    st.builds(
        Person,
        uid=line,
        name=line.filter(bool),
        family=line,
        given=line,
        additional=line,
        prefix=line,
        suffix=line,
        title=line,
        role=line,
        organisation=line.filter(bool),
        units=st.lists(line.filter(bool)).map(tuple),
        nicknames=st.lists(line.filter(bool), unique=True).map(tuple),
        emails=st.lists(
            st.builds(Reach, line.filter(bool), st.sampled_from([(), ("home",), ("work",)]), st.booleans()),
            unique_by=lambda reach: reach.value.casefold(),
        ).map(tuple),
    )
)
def test_what_is_written_is_read_again(person: Person) -> None:
    written = write_card(person)
    assert read_card(written) == person
    assert all(len(line) <= 75 for line in written.split(b"\r\n"))
