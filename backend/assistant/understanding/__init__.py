"""What was said, understood without a language model: intents, slots, times.

`Understanding(languages.get("en")).understand(text, now, zone)` gives a `Command`.
"""

from backend.assistant.understanding import languages
from backend.assistant.understanding.command import Command, Slot, When
from backend.assistant.understanding.dates.zones import zone_of
from backend.assistant.understanding.intents import Intent, SlotType
from backend.assistant.understanding.understanding import Understanding

__all__ = ["Command", "Intent", "Slot", "SlotType", "Understanding", "When", "languages", "zone_of"]
