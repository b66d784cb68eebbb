"""Turns over several language models: the gate, fallbacks, patience, repetition, tokens. All through real HTTP."""

import asyncio

from backend.settings import AnswersBy, ModelsWhere, Settings
from backend.telemetry import registry
from tests.integration.assistant.conftest import BuildWorld, World
from tests.integration.assistant.test_turns import FLU, FLU_ANSWER, check_citations, says, shown
from tests.servers.openai import Reply, chat_server

TETANUS = "A tetanus booster is due every 10 years."


def cloud(**values: object) -> "type[Settings] | object":
    """Settings whose one model is a service elsewhere; the test's server stands for it."""

    def settings(base_url: str) -> Settings:
        given = {"answers_by": AnswersBy.CLOUD, "cloud_base_url": base_url, "cloud_model": "large", **values}
        return Settings.model_validate(given)

    return settings


async def test_what_the_gate_keeps_back_is_answered_here_with_a_note_and_no_byte_leaves(
    build_world: BuildWorld,
) -> None:
    world = await build_world(settings=cloud(models_where=ModelsWhere.LOCAL))
    world.model.reply = Reply(text=says((FLU_ANSWER, "from October")))
    done = (await world.ask(FLU))[-1]
    assert FLU_ANSWER in done["text"]
    assert done["note"].startswith("127.0.0.1 was not asked: by the settings nothing leaves our own network.")
    assert "word for word" in done["note"]
    assert (done["model"]["name"], done["model"]["data_goes_to"]) == ("extractive", "this machine")
    assert done["tokens"] is None
    assert world.model.connections == 0
    # The administrator allows it: the next question goes there.
    world.gate.use(Settings(models_where=ModelsWhere.ANYWHERE))
    done = (await world.ask(FLU))[-1]
    assert (done["model"]["name"], done["model"]["data_goes_to"]) == ("large", "127.0.0.1")
    assert done["note"] is None
    assert world.model.connections == 1


async def test_the_next_model_answers_when_the_first_one_does_not_and_both_are_named(build_world: BuildWorld) -> None:
    async with chat_server() as second:
        both = {"answers_fallback": "endpoint", "llm_base_url": second.base_url, "llm_model": "small"}
        world = await build_world(settings=cloud(**both))
        world.model.reply = Reply(status=500)
        second.reply = Reply(text=says((FLU_ANSWER, "from October")))
        events = await world.ask(FLU)
        done = events[-1]
        assert done["text"] == f"{FLU_ANSWER} [1]"
        assert done["model"]["name"] == "small"
        assert done["model"]["data_goes_to"] == "127.0.0.1"  # the one that failed was sent the passages all the same
        assert done["model"]["reason"] == "large gave no usable answer."
        assert "failed (500)" in done["note"]
        assert "word for word" not in done["note"]
        check_citations(events)
        # Nothing of what the first one invents is shown either.
        world.model.reply = Reply(text="Dr. Zebra gives it in March 2031. [1]")
        events = await world.ask(FLU)
        assert events[-1]["text"] == f"{FLU_ANSWER} [1]"
        assert "Zebra" not in str(events)


async def test_a_busy_server_that_says_when_is_asked_once_more_and_no_more(written: World) -> None:
    soon = Reply(status=429, headers={"Retry-After": "0"})
    written.model.replies = [soon]
    written.model.reply = Reply(text=says((FLU_ANSWER, "from October")))
    done = (await written.ask(FLU))[-1]
    assert done["model"]["name"] == "tiny"
    assert done["note"] is None
    assert len(written.model.requests) == 2
    written.model.replies = [soon, soon]
    done = (await written.ask(FLU))[-1]
    assert done["model"]["name"] == "extractive"
    assert "too many requests" in done["note"]
    assert len(written.model.requests) == 4


async def test_a_server_that_wants_to_be_left_alone_is_left_alone(written: World) -> None:
    written.model.reply = Reply(status=429, headers={"Retry-After": "60"})
    done = (await written.ask(FLU))[-1]
    assert "too many requests" in done["note"]
    written.model.reply = Reply(text=says((FLU_ANSWER, "from October")))
    done = (await written.ask(FLU))[-1]
    assert done["model"]["name"] == "extractive"
    assert "given a pause" in done["model"]["reason"]
    assert len(written.model.requests) == 1


async def test_an_answer_that_was_begun_is_never_asked_for_again(written: World) -> None:
    for reply in (Reply(text="The flu vac", cut=True), Reply(text="The flu vac", finish=None)):
        written.model.requests.clear()
        written.model.reply = reply
        assert "broke off" in (await written.ask(FLU))[-1]["note"]
        assert len(written.model.requests) == 1


async def test_a_model_that_repeats_itself_is_stopped_and_said_once(written: World) -> None:
    sentences = says((TETANUS, "tetanus booster"), (FLU_ANSWER, "from October"), *[(TETANUS, "tetanus booster")] * 90)
    written.model.reply = Reply(text=sentences, delay=0.002, forever=True)
    events = await written.ask(FLU)
    done = events[-1]
    assert done["text"] == f"{TETANUS} [1] {FLU_ANSWER} [2]"
    assert "repeat itself" in done["note"]
    await asyncio.wait_for(written.model.hung_up.wait(), 30)
    check_citations(events)


async def test_a_server_that_does_not_hang_up_after_its_last_word_costs_no_time(written: World) -> None:
    written.model.reply = Reply(text=says((FLU_ANSWER, "from October")), linger=120)
    done = (await written.ask(FLU))[-1]
    assert done["text"] == f"{FLU_ANSWER} [1]"
    assert done["note"] is None
    assert done["timings"]["total"] < 30


async def test_tokens_and_their_cost_are_told_and_counted(build_world: BuildWorld) -> None:
    world = await build_world(settings=cloud(cloud_price_input=2.0, cloud_price_output=10.0))
    world.model.reply = Reply(text=says((FLU_ANSWER, "from October")), usage=(1_000, 50))

    def counted(direction: str) -> float:
        labels = {"model": "large", "direction": direction}
        return registry.get_sample_value("voiceassist_model_tokens_total", labels) or 0.0

    before = counted("read"), counted("written")
    done = (await world.ask(FLU))[-1]
    assert done["tokens"] == {"read": 1_000, "written": 50, "estimated": False, "cost": 0.0025}
    assert (counted("read") - before[0], counted("written") - before[1]) == (1_000, 50)


async def test_the_prompt_is_cut_to_what_the_model_reads(build_world: BuildWorld) -> None:
    world = await build_world(settings=cloud(cloud_context_tokens=700))
    world.search.extra = [f"Filler {number}. " + "Nothing to see here. " * 40 for number in range(8)]
    world.model.reply = Reply(text="NO_ANSWER")
    await world.ask(FLU)
    sent = "".join(message["content"] for message in world.model.requests[0]["messages"])
    assert len(sent) < 700 * 4
    assert "Filler 0" in sent
    assert FLU in sent
    assert shown(await world.ask(FLU))
