"""A user's contacts as they are asked for, with real servers behind the copy."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from backend.actions.action import Action, Draft, Field, State
from backend.contacts.performers import NobodyKnows
from backend.contacts.service import Contacts
from backend.database import Database
from backend.errors import BadInput, Conflict, NotFound, Unavailable
from backend.nextcloud.dav import DavAccount
from tests.integration.contacts.conftest import Clock, Server, card, contacts_of, performer_of

PERSON = card("anna", "Anna Weber", "ORG:Riverside;Radiology", "EMAIL:anna@riverside.example", "NOTE:a secret")


@pytest.fixture
async def contacts(server: Server, database: Database, clock: Clock) -> AsyncIterator[Contacts]:
    contacts = contacts_of(server, database, clock)
    yield contacts
    await contacts.close()


def action(draft: Draft, user: str, key: str = "key-1") -> Action:
    """An action that was confirmed."""
    return Action("1", user, "1", draft, key, State.DOING, Clock()())


async def test_somebody_is_found_by_name_and_department(server: Server, contacts: Contacts) -> None:
    await server.put("anna.vcf", PERSON)
    resolved = await contacts.resolve(server.user, "Anna from radiology")
    assert resolved.meant is not None
    assert resolved.meant.person.address == "anna@riverside.example"
    assert resolved.meant.label == "Anna Weber (Radiology)"


async def test_nobody_is_a_plain_answer(server: Server, contacts: Contacts) -> None:
    await server.put("anna.vcf", PERSON)
    resolved = await contacts.resolve(server.user, "Zebulon Quartermain")
    assert (resolved.meant, resolved.several) == (None, ())


async def test_a_change_elsewhere_is_known_after_a_minute(server: Server, contacts: Contacts, clock: Clock) -> None:
    anna = await server.put("anna.vcf", PERSON)
    assert (await contacts.resolve(server.user, "Anna")).meant
    await server.put("otto.vcf", card("otto", "Otto Berg"))
    assert await server.send("DELETE", anna) in (200, 204)
    assert (await contacts.resolve(server.user, "Anna")).meant  # the copy
    clock.pass_(61)
    assert (await contacts.resolve(server.user, "Otto")).meant
    assert not (await contacts.resolve(server.user, "Anna")).matches


async def test_a_contact_is_added_read_back_found_again_and_taken_back(server: Server, contacts: Contacts) -> None:
    performer = performer_of(server, contacts)
    draft = await performer.draft_add(
        server.user,
        name="Dr. Eva von Stein",
        address="eva@stein.example",
        phone="+49 30 1234",
        organisation="Clinic; A",
    )
    assert draft.sentence.startswith("Add Dr. Eva von Stein of Clinic; A with eva@stein.example and +49 30 1234 to ")
    assert await performer.check(server.user, draft) == draft
    doing = action(draft, server.user)
    assert await performer.find(doing) is None
    done = await performer.perform(doing)
    assert done.said == "Dr. Eva von Stein is in your contacts with eva@stein.example and +49 30 1234."
    assert await performer.find(doing) == done
    found = await contacts.person(server.user, "key-1")
    assert (found.person.prefix, found.person.given, found.person.family) == ("Dr.", "Eva", "von Stein")
    assert found.person.organisation == "Clinic; A"
    assert done.undo
    assert await performer.undo(doing, done.undo) == "Dr. Eva von Stein is no longer in your contacts."
    with pytest.raises(NotFound):
        await contacts.person(server.user, "key-1")
    assert await performer.undo(doing, done.undo) == "Dr. Eva von Stein was not in your contacts any more."


async def test_what_was_done_already_is_not_done_twice(server: Server, contacts: Contacts) -> None:
    """The ledger asks `find` when `perform` says that nobody knows."""
    performer = performer_of(server, contacts)
    doing = action(await performer.draft_add(server.user, name="Eva Stein"), server.user)
    done = await performer.perform(doing)
    with pytest.raises(NobodyKnows):
        await performer.perform(doing)
    assert await performer.find(doing) == done
    assert (await contacts.people(server.user, "Eva"))[1] == 1


async def test_a_contact_that_was_changed_since_is_not_taken_back(server: Server, contacts: Contacts) -> None:
    performer = performer_of(server, contacts)
    doing = action(await performer.draft_add(server.user, name="Eva Stein"), server.user)
    done = await performer.perform(doing)
    assert done.undo
    await server.send("PUT", str(done.undo["href"]), card("key-1", "Eva Berg").encode(), Content_Type="text/vcard")
    with pytest.raises(Conflict):
        await performer.undo(doing, done.undo)


# What follows is about us and not about the server.


@pytest.fixture
async def own(one_server: Server, database: Database, clock: Clock) -> AsyncIterator[Contacts]:
    contacts = contacts_of(one_server, database, clock)
    yield contacts
    await contacts.close()


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": " \r\n "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": "Eva", "address": "eva at stein"}, "address"),
        ({"name": "Eva", "address": "eva@stein.example, mallory@x.example"}, "address"),
        ({"name": "Eva", "phone": "call me"}, "phone"),
        ({"name": "Eva", "book": "/somebody/else/"}, "book"),
    ],
)
async def test_what_cannot_be_a_contact_is_refused_with_its_field(
    own: Contacts, one_server: Server, values: dict[str, str], field: str
) -> None:
    with pytest.raises(BadInput) as refused:
        await performer_of(one_server, own).draft_add(one_server.user, **values)
    assert refused.value.field == field


async def test_a_name_cannot_write_lines_of_its_own_into_the_card(own: Contacts, one_server: Server) -> None:
    performer = performer_of(one_server, own)
    draft = await performer.draft_add(one_server.user, name="Eva\r\nEMAIL:mallory@x.example")
    await performer.perform(action(draft, one_server.user))
    found = await own.person(one_server.user, "key-1")
    assert found.person.name == "Eva EMAIL:mallory@x.example"
    assert found.person.emails == ()


async def test_an_edited_draft_is_said_anew(own: Contacts, one_server: Server) -> None:
    performer = performer_of(one_server, own)
    draft = await performer.draft_add(one_server.user, name="Eva Stein")
    fields = tuple(
        Field(f.name, f.label, f.kind, "Eva Berg", options=f.options) if f.name == "name" else f for f in draft.fields
    )
    assert (
        await performer.check(one_server.user, replace(draft, fields=fields))
    ).sentence == "Add Eva Berg to your contacts."


async def test_a_second_contact_of_a_name_or_address_is_warned_of(own: Contacts, one_server: Server) -> None:
    await one_server.put("anna.vcf", PERSON)
    performer = performer_of(one_server, own)
    by_address = await performer.draft_add(one_server.user, name="A. W.", address="Anna@Riverside.example")
    assert by_address.warnings == ("Anna@Riverside.example is in your contacts already, as Anna Weber.",)
    by_name = await performer.draft_add(one_server.user, name="anna weber")
    assert by_name.warnings == ("There is a contact with the name anna weber already.",)
    assert (await performer.draft_add(one_server.user, name="Anna")).warnings == ()


async def test_a_choice_is_remembered(own: Contacts, one_server: Server) -> None:
    await one_server.put("anna.vcf", PERSON)
    await one_server.put("wolf.vcf", card("wolf", "Anna Wolf"))
    assert len((await own.resolve(one_server.user, "Anna")).several) == 2
    await own.remember(one_server.user, "My sister", "wolf")
    meant = (await own.resolve(one_server.user, "my sister")).meant
    assert meant is not None
    assert meant.person.uid == "wolf"
    with pytest.raises(NotFound):
        await own.remember(one_server.user, "my boss", "nobody")


async def test_names_and_pages_are_listed(own: Contacts, one_server: Server) -> None:
    for name in ("Anna Weber", "Bert Adler", "Carl Zorn"):
        await one_server.put(f"{name[:4]}.vcf", card(name, name, f"NICKNAME:{name[:2]}"))
    assert list(await own.names(one_server.user)) == ["An", "Anna Weber", "Be", "Bert Adler", "Ca", "Carl Zorn"]
    page, total = await own.people(one_server.user, offset=1, limit=1)
    assert ([one.person.name for one in page], total) == (["Bert Adler"], 3)
    assert (await own.people(one_server.user, "web an"))[1] == 1


async def test_notes_are_kept_nowhere(own: Contacts, one_server: Server, database: Database) -> None:
    await one_server.put("anna.vcf", PERSON)
    await own.refresh(one_server.user)
    async with database.reading() as session:
        rows = (await (await session.connection()).exec_driver_sql("SELECT person FROM contacts")).all()
    assert "Radiology" in str(rows)
    assert "secret" not in str(rows)


async def test_a_user_is_forgotten(own: Contacts, one_server: Server, database: Database) -> None:
    await one_server.put("anna.vcf", PERSON)
    await own.refresh(one_server.user)
    await own.forget_user(one_server.user)
    async with database.reading() as session:
        connection = await session.connection()
        for table in ("contacts", "contact_books", "contact_copies"):
            assert (await connection.exec_driver_sql(f"SELECT count(*) FROM {table}")).scalar() == 0


class Switch:
    """The account, or one at which nothing listens."""

    def __init__(self, account: DavAccount) -> None:
        self._up = account
        self._down = replace(account, url="http://127.0.0.1:9/", principal="http://127.0.0.1:9/ida/")
        self._account = account

    def of(self, user_id: str) -> DavAccount:
        """See `DavAccounts.of`."""
        assert user_id == self._account.user_id
        return self._account

    def turn(self, *, on: bool) -> None:
        """Have the server, or not."""
        self._account = self._up if on else self._down


async def test_the_copy_serves_while_the_server_is_away(one_server: Server, database: Database, clock: Clock) -> None:
    await one_server.put("anna.vcf", PERSON)
    switch = Switch(one_server.accounts.of(one_server.user))
    contacts = contacts_of(Server(switch, one_server.user), database, clock)
    switch.turn(on=False)
    with pytest.raises(Unavailable):
        await contacts.resolve(one_server.user, "Anna")  # there is no copy yet
    switch.turn(on=True)
    clock.pass_(61)
    assert (await contacts.resolve(one_server.user, "Anna")).meant
    switch.turn(on=False)
    clock.pass_(3600)
    assert (await contacts.resolve(one_server.user, "Anna")).meant
    performer = performer_of(Server(switch, one_server.user), contacts)
    draft = await performer.draft_add(one_server.user, name="Eva")
    with pytest.raises(Unavailable):  # nothing was sent, so the action failed; nobody has to wonder
        await performer.perform(action(draft, one_server.user))
    await contacts.close()


async def test_many_questions_at_once_make_one_comparison(own: Contacts, one_server: Server) -> None:
    await one_server.put("anna.vcf", PERSON)
    answers = await asyncio.gather(*(own.resolve(one_server.user, "Anna") for _ in range(20)))
    assert all(answer.meant for answer in answers)


async def test_a_group_is_nobody_and_a_broken_card_hides_no_other(own: Contacts, one_server: Server) -> None:
    await one_server.put("group.vcf", card("group", "All Annas", "X-ADDRESSBOOKSERVER-KIND:group"))
    await one_server.put("anna.vcf", PERSON)
    assert list(await own.names(one_server.user)) == ["Anna Weber"]


async def test_two_processes_may_refresh_the_same_copy(one_server: Server, database: Database, clock: Clock) -> None:
    for number in range(20):
        await one_server.put(f"{number}.vcf", card(str(number), f"Person {number}"))
    one, other = (contacts_of(one_server, database, clock) for _ in range(2))
    await asyncio.gather(one.refresh(one_server.user), other.refresh(one_server.user))
    await one_server.put("late.vcf", card("late", "Late Person"))
    await other.refresh(one_server.user)
    assert (await one.resolve(one_server.user, "Late Person")).meant  # the first one sees what the second one stored
