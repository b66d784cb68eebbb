"""What a CardDAV server must do for us, against Radicale, Xandikos and the sample server."""

from collections.abc import AsyncIterator

import pytest

from backend.contacts.carddav import CardDav
from backend.contacts.cards import write_card
from backend.contacts.person import Person, Reach
from backend.errors import Conflict, NotAllowed, NotFound
from backend.nextcloud.dav import DavAccount
from backend.nextcloud.dav_requests import DavRequests
from tests.integration.contacts.conftest import Server, card


@pytest.fixture
async def dav(server: Server) -> AsyncIterator[CardDav]:
    account = server.accounts.of(server.user)
    async with DavRequests(account) as requests:
        yield CardDav(account, requests)


@pytest.fixture
async def book(dav: CardDav) -> str:
    (only,) = await dav.books()
    assert only.writable
    return only.href


async def test_a_card_that_is_put_is_listed_read_and_found_by_its_uid(dav: CardDav, book: str) -> None:
    person = Person("uid-1", "Dr. Ann Müller", "Müller", "Ann", prefix="Dr.", emails=(Reach("a@x.example", ("work",)),))
    href = await dav.create(book, "uid-1.vcf", write_card(person))
    listed = await dav.changes(book, "", {})
    assert href in listed.changed
    read, gone = await dav.cards(book, [href])
    contact = read[href]
    assert contact is not None
    assert (contact.person, contact.place.book, contact.place.href) == (person, book, href)
    assert contact.place.etag == listed.changed[href]
    assert not gone
    assert await dav.find(book, "uid-1") == contact
    assert await dav.find(book, "uid-2") is None


async def test_only_what_changed_since_a_token_is_told(server: Server, dav: CardDav, book: str) -> None:
    one, two = [await dav.create(book, f"{n}.vcf", card(n, n).encode()) for n in ("one", "two")]
    before = await dav.changes(book, "", {})
    assert before.token
    assert (await dav.changes(book, before.token, before.changed)).changed == {}
    three = await dav.create(book, "three.vcf", card("three", "Three").encode())
    await dav.delete(one, before.changed[one])
    assert await server.send("PUT", two, card("two", "Two changed").encode(), Content_Type="text/vcard") in (
        200,
        201,
        204,
    )
    since = await dav.changes(book, before.token, before.changed)
    assert set(since.changed) == {two, three}
    assert since.changed[two] != before.changed[two]
    assert since.gone == {one}


async def test_a_token_that_the_server_does_not_know_leads_to_a_comparison_of_everything(
    dav: CardDav, book: str
) -> None:
    href = await dav.create(book, "one.vcf", card("one", "One").encode())
    known = dict((await dav.changes(book, "", {})).changed)
    other = await dav.create(book, "two.vcf", card("two", "Two").encode())
    since = await dav.changes(book, "http://example.org/ns/sync/nonsense", {**known, f"{book}gone.vcf": '"1"'})
    assert set(since.changed) == {other}  # the first one has the ETag that is known
    assert since.gone == {f"{book}gone.vcf"}
    assert href in known


async def test_without_sync_collection_etags_are_compared(dav: CardDav, book: str) -> None:
    href = await dav.create(book, "one.vcf", card("one", "One").encode())
    by_listing = await dav._etags(book)
    assert by_listing == (await dav.changes(book, "", {})).changed
    assert href in by_listing


async def test_a_name_that_is_taken_is_not_overwritten(dav: CardDav, book: str) -> None:
    href = await dav.create(book, "one.vcf", card("one", "One").encode())
    with pytest.raises(Conflict):
        await dav.create(book, "one.vcf", card("one", "Another").encode())
    read, _ = await dav.cards(book, [href])
    kept = read[href]
    assert kept is not None
    assert kept.person.name == "One"


async def test_only_the_card_that_was_read_is_deleted(dav: CardDav, book: str) -> None:
    href = await dav.create(book, "one.vcf", card("one", "One").encode())
    with pytest.raises(Conflict):
        await dav.delete(href, '"another"')
    found = await dav.find(book, "one")
    assert found is not None
    await dav.delete(href, found.place.etag)
    assert await dav.find(book, "one") is None
    with pytest.raises(NotFound):
        await dav.delete(href, found.place.etag)


async def test_names_that_need_quoting_are_one_path_everywhere(dav: CardDav, book: str) -> None:
    href = await dav.create(book, "Größe 1@2 & 50%.vcf", card("odd", "Odd").encode())
    assert href in (await dav.changes(book, "", {})).changed
    read, gone = await dav.cards(book, [href])
    assert set(read) == {href}
    assert not gone


async def test_a_card_that_is_gone_is_told_apart_from_one_that_is_there(dav: CardDav, book: str) -> None:
    href = await dav.create(book, "one.vcf", card("one", "One").encode())
    read, gone = await dav.cards(book, [href, f"{book}never.vcf"])
    assert set(read) == {href}
    assert gone == {f"{book}never.vcf"}


async def test_more_cards_than_one_request_takes_all_come(server: Server, dav: CardDav, book: str) -> None:
    hrefs = {await server.put(f"{n}.vcf", card(str(n), f"Person {n}")) for n in range(120)}
    read, gone = await dav.cards(book, hrefs)
    assert {contact.person.name for contact in read.values() if contact} == {f"Person {n}" for n in range(120)}
    assert not gone


async def test_wrong_credentials_are_told(one_server: Server) -> None:
    right = one_server.accounts.of(one_server.user)
    wrong = DavAccount(right.user_id, right.url, right.principal, lambda request: request)
    async with DavRequests(wrong) as requests:
        with pytest.raises(NotAllowed):
            await CardDav(wrong, requests).books()


async def test_a_card_that_is_too_large_keeps_no_other_away(
    server: Server, dav: CardDav, book: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hrefs = [await server.put(f"{n}.vcf", card(str(n), f"Person {n}")) for n in range(5)]
    large = await server.put("large.vcf", card("large", "Large", "NICKNAME:" + "x" * 40_000))
    monkeypatch.setattr("backend.contacts.carddav._CARDS_LIMIT", 20_000)
    read, gone = await dav.cards(book, [*hrefs, large])
    assert read[large] is None
    assert all(read[href] for href in hrefs)
    assert not gone
