"""What is read aloud of a mail."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.mail.reading import plain_text, spoken

_PIECES = ["> x\n", "-- \n", "On a, b wrote:\n", "From: a\nSent: b\nTo: c\n", "<blockquote>", "</div>", "<div>", "Hi\n"]
_PIECES += ["<![CDATA[", "&#0;", "\ud800", "_____\n", "-----Original Message-----\n", "\0", "<table><tr><td>", "\n\n"]


@given(
    texts=st.lists(
        st.tuples(
            st.sampled_from(["text/plain", "text/html"]), st.text() | st.lists(st.sampled_from(_PIECES)).map("".join)
        ),
        max_size=4,
    )
)
@settings(deadline=None, max_examples=300)
def test_reading_never_fails_and_is_bounded(texts: list[tuple[str, str]]) -> None:
    assert len(spoken(texts)) <= 20_000
    for mime, text in texts:
        plain_text(mime, text)


@pytest.mark.parametrize(
    "piece", ["> quoted\n", "<div>" * 10, "On x, y wrote:\n", "From: a\nTo: b\nSent: c\n", "a" * 50 + ":\n"]
)
def test_a_huge_mail_is_read_in_time(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    began = time.process_time()
    spoken([("text/plain", text), ("text/html", text)])
    assert time.process_time() - began < 3


@pytest.mark.parametrize(
    "text",
    [
        "Ja.\n\nOn Mon, 5 Jan 2026 at 10:00, Ada <ada@x.example> wrote:\n> Kommst du?",
        "Ja.\n\nAm Montag, 5. Januar 2026 um 10:00 schrieb Ada <ada@x.example>:\n\n> Kommst du?",
        "Ja.\n\nAm 05.01.26 um 10:00 schrieb Ada\nMuster mit langem Namen:\n> Kommst du?\n> Und wann?",
        "Ja.\n\nLe lun. 5 janv. 2026 à 10:00, Ada a écrit :\n> Viens-tu ?",
        "Ja.\n\n-----Original Message-----\nFrom: Ada\nSent: Monday\nTo: Bob\nSubject: x\n\nKommst du?",
        "Ja.\n\n________________________________\nVon: Ada\nGesendet: Montag\nAn: Bob\nBetreff: x\n\nKommst du?",
        "Ja.\n\n-- \nBob Beispiel\nLabor Nord",
        "Ja.\n\nVon meinem iPhone gesendet",
        "Ja.\n\nThis e-mail is confidential. If you are not the intended recipient, please delete it.",
        "Ja.\n\nDiese E-Mail enthält vertrauliche Informationen. Wenn Sie nicht der richtige Adressat "
        "sind, vernichten Sie sie.",
        "> Kommst du?\n\nJa.",
    ],
)
def test_quotations_signatures_and_warnings_are_left_out(text: str) -> None:
    assert spoken([("text/plain", text)]) == "Ja."


@pytest.mark.parametrize(
    "text",
    [
        "Das Labor schreibt:\nKalium 4,2.",
        "From: Hamburg\nwe take the train.",
        "Die Unterlagen sind vertraulich. Bitte nicht weitergeben.",
        "Punkte:\n--\nerstens\n" + "\n".join(f"Zeile {number}" for number in range(30)),
    ],
)
def test_what_only_looks_like_it_is_read(text: str) -> None:
    assert spoken([("text/plain", text)]) == text


def test_a_mail_that_is_only_a_quotation_is_read_as_it_is() -> None:
    assert spoken([("text/plain", "> Kommst du?")]) == "> Kommst du?"


@pytest.mark.parametrize(
    "markup",
    [
        '<p>Ja.</p><div class="gmail_quote"><div class="gmail_attr">On x, y wrote:</div>'
        "<blockquote>No</blockquote></div>",
        '<p>Ja.</p><div class="moz-cite-prefix">Am x schrieb y:</div><blockquote type="cite">No</blockquote>',
        '<div>Ja.</div><hr><div id="divRplyFwdMsg">From: x</div><div>No</div>',
        '<p>Ja.</p><div class="gmail_signature">Bob</div>',
        '<style>p{}</style><p>Ja.</p><p style="display:none">No</p><script>No</script>',
    ],
)
def test_html_is_read_without_what_mail_programs_add(markup: str) -> None:
    assert spoken([("text/html", markup)]) == "Ja."


def test_long_addresses_are_read_as_their_host() -> None:
    assert spoken([("text/plain", "Hier: https://x.example/" + "a" * 50 + " bitte.")]) == "Hier: x.example bitte."
