"""Markdown made of what files and models say: it shows the words, and does nothing."""

from datetime import UTC, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from backend.assistant.events import Cited, ModelUsed
from backend.assistant.export import escaped, exported, file_stem, markdown
from backend.assistant.schemas import ChatMessage, Conversation, Scope
from backend.errors import NotFound

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
LINK = "https://cloud.example.org/index.php/f/7"

# What a document can hold, but for the signs that CommonMark replaces (NUL) or that end a line.
lines = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=60).map(str.strip)


def cited(number: int, **more: object) -> Cited:
    given = {
        "number": number,
        "passage_id": f"p{number}",
        "document_id": "7",
        "title": "Flu plan.pdf",
        "path": "/Flu plan.pdf",
        "page": 3,
        "section": None,
        "quote": "Offered from October.",
        "link": LINK,
        "start": 0,
        "end": 21,
    }
    return Cited.model_validate(given | more)


def message(role: str, text: str, number: int, **more: object) -> ChatMessage:
    given = {
        "id": f"m{number}",
        "role": role,
        "text": text,
        "citations": [],
        "turn_id": f"t{number}",
        "created_at": AT,
        "status": "done",
    }
    return ChatMessage.model_validate(given | more)


def conversation(*messages: ChatMessage, title: str = "Flu") -> Conversation:
    return Conversation(id="c", title=title, created_at=AT, updated_at=AT, scope=Scope(), messages=list(messages))


def said(text: str, *citations: Cited, question: str = "When?") -> Conversation:
    return conversation(
        message("user", question, 1), message("assistant", text, 2, question_id="m1", citations=citations)
    )


def tokens(document: str) -> list[Token]:
    """All tokens of a document by a CommonMark parser with tables and strike-through."""
    found: list[Token] = []
    left = list(MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(document))
    while left:
        token = left.pop(0)
        found.append(token)
        left = [*(token.children or []), *left]
    return found


def text_of(document: str) -> str:
    return "".join(token.content for token in tokens(document) if token.type == "text")


@example("![x](http://evil.example/a.png)")
@example("<img src=http://evil.example/a.png> <script>")
@example("[click][1] **bold** _em_ `code` ~~gone~~ &lt; \\")
@example("# not a heading")
@example("1) not a list")
@example("---")
@example("| a | b |")
@settings(deadline=None)
@given(lines)
def test_an_escaped_line_shows_exactly_its_words_and_is_nothing_but_words(line: str) -> None:
    found = tokens(escaped(line))
    assert {token.type for token in found} <= {"paragraph_open", "paragraph_close", "inline", "text"}
    assert "".join(token.content for token in found if token.type == "text") == line


@example(["- ![x](//evil.example/a.png)", "", "[1]: http://evil.example", "[x] [1] [9]", "===", "    code"])
@settings(deadline=None)
@given(st.lists(lines, max_size=6))
def test_whatever_an_answer_says_the_document_has_only_our_own_links(said_lines: list[str]) -> None:
    document = markdown(said("\n".join(said_lines), cited(1), question=" ".join(said_lines)))
    found = tokens(document)
    assert not {"image", "html_block", "html_inline", "code_inline", "code_block", "fence", "table_open"} & {
        token.type for token in found
    }
    assert {token.attrGet("href") for token in found if token.type == "link_open"} <= {LINK}
    assert [token.tag for token in found if token.type == "heading_open"] == ["h1", "h2"]
    assert "".join(text_of(document).split()).count("Offeredfrom") >= 1


def test_citations_are_links_to_their_files_and_sources_name_the_place() -> None:
    document = markdown(said("From October on. [1] Or not. [4]\n- one [1]\nafter", cited(1)))
    assert f"From October on. [\\[1\\]](<{LINK}>) Or not. \\[4\\]" in document
    assert f"* \\[1\\] [Flu plan.pdf](<{LINK}>), page 3: “Offered from October.”" in document
    assert "- one" in document
    assert "\n\nafter" in document


@pytest.mark.parametrize(("time", "shown"), [(0, "0:00"), (754, "12:34"), (3723, "1:02:03")])
def test_the_source_in_a_recording_is_a_time(time: int, shown: str) -> None:
    document = markdown(said("From October on. [1]", cited(1, page=None, time=time)))
    assert f"* \\[1\\] [Flu plan.pdf](<{LINK}>), at {shown}: “Offered from October.”" in document


def test_a_bare_address_of_a_file_does_not_become_a_link() -> None:
    assert escaped("see http://evil.example and www.evil.example") == (
        "see http\\://evil.example and www\\.evil.example"
    )


def test_of_several_answers_the_newest_is_exported_and_another_on_request() -> None:
    kept = conversation(
        message("user", "When?", 1),
        message("assistant", "First answer", 2, question_id="m1"),
        message("assistant", "Second answer", 3, question_id="m1", status="cancelled"),
        message("user", "Why?", 4),
        message("assistant", "Therefore", 5, question_id="m4"),
    )
    whole = markdown(kept)
    assert "First" not in whole
    assert "Second answer\n\n(stopped by the user)" in whole
    assert whole.index("Second") < whole.index("Why?") < whole.index("Therefore")
    one = markdown(kept, "t2")
    assert "First answer" in one
    assert "Why?" not in one
    with pytest.raises(NotFound):
        markdown(kept, "t9")


def test_the_model_and_the_day_stand_below_the_answer() -> None:
    model = ModelUsed(name="a_b", provider="p", data_goes_to="this machine")
    kept = conversation(message("user", "When?", 1), message("assistant", "Now", 2, question_id="m1", model=model))
    assert "— a\\_b, 2026-03-02 09:30 UTC" in markdown(kept)


def test_json_holds_the_whole_conversation() -> None:
    kept = said("From October on. [1]", cited(1))
    file = exported(kept, "json")
    assert (file.name, file.mime) == ("Flu.json", "application/json")
    assert Conversation.model_validate_json(file.content) == kept


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Flu vaccine", "Flu vaccine.md"),
        ("a/b\\c: d?", "a b c d.md"),
        ("../../etc/passwd", "etc passwd.md"),
        (".hidden. ", "hidden.md"),
        ("CON", "Conversation CON.md"),
        ("\u202egnp.exe", "gnp.exe.md"),
        ("\n\r\x00", "Conversation.md"),
        ("", "Conversation.md"),
        ("Übergröße – 日本", "Übergröße – 日本.md"),
    ],
)
def test_a_title_becomes_a_name_that_every_file_system_takes(title: str, name: str) -> None:
    assert f"{file_stem(title)}.md" == name


@settings(deadline=None)
@given(st.text(max_size=300))
def test_no_title_makes_a_name_that_is_a_path_or_too_long(title: str) -> None:
    name = f"{file_stem(title)}.md"
    assert name.endswith(".md")
    assert "/" not in name
    assert not name.startswith((".", " "))
    assert name.isprintable()
    assert len(name.encode()) <= 200
