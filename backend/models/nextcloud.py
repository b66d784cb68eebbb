"""The language model of Nextcloud itself: whatever provider its administrator has set up for chat."""

from collections.abc import AsyncGenerator, Sequence
from urllib.parse import urlsplit

from backend.egress.gate import Carrier, Destination, Gate, Purpose
from backend.errors import Unavailable
from backend.models.protocol import Capabilities, Message
from backend.models.usage import FREE, Usage
from backend.nextcloud.tasks import CHAT, Tasks


class NextcloudModel:
    """Asks by TaskProcessing, as the user who asks us. An answer comes whole: tasks do not stream."""

    name = "Nextcloud"
    provider = "Nextcloud TaskProcessing"
    capabilities = Capabilities(streaming=False)
    price = FREE

    def __init__(self, gate: Gate, tasks: Tasks, nextcloud_url: str, timeout: float) -> None:
        self._gate = gate
        self._tasks = tasks
        self._timeout = timeout
        # Where its provider sends the text is for Nextcloud's administrator to know; from here it goes to Nextcloud.
        self.destination = Destination(urlsplit(nextcloud_url).hostname or nextcloud_url, Carrier.NEXTCLOUD)
        self.data_goes_to = str(self.destination)

    async def stream(self, messages: Sequence[Message], user_id: str) -> AsyncGenerator[str | Usage, None]:
        """The answer in one piece; see `LanguageModel.stream`."""
        await self._gate.check(Purpose.ANSWER, self.destination, [message.content for message in messages])
        system = "\n\n".join(message.content for message in messages if message.role == "system")
        spoken = [message.content for message in messages if message.role != "system"]
        given = {"system_prompt": system, "input": spoken[-1], "history": spoken[:-1]}
        output = (await self._tasks.run(user_id, CHAT, given, timeout=self._timeout)).get("output")
        if not isinstance(output, str):
            raise Unavailable("Nextcloud's language model gave no text.")
        yield output

    async def close(self) -> None:
        """Nothing is held open here."""
