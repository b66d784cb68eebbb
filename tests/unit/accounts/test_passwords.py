"""Hashes of passwords."""

import bcrypt
import pytest

from backend.identity.accounts.passwords import OWASP_2024, Cost, Passwords

_CHEAP = Cost(time=1, memory_kib=8)


@pytest.fixture
def passwords() -> Passwords:
    return Passwords(_CHEAP)


async def test_a_hash_fits_its_password_and_no_other(passwords: Passwords) -> None:
    hashed = await passwords.hash("kwal stift")
    assert (await passwords.verify("kwal stift", hashed)).right
    assert not (await passwords.verify("kwal stifT", hashed)).right
    assert hashed != await passwords.hash("kwal stift")


def test_hashes_cost_what_owasp_asks_for() -> None:
    assert Passwords()._hasher.hash("x").startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert OWASP_2024.memory_kib == 19 * 1024


async def test_a_password_typed_with_compatible_characters_is_the_same(passwords: Passwords) -> None:
    composed, decomposed = "L\u00f6we \ufb01ndet", "Lo\u0308we findet"
    assert (await passwords.verify(decomposed, await passwords.hash(composed))).right


@pytest.mark.parametrize("prefix", [b"2a", b"2b"])
@pytest.mark.parametrize("password", ["kwal stift", "ö" * 60])
async def test_a_bcrypt_hash_is_accepted_and_renewed(passwords: Passwords, password: str, prefix: bytes) -> None:
    old = bcrypt.hashpw(password.encode()[:72], bcrypt.gensalt(4, prefix)).decode()
    verified = await passwords.verify(password, old)
    assert verified.right
    assert verified.renewed is not None
    assert verified.renewed.startswith("$argon2id$")
    assert (await passwords.verify(password, verified.renewed)).right
    assert await passwords.verify("other", old) == await passwords.verify("other", "")


async def test_an_argon2_hash_of_other_cost_is_renewed_and_one_of_this_cost_is_not(passwords: Passwords) -> None:
    other = await Passwords(Cost(time=2, memory_kib=16)).hash("kwal stift")
    assert (await passwords.verify("kwal stift", other)).renewed is not None
    assert (await passwords.verify("kwal stift", await passwords.hash("kwal stift"))).renewed is None


async def test_without_an_account_the_same_work_is_done(passwords: Passwords, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    verify = passwords._hasher.hashers[0].verify

    def counted(password: str | bytes, known: str | bytes) -> bool:
        done.append(str(known).rpartition("$")[0].rpartition("$")[0])  # without salt and hash: algorithm and cost
        return verify(password, known)

    hashed = await passwords.hash("kwal stift")
    monkeypatch.setattr(passwords._hasher.hashers[0], "verify", counted)
    assert not (await passwords.verify("wrong", hashed)).right
    assert not (await passwords.verify("wrong", "")).right
    assert len(done) == 2
    assert done[0] == done[1]


@pytest.mark.parametrize("known", ["x", "$argon2id$v=19$m=8,t=1,p=1$x", "$2b$04$short"])
async def test_what_is_no_hash_fits_nothing(passwords: Passwords, known: str) -> None:
    assert not (await passwords.verify("kwal stift", known)).right
