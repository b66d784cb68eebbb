"""What the gate decides, by setting and by rule."""

import pytest

from backend.egress.gate import Call, Carrier, Destination, Gate, Purpose, Withheld, act_for
from backend.settings import ModelsWhere, Settings

HERE = Destination("127.0.0.1")
AWAY = Destination("93.184.215.14")


def gate(where: ModelsWhere, **values: object) -> Gate:
    return Gate(Settings.model_validate({"models_where": where, **values}))


@pytest.mark.parametrize(
    ("host", "near"),
    [
        ("127.0.0.1", True),
        ("127.8.9.10", True),
        ("localhost", True),
        ("LOCALHOST", True),
        ("::1", True),
        ("192.168.1.20", True),
        ("10.0.0.4", True),
        ("fd00::5", True),
        ("::ffff:10.0.0.4", True),
        ("::ffff:93.184.215.14", False),
        ("93.184.215.14", False),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", False),
        ("169.254.169.254", False),  # where clouds keep the secrets of a machine
        ("0.0.0.0", False),
        ("no-such-host.invalid", False),
        ("localhost.no-such-host.invalid", False),
        ("", False),
        ("a" * 300, False),
    ],
)
async def test_this_machine_and_private_networks_are_near_by_default(host: str, near: bool) -> None:
    assert (await gate(ModelsWhere.LOCAL).locate(Destination(host))).near is near


async def test_only_what_the_administrator_lists_is_near() -> None:
    async def near(host: str, listing: str = " 10.1.0.0/16, Models.Clinic.example ,93.184.215.14") -> bool:
        return (await gate(ModelsWhere.LOCAL, models_local_hosts=listing).locate(Destination(host))).near

    assert await near("10.1.2.3")
    assert await near("models.clinic.EXAMPLE")
    assert await near("93.184.215.14")
    assert not await near("10.2.2.3")
    assert not await near("evil-models.clinic.example")
    assert await near("127.0.0.1", "")


async def test_by_a_local_setting_only_what_is_near_may_be_asked() -> None:
    local = gate(ModelsWhere.LOCAL)
    await local.check(Purpose.ANSWER, HERE, ["text"])
    with pytest.raises(Withheld, match="was not asked"):
        await local.check(Purpose.ANSWER, AWAY, ["text"])
    await gate(ModelsWhere.ANYWHERE).check(Purpose.ANSWER, AWAY, ["text"])


async def test_a_gateway_to_a_cloud_is_not_near_wherever_it_stands() -> None:
    with pytest.raises(Withheld):
        await gate(ModelsWhere.LOCAL).check(Purpose.ANSWER, Destination("127.0.0.1", Carrier.RELAY), ["text"])


async def test_nextclouds_model_is_near_only_when_the_administrator_says_so() -> None:
    nextcloud = Destination("127.0.0.1", Carrier.NEXTCLOUD)
    with pytest.raises(Withheld):
        await gate(ModelsWhere.LOCAL).check(Purpose.ANSWER, nextcloud, ["text"])
    await gate(ModelsWhere.LOCAL, nextcloud_model_is_local=True).check(Purpose.ANSWER, nextcloud, ["text"])


async def test_a_changed_setting_counts_from_the_next_call_on() -> None:
    changing = gate(ModelsWhere.ANYWHERE)
    await changing.check(Purpose.ANSWER, AWAY, ["text"])
    changing.use(Settings(models_where=ModelsWhere.LOCAL))
    with pytest.raises(Withheld):
        await changing.check(Purpose.ANSWER, AWAY, ["text"])


async def test_a_rule_sees_the_whole_call_and_can_keep_back_what_the_setting_lets_go() -> None:
    seen: list[Call] = []

    async def no_patients(call: Call) -> str | None:
        seen.append(call)
        return "It names a patient." if any("Mrs Nowak" in text for text in call.texts) else None

    act_for("alice")
    guarded = Gate(Settings(), [no_patients])
    await guarded.check(Purpose.EMBEDDING, AWAY, ["the weather"])
    assert seen == [Call("alice", Purpose.EMBEDDING, AWAY, False, ("the weather",))]
    with pytest.raises(Withheld, match="It names a patient"):
        await guarded.check(Purpose.ANSWER, AWAY, ["the weather", "Mrs Nowak is ill"])


def test_a_destination_is_named_honestly() -> None:
    assert str(HERE) == "this machine"
    assert str(Destination("127.0.0.1", Carrier.RELAY)) == "127.0.0.1"
    assert str(AWAY) == "93.184.215.14"
    assert str(Destination("localhost.example.org")) == "localhost.example.org"
