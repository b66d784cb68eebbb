"""Text recognition (OCR) by whatever provider Nextcloud's administrator has set up."""

from urllib.parse import urlsplit

from backend.egress.gate import Carrier, Destination, Gate, Purpose
from backend.errors import Unavailable
from backend.nextcloud.tasks import OCR, Tasks

# A task waits for Nextcloud's background jobs, and a scan of many pages takes a while.
_SECONDS = 300.0


class NextcloudRecognition:
    """Has whole files recognised by TaskProcessing, which takes files of the user by their id and never a single page.

    Where its provider sends a file is for Nextcloud's administrator to know, so the gate is asked as for its models.
    """

    def __init__(self, gate: Gate, tasks: Tasks, nextcloud_url: str, timeout: float = _SECONDS) -> None:
        self._gate = gate
        self._tasks = tasks
        self._timeout = timeout
        self._destination = Destination(urlsplit(nextcloud_url).hostname or nextcloud_url, Carrier.NEXTCLOUD)

    async def recognise(self, user_id: str, file_id: int) -> str:
        """The text of a file that this user can open; "" when there is none.

        Raises `Withheld` when the settings keep it inside, `Unavailable` without a provider or when that fails.
        """
        await self._gate.check(Purpose.RECOGNITION, self._destination, [])
        output = (await self._tasks.run(user_id, OCR, {"input": [file_id]}, timeout=self._timeout)).get("output")
        if not isinstance(output, list) or not all(isinstance(text, str) for text in output):
            raise Unavailable("Nextcloud's text recognition gave no text.")
        return "\n\n".join(output).strip()
