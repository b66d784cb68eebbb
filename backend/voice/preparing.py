"""The answer to what a user seems to have said, prepared in the silence that ends a turn: one at a time."""

from collections.abc import Callable

from backend.assistant.preparation import Preparation


class Preparing:
    """Holds what is prepared for one text. `begin` starts it; None where nothing is to be prepared."""

    def __init__(self, begin: Callable[[str], Preparation | None]) -> None:
        self._begin = begin
        self._text = ""
        self._prepared: Preparation | None = None

    def silent_after(self, text: str) -> None:
        """Nobody speaks for the moment, and so much is understood."""
        self.understood(text)
        if text and not self._text:
            self._text = text
            self._prepared = self._begin(text)

    def understood(self, text: str) -> None:
        """So much is understood by now: what was prepared for other words is dropped."""
        if text != self._text:
            self.drop()

    def take(self, text: str) -> Preparation | None:
        """What was prepared for exactly these words; it is the caller's now."""
        self.understood(text)
        prepared, self._prepared, self._text = self._prepared, None, ""
        return prepared

    def drop(self) -> None:
        """That is not asked."""
        if self._prepared is not None:
            self._prepared.cancel()
        self._prepared, self._text = None, ""
