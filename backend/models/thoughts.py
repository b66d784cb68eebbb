"""What a model thinks aloud before it answers, told from the answer.

Servers that know a model put its thoughts in a field of their own. Others pass them on in the text, in front of the
answer: "<think>The user wants …</think>The rent is …" (Qwen 3, DeepSeek-R1 and models made from them).
"""

_BEGIN, _END = "<think>", "</think>"


class Thoughts:
    """Takes the pieces of a growing text and gives back what is the answer."""

    def __init__(self) -> None:
        self._held = ""
        self._thinking = False
        self._answering = False

    def feed(self, piece: str) -> str:
        """What of the text is answer, now that this piece has come; empty where that is still open."""
        if self._answering:
            return piece
        self._held += piece
        if not self._thinking:
            begun = self._held.lstrip()
            if len(begun) < len(_BEGIN) and _BEGIN.startswith(begun):
                return ""
            self._thinking = begun.startswith(_BEGIN)
        if self._thinking:
            _, end, answer = self._held.partition(_END)
            if not end or not answer.strip():
                return ""
            self._held = answer.lstrip()
        self._answering = True
        return self._held

    def close(self) -> str:
        """What was held back when the text ended, if it is answer."""
        return "" if self._answering or self._thinking else self._held
