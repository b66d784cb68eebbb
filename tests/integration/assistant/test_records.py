"""The records of conversations, on SQLite and on PostgreSQL: search, versions, branches, and what a migration keeps."""

import itertools
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, insert, text

import backend.assistant.tables as tables
from backend.assistant.answers import Answers
from backend.assistant.buffer import TurnBuffer
from backend.assistant.conversations import Conversations
from backend.assistant.folding import folded
from backend.assistant.outcome import Outcome
from backend.assistant.schemas import Feedback, Scope
from backend.assistant.shown import Shown
from backend.database import Base, Database

TABLES = [Base.metadata.tables[name] for name in ("conversations", "messages")]


@pytest.fixture(params=["sqlite", "postgresql"])
async def records(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """Empty tables of conversations, on each kind of server."""
    sqlite = f"sqlite+aiosqlite:///{tmp_path / 'records.db'}"
    database = Database(sqlite if request.param == "sqlite" else request.getfixturevalue("postgres_url"))
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.drop_all, tables=TABLES)
        await connection.run_sync(Base.metadata.create_all, tables=TABLES)
    yield database
    await database.close()


class Desk:
    """Asks and answers, one after the other, at a time that moves on."""

    def __init__(self, database: Database) -> None:
        numbers = itertools.count(1)
        self.now = datetime(2026, 3, 1, tzinfo=UTC)
        self.conversations = Conversations(database, lambda: self.now, lambda: f"id{next(numbers)}")
        self.answers = Answers(database, lambda: self.now, lambda: f"id{next(numbers)}")
        self._turns = itertools.count(1)

    async def ask(self, user: str, question: str, answer: str, conversation: str | None = None) -> tuple[str, str]:
        """Ids of the conversation and the turn."""
        turn = f"turn{next(self._turns)}"
        conversation = await self.conversations.ask(user, conversation, turn, question, Scope())
        await self.finish(turn, answer)
        return conversation, turn

    async def finish(self, turn: str, answer: str) -> None:
        shown = Shown(TurnBuffer(turn, "x"), lambda *_: "")
        shown.plain(answer)
        await self.conversations.finish(turn, Outcome("done", shown, lambda: None), 3)
        self.now += timedelta(minutes=1)

    async def found(self, user: str, words: str) -> list[str]:
        rows, total = await self.conversations.list(user, 0, 50, words)
        assert total == len(rows)
        return [row.title for row in rows]


@pytest.fixture
def desk(records: Database) -> Desk:
    return Desk(records)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("MÜLLER", ["Letter"]),
        ("muller straße", ["Letter"]),
        ("strasse", ["Letter"]),
        ("letter dose", []),
        ("vacc offered", ["Flu 5%"]),
        ("100%", ["Flu 5%"]),
        ("100_", []),
        ("5%", ["Flu 5%"]),
        ("flu_5", []),
        ("o\\n", []),
        ("e", ["Flu 5%", "Letter"]),
        ("   ", ["Flu 5%", "Letter"]),
    ],
)
async def test_every_word_must_occur_whatever_its_case_and_accents(desk: Desk, words: str, found: list[str]) -> None:
    letter, _ = await desk.ask("anna", "Wo wohnt er?", "Frau Müller, Lange Straße 3.")
    flu, _ = await desk.ask("anna", "When is the vaccine offered?", "From October on, 100% of it.")
    other, _ = await desk.ask("bert", "Müller vaccine 100%", "e")
    for user, conversation, title in (("anna", letter, "Letter"), ("anna", flu, "Flu 5%"), ("bert", other, "Other")):
        await desk.conversations.rename(user, conversation, title)
    assert await desk.found("anna", words) == found


async def test_versions_and_branches_keep_their_order(desk: Desk) -> None:
    conversation, first = await desk.ask("anna", "One?", "1")
    await desk.ask("anna", "Two?", "2", conversation)
    await desk.answers.again("anna", first, "again")
    await desk.finish("again", "1 once more")
    await desk.answers.judge("anna", "again", Feedback(rating="up"))
    messages = (await desk.conversations.get("anna", conversation)).messages
    assert [message.text for message in messages] == ["One?", "1", "1 once more", "Two?", "2"]
    assert [message.feedback is not None for message in messages] == [False, False, True, False, False]
    branch = await desk.answers.branch("anna", conversation, "again")
    texts = [message.text for message in (await desk.conversations.get("anna", branch.id)).messages]
    assert texts == ["One?", "1 once more"]
    await desk.answers.judge("anna", "again", None)
    assert (await desk.conversations.get("anna", conversation)).messages[2].feedback is None


def _to(connection: Connection, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(tables.__file__).parents[1] / "migrations"))
    config.attributes["connection"] = connection
    (command.downgrade if revision == "0010" else command.upgrade)(config, revision)


async def test_a_migration_keeps_every_message_and_makes_it_searchable(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'old.db'}")
    async with database.engine.begin() as connection:
        await connection.run_sync(_to, "0020")
        await connection.run_sync(_to, "0010")
        await connection.execute(
            text("INSERT INTO conversations VALUES ('c', 'anna', 'Größe', '{}', '2026-01-01', '2026-01-01')")
        )
        for position, role in enumerate(("user", "assistant")):
            values = f"('{role}', 'c', {position}, '{role}', 'Ärzte', '[]', '{{}}', 't', 'done', 0, '2026-01-01')"
            await connection.execute(text(f"INSERT INTO messages VALUES {values}"))
    async with database.engine.begin() as connection:
        await connection.run_sync(_to, "0020")
    desk = Desk(database)
    assert await desk.found("anna", "grosse arzte") == ["Größe"]
    answer = (await desk.conversations.get("anna", "c")).messages[1]
    assert (answer.role, answer.question_id) == ("assistant", "user")
    async with database.engine.begin() as connection:
        await connection.run_sync(_to, "0010")
        assert await connection.scalar(text("SELECT count(*) FROM messages")) == 2
    await database.close()


async def test_two_thousand_conversations_are_searched_within_half_a_second(records: Database) -> None:
    said = folded("The vaccine is offered from October on, on Tuesdays. " * 20)
    at = datetime(2026, 1, 1, tzinfo=UTC)
    rows = [
        {"id": f"c{n}", "user_id": "anna", "title": f"Title {n}", "folded": f"title {n}", "scope": {}}
        | {"created_at": at, "updated_at": at}
        for n in range(2000)
    ]
    messages = [
        {"id": f"m{n}", "conversation_id": f"c{n // 10}", "position": n % 10, "role": "user", "text": said}
        | {"folded": said, "citations": [], "answer": {}, "turn_id": "t", "status": "done", "last_seq": 0}
        | {"created_at": at}
        for n in range(20_000)
    ]
    async with records.transaction() as session:
        await session.execute(insert(tables.ConversationRow), rows)
        await session.execute(insert(tables.MessageRow), messages)
    times = []
    for _ in range(3):
        began = time.monotonic()
        _, total = await Desk(records).conversations.list("anna", 0, 50, "title 199 nowhere-said")
        times.append(time.monotonic() - began)
        assert total == 0
    # The quickest of three, on a machine that others use; every message of the user is looked at.
    assert min(times) < 0.5, times
