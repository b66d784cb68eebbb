from datetime import datetime
from pathlib import Path

import pytest

from backend.assistant.understanding import Intent, SlotType, Understanding, zone_of
from backend.assistant.understanding.catalogue import SLOTS, markdown
from backend.assistant.understanding.intents import CATALOGUE

DOCS = Path(__file__).parents[3] / "docs" / "commands.md"
NOW = datetime(2026, 3, 4, 10, 0)
EXAMPLES = [(intent, example) for intent, info in CATALOGUE.items() for example in info.examples]


def test_the_documentation_lists_the_intents_and_slots_of_the_code() -> None:
    assert markdown() in DOCS.read_text()


def test_every_intent_and_every_slot_is_in_the_catalogue() -> None:
    assert set(CATALOGUE) == set(Intent)
    assert set(SLOTS) == set(SlotType)
    assert {slot for info in CATALOGUE.values() for slot in info.slots} == set(SlotType)


@pytest.mark.parametrize(("intent", "example"), EXAMPLES)
def test_every_example_is_understood_with_slots_that_its_intent_has(
    english: Understanding, intent: Intent, example: str
) -> None:
    command = english.understand(example, NOW, zone_of("Europe/Berlin"))
    assert command.intent is intent
    assert {slot.type for slot in command.slots} <= set(CATALOGUE[intent].slots)
